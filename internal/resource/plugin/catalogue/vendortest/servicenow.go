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

// ServiceNow is an instance of ServiceNow: its Table API for incidents, people,
// groups and configuration items, and its Change Management API. It is written
// from "Table API", "Change Management API" and "Encoded query strings" of the
// product documentation, release Australia.
//
// It has the people Abel Tuter and Beth Anglin, the groups Network and Service
// Desk, and the configuration item mail-01. Query parts that name an unknown
// field return no rows, as they do under glide.invalid_query.returns_no_rows.
// Records are kept as Records with values, not labels: "incident" and
// "change_request".
func ServiceNow(t testing.TB, authorization string) *Server {
	t.Helper()
	s := start(t, authorization, serviceNowDialect(), map[string]operation{
		"GET /api/now/table/{table}":          readTable,
		"POST /api/now/table/incident":        createIncident,
		"PATCH /api/now/table/incident/{id}":  updateIncident,
		"DELETE /api/now/table/incident/{id}": deleteIncident,
		"GET /api/sn_chg_rest/change":         readChanges,
		"POST /api/sn_chg_rest/change":        createChange,
		"PATCH /api/sn_chg_rest/change/{id}":  updateChange,
		"DELETE /api/sn_chg_rest/change/{id}": deleteChange,
		"GET /api/sn_chg_rest/change/{id}":    readChange,
		"GET /api/now/table/incident/{id}":    readIncident,
	})
	s.Add("sys_user", Record{"sys_id": sysID(901), "name": "Abel Tuter", "user_name": "abel.tuter", "email": "abel.tuter@example.com"})
	s.Add("sys_user", Record{"sys_id": sysID(902), "name": "Beth Anglin", "user_name": "beth.anglin", "email": "beth.anglin@example.com"})
	s.Add("sys_user_group", Record{"sys_id": sysID(911), "name": "Network"})
	s.Add("sys_user_group", Record{"sys_id": sysID(912), "name": "Service Desk"})
	s.Add("cmdb_ci", Record{"sys_id": sysID(921), "name": "mail-01"})
	return s
}

// sysID is the id of the record that was created as number n: 32 hexadecimal
// digits.
func sysID(n int) string { return fmt.Sprintf("%032x", n) }

func serviceNowDialect() dialect {
	return dialect{
		unauthorized: serviceNowFailure(http.StatusUnauthorized, "User Not Authenticated", "Required to provide Auth information"),
		unknown:      serviceNowFailure(http.StatusBadRequest, "Requested URI does not represent any resource", ""),
		unreadable:   serviceNowFailure(http.StatusBadRequest, "Exception while reading request", "The payload is not valid JSON."),
		check: func(r *request) *answer {
			if !acceptsJSON(r.Header.Get("Accept")) {
				a := serviceNowFailure(http.StatusNotAcceptable, "Requested response format is not supported", "")
				return &a
			}
			return r.wantsJSON(serviceNowFailure(http.StatusUnsupportedMediaType, "Unsupported media type", ""))
		},
	}
}

func serviceNowFailure(status int, message, detail string) answer {
	return answer{status: status, body: map[string]any{"error": map[string]any{"message": message, "detail": detail}, "status": "failure"}}
}

func noRecord() answer {
	return serviceNowFailure(http.StatusNotFound, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
}

// A column is a field of one of the instance's tables.
type column struct {
	labels map[string]string // of a choice, by value
	refers string            // table it refers to, by sys_id
	stamp  bool              // date and time
}

var urgencies = map[string]string{"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}

// columns of the tables that have any to write; the others have names only.
var columns = map[string]map[string]column{
	"incident": {
		"number": {}, "sys_id": {}, "short_description": {}, "description": {}, "category": {}, "comments": {}, "work_notes": {}, "close_code": {}, "close_notes": {},
		"active": {}, "opened_at": {stamp: true}, "sys_updated_on": {stamp: true}, "caller_id": {refers: "sys_user"}, "assigned_to": {refers: "sys_user"},
		"assignment_group": {refers: "sys_user_group"}, "cmdb_ci": {refers: "cmdb_ci"}, "urgency": {labels: urgencies}, "impact": {labels: urgencies},
		"state":    {labels: map[string]string{"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"}},
		"priority": {labels: map[string]string{"1": "1 - Critical", "2": "2 - High", "3": "3 - Moderate", "4": "4 - Low", "5": "5 - Planning"}},
	},
	"change_request": {
		"number": {}, "sys_id": {}, "short_description": {}, "description": {}, "justification": {}, "implementation_plan": {}, "backout_plan": {}, "test_plan": {},
		"comments": {}, "work_notes": {}, "close_notes": {}, "active": {}, "sys_updated_on": {stamp: true}, "start_date": {stamp: true}, "end_date": {stamp: true},
		"assigned_to": {refers: "sys_user"}, "assignment_group": {refers: "sys_user_group"}, "cmdb_ci": {refers: "cmdb_ci"},
		"type":       {labels: map[string]string{"normal": "Normal", "standard": "Standard", "emergency": "Emergency"}},
		"risk":       {labels: map[string]string{"2": "High", "3": "Moderate", "4": "Low"}},
		"impact":     {labels: map[string]string{"1": "1 - High", "2": "2 - Medium", "3": "3 - Low"}},
		"close_code": {labels: map[string]string{"successful": "Successful", "successful_issues": "Successful with issues", "unsuccessful": "Unsuccessful"}},
		"state": {labels: map[string]string{"-5": "New", "-4": "Assess", "-3": "Authorize", "-2": "Scheduled", "-1": "Implement", "0": "Review",
			"3": "Closed", "4": "Canceled"}},
	},
	"sys_user":       {"sys_id": {}, "name": {}, "user_name": {}, "email": {}},
	"sys_user_group": {"sys_id": {}, "name": {}},
	"cmdb_ci":        {"sys_id": {}, "name": {}},
}

// store puts what was sent into record. With labels it takes names and labels
// for ids and codes, as sysparm_input_display_value has it; without, a reference
// that is no sys_id and a choice that is not in the list are left empty. Fields
// that the table does not have are ignored, as "no_such_field" is in the
// documentation's examples.
func (s *Server) store(table string, record Record, sent map[string]any, labels bool) {
	record["sys_updated_on"] = time.Date(2026, 2, 1, 9, 0, len(s.calls), 0, time.UTC).Format(time.DateTime)
	for name, raw := range sent {
		col, known := columns[table][name]
		if !known || strings.HasPrefix(name, "sys_") || name == "number" {
			continue
		}
		text := fmt.Sprint(raw)
		switch {
		case col.refers != "":
			record[name] = s.reference(col.refers, text, labels)
		case col.labels != nil:
			record[name] = choice(col.labels, text, labels || table == "change_request" && (name == "state" || name == "type"))
		case col.stamp:
			record[name] = ""
			if _, err := time.Parse(time.DateTime, text); err == nil {
				record[name] = text
			}
		default:
			record[name] = text
		}
	}
}

func (s *Server) reference(table, text string, labels bool) string {
	if labels {
		if r := s.find(table, "name", text); r != nil {
			return r["sys_id"].(string)
		}
		return ""
	}
	if s.find(table, "sys_id", text) == nil {
		return ""
	}
	return text
}

func choice(labels map[string]string, text string, byLabel bool) string {
	if _, ok := labels[text]; ok {
		return text
	}
	for value, label := range labels {
		if byLabel && strings.EqualFold(label, text) {
			return value
		}
	}
	return ""
}

// display is the label of a field's value.
func (s *Server) display(col column, value string) string {
	if r := s.find(col.refers, "sys_id", value); r != nil {
		return r["name"].(string)
	}
	if label, ok := col.labels[value]; ok {
		return label
	}
	return value
}

func readTable(s *Server, r *request) answer {
	table := r.PathValue("table")
	if columns[table] == nil {
		return serviceNowFailure(http.StatusBadRequest, "Invalid table "+table, "")
	}
	rows, refusal := s.rows(table, r)
	if refusal != nil {
		return *refusal
	}
	result := []any{}
	for _, row := range rows {
		result = append(result, s.tableRow(table, row, r))
	}
	return answer{status: http.StatusOK, body: map[string]any{"result": result}}
}

// rows are those that sysparm_query asks for, at most sysparm_limit.
func (s *Server) rows(table string, r *request) ([]Record, *answer) {
	limit := 10000
	if text := r.URL.Query().Get("sysparm_limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			a := serviceNowFailure(http.StatusBadRequest, "Invalid value for sysparm_limit", "")
			return nil, &a
		}
		limit = n
	}
	rows := s.encoded(table, r.URL.Query().Get("sysparm_query"))
	return rows[:min(limit, len(rows))], nil
}

// tableRow is a record as the Table API returns it.
func (s *Server) tableRow(table string, row Record, r *request) map[string]any {
	q := r.URL.Query()
	fields := slices.Collect(maps.Keys(columns[table]))
	if list := q.Get("sysparm_fields"); list != "" {
		fields = strings.Split(list, ",")
	}
	out := map[string]any{}
	for _, name := range fields {
		col, known := columns[table][name]
		if !known {
			continue
		}
		value, _ := row[name].(string)
		shown := value
		if q.Get("sysparm_display_value") == "true" {
			shown = s.display(col, value)
		}
		out[name] = shown
		if col.refers != "" && value != "" && q.Get("sysparm_exclude_reference_link") != "true" {
			key := "value"
			if shown != value {
				key = "display_value"
			}
			out[name] = map[string]any{key: shown, "link": s.URL + "/api/now/table/" + col.refers + "/" + value}
		}
	}
	return out
}

func readIncident(s *Server, r *request) answer {
	row := s.find("incident", "sys_id", r.PathValue("id"))
	if row == nil {
		return noRecord()
	}
	return answer{status: http.StatusOK, body: map[string]any{"result": s.tableRow("incident", row, r)}}
}

func createIncident(s *Server, r *request) answer {
	n := s.serial()
	record := Record{"sys_id": sysID(n), "number": fmt.Sprintf("INC%07d", 10000+n), "state": "1", "urgency": "3", "impact": "3", "active": "true"}
	s.store("incident", record, r.body, labelled(r))
	settleIncident(record)
	s.add("incident", record)
	return answer{status: http.StatusCreated, body: map[string]any{"result": s.tableRow("incident", record, r)}}
}

func labelled(r *request) bool { return r.URL.Query().Get("sysparm_input_display_value") == "true" }

func updateIncident(s *Server, r *request) answer {
	record := s.find("incident", "sys_id", r.PathValue("id"))
	if record == nil {
		return noRecord()
	}
	changed := maps.Clone(record)
	s.store("incident", changed, r.body, labelled(r))
	if done := changed["state"] == "6" || changed["state"] == "7"; done && (changed["close_code"] == nil || changed["close_notes"] == nil) {
		return serviceNowFailure(http.StatusForbidden, "Operation Failed",
			"Data Policy Exception: The following fields are mandatory: Resolution code, Resolution notes")
	}
	settleIncident(changed)
	maps.Copy(record, changed)
	return answer{status: http.StatusOK, body: map[string]any{"result": s.tableRow("incident", record, r)}}
}

// settleIncident works out what follows from other fields: the priority from
// impact and urgency, as in the table of "Incident prioritization".
func settleIncident(record Record) {
	impact, _ := strconv.Atoi(fmt.Sprint(record["impact"]))
	urgency, _ := strconv.Atoi(fmt.Sprint(record["urgency"]))
	record["priority"] = strconv.Itoa(max(1, impact+urgency-1))
	record["active"] = strconv.FormatBool(record["state"] != "7" && record["state"] != "8")
}

func deleteIncident(s *Server, r *request) answer {
	if !s.remove("incident", "sys_id", r.PathValue("id")) {
		return noRecord()
	}
	return answer{status: http.StatusNoContent}
}

func readChanges(s *Server, r *request) answer {
	rows, refusal := s.rows("change_request", r)
	if refusal != nil {
		return *refusal
	}
	result := []any{}
	for _, row := range rows {
		result = append(result, s.changeRow(row))
	}
	return answer{status: http.StatusOK, body: map[string]any{"result": result}}
}

func readChange(s *Server, r *request) answer {
	row := s.find("change_request", "sys_id", r.PathValue("id"))
	if row == nil {
		return noRecord()
	}
	return answer{status: http.StatusOK, body: map[string]any{"result": s.changeRow(row)}}
}

// changeRow is a record as the Change Management API returns it: each field
// with its value and its label.
func (s *Server) changeRow(row Record) map[string]any {
	out := map[string]any{}
	for name, col := range columns["change_request"] {
		value, _ := row[name].(string)
		out[name] = map[string]any{"value": value, "display_value": s.display(col, value)}
	}
	return out
}

func createChange(s *Server, r *request) answer {
	n := s.serial()
	record := Record{"sys_id": sysID(n), "number": fmt.Sprintf("CHG%07d", 30000+n), "state": "-5", "active": "true"}
	s.store("change_request", record, r.body, false)
	if kind, given := r.body["type"]; given && record["type"] == "" {
		return serviceNowFailure(http.StatusBadRequest, "Invalid change type", fmt.Sprint(kind))
	}
	s.add("change_request", record)
	return answer{status: http.StatusOK, body: map[string]any{"result": s.changeRow(record)}}
}

func updateChange(s *Server, r *request) answer {
	record := s.find("change_request", "sys_id", r.PathValue("id"))
	if record == nil {
		return noRecord()
	}
	changed := maps.Clone(record)
	s.store("change_request", changed, r.body, false)
	if changed["state"] == "" || changed["state"] == "3" && (changed["close_code"] == nil || changed["close_notes"] == nil) {
		return serviceNowFailure(http.StatusBadRequest, "Failed to modify record", "Invalid state, or close code or close notes missing")
	}
	maps.Copy(record, changed)
	return answer{status: http.StatusOK, body: map[string]any{"result": s.changeRow(record)}}
}

func deleteChange(s *Server, r *request) answer {
	row := s.find("change_request", "sys_id", r.PathValue("id"))
	if row == nil {
		return noRecord()
	}
	s.remove("change_request", "sys_id", r.PathValue("id"))
	return answer{status: http.StatusOK, body: map[string]any{"result": s.changeRow(row)}}
}
