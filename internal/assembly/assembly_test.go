package assembly

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func state(dir string) State {
	return State{Dir: dir, Now: storetest.Start, Log: slog.New(slog.DiscardHandler)}
}

func config(s State) Config {
	return Config{
		State: s, Regions: []string{"us-east-1"},
		Root: access.Root{Account: "000000000000", AccessKeyID: "AKIAROOT", Secret: "root-secret-of-the-test"},
	}
}

func TestEveryRoomIsFurnished(t *testing.T) {
	c := config(state(""))
	c.Model = Model{Provider: OpenAI, Name: "any", URL: "http://127.0.0.1:1/v1"}
	c.Embedding.Model = c.Model
	c.Functions.URLs = map[string]string{"any": "http://127.0.0.1:1"}
	c.Folders = map[string][]string{c.Root.Account: {"/srv/docs"}}
	s, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rooms := reflect.ValueOf(s.Rooms).Elem()
	for i := range rooms.NumField() {
		name, room := rooms.Type().Field(i).Name, rooms.Field(i)
		if room.IsNil() {
			t.Errorf("Rooms.%s is nil", name)
			continue
		}
		for j := range room.Elem().NumField() {
			f := room.Elem().Type().Field(j)
			switch f.Type.Kind() {
			case reflect.Pointer, reflect.Interface, reflect.Func, reflect.Map, reflect.Slice:
				if f.IsExported() && room.Elem().Field(j).IsNil() {
					t.Errorf("Rooms.%s.%s is nil", name, f.Name)
				}
			}
		}
	}
}

// TestEveryFamilyIsMounted finds the operations of a family that is here in part.
func TestEveryFamilyIsMounted(t *testing.T) {
	here := map[string]int{
		"application": 5, "permission": 3, "plugin": 8, "tag": 3, "chat": 9, "accessor": 5, "subscription": 4,
		"index": 5, "document": 5, "directory": 8, "retriever": 6, "datasource": 8, "experience": 6, "chatcontrol": 8,
	}
	for _, r := range api.Routes {
		_, want := here[r.Family]
		if got := Built(r); got != want {
			t.Errorf("Built(%s) = %t, want %t", r.Name, got, want)
		}
		if want {
			here[r.Family]--
		}
	}
	for family, n := range here {
		if n != 0 {
			t.Errorf("%s has %d operations more or less than the model's", family, -n)
		}
	}
	if Built(&smithy.Route{Name: "Nothing"}) {
		t.Error("Built(Nothing)")
	}
}

// TestNeighboursAreMounted names what is left out of the neighbouring APIs.
func TestNeighboursAreMounted(t *testing.T) {
	missing := map[string][]string{
		"secretsmanager": {
			"BatchGetSecretValue", "CancelRotateSecret", "DeleteResourcePolicy", "GetResourcePolicy", "PutResourcePolicy",
			"RemoveRegionsFromReplication", "ReplicateSecretToRegions", "RotateSecret", "StopReplicationToReplica", "ValidateResourcePolicy",
		},
	}
	for _, s := range Services() {
		if s == api.Service {
			continue
		}
		var got []string
		for _, r := range s.Routes {
			if !Built(r) {
				got = append(got, r.Name)
			}
		}
		if diff := cmp.Diff(missing[s.Name], got); diff != "" {
			t.Errorf("%s lacks (-want +got):\n%s", s.Name, diff)
		}
	}
}

// TestEveryRoomThatWorksHasItsJobs finds a room whose Work nobody called: a
// second call may not change what the queue can do.
func TestEveryRoomThatWorksHasItsJobs(t *testing.T) {
	s, err := New(t.Context(), config(state("")))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	kinds := func() int { return reflect.ValueOf(s.Jobs).Elem().FieldByName("kinds").Len() }
	before := kinds()
	rooms := reflect.ValueOf(s.Rooms).Elem()
	worked := 0
	for _, field := range rooms.Fields() {
		switch room := field.Interface().(type) {
		case interface{ Work() }:
			worked++
			room.Work()
		case interface{ Work(*job.Queue) }:
			worked++
			room.Work(s.Jobs)
		}
	}
	if after := kinds(); before != after || worked == 0 || before < worked {
		t.Errorf("%d kinds of job, %d after every one of %d rooms registered its own", before, after, worked)
	}
}

func TestTheMasterKeyHasToFitTheStore(t *testing.T) {
	dir := t.TempDir()
	open := func(s State) error {
		r, err := Open(t.Context(), s)
		if err == nil {
			err = r.Close()
		}
		return err
	}
	if err := open(state(dir)); err != nil {
		t.Fatal(err)
	}
	if err := open(state(dir)); err != nil {
		t.Fatalf("the second start: %v", err)
	}
	other := state(dir)
	other.MasterKey = strings.Repeat("A", 43) + "="
	if err := open(other); !errors.Is(err, seal.ErrOtherKey) {
		t.Errorf("another key: %v", err)
	}
	path := filepath.Join(dir, seal.MasterFile)
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	want := "the secrets in this store are encrypted under a master key, and " + path + " is not there: put it back, or give the key in PARLEY_MASTER_KEY"
	if err := open(state(dir)); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a new master key was made for a store that has its own")
	}
	given := state(dir)
	given.MasterKey = string(bytes.TrimSpace(kept))
	if err := open(given); err != nil {
		t.Errorf("the key of the file, given: %v", err)
	}
}

func TestServersOfOneStoreShareOneMasterKey(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		open := func(key byte) error {
			s := State{Dir: c.Dir, URL: c.URL, Now: storetest.Start, Log: slog.New(slog.DiscardHandler), MasterKey: strings.Repeat(string(key), 43) + "="}
			r, err := Open(t.Context(), s)
			if err == nil {
				err = r.Close()
			}
			return err
		}
		if err := open('A'); err != nil {
			t.Fatal(err)
		}
		if err := open('A'); err != nil {
			t.Errorf("the same key again: %v", err)
		}
		if err := open('E'); !errors.Is(err, seal.ErrOtherKey) {
			t.Errorf("another key: %v, want seal.ErrOtherKey", err)
		}
		if c.URL == "" {
			return
		}
		s := state(t.TempDir())
		s.URL = c.URL
		_, err := Open(t.Context(), s)
		if want := "is not there: copy it from another server of this database, or give the key in PARLEY_MASTER_KEY"; err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("a server without the key: %v, want …%s", err, want)
		}
	})
}

func TestBuckets(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		buckets Buckets
		ok      bool
	}{
		"none":              {Buckets{}, true},
		"directory":         {Buckets{Dir: t.TempDir()}, true},
		"endpoint":          {Buckets{Endpoint: "http://127.0.0.1:9000", Region: "us-east-1", AccessKeyID: "a", Secret: "b"}, true},
		"unsigned endpoint": {Buckets{Endpoint: "https://s3.example.com/prefix", Region: "us-east-1"}, true},
		"both":              {Buckets{Dir: t.TempDir(), Endpoint: "http://127.0.0.1:9000"}, false},
		"a file":            {Buckets{Dir: file}, false},
		"absent":            {Buckets{Dir: file + "-not"}, false},
		"no URL":            {Buckets{Endpoint: "minio:9000", Region: "us-east-1"}, false},
		"no region":         {Buckets{Endpoint: "http://127.0.0.1:9000"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			objects, err := tt.buckets.open(log)
			if (err == nil) != tt.ok || tt.ok && objects == nil {
				t.Errorf("store %v, error %v, want it to open: %t", objects, err, tt.ok)
			}
		})
	}
}

func TestServeAnswersThenEnds(t *testing.T) {
	s, err := New(t.Context(), config(state("")))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/applications": 403, "/nowhere": 404} {
		resp, err := http.Get("http://" + l.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("GET %s: %s, want %d", path, resp.Status, want)
		}
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Serve: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Serve does not end")
	}
	if err := s.ready(t.Context()); err == nil {
		t.Error("the store is still open after Serve")
	}
}

func TestMetricsListener(t *testing.T) {
	s, err := New(t.Context(), config(state("")))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	get := func(path string) (int, string) {
		w := httptest.NewRecorder()
		s.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		body, _ := io.ReadAll(w.Body)
		return w.Code, string(body)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/applications": 404} {
		if got, _ := get(path); got != want {
			t.Errorf("GET %s: %d, want %d", path, got, want)
		}
	}
	code, text := get("/metrics")
	for _, name := range []string{"parley_requests_total", "parley_request_duration_seconds", "go_goroutines", "process_resident_memory_bytes"} {
		if code != 200 || !strings.Contains(text, name) {
			t.Errorf("/metrics: %d, without %s", code, name)
		}
	}
}
