package vendortest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Asana is its API 1.0 for tasks. It is written from the API reference (Tasks,
// Workspaces, Projects, Users, Tags) and its page "Errors".
//
// It has the workspaces Acme (1331) and Home, in Acme the projects "Web site" and
// "Office" and the tag "urgent", and the people Greg (14641) and Anna. Records
// are kept as "task".
func Asana(t testing.TB, authorization string) *Server {
	t.Helper()
	const base = "/api/1.0"
	s := start(t, authorization, asanaDialect(), map[string]operation{
		"GET " + base + "/workspaces": func(s *Server, r *request) answer { return s.compact("workspace", r) },
		"GET " + base + "/projects":   func(s *Server, r *request) answer { return s.compact("project", r) },
		"GET " + base + "/users":      func(s *Server, r *request) answer { return s.compact("user", r) },
		"GET " + base + "/tags":       func(s *Server, r *request) answer { return s.compact("tag", r) },
		"POST " + base + "/tasks":     createTask,
		"PUT " + base + "/tasks/{id}": updateTask,
	})
	for _, r := range [][4]string{
		{"workspace", "1000331", "Acme", ""}, {"workspace", "1000332", "Home", ""},
		{"project", "1000501", "Web site", "1000331"}, {"project", "1000502", "Office", "1000331"}, {"project", "1000503", "Garden", "1000332"},
		{"tag", "1000701", "urgent", "1000331"}, {"user", "1014641", "Greg Sanchez", "1000331"}, {"user", "1014642", "Anna Berg", "1000331"},
	} {
		record := Record{"gid": r[1], "name": r[2], "workspace": r[3], "archived": false, "resource_type": r[0]}
		if r[0] == "user" {
			record["email"] = strings.ToLower(strings.Fields(r[2])[0]) + "@example.com"
		}
		s.Add(r[0], record)
	}
	s.Add("project", Record{"gid": "1000504", "name": "Old web site", "workspace": "1000331", "archived": true, "resource_type": "project"})
	return s
}

func asanaDialect() dialect {
	return dialect{
		unauthorized: asanaFailure(http.StatusUnauthorized, "Not Authorized"),
		unknown:      asanaFailure(http.StatusNotFound, "No matching route for request"),
		unreadable:   asanaFailure(http.StatusBadRequest, "Could not parse request data, invalid JSON"),
		check: func(r *request) *answer {
			return r.wantsJSON(asanaFailure(http.StatusUnsupportedMediaType, "The request's content type is not supported"))
		},
	}
}

func asanaFailure(status int, messages ...string) answer {
	errors := []any{}
	for _, m := range messages {
		errors = append(errors, map[string]any{"message": m, "help": "For more information on API status codes and how to handle them, read the docs on errors: https://developers.asana.com/docs/errors"})
	}
	return answer{status: status, body: map[string]any{"errors": errors}}
}

// compact lists records: gid, name and type, and what opt_fields names.
func (s *Server) compact(kind string, r *request) answer {
	q := r.URL.Query()
	workspace := q.Get("workspace")
	limit, refusal := counted(q, "limit", 100, 100)
	switch {
	case refusal != "":
		return asanaFailure(http.StatusBadRequest, "limit: Must be between 1 and 100.")
	case workspace != "" && s.find("workspace", "gid", workspace) == nil:
		return asanaFailure(http.StatusBadRequest, "workspace: Not a recognized ID: "+workspace)
	case !slices.Contains([]string{"", "true", "false"}, q.Get("archived")):
		return asanaFailure(http.StatusBadRequest, "archived: Not a boolean: "+q.Get("archived"))
	}
	data := []any{}
	for _, record := range s.records[kind] {
		if workspace != "" && record["workspace"] != workspace || q.Has("archived") && fmt.Sprint(record["archived"]) != q.Get("archived") {
			continue
		}
		one := map[string]any{"gid": record["gid"], "name": record["name"], "resource_type": kind}
		for name := range strings.SplitSeq(q.Get("opt_fields"), ",") {
			if value, has := record[name]; has {
				one[name] = value
			}
		}
		data = append(data, one)
	}
	return answer{status: http.StatusOK, body: map[string]any{"data": data[:min(limit, len(data))], "next_page": nil}}
}

// taskShape is what can be changed of a task; a new one takes more.
var taskShape = shape{
	"name": {kind: "string"}, "notes": {kind: "string"}, "html_notes": {kind: "string"}, "assignee": {kind: "string"}, "due_on": {kind: "date"}, "due_at": {kind: "date-time"},
	"start_on": {kind: "date"}, "completed": {kind: "boolean"}, "custom_fields": {kind: "object"},
}

func newTaskShape() shape {
	out := shape{"workspace": {kind: "string"}, "projects": {kind: "strings"}, "parent": {kind: "string"}, "followers": {kind: "strings"}, "tags": {kind: "strings"}}
	maps.Copy(out, taskShape)
	return out
}

// badTask is how Asana refuses a task; nil: it takes it. Task is all that it is
// to be, sent what of it is new.
func (s *Server) badTask(task, sent map[string]any, takes shape) *answer {
	var wrong []string
	for _, p := range takes.problems(sent) {
		wrong = append(wrong, p.path+": "+p.say)
	}
	switch {
	case sent["due_on"] != nil && sent["due_at"] != nil:
		wrong = append(wrong, "You may only provide one of due_on or due_at!")
	case task["start_on"] != nil && task["due_on"] == nil && task["due_at"] == nil:
		wrong = append(wrong, "start_on: due_on or due_at must be present in the request when setting or unsetting start_on")
	}
	if html, given := sent["html_notes"].(string); given && (!strings.HasPrefix(html, "<body>") || !strings.HasSuffix(html, "</body>")) {
		wrong = append(wrong, "XML is invalid")
	}
	for member, kind := range map[string]string{"workspace": "workspace", "projects": "project", "parent": "task", "assignee": "user", "followers": "user", "tags": "tag"} {
		for _, id := range texts(sent[member]) {
			email := kind == "user" && s.find(kind, "email", id) != nil
			if s.find(kind, "gid", id) == nil && !email && (kind != "user" || id != "me") {
				wrong = append(wrong, member+": Not a recognized ID: "+id)
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	a := asanaFailure(http.StatusBadRequest, wrong...)
	return &a
}

func createTask(s *Server, r *request) answer {
	data, ok := r.body["data"].(map[string]any)
	if !ok {
		return asanaFailure(http.StatusBadRequest, "data: Missing input")
	}
	if data["workspace"] == nil && data["parent"] == nil && len(texts(data["projects"])) == 0 {
		return asanaFailure(http.StatusBadRequest, "You should specify one of workspace, parent, projects")
	}
	if refusal := s.badTask(data, data, newTaskShape()); refusal != nil {
		return *refusal
	}
	task := Record{"gid": strconv.Itoa(1200000 + s.serial()), "completed": false}
	maps.Copy(task, data)
	s.add("task", task)
	return answer{status: http.StatusCreated, body: map[string]any{"data": task}}
}

func updateTask(s *Server, r *request) answer {
	task := s.find("task", "gid", r.PathValue("id"))
	if task == nil {
		return asanaFailure(http.StatusNotFound, "task: Unknown object: "+r.PathValue("id"))
	}
	data, ok := r.body["data"].(map[string]any)
	if !ok {
		return asanaFailure(http.StatusBadRequest, "data: Missing input")
	}
	whole := maps.Clone(task)
	maps.Copy(whole, data)
	if refusal := s.badTask(whole, data, taskShape); refusal != nil {
		return *refusal
	}
	maps.Copy(task, data)
	return answer{status: http.StatusOK, body: map[string]any{"data": task}}
}
