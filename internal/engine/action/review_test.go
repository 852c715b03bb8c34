package action

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// orders is an action with a field of every kind.
func orders(t *testing.T) *openapi.Action {
	t.Helper()
	src := `{"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://h.example"}], "paths": {"/orders/{id}": {"put": {
		"operationId": "change", "description": "d", "responses": {"200": {"description": "ok"}},
		"parameters": [
			{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}, "x-amzn-form-display-name": "Order", "description": "which one"},
			{"name": "version", "in": "query", "schema": {"type": "string", "default": "7"}, "x-amzn-form-hide": true},
			{"name": "trace", "in": "query", "schema": {"type": "string"}, "x-amzn-form-hide": true}],
		"requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["item"], "properties": {
			"created": {"type": "string", "readOnly": true},
			"item": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "description": "what it is"}, "count": {"type": "integer", "minimum": 1, "default": 1}}},
			"state": {"type": "string", "enum": ["open", "done"]},
			"due": {"type": "string", "format": "date-time"},
			"gift": {"type": "boolean"},
			"tags": {"type": "array", "items": {"type": "string", "maxLength": 10}},
			"sizes": {"type": "array", "items": {"type": "integer"}},
			"extra": {"type": "object", "additionalProperties": true}}}}}}}}}}`
	doc, findings := openapi.Parse([]byte(src), openapi.Limits{})
	if doc == nil || !doc.Actions[0].Callable {
		t.Fatal(findings)
	}
	return &doc.Actions[0]
}

func TestReview(t *testing.T) {
	choice := func(s string) Choice { return Choice{Value: raw(s), Display: raw(s)} }
	got := NewReview(orders(t), parsed(t, `{"id": "O-1", "trace": "x", "item.name": "Chair", "tags": ["a"], "extra": {"b": [1]}, "created": "x", "gift": true}`))
	want := Review{Separator: ".", Fields: []ReviewField{
		{Key: "id", DisplayName: "Order", Description: "which one", Order: 1, Kind: String, Value: raw(`"O-1"`), Required: true},
		{Key: "item.name", DisplayName: "name", Description: "what it is", Order: 2, Kind: String, Value: raw(`"Chair"`), Required: true},
		{Key: "item.count", DisplayName: "count", Order: 3, Kind: Number, Value: raw(`1`)},
		{Key: "state", DisplayName: "state", Order: 4, Kind: String, Allowed: []Choice{choice(`"open"`), choice(`"done"`)}},
		{Key: "due", DisplayName: "due", Order: 5, Kind: String, Format: "date-time"},
		{Key: "gift", DisplayName: "gift", Order: 6, Kind: Boolean, Value: raw(`true`)},
		{Key: "tags", DisplayName: "tags", Order: 7, Kind: Array, Value: raw(`["a"]`), Items: raw(`{"type":"string","maxLength":10}`)},
		{Key: "sizes", DisplayName: "sizes", Order: 8, Kind: Array, Items: raw(`{"type":"integer"}`)},
		{Key: "extra", DisplayName: "extra", Order: 9, Kind: String, Value: raw(`"{\"b\":[1]}"`), Format: "json"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	stored, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var again Review
	if err := json.Unmarshal(stored, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("it cannot be kept: %s", diff)
	}
}

func TestChoicesWithTitles(t *testing.T) {
	p := query("urgency")
	p.Schema = &openapi.Schema{Choices: []*openapi.Schema{{Const: raw("1"), Title: "High"}, {Const: raw("2")}}}
	got := NewReview(&openapi.Action{Parameters: []openapi.Parameter{p}}, nil).Fields[0].Allowed
	want := []Choice{{raw("1"), raw(`"High"`)}, {raw("2"), raw(`"2"`)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAccepted(t *testing.T) {
	a := orders(t)
	reviewed := parsed(t, `{"id": "O-1", "trace": "x", "item.name": "Chair", "state": "open"}`)
	for _, c := range []struct{ name, payload, want string }{
		{"as it was", `{"id": "O-1", "item.name": "Chair", "state": "open"}`, `{"id": "O-1", "trace": "x", "item.name": "Chair", "state": "open"}`},
		{"changed", `{"id": "O-2", "item.name": "Table"}`, `{"id": "O-2", "trace": "x", "item.name": "Table"}`},
		{"text for every kind", `{"id": "O-1", "item.name": "5", "item.count": " 5 ", "gift": "True", "tags": "a, b", "sizes": "1\n2", "extra": "{\"b\": [1]}"}`,
			`{"id": "O-1", "trace": "x", "item.name": "5", "item.count": 5, "gift": true, "tags": ["a", "b"], "sizes": [1, 2], "extra": {"b": [1]}}`},
		{"JSON for every kind", `{"id": "O-1", "item.name": "x", "item.count": 5.0, "gift": false, "tags": "[\"a, b\"]", "sizes": ["1", 2], "extra": {"b": 1}}`,
			`{"id": "O-1", "trace": "x", "item.name": "x", "item.count": 5.0, "gift": false, "tags": ["a, b"], "sizes": [1, 2], "extra": {"b": 1}}`},
		{"nothing in optional fields", `{"id": "O-1", "item.name": "x", "item.count": "", "state": "", "due": null, "gift": "", "tags": "", "extra": " "}`,
			`{"id": "O-1", "trace": "x", "item.name": "x"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := NewReview(a, reviewed).Accept(a, reviewed, parsed(t, c.payload), ".")
			if problems != nil {
				t.Fatal(problems)
			}
			if diff := cmp.Diff(compacted(t, parsed(t, c.want)), compacted(t, got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func compacted(t *testing.T, args Args) map[string]string {
	t.Helper()
	out := map[string]string{}
	for key, text := range args {
		v, ok := decode(text)
		if !ok {
			t.Fatal(key, text)
		}
		out[key] = string(v.json())
	}
	return out
}

func TestRefused(t *testing.T) {
	a := orders(t)
	reviewed := parsed(t, `{"id": "O-1", "trace": "x", "item.name": "Chair"}`)
	for _, c := range []struct {
		name, payload, separator string
		want                     []Problem
	}{
		{"another separator", `{"id": "O-1", "item.name": "x"}`, "/", []Problem{{SeparatorKey, `Give ".", as the form has it.`}}},
		{"a hidden field", `{"id": "O-1", "item.name": "x", "trace": "y"}`, ".", []Problem{{"trace", "Leave this out: the form has no such field."}}},
		{"a read-only member", `{"id": "O-1", "item.name": "x", "created": "y"}`, ".", []Problem{{"created", "Leave this out: the form has no such field."}}},
		{"an unknown field", `{"id": "O-1", "item.name": "x", "item": {"name": "y"}}`, ".", []Problem{{"item", "Leave this out: the form has no such field."}}},
		{"a required field is missing", `{"id": "O-1"}`, ".", []Problem{{"item.name", "This is required: give text."}}},
		{"a required number is no number", `{"id": "O-1", "item.name": "x", "item.count": "five"}`, ".", []Problem{{"item.count", "Give a whole number."}}},
		{"not allowed", `{"id": "O-1", "item.name": "x", "state": "closed"}`, ".", []Problem{{"state", "Give one of open, done."}}},
		{"a number in a text", `{"id": 5, "item.name": "x"}`, ".", []Problem{{"id", "Give text."}}},
		{"text that is no JSON", `{"id": "O-1", "item.name": "x", "extra": "{"}`, ".", []Problem{{"extra", "Give an object."}}},
		{"an item that does not fit", `{"id": "O-1", "item.name": "x", "tags": "short, much too long"}`, ".", []Problem{{"tags", "In [1]: give at most 10 characters."}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, problems := NewReview(a, reviewed).Accept(a, reviewed, parsed(t, c.payload), c.separator)
			if diff := cmp.Diff(c.want, problems); diff != "" || got != nil {
				t.Errorf("%v %s", got, diff)
			}
		})
	}
}

func TestATextThatWasThereCanBeEmptied(t *testing.T) {
	a := &openapi.Action{Parameters: []openapi.Parameter{query("note"), query("other")}}
	reviewed := parsed(t, `{"note": "old"}`)
	got, problems := NewReview(a, reviewed).Accept(a, reviewed, parsed(t, `{"note": "", "other": ""}`), ".")
	if diff := cmp.Diff(Args{"note": raw(`""`)}, got); diff != "" || problems != nil {
		t.Error(problems, diff)
	}
}
