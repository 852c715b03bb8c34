package action

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// TestValidate: a schema, a value, and what is wrong with it; nothing: it fits.
func TestValidate(t *testing.T) {
	for _, c := range []struct{ schema, value, want string }{
		{`{"type": "string"}`, `"x"`, ""},
		{`{"type": "string"}`, `5`, "Give text."},
		{`{"type": "string"}`, `null`, "Give text."},
		{`{"type": ["string", "null"]}`, `null`, ""},
		{`{"type": "integer"}`, `3`, ""},
		{`{"type": "integer"}`, `3.0`, ""},
		{`{"type": "integer"}`, `3e2`, ""},
		{`{"type": "integer"}`, `12345678901234567890123`, ""},
		{`{"type": "integer"}`, `3.5`, "Give a whole number."},
		{`{"type": "integer"}`, `"3"`, "Give a whole number."},
		{`{"type": "integer"}`, `1e999999999`, "Give a whole number."},
		{`{"type": "number"}`, `1e999999999`, "Give a number of fewer than 400 digits."},
		{`{"type": "number"}`, `true`, "Give a number."},
		{`{"type": "boolean"}`, `"true"`, "Give true or false."},
		{`{"type": "array"}`, `{}`, "Give a list."},
		{`{"type": "object"}`, `[]`, "Give an object."},
		{`{}`, `[null]`, ""},
		{`{"enum": ["open", 2, null, {"a": 1}]}`, `2.0`, ""},
		{`{"enum": ["open", 2, null, {"a": 1, "b": 2}]}`, `{"b": 2.0, "a": 1}`, ""},
		{`{"enum": ["open", "done"]}`, `"Open"`, "Give one of open, done."},
		{`{"const": "incident"}`, `"x"`, `Give "incident".`},
		{`{"type": "string", "format": "date"}`, `"2026-11-22"`, ""},
		{`{"type": "string", "format": "date"}`, `"22.11.2026"`, "Give a date such as 2026-11-22."},
		{`{"type": "string", "format": "date"}`, `"2026-02-30"`, "Give a date such as 2026-11-22."},
		{`{"type": "string", "format": "date-time"}`, `"2026-11-22T09:30:00.5+01:00"`, ""},
		{`{"type": "string", "format": "date-time"}`, `"2026-11-22t09:30:00z"`, ""},
		{`{"type": "string", "format": "date-time"}`, `"2026-11-22 09:30"`, "Give a date and time such as 2026-11-22T09:30:00Z."},
		{`{"type": "string", "format": "date-time"}`, `"2026-11-22T09:30:00,5Z"`, "Give a date and time such as 2026-11-22T09:30:00Z."},
		{`{"type": "string", "format": "email"}`, `"mary@example.com"`, ""},
		{`{"type": "string", "format": "email"}`, `"mary"`, "Give an email address such as mary@example.com."},
		{`{"type": "string", "format": "email"}`, `"a@b@c"`, "Give an email address such as mary@example.com."},
		{`{"type": "string", "format": "uuid"}`, `"123E4567-e89b-12d3-a456-426614174000"`, ""},
		{`{"type": "string", "format": "uuid"}`, `"123e4567e89b12d3a456426614174000"`, "Give a UUID such as 123e4567-e89b-12d3-a456-426614174000."},
		{`{"type": "string", "format": "uri"}`, `"mailto:x@y"`, ""},
		{`{"type": "string", "format": "uri"}`, `"/relative"`, "Give an address such as https://example.com/."},
		{`{"type": "string", "format": "ipv4"}`, `"192.0.2.1"`, ""},
		{`{"type": "string", "format": "ipv4"}`, `"192.0.2.256"`, "Give an IPv4 address such as 192.0.2.1."},
		{`{"type": "string", "format": "ipv6"}`, `"::1"`, ""},
		{`{"type": "string", "format": "ipv6"}`, `"192.0.2.1"`, "Give an IPv6 address such as 2001:db8::1."},
		{`{"type": "string", "format": "byte"}`, `"aGVsbG8="`, ""},
		{`{"type": "string", "format": "byte"}`, `"aGVsbG8"`, "Give base64 text."},
		{`{"type": "string", "format": "something"}`, `"x"`, ""},
		{`{"type": "string", "minLength": 2, "maxLength": 3}`, `"äöü"`, ""},
		{`{"type": "string", "minLength": 2}`, `"😀"`, "Give at least 2 characters."},
		{`{"type": "string", "maxLength": 1}`, `"äö"`, "Give at most 1 character."},
		{`{"type": "string", "pattern": "^[A-Z]+-[0-9]+$"}`, `"OPS-1"`, ""},
		{`{"type": "string", "pattern": "b"}`, `"abc"`, ""},
		{`{"type": "string", "pattern": "^[A-Z]+$"}`, `"ops"`, "Give text that matches the pattern ^[A-Z]+$."},
		{`{"type": "number", "minimum": 0.1, "maximum": 0.3}`, `0.1`, ""},
		{`{"type": "number", "minimum": 0.1}`, `0.0999999999999999999999`, "Give a number of 0.1 or more."},
		{`{"type": "number", "maximum": 10}`, `10.0000000000000000001`, "Give a number of 10 or less."},
		{`{"type": "number", "exclusiveMinimum": 0}`, `0`, "Give a number greater than 0."},
		{`{"type": "number", "exclusiveMaximum": 1}`, `1.0`, "Give a number less than 1."},
		{`{"type": "number", "multipleOf": 0.1}`, `0.3`, ""},
		{`{"type": "number", "multipleOf": 0.1}`, `0.35`, "Give a multiple of 0.1."},
		{`{"type": "integer", "format": "int32"}`, `2147483648`, "Give a whole number from -2147483648 to 2147483647."},
		{`{"type": "integer", "format": "int64"}`, `9223372036854775807`, ""},
		{`{"type": "integer", "format": "int64"}`, `9223372036854775808`, "Give a whole number from -9223372036854775808 to 9223372036854775807."},
		{`{"type": "array", "items": {"type": "integer"}}`, `[1, "2", 3.5]`, "In [1]: give a whole number. In [2]: give a whole number."},
		{`{"type": "array", "minItems": 1}`, `[]`, "Give at least 1 item."},
		{`{"type": "array", "maxItems": 1}`, `[1, 2]`, "Give at most 1 item."},
		{`{"type": "array", "uniqueItems": true}`, `[{"a": 1, "b": 2}, {"b": 2.0, "a": 1}]`, "Give every item only once."},
		{`{"type": "array", "uniqueItems": true}`, `[1, "1"]`, ""},
		{`{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}`, `{}`, "In a: this is required: give text."},
		{`{"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "readOnly": true}}}`, `{}`, ""},
		{`{"type": "object", "required": ["nowhere"]}`, `{}`, ""},
		{`{"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object", "properties": {"due": {"type": "string", "format": "date"}}}}}}`,
			`{"a": [{"due": "soon"}]}`, "In a[0].due: give a date such as 2026-11-22."},
		{`{"type": "object", "additionalProperties": {"type": "integer"}}`, `{"x": 1, "y": "2"}`, "In y: give a whole number."},
		{`{"type": "object", "additionalProperties": false, "properties": {"a": {}}}`, `{"a": 1, "b": 2}`, `Leave out "b", which is not known here.`},
		{`{"anyOf": [{"type": "integer"}, {"type": "string", "format": "date"}]}`, `"2026-11-22"`, ""},
		{`{"anyOf": [{"type": "integer"}, {"type": "string", "format": "date"}]}`, `"soon"`, "Give a date such as 2026-11-22."},
		{`{"anyOf": [{"type": "integer"}, {"type": "string"}]}`, `[]`, "Give a value."},
		{`{"discriminator": {"propertyName": "type"}, "anyOf": [
			{"type": "object", "required": ["meow"], "properties": {"type": {"const": "cat"}, "meow": {"type": "boolean"}}},
			{"type": "object", "required": ["bark", "size"], "properties": {"type": {"const": "dog"}, "bark": {"type": "boolean"}, "size": {"type": "integer"}}}]}`,
			`{"type": "dog"}`, "In bark: this is required: give true or false. In size: this is required: give a whole number."},
	} {
		var s openapi.Schema
		if err := json.Unmarshal([]byte(c.schema), &s); err != nil {
			t.Fatal(c.schema, err)
		}
		v, ok := decode(raw(c.value))
		if !ok {
			t.Fatal(c.value)
		}
		got := ""
		for i, wrong := range validate(&s, v) {
			if i > 0 {
				got += " "
			}
			got += sentence(wrong.path, wrong.message)
		}
		if got != c.want {
			t.Errorf("%s of %s\n got %s\nwant %s", c.value, c.schema, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	a := &openapi.Action{Method: "GET", Path: "/x/{id}", Parameters: []openapi.Parameter{
		query("q"), inPath("id"),
		{Name: "tags", In: "query", Style: "form", Input: openapi.Input{Type: "array", Required: true}},
		{Name: "kind", In: "query", Style: "form", Input: openapi.Input{Type: "string", Required: true, Default: raw(`"all"`)}},
	}}
	for _, c := range []struct {
		args string
		want []Problem
	}{
		{`{"id": "1", "tags": ["a"]}`, nil},
		{`{"id": "1", "tags": ["a"], "q": null}`, nil},
		{`{}`, []Problem{{"id", "This is required: give text."}, {"tags", "This is required: give a list."}}},
		{`{"id": "", "tags": []}`, []Problem{{"id", "Give a value that is not empty, because it is part of the path."}, {"tags", "Give at least one item, because nothing at all cannot be sent here."}}},
		{`{"zz": 1, "aa": 1, "id": 5, "tags": ["a"]}`, []Problem{{"id", "Give text."}, {"aa", "Leave this out: the action has no such input."}, {"zz", "Leave this out: the action has no such input."}}},
	} {
		if diff := cmp.Diff(c.want, Check(a, parsed(t, c.args))); diff != "" {
			t.Errorf("%s: %s", c.args, diff)
		}
	}
	if got := Check(a, Args{"id": raw(`{`), "tags": raw(``)}); len(got) != 2 || got[0].Message != "Give a value that is JSON." {
		t.Errorf("what is not JSON: %v", got)
	}
}

// TestAParameterIsNeverReadOnly: documents share schemas between answers and
// parameters.
func TestAParameterIsNeverReadOnly(t *testing.T) {
	p := inPath("id")
	p.ReadOnly, p.Schema = true, &openapi.Schema{Type: "string", ReadOnly: true}
	a := &openapi.Action{Method: "GET", Path: "/x/{id}", Parameters: []openapi.Parameter{p}}
	r, err := Bind(&openapi.Document{Server: "https://h.example"}, a, "", Args{"id": raw(`"7"`)})
	if err != nil || r.URL != "https://h.example/x/7" {
		t.Errorf("%v, %v", r, err)
	}
}

// TestADiscriminatorIsRequired: without it nobody can tell which is meant.
func TestADiscriminatorIsRequired(t *testing.T) {
	pet := func(name string) *openapi.Schema {
		return &openapi.Schema{Type: "object", Properties: openapi.Properties{{Name: "type", Schema: &openapi.Schema{Type: "string", Enum: []json.RawMessage{raw(name)}}}}}
	}
	s := &openapi.Schema{Discriminator: "type", Choices: []*openapi.Schema{pet(`"cat"`), pet(`"dog"`)}}
	v, _ := decode(raw(`{}`))
	got := validate(s, v)
	if len(got) != 1 || sentence(got[0].path, got[0].message) != "In type: this is required, because it says which of several is meant: give one of cat, dog." {
		t.Errorf("got %v", got)
	}
}
