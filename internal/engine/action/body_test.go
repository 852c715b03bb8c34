package action

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// tasks is the action of a document whose body, for the media type, has this
// schema.
func tasks(t *testing.T, mediaType, schema string) (*openapi.Document, *openapi.Action) {
	t.Helper()
	src := `{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://h.example"}], "paths": {"/tasks": {"post": {
		"operationId": "create", "description": "d", "requestBody": {"required": true, "content": {"` + mediaType + `": ` + schema + `}},
		"responses": {"200": {"description": "ok"}}}}}}`
	doc, findings := openapi.Parse([]byte(src), openapi.Limits{})
	if doc == nil || !doc.Actions[0].Callable {
		t.Fatal(findings)
	}
	return doc, &doc.Actions[0]
}

const issue = `{"schema": {"type": "object", "required": ["fields"], "properties": {
	"id": {"type": "string", "readOnly": true},
	"fields": {"type": "object", "required": ["project", "kind"], "properties": {
		"project": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}},
		"summary": {"type": "string", "default": "New issue"},
		"kind": {"type": "string", "enum": ["bug"]},
		"points": {"type": "number"},
		"labels": {"type": "array", "items": {"type": "string"}},
		"parent": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}, "depth": {"type": "integer", "default": 1}}},
		"custom": {"type": "object", "additionalProperties": true},
		"watchers": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "id": {"type": "string", "readOnly": true}}}},
		"closed": {"type": "string", "nullable": true}}}}}}`

func TestJSONBodies(t *testing.T) {
	for _, c := range []struct{ name, schema, args, want string }{
		{"leaves, defaults and constants", issue, `{"fields.project.key": "P"}`,
			`{"fields":{"project":{"key":"P"},"summary":"New issue","kind":"bug"}}`},
		{"numbers keep every digit", issue, `{"fields.project.key": "P", "fields.points": 12345678901234567890.10}`,
			`{"fields":{"project":{"key":"P"},"summary":"New issue","kind":"bug","points":12345678901234567890.10}}`},
		{"a default comes with its object", issue, `{"fields.project.key": "P", "fields.parent.key": "P-1"}`,
			`{"fields":{"project":{"key":"P"},"summary":"New issue","kind":"bug","parent":{"key":"P-1","depth":1}}}`},
		{"null is a value where it may be", issue, `{"fields.project.key": "P", "fields.closed": null, "fields.points": null}`,
			`{"fields":{"project":{"key":"P"},"summary":"New issue","kind":"bug","closed":null}}`},
		{"lists and free objects", issue, `{"fields.project.key": "P", "fields.labels": ["a", "b"], "fields.custom": {"z": 1, "a": {"b": [true]}}}`,
			`{"fields":{"project":{"key":"P"},"summary":"New issue","kind":"bug","labels":["a","b"],"custom":{"z":1,"a":{"b":[true]}}}}`},
		{"read-only members are left out", issue, `{"fields.project.key": "P", "id": "7", "fields.watchers": [{"id": "9", "name": "Mary"}]}`,
			`{"fields":{"project":{"key":"P"},"summary":"New issue","kind":"bug","watchers":[{"name":"Mary"}]}}`},
		{"an integer has no fraction", `{"schema": {"type": "object", "properties": {"n": {"type": "integer"}}}}`, `{"n": 3.0}`, `{"n":3}`},
		{"a member that is twice there", `{"schema": {"type": "object", "properties": {"n": {"type": "object"}}}}`, `{"n": {"a": 1, "a": 2}}`, `{"n":{"a":2}}`},
		{"an empty required body", `{"schema": {"type": "object", "properties": {"n": {"type": "integer"}}}}`, `{}`, `{}`},
		{"a required object without leaves", `{"schema": {"type": "object", "required": ["o"], "properties": {"o": {"type": "object", "properties": {"n": {"type": "integer"}}}}}}`,
			`{}`, `{"o":{}}`},
		{"a bare text", `{"schema": {"type": "string"}}`, `{"body": "a <b> \"c\""}`, `"a <b> \"c\""`},
		{"a list", `{"schema": {"type": "array", "items": {"type": "integer"}}}`, `{"body": [1, 2]}`, `[1,2]`},
		{"anything", `{}`, `{"body": {"b": 1, "a": 2}}`, `{"b":1,"a":2}`},
		{"one of several", `{"schema": {"oneOf": [{"type": "string"}, {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}]}}`,
			`{"body": {"a": 1}}`, `{"a":1}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, a := tasks(t, "application/json", c.schema)
			r, err := Bind(doc, a, "", parsed(t, c.args))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(r.Body); got != c.want || header(r, "Content-Type") != "application/json" {
				t.Errorf("%s\n got %s\nwant %s", header(r, "Content-Type"), got, c.want)
			}
		})
	}
}

func TestWhatIsWrongInABody(t *testing.T) {
	for _, c := range []struct {
		name, schema, args string
		want               []Problem
	}{
		{"required", issue, `{}`, []Problem{{"fields.project.key", "This is required: give text."}}},
		{"required by an object that is there", issue, `{"fields.project.key": "P", "fields.parent.depth": 2}`,
			[]Problem{{"fields.parent.key", "This is required: give text."}}},
		{"inside of a leaf", issue, `{"fields.project.key": "P", "fields.labels": ["a", 5]}`,
			[]Problem{{"fields.labels", "In [1]: give text."}}},
		{"null where it may not be", issue, `{"fields.project.key": null}`, []Problem{{"fields.project.key", "This is required: give text."}}},
		{"not JSON", issue, `{"fields.project.key": "P", "fields.kind": "epic"}`, []Problem{{"fields.kind", "Give one of bug."}}},
		{"alternatives", `{"schema": {"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
			{"type": "object", "required": ["b", "c"], "properties": {"b": {"type": "string"}, "c": {"type": "string"}}}]}}`, `{"b": "x"}`,
			[]Problem{{"a", "This is required: give a whole number."}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, a := tasks(t, "application/json", c.schema)
			if diff := cmp.Diff(c.want, Check(a, parsed(t, c.args))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestForms(t *testing.T) {
	const media = `{"schema": {"type": "object", "properties": {
		"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}, "address": {"type": "object", "additionalProperties": {"type": "string"}},
		"ids": {"type": "array", "items": {"type": "integer"}}, "page": {"type": "object", "additionalProperties": true}}}%s}`
	encoded := strings.ReplaceAll(media, "%s", `, "encoding": {"ids": {"explode": false}, "page": {"style": "deepObject", "explode": true}, "tags": {"contentType": "application/json"}}`)
	for _, c := range []struct{ name, media, args, want string }{
		{"defaults", strings.ReplaceAll(media, "%s", ""), `{"name": "a b&c=ü", "tags": ["x", "y"], "address": {"street": "1 & 2"}, "ids": [1, 2]}`,
			`name=a+b%26c%3D%C3%BC&tags=x&tags=y&address=%7B%22street%22%3A%221+%26+2%22%7D&ids=1&ids=2`},
		{"encodings", encoded, `{"tags": ["x", "y"], "ids": [1, 2], "page": {"size": 5, "sort": {"by": "name"}}}`,
			`tags=%5B%22x%22%2C%22y%22%5D&ids=1,2&page%5Bsize%5D=5&page%5Bsort%5D%5Bby%5D=name`},
		{"nothing", strings.ReplaceAll(media, "%s", ""), `{}`, ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, a := tasks(t, "application/x-www-form-urlencoded", c.media)
			r, err := Bind(doc, a, "", parsed(t, c.args))
			if err != nil {
				t.Fatal(err)
			}
			if string(r.Body) != c.want || header(r, "Content-Type") != "application/x-www-form-urlencoded" {
				t.Errorf("\n got %s\nwant %s", r.Body, c.want)
			}
		})
	}
}

func TestMultipart(t *testing.T) {
	doc, a := tasks(t, "multipart/form-data", `{"schema": {"type": "object", "properties": {
		"na\"me": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}, "meta": {"type": "object"},
		"file": {"type": "string", "format": "binary"}, "list": {"type": "array", "items": {"type": "integer"}}}},
		"encoding": {"file": {"contentType": "text/csv, text/plain"}, "list": {"contentType": "application/json"}}}`)
	args := parsed(t, `{"na\"me": "ü", "tags": ["x", "y"], "meta": {"a": 1}, "file": "a,b\r\n", "list": [1, 2]}`)
	r, err := Bind(doc, a, "", args)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`form-data; name="na%22me" | text/plain | ü`,
		`form-data; name="tags" | text/plain | x`,
		`form-data; name="tags" | text/plain | y`,
		`form-data; name="meta" | application/json | {"a":1}`,
		`form-data; name="file"; filename="file" | text/csv | ` + "a,b\r\n",
		`form-data; name="list" | application/json | [1,2]`,
	}
	if diff := cmp.Diff(want, readParts(t, r)); diff != "" {
		t.Error(diff)
	}
	again, err := Bind(doc, a, "", args)
	if err != nil || !bytes.Equal(r.Body, again.Body) {
		t.Errorf("the same arguments make other bytes; %v", err)
	}
}

func readParts(t *testing.T, r *Request) (got []string) {
	t.Helper()
	mediaType, parameters, err := mime.ParseMediaType(header(r, "Content-Type"))
	if err != nil || mediaType != "multipart/form-data" {
		t.Fatal(mediaType, err)
	}
	for reader := multipart.NewReader(bytes.NewReader(r.Body), parameters["boundary"]); ; {
		p, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p.Header.Get("Content-Disposition")+" | "+p.Header.Get("Content-Type")+" | "+string(content))
	}
}

func TestTheBoundaryIsNotInTheContent(t *testing.T) {
	parts := []part{{name: "a", mediaType: "text/plain", content: []byte("b")}}
	first := boundaryFor(parts)
	if first != boundaryFor(parts) {
		t.Error("the boundary is another one each time")
	}
	if occurs([]part{{content: []byte("x" + first + "y")}}, first) != true || occurs(parts, first) {
		t.Error("occurs does not look")
	}
	if other := boundaryFor([]part{{name: "a", mediaType: "text/plain", content: []byte("c")}}); other == first {
		t.Error("other content has the same boundary")
	}
}

func TestTextBodies(t *testing.T) {
	for _, c := range []struct{ mediaType, media, args, want, sent string }{
		{"text/plain", `{"schema": {"type": "string"}}`, `{"body": "a\nb"}`, "a\nb", "text/plain"},
		{"text/plain; charset=utf-8", `{}`, `{"body": "ü"}`, "ü", "text/plain; charset=utf-8"},
		{"text/*", `{}`, `{"body": "x"}`, "x", "text/plain"},
		{"text/xml", `{"schema": {"type": "object", "properties": {"a": {"type": "string"}}}}`, `{"body": "<a>x</a>"}`, "<a>x</a>", "text/xml"},
		{"text/csv", `{"schema": {"type": "string", "format": "binary"}}`, `{"body": "a,b"}`, "a,b", "text/csv"},
		{"*/*", `{"schema": {"type": "object"}}`, `{"body": {"a": 1}}`, `{"a":1}`, "application/json"},
	} {
		doc, a := tasks(t, c.mediaType, c.media)
		r, err := Bind(doc, a, "", parsed(t, c.args))
		if err != nil {
			t.Errorf("%s: %v", c.mediaType, err)
			continue
		}
		if string(r.Body) != c.want || header(r, "Content-Type") != c.sent {
			t.Errorf("%s: got %s %q", c.mediaType, header(r, "Content-Type"), r.Body)
		}
	}
}
