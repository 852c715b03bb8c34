package action

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// everywhere is an action with a parameter in every place, in every style, and a
// body of the media type.
func everywhere(mediaType string) *openapi.Action {
	a := &openapi.Action{
		Method: "POST", Path: "/a/{p}/b/{l}-{m}.json?fixed={p}",
		Body: &openapi.Body{MediaType: mediaType, Type: "object", Fields: []openapi.Field{leaf("b", "c"), {Path: []string{"b", "d"}}, {Path: []string{"e"}}}},
	}
	for _, p := range [][3]string{
		{"p", "path", "simple"}, {"l", "path", "label"}, {"m", "path", "matrix"}, {"f", "query", "form"}, {"s", "query", "spaceDelimited"}, {"i", "query", "pipeDelimited"},
		{"o", "query", "deepObject"}, {"X-H", "header", "simple"}, {"k", "cookie", "form"},
	} {
		a.Parameters = append(a.Parameters, openapi.Parameter{Name: p[0], In: p[1], Style: p[2], Explode: true, AllowReserved: true})
	}
	return a
}

// FuzzBind: whatever the arguments, there is no panic, and what comes out goes
// to the server, below its base path, in one piece.
func FuzzBind(f *testing.F) {
	for _, g := range []string{`{"p":"1","l":"2","m":"3"}`, `{"p":"../..","l":[1],"m":{"a":"b"},"o":{"x":{"y":[1]}},"f":["a","b"]}`, `{"p":"@evil.example/","l":"?","m":"#"}`,
		`{"p":"1","l":"2","m":"3","X-H":"a\r\nb","k":"x;y","b.c":"é","b.d":{"z":[null,1e9]},"e":[]}`, `{"p":"%2e%2e","l":"\\..\\","m":"//evil"}`} {
		for kind := range uint8(4) {
			f.Add(g, kind)
		}
	}
	doc := &openapi.Document{Server: "https://api.example.com/base"}
	kinds := []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
	f.Fuzz(func(t *testing.T, text string, kind uint8) {
		var args Args
		if json.Unmarshal([]byte(text), &args) != nil {
			return
		}
		a := everywhere(kinds[int(kind)%len(kinds)])
		r, err := Bind(doc, a, "", args)
		if (err == nil) != (len(Check(a, args)) == 0) {
			t.Fatalf("Check and Bind differ: %v, %v", Check(a, args), err)
		}
		if err == nil {
			inPlace(t, r)
		}
	})
}

func inPlace(t *testing.T, r *Request) {
	t.Helper()
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "https" || u.Host != "api.example.com" || u.User != nil || u.Fragment != "" || !strings.HasPrefix(u.EscapedPath(), "/base/a/") {
		t.Errorf("it goes to %s", r.URL)
	}
	if strings.Count(u.EscapedPath(), "/") != strings.Count("/base/a/p/b/l-m.json", "/") {
		t.Errorf("the path has another structure: %s", r.URL)
	}
	for _, s := range strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if s == "." || s == ".." {
			t.Errorf("the path has a dot segment: %s", r.URL)
		}
	}
	for name, values := range r.Header {
		for _, v := range values {
			if strings.ContainsFunc(name+v, isControl) {
				t.Errorf("the header %q is %q", name, v)
			}
		}
	}
	if strings.HasPrefix(header(r, "Content-Type"), "application/json") && !json.Valid(r.Body) {
		t.Errorf("the body is not JSON: %q", r.Body)
	}
}

// FuzzAccept: whatever comes back from a form, there is no panic, hidden inputs
// keep their values, and what is accepted can be bound.
func FuzzAccept(f *testing.F) {
	f.Add(`{"p":"1","f":"2"}`, `{"p":"x","f":["a"]}`, ".")
	f.Add(`{"p":"1","secret":"s"}`, `{"secret":"t","p":""}`, "/")
	f.Add(`{}`, `{"p":"1","n":"1e5","t":"a,b\nc","j":"{\"a\":[1]}"}`, ".")
	doc := &openapi.Document{Server: "https://api.example.com/base"}
	a := &openapi.Action{Method: "POST", Path: "/a/{p}", Parameters: []openapi.Parameter{inPath("p"), query("f"), query("n"), query("t"), query("j"), query("secret")}}
	for i, kind := range []string{"string", "", "integer", "array", "object", "string"} {
		a.Parameters[i].Type = kind
	}
	a.Parameters[5].Hidden = true
	f.Fuzz(func(t *testing.T, before, after, separator string) {
		var reviewed, payload Args
		if json.Unmarshal([]byte(before), &reviewed) != nil || json.Unmarshal([]byte(after), &payload) != nil {
			return
		}
		got, problems := NewReview(a, reviewed).Accept(a, reviewed, payload, separator)
		if len(problems) > 0 {
			return
		}
		if _, there := payload["secret"]; there || separator != "." || string(got["secret"]) != string(reviewed["secret"]) {
			t.Errorf("%s of %s with %q became %v", after, before, separator, got)
		}
		if _, err := Bind(doc, a, "", got); err != nil {
			t.Errorf("accepted, but %v", err)
		}
	})
}

// FuzzCompose: no value gets out of its literal, in any language.
func FuzzCompose(f *testing.F) {
	for _, injection := range injections {
		f.Add(injection)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, language := range []string{"jql", "cql", "soql", "odata"} {
			for _, text := range []string{"x = {value}", "x = '{value}'", `x = "{value}"`, "x LIKE '%{value}%'"} {
				if problem := leaves(language, text, value); problem != "" {
					t.Errorf("%s %s with %q: %s", language, text, value, problem)
				}
			}
		}
	})
}
