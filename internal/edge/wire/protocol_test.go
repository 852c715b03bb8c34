package wire

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/internal/restjson1"
)

// publishedCases is how many cases Smithy publishes for restJson1. Each is
// either run or left out for a reason.
const publishedCases = 566

// protocolCase is one published case: the facts of it, in our own form.
type protocolCase struct {
	ID, Op  string
	URI     string
	Headers *map[string]string // nil: Content-Type: application/json, if there is a body
	Body    json.RawMessage
	Text    string // a body that need not be JSON
	Values  []string
	Params  json.RawMessage
	Refused string   // fault code, or reason of a fault.Validation
	Fields  []string // that the refusal names
	Less    string   // what of the published case no model of ours can say
}

// expand puts each value in the place of {v}.
func (c protocolCase) expand() []protocolCase {
	if c.Values == nil {
		return []protocolCase{c}
	}
	var out []protocolCase
	for _, v := range c.Values {
		e := c
		e.URI = strings.ReplaceAll(c.URI, "{v}", v)
		e.Text = strings.ReplaceAll(c.Text, "{v}", v)
		e.Fields = nil
		for _, f := range c.Fields {
			e.Fields = append(e.Fields, strings.ReplaceAll(f, "{v}", v))
		}
		out = append(out, e)
	}
	return out
}

// request routes the case the way the server does.
func (c protocolCase) request(t *testing.T, routes *table) (*smithy.Route, request) {
	t.Helper()
	u, err := url.Parse(c.URI)
	if err != nil {
		t.Fatal(err)
	}
	e, err := routes.find(protocolRoute(t, c.Op).Method, u)
	if err != nil {
		t.Fatal(err)
	}
	if e.Name != c.Op {
		t.Fatalf("%s leads to %s, want %s", c.URI, e.Name, c.Op)
	}
	r := request{Labels: map[string]string{}, Query: u.RawQuery, Header: http.Header{}, Body: []byte(cmp.Or(c.Text, string(c.Body)))}
	e.fill(r.Labels, u.EscapedPath())
	if c.Headers == nil && len(r.Body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Headers != nil {
		for name, value := range *c.Headers {
			r.Header.Set(name, value)
		}
		if len(c.Body) > 0 && r.Header.Get("Content-Type") == "" {
			r.Header.Set("Content-Type", "application/json")
		}
	}
	return e.Route, r
}

// sameDocuments compares documents by what they say, not how.
func sameDocuments() gocmp.Option {
	isDocument := func(p gocmp.Path) bool { return p.Last().Type() == reflect.TypeFor[json.RawMessage]() }
	return gocmp.FilterPath(isDocument, gocmp.Comparer(func(a, b json.RawMessage) bool {
		var x, y any
		return len(a) == 0 && len(b) == 0 || json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && gocmp.Equal(x, y)
	}))
}

// TestProtocolRequests: a server reads the parameters that the client wrote.
func TestProtocolRequests(t *testing.T) {
	routes := newTable(restjson1.Routes)
	for _, c := range readCases(t, "requests.json") {
		t.Run(c.ID, func(t *testing.T) {
			route, r := c.request(t, routes)
			got, want := route.NewInput(), route.NewInput()
			if refused := bindRequest(route, r, got); refused != nil {
				t.Fatalf("refused: %v %v", refused, refused.Fields)
			}
			assign(t, want, c.Params)
			if diff := gocmp.Diff(want, got, cmpopts.EquateNaNs(), sameDocuments()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestProtocolResponses: a server writes the body that clients expect.
func TestProtocolResponses(t *testing.T) {
	for _, c := range readCases(t, "responses.json") {
		t.Run(c.ID, func(t *testing.T) {
			route := protocolRoute(t, c.Op)
			out := newOutput(t, c.Op)
			assign(t, out, c.Params)
			if diff := gocmp.Diff(anyJSON(t, c.Body), anyJSON(t, smithy.AppendJSON(nil, route.Output, out))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestProtocolMalformed: a server refuses what is malformed, and says where.
func TestProtocolMalformed(t *testing.T) {
	routes := newTable(restjson1.Routes)
	n := 0
	for _, published := range readCases(t, "malformed.json") {
		for i, c := range published.expand() {
			n++
			t.Run(fmt.Sprintf("%s_%d", c.ID, i), func(t *testing.T) {
				route, r := c.request(t, routes)
				refused := bindRequest(route, r, route.NewInput())
				if refused == nil {
					t.Fatalf("%s %s was accepted", c.URI, r.Body)
				}
				if got := cmp.Or(refused.Reason, string(refused.Code)); got != c.Refused {
					t.Errorf("refused as %s, want %s: %v", got, c.Refused, refused)
				}
				for _, name := range c.Fields {
					if !slices.ContainsFunc(refused.Fields, func(f fault.Field) bool { return f.Name == name }) {
						t.Errorf("fields are %v, want %s among them", refused.Fields, name)
					}
				}
			})
		}
	}
	t.Logf("%d malformed requests", n)
}

// TestProtocolCoverage counts the published cases: every one is either run
// above or left out for a reason.
func TestProtocolCoverage(t *testing.T) {
	seen := map[string]bool{}
	once := func(kind, id string) {
		if seen[kind+" "+id] {
			t.Errorf("%s %s is there twice", kind, id)
		}
		seen[kind+" "+id] = true
	}
	less := 0
	for kind, file := range map[string]string{"request": "requests.json", "response": "responses.json", "malformed": "malformed.json"} {
		for _, c := range readCases(t, file) {
			once(kind, c.ID)
			if c.Less != "" {
				less++
			}
		}
	}
	run := len(seen)
	var out []struct {
		Reason string
		Cases  map[string][]string
	}
	readJSON(t, "left-out.json", &out)
	var reasons strings.Builder
	for _, o := range out {
		n := 0
		for kind, ids := range o.Cases {
			for _, id := range ids {
				once(kind, id)
				n++
			}
		}
		fmt.Fprintf(&reasons, "\n%5d  %s", n, o.Reason)
	}
	if len(seen) != publishedCases {
		t.Errorf("%d cases are accounted for, want %d", len(seen), publishedCases)
	}
	t.Logf("restJson1: %d of %d cases pass (%d of them without a member of a kind that no model of ours has), %d left out:%s",
		run, publishedCases, less, len(seen)-run, reasons.String())
}

func protocolRoute(t *testing.T, name string) *smithy.Route {
	t.Helper()
	i := slices.IndexFunc(restjson1.Routes, func(r *smithy.Route) bool { return r.Name == name })
	if i < 0 {
		t.Fatalf("there is no operation %s", name)
	}
	return restjson1.Routes[i]
}

func readCases(t *testing.T, file string) (cases []protocolCase) {
	t.Helper()
	readJSON(t, file, &cases)
	return cases
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "restjson1", file))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

func anyJSON(t *testing.T, b []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return v
}
