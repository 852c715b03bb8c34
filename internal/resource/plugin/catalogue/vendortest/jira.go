package vendortest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The people of the site, by their account ids.
const (
	jane = "5b10a2844c20165700ede21a"
	john = "5b10ac8d82e05b22cc7d4ef5"
)

// Jira is a site's platform API as the plugins call it: issues in version 2,
// where text is plain, searching in version 3, and sprints in the agile API. It
// is written from "The Jira Cloud platform REST API" (groups Issues, Issue
// search, Projects) and "Jira Software Cloud REST API" (groups Board, Sprint).
//
// It has the project OPS with the issue types Task, Bug and Story, the usual
// priorities, the states To Do, In Progress and Done, and its board "OPS board"
// (number 4) with the sprints 37 and 38 to come and 36 long over. Jane Roe is the
// user. Records are kept as "issue", by the members of fields, and "sprint".
func Jira(t testing.TB, authorization string) *Server {
	t.Helper()
	s := start(t, authorization, jiraDialect(), jiraRoutes())
	s.Add("board", Record{"id": 4, "name": "OPS board", "type": "scrum"})
	s.Add("board", Record{"id": 5, "name": "Design board", "type": "kanban"})
	s.Add("sprint", Record{"id": 36, "name": "Done long ago", "state": "closed", "originBoardId": 4})
	s.Add("sprint", Record{"id": 37, "name": "Sprint 1", "state": "active", "originBoardId": 4, "goal": "Ship it"})
	s.Add("sprint", Record{"id": 38, "name": "Sprint 2", "state": "future", "originBoardId": 4})
	return s
}

func jiraRoutes() map[string]operation {
	routes := map[string]operation{}
	for pattern, op := range map[string]operation{
		"POST /rest/api/2/issue":                   createIssue,
		"GET /rest/api/2/issue/{key}":              readIssue,
		"DELETE /rest/api/2/issue/{key}":           deleteIssue,
		"GET /rest/api/2/issue/{key}/transitions":  listTransitions,
		"POST /rest/api/2/issue/{key}/transitions": transitionIssue,
		"GET /rest/api/3/search/jql":               searchIssues,
		"GET /rest/api/3/project/search":           searchProjects,
		"GET /rest/agile/1.0/board":                listBoards,
		"GET /rest/agile/1.0/board/{id}/sprint":    listSprints,
		"POST /rest/agile/1.0/sprint":              createSprint,
		"GET /rest/agile/1.0/sprint/{id}":          readSprint,
		"DELETE /rest/agile/1.0/sprint/{id}":       deleteSprint,
		"POST /rest/agile/1.0/sprint/{id}/issue":   moveToSprint,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		routes[pattern] = op
		routes[method+" /ex/jira/{cloud}"+path] = op // as those call it who sign in with OAuth
	}
	return routes
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
	if assignee, given := fields["assignee"].(map[string]any); given && jiraPeople[fmt.Sprint(assignee["id"])] == nil {
		errors["assignee"] = "Account ID is invalid or the user does not exist."
	}
	if len(errors) > 0 {
		return jiraFailure(http.StatusBadRequest, "", errors)
	}
	n := s.serial()
	issue := Record{"id": strconv.Itoa(10000 + n), "key": fmt.Sprintf("OPS-%d", n), "sent": maps.Clone(fields), "fields": settled(fields)}
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

var jiraPeople = map[string]map[string]any{
	jane: {"accountId": jane, "displayName": "Jane Roe", "emailAddress": "jane@example.com"},
	john: {"accountId": john, "displayName": "John Doe", "emailAddress": "john@example.com"},
}

// settled is what becomes of the fields that were sent for a new issue.
func settled(sent map[string]any) map[string]any {
	out := maps.Clone(sent)
	out["project"] = map[string]any{"id": "10000", "key": "OPS", "name": "Operations"}
	out["status"] = map[string]any{"id": "1", "name": "To Do"}
	out["created"], out["updated"] = now.Format(time.DateOnly), now.Format(time.DateOnly)
	if assignee, given := sent["assignee"].(map[string]any); given {
		out["assignee"] = jiraPeople[fmt.Sprint(assignee["id"])]
	}
	return out
}

// issue finds one by its key or number.
func (s *Server) issue(r *request) (Record, *answer) {
	for _, member := range []string{"key", "id"} {
		if issue := s.find("issue", member, r.PathValue("key")); issue != nil {
			return issue, nil
		}
	}
	a := jiraFailure(http.StatusNotFound, "Issue does not exist or you do not have permission to see it.", nil)
	return nil, &a
}

func readIssue(s *Server, r *request) answer {
	issue, refusal := s.issue(r)
	if refusal != nil {
		return *refusal
	}
	names := r.URL.Query().Get("fields")
	if names == "" {
		names = "*all"
	}
	return answer{status: http.StatusOK, body: issueView(issue, names)}
}

func deleteIssue(s *Server, r *request) answer {
	issue, refusal := s.issue(r)
	if refusal != nil {
		return *refusal
	}
	child := func(other Record) bool { return follow(other, "fields.parent.key") == issue["key"] }
	switch subtasks := r.URL.Query().Get("deleteSubtasks"); {
	case subtasks != "" && subtasks != "true" && subtasks != "false":
		return jiraFailure(http.StatusBadRequest, "deleteSubtasks must be true or false", nil)
	case subtasks == "true":
		s.records["issue"] = slices.DeleteFunc(s.records["issue"], child)
	case slices.ContainsFunc(s.records["issue"], child):
		return jiraFailure(http.StatusBadRequest, fmt.Sprintf("The issue '%s' has subtasks. You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.", issue["key"]), nil)
	}
	s.remove("issue", "key", issue["key"])
	return answer{status: http.StatusNoContent}
}

// transitionsOf are those an issue can make from where it is.
func transitionsOf(issue Record) []any {
	all := []any{}
	for _, t := range []struct{ id, name, to string }{{"11", "Back to the pile", "To Do"}, {"21", "Start work", "In Progress"}, {"31", "Finish", "Done"}} {
		if follow(issue, "fields.status.name") != t.to {
			all = append(all, map[string]any{"id": t.id, "name": t.name, "to": map[string]any{"name": t.to}})
		}
	}
	return all
}

func listTransitions(s *Server, r *request) answer {
	issue, refusal := s.issue(r)
	if refusal != nil {
		return *refusal
	}
	return answer{status: http.StatusOK, body: map[string]any{"expand": "transitions", "transitions": transitionsOf(issue)}}
}

func transitionIssue(s *Server, r *request) answer {
	issue, refusal := s.issue(r)
	if refusal != nil {
		return *refusal
	}
	id := follow(r.body, "transition.id")
	if _, isText := id.(string); !isText {
		return jiraFailure(http.StatusBadRequest, "Missing 'transition' identifier", nil)
	}
	for _, t := range transitionsOf(issue) {
		if t := t.(map[string]any); t["id"] == id {
			issue["fields"].(map[string]any)["status"] = t["to"]
			return answer{status: http.StatusNoContent}
		}
	}
	return jiraFailure(http.StatusBadRequest, fmt.Sprintf("Transition id '%s' is not valid for this issue.", id), nil)
}

func searchProjects(_ *Server, r *request) answer {
	q := r.URL.Query()
	if _, refusal := counted(q, "maxResults", 50, 100); refusal != "" {
		return jiraFailure(http.StatusBadRequest, refusal, nil)
	}
	values := []any{}
	for _, p := range [][3]string{{"10000", "OPS", "Operations"}, {"10001", "WEB", "Web shop"}} {
		wanted := strings.ToLower(q.Get("query"))
		if strings.Contains(strings.ToLower(p[1]), wanted) || strings.Contains(strings.ToLower(p[2]), wanted) {
			values = append(values, map[string]any{"id": p[0], "key": p[1], "name": p[2]})
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"values": values, "total": len(values), "isLast": true}}
}
