package action

import (
	"testing"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// BenchmarkBind makes the request of a usual write: one variable, one query
// parameter and a nested body of six leaves.
func BenchmarkBind(b *testing.B) {
	a := &openapi.Action{
		Method: "POST", Path: "/rest/api/3/issue/{key}", Parameters: []openapi.Parameter{inPath("key"), query("notify")},
		Body: &openapi.Body{MediaType: "application/json", Required: true, Type: "object", Fields: []openapi.Field{
			leaf("fields", "project", "key"), leaf("fields", "summary"), leaf("fields", "description"), leaf("fields", "issuetype", "name"),
			leaf("fields", "priority", "name"), {Path: []string{"fields", "labels"}, Input: openapi.Input{Type: "array"}},
		}},
	}
	doc := &openapi.Document{Server: "https://api.example.com/base"}
	args := Args{
		"key": raw(`"OPS-1"`), "notify": raw(`"false"`), "fields.project.key": raw(`"OPS"`), "fields.summary": raw(`"The printer is broken"`),
		"fields.description": raw(`"It has been smoking since this morning."`), "fields.issuetype.name": raw(`"Bug"`),
		"fields.priority.name": raw(`"High"`), "fields.labels": raw(`["office", "printer"]`),
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Bind(doc, a, "", args); err != nil {
			b.Fatal(err)
		}
	}
}
