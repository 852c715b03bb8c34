package catalogue

import (
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

// The account ids of the stand-in's people.
const (
	jane = "5b10a2844c20165700ede21a"
	john = "5b10ac8d82e05b22cc7d4ef5"
)

func TestJira(t *testing.T) {
	v := meet(t, "JIRA_CLOUD", credential, vendortest.Jira(t, credential))
	v.issues()
	v.jiraQueries()
	v.statuses()
	v.sprints()
}

func (v *vendor) issues() {
	v.t.Helper()
	created := v.wants(201, "createIssue", map[string]any{
		"fields.project.key": "operations", "fields.issuetype.name": "Bug", "fields.summary": "The \"printer\" burns", "fields.description": "In room 5.\nCome!",
		"fields.priority.name": "High", "fields.assignee.id": john, "fields.labels": []string{"printer", "fire"}, "fields.duedate": "2026-03-01",
	})
	v.same("OPS-1", at(created, "key"))
	v.same(map[string]any{"sent": map[string]any{
		"project": map[string]any{"key": "OPS"}, "issuetype": map[string]any{"name": "Bug"}, "summary": "The \"printer\" burns", "description": "In room 5.\nCome!",
		"priority": map[string]any{"name": "High"}, "assignee": map[string]any{"id": john}, "labels": []any{"printer", "fire"}, "duedate": "2026-03-01",
	}}, v.last("issue", "sent"))
	task := map[string]any{"fields.project.key": "OPS", "fields.issuetype.name": "Task", "fields.summary": "Buy toner", "fields.assignee.id": "john"}
	v.wants(201, "createIssue", task) // John has an issue of the project by now
	v.same(map[string]any{"id": john}, at(v.last("issue", "sent")["sent"], "assignee"))
	v.wants(201, "createIssue", map[string]any{"fields.project.key": "OPS", "fields.issuetype.name": "Task", "fields.summary": "Ask three shops",
		"fields.parent.key": "OPS-2", "fields.assignee.id": jane})

	v.fails("createIssue", map[string]any{"fields.project.key": "Moon", "fields.issuetype.name": "Task", "fields.summary": "x"}, "nothing of that name")
	v.fails("createIssue", map[string]any{"fields.project.key": "OPS", "fields.issuetype.name": "Task", "fields.summary": "x", "fields.assignee.id": "Ann"}, "there is John Doe")
	v.fails("createIssue", map[string]any{"fields.project.key": "OPS", "fields.issuetype.name": "Task"}, "summary")
	v.same(map[string]any{"issuetype": "Specify a valid issue type"}, at(v.wants(400, "createIssue",
		map[string]any{"fields.project.key": "OPS", "fields.issuetype.name": "Wish", "fields.summary": "x"}), "errors"))

	read := v.wants(200, "readIssue", map[string]any{"issueIdOrKey": "OPS-1"})
	v.same([]any{"The \"printer\" burns", "To Do", "John Doe"}, []any{at(read, "fields", "summary"), at(read, "fields", "status", "name"), at(read, "fields", "assignee", "displayName")})
	v.wants(404, "readIssue", map[string]any{"issueIdOrKey": "OPS-99"})
}

func (v *vendor) jiraQueries() {
	v.t.Helper()
	for _, c := range []struct {
		arguments map[string]any
		want      []any
	}{
		{map[string]any{}, []any{"OPS-1", "OPS-2", "OPS-3"}},
		{map[string]any{"project": "OPS", "text": "burns"}, []any{"OPS-1"}},
		{map[string]any{"project": "Operations", "issue_type": "Task", "status": "to do"}, []any{"OPS-2", "OPS-3"}},
		{map[string]any{"assignee": "John Doe", "priority": "High"}, []any{"OPS-1"}},
		{map[string]any{"mine": true, "open": true}, []any{"OPS-3"}},
		{map[string]any{"mine": false, "labels": []string{"fire", "water"}}, []any{"OPS-1"}},
		{map[string]any{"due_until": "2026-03-31", "created_since": "2026-01-01"}, []any{"OPS-1"}},
		{map[string]any{"text": `" OR project = "OPS`}, []any{}},
		{map[string]any{"text": `a\`}, []any{}},
	} {
		v.same(c.want, each(at(v.wants(200, "searchIssues", c.arguments), "issues"), "key"))
	}
	v.same("John Doe", at(v.wants(200, "searchIssues", map[string]any{"text": "printer"}), "issues", 0, "fields", "assignee", "displayName"))
	v.same([]any{"The value 'Moon' does not exist for the field 'project'."}, at(v.wants(400, "searchIssues", map[string]any{"project": "Moon"}), "errorMessages"))
	v.fails("searchIssues", map[string]any{"due_until": "soon"}, "due_until")
}

func (v *vendor) statuses() {
	v.t.Helper()
	status := func() any {
		return at(v.wants(200, "readIssue", map[string]any{"issueIdOrKey": "OPS-1"}), "fields", "status", "name")
	}
	for _, c := range [][2]string{{"in progress", "In Progress"}, {"Finish", "Done"}, {"11", "To Do"}, {"done", "Done"}} { // by status, transition and id
		v.wants(204, "changeIssueStatus", map[string]any{"issueIdOrKey": "OPS-1", "transition.id": c[0]})
		v.same(c[1], status())
	}
	v.fails("changeIssueStatus", map[string]any{"issueIdOrKey": "OPS-1", "transition.id": "Parked"}, "there is To Do, In Progress")
	v.fails("changeIssueStatus", map[string]any{"issueIdOrKey": "OPS-1"}, "transition.id")
	// An id that was good when it was looked up, and is no longer.
	raw := v.send(v.action("changeIssueStatus"), args(v.t, map[string]any{"issueIdOrKey": "OPS-1", "transition.id": "31"}))
	v.contains(raw, "Transition id '31' is not valid for this issue.")

	v.wants(400, "deleteIssue", map[string]any{"issueIdOrKey": "OPS-2"})
	v.wants(204, "deleteIssue", map[string]any{"issueIdOrKey": "OPS-2", "deleteSubtasks": "true"})
	v.wants(404, "deleteIssue", map[string]any{"issueIdOrKey": "OPS-3"})
	v.same(1, len(v.server.Records("issue")))
}

func (v *vendor) sprints() {
	v.t.Helper()
	v.same("Ship it", at(v.wants(200, "readSprint", map[string]any{"boardId": "OPS board", "sprintId": "sprint 1"}), "goal"))
	v.same("Sprint 2", at(v.wants(200, "readSprint", map[string]any{"boardId": "4", "sprintId": "38"}), "name"))
	v.fails("readSprint", map[string]any{"boardId": "ops", "sprintId": "Sprint 9"}, "there is Done long ago, Sprint 1, Sprint 2")
	v.fails("readSprint", map[string]any{"sprintId": "Sprint 1"}, "boardId")

	created := v.wants(201, "createSprint", map[string]any{"originBoardId": "ops board", "name": "Sprint 3", "goal": "More", "startDate": "2026-03-02T09:00:00+01:00",
		"endDate": "2026-03-16T09:00:00+01:00"})
	v.same(map[string]any{"name": "Sprint 3", "goal": "More", "originBoardId": 4, "state": "future", "startDate": "2026-03-02T09:00:00+01:00"},
		v.last("sprint", "name", "goal", "originBoardId", "state", "startDate"))
	v.same("Sprint 3", at(created, "name"))
	v.wants(400, "createSprint", map[string]any{"originBoardId": "ops board", "name": "A name that is longer than Jira takes"})
	v.fails("createSprint", map[string]any{"originBoardId": "ops board", "name": "x", "startDate": "Monday"}, "startDate")
	v.fails("createSprint", map[string]any{"originBoardId": "Moon", "name": "x"}, "nothing of that name")

	v.wants(204, "moveIssuesToSprint", map[string]any{"boardId": "OPS board", "sprintId": "Sprint 3", "issues": []string{"OPS-1"}})
	v.same([]any{"OPS-1"}, each(at(v.wants(200, "searchIssues", map[string]any{"labels": []string{"fire"}}), "issues"), "key"))
	v.same([]any{"Issues can be moved to open or active sprints only, at most 50 at once."},
		at(v.wants(400, "moveIssuesToSprint", map[string]any{"boardId": "OPS board", "sprintId": "Done long ago", "issues": []string{"OPS-1"}}), "errorMessages"))
	v.wants(400, "moveIssuesToSprint", map[string]any{"boardId": "OPS board", "sprintId": "Sprint 1", "issues": []string{"OPS-99"}})
	v.fails("moveIssuesToSprint", map[string]any{"boardId": "OPS board", "sprintId": "Sprint 1", "issues": []string{}}, "issues")

	v.wants(204, "deleteSprint", map[string]any{"boardId": "OPS board", "sprintId": "Sprint 3"})
	v.wants(404, "deleteSprint", map[string]any{"boardId": "OPS board", "sprintId": "999"})
}
