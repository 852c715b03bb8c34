package action

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

func leaf(path ...string) openapi.Field {
	return openapi.Field{Path: path, Input: openapi.Input{Type: "string"}}
}

func keys(a *openapi.Action) (keys []string, separator string) {
	inputs, separator := Inputs(a)
	for _, in := range inputs {
		keys = append(keys, in.Key)
	}
	return keys, separator
}

func TestKeys(t *testing.T) {
	header := openapi.Parameter{Name: "id", In: "header", Input: openapi.Input{Type: "string"}}
	for _, c := range []struct {
		name       string
		parameters []openapi.Parameter
		body       *openapi.Body
		want       []string
		separator  string
	}{
		{"plain", []openapi.Parameter{query("q")}, &openapi.Body{Fields: []openapi.Field{leaf("fields", "project", "key")}}, []string{"q", "fields.project.key"}, "."},
		{"the same name twice", []openapi.Parameter{inPath("id")}, &openapi.Body{Fields: []openapi.Field{leaf("id"), leaf("name")}}, []string{"id", "body.id", "name"}, "."},
		{"three times", []openapi.Parameter{inPath("id"), query("id"), header}, &openapi.Body{Fields: []openapi.Field{leaf("id")}}, []string{"id", "query.id", "header.id", "body.id"}, "."},
		{"and what stands in for it too", []openapi.Parameter{query("id")}, &openapi.Body{Fields: []openapi.Field{leaf("body", "id"), leaf("id")}}, []string{"id", "body.id", "body.id.2"}, "."},
		{"a dot in a name", []openapi.Parameter{query("a.b")}, &openapi.Body{Fields: []openapi.Field{leaf("a", "b")}}, []string{"a.b", "a/b"}, "/"},
		{"a bare body", []openapi.Parameter{query("body")}, &openapi.Body{Type: "string"}, []string{"body", "body.body"}, "."},
		{"every mark taken", []openapi.Parameter{query(separators + "•")}, &openapi.Body{Fields: []openapi.Field{leaf("a", "b")}}, []string{separators + "•", "a‣b"}, "‣"},
		{"composed", []openapi.Parameter{{Name: "q", In: "query", Compose: &openapi.Compose{Clauses: []openapi.Clause{clause("status", "{value}", "string", ""), clause("owner", "{value}", "string", "")}}}}, nil,
			[]string{"status", "owner"}, "."},
		{"not for a caller", []openapi.Parameter{{Name: "content-TYPE", In: "header"}, query("q")}, nil, []string{"q"}, "."},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, separator := keys(&openapi.Action{Parameters: c.parameters, Body: c.body})
			if diff := cmp.Diff(c.want, got); diff != "" || separator != c.separator {
				t.Errorf("separator %q, want %q; %s", separator, c.separator, diff)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	for want, types := range map[Kind][]string{Number: {"integer", "number"}, Boolean: {"boolean"}, Array: {"array"}, String: {"string", "object", "", "null"}} {
		for _, name := range types {
			p := query("q")
			p.Type = name
			if inputs, _ := Inputs(&openapi.Action{Parameters: []openapi.Parameter{p}}); inputs[0].Kind != want {
				t.Errorf("%q is %s, want %s", name, inputs[0].Kind, want)
			}
		}
	}
}

func TestSchemaForAModel(t *testing.T) {
	hidden := func(name string, required bool, fallback string) openapi.Parameter {
		p := query(name)
		p.Hidden, p.Required = true, required
		if fallback != "" {
			p.Default = raw(fallback)
		}
		return p
	}
	described := query("q")
	described.DisplayName, described.Description, described.Required = "Words", "what to look for", true
	a := &openapi.Action{Parameters: []openapi.Parameter{described, hidden("api-version", true, `"7"`), hidden("trace", false, ""), hidden("tenant", true, "")}}
	got, err := json.Marshal(Schema(a))
	if err != nil {
		t.Fatal(err)
	}
	var shape struct {
		Type       string
		Properties map[string]struct{ Type, Title, Description string }
		Required   []string
		Additional any `json:"additionalProperties"`
	}
	if err := json.Unmarshal(got, &shape); err != nil {
		t.Fatal(err)
	}
	if shape.Type != "object" || shape.Additional != false || !slices.Equal(shape.Required, []string{"q", "tenant"}) || len(shape.Properties) != 2 ||
		shape.Properties["q"].Title != "Words" || shape.Properties["q"].Description != "what to look for" {
		t.Errorf("got %s", got)
	}
}

func TestCompleteLeavesItsArgumentsAlone(t *testing.T) {
	p := query("kind")
	p.Default = raw(`"all"`)
	a := &openapi.Action{Parameters: []openapi.Parameter{p, query("q")}}
	args := Args{"q": raw("null")}
	if diff := cmp.Diff(Args{"kind": raw(`"all"`)}, Complete(a, args)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Args{"q": raw("null")}, args); diff != "" {
		t.Error(diff)
	}
	p.Default = raw("5")
	if got := Complete(&openapi.Action{Parameters: []openapi.Parameter{p}}, nil); len(got) != 0 {
		t.Errorf("a default that does not fit is used: %v", got)
	}
}
