package vendortest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The agile part of Jira: boards and sprints.

func listBoards(s *Server, r *request) answer {
	q := r.URL.Query()
	if _, refusal := counted(q, "maxResults", 50, 50); refusal != "" {
		return jiraFailure(http.StatusBadRequest, refusal, nil)
	}
	values := []any{}
	for _, b := range s.records["board"] {
		if strings.Contains(strings.ToLower(b["name"].(string)), strings.ToLower(q.Get("name"))) {
			values = append(values, b)
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"maxResults": 50, "startAt": 0, "isLast": true, "values": values}}
}

// numbered finds the board or sprint that the path names.
func (s *Server) numbered(kind string, r *request) (Record, *answer) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		a := answer{status: http.StatusNotFound, body: map[string]any{"message": "null for uri: " + r.URL.Path, "status-code": 404}}
		return nil, &a
	}
	if record := s.find(kind, "id", id); record != nil {
		return record, nil
	}
	a := jiraFailure(http.StatusNotFound, map[string]string{
		"board":  "The requested board cannot be viewed because it either does not exist or you do not have permission to view it.",
		"sprint": "Sprint does not exist.",
	}[kind], nil)
	return nil, &a
}

func listSprints(s *Server, r *request) answer {
	board, refusal := s.numbered("board", r)
	if refusal != nil {
		return *refusal
	}
	if board["type"] == "kanban" {
		return jiraFailure(http.StatusBadRequest, "The board does not support sprints", nil)
	}
	states := []string{"future", "active", "closed"}
	if asked := r.URL.Query().Get("state"); asked != "" {
		for state := range strings.SplitSeq(asked, ",") {
			if !slices.Contains(states, state) {
				return jiraFailure(http.StatusBadRequest, "Invalid sprint state: "+state, nil)
			}
		}
		states = strings.Split(asked, ",")
	}
	values := []any{}
	for _, sprint := range s.records["sprint"] {
		if sprint["originBoardId"] == board["id"] && slices.Contains(states, sprint["state"].(string)) {
			values = append(values, sprint)
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"maxResults": 50, "startAt": 0, "isLast": true, "values": values}}
}

var sprintShape = shape{
	"name":          {kind: "string", required: true, max: 30},
	"originBoardId": {kind: "integer", required: true},
	"startDate":     {kind: "date-time"},
	"endDate":       {kind: "date-time"},
	"goal":          {kind: "string"},
}

func createSprint(s *Server, r *request) answer {
	errors := map[string]any{}
	for _, p := range sprintShape.problems(r.body) {
		errors[p.path] = p.say
		if p.what == tooLong {
			errors[p.path] = fmt.Sprintf("The sprint name must be no longer than %d characters.", sprintShape["name"].max)
		}
	}
	if len(errors) > 0 {
		return jiraFailure(http.StatusBadRequest, "", errors)
	}
	board := s.find("board", "id", int(r.body["originBoardId"].(float64)))
	if board == nil {
		return jiraFailure(http.StatusBadRequest, "", map[string]any{"originBoardId": "Board does not exist."})
	}
	sprint := Record{"id": 100 + s.serial(), "state": "future"}
	maps.Copy(sprint, r.body)
	sprint["originBoardId"] = board["id"]
	s.add("sprint", sprint)
	return answer{status: http.StatusCreated, body: sprint}
}

func readSprint(s *Server, r *request) answer {
	sprint, refusal := s.numbered("sprint", r)
	if refusal != nil {
		return *refusal
	}
	return answer{status: http.StatusOK, body: sprint}
}

func deleteSprint(s *Server, r *request) answer {
	sprint, refusal := s.numbered("sprint", r)
	if refusal != nil {
		return *refusal
	}
	s.remove("sprint", "id", sprint["id"])
	return answer{status: http.StatusNoContent}
}

var moveShape = shape{
	"issues": {kind: "strings", required: true}, "rankBeforeIssue": {kind: "string"}, "rankAfterIssue": {kind: "string"}, "rankCustomFieldId": {kind: "integer"},
}

func moveToSprint(s *Server, r *request) answer {
	sprint, refusal := s.numbered("sprint", r)
	if refusal != nil {
		return *refusal
	}
	if found := moveShape.problems(r.body); len(found) > 0 {
		return jiraFailure(http.StatusBadRequest, "", map[string]any{found[0].path: found[0].say})
	}
	keys := r.body["issues"].([]any)
	if sprint["state"] == "closed" || len(keys) > 50 {
		return jiraFailure(http.StatusBadRequest, "Issues can be moved to open or active sprints only, at most 50 at once.", nil)
	}
	for _, key := range keys {
		issue := s.find("issue", "key", key)
		if issue == nil {
			return jiraFailure(http.StatusBadRequest, fmt.Sprintf("Issue '%v' does not exist or you do not have permission to see it.", key), nil)
		}
		issue["fields"].(map[string]any)["sprint"] = map[string]any{"id": sprint["id"], "name": sprint["name"]}
	}
	return answer{status: http.StatusNoContent}
}
