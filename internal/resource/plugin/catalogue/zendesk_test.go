package catalogue

import (
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

func TestZendesk(t *testing.T) {
	v := meet(t, "ZENDESK_SUITE", credential, vendortest.Zendesk(t, credential))
	created := v.wants(201, "createTicket", map[string]any{
		"ticket.subject": "My \"order\"", "ticket.comment.body": "Where is it?\nJo", "ticket.priority": "high", "ticket.type": "question", "ticket.tags": []string{"order"},
		"ticket.requester.name": "Jo", "ticket.requester.email": "jo@example.com", "ticket.assignee_id": "olga", "ticket.group_id": "support",
	})
	v.same(1.0, at(created, "ticket", "id"))
	v.same(map[string]any{
		"subject": "My \"order\"", "comment": map[string]any{"body": "Where is it?\nJo"}, "priority": "high", "type": "question", "tags": []any{"order"},
		"requester": map[string]any{"name": "Jo", "email": "jo@example.com"}, "assignee_id": 35436.0, "group_id": 98738.0, "status": "new",
	}, v.last("ticket", "subject", "comment", "priority", "type", "tags", "requester", "assignee_id", "group_id", "status"))
	v.wants(201, "createTicket", map[string]any{"ticket.subject": "Printer", "ticket.comment.body": "It is loud", "ticket.priority": "low", "ticket.assignee_id": "35437"})
	v.wants(201, "createTicket", map[string]any{"ticket.subject": "Invoice", "ticket.comment.body": "Again: no invoice"})
	v.same("BlankValue", at(v.wants(422, "createTicket", map[string]any{"ticket.comment.body": ""}), "details", "base", 0, "error"))
	v.same("assignee is invalid", at(v.wants(422, "createTicket", map[string]any{"ticket.comment.body": "x", "ticket.assignee_id": "jo@example.com"}), "details", "assignee", 0, "description"))
	v.fails("createTicket", map[string]any{"ticket.comment.body": "x", "ticket.assignee_id": "Nobody"}, "nothing of that name")
	v.fails("createTicket", map[string]any{"ticket.comment.body": "x", "ticket.assignee_id": "O"}, "more than one")
	v.fails("createTicket", map[string]any{"ticket.comment.body": "x", "ticket.group_id": "Sales"}, "there is Support, Billing")
	v.fails("createTicket", map[string]any{"ticket.subject": "x"}, "body")

	v.same("Printer", at(v.wants(200, "getTicket", map[string]any{"ticket_id": 2}), "ticket", "subject"))
	v.wants(404, "getTicket", map[string]any{"ticket_id": 99})
	v.ticketQueries()

	v.wants(200, "updateTicket", map[string]any{"ticket_id": 2, "ticket.status": "solved", "ticket.comment.body": "Oiled.", "ticket.group_id": "Billing"})
	v.same(map[string]any{"status": "solved", "last_comment": map[string]any{"body": "Oiled.", "public": true}, "group_id": 98739.0, "subject": "Printer"},
		pick(v.server.Records("ticket")[1], "status", "last_comment", "group_id", "subject"))
	v.wants(200, "updateTicket", map[string]any{"ticket_id": 2, "ticket.status": "closed"})
	v.same("Status: closed prevents ticket update", at(v.wants(422, "updateTicket", map[string]any{"ticket_id": 2, "ticket.status": "open"}), "details", "status", 0, "description"))
	v.wants(404, "updateTicket", map[string]any{"ticket_id": 99, "ticket.status": "open"})
	v.fails("updateTicket", map[string]any{"ticket_id": 2, "ticket.status": "done"}, "status")
}

func (v *vendor) ticketQueries() {
	v.t.Helper()
	for _, c := range []struct {
		arguments map[string]any
		want      []any
	}{
		{map[string]any{}, []any{1.0, 2.0, 3.0}},
		{map[string]any{"text": "printer loud"}, []any{2.0}},
		{map[string]any{"text": "Again: no invoice"}, []any{3.0}}, // a colon is no operator
		{map[string]any{"text": "-printer"}, []any{}},             // and a dash no exclusion
		{map[string]any{"status": "new", "priority": "high"}, []any{1.0}},
		{map[string]any{"unsolved": true, "ticket_type": "question"}, []any{1.0}},
		{map[string]any{"unsolved": false, "assignee": "Omar Agent"}, []any{2.0}},
		{map[string]any{"assignee": "me"}, []any{1.0}},
		{map[string]any{"assignee": "none"}, []any{3.0}},
		{map[string]any{"assignee": `x" status:new "`}, []any{}},
		{map[string]any{"requester": "jo@example.com", "group": "Support", "tag": "order"}, []any{1.0}},
		{map[string]any{"created_since": "2026-02-10", "created_until": "2026-02-10", "per_page": 2}, []any{1.0, 2.0}},
		{map[string]any{"created_since": "2026-02-11", "sort_by": "created_at", "sort_order": "asc"}, []any{}},
	} {
		v.same(c.want, each(at(v.wants(200, "searchTickets", c.arguments), "results"), "id"))
	}
	v.fails("searchTickets", map[string]any{"status": "done"}, "status")
	v.fails("searchTickets", map[string]any{"created_since": "soon"}, "created_since")
}
