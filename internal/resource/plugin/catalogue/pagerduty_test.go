package catalogue

import (
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

func TestPagerDuty(t *testing.T) {
	v := meet(t, "PAGERDUTY_ADVANCE", credential, vendortest.PagerDuty(t, credential))
	for _, c := range []struct {
		arguments map[string]any
		want      []any
	}{
		{map[string]any{}, []any{"Mail is down", "Mail is slow"}}, // opened last, first
		{map[string]any{"statuses[]": []string{"triggered", "acknowledged"}}, []any{"Mail is down"}},
		{map[string]any{"urgencies[]": []string{"low"}, "service_ids[]": "mail"}, []any{"Mail is slow"}},
		{map[string]any{"team_ids[]": "Engineering", "user_ids[]": "tim wright"}, []any{"Mail is down", "Mail is slow"}},
		{map[string]any{"since": "2026-02-01T00:00:00Z", "until": "2026-03-01T00:00:00+01:00"}, []any{"Mail is down"}},
		{map[string]any{"service_ids[]": "PSERV99"}, []any{}}, // an id is taken as it is
		{map[string]any{"limit": 1}, []any{"Mail is down"}},
	} {
		v.same(c.want, each(at(v.wants(200, "getIncidents", c.arguments), "incidents"), "title"))
	}
	v.fails("getIncidents", map[string]any{"statuses[]": []string{"open"}}, "statuses")
	v.fails("getIncidents", map[string]any{"service_ids[]": "web"}, "nothing of that name")
	v.fails("getIncidents", map[string]any{"since": "yesterday"}, "since")

	for operation, read := range map[string][]any{
		"getSimilarIncidents": {"past_incidents", 0, "incident", "title"},
		"getRootCause":        {"outlier_incident", "incident", "occurrence", "category"},
		"getCustomerImpact":   {"services", 0, "name"},
	} {
		want := map[string]any{"getSimilarIncidents": "Mail is slow", "getRootCause": "rare", "getCustomerImpact": "Web shop"}[operation]
		v.same(want, at(v.wants(200, operation, map[string]any{"id": "1234"}), read...))
		v.same(want, at(v.wants(200, operation, map[string]any{"id": "PINCID1"}), read...))
	}
	changes := v.wants(200, "findRecentChanges", map[string]any{"since": "2026-02-01T00:00:00Z", "team_ids[]": "engineering"})
	v.same([]any{"Deployed mail 2.1"}, each(at(changes, "change_events"), "summary"))
	v.same([]any{}, each(at(v.wants(200, "findRecentChanges", map[string]any{"until": "2026-02-01T00:00:00Z"}), "change_events")))
	for _, arguments := range []map[string]any{{}, {"escalation_policy_ids[]": "Engineering Escalation"}, {"schedule_ids[]": "daily", "user_ids[]": "Tim Wright"}} {
		v.same([]any{"Tim Wright"}, each(at(v.wants(200, "getOnCalls", arguments), "oncalls"), "user", "summary"))
	}
	v.pagerDutyWrites()
}

func (v *vendor) pagerDutyWrites() {
	v.t.Helper()
	const from = "tim@example.com"
	updated := v.wants(200, "updateIncident", map[string]any{"id": "1234", "From": from, "incident.status": "acknowledged", "incident.urgency": "low",
		"incident.priority": "P1", "incident.title": "Mail is down in Berlin", "incident.escalation_level": 2})
	v.same("Mail is down in Berlin", at(updated, "incident", "title"))
	v.same(map[string]any{"id": "PINCID1", "status": "acknowledged", "urgency": "low", "priority": "P1", "title": "Mail is down in Berlin", "escalation_level": 2.0},
		v.last("incident", "id", "status", "urgency", "priority", "title", "escalation_level"))
	v.wants(200, "updateIncident", map[string]any{"id": "PINCID1", "From": from, "incident.status": "resolved", "incident.resolution": "Restarted."})
	v.same("resolved", v.last("incident", "status")["status"])

	v.wants(200, "createStatusUpdate", map[string]any{"id": "1234", "From": from, "message": "We are on it."})
	v.same(map[string]any{"incident": "PINCID1", "message": "We are on it.", "from": from}, v.last("status_update", "incident", "message", "from"))

	stranger := map[string]any{"id": "1234", "From": "stranger@example.com", "incident.status": "resolved", "message": "x"}
	v.same([]any{"Requester User Not Found"}, at(v.wants(400, "updateIncident", without(stranger, "message")), "error", "errors"))
	v.same(2001.0, at(v.wants(400, "createStatusUpdate", without(stranger, "incident.status")), "error", "code"))
	v.wants(400, "createStatusUpdate", map[string]any{"id": "1234", "From": from, "message": "x", "subject": "without text"})
	v.fails("createStatusUpdate", map[string]any{"id": "1234", "message": "x"}, "From")
	v.fails("updateIncident", map[string]any{"id": "1234", "From": from, "incident.status": "closed"}, "incident.status")
	v.fails("updateIncident", map[string]any{"id": "99", "From": from, "incident.status": "resolved"}, "incident")
}

func without(arguments map[string]any, key string) map[string]any {
	out := map[string]any{}
	for k, value := range arguments {
		if k != key {
			out[k] = value
		}
	}
	return out
}
