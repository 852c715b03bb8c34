package catalogue

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

const credential = "Bearer the-user's-token"

// A vendor is a plugin type in front of the stand-in of its vendor. Its calls
// take the way that a plugin's take: complete, check, look up, bind, send.
type vendor struct {
	t             *testing.T
	kind          Type
	doc           *openapi.Document
	server        *vendortest.Server
	serverURL     string
	authorization string
	went, refused map[string]bool // operations that were answered well, and that were refused
}

// meet is the type of that name in front of the server. When the test is over,
// every action has gone well once, and every write has been refused once.
func meet(t *testing.T, name, authorization string, server *vendortest.Server) *vendor {
	t.Helper()
	kind, ok := load(t).Type(name)
	if !ok {
		t.Fatalf("no type %s", name)
	}
	doc, err := kind.Document()
	if err != nil {
		t.Fatal(err)
	}
	home, err := url.Parse(doc.Server)
	if err != nil {
		t.Fatal(err)
	}
	v := &vendor{t: t, kind: kind, doc: doc, server: server, serverURL: server.URL + home.Path, authorization: authorization,
		went: map[string]bool{}, refused: map[string]bool{}}
	t.Cleanup(v.complete)
	return v
}

func (v *vendor) complete() {
	for _, a := range v.doc.Actions {
		if !v.went[a.OperationID] {
			v.t.Errorf("%s: %s has not gone well once", v.kind.Name, a.OperationID)
		}
		if a.Effect == openapi.Write && !v.refused[a.OperationID] {
			v.t.Errorf("%s: %s has not been refused once", v.kind.Name, a.OperationID)
		}
	}
}

// An outcome is what the vendor answered.
type outcome struct {
	status int
	body   any // nil: none
}

func (v *vendor) action(id string) *openapi.Action {
	v.t.Helper()
	i := slices.IndexFunc(v.doc.Actions, func(a openapi.Action) bool { return a.OperationID == id })
	if i < 0 {
		v.t.Fatalf("%s has no %s", v.kind.Name, id)
	}
	return &v.doc.Actions[i]
}

// call calls an action as a plugin does.
func (v *vendor) call(id string, arguments map[string]any) outcome {
	v.t.Helper()
	out, err := v.try(id, arguments)
	if err != nil {
		v.t.Fatalf("%s: %s: %v", v.kind.Name, id, err)
	}
	return out
}

func (v *vendor) try(id string, arguments map[string]any) (outcome, error) {
	v.t.Helper()
	a := v.action(id)
	args := action.Complete(a, args(v.t, arguments))
	if problems := action.Check(a, args); len(problems) > 0 {
		return outcome{}, &action.ArgumentError{Problems: problems}
	}
	if a.Effect == openapi.Write {
		args = v.confirmed(a, args)
	}
	for _, l := range action.Lookups(v.doc, a, args) {
		l = l.With(a, args)
		raw := v.send(v.action(l.OperationID), action.Complete(v.action(l.OperationID), l.Args))
		value, err := l.Find(v.doc, a, raw)
		if err != nil {
			return outcome{}, err
		}
		args[l.Key] = value
	}
	var out outcome
	if raw := v.send(a, args); len(raw) > 0 {
		if err := json.Unmarshal(raw, &out.body); err != nil {
			v.t.Fatalf("%s: the answer %s: %v", id, raw, err)
		}
	}
	calls := v.server.Calls()
	out.status = calls[len(calls)-1].Status
	return out, nil
}

// confirmed is what a person who changes nothing confirms: the same arguments.
func (v *vendor) confirmed(a *openapi.Action, args action.Args) action.Args {
	v.t.Helper()
	form, payload := action.NewReview(a, args), map[string]json.RawMessage{}
	for _, f := range form.Fields {
		if f.Value != nil {
			payload[f.Key] = f.Value
		}
		for _, c := range f.Allowed {
			if string(c.Display) == "null" || string(c.Display) == `""` {
				v.t.Errorf("%s: %s: %s has a choice without a label: %s", v.kind.Name, a.OperationID, f.Key, c.Value)
			}
		}
	}
	out, problems := form.Accept(a, args, payload, form.Separator)
	if len(problems) > 0 {
		v.t.Fatalf("%s: %s: the form as it is: %v", v.kind.Name, a.OperationID, problems)
	}
	if d := cmp.Diff(plain(args), plain(out)); d != "" {
		v.t.Errorf("%s: %s: what is confirmed is not what was reviewed:\n%s", v.kind.Name, a.OperationID, d)
	}
	return out
}

// choices are the values a field of an action's form may take, with their labels.
func (v *vendor) choices(id, key string) []string {
	v.t.Helper()
	var out []string
	for _, f := range action.NewReview(v.action(id), nil).Fields {
		for _, c := range f.Allowed {
			if f.Key == key {
				out = append(out, string(c.Value)+" "+string(c.Display))
			}
		}
	}
	return out
}

func plain(args action.Args) map[string]string {
	out := map[string]string{}
	for key, raw := range args {
		out[key] = string(raw)
	}
	return out
}

// send sends one request and returns the body of the answer.
func (v *vendor) send(a *openapi.Action, args action.Args) []byte {
	v.t.Helper()
	bound, err := action.Bind(v.doc, a, v.serverURL, args)
	if err != nil {
		v.t.Fatalf("%s: %v", a.OperationID, err)
	}
	req, err := http.NewRequest(bound.Method, bound.URL, bytes.NewReader(bound.Body))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header = http.Header(bound.Header).Clone()
	req.Header.Set("Authorization", v.authorization)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if res.StatusCode < http.StatusMultipleChoices {
		v.went[a.OperationID] = true
	} else {
		v.refused[a.OperationID] = true
	}
	return raw
}

// wants calls an action that has to be answered with that status.
func (v *vendor) wants(status int, id string, arguments map[string]any) any {
	v.t.Helper()
	out := v.call(id, arguments)
	if out.status != status {
		v.t.Fatalf("%s: %s: status %d, want %d: %v", v.kind.Name, id, out.status, status, out.body)
	}
	return out.body
}

// fails calls an action that must not get as far as being called.
func (v *vendor) fails(id string, arguments map[string]any, want string) {
	v.t.Helper()
	before := len(v.server.Calls())
	out, err := v.try(id, arguments)
	if err == nil {
		v.t.Fatalf("%s: %s was called: %+v", v.kind.Name, id, out)
	}
	if !strings.Contains(err.Error(), want) {
		v.t.Errorf("%s: %s: %v, want %q", v.kind.Name, id, err, want)
	}
	for _, c := range v.server.Calls()[before:] {
		if c.Method != "GET" {
			v.t.Errorf("%s: %s called %s %s all the same", v.kind.Name, id, c.Method, c.Path)
		}
	}
}

// last is the last record of a kind, without members that are not asked for.
func (v *vendor) last(kind string, members ...string) map[string]any {
	v.t.Helper()
	records := v.server.Records(kind)
	if len(records) == 0 {
		v.t.Fatalf("%s keeps no %s", v.kind.Name, kind)
	}
	out := map[string]any{}
	for name, value := range records[len(records)-1] {
		if slices.Contains(members, name) {
			out[name] = value
		}
	}
	return out
}

func (v *vendor) same(want, got any) {
	v.t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		v.t.Errorf("%s: (-want +got)\n%s", v.kind.Name, d)
	}
}

// at is the value at a path of an answer; a number in the path is an item of a
// list.
func at(body any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := body.(map[string]any)
			body = object[step]
		case int:
			list, _ := body.([]any)
			if step >= len(list) {
				return nil
			}
			body = list[step]
		}
	}
	return body
}

// each is the member of every item of a list.
func each(list any, path ...any) []any {
	out := []any{}
	items, _ := list.([]any)
	for _, item := range items {
		out = append(out, at(item, path...))
	}
	return out
}

// args are arguments as they are, without what a plugin does to them.
func args(t *testing.T, arguments map[string]any) action.Args {
	t.Helper()
	out := action.Args{}
	for key, value := range arguments {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false) // a form gives the text back as it stands
		if err := enc.Encode(value); err != nil {
			t.Fatal(err)
		}
		out[key] = bytes.TrimSpace(b.Bytes())
	}
	return out
}

func (v *vendor) contains(raw []byte, want string) {
	v.t.Helper()
	if !strings.Contains(string(raw), want) {
		v.t.Errorf("%s: %s, want %q", v.kind.Name, raw, want)
	}
}
