package vendortest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Zendesk is an account's Ticketing API. It is written from "Zendesk API
// Reference", Ticketing: Tickets, Search, Users (search), Groups and Introduction
// (errors).
//
// It has the agents Olga Agent (35436) and Omar Agent (35437), the customer Jo
// (20978392), and the groups Support (98738) and Billing. Olga is the user.
// Records are kept as "ticket".
func Zendesk(t testing.TB, authorization string) *Server {
	t.Helper()
	s := start(t, authorization, zendeskDialect(), map[string]operation{
		"POST /api/v2/tickets":          createTicket,
		"POST /api/v2/tickets.json":     createTicket,
		"GET /api/v2/tickets/{id}":      getTicket,
		"PUT /api/v2/tickets/{id}":      updateTicket,
		"GET /api/v2/search.json":       searchTickets,
		"GET /api/v2/users/search.json": searchUsers,
		"GET /api/v2/groups.json":       listGroups,
	})
	s.Add("user", Record{"id": 35436, "name": "Olga Agent", "email": "olga@example.com", "role": "agent"})
	s.Add("user", Record{"id": 35437, "name": "Omar Agent", "email": "omar@example.com", "role": "admin"})
	s.Add("user", Record{"id": 20978392, "name": "Jo", "email": "jo@example.com", "role": "end-user"})
	s.Add("group", Record{"id": 98738, "name": "Support"})
	s.Add("group", Record{"id": 98739, "name": "Billing"})
	return s
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
		return invalidTicket()
	}
	if refusal := s.badTicket(ticket, true); refusal != nil {
		return *refusal
	}
	n := s.serial()
	record := Record{"id": n, "status": "new", "created_at": now.Format(time.RFC3339)}
	keep(record, ticket)
	s.add("ticket", record)
	return answer{status: http.StatusCreated, body: map[string]any{"ticket": s.ticketView(record)}}
}

// keep writes what Zendesk knows of a ticket into its record.
func keep(record Record, sent map[string]any) {
	for name, value := range sent {
		if _, known := ticketShape[name]; known {
			record[name] = value
		}
	}
}

func (s *Server) ticketView(record Record) map[string]any {
	return map[string]any{"id": record["id"], "subject": record["subject"], "description": follow(record, "comment.body"), "status": record["status"],
		"priority": record["priority"], "type": record["type"], "tags": record["tags"], "assignee_id": record["assignee_id"], "group_id": record["group_id"],
		"created_at": record["created_at"], "url": fmt.Sprintf("%s/api/v2/tickets/%d.json", s.URL, record["id"])}
}

// badTicket is how Zendesk refuses a ticket; nil: it takes it. Only a new one
// needs a comment.
func (s *Server) badTicket(ticket map[string]any, whole bool) *answer {
	for _, p := range ticketShape.problems(ticket) {
		var a answer
		switch {
		case p.what == unknown, p.what == missing && !whole && p.path == "comment":
			continue
		case p.what == missing:
			a = recordInvalid("base", "Description: cannot be blank", "BlankValue")
		default:
			a = recordInvalid(p.path, p.say, "InvalidValue")
		}
		return &a
	}
	for member, kind := range map[string]string{"assignee_id": "user", "group_id": "group"} {
		id, given := ticket[member].(float64)
		if record := s.find(kind, "id", int(id)); given && (record == nil || record["role"] == "end-user") {
			a := recordInvalid(strings.TrimSuffix(member, "_id"), strings.TrimSuffix(member, "_id")+" is invalid", "InvalidValue")
			return &a
		}
	}
	return nil
}

// ticket finds the one that the path names, with or without .json behind it.
func (s *Server) ticket(r *request) (Record, *answer) {
	id, err := strconv.Atoi(strings.TrimSuffix(r.PathValue("id"), ".json"))
	if err != nil {
		a := answer{status: http.StatusBadRequest, body: map[string]any{"error": map[string]any{"title": "Invalid attribute", "message": "You passed an invalid value for the id attribute."}}}
		return nil, &a
	}
	if record := s.find("ticket", "id", id); record != nil {
		return record, nil
	}
	a := answer{status: http.StatusNotFound, body: map[string]any{"error": "RecordNotFound", "description": "Not found"}}
	return nil, &a
}

func getTicket(s *Server, r *request) answer {
	record, refusal := s.ticket(r)
	if refusal != nil {
		return *refusal
	}
	return answer{status: http.StatusOK, body: map[string]any{"ticket": s.ticketView(record)}}
}

func updateTicket(s *Server, r *request) answer {
	record, refusal := s.ticket(r)
	if refusal != nil {
		return *refusal
	}
	ticket, ok := r.body["ticket"].(map[string]any)
	if !ok {
		return invalidTicket()
	}
	if record["status"] == "closed" {
		return recordInvalid("status", "Status: closed prevents ticket update", "InvalidValue")
	}
	if refusal := s.badTicket(ticket, false); refusal != nil {
		return *refusal
	}
	if comment, given := ticket["comment"]; given {
		record["last_comment"] = comment
		delete(ticket, "comment")
	}
	keep(record, ticket)
	return answer{status: http.StatusOK, body: map[string]any{"ticket": s.ticketView(record)}}
}

func invalidTicket() answer {
	return answer{status: http.StatusBadRequest, body: map[string]any{"error": map[string]any{"title": "Invalid attribute", "message": "You passed an invalid value for the ticket attribute."}}}
}

func searchUsers(s *Server, r *request) answer {
	q := r.URL.Query()
	if _, refusal := counted(q, "per_page", 100, 100); refusal != "" || q.Get("query") == "" {
		return answer{status: http.StatusBadRequest, body: map[string]any{"error": "invalid", "description": "Invalid search: " + refusal}}
	}
	users := []any{}
	for _, u := range s.records["user"] {
		if contains([]string{u["name"].(string) + " " + u["email"].(string)}, q.Get("query")) {
			users = append(users, u)
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"users": users, "count": len(users)}}
}

func listGroups(s *Server, _ *request) answer {
	return answer{status: http.StatusOK, body: map[string]any{"groups": s.records["group"], "count": len(s.records["group"])}}
}
