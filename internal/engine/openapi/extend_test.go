package openapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const composed = `      parameters:
        - name: jql
          in: query
          description: d
          schema: {type: string}
          x-parley-compose:
            language: jql
            begin: "("
            join: " AND "
            end: ")"
            empty: created > 0
            clauses:
              - {name: project, text: "project = {value}", description: Key of the project, required: true, schema: {$ref: '#/components/schemas/Key'}, x-amzn-form-display-name: Project}
              - {name: text, text: "text ~ {value}"}
              - {name: open, text: "resolution is empty", schema: {type: boolean}}
components: {schemas: {Key: {type: string, maxLength: 9}}}
`

func TestCompose(t *testing.T) {
	want := &Compose{Language: "jql", Begin: "(", Join: " AND ", End: ")", Empty: "created > 0", Clauses: []Clause{
		{Name: "project", Text: "project = {value}", Input: Input{DisplayName: "Project", Description: "Key of the project", Type: "string", Required: true,
			Schema: &Schema{Type: "string", MaxLength: new(9)}}},
		{Name: "text", Text: "text ~ {value}", Input: Input{DisplayName: "text", Schema: &Schema{}}},
		{Name: "open", Text: "resolution is empty", Input: Input{DisplayName: "open", Type: "boolean", Schema: &Schema{Type: "boolean"}}},
	}}
	if d := cmp.Diff(want, one(t, op("get", "/a", composed)).Parameters[0].Compose); d != "" {
		t.Error(d)
	}
}

const looking = `      operationId: move
      parameters: [{name: task, in: query, description: d}]
      requestBody:
        content:
          application/json:
            schema:
              properties:
                to: {type: string, x-parley-lookup: {operationId: listStates, arguments: {task: task}, list: /states, match: [/name, /to~1name], value: /id}}
  /states:
    get: {operationId: listStates, description: d, responses: {}}
`

func TestLookup(t *testing.T) {
	want := &Lookup{OperationID: "listStates", Arguments: map[string]string{"task": "task"}, List: "/states", Match: []string{"/name", "/to~1name"}, Value: "/id"}
	if d := cmp.Diff(want, one(t, op("post", "/a", looking)).Body.Fields[0].Lookup); d != "" {
		t.Error(d)
	}
}

// A mistake in an extension of ours is refused: what it asks for would not happen.
func TestMistakesInExtensions(t *testing.T) {
	for _, c := range []struct{ from, old, now, rule, message string }{
		{composed, "language: jql", "language: sql", "compose-language", `"sql"`},
		{composed, "name: text,", "name: project,", "compose-name", `"project"`},
		{composed, "{name: text, ", "{", "compose-name", "no name"},
		{composed, "text ~ {value}", "text", "compose-text", "{value}"},
		{composed, "clauses:", "parts:", "compose-clauses", "no clause"},
		{composed, "components: {schemas: {Key", "components: {schemas: {Other", "ref-unresolved", "points at nothing"},
		{looking, "operationId: listStates, arguments", "operationId: listStatuses, arguments", "lookup-operation", `"listStatuses"`},
		{looking, "operationId: listStates, arguments", "operationId: move, arguments", "lookup-operation", "its own operation"},
		{looking, "match: [/name, /to~1name]", "match: []", "lookup-match", "compared"},
		{looking, "list: /states", "list: states", "lookup-pointer", `"states"`},
		{looking, "/to~1name", "/to~2name", "lookup-pointer", `"/to~2name"`},
		{looking, "operationId: move\n", "operationId: move\n      x-parley-effect: maybe\n", "effect-unknown", "x-parley-effect"},
	} {
		d, found := Parse([]byte(op("post", "/a", strings.Replace(c.from, c.old, c.now, 1))), DefaultLimits())
		if d != nil && d.Actions[0].Callable {
			t.Errorf("%s: can be called", c.now)
		}
		refused := OnlyRefused(found)
		i := slices.IndexFunc(refused, func(f Finding) bool { return f.Rule == c.rule })
		if i < 0 || !strings.Contains(refused[i].Message, c.message) {
			t.Errorf("%s: %v", c.now, refused)
		}
	}
}
