package audit

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// TestFilters asks for each thing that a record can be found by.
func TestFilters(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir, io.Discard))
	for i, id := range []string{"root", "isv", "denied"} {
		e := event(id)
		e.Caller.Origin = origin()
		e.Caller.Origin.At = at.Add(time.Duration(i) * time.Hour)
		switch id {
		case "isv":
			e.Caller = session()
			e.Caller.RequestID, e.Caller.Origin.At = id, at.Add(time.Hour)
			e.Caller.Trail = &op.Trail{Owner: "111122223333", Resources: []string{appARN}}
			e.Route, e.Input = api.GetApplication.Route, &api.GetApplicationInput{ApplicationID: app}
			e.Code, e.Err = "ResourceNotFoundException", fault.NotFound("application", app, "none")
		case "denied":
			e.Code, e.Err = "AccessDeniedException", fault.Denied("no")
		}
		b.Note(e)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		f    Filter
		want []string
	}{
		"all":                {Filter{}, []string{"root", "isv", "denied"}},
		"since":              {Filter{Since: at.Add(time.Hour)}, []string{"isv", "denied"}},
		"until":              {Filter{Until: at.Add(time.Hour)}, []string{"root"}},
		"session":            {Filter{Principal: "assumed-role/search/backend"}, []string{"isv"}},
		"role":               {Filter{Principal: "arn:aws:iam::444455556666:role/isv/search"}, []string{"isv"}},
		"key":                {Filter{Principal: "ASIAEXAMPLE"}, []string{"isv"}},
		"person":             {Filter{Principal: "p-1"}, []string{"isv"}},
		"caller's account":   {Filter{Account: "444455556666"}, []string{"isv"}},
		"resource's account": {Filter{Account: "111122223333"}, []string{"root", "isv", "denied"}},
		"action":             {Filter{Action: "qbusiness:getapplication"}, []string{"isv"}},
		"name":               {Filter{Action: "GetApplication"}, []string{"isv"}},
		"verb":               {Filter{Action: "List*"}, []string{"root", "denied"}},
		"service":            {Filter{Action: "qbusiness:*"}, []string{"root", "isv", "denied"}},
		"another service":    {Filter{Action: "iam:*"}, nil},
		"application":        {Filter{Application: app}, []string{"isv"}},
		"part of an ID":      {Filter{Application: app[:8]}, nil},
		"error":              {Filter{Code: "ResourceNotFoundException"}, []string{"isv"}},
		"any error":          {Filter{Code: "*"}, []string{"isv", "denied"}},
		"denied":             {Filter{Denied: true}, []string{"denied"}},
		"request":            {Filter{RequestID: "root"}, []string{"root"}},
		"both":               {Filter{RequestID: "root", Denied: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, requests(t, dir, test.f)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReadGoesOn: what was read is not read again, a line that is not whole is
// left for later, and what is no record is passed over.
func TestReadGoesOn(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "20261122T080000.000000Z-aaaaaaaa.jsonl")
	r := Reader{Dir: dir}
	var got []string
	read := func(more string, want ...string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(more); err != nil {
			t.Fatal(err)
		}
		f.Close()
		got = nil
		if err := r.Read(t.Context(), func(r *Record) error { got = append(got, r.Request); return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %q: %s", more, diff)
		}
	}
	read("{\"requestID\":\"one\"}\n{\"reque", "one")
	read("")
	read("stID\":\"two\"}\nnonsense\n", "two")
	read("{\"requestID\":\"three\"}\n", "three")
	path = filepath.Join(dir, "20261122T090000.000000Z-aaaaaaaa.jsonl")
	read("{\"requestID\":\"four\"}\n", "four")
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("{\"requestID\":\"five\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read("")
}

func TestReadEndsEarly(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir, io.Discard))
	b.Note(event("one"))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	full := errors.New("the pipe is closed")
	if err := (&Reader{Dir: dir}).Read(t.Context(), func(*Record) error { return full }); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&Reader{Dir: dir}).Read(ctx, func(*Record) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := (&Reader{Dir: filepath.Join(dir, "none")}).Read(t.Context(), nil); err != nil {
		t.Errorf("a directory that is not there: %v", err)
	}
}

// FuzzRead: whatever is in a file, reading ends, and gives whole lines alone.
func FuzzRead(f *testing.F) {
	f.Add([]byte("{\"requestID\":\"one\"}\n{\"requestID\":\"two\"}"))
	f.Add([]byte("\n\n[]\nnull\n{\"eventTime\":1}\n{\"resources\":{}}\n"))
	f.Add([]byte(lineOf(f, event("one"))))
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a"+ending), text, 0o600); err != nil {
			t.Fatal(err)
		}
		r := Reader{Dir: dir}
		if err := r.Read(t.Context(), func(r *Record) error {
			_, _, _ = r.Action(), r.Denied(), Filter{Application: "a", Principal: "b"}.Admits(r)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
