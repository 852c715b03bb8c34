package catalogue

import (
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

func TestAsana(t *testing.T) {
	v := meet(t, "ASANA", credential, vendortest.Asana(t, credential))
	created := v.wants(201, "createTask", map[string]any{
		"data.name": "Write \"it\" up", "data.notes": "All\nof it", "data.projects": []string{"web site", "Office"}, "data.assignee": "anna", "data.due_on": "2026-03-01",
		"data.start_on": "2026-02-20", "data.tags": []string{"Urgent"}, "data.followers": []string{"Greg Sanchez", "anna@example.com"},
	})
	v.same("Write \"it\" up", at(created, "data", "name"))
	v.same(map[string]any{
		"name": "Write \"it\" up", "notes": "All\nof it", "projects": []any{"1000501", "1000502"}, "assignee": "1014642", "due_on": "2026-03-01", "start_on": "2026-02-20",
		"tags": []any{"1000701"}, "followers": []any{"1014641", "1014642"},
	}, v.last("task", "name", "notes", "projects", "assignee", "due_on", "start_on", "tags", "followers", "workspace"))
	first := v.last("task", "gid")["gid"]
	v.wants(201, "createTask", map[string]any{"data.name": "Alone", "data.workspace": "acme", "data.projects": []string{"1000501"}, "data.assignee": "me"})
	v.same(map[string]any{"workspace": "1000331", "assignee": "me"}, v.last("task", "workspace", "assignee"))
	v.wants(201, "createTask", map[string]any{"data.name": "A part", "data.parent": first, "data.due_at": "2026-03-01T09:00:00Z"})

	v.same([]any{"You should specify one of workspace, parent, projects"}, each(at(v.wants(400, "createTask", map[string]any{"data.name": "x"}), "errors"), "message"))
	v.same([]any{"You may only provide one of due_on or due_at!"}, each(at(v.wants(400, "createTask", map[string]any{
		"data.name": "x", "data.workspace": "Acme", "data.due_on": "2026-03-01", "data.due_at": "2026-03-01T09:00:00Z"}), "errors"), "message"))
	v.fails("createTask", map[string]any{"data.name": "x", "data.projects": []string{"Old web site"}}, "there is Web site, Office, Garden") // archived
	v.fails("createTask", map[string]any{"data.name": "x", "data.workspace": "Acme", "data.projects": []string{"Garden"}}, "there is Web site, Office")
	v.fails("createTask", map[string]any{"data.workspace": "Acme"}, "name")
	v.fails("createTask", map[string]any{"data.name": "x", "data.workspace": "Acme", "data.due_on": "Friday"}, "due_on")

	v.wants(200, "updateTask", map[string]any{"task_gid": first, "data.completed": true, "data.assignee": "greg"})
	v.same(map[string]any{"completed": true, "assignee": "1014641", "name": "Write \"it\" up"}, pick(v.server.Records("task")[0], "completed", "assignee", "name"))
	v.same([]any{"task: Unknown object: 99"}, each(at(v.wants(404, "updateTask", map[string]any{"task_gid": "99", "data.completed": true}), "errors"), "message"))
	v.fails("updateTask", map[string]any{"task_gid": first, "data.assignee": "Nobody"}, "there is Greg Sanchez, Anna Berg")
	v.fails("updateTask", map[string]any{"data.completed": true}, "task_gid")
}

// pick is a record without members that are not asked for.
func pick(r vendortest.Record, members ...string) map[string]any {
	out := map[string]any{}
	for _, name := range members {
		out[name] = r[name]
	}
	return out
}
