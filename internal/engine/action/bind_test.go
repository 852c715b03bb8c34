package action

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

func query(name string) openapi.Parameter {
	return openapi.Parameter{Name: name, In: "query", Style: "form", Explode: true, Input: openapi.Input{Type: "string"}}
}

func inPath(name string) openapi.Parameter {
	return openapi.Parameter{Name: name, In: "path", Style: "simple", Input: openapi.Input{Type: "string", Required: true}}
}

func TestURL(t *testing.T) {
	for _, c := range []struct {
		name, document, action, given, path string
		want                                string // empty: refused
	}{
		{"plain", "https://h.example", "", "", "/x", "https://h.example/x"},
		{"stage", "https://h.example/prod", "", "", "/x", "https://h.example/prod/x"},
		{"stage with a slash", "https://h.example/prod/", "", "", "/x", "https://h.example/prod/x"},
		{"the root", "https://h.example", "", "", "/", "https://h.example/"},
		{"the root below a stage", "https://h.example/prod", "", "", "/", "https://h.example/prod/"},
		{"a slash at the end stays", "https://h.example", "", "", "/x/", "https://h.example/x/"},
		{"the action's server", "https://h.example", "https://own.example/v2", "", "/x", "https://own.example/v2/x"},
		{"the given server", "https://h.example", "https://own.example/v2", "http://127.0.0.1:8080/", "/x", "http://127.0.0.1:8080/x"},
		{"a port and IPv6", "https://[2001:db8::1]:8443/a", "", "", "/x", "https://[2001:db8::1]:8443/a/x"},
		{"an encoded base", "https://h.example/a%2Fb", "", "", "/x", "https://h.example/a%2Fb/x"},
		{"literals are encoded", "https://h.example", "", "", "/a b/ü", "https://h.example/a%20b/%C3%BC"},
		{"triplets stay", "https://h.example", "", "", "/a%20b", "https://h.example/a%20b"},
		{"a query of its own", "https://h.example", "", "", "/x?kind=a b", "https://h.example/x?kind=a%20b"},
		{"a fragment is left out", "https://h.example", "", "", "/#Target=Do.It", "https://h.example/"},
		{"no server", "", "", "", "/x", ""},
		{"relative", "/v1", "", "", "/x", ""},
		{"another scheme", "ftp://h.example", "", "", "/x", ""},
		{"a user", "https://u:p@h.example", "", "", "/x", ""},
		{"a query", "https://h.example?x=1", "", "", "/x", ""},
		{"a fragment", "https://h.example#x", "", "", "/x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Bind(&openapi.Document{Server: c.document}, &openapi.Action{Method: "GET", Path: c.path, Server: c.action}, c.given, nil)
			switch {
			case c.want == "" && err == nil:
				t.Errorf("not refused: %s", r.URL)
			case c.want != "" && err != nil:
				t.Error(err)
			case c.want != "" && r.URL != c.want:
				t.Errorf("got %s, want %s", r.URL, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "u:p") {
				t.Errorf("%v repeats the password", err)
			}
		})
	}
}

func TestVariablesOfThePath(t *testing.T) {
	doc := &openapi.Document{Server: "https://h.example/v1"}
	for _, c := range []struct{ path, args, want string }{
		{"/a/{x}/b/{y}.json", `{"x": "1", "y": "2"}`, "https://h.example/v1/a/1/b/2.json"},
		{"/a/{x}-{y}", `{"x": "1", "y": "2"}`, "https://h.example/v1/a/1-2"},
		{"/a/{x}/{x}", `{"x": "1", "y": "2"}`, "https://h.example/v1/a/1/1"},
		{"/a/{x}?key={y}", `{"x": "1", "y": "a&b=c"}`, "https://h.example/v1/a/1?key=a%26b%3Dc"},
		{"/a/{x}", `{"x": "../secret", "y": "2"}`, ""},
		{"/a/{x}", `{"x": "..", "y": "2"}`, ""},
		{"/a/{x}", `{"x": ".", "y": "2"}`, ""},
		{"/a/{x}", `{"x": "b\\..\\c", "y": "2"}`, ""},
		{"/a/{x}{y}", `{"x": ".", "y": "."}`, ""},
		{"/a/{x}", `{"x": "...", "y": "2"}`, "https://h.example/v1/a/..."},
		{"/a/{x}", `{"x": ".hidden", "y": "2"}`, "https://h.example/v1/a/.hidden"},
		{"/a/{x}", `{"x": "%2e%2e%2f", "y": "2"}`, "https://h.example/v1/a/%252e%252e%252f"},
		{"/a/{x}", `{"x": "b/c?d#e", "y": "2"}`, "https://h.example/v1/a/b%2Fc%3Fd%23e"},
		{"/a/{x}", `{"x": "", "y": "2"}`, ""},
		{"/a/{x}", `{"y": "2"}`, ""},
	} {
		a := &openapi.Action{Method: "GET", Path: c.path, Parameters: []openapi.Parameter{inPath("x"), inPath("y")}}
		r, err := Bind(doc, a, "", parsed(t, c.args))
		var wrong *ArgumentError
		switch {
		case c.want == "" && !errors.As(err, &wrong):
			t.Errorf("%s %s: %v, want an ArgumentError", c.path, c.args, err)
		case c.want == "" && wrong.Problems[0].Key != "x" && wrong.Problems[0].Key != "y":
			t.Errorf("%s %s: %v", c.path, c.args, err)
		case c.want != "" && (err != nil || r.URL != c.want):
			t.Errorf("%s %s: %+v, %v, want %s", c.path, c.args, r, err, c.want)
		}
	}
	_, err := Bind(doc, &openapi.Action{Method: "GET", Path: "/a/{z}"}, "", nil)
	if err == nil || err.Error() != "the path variable {z} is not described" {
		t.Errorf("got %v", err)
	}
}

func TestHeaders(t *testing.T) {
	parameter := func(name, in, style string) openapi.Parameter {
		return openapi.Parameter{Name: name, In: in, Style: style, Input: openapi.Input{Type: "string"}}
	}
	a := &openapi.Action{
		Method: "GET", Path: "/x", Accept: []string{"text/csv", "application/json"},
		Parameters: []openapi.Parameter{
			parameter("From", "header", "simple"), parameter("session", "cookie", "form"), parameter("theme", "cookie", "form"),
			parameter("Host", "header", "simple"), parameter("Authorization", "header", "simple"), parameter("bad name", "header", "simple"),
		},
	}
	doc := &openapi.Document{Server: "https://h.example"}
	r, err := Bind(doc, a, "", parsed(t, `{"From": "mary@example.com", "session": "a b=c;"}`))
	if err == nil {
		t.Errorf("a semicolon in a cookie: %v", r.Header)
	}
	r, err = Bind(doc, a, "", parsed(t, `{"From": "mary@example.com", "session": "a b=c", "theme": "dark"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{
		"Accept": {"application/json, text/csv;q=0.5"}, "From": {"mary@example.com"}, "Cookie": {"session=a%20b=c; theme=dark"},
	}
	if diff := cmp.Diff(want, r.Header); diff != "" {
		t.Error(diff)
	}
	for _, args := range []string{
		`{"From": "a\r\nX-Admin: 1"}`, `{"From": "a\u0000"}`, `{"From": "a\nb"}`, `{"session": "a\r\nb"}`, `{"session": "a; admin=1"}`, `{"session": "\u0000"}`,
		`{"Host": "evil.example"}`, `{"Authorization": "Bearer x"}`, `{"bad name": "x"}`,
	} {
		var wrong *ArgumentError
		if r, err := Bind(doc, a, "", parsed(t, args)); !errors.As(err, &wrong) || len(wrong.Problems) != 1 {
			t.Errorf("%s: %v, %v, want one problem", args, r, err)
		}
	}
}

func TestAccept(t *testing.T) {
	for _, c := range []struct {
		types []string
		want  string
	}{
		{nil, "application/json, */*;q=0.5"},
		{[]string{"application/json"}, "application/json"},
		{[]string{"application/xml", "application/vnd.pagerduty+json;version=2"}, "application/vnd.pagerduty+json;version=2, application/xml;q=0.5"},
		{[]string{"image/png"}, "image/png"},
		{[]string{"x\r\nEvil: 1/1", "a/b, c/d", "nonsense"}, "application/json, */*;q=0.5"},
	} {
		if got := accept(c.types); got != c.want {
			t.Errorf("%q: got %s, want %s", c.types, got, c.want)
		}
	}
}

func TestParametersOfContent(t *testing.T) {
	p := func(in, mediaType string) openapi.Parameter {
		return openapi.Parameter{Name: "filter", In: in, MediaType: mediaType, Input: openapi.Input{Type: "object"}}
	}
	for _, c := range []struct {
		p    openapi.Parameter
		want string
	}{
		{p("query", "application/json"), "https://h.example/x?filter=%7B%22a%22%3A%5B1.50%2C%22%C3%BC%22%5D%7D"},
		{p("header", "application/json"), `{"a":[1.50,"\u00fc"]}`},
		{p("cookie", "application/json"), `filter={%22a%22:[1.50%2C%22%C3%BC%22]}`},
	} {
		r, err := Bind(&openapi.Document{Server: "https://h.example"}, &openapi.Action{Method: "GET", Path: "/x", Parameters: []openapi.Parameter{c.p}}, "",
			Args{"filter": raw(`{"a": [1.50, "ü"]}`)})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{"query": r.URL, "header": header(r, "Filter"), "cookie": header(r, "Cookie")}[c.p.In]
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.p.In, got, c.want)
		}
	}
}

func TestAnArgumentErrorNamesTheKeys(t *testing.T) {
	a := &openapi.Action{Method: "GET", Path: "/x/{id}", Parameters: []openapi.Parameter{inPath("id"), query("q")}}
	_, err := Bind(&openapi.Document{Server: "https://h.example"}, a, "", parsed(t, `{"q": 5, "nonsense": "secret"}`))
	want := "the arguments do not fit the action: id: This is required: give text. q: Give text. nonsense: Leave this out: the action has no such input."
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func parsed(t *testing.T, text string) Args {
	t.Helper()
	var args Args
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		t.Fatal(err)
	}
	return args
}

// header is the value of a header of the request; empty: it is not there.
func header(r *Request, name string) string { return strings.Join(r.Header[name], "\n") }

func raw(s string) json.RawMessage { return json.RawMessage(s) }
