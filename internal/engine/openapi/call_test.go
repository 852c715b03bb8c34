package openapi

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// one returns the first action of a document with one operation.
func one(t *testing.T, src string) Action {
	t.Helper()
	return understood(t, []byte(src)).Actions[0]
}

func TestEffect(t *testing.T) {
	for _, c := range []struct {
		method, rest string
		want         Effect
	}{
		{"get", "", Read},
		{"head", "", Read},
		{"options", "", Write},
		{"post", "", Write},
		{"delete", "", Write},
		{"post", "      x-openai-isConsequential: false\n", Read},
		{"get", "      x-openai-isConsequential: true\n", Write},
		{"post", "      x-parley-effect: read\n", Read},
		{"get", "      x-parley-effect: write\n", Write},
		{"post", "      x-openai-isConsequential: true\n      x-parley-effect: read\n", Read},
	} {
		if got := one(t, op(c.method, "/a", c.rest)).Effect; got != c.want {
			t.Errorf("%s %q: %s, want %s", c.method, c.rest, got, c.want)
		}
	}
}

// Every style by location, and what holds where none or an impossible one is
// given (OpenAPI 3.0.4, parameter object).
func TestStyles(t *testing.T) {
	type style struct {
		Style   string
		Explode bool
	}
	for _, c := range []struct {
		in, rest string
		want     style
	}{
		{"path", "", style{"simple", false}},
		{"path", ", explode: true", style{"simple", true}},
		{"path", ", style: label", style{"label", false}},
		{"path", ", style: matrix, explode: true", style{"matrix", true}},
		{"path", ", style: form", style{"simple", false}},
		{"query", "", style{"form", true}},
		{"query", ", explode: false", style{"form", false}},
		{"query", ", style: spaceDelimited", style{"spaceDelimited", false}},
		{"query", ", style: pipeDelimited", style{"pipeDelimited", false}},
		{"query", ", style: deepObject, explode: true", style{"deepObject", true}},
		{"query", ", style: simple", style{"form", true}},
		{"header", "", style{"simple", false}},
		{"header", ", style: form", style{"simple", false}},
		{"cookie", "", style{"form", true}},
		{"cookie", ", style: form, explode: false", style{"form", false}},
	} {
		p := one(t, op("get", "/a/{b}", fmt.Sprintf("      parameters: [{name: b, in: %s, required: true, schema: {type: string}%s}]\n", c.in, c.rest))).Parameters[0]
		if d := cmp.Diff(c.want, style{p.Style, p.Explode}); d != "" {
			t.Errorf("%s%s: %s", c.in, c.rest, d)
		}
	}
}

func TestParameterForms(t *testing.T) {
	a := one(t, op("get", "/a", `      parameters:
        - {name: a, in: query, allowReserved: true, schema: {type: string}}
        - {name: b, in: query, content: {application/json: {schema: {type: object, properties: {c: {type: integer}}}}}}
        - {name: d, in: query, type: integer, maximum: 5}
        - {name: e, in: query}
`))
	want := []Parameter{
		{Name: "a", In: "query", Style: "form", Explode: true, AllowReserved: true, Input: Input{DisplayName: "a", Type: "string", Schema: &Schema{Type: "string"}}},
		{Name: "b", In: "query", Style: "form", Explode: true, MediaType: "application/json", Input: Input{DisplayName: "b", Type: "object",
			Schema: &Schema{Type: "object", Properties: Properties{{"c", &Schema{Type: "integer"}}}}}},
		{Name: "d", In: "query", Style: "form", Explode: true, Input: Input{DisplayName: "d", Type: "integer", Schema: &Schema{Type: "integer", Maximum: "5"}}},
		{Name: "e", In: "query", Style: "form", Explode: true, Input: Input{DisplayName: "e", Schema: &Schema{}}},
	}
	if d := cmp.Diff(want, a.Parameters); d != "" {
		t.Error(d)
	}
}

func TestServers(t *testing.T) {
	for _, c := range []struct{ name, src, document, action string }{
		{"the document's", sound, "https://a.example.com/v1", ""},
		{"https before http", serving("[{url: 'http://a.example.com'}, {url: 'https://b.example.com'}]"), "https://b.example.com", ""},
		{"http where there is no other", serving("[{url: /v1}, {url: 'http://a.example.com'}]"), "http://a.example.com", ""},
		{"without scheme", serving("[{url: //a.example.com/b}]"), "https://a.example.com/b", ""},
		{"the operation's", op("get", "/a", "      servers: [{url: 'https://b.example.com/'}]\n"), "https://a.example.com/v1", "https://b.example.com"},
		{"the same again", op("get", "/a", "      servers: [{url: 'https://a.example.com/v1'}]\n"), "https://a.example.com/v1", ""},
		{"the path's", op("get", "/a", "    servers: [{url: 'https://c.example.com'}]\n"), "https://a.example.com/v1", "https://c.example.com"},
		{"relative to the document's", op("get", "/a", "      servers: [{url: /v2}]\n"), "https://a.example.com/v1", "https://a.example.com/v2"},
		{"relative to the document's path", op("get", "/a", "      servers: [{url: x}]\n"), "https://a.example.com/v1", "https://a.example.com/v1/x"},
		{"templated", op("get", "/a", "      servers: [{url: 'https://{r}.example.com', variables: {r: {default: eu}}}]\n"), "https://a.example.com/v1", "https://eu.example.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := understood(t, []byte(c.src))
			if d.Server != c.document || d.Actions[0].Server != c.action {
				t.Errorf("document %q, action %q", d.Server, d.Actions[0].Server)
			}
		})
	}
}

// A document without a server that can be called is refused, and understood for
// whoever knows the server.
func TestNoServer(t *testing.T) {
	for name, servers := range map[string]string{"relative": "[{url: /api/v3}]", "none": "[]"} {
		src := serving(servers)
		d, found := Parse([]byte(src), DefaultLimits())
		if d == nil || d.Server != "" || len(d.Actions) != 1 || !d.Actions[0].Callable {
			t.Fatalf("%s: %+v", name, d)
		}
		refused := OnlyRefused(found)
		if len(refused) != 1 {
			t.Fatalf("%s: %v", name, refused)
		}
		r := Lint([]byte(src), DefaultLimits())
		if v := r.Operations[0]; r.Accepted || v.Callable || cmp.Diff(refused, v.Reasons) != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestAccept(t *testing.T) {
	a := one(t, head+`paths:
  /a:
    get:
      description: d
      responses:
        "404": {description: no, content: {text/html: {}}}
        "200": {description: ok, content: {text/csv: {}, application/json: {}, not a type: {}}}
        "201": {description: ok, content: {application/hal+json: {}, text/csv: {}}}
        default: {description: e, content: {application/problem+json: {}}}
`)
	if d := cmp.Diff([]string{"application/json", "application/hal+json", "text/csv"}, a.Accept); d != "" {
		t.Error(d)
	}
	a = one(t, head+"paths: {/a: {get: {description: d, responses: {default: {description: e, content: {text/plain: {}}}}}}}\n")
	if d := cmp.Diff([]string{"text/plain"}, a.Accept); d != "" {
		t.Error(d)
	}
}

func TestBodies(t *testing.T) {
	text := &Schema{Type: "string"}
	for _, c := range []struct {
		name, content string
		want          Body
	}{
		{"encoding of a form", `{application/x-www-form-urlencoded: {schema: {type: object}, encoding: {a: {style: deepObject, explode: true}, b: {allowReserved: true}, c: {style: pipeDelimited}}}}`,
			Body{MediaType: "application/x-www-form-urlencoded", Type: "object", Schema: &Schema{Type: "object"}, Encoding: map[string]Encoding{
				"a": {Style: "deepObject", Explode: true}, "b": {Explode: true, AllowReserved: true}, "c": {Style: "pipeDelimited"}}}},
		{"encoding of parts", `{multipart/form-data: {schema: {type: object}, encoding: {a: {contentType: image/png}}}}`,
			Body{MediaType: "multipart/form-data", Type: "object", Schema: &Schema{Type: "object"}, Encoding: map[string]Encoding{"a": {ContentType: "image/png", Explode: true}}}},
		{"encoding means nothing in JSON", `{application/json: {schema: {type: object}, encoding: {a: {explode: true}}}}`,
			Body{MediaType: "application/json", Type: "object", Schema: &Schema{Type: "object"}}},
		{"JSON with parameters", `{'application/json, version=1': {schema: {type: string}}}`, Body{MediaType: "application/json, version=1", Type: "string", Schema: text}},
		{"a file", `{application/octet-stream: {}}`, Body{MediaType: "application/octet-stream", Type: "string", Schema: &Schema{Type: "string", Format: "binary"}}},
		{"XML as text", `{application/xml: {schema: {type: string}}}`, Body{MediaType: "application/xml", Type: "string", Schema: text}},
		{"JSON before XML", `{application/xml: {schema: {type: object}}, application/json: {schema: {type: string}}}`, Body{MediaType: "application/json", Type: "string", Schema: text}},
		{"no schema", `{application/json: {}}`, Body{MediaType: "application/json", Schema: &Schema{}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := one(t, op("post", "/a", "      requestBody: {content: "+c.content+"}\n"))
			if d := cmp.Diff(&c.want, a.Body); d != "" {
				t.Error(d)
			}
		})
	}
}

// What is wrong with an answer keeps nobody from asking.
func TestBrokenAnswers(t *testing.T) {
	for _, answers := range []string{
		`{"200": {$ref: '#/components/responses/No'}}`,
		`{"200": {description: ok, content: {application/json: {schema: {$ref: '#/no'}}}}}`,
		`{"200": {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}`,
	} {
		src := head + "paths: {/a: {get: {description: d, responses: " + answers + "}}}\ncomponents: {schemas: {A: {items: {$ref: '#/no'}}}}\n"
		if !one(t, src).Callable {
			t.Error(answers)
		}
	}
}
