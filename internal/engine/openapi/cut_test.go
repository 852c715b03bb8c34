package openapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const uncut = `# The house's API.
openapi: 3.0.3
info: {title: House, version: "1"}
servers: [{url: "https://house.example.com"}]
tags: [{name: doors}, {name: windows}]
security: [{main: []}]
paths:
  /doors:
    parameters:
      - $ref: '#/components/parameters/Floor'
    get:
      operationId: listDoors
      responses: {'200': {description: Doors., content: {application/json: {schema: {$ref: '#/components/schemas/Door'}}}}}
    post:
      operationId: addDoor
      security: [{other: []}]
      responses: {'201': {$ref: '#/components/responses/Made'}}
  /windows:
    get:
      responses: {'200': {description: Windows., content: {application/json: {schema: {$ref: '#/components/schemas/Window'}}}}}
components:
  parameters:
    Floor: {name: floor, in: query, schema: {$ref: '#/components/schemas/Number'}}
  schemas:
    Number: {type: integer}
    Door:
      oneOf: [{$ref: '#/components/schemas/Gate'}]
      discriminator: {propertyName: kind, mapping: {hatch: Hatch}}
    Gate: {type: object, properties: {next: {$ref: '#/components/schemas/Door'}}}
    Hatch: {type: object}
    Window: {type: string}
  responses:
    Made: {description: Made.}
  securitySchemes:
    main: {type: http, scheme: basic}
    other: {type: http, scheme: bearer}
`

func TestCut(t *testing.T) {
	for name, tt := range map[string]struct {
		keep []string
		want []string // lines that stay
		gone []string
	}{
		"by id":     {[]string{"listDoors"}, []string{"listDoors", "Floor:", "Number:", "Door:", "Gate:", "Hatch:", "main: {type"}, []string{"addDoor", "windows", "Window:", "Made:", "other: {type", "tags:"}},
		"by method": {[]string{"POST /doors"}, []string{"addDoor", "Made:", "other: {type", "main: {type", "Floor:"}, []string{"listDoors", "Door:", "/windows"}},
		"by path":   {[]string{"/windows"}, []string{"Window:", "main: {type"}, []string{"/doors", "Floor", "Number:", "responses:\n    Made"}},
		"two":       {[]string{"addDoor", "GET /windows"}, []string{"addDoor", "/windows"}, []string{"listDoors"}},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := Cut([]byte(uncut), tt.keep)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range tt.want {
				if !strings.Contains(string(out), line) {
					t.Errorf("%q is gone:\n%s", line, out)
				}
			}
			for _, line := range tt.gone {
				if strings.Contains(string(out), line) {
					t.Errorf("%q is still there:\n%s", line, out)
				}
			}
			if doc, findings := Parse(out, Limits{}); doc == nil || len(doc.Actions) == 0 || !doc.Actions[0].Callable {
				t.Errorf("the rest cannot be called: %v", findings)
			}
		})
	}
}

func TestCutKeepsJSON(t *testing.T) {
	const src = `{"openapi":"3.0.3","info":{"title":"A \"b\" <é>","version":"1"},"paths":{"/b":{"get":{"operationId":"b","x-n":1.50,"x-s":"1.50","x-l":[true,null,"no"],"x-o":{}}},"/a":{"get":{"operationId":"a"}}},"components":{"schemas":{"Gone":{}}}}`
	const want = `{"openapi":"3.0.3","info":{"title":"A \"b\" \u003cé\u003e","version":"1"},"paths":{"/b":{"get":{"operationId":"b","x-n":1.50,"x-s":"1.50","x-l":[true,null,"no"],"x-o":{}}}}}`
	out, err := Cut([]byte(src), []string{"b"})
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Compact(&got, out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestCutRefuses(t *testing.T) {
	for name, tt := range map[string]struct{ src, want string }{
		"unknown":      {uncut, `the document has no operation "nothing": name one by its operationId, or as GET /path`},
		"near":         {strings.Replace(uncut, "addDoor", "makeNothing", 1), `the document has no operation "nothing" (it has makeNothing): name one`},
		"no object":    {"- 1", "the document is not an object"},
		"empty":        {"", "the document is not an object"},
		"no YAML":      {"a: [", "the document cannot be read"},
		"without path": {"openapi: 3.0.3", `the document has no operation "nothing"`},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := Cut([]byte(tt.src), []string{"nothing"})
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v (%s), want %s", err, out, tt.want)
			}
		})
	}
}
