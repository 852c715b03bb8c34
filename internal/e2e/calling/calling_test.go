package calling

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// TestEveryValidCallIsAccepted: arguments that Check lets through make a request
// that kin-openapi, which shares no code with this package, takes for valid.
func TestEveryValidCallIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := documents(t)
		doc := read(src, openapi.Limits{})
		if doc == nil {
			_, findings := openapi.Parse(src, openapi.Limits{})
			t.Fatalf("%s\n%v", src, findings)
		}
		seed := rapid.Uint64().Draw(t, "seed")
		for i := range doc.Actions {
			a := &doc.Actions[i]
			if !a.Callable {
				t.Fatalf("%s cannot be called\n%s", a.OperationID, src)
			}
			args := arguments(rand.New(rand.NewPCG(seed, uint64(i))), a)
			if problems := action.Check(a, args); len(problems) > 0 {
				t.Fatalf("%s\n%s\n%v", src, written(args), problems)
			}
			if err := accepted(doc, a, args); err != nil {
				r, _ := action.Bind(doc.Document, a, "", args)
				t.Fatalf("%s\n%s\n%+v\n%s\n%v", src, written(args), r, r.Body, err)
			}
		}
	})
}

func written(args action.Args) string {
	out, _ := json.Marshal(args)
	return string(out)
}

// accepted binds a and asks the validator.
func accepted(doc *document, a *openapi.Action, args action.Args) error {
	server := ""
	if doc.Server == "" {
		server = "https://api.example.com"
	}
	r, err := action.Bind(doc.Document, a, server, args)
	if err != nil {
		return err
	}
	req := httptest.NewRequest(r.Method, r.URL, bytes.NewReader(r.Body))
	req.Header = maps.Clone(r.Header)
	route, params, err := routeOf(doc, a, req.URL)
	if err != nil {
		return err
	}
	for _, p := range route.Operation.Parameters {
		if p.Value.In == "header" && ignored(p.Value.Name) && req.Header.Get(p.Value.Name) == "" {
			req.Header.Set(p.Value.Name, "x") // the validator asks for what OpenAPI tells to ignore
		}
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true, RegexCompiler: compile}
	return openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route, Options: options,
	})
}

// compile lets the validator pass over what only other engines can check.
func compile(pattern string) (openapi3.RegexMatcher, error) {
	if compiled, err := regexp.Compile(pattern); err == nil {
		return compiled, nil
	}
	return regexp.Compile("")
}

// ignored are the headers that OpenAPI leaves to other parts of a document, and
// those of the connection.
func ignored(header string) bool {
	switch strings.ToLower(header) {
	case "accept", "content-type", "authorization", "host", "content-length", "connection":
		return true
	}
	return false
}

var named = regexp.MustCompile(`\{([^{}/]+)\}`)

var variable = regexp.MustCompile(`\\\{[^{}/]+\\\}`)

// document is a document as we understand it, and as the library does.
type document struct {
	*openapi.Document

	library *openapi3.T
}

// read reads a document twice; nil when either cannot.
func read(src []byte, lim openapi.Limits) *document {
	ours, _ := openapi.Parse(src, lim)
	tidied, ok := openapi.Tidied(src, lim)
	if ours == nil || !ok {
		return nil
	}
	theirs, err := load(tidied)
	if err != nil {
		return nil
	}
	return &document{ours, theirs}
}

// load gives a document to the library, which can reach neither a file nor the
// network. A panic in it is a document that cannot be loaded.
func load(src []byte) (doc *openapi3.T, err error) {
	defer func() {
		if p := recover(); p != nil {
			doc, err = nil, fmt.Errorf("the OpenAPI library failed: %v", p)
		}
	}()
	loader := openapi3.NewLoader()
	loader.ReadFromURIFunc = func(*openapi3.Loader, *url.URL) ([]byte, error) {
		return nil, errors.New("references outside the document are not followed")
	}
	return loader.LoadFromData(src)
}

// routeOf does what a router does: it holds the path against the template.
func routeOf(doc *document, a *openapi.Action, u *url.URL) (*routers.Route, map[string]string, error) {
	library := doc.library
	item := library.Paths.Value(a.Path)
	if item == nil {
		return nil, nil, fmt.Errorf("the library has no path %q", a.Path)
	}
	template := a.Path[:cmp.Or(strings.IndexAny(a.Path, "?#")+1, len(a.Path)+1)-1]
	if strings.Contains(template, "}{") {
		return nil, nil, errors.New("no router can part two variables side by side")
	}
	pattern := variable.ReplaceAllString(regexp.QuoteMeta(template), `([^/]+)`)
	values := regexp.MustCompile(pattern + "$").FindStringSubmatch(u.EscapedPath())
	if values == nil {
		return nil, nil, fmt.Errorf("%s does not match %s", u.EscapedPath(), a.Path)
	}
	params := map[string]string{}
	for i, m := range named.FindAllStringSubmatch(template, -1) {
		plain, err := url.PathUnescape(values[i+1])
		if err != nil {
			return nil, nil, err
		}
		params[m[1]] = plain
	}
	return &routers.Route{Spec: library, Path: a.Path, PathItem: item, Method: a.Method, Operation: item.GetOperation(a.Method)}, params, nil
}

// documents draws a document of one to three operations.
func documents(t *rapid.T) []byte {
	paths := map[string]any{}
	for i := range rapid.IntRange(1, 3).Draw(t, "operations") {
		path, parameters := fmt.Sprintf("/op%d", i), []any{}
		for j := range rapid.IntRange(0, 4).Draw(t, "parameters") {
			in := rapid.SampledFrom([]string{"path", "query", "query", "header", "cookie"}).Draw(t, "in")
			name := fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"p", "a-b", "x_y", "Dot.ted", "$top"}).Draw(t, "name"), j)
			if in == "path" {
				path += "/{" + name + "}"
			}
			parameters = append(parameters, parameter(t, name, in))
		}
		operation := map[string]any{
			"operationId": fmt.Sprintf("op%d", i), "description": "d", "parameters": parameters,
			"responses": map[string]any{"200": map[string]any{"description": "ok"}},
		}
		method := rapid.SampledFrom([]string{"get", "post", "put", "patch"}).Draw(t, "method")
		if method != "get" && rapid.Bool().Draw(t, "has body") {
			operation["requestBody"] = body(t)
		}
		paths[path] = map[string]any{method: operation}
	}
	out, err := json.Marshal(map[string]any{
		"openapi": "3.0.3", "info": map[string]any{"title": "t", "version": "1"},
		"servers": []any{map[string]any{"url": "https://api.example.com/base"}}, "paths": paths,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func parameter(t *rapid.T, name, in string) map[string]any {
	p := map[string]any{"name": name, "in": in, "description": "d", "required": in == "path" || rapid.Bool().Draw(t, "required")}
	// The validator does not decode what a cookie has encoded, so it sees no JSON there.
	if in != "path" && in != "cookie" && rapid.IntRange(0, 9).Draw(t, "content") == 0 {
		p["content"] = map[string]any{"application/json": map[string]any{"schema": members(t, 1)}}
		return p
	}
	style := rapid.SampledFrom(map[string][]string{
		"path": {"simple", "label", "matrix"}, "query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
		"header": {"simple"}, "cookie": {"form"},
	}[in]).Draw(t, "style")
	explode := rapid.Bool().Draw(t, "explode")
	var shape map[string]any
	switch kind := rapid.IntRange(0, 3).Draw(t, "shape"); {
	case style == "deepObject":
		explode, shape = true, members(t, 1)
		alwaysSome(shape)
	case style == "spaceDelimited" || style == "pipeDelimited" || kind == 1:
		shape = map[string]any{"type": "array", "items": scalar(t), "minItems": 1}
	case kind == 2 && !(in == "query" && explode):
		shape = members(t, 0)
		alwaysSome(shape)
	default:
		shape = scalar(t)
	}
	if in == "cookie" && shape["type"] != "string" {
		explode = false // the validator has no exploded lists in cookies
	}
	if style == "label" && (shape["type"] == "array" || shape["type"] == "object") {
		explode = false // a dot is never encoded, so RFC 6570 cannot tell it from what parts the items
	}
	p["style"], p["explode"], p["schema"] = style, explode, shape
	return p
}

// alwaysSome makes an object one that is never empty, since an empty one cannot
// be written outside of a body.
func alwaysSome(shape map[string]any) {
	properties := shape["properties"].(map[string]any)
	properties["always"] = map[string]any{"type": "integer"}
	shape["required"] = append(shape["required"].([]string), "always")
}

func scalar(t *rapid.T) map[string]any {
	return rapid.SampledFrom([]map[string]any{
		{"type": "string", "minLength": 1},
		{"type": "string", "enum": []string{"open", "in-progress", "done"}},
		{"type": "string", "format": "date"},
		{"type": "string", "format": "uuid"},
		{"type": "string", "pattern": "^[A-Z]{2,4}-[0-9]+$"},
		{"type": "integer"},
		{"type": "integer", "format": "int32", "minimum": 1, "maximum": 50},
		{"type": "number", "minimum": -1.5, "multipleOf": 0.25},
		{"type": "boolean"},
	}).Draw(t, "scalar")
}

func members(t *rapid.T, depth int) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range rapid.IntRange(1, 4).Draw(t, "members") {
		name := fmt.Sprintf("m%d", i)
		properties[name] = scalar(t)
		if depth > 0 && rapid.IntRange(0, 3).Draw(t, "deeper") == 0 {
			properties[name] = members(t, depth-1)
			alwaysSome(properties[name].(map[string]any))
		}
		if rapid.Bool().Draw(t, "must") {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func body(t *rapid.T) map[string]any {
	media := rapid.SampledFrom([]string{"application/json", "application/vnd.x+json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}).Draw(t, "media")
	var shape map[string]any
	switch media {
	case "text/plain":
		shape = map[string]any{"type": "string", "minLength": 1}
	case "application/x-www-form-urlencoded":
		shape = members(t, 0)
	default:
		shape = members(t, 2)
	}
	if strings.Contains(media, "form") {
		alwaysSome(shape) // an empty form is no bytes, which the validator takes for no body
	}
	if strings.HasSuffix(media, "json") && rapid.IntRange(0, 5).Draw(t, "list") == 0 {
		shape = map[string]any{"type": "array", "items": shape, "minItems": 1}
	}
	return map[string]any{"required": rapid.Bool().Draw(t, "required body"), "content": map[string]any{media: map[string]any{"schema": shape}}}
}
