package catalogue

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

func TestServiceNow(t *testing.T) {
	v := meet(t, "SERVICENOW_NOW_PLATFORM", credential, vendortest.ServiceNow(t, credential))
	created := v.wants(201, "createIncident", map[string]any{
		"short_description": "The mail server is down", "description": "Nobody gets mail since 8:00; it's \"urgent\".", "urgency": "1 - High", "impact": "2 - Medium",
		"category": "Network", "caller_id": "abel.tuter@example.com", "assignment_group": "network", "assigned_to": "Beth", "cmdb_ci": "mail-01",
	})
	v.same(map[string]any{
		"short_description": "The mail server is down", "description": "Nobody gets mail since 8:00; it's \"urgent\".", "urgency": "1", "impact": "2", "priority": "2",
		"category": "Network", "caller_id": v.server.Records("sys_user")[0]["sys_id"], "assigned_to": v.server.Records("sys_user")[1]["sys_id"],
		"assignment_group": v.server.Records("sys_user_group")[0]["sys_id"], "cmdb_ci": v.server.Records("cmdb_ci")[0]["sys_id"], "state": "1",
	}, v.last("incident", "short_description", "description", "urgency", "impact", "priority", "category", "caller_id", "assigned_to", "assignment_group", "cmdb_ci", "state"))
	v.same([]any{"INC0010001", "Abel Tuter", "New", "2 - High"}, []any{
		at(created, "result", "number"), at(created, "result", "caller_id"), at(created, "result", "state"), at(created, "result", "priority"),
	})
	v.wants(201, "createIncident", map[string]any{"short_description": "A mouse is needed", "urgency": "3 - Low"})

	v.readsIncidents()
	v.wants(200, "updateIncident", map[string]any{"sys_id": "INC0010001", "state": "In Progress", "work_notes": "Looking at it.", "assigned_to": "Beth Anglin"})
	v.same([]string{"2", "Looking at it."}, []string{v.server.Records("incident")[0]["state"].(string), v.server.Records("incident")[0]["work_notes"].(string)})
	v.wants(403, "updateIncident", map[string]any{"sys_id": "INC0010001", "state": "Resolved"}) // the data policy
	v.wants(200, "updateIncident", map[string]any{"sys_id": "INC0010001", "state": "Resolved", "close_code": "Solution provided", "close_notes": "Restarted."})
	v.same("6", v.server.Records("incident")[0]["state"])

	v.wants(204, "deleteIncident", map[string]any{"sys_id": "INC0010002"})
	v.same(1, len(v.server.Records("incident")))
	gone := strings.Repeat("0", 31) + "2" // an id is taken as it is
	v.same("No Record found", at(v.wants(404, "deleteIncident", map[string]any{"sys_id": gone}), "error", "message"))
	v.fails("deleteIncident", map[string]any{"sys_id": "INC0099999"}, "nothing of that name")
	v.fails("createIncident", map[string]any{"short_description": "x", "assignment_group": "Nobody's"}, "nothing of that name")
	v.fails("createIncident", map[string]any{"short_description": "x", "urgency": "very"}, "urgency")
	v.fails("createIncident", map[string]any{"description": "no line"}, "short_description")

	v.changes()
	v.authorization = "Bearer another"
	v.wants(401, "createIncident", map[string]any{"short_description": "x"})
}

func (v *vendor) readsIncidents() {
	v.t.Helper()
	for _, c := range []struct {
		arguments map[string]any
		want      []any
	}{
		{map[string]any{}, []any{"INC0010002", "INC0010001"}}, // changed last, first
		{map[string]any{"number": "INC0010001"}, []any{"INC0010001"}},
		{map[string]any{"text": "mail server"}, []any{"INC0010001"}},
		{map[string]any{"open": true, "assignment_group": "network"}, []any{"INC0010001"}},
		{map[string]any{"caller": "Tuter", "state": "1", "priority": "2", "assigned_to": "Beth Anglin"}, []any{"INC0010001"}},
		{map[string]any{"open": false}, []any{}},
		{map[string]any{"text": "mouse", "sysparm_limit": 1}, []any{"INC0010002"}},
	} {
		v.same(c.want, each(at(v.wants(200, "readIncident", c.arguments), "result"), "number"))
	}
	v.fails("readIncident", map[string]any{"text": "x^active=true"}, "^")
	v.fails("readIncident", map[string]any{"caller": "javascript:gs.getUserID()"}, "caller")
}

func (v *vendor) changes() {
	v.t.Helper()
	created := v.wants(200, "createChangeRequest", map[string]any{
		"short_description": "Patch the mail server", "type": "emergency", "risk": "3", "impact": "2", "justification": "CVE", "assignment_group": "Network",
		"assigned_to": "beth.anglin", "cmdb_ci": "mail-01", "start_date": "2026-03-14 22:00:00", "end_date": "2026-03-14 23:30:00", "backout_plan": "Restore.",
	})
	v.same("CHG0030003", at(created, "result", "number", "value"))
	v.same(map[string]any{
		"short_description": "Patch the mail server", "type": "emergency", "risk": "3", "impact": "2", "assignment_group": v.server.Records("sys_user_group")[0]["sys_id"],
		"assigned_to": v.server.Records("sys_user")[1]["sys_id"], "cmdb_ci": v.server.Records("cmdb_ci")[0]["sys_id"], "start_date": "2026-03-14 22:00:00", "state": "-5",
	}, v.last("change_request", "short_description", "type", "risk", "impact", "assignment_group", "assigned_to", "cmdb_ci", "start_date", "state"))
	v.wants(200, "createChangeRequest", map[string]any{"short_description": "Clean up"})
	v.same("normal", v.last("change_request", "type")["type"])

	for _, arguments := range []map[string]any{{"number": "CHG0030003"}, {"text": "patch", "type": "emergency", "state": "-5"}, {"assigned_to": "Beth", "assignment_group": "Net"}} {
		v.same([]any{"Patch the mail server"}, each(at(v.wants(200, "readChangeRequest", arguments), "result"), "short_description", "value"))
	}
	v.wants(200, "updateChangeRequest", map[string]any{"sys_id": "CHG0030003", "state": "scheduled", "work_notes": "Approved."})
	v.same("-2", v.server.Records("change_request")[0]["state"])
	v.wants(400, "updateChangeRequest", map[string]any{"sys_id": "CHG0030003", "state": "closed"})
	v.wants(200, "updateChangeRequest", map[string]any{"sys_id": "CHG0030003", "state": "closed", "close_code": "successful", "close_notes": "All well."})
	v.same("3", v.server.Records("change_request")[0]["state"])
	v.fails("createChangeRequest", map[string]any{"short_description": "x", "start_date": "tomorrow"}, "start_date")
	v.fails("createChangeRequest", map[string]any{"short_description": "x", "risk": "9"}, "risk")
	v.same([]string{`"2" "High"`, `"3" "Moderate"`, `"4" "Low"`}, v.choices("createChangeRequest", "risk"))

	v.wants(200, "deleteChangeRequest", map[string]any{"sys_id": "CHG0030004"})
	v.same(1, len(v.server.Records("change_request")))
	v.wants(404, "deleteChangeRequest", map[string]any{"sys_id": strings.Repeat("f", 32)})
	token := v.authorization
	v.authorization = "Bearer another"
	v.wants(401, "createChangeRequest", map[string]any{"short_description": "x"})
	v.authorization = token
}

func TestServiceNowOfTheFirstGeneration(t *testing.T) {
	const basic = "Basic YWRtaW46c2VjcmV0"
	v := meet(t, "SERVICE_NOW", basic, vendortest.ServiceNow(t, basic))
	created := v.wants(201, "createIncident", map[string]any{"short_description": "No wifi", "urgency": "2 - Medium", "caller_id": "Abel Tuter", "assignment_group": "Service Desk"})
	v.same("INC0010001", at(created, "result", "number"))
	v.same(map[string]any{
		"short_description": "No wifi", "urgency": "2", "caller_id": v.server.Records("sys_user")[0]["sys_id"], "assignment_group": v.server.Records("sys_user_group")[1]["sys_id"],
	}, v.last("incident", "short_description", "urgency", "caller_id", "assignment_group"))
	v.fails("createIncident", map[string]any{"short_description": "x", "urgency": "1"}, "urgency")
	v.authorization = "Basic d3Jvbmc6cGFpcg=="
	v.same("User Not Authenticated", at(v.wants(401, "createIncident", map[string]any{"short_description": "x"}), "error", "message"))
}
