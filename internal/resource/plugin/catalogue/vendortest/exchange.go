package vendortest

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Exchange is Microsoft Graph's part for a mailbox. It is written from "List
// messages", "List calendarView", "Use the $search query parameter" and the notes
// on $filter and $orderby in "List messages".
//
// The mailbox has three messages and two events, kept as "message" and "event".
func Exchange(t testing.TB, authorization string) *Server {
	t.Helper()
	s := start(t, authorization, graphDialect(), map[string]operation{
		"GET /v1.0/me/messages":     listMessages,
		"GET /v1.0/me/calendarView": listCalendarView,
	})
	for i, m := range []struct {
		subject, name, address, text, received string
		read, attached                         bool
	}{
		{"Budget 2026", "Jane Roe", "jane@example.com", "The \"final\" numbers", "2026-02-09T08:00:00Z", false, true},
		{"Lunch?", "John O'Neil", "john@example.com", "At the harbour", "2026-02-08T10:00:00Z", false, false},
		{"Re: Budget 2026", "Jane Roe", "jane@example.com", "Thanks", "2026-01-20T08:00:00Z", true, false},
	} {
		from := map[string]any{"emailAddress": map[string]any{"name": m.name, "address": m.address}}
		s.Add("message", Record{"id": string(rune('A' + i)), "subject": m.subject, "from": from, "bodyPreview": m.text, "receivedDateTime": m.received,
			"isRead": m.read, "hasAttachments": m.attached, "importance": "normal"})
	}
	for i, e := range [][3]string{{"Board meeting", "2026-02-11T15:00:00Z", "2026-02-11T16:00:00Z"}, {"Breakfast", "2026-02-11T07:00:00Z", "2026-02-11T08:00:00Z"}} {
		s.Add("event", Record{"id": string(rune('E' + i)), "subject": e[0], "start": map[string]any{"dateTime": e[1]}, "end": map[string]any{"dateTime": e[2]}, "isAllDay": false})
	}
	return s
}

var mails = collection{
	kinds: map[string]string{
		"subject": "string", "from/emailAddress/name": "string", "from/emailAddress/address": "string", "receivedDateTime": "date-time", "isRead": "boolean",
		"hasAttachments": "boolean", "importance": "string", "bodyPreview": "string", "toRecipients": "list", "webLink": "string",
	},
	options: []string{"$filter", "$top", "$select", "$orderby", "$search"}, top: 1000, strict: true,
}

var searchPhrase = regexp.MustCompile(`^"(?:[^"\\]|\\["\\])+"$`)

func listMessages(s *Server, r *request) answer {
	q := r.URL.Query()
	if refusal := preferences(r, nil); refusal != nil {
		return *refusal
	}
	rows := s.records["message"]
	if q.Has("$search") {
		switch phrase := q.Get("$search"); {
		case q.Has("$filter"):
			return graphFailure(http.StatusBadRequest, "SearchWithFilter", "The query parameter '$filter' is not supported with '$search'.")
		case q.Has("$orderby"):
			return graphFailure(http.StatusBadRequest, "SearchWithOrderBy", "The query parameter '$orderBy' is not supported with '$search'.")
		case !searchPhrase.MatchString(phrase):
			return graphFailure(http.StatusBadRequest, "BadRequest", "Syntax error: the search clause is not enclosed in double quotes.")
		default:
			words := strings.NewReplacer(`\"`, " ", `\\`, " ").Replace(phrase[1 : len(phrase)-1])
			rows = matching(rows, words)
		}
	}
	return mails.list(rows, q)
}

func matching(rows []Record, words string) (out []Record) {
	for _, m := range rows {
		if contains([]string{m["subject"].(string) + " " + m["bodyPreview"].(string)}, words) {
			out = append(out, m)
		}
	}
	return out
}

var preference = regexp.MustCompile(`^([A-Za-z.-]+)="([^"]*)"$`)

// preferences reads the header Prefer; the zone it asks for goes to zone.
func preferences(r *request, zone *string) *answer {
	header := r.Header.Get("Prefer")
	if header == "" {
		return nil
	}
	for part := range strings.SplitSeq(header, ",") {
		m := preference.FindStringSubmatch(strings.TrimSpace(part))
		if m == nil || m[1] == "outlook.body-content-type" && m[2] != "text" && m[2] != "html" {
			a := graphFailure(http.StatusBadRequest, "ErrorInvalidRequest", "The Prefer header is not valid: "+part)
			return &a
		}
		if m[1] == "outlook.timezone" && zone != nil {
			if _, err := time.LoadLocation(m[2]); err != nil {
				a := graphFailure(http.StatusBadRequest, "TimeZoneNotSupportedException", "A valid TimeZone value must be specified. The following TimeZone value is not supported: '"+m[2]+"'.")
				return &a
			}
			*zone = m[2]
		}
	}
	return nil
}

var events = collection{
	kinds: map[string]string{
		"subject": "string", "start/dateTime": "date-time", "end/dateTime": "date-time", "isAllDay": "boolean", "isCancelled": "boolean", "location/displayName": "string",
		"organizer/emailAddress/name": "string", "attendees": "list", "bodyPreview": "string", "webLink": "string",
	},
	options: []string{"$filter", "$top", "$select", "$orderby"}, top: 1000,
}

func listCalendarView(s *Server, r *request) answer {
	q, zone := r.URL.Query(), "UTC"
	if refusal := preferences(r, &zone); refusal != nil {
		return *refusal
	}
	begin, err := time.Parse(time.RFC3339, q.Get("startDateTime"))
	end, otherErr := time.Parse(time.RFC3339, q.Get("endDateTime"))
	switch {
	case !q.Has("startDateTime") || !q.Has("endDateTime"):
		return graphFailure(http.StatusBadRequest, "ErrorInvalidParameter", "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.")
	case err != nil || otherErr != nil:
		return graphFailure(http.StatusBadRequest, "ErrorInvalidParameter", "The value of a DateTime parameter is not valid.")
	case end.Before(begin):
		return graphFailure(http.StatusBadRequest, "ErrorInvalidParameter", "The End date must occur after the Start date.")
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		return graphFailure(http.StatusInternalServerError, "InternalServerError", err.Error())
	}
	var rows []Record
	for _, e := range s.records["event"] {
		first, _ := time.Parse(time.RFC3339, follow(e, "start.dateTime").(string))
		last, _ := time.Parse(time.RFC3339, follow(e, "end.dateTime").(string))
		if first.Before(end) && last.After(begin) {
			in := func(m time.Time) map[string]any {
				return map[string]any{"dateTime": m.In(place).Format("2006-01-02T15:04:05.0000000"), "timeZone": zone}
			}
			rows = append(rows, Record{"id": e["id"], "subject": e["subject"], "isAllDay": e["isAllDay"], "start": in(first), "end": in(last)})
		}
	}
	return events.list(rows, q)
}
