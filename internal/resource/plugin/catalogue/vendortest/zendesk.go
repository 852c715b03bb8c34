package vendortest

import (
	"fmt"
	"net/http"
	"testing"
)

// Zendesk is an account's Ticketing API as the plugin of the first generation
// calls it: creating tickets. It is written from "Zendesk API Reference",
// Ticketing, Tickets (JSON format, Create Ticket) and Introduction (errors).
//
// Records are kept as "ticket".
func Zendesk(t testing.TB, authorization string) *Server {
	t.Helper()
	return start(t, authorization, zendeskDialect(), map[string]operation{
		"POST /api/v2/tickets":      createTicket,
		"POST /api/v2/tickets.json": createTicket,
	})
}

func zendeskDialect() dialect {
	return dialect{
		unauthorized: answer{status: http.StatusUnauthorized, body: map[string]any{"error": "Couldn't authenticate you"}},
		unknown:      answer{status: http.StatusNotFound, body: map[string]any{"error": "InvalidEndpoint", "description": "Not found"}},
		unreadable:   answer{status: http.StatusBadRequest, body: map[string]any{"error": "Unprocessable Entity", "message": "Server could not parse JSON"}},
		check: func(r *request) *answer {
			return r.wantsJSON(answer{status: http.StatusUnsupportedMediaType, body: map[string]any{"error": "UnsupportedContentType"}})
		},
	}
}

func recordInvalid(field, description, code string) answer {
	return answer{status: http.StatusUnprocessableEntity, body: map[string]any{"error": "RecordInvalid", "description": "Record validation errors",
		"details": map[string]any{field: []any{map[string]any{"description": description, "error": code}}}}}
}

// ticketShape is what is looked at in a ticket; what Zendesk does not know it
// ignores.
var ticketShape = shape{
	"subject":     {kind: "string"},
	"comment":     {kind: "object", required: true, members: shape{"body": {kind: "string", required: true}, "html_body": {kind: "string"}, "public": {kind: "boolean"}}},
	"priority":    {kind: "string", enum: []string{"urgent", "high", "normal", "low"}},
	"type":        {kind: "string", enum: []string{"problem", "incident", "question", "task"}},
	"status":      {kind: "string", enum: []string{"new", "open", "pending", "hold", "solved", "closed"}},
	"tags":        {kind: "strings"},
	"requester":   {kind: "object", members: shape{"name": {kind: "string"}, "email": {kind: "email"}}},
	"assignee_id": {kind: "integer"},
	"group_id":    {kind: "integer"},
}

func createTicket(s *Server, r *request) answer {
	ticket, ok := r.body["ticket"].(map[string]any)
	if !ok {
		return answer{status: http.StatusBadRequest, body: map[string]any{"error": map[string]any{"title": "Invalid attribute", "message": "You passed an invalid value for the ticket attribute."}}}
	}
	for _, p := range ticketShape.problems(ticket) {
		switch p.what {
		case unknown:
		case missing:
			return recordInvalid("base", "Description: cannot be blank", "BlankValue")
		default:
			return recordInvalid(p.path, p.say, "InvalidValue")
		}
	}
	n := s.serial()
	record := Record{"id": n, "status": "new"}
	for name, value := range ticket {
		if _, known := ticketShape[name]; known {
			record[name] = value
		}
	}
	s.add("ticket", record)
	return answer{status: http.StatusCreated, body: map[string]any{"ticket": map[string]any{"id": n, "subject": record["subject"], "status": record["status"],
		"priority": record["priority"], "url": fmt.Sprintf("%s/api/v2/tickets/%d.json", s.URL, n)}}}
}
