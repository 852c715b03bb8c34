// Package vendortest has servers on loopback that behave as the vendors of the
// built-in plugin types document their APIs: the same paths, headers, fields,
// statuses and error bodies, and the same refusals. Each is written from the
// vendor's own description, which the vendor's file names, and not from the
// documents of package catalogue, so that it finds out when those are wrong.
//
// A server keeps records in memory, as the vendor would: a test looks at them
// to see what a call did, not at what was answered. What no built-in action
// needs is left out; a call of it is answered as an unknown path.
//
// One file is one vendor: its constructor, its dialect (how it refuses), its
// routes and its operations.
package vendortest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// A Server is one vendor's API.
type Server struct {
	URL string // without a slash at the end

	authorization string
	dialect       dialect
	mux           *http.ServeMux

	mu      sync.Mutex // guards what follows; held while an operation runs
	calls   []Call
	records map[string][]Record // of each kind, in the order of creation
	created int
}

// A Record is what the vendor keeps: the members of one JSON object.
type Record map[string]any

// A Call is a request as it arrived, and the status it was answered with.
type Call struct {
	Method, Path, Query string
	Header              http.Header
	Body                []byte
	Status              int
}

// An operation is one of the vendor's. It runs with the server's records locked.
type operation func(s *Server, r *request) answer

// A request is what an operation is asked for.
type request struct {
	*http.Request
	body map[string]any // of a JSON object; nil when none was sent
}

// An answer is what it gives back. A nil body is none at all.
type answer struct {
	status    int
	body      any
	mediaType string // application/json when empty
}

// A dialect is how a vendor refuses what concerns all of its operations.
type dialect struct {
	unauthorized answer                   // without the credential, or with another one
	unknown      answer                   // no such path or method
	unreadable   answer                   // a body that is no JSON object
	check        func(r *request) *answer // rules for every request, such as headers; may be nil
}

// start serves routes, patterns of http.ServeMux, to those who send that
// Authorization header, until the test is over.
func start(t testing.TB, authorization string, d dialect, routes map[string]operation) *Server {
	t.Helper()
	s := &Server{authorization: authorization, dialect: d, mux: http.NewServeMux(), records: map[string][]Record{}}
	for pattern, op := range routes {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.run(w, r, op) })
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.run(w, r, func(*Server, *request) answer { return d.unknown })
	})
	web := httptest.NewServer(s.mux)
	t.Cleanup(web.Close)
	s.URL = web.URL
	return s
}

const maxBody = 1 << 20

func (s *Server) run(w http.ResponseWriter, r *http.Request, op operation) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	a := s.answer(r, body, op)
	s.calls = append(s.calls, Call{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header.Clone(), Body: body, Status: a.status})
	s.mu.Unlock()
	a.write(w)
}

func (s *Server) answer(r *http.Request, body []byte, op operation) answer {
	req := &request{Request: r}
	if r.Header.Get("Authorization") != s.authorization {
		return s.dialect.unauthorized
	}
	if len(body) > 0 && json.Unmarshal(body, &req.body) != nil {
		return s.dialect.unreadable
	}
	if s.dialect.check != nil {
		if refusal := s.dialect.check(req); refusal != nil {
			return *refusal
		}
	}
	return op(s, req)
}

func (a answer) write(w http.ResponseWriter) {
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	mediaType := a.mediaType
	if mediaType == "" {
		mediaType = "application/json"
	}
	text, err := json.Marshal(a.body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(a.status)
	_, _ = w.Write(text) // whoever called may have gone
}

// Calls returns the requests so far, refused ones too.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Records returns the records of a kind, oldest first.
func (s *Server) Records(kind string) []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Record
	for _, r := range s.records[kind] {
		out = append(out, maps.Clone(r))
	}
	return out
}

// Add puts a record there, as if it had always been.
func (s *Server) Add(kind string, r Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(kind, r)
}

func (s *Server) add(kind string, r Record) { s.records[kind] = append(s.records[kind], r) }

// find is the record of which a member has that value, nil when there is none.
func (s *Server) find(kind, member string, value any) Record {
	for _, r := range s.records[kind] {
		if r[member] == value {
			return r
		}
	}
	return nil
}

// remove takes away the record of which a member has that value, and says
// whether there was one.
func (s *Server) remove(kind, member string, value any) bool {
	before := len(s.records[kind])
	s.records[kind] = slices.DeleteFunc(s.records[kind], func(r Record) bool { return r[member] == value })
	return len(s.records[kind]) < before
}

// serial counts what the server creates, from 1.
func (s *Server) serial() int {
	s.created++
	return s.created
}
