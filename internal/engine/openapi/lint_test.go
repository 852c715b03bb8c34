package openapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLintText(t *testing.T) {
	src := sound + "  /broken:\n    get: {description: d, parameters: [{in: query}], responses: {default: {description: e}}}\n"
	want := `Tasks API: accepted; OpenAPI 3.0.3, https://a.example.com/v1

1 of 2 operations can be called
  ok   GET     /tasks  (GET /tasks)
  no   GET     /broken  (GET /broken)
         line 10, column 40, /paths/~1broken/get/parameters/0: the parameter has no name; fix: add a name

refused
  line 10, column 40, /paths/~1broken/get/parameters/0: the parameter has no name; fix: add a name [parameter-name]

advice
  line 6, column 5, /paths/~1tasks/get: the operation has no operationId; it goes by "getTasks"; fix: add an operationId that begins with a verb, such as get, find, create [operation-id-missing]
  line 10, column 5, /paths/~1broken/get: the operation has no operationId; it goes by "getBroken"; fix: add an operationId that begins with a verb, such as get, find, create [operation-id-missing]
`
	r := Lint([]byte(src), DefaultLimits())
	if d := cmp.Diff(want, r.Text()); d != "" {
		t.Error(d)
	}
	if r.Refused() {
		t.Error("an operation that cannot be called sinks the other")
	}
}

// TestLintOfTooMuch: of a document that is only too large, its owner learns which
// operations there are to choose from.
func TestLintOfTooMuch(t *testing.T) {
	src := sound + "# " + strings.Repeat("x", 1<<20)
	r := Lint([]byte(src), DefaultLimits())
	if !r.Refused() || len(r.Operations) != 1 || !r.Operations[0].Callable || r.Findings[0].Rule != "too-large" {
		t.Errorf("%s", r.Text())
	}
}

func TestLintAccepted(t *testing.T) {
	r := Lint(testdata(t, "tracker.json"), DefaultLimits())
	if r.Refused() || len(r.Operations) != 4 || !strings.HasPrefix(r.Text(), "Task Tracker API: accepted; OpenAPI 3.0.1, https://tracker.example.com/prod\n\n4 of 4 operations can be called\n") {
		t.Errorf("%s", r.Text())
	}
}

// A broken part that is shared counts against every operation that uses it, and
// against no other, and is told once.
func TestLintSharedFault(t *testing.T) {
	var b strings.Builder
	b.WriteString(head + "paths:\n")
	for i, schema := range []string{"A", "B", "A"} {
		fmt.Fprintf(&b, "  /%d:\n    post:\n      description: d\n      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/%s'}}}}\n      responses: {'200': {description: ok}}\n", i, schema)
	}
	b.WriteString("components:\n  schemas:\n    A: {properties: {c: {$ref: '#/components/schemas/C'}}}\n    B: {type: object}\n    C: {items: {$ref: '#/nowhere'}}\n")
	r := Lint([]byte(b.String()), DefaultLimits())
	var callable []bool
	for _, v := range r.Operations {
		callable = append(callable, v.Callable)
	}
	if d := cmp.Diff([]bool{false, true, false}, callable); d != "" {
		t.Error(d)
	}
	refused := OnlyRefused(r.Findings)
	if len(refused) != 1 || refused[0].Pointer != "/components/schemas/C/items/$ref" {
		t.Errorf("%v", refused)
	}
}

func TestLintTooManyOperations(t *testing.T) {
	var b strings.Builder
	b.WriteString(head + "paths:\n")
	for i := range 24 {
		more := ""
		switch i {
		case 3:
			more = ", deprecated: true"
		case 7:
			more = ", parameters: [{in: query}]"
		}
		fmt.Fprintf(&b, "  /%d: {get: {description: d, operationId: get%d, responses: {'200': {description: ok}}%s}}\n", i, i, more)
	}
	r := Lint([]byte(b.String()), DefaultLimits())
	refused := OnlyRefused(r.Findings)
	want := Finding{Refused, "operations-many", "/paths", 4, 1, "the document has 24 operations; a plugin has at most 20",
		"take out 4, those the plugin can best do without (parley plugin cut keeps the ones you name); proposed: GET /7, GET /3, GET /23, GET /22"}
	if d := cmp.Diff(want, refused[0]); d != "" {
		t.Error(d)
	}
	cut := map[string]bool{}
	for _, v := range r.Operations {
		if v.Cut {
			cut[v.Path] = true
		}
	}
	if d := cmp.Diff(map[string]bool{"/7": true, "/3": true, "/23": true, "/22": true}, cut); d != "" {
		t.Error(d)
	}
	if d, _ := Parse([]byte(b.String()), DefaultLimits()); d != nil {
		t.Error("a document with too many operations is not refused")
	}
	if !strings.Contains(r.Text(), "  cut  GET     /23  (Get23)\n") {
		t.Error(r.Text())
	}
}

func TestLintJSON(t *testing.T) {
	text, err := json.Marshal(Lint([]byte("swagger: '2.0'\n"), DefaultLimits()))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"title":"","openapi":"","server":"","accepted":false,"operations":[],"findings":[{"grade":"refused","rule":"swagger-2","pointer":"/swagger","line":1,"column":10,` +
		`"message":"this is a Swagger 2.0 document; a plugin needs OpenAPI 3","remedy":"convert it to OpenAPI 3, for example with the Swagger Editor (Edit, Convert to OpenAPI 3)"}]}`
	if d := cmp.Diff(want, string(text)); d != "" {
		t.Error(d)
	}
}
