package openapi

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// understood parses a document that must have no refused finding.
func understood(t *testing.T, src []byte) *Document {
	t.Helper()
	d, found := Parse(src, DefaultLimits())
	if refused := OnlyRefused(found); d == nil || len(refused) > 0 {
		t.Fatalf("refused: %v", refused)
	}
	return d
}

func testdata(t *testing.T, name string) []byte {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func raw(values ...string) []json.RawMessage {
	var out []json.RawMessage
	for _, v := range values {
		out = append(out, json.RawMessage(v))
	}
	return out
}

var exported = cmpopts.IgnoreUnexported(Document{})

// plain leaves out schemas, which have tests of their own.
var plain = cmp.Options{exported, cmpopts.IgnoreFields(Input{}, "Schema"), cmpopts.IgnoreFields(Body{}, "Schema")}

func TestParseTracker(t *testing.T) {
	oauth := []Requirement{{Schemes: []Use{{Scheme: "oauth", Scopes: []string{"tasks:read", "tasks:share"}}}}}
	taskID := Parameter{Name: "taskId", In: "path", Style: "simple", Input: Input{DisplayName: "taskId", Description: "Number of the task.", Type: "integer", Required: true}}
	want := &Document{
		OpenAPI: "3.0.1", Title: "Task Tracker API", Version: "2.1.0", Description: "Tasks of a team.",
		Server: "https://tracker.example.com/prod",
		Schemes: []Scheme{{Name: "oauth", Kind: "authorizationCode", AuthorizationURL: "https://login.example.com/authorize",
			TokenURL: "https://login.example.com/token", Scopes: []string{"tasks:read"}}},
		Actions: []Action{
			{
				OperationID: "listTasks", Method: "GET", Path: "/tasks", Name: "List tasks", Callable: true, Effect: Read, Accept: []string{"application/json"}, Security: oauth,
				Description:        "Lists the tasks of the team, the newest first. Show at most 5.",
				InstructionExample: "List tasks in Task Tracker",
				Parameters: []Parameter{
					{Name: "status", In: "query", Style: "form", Explode: true, Input: Input{DisplayName: "status", Type: "string", Enum: raw(`"open"`, `"done"`)}},
					{Name: "createdAfter", In: "query", Style: "form", Explode: true, Input: Input{DisplayName: "Created after", Description: "Only tasks created after this time.", Type: "string", Format: "date-time"}},
					{Name: "limit", In: "query", Style: "form", Explode: true, Input: Input{DisplayName: "limit", Description: "How many to return.", Type: "integer", Hidden: true, Default: json.RawMessage("5")}},
				},
			},
			{
				OperationID: "createTask", Method: "POST", Path: "/tasks", Name: "Create Task", Callable: true, Effect: Write, Security: oauth,
				Description: "Creates a task.", InstructionExample: "Create a task in Task Tracker",
				Body: &Body{MediaType: "application/json", Required: true, Type: "object", Fields: []Field{
					{Path: []string{"fields", "project", "key"}, Input: Input{DisplayName: "Project", Description: "Key of the project.", Type: "string", Required: true}},
					{Path: []string{"fields", "summary"}, Input: Input{DisplayName: "Summary", Description: "One line.", Type: "string", Required: true}},
					{Path: []string{"fields", "priority"}, Input: Input{DisplayName: "priority", Type: "string", Enum: raw(`"low"`, `"high"`), Default: json.RawMessage(`"low"`)}},
				}},
			},
			{
				OperationID: "getTask", Method: "GET", Path: "/tasks/{taskId}", Name: "Get task", Callable: true, Effect: Read, Accept: []string{"application/json"}, Security: oauth, Internal: true,
				Description: "Reads one task. Use listTasks to find its number.", InstructionExample: "Get a task in Task Tracker",
				Parameters: []Parameter{taskID},
			},
			{
				OperationID: "deleteTask", Method: "DELETE", Path: "/tasks/{taskId}", Name: "Deletes the task", Callable: true, Effect: Write, Security: oauth,
				Description: "Deletes a task for good.", InstructionExample: "Delete the task in Task Tracker",
				Parameters: []Parameter{taskID},
			},
		},
	}
	got := understood(t, testdata(t, "tracker.json"))
	if d := cmp.Diff(want, got, plain); d != "" {
		t.Error(d)
	}
	tidied, ok := Tidied(testdata(t, "tracker.json"), Limits{})
	library, err := openapi3.NewLoader().LoadFromData(tidied)
	if !ok || err != nil || library.Paths.Find("/tasks/{taskId}").Get.OperationID != "getTask" {
		t.Errorf("the library cannot read the tidied document: %v", err)
	}
}

func TestParseShop(t *testing.T) {
	d := understood(t, testdata(t, "shop.yaml"))
	type summary struct {
		ID, Name, Method, Path, Example, Media string
		In, Fields                             []string
		Alternatives                           int
	}
	var got []summary
	for _, a := range d.Actions {
		s := summary{ID: a.OperationID, Name: a.Name, Method: a.Method, Path: a.Path, Example: a.InstructionExample, Alternatives: len(a.Security)}
		for _, p := range a.Parameters {
			s.In = append(s.In, p.In+" "+p.Name)
		}
		if a.Body != nil {
			s.Media = a.Body.MediaType
			for _, f := range a.Body.Fields {
				name := filepath.ToSlash(filepath.Join(f.Path...)) + " " + f.Type
				if f.Required {
					name += " required"
				}
				s.Fields = append(s.Fields, name)
			}
		}
		got = append(got, s)
	}
	want := []summary{
		{ID: "catalogue_products_find", Name: "Find products", Method: "GET", Path: "/products", Example: "Find products in Garden Shop",
			In: []string{"query q", "query page", "header X-Tenant"}},
		{ID: "postProductsBySkuReviews", Name: "Adds a review", Method: "POST", Path: "/products/{sku}/reviews", Example: "Add a review in Garden Shop",
			In: []string{"path sku"}, Media: "application/json"},
		{ID: "place_order", Name: "Place order", Method: "POST", Path: "/orders", Example: "Place an order in Garden Shop", Media: "application/vnd.shop+json",
			Fields: []string{"note string required", "items array required", "address/street string", "address/city string"}, Alternatives: 2},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d.Server != "https://eu.shop.example.com/api" || d.Version != "2.0" {
		t.Errorf("server %q, version %q", d.Server, d.Version)
	}
}

func TestParseCircular31(t *testing.T) {
	d := understood(t, testdata(t, "tree.yaml"))
	if d.OpenAPI != "3.1.0" || d.Server != "https://org.example.com" || len(d.Actions) != 1 {
		t.Fatalf("%+v", d)
	}
	want := []Field{
		{Path: []string{"name"}, Input: Input{DisplayName: "name", Type: "string"}},
		{Path: []string{"age"}, Input: Input{DisplayName: "age", Type: "integer"}},
		{Path: []string{"boss"}, Input: Input{DisplayName: "boss", Description: "Who she reports to", Type: "object"}},
		{Path: []string{"reports"}, Input: Input{DisplayName: "reports", Type: "array"}},
		{Path: []string{"anything"}, Input: Input{DisplayName: "anything"}},
	}
	if d := cmp.Diff(want, d.Actions[0].Body.Fields, plain); d != "" {
		t.Error(d)
	}
	_, found := Parse(testdata(t, "tree.yaml"), DefaultLimits())
	if !hasRule(found, "input-circular") {
		t.Errorf("no advice about the circle: %v", found)
	}
}

// The guide's own best-practice document says in: path of what is sent in the
// query, and has no info.
func TestParseGuideTolerances(t *testing.T) {
	d := understood(t, testdata(t, "guide.yaml"))
	want := []Parameter{
		{Name: "employee", In: "query", Style: "form", Explode: true, Input: Input{DisplayName: "employee", Description: "Name of the employee.", Type: "string", Format: "string"}},
		{Name: "kind", In: "query", Style: "form", Explode: true, Input: Input{DisplayName: "kind", Type: "string", Enum: raw(`"vacation"`, `"sick"`)}},
	}
	if d := cmp.Diff(want, d.Actions[0].Parameters, plain); d != "" {
		t.Error(d)
	}
	if got := d.Actions[0].InstructionExample; got != "Get a balance" {
		t.Errorf("instruction example %q", got)
	}
}

// Each of these is seen in documents that the service takes; see the reference
// of tolerances in the package's rules.
func TestTolerances(t *testing.T) {
	for name, src := range map[string]string{
		"no info":                            head[:15] + head[54:] + sound[len(head):],
		"answer without content":             sound,
		"only a 204":                         op("delete", "/a/{b}", ""),
		"responses with extensions":          op("get", "/a", "      x-amazon-apigateway-integration: {uri: a}\n"),
		"server URL and path both slashes":   op("get", "/", ""),
		"integer in the path":                op("get", "/a/{b}", "      parameters: [{name: b, in: path, required: true, schema: {type: integer}}]\n"),
		"path and body share a name":         op("put", "/a/{b}", "      parameters: [{name: b, in: path, required: true}]\n      requestBody: {content: {application/json: {schema: {properties: {b: {type: string}}}}}}\n"),
		"body that is a string":              op("post", "/a", "      requestBody: {content: {application/json: {schema: {type: string}}}}\n"),
		"scope that is not declared":         op("get", "/a", "      security: [{o: [x]}]\ncomponents: {securitySchemes: {o: {type: oauth2, flows: {authorizationCode: {authorizationUrl: 'https://a.example.com', scopes: {}}}}}}\n"),
		"no tokenUrl":                        op("get", "/a", "      security: [{o: []}]\ncomponents: {securitySchemes: {o: {type: oauth2, flows: {authorizationCode: {authorizationUrl: 'https://a.example.com'}}}}}\n"),
		"one of two schemes can be met":      op("get", "/a", "      security: [{m: []}, {k: []}]\ncomponents: {securitySchemes: {m: {type: mutualTLS}, k: {type: apiKey, in: query, name: k}}}\n"),
		"parameter without schema":           op("get", "/a", "      parameters: [{name: b, in: query}]\n"),
		"required given in a property":       op("post", "/a", "      requestBody: {content: {application/json: {schema: {properties: {b: {type: string, required: true}}}}}}\n"),
		"type and description given as null": op("get", "/a", "      summary: null\n      parameters: [{name: b, in: query, description: null, schema: {type: null}}]\n"),
		"lists and body given as null":       op("get", "/a", "      parameters:\n      security: null\n      requestBody: ~\n"),
		"Java's regular expressions":         op("get", "/a", "      parameters: [{name: b, in: query, schema: {type: string, pattern: '^(?<a>\\p{Alpha}++)$'}}]\n"),
		"example that contradicts":           op("get", "/a", "      parameters: [{name: b, in: query, example: [1], schema: {type: string, example: {a: b}}}]\n"),
		"reference beside other members":     op("get", "/a", "      parameters: [{name: b, in: query, schema: {$ref: '#/components/schemas/B', description: d}}]\ncomponents: {schemas: {B: {type: string}}}\n"),
		"reference outside components":       op("get", "/a", "      parameters: [{name: b, in: query, schema: {$ref: '#/definitions/B'}}]\ndefinitions: {B: {type: string}}\n"),
		"percent-encoded reference":          op("get", "/a/{b}", "  /c:\n    get:\n      description: d\n      responses: {'200': {$ref: '#/paths/~1a~1%7Bb%7D/get/responses/200'}}\n"),
		"more than 10 query parameters":      op("get", "/a", "      parameters: ["+"{name: a1, in: query}, {name: a2, in: query}, {name: a3, in: query}, {name: a4, in: query}, {name: a5, in: query}, {name: a6, in: query}, {name: a7, in: query}, {name: a8, in: query}, {name: a9, in: query}, {name: b1, in: query}, {name: b2, in: query}]\n"),
		"property named $ref":                op("post", "/a", "      requestBody: {content: {application/json: {schema: {properties: {$ref: {type: string}}}}}}\n"),
		"server variables and 3.1":           "openapi: 3.1.0\nservers: [{url: 'https://{h}/', variables: {h: {default: a.example.com}}}]\n" + sound[len(head):],
		"@ in the server's path":             serving("[{url: 'https://a.example.com/@me'}]"),
		"CRLF":                               "openapi: 3.0.3\r\nservers: [{url: 'https://a.example.com'}]\r\npaths:\r\n  /a: {get: {description: d, responses: {'200': {description: ok}}}}\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := understood(t, []byte(src))
			for _, a := range d.Actions {
				if !a.Callable {
					t.Errorf("%s %s cannot be called", a.Method, a.Path)
				}
			}
		})
	}
}

func TestOneFaultDoesNotSinkTheOthers(t *testing.T) {
	src := sound + "  /broken:\n    get: {description: d, parameters: [{in: query}]}\n"
	d, found := Parse([]byte(src), DefaultLimits())
	if d == nil || len(d.Actions) != 2 || !d.Actions[0].Callable || d.Actions[1].Callable {
		t.Fatalf("%+v", d)
	}
	if refused := OnlyRefused(found); len(refused) != 1 || refused[0].Pointer != "/paths/~1broken/get/parameters/0" {
		t.Errorf("%v", refused)
	}
}

func TestIdentifier(t *testing.T) {
	a := Action{Method: "POST", Path: "/rest/api/2/issue"}
	if got, want := a.Identifier("jira", "999.0_0"), "pa:jira:999.0_0:/rest/api/2/issue:POST"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDocumentAsJSON(t *testing.T) {
	d := understood(t, testdata(t, "tracker.json"))
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Document
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, &back, exported); diff != "" {
		t.Error(diff)
	}
}

func TestFindingsAreSortedAndDoNotRepeat(t *testing.T) {
	_, found := Parse(testdata(t, "shop.yaml"), DefaultLimits())
	seen := map[findingKey]bool{}
	for i, f := range found {
		if i > 0 && byPosition(found[i-1], f) > 0 {
			t.Errorf("%v stands before %v", found[i-1], f)
		}
		if key := (findingKey{f.Rule, f.Pointer}); seen[key] {
			t.Errorf("%v is said twice", f)
		} else {
			seen[key] = true
		}
	}
	if len(found) < 5 {
		t.Errorf("only %d findings", len(found))
	}
}

func TestFindingString(t *testing.T) {
	f := Finding{Refused, "operation-responses", "/paths/~1tasks/post", 12, 5, "the operation has no responses", "add them"}
	if got, want := f.String(), "line 12, column 5, /paths/~1tasks/post: the operation has no responses; fix: add them"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.Pointer = ""
	if got, want := f.String(), "line 12, column 5: the operation has no responses; fix: add them"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
