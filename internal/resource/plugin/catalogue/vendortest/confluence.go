package vendortest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Confluence is a site's search. It is written from "The Confluence Cloud REST
// API" version 1, group Search, operation Search content, and "CQL fields".
//
// It has three pages and a blog post of the spaces OPS (Operations) and WEB (Web
// shop). Jane Roe is the user. Records are kept as "content".
func Confluence(t testing.TB, authorization string) *Server {
	t.Helper()
	s := start(t, authorization, confluenceDialect(), map[string]operation{
		"GET /wiki/rest/api/search":                       searchConfluence,
		"GET /ex/confluence/{cloud}/wiki/rest/api/search": searchConfluence,
	})
	for i, c := range []struct{ kind, title, text, space, name, author, changed, label string }{
		{"page", "Release plan", "What we ship in spring, and who \"signs\" it", "OPS", "Operations", "Jane Roe", "2026-02-01", "release"},
		{"page", "Printers", "The release notes of the printers", "OPS", "Operations", "John Doe", "2025-11-20", "hardware"},
		{"page", "Web shop plan", "Nothing yet", "WEB", "Web shop", "John Doe", "2026-01-15", "release"},
		{"blogpost", "We have a plan", "And it is good", "WEB", "Web shop", "Jane Roe", "2026-01-16", "news"},
	} {
		s.Add("content", Record{"id": strconv.Itoa(1000 + i), "type": c.kind, "title": c.title, "text": c.text, "space": c.space, "spaceTitle": c.name,
			"author": c.author, "lastmodified": c.changed, "label": c.label})
	}
	return s
}

func confluenceDialect() dialect {
	return dialect{
		unauthorized: answer{status: http.StatusUnauthorized, body: map[string]any{"code": 401, "message": "Unauthorized; scope does not match"}},
		unknown:      answer{status: http.StatusNotFound, body: map[string]any{"statusCode": 404, "message": "Not Found"}},
		unreadable:   confluenceFailure("not readable"),
	}
}

func confluenceFailure(message string) answer {
	return answer{status: http.StatusBadRequest, body: map[string]any{"statusCode": 400, "data": map[string]any{"authorized": true, "valid": false},
		"message": "com.atlassian.confluence.api.service.exceptions.BadRequestException: " + message}}
}

// cql is Confluence's query language with the fields that its content has.
func cql() *atlassian {
	member := func(names ...string) func(Record) []string {
		return func(r Record) (out []string) {
			for _, name := range names {
				out = append(out, texts(r[name])...)
			}
			return out
		}
	}
	return &atlassian{
		fields: map[string]queryField{
			"type":             {operators: "= != IN ~IN", known: []string{"page", "blogpost", "comment", "attachment"}, values: member("type")},
			"text":             {operators: forText, values: member("title", "text")},
			"title":            {operators: "= != ~ !~ IN ~IN", values: member("title")},
			"space":            {operators: "= != IN ~IN", values: member("space")},
			"space.title":      {operators: forText, values: member("spaceTitle")},
			"label":            {operators: "= != IN ~IN", values: member("label")},
			"creator":          {operators: "= != IN ~IN", values: member("author")},
			"creator.fullname": {operators: forText, values: member("author")},
			"lastmodified":     {operators: "= != < <= > >=", date: true, values: member("lastmodified")},
		},
		functions: map[string]func(queryField, Record) []string{"currentuser": func(queryField, Record) []string { return []string{"Jane Roe"} }},
		say: func(f queryFault) string {
			if f.kind == "field" {
				return "Could not parse cql : No field exists with name: '" + f.field + "'"
			}
			return strings.TrimSpace(fmt.Sprintf("Could not parse cql : %s %s %s", f.kind, f.field, f.value))
		},
	}
}

var excerpts = []string{"highlight", "highlight_unescaped", "indexed", "indexed_unescaped", "none", ""}

func searchConfluence(s *Server, r *request) answer {
	q := r.URL.Query()
	grammar := cql()
	query, fault := grammar.parse(q.Get("cql"))
	switch {
	case fault != nil:
		return confluenceFailure(grammar.say(*fault))
	case query.where == nil:
		return confluenceFailure("Could not parse cql : cql query is empty")
	case !slices.Contains(excerpts, q.Get("excerpt")):
		return confluenceFailure("excerpt is none of " + strings.Join(excerpts, ", "))
	case !slices.Contains([]string{"", "true", "false"}, q.Get("includeArchivedSpaces")):
		return confluenceFailure("includeArchivedSpaces is neither true nor false")
	}
	limit, refusal := counted(q, "limit", 25, 250)
	if refusal != "" {
		return confluenceFailure(refusal)
	}
	results := []any{}
	for _, c := range query.run(s.records["content"]) {
		results = append(results, map[string]any{
			"content": map[string]any{"id": c["id"], "type": c["type"], "status": "current", "title": c["title"]}, "title": c["title"], "excerpt": c["text"],
			"url": "/spaces/" + c["space"].(string) + "/pages/" + c["id"].(string), "lastModified": c["lastmodified"].(string) + "T09:00:00.000Z", "entityType": "content",
		})
	}
	return answer{status: http.StatusOK, body: map[string]any{"results": results[:min(limit, len(results))], "start": 0, "limit": limit, "totalSize": len(results), "cqlQuery": q.Get("cql")}}
}
