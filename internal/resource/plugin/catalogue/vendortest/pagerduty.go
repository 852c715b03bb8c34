package vendortest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// PagerDuty is an account's REST API, version 2, for incidents, changes and who
// is on call. It is written from the API's own OpenAPI description (REST API,
// repository PagerDuty/api-schema) and the page "Errors" of its developer
// documentation.
//
// It has the service Mail (PSERV01), the team Engineering (PTEAM01), the user
// Tim Wright (PUSER01, tim@example.com), the schedule Daily (PSCHED1), the
// policy Engineering Escalation (PESCAL1) and, of the past, the incidents 1234
// (PINCID1, triggered) and 1200 (PINCID0, resolved). Records are kept as
// "incident", "status_update" and "change_event".
func PagerDuty(t testing.TB, authorization string) *Server {
	t.Helper()
	routes := map[string]operation{
		"GET /incidents":                                listIncidents,
		"GET /incidents/{id}":                           oneIncident(showIncident),
		"PUT /incidents/{id}":                           oneIncident(changeIncident),
		"GET /incidents/{id}/past_incidents":            oneIncident(pastIncidents),
		"GET /incidents/{id}/outlier_incident":          oneIncident(outlierIncident),
		"POST /incidents/{id}/status_updates":           oneIncident(postStatusUpdate),
		"GET /incidents/{id}/business_services/impacts": oneIncident(impacts),
		"GET /change_events":                            listChangeEvents,
		"GET /oncalls":                                  listOnCalls,
	}
	for _, kind := range []string{"services", "teams", "users", "schedules", "escalation_policies"} {
		routes["GET /"+kind] = func(s *Server, r *request) answer { return s.named(kind, r) }
	}
	s := start(t, authorization, pagerDutyDialect(), routes)
	s.Add("services", Record{"id": "PSERV01", "name": "Mail"})
	s.Add("teams", Record{"id": "PTEAM01", "name": "Engineering"})
	s.Add("users", Record{"id": "PUSER01", "name": "Tim Wright", "email": "tim@example.com"})
	s.Add("schedules", Record{"id": "PSCHED1", "name": "Daily"})
	s.Add("escalation_policies", Record{"id": "PESCAL1", "name": "Engineering Escalation"})
	s.Add("incident", Record{"id": "PINCID0", "incident_number": 1200, "title": "Mail is slow", "status": "resolved", "urgency": "low",
		"created_at": "2026-01-10T08:00:00Z", "service": "PSERV01", "team": "PTEAM01", "user": "PUSER01"})
	s.Add("incident", Record{"id": "PINCID1", "incident_number": 1234, "title": "Mail is down", "status": "triggered", "urgency": "high",
		"created_at": "2026-02-10T08:00:00Z", "service": "PSERV01", "team": "PTEAM01", "user": "PUSER01"})
	s.Add("change_event", Record{"id": "01BBYA6PEVW6A852BUO6QYUE7O", "summary": "Deployed mail 2.1", "timestamp": "2026-02-10T07:42:58Z", "source": "pipeline", "team": "PTEAM01"})
	return s
}

const pagerDutyVersion = "application/vnd.pagerduty+json;version=2"

func pagerDutyDialect() dialect {
	return dialect{
		unauthorized: pagerDutyFailure(http.StatusUnauthorized, "Unauthorized", 2006),
		unknown:      pagerDutyFailure(http.StatusNotFound, "Not Found", 2100),
		unreadable:   invalidInput("Request body is not valid JSON"),
		check: func(r *request) *answer {
			if !slices.ContainsFunc(strings.Split(r.Header.Get("Accept"), ","), func(part string) bool {
				return strings.ReplaceAll(strings.TrimSpace(part), " ", "") == pagerDutyVersion
			}) {
				a := pagerDutyFailure(http.StatusNotAcceptable, "Not Acceptable: the Accept header names no version of the API", 2000)
				return &a
			}
			return r.wantsJSON(pagerDutyFailure(http.StatusUnsupportedMediaType, "Unsupported Media Type", 2000))
		},
	}
}

func pagerDutyFailure(status int, message string, code int, errors ...string) answer {
	failure := map[string]any{"message": message, "code": code}
	if len(errors) > 0 {
		failure["errors"] = errors
	}
	return answer{status: status, body: map[string]any{"error": failure}}
}

func invalidInput(errors ...string) answer {
	return pagerDutyFailure(http.StatusBadRequest, "Invalid Input Provided", 2001, errors...)
}

// A queryRule is what a query parameter takes.
type queryRule struct {
	kind string // word, words (a name that ends in [] and may be repeated), count, moment, flag
	enum []string
}

// strayQuery says what is wrong with a query: PagerDuty refuses a value that is
// not of its parameter's kind. Parameters it does not know are ignored, except
// that one which is a list must be called so.
func strayQuery(q url.Values, rules map[string]queryRule) (problems []string) {
	for name, values := range q {
		rule, known := rules[name]
		if _, list := rules[name+"[]"]; list && !known {
			problems = append(problems, name+" is a list: call it "+name+"[]")
		}
		if known && rule.kind != "words" && len(values) > 1 {
			problems = append(problems, name+" is given twice")
		}
		for _, v := range values {
			if known && !rule.takes(v) {
				problems = append(problems, name+" is invalid")
			}
		}
	}
	slices.Sort(problems)
	return problems
}

func (rule queryRule) takes(v string) bool {
	switch rule.kind {
	case "count":
		n, err := strconv.Atoi(v)
		return err == nil && n >= 0 && n <= 100
	case "moment":
		_, err := time.Parse(time.RFC3339, v)
		return err == nil
	case "flag":
		return v == "true" || v == "false"
	}
	return len(rule.enum) == 0 || slices.Contains(rule.enum, v)
}

var paging = map[string]queryRule{"limit": {kind: "count"}, "offset": {kind: "count"}, "total": {kind: "flag"}, "since": {kind: "moment"}, "until": {kind: "moment"}}

func withPaging(rules map[string]queryRule) map[string]queryRule {
	out := maps.Clone(paging)
	maps.Copy(out, rules)
	return out
}

// within says whether a moment of a record is in the query's stretch of time.
func within(q url.Values, moment any) bool {
	at, err := time.Parse(time.RFC3339, fmt.Sprint(moment))
	since, noSince := time.Parse(time.RFC3339, q.Get("since"))
	until, noUntil := time.Parse(time.RFC3339, q.Get("until"))
	return err == nil && (noSince != nil || !at.Before(since)) && (noUntil != nil || at.Before(until))
}

// picked says whether a record's member is among the values of a list in the
// query, or the query has no such list.
func picked(q url.Values, list string, value any) bool {
	return len(q[list]) == 0 || slices.Contains(q[list], fmt.Sprint(value))
}

func firstOf(q url.Values, n int) int {
	if limit, err := strconv.Atoi(q.Get("limit")); err == nil {
		return min(n, limit)
	}
	return min(n, 25)
}

func listIncidents(s *Server, r *request) answer {
	q := r.URL.Query()
	if problems := strayQuery(q, withPaging(map[string]queryRule{
		"statuses[]": {kind: "words", enum: []string{"triggered", "acknowledged", "resolved"}}, "urgencies[]": {kind: "words", enum: []string{"high", "low"}},
		"service_ids[]": {kind: "words"}, "team_ids[]": {kind: "words"}, "user_ids[]": {kind: "words"}, "sort_by": {},
	})); len(problems) > 0 {
		return invalidInput(problems...)
	}
	list := []any{}
	for _, i := range slices.Backward(s.records["incident"]) {
		if picked(q, "statuses[]", i["status"]) && picked(q, "urgencies[]", i["urgency"]) && picked(q, "service_ids[]", i["service"]) &&
			picked(q, "team_ids[]", i["team"]) && picked(q, "user_ids[]", i["user"]) && within(q, i["created_at"]) {
			list = append(list, s.incident(i))
		}
	}
	n := firstOf(q, len(list))
	return answer{status: http.StatusOK, body: map[string]any{"incidents": list[:n], "limit": n, "offset": 0, "more": n < len(list), "total": nil}}
}

// incident is a record as the API returns it, with references in place of ids.
func (s *Server) incident(record Record) map[string]any {
	out := maps.Clone(map[string]any(record))
	delete(out, "team")
	delete(out, "user")
	out["type"] = "incident"
	out["summary"] = fmt.Sprintf("[#%v] %v", record["incident_number"], record["title"])
	out["html_url"] = fmt.Sprintf("https://subdomain.pagerduty.com/incidents/%v", record["id"])
	out["service"] = s.refer("services", "service_reference", record["service"])
	return out
}

func (s *Server) refer(kind, reference string, id any) map[string]any {
	r := s.find(kind, "id", id)
	return map[string]any{"id": id, "type": reference, "summary": r["name"]}
}

// oneIncident runs op on the incident of the path. Reading one takes its number
// too; the other operations take its id only, which is all that is documented.
func oneIncident(op func(s *Server, r *request, incident Record) answer) operation {
	return func(s *Server, r *request) answer {
		id := r.PathValue("id")
		record := s.find("incident", "id", id)
		if number, err := strconv.Atoi(id); err == nil && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/incidents/"+id) {
			record = s.find("incident", "incident_number", number)
		}
		if record == nil {
			return s.dialect.unknown
		}
		return op(s, r, record)
	}
}

func showIncident(s *Server, _ *request, incident Record) answer {
	return answer{status: http.StatusOK, body: map[string]any{"incident": s.incident(incident)}}
}

// from refuses a write whose From header is not the e-mail address of a user.
func (s *Server) from(r *request) *answer {
	if s.find("users", "email", r.Header.Get("From")) != nil {
		return nil
	}
	a := invalidInput("Requester User Not Found")
	return &a
}

var incidentShape = shape{"incident": {kind: "object", required: true, members: shape{
	"type":   {kind: "string", required: true, enum: []string{"incident", "incident_reference"}},
	"status": {kind: "string", enum: []string{"resolved", "acknowledged", "triggered"}}, "priority": {}, "resolution": {kind: "string"}, "title": {kind: "string"},
	"escalation_level": {kind: "integer"}, "assignments": {}, "incident_type": {kind: "object"}, "escalation_policy": {kind: "object"},
	"urgency": {kind: "string", enum: []string{"high", "low"}}, "conference_bridge": {kind: "object"}, "service": {kind: "object"},
}}}

func changeIncident(s *Server, r *request, incident Record) answer {
	if refusal := s.from(r); refusal != nil {
		return *refusal
	}
	var errors []string
	for _, p := range incidentShape.problems(r.body) {
		errors = append(errors, p.say)
	}
	if len(errors) > 0 {
		return invalidInput(errors...)
	}
	for name, value := range r.body["incident"].(map[string]any) {
		if name != "type" {
			incident[name] = value
		}
	}
	return showIncident(s, r, incident)
}

func pastIncidents(s *Server, r *request, incident Record) answer {
	list := []any{}
	for _, i := range s.records["incident"] {
		if i["service"] == incident["service"] && i["id"] != incident["id"] {
			list = append(list, map[string]any{"incident": map[string]any{"id": i["id"], "title": i["title"], "created_at": i["created_at"]}, "score": 46.8})
		}
	}
	limit, err := strconv.Atoi(cmp.Or(r.URL.Query().Get("limit"), "5"))
	if err != nil || limit < 1 || limit > 999 {
		return invalidInput("limit must be from 1 to 999")
	}
	return answer{status: http.StatusOK, body: map[string]any{"past_incidents": list[:min(limit, len(list))], "total": nil, "limit": limit}}
}

func outlierIncident(_ *Server, r *request, incident Record) answer {
	if problems := strayQuery(r.URL.Query(), paging); len(problems) > 0 {
		return invalidInput(problems...)
	}
	return answer{status: http.StatusOK, body: map[string]any{"outlier_incident": map[string]any{
		"incident": map[string]any{"id": incident["id"], "title": incident["title"], "created_at": incident["created_at"],
			"occurrence": map[string]any{"count": 10, "frequency": 0.04, "category": "rare"}},
		"incident_template": map[string]any{"id": "PX3P1PX", "mined_text": "<*> is down"},
	}}}
}

var statusUpdateShape = shape{"message": {kind: "string", required: true}, "subject": {kind: "string"}, "html_message": {kind: "string"}}

func postStatusUpdate(s *Server, r *request, incident Record) answer {
	if refusal := s.from(r); refusal != nil {
		return *refusal
	}
	if problems := statusUpdateShape.problems(r.body); len(problems) > 0 {
		return invalidInput(problems[0].say)
	}
	if (r.body["subject"] == nil) != (r.body["html_message"] == nil) {
		return invalidInput("subject and html_message go together")
	}
	update := Record{"id": fmt.Sprintf("PUPD%03d", s.serial()), "incident": incident["id"], "from": r.Header.Get("From"), "created_at": "2026-02-10T09:00:00Z"}
	maps.Copy(update, r.body)
	s.add("status_update", update)
	return answer{status: http.StatusOK, body: map[string]any{"status_update": map[string]any{
		"id": update["id"], "message": update["message"], "subject": update["subject"], "created_at": update["created_at"],
	}}}
}

func impacts(_ *Server, _ *request, _ Record) answer {
	return answer{status: http.StatusOK, body: map[string]any{"limit": 100, "next_cursor": nil, "services": []any{
		map[string]any{"id": "PD1234", "name": "Web shop", "type": "business_service", "status": "impacted"},
	}}}
}

func listChangeEvents(s *Server, r *request) answer {
	q := r.URL.Query()
	if problems := strayQuery(q, withPaging(map[string]queryRule{"team_ids[]": {kind: "words"}, "integration_ids[]": {kind: "words"}})); len(problems) > 0 {
		return invalidInput(problems...)
	}
	list := []any{}
	for _, c := range s.records["change_event"] {
		if picked(q, "team_ids[]", c["team"]) && within(q, c["timestamp"]) {
			list = append(list, map[string]any{"id": c["id"], "summary": c["summary"], "timestamp": c["timestamp"], "source": c["source"], "type": "change_event"})
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"change_events": list[:firstOf(q, len(list))], "limit": nil, "offset": nil, "total": nil, "more": false}}
}

func listOnCalls(s *Server, r *request) answer {
	q := r.URL.Query()
	if problems := strayQuery(q, withPaging(map[string]queryRule{
		"user_ids[]": {kind: "words"}, "escalation_policy_ids[]": {kind: "words"}, "schedule_ids[]": {kind: "words"}, "earliest": {kind: "flag"},
	})); len(problems) > 0 {
		return invalidInput(problems...)
	}
	list := []any{}
	if picked(q, "user_ids[]", "PUSER01") && picked(q, "escalation_policy_ids[]", "PESCAL1") && picked(q, "schedule_ids[]", "PSCHED1") {
		list = append(list, map[string]any{
			"user": s.refer("users", "user_reference", "PUSER01"), "schedule": s.refer("schedules", "schedule_reference", "PSCHED1"),
			"escalation_policy": s.refer("escalation_policies", "escalation_policy_reference", "PESCAL1"), "escalation_level": 1,
			"start": "2026-02-10T00:00:00Z", "end": "2026-02-11T00:00:00Z",
		})
	}
	return answer{status: http.StatusOK, body: map[string]any{"oncalls": list, "limit": 25, "offset": 0, "more": false, "total": nil}}
}

// named lists what has a name, those whose name matches the query.
func (s *Server) named(kind string, r *request) answer {
	q := r.URL.Query()
	if problems := strayQuery(q, paging); len(problems) > 0 {
		return invalidInput(problems...)
	}
	list := []any{}
	for _, one := range s.records[kind] {
		if strings.Contains(strings.ToLower(fmt.Sprint(one["name"])), strings.ToLower(q.Get("query"))) {
			list = append(list, one)
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{kind: list[:firstOf(q, len(list))], "limit": 25, "offset": 0, "more": false, "total": nil}}
}
