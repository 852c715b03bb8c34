package vendortest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// Google is the Calendar API v3. It is written from its reference (Events: list,
// CalendarList: list) and "Handle API errors".
//
// The user tim@example.com has that calendar, "Holidays" and "Team". Records are
// kept as "event".
func Google(t testing.TB, authorization string) *Server {
	t.Helper()
	s := start(t, authorization, googleDialect(), map[string]operation{
		"GET /calendar/v3/users/me/calendarList": listCalendars,
		"GET /calendar/v3/calendars/{id}/events": listEvents,
	})
	for id, name := range map[string]string{"team@group.calendar.google.com": "Team", "de.german#holiday@group.v.calendar.google.com": "Holidays"} {
		s.Add("calendar", Record{"id": id, "summary": name})
	}
	s.Add("calendar", Record{"id": "tim@example.com", "summary": "tim@example.com", "summaryOverride": "Tim", "primary": true})
	for _, e := range []struct{ calendar, summary, text, start, end, status string }{
		{"tim@example.com", "Dentist", "Bring the card", "2026-03-03T09:00:00+01:00", "2026-03-03T10:00:00+01:00", "confirmed"},
		{"tim@example.com", "Budget review", "With Jane", "2026-03-02T14:00:00+01:00", "2026-03-02T15:00:00+01:00", "confirmed"},
		{"tim@example.com", "Lunch", "", "2026-03-02T12:00:00+01:00", "2026-03-02T13:00:00+01:00", "cancelled"},
		{"team@group.calendar.google.com", "Team budget", "All of us", "2026-03-05T14:00:00+01:00", "2026-03-05T15:00:00+01:00", "confirmed"},
		{"de.german#holiday@group.v.calendar.google.com", "Good Friday", "", "2026-04-03T00:00:00Z", "2026-04-04T00:00:00Z", "confirmed"},
	} {
		s.Add("event", Record{"calendar": e.calendar, "summary": e.summary, "description": e.text, "start": e.start, "end": e.end, "status": e.status})
	}
	return s
}

func googleDialect() dialect {
	return dialect{
		unauthorized: googleFailure(http.StatusUnauthorized, "authError", "Invalid Credentials"),
		unknown:      googleFailure(http.StatusNotFound, "notFound", "Not Found"),
		unreadable:   googleFailure(http.StatusBadRequest, "parseError", "Parse Error"),
	}
}

func googleFailure(status int, reason, message string) answer {
	return answer{status: status, body: map[string]any{"error": map[string]any{"code": status, "message": message,
		"errors": []any{map[string]any{"domain": "global", "reason": reason, "message": message}}}}}
}

func listCalendars(s *Server, r *request) answer {
	if _, refusal := counted(r.URL.Query(), "maxResults", 100, 250); refusal != "" {
		return googleFailure(http.StatusBadRequest, "invalidParameter", refusal)
	}
	items := []any{}
	for _, c := range s.records["calendar"] {
		items = append(items, c)
	}
	return answer{status: http.StatusOK, body: map[string]any{"kind": "calendar#calendarList", "items": items}}
}

// A span is what of a calendar is asked for.
type span struct {
	from, until time.Time // zero: open
	limit       int
}

// spanOf reads the parameters; the answer says what Google does not take.
func spanOf(q url.Values) (w span, refusal *answer) {
	bad := func(reason, message string) *answer {
		a := googleFailure(http.StatusBadRequest, reason, message)
		return &a
	}
	for name, to := range map[string]*time.Time{"timeMin": &w.from, "timeMax": &w.until} {
		if !q.Has(name) {
			continue
		}
		moment, err := time.Parse(time.RFC3339, q.Get(name))
		if err != nil {
			return w, bad("badRequest", "Bad Request")
		}
		*to = moment
	}
	var say string
	if w.limit, say = counted(q, "maxResults", 250, 1<<30); say != "" {
		return w, bad("invalidParameter", say)
	}
	for name, values := range map[string][]string{"singleEvents": {"", "true", "false"}, "showDeleted": {"", "true", "false"}, "orderBy": {"", "startTime", "updated"}} {
		if !slices.Contains(values, q.Get(name)) {
			return w, bad("invalidParameter", "Invalid value '"+q.Get(name)+"' for "+name)
		}
	}
	_, err := time.LoadLocation(q.Get("timeZone"))
	switch {
	case err != nil:
		return w, bad("invalid", "Invalid time zone")
	case !w.from.IsZero() && !w.until.IsZero() && !w.from.Before(w.until):
		return w, bad("timeRangeEmpty", "The specified time range is empty.")
	case q.Get("orderBy") == "startTime" && q.Get("singleEvents") != "true":
		return w, bad("badRequest", "The requested ordering is not available for the particular query.")
	}
	return w, nil
}

// has says whether an event is in the span: it ends after its beginning and
// begins before its end.
func (w span) has(e Record) bool {
	begin, _ := time.Parse(time.RFC3339, e["start"].(string))
	end, _ := time.Parse(time.RFC3339, e["end"].(string))
	return (w.from.IsZero() || end.After(w.from)) && (w.until.IsZero() || begin.Before(w.until))
}

func listEvents(s *Server, r *request) answer {
	q, id := r.URL.Query(), r.PathValue("id")
	if id == "primary" {
		id = "tim@example.com"
	}
	calendar := s.find("calendar", "id", id)
	if calendar == nil {
		return s.dialect.unknown
	}
	w, refusal := spanOf(q)
	if refusal != nil {
		return *refusal
	}
	var found []Record
	for _, e := range s.records["event"] {
		texts := []string{e["summary"].(string), e["description"].(string)}
		if e["calendar"] == id && w.has(e) && (e["status"] != "cancelled" || q.Get("showDeleted") == "true") && contains([]string{strings.Join(texts, " ")}, q.Get("q")) {
			found = append(found, e)
		}
	}
	if q.Get("orderBy") == "startTime" {
		slices.SortStableFunc(found, func(a, b Record) int { return strings.Compare(a["start"].(string), b["start"].(string)) })
	}
	items := []any{}
	for _, e := range found[:min(w.limit, len(found))] {
		items = append(items, map[string]any{"summary": e["summary"], "description": e["description"], "status": e["status"],
			"start": map[string]any{"dateTime": e["start"]}, "end": map[string]any{"dateTime": e["end"]}})
	}
	return answer{status: http.StatusOK, body: map[string]any{"kind": "calendar#events", "summary": calendar["summary"], "items": items}}
}
