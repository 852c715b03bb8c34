package openapi

import "testing"

func TestInstruction(t *testing.T) {
	for _, c := range []struct{ name, method, title, want string }{
		{"Create task", "POST", "Jira", "Create a task in Jira"},
		{"Create Jira task", "POST", "Jira Cloud platform REST API", "Create Jira task in Jira Cloud"},
		{"Create issue", "POST", "Jira", "Create an issue in Jira"},
		{"Creates a task.", "POST", "Task Tracker API v2.1", "Create a task. in Task Tracker"},
		{"List tasks", "GET", "", "List tasks"},
		{"Update Ticket", "PUT", "Zendesk", "Update the ticket in Zendesk"},
		{"Search Confluence", "GET", "Confluence", "Search Confluence"},
		{"Task details", "GET", "Tracker", "Show task details in Tracker"},
		{"SLA report", "GET", "Tracker", "Show SLA report in Tracker"},
		{"New order", "POST", "Shop", "Submit new order in Shop"},
		{"Get pet by ID", "GET", "Swagger Petstore - OpenAPI 3.0", "Get pet by ID in Swagger Petstore"},
		{"POST /a/b", "POST", "", "Use the plugin to call POST /a/b"},
		{"POST /a/b", "POST", "Shop", "Use Shop to call POST /a/b"},
	} {
		if got := instruction(c.name, c.method, c.title); got != c.want {
			t.Errorf("instruction(%q, %q, %q) = %q, want %q", c.name, c.method, c.title, got, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	for id, want := range map[string]string{
		"getTaskByID":     "Get task by ID",
		"get_task_by_id":  "Get task by id",
		"tasks.list-all":  "Tasks list all",
		"HTTPServerStart": "HTTP server start",
		"addÄpfel2":       "Add äpfel2",
		"":                "",
		"--":              "",
	} {
		if got := words(id); got != want {
			t.Errorf("words(%q) = %q, want %q", id, got, want)
		}
	}
}

func TestDerivedID(t *testing.T) {
	for _, c := range []struct{ method, path, want string }{
		{"GET", "/tasks", "getTasks"},
		{"GET", "/tasks/{taskId}", "getTasksByTaskId"},
		{"POST", "/", "post"},
		{"PUT", "/api/v2/tickets/{ticket_id}.json", "putApiV2TicketsByTicket_idJson"},
		{"GET", "/äöü/ÿ", "get"},
	} {
		if got := derivedID(c.method, c.path); got != c.want {
			t.Errorf("derivedID(%q, %q) = %q, want %q", c.method, c.path, got, c.want)
		}
	}
}

// Which operation keeps an id that several claim does not depend on the order
// in which the document lists them.
func TestRepeatedIDsAreStable(t *testing.T) {
	one := "  /a:\n    get: {operationId: x, description: d, responses: {}}\n"
	two := "  /b:\n    get: {operationId: x, description: d, responses: {}}\n"
	for _, src := range []string{head + "paths:\n" + one + two, head + "paths:\n" + two + one} {
		got := map[string]string{}
		for _, a := range understood(t, []byte(src)).Actions {
			got[a.Path] = a.OperationID
		}
		if got["/a"] != "x" || got["/b"] != "x_getB" {
			t.Errorf("%v", got)
		}
	}
}

func TestDisplayNames(t *testing.T) {
	for rest, want := range map[string]string{
		"      operationId: doIt\n      summary: Do it now.\n      x-amzn-operation-action-name: Do It\n": "Do It",
		"      operationId: doIt\n      summary: Do  it\n":                                                "Do it",
		"      operationId: doItNow\n":                                                                    "Do it now",
		"":                                                                                                "GET /a",
	} {
		if got := understood(t, []byte(op("get", "/a", rest))).Actions[0].Name; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
