package openapi

import "testing"

func TestLookupOtherwise(t *testing.T) {
	document := func(otherwise string) string {
		return head + `paths:
  /tasks:
    get: {operationId: list, description: Lists., responses: {"200": {description: ok}}}
  /tasks/{id}:
    get:
      operationId: read
      description: Reads.
      responses: {"200": {description: ok}}
      parameters:
        - {name: id, in: path, required: true, description: Its name., schema: {type: string},
           x-parley-lookup: {operationId: list, list: /tasks, match: [/name], value: /id, otherwise: '` + otherwise + `'}}
`
	}
	doc, findings := Parse([]byte(document("[0-9]+")), DefaultLimits())
	if refused := OnlyRefused(findings); len(refused) > 0 || doc.Actions[1].Parameters[0].Lookup.Otherwise != "[0-9]+" {
		t.Errorf("%v", refused)
	}
	_, findings = Parse([]byte(document("(?!x)")), DefaultLimits())
	if refused := OnlyRefused(findings); len(refused) != 1 || refused[0].Rule != "lookup-otherwise" {
		t.Errorf("%v", refused)
	}
}
