package vendortest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// Jira is a site's platform API as the plugin of the first generation calls it:
// creating issues in version 2. It is written from "The Jira Cloud platform REST
// API", version 2, group Issues, operation Create issue.
//
// It has the project OPS with the issue types Task, Bug and Story and the usual
// priorities. Records are kept as "issue", by the members of fields.
func Jira(t testing.TB, authorization string) *Server {
	t.Helper()
	return start(t, authorization, jiraDialect(), map[string]operation{"POST /rest/api/2/issue": createIssue})
}

func jiraDialect() dialect {
	return dialect{
		unauthorized: answer{status: http.StatusUnauthorized, body: map[string]any{"message": "Client must be authenticated to access this resource.", "status-code": 401}},
		unknown:      answer{status: http.StatusNotFound, body: map[string]any{"message": "null for uri", "status-code": 404}},
		unreadable:   jiraFailure(http.StatusBadRequest, "There was an error parsing JSON. Check that your request body is valid.", nil),
		check: func(r *request) *answer {
			return r.wantsJSON(answer{status: http.StatusUnsupportedMediaType, body: map[string]any{"message": "Unsupported Media Type"}})
		},
	}
}

// jiraFailure has a message for the whole request, or one for each field.
func jiraFailure(status int, message string, errors map[string]any) answer {
	messages := []string{}
	if message != "" {
		messages = append(messages, message)
	}
	if errors == nil {
		errors = map[string]any{}
	}
	return answer{status: status, body: map[string]any{"errorMessages": messages, "errors": errors}}
}

// issueShape is what the project's screen for a new issue has.
var issueShape = shape{
	"project":     {kind: "object", required: true, members: shape{"key": {kind: "string", enum: []string{"OPS"}}, "id": {kind: "string", enum: []string{"10000"}}}},
	"issuetype":   {kind: "object", required: true, members: shape{"name": {kind: "string", enum: []string{"Task", "Bug", "Story"}}, "id": {kind: "string"}}},
	"summary":     {kind: "string", required: true, max: 255},
	"description": {kind: "string"}, // version 2; version 3 takes a document
	"priority":    {kind: "object", members: shape{"name": {kind: "string", enum: []string{"Highest", "High", "Medium", "Low", "Lowest"}}, "id": {kind: "string"}}},
	"assignee":    {kind: "object", members: shape{"id": {kind: "string"}, "accountId": {kind: "string"}}},
	"labels":      {kind: "strings"},
	"duedate":     {kind: "date"},
	"parent":      {kind: "object", members: shape{"key": {kind: "string"}, "id": {kind: "string"}}},
}

func createIssue(s *Server, r *request) answer {
	fields, ok := r.body["fields"].(map[string]any)
	if !ok {
		return jiraFailure(http.StatusBadRequest, "", map[string]any{"fields": "fields is required"})
	}
	errors := map[string]any{}
	for _, p := range issueShape.problems(fields) {
		name, _, _ := strings.Cut(p.path, ".")
		errors[name] = issueProblem(name, p)
	}
	labels, _ := fields["labels"].([]any)
	for _, l := range labels {
		if strings.Contains(fmt.Sprint(l), " ") {
			errors["labels"] = fmt.Sprintf("The label '%v' contains spaces which is invalid.", l)
		}
	}
	if len(errors) > 0 {
		return jiraFailure(http.StatusBadRequest, "", errors)
	}
	n := s.serial()
	issue := Record{"id": strconv.Itoa(10000 + n), "key": fmt.Sprintf("OPS-%d", n), "fields": fields}
	s.add("issue", issue)
	return answer{status: http.StatusCreated, body: map[string]any{"id": issue["id"], "key": issue["key"], "self": s.URL + "/rest/api/2/issue/" + issue["id"].(string)}}
}

func issueProblem(name string, p problem) string {
	switch {
	case p.what == unknown && p.path == name:
		return fmt.Sprintf("Field '%s' cannot be set. It is not on the appropriate screen, or unknown.", name)
	case name == "summary" && p.what == missing:
		return "You must specify a summary of the issue."
	case name == "project":
		return "valid project is required"
	case name == "issuetype":
		return "Specify a valid issue type"
	case name == "duedate":
		return "Error parsing date string"
	}
	return p.say
}
