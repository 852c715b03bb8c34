package catalogue

import (
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

func TestJiraOfTheFirstGeneration(t *testing.T) {
	const basic = "Basic amFuZUBleGFtcGxlLmNvbTp0b2tlbg=="
	v := meet(t, "JIRA", basic, vendortest.Jira(t, basic))
	created := v.wants(201, "createIssue", map[string]any{
		"fields.project.key": "OPS", "fields.issuetype.name": "Bug", "fields.summary": "The printer is on fire", "fields.description": "Really.\nCome quickly.",
		"fields.priority.name": "Highest", "fields.labels": []string{"printer", "fire"}, "fields.duedate": "2026-03-01",
	})
	v.same("OPS-1", at(created, "key"))
	v.same(map[string]any{"fields": map[string]any{
		"project": map[string]any{"key": "OPS"}, "issuetype": map[string]any{"name": "Bug"}, "summary": "The printer is on fire", "description": "Really.\nCome quickly.",
		"priority": map[string]any{"name": "Highest"}, "labels": []any{"printer", "fire"}, "duedate": "2026-03-01",
	}}, map[string]any{"fields": v.last("issue", "sent")["sent"]})

	wrong := map[string]any{"fields.project.key": "NONE", "fields.issuetype.name": "Task", "fields.summary": "x", "fields.labels": []string{"two words"}}
	v.same(map[string]any{"project": "valid project is required", "labels": "The label 'two words' contains spaces which is invalid."}, at(v.wants(400, "createIssue", wrong), "errors"))
	v.fails("createIssue", map[string]any{"fields.project.key": "OPS", "fields.issuetype.name": "Task"}, "summary")
	v.fails("createIssue", map[string]any{"fields.project.key": "OPS", "fields.issuetype.name": "Task", "fields.summary": "x", "fields.duedate": "soon"}, "duedate")
}

func TestZendeskOfTheFirstGeneration(t *testing.T) {
	const basic = "Basic amFuZUBleGFtcGxlLmNvbS90b2tlbjphYmM="
	v := meet(t, "ZENDESK", basic, vendortest.Zendesk(t, basic))
	created := v.wants(201, "createTicket", map[string]any{
		"ticket.subject": "My order", "ticket.comment.body": "Where is it?", "ticket.priority": "high", "ticket.type": "question", "ticket.tags": []string{"order"},
		"ticket.requester.name": "Jo", "ticket.requester.email": "jo@example.com",
	})
	v.same("My order", at(created, "ticket", "subject"))
	v.same(map[string]any{
		"subject": "My order", "comment": map[string]any{"body": "Where is it?"}, "priority": "high", "type": "question", "tags": []any{"order"},
		"requester": map[string]any{"name": "Jo", "email": "jo@example.com"}, "status": "new",
	}, v.last("ticket", "subject", "comment", "priority", "type", "tags", "requester", "status"))

	v.same("BlankValue", at(v.wants(422, "createTicket", map[string]any{"ticket.comment.body": ""}), "details", "base", 0, "error"))
	v.fails("createTicket", map[string]any{"ticket.subject": "x"}, "body")
	v.fails("createTicket", map[string]any{"ticket.comment.body": "x", "ticket.priority": "asap"}, "priority")
}
