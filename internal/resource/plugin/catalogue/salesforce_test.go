package catalogue

import (
	"testing"

	"github.com/parleyhq/parley/internal/resource/plugin/catalogue/vendortest"
)

func TestSalesforce(t *testing.T) {
	v := meet(t, "SALESFORCE_CRM", credential, vendortest.Salesforce(t, credential))
	v.cases()
	v.opportunities()
	v.salesforceQueries()
}

func (v *vendor) cases() {
	v.t.Helper()
	created := v.wants(201, "createCase", map[string]any{
		"Subject": "The invoice is wrong", "Description": "It has \"VAT\" twice.\nPlease correct.", "Priority": "High", "Origin": "Phone", "Type": "Problem",
		"AccountId": "acme", "ContactId": "jane@acme.example",
	})
	v.same(map[string]any{
		"Subject": "The invoice is wrong", "Description": "It has \"VAT\" twice.\nPlease correct.", "Priority": "High", "Origin": "Phone", "Type": "Problem",
		"AccountId": v.server.Records("Account")[0]["Id"], "ContactId": v.server.Records("Contact")[0]["Id"], "Id": at(created, "id"), "CaseNumber": "00001001",
	}, v.last("Case", "Subject", "Description", "Priority", "Origin", "Type", "AccountId", "ContactId", "Id", "CaseNumber"))
	v.wants(201, "createCase", map[string]any{"Subject": "Second", "SuppliedEmail": "someone@example.com"})
	v.same("INVALID_EMAIL_ADDRESS", at(v.wants(400, "createCase", map[string]any{"Subject": "x", "SuppliedEmail": "a@b..c"}), 0, "errorCode"))

	v.same("The invoice is wrong", at(v.wants(200, "getCase", map[string]any{"id": "00001001"}), "Subject"))
	v.same("Second", at(v.wants(200, "getCase", map[string]any{"id": v.server.Records("Case")[1]["Id"]}), "Subject")) // an id is taken as it is
	v.wants(204, "updateCase", map[string]any{"id": "00001001", "Status": "Escalated", "Priority": "Medium"})
	v.same([]any{"Escalated", "Medium", "Phone"}, []any{v.server.Records("Case")[0]["Status"], v.server.Records("Case")[0]["Priority"], v.server.Records("Case")[0]["Origin"]})
	v.same("MALFORMED_ID", at(v.wants(400, "updateCase", map[string]any{"id": "00001001", "AccountId": "001000000000999AAA"}), 0, "errorCode"))
	v.wants(204, "deleteCase", map[string]any{"id": "00001002"})
	v.same(1, len(v.server.Records("Case")))
	v.same("NOT_FOUND", at(v.wants(404, "deleteCase", map[string]any{"id": "500000000000002AAA"}), 0, "errorCode"))
	v.fails("deleteCase", map[string]any{"id": "1001"}, "there is 00001001") // not quite its number: the person is asked
	v.fails("createCase", map[string]any{"Description": "no subject"}, "Subject")
	v.fails("createCase", map[string]any{"Subject": "x", "AccountId": "Initech"}, "nothing of that name")
}

func (v *vendor) opportunities() {
	v.t.Helper()
	v.wants(201, "createOpportunity", map[string]any{
		"Name": "Globex - 50% off 'Widgets'", "StageName": "Negotiation/Review", "CloseDate": "2026-06-30", "Amount": 12500.5, "Probability": 60, "AccountId": "Globex",
		"LeadSource": "Web", "NextStep": "Call",
	})
	v.same(map[string]any{
		"Name": "Globex - 50% off 'Widgets'", "StageName": "Negotiation/Review", "CloseDate": "2026-06-30", "Amount": 12500.5, "Probability": 60.0,
		"AccountId": v.server.Records("Account")[1]["Id"], "LeadSource": "Web", "NextStep": "Call",
	}, v.last("Opportunity", "Name", "StageName", "CloseDate", "Amount", "Probability", "AccountId", "LeadSource", "NextStep"))
	v.same("MALFORMED_ID", at(v.wants(400, "createOpportunity", map[string]any{
		"Name": "x", "StageName": "y", "CloseDate": "2026-06-30", "AccountId": "001000000000999AAA"}), 0, "errorCode"))
	v.fails("createOpportunity", map[string]any{"Name": "x", "StageName": "y", "CloseDate": "in June"}, "CloseDate")
	v.fails("createOpportunity", map[string]any{"Name": "x", "StageName": "y"}, "CloseDate")
	v.fails("createOpportunity", map[string]any{"Name": "x", "StageName": "y", "CloseDate": "2026-06-30", "Probability": 101}, "Probability")

	v.same(20000.0, at(v.wants(200, "getOpportunity", map[string]any{"id": "acme - 200 widgets"}), "Amount"))
	v.wants(204, "updateOpportunity", map[string]any{"id": "Globex - 50% off 'Widgets'", "StageName": "Closed Won", "Amount": 13000})
	v.same([]any{"Closed Won", 13000.0, "2026-06-30"}, []any{v.last("Opportunity", "StageName")["StageName"], v.last("Opportunity", "Amount")["Amount"], v.last("Opportunity", "CloseDate")["CloseDate"]})
	v.same("NOT_FOUND", at(v.wants(404, "updateOpportunity", map[string]any{"id": "006000000000999AAA", "NextStep": "x"}), 0, "errorCode"))
	v.wants(404, "deleteOpportunity", map[string]any{"id": "006000000000999AAA"})
	v.wants(201, "createOpportunity", map[string]any{"Name": "Short-lived", "StageName": "Prospecting", "CloseDate": "2026-01-31"})
	v.wants(204, "deleteOpportunity", map[string]any{"id": "Short-lived"})
	v.same("Globex - 50% off 'Widgets'", v.last("Opportunity", "Name")["Name"])
}

func (v *vendor) salesforceQueries() {
	v.t.Helper()
	for _, c := range []struct {
		operation string
		arguments map[string]any
		want      []any
	}{
		{"listAccounts", map[string]any{}, []any{"Acme", "Globex"}}, // changed last, first
		{"listAccounts", map[string]any{"name": "cm"}, []any{"Acme"}},
		{"listAccounts", map[string]any{"industry": "Banking", "city": "Paris", "type": "Prospect", "owner": "olga"}, []any{"Globex"}},
		{"listAccounts", map[string]any{"name": "O'Neil \\ %' OR Name != '"}, []any{}},
		{"fetchOpportunities", map[string]any{}, []any{"Globex - 50% off 'Widgets'", "Acme - 200 Widgets"}}, // closing last, first
		{"fetchOpportunities", map[string]any{"closes_from": "2026-04-01", "closes_until": "2026-12-31"}, []any{"Globex - 50% off 'Widgets'"}},
		{"fetchOpportunities", map[string]any{"name": "50% off 'W"}, []any{"Globex - 50% off 'Widgets'"}},
		{"fetchOpportunities", map[string]any{"minimum_amount": 15000, "closed": false}, []any{"Acme - 200 Widgets"}},
		{"fetchOpportunities", map[string]any{"account": "acme", "stage": "Prospecting", "owner": "Owner"}, []any{"Acme - 200 Widgets"}},
		{"fetchContacts", map[string]any{"name": "jane"}, []any{"Jane Roe"}},
		{"fetchContacts", map[string]any{"account": "Acme", "title": "Dir", "email": "jane@acme.example"}, []any{"Jane Roe"}},
		{"fetchContacts", map[string]any{"email": "nobody@acme.example"}, []any{}},
	} {
		v.same(c.want, each(at(v.wants(200, c.operation, c.arguments), "records"), "Name"))
	}
	v.fails("fetchOpportunities", map[string]any{"closes_from": "soon"}, "closes_from")
	for range 6 { // of which five are shown
		v.server.Add("Account", vendortest.Record{"Name": "Many", "LastModifiedDate": "2026-01-04T08:00:00.000+0000"})
		v.server.Add("Contact", vendortest.Record{"Name": "Many"})
		v.wants(201, "createOpportunity", map[string]any{"Name": "Many", "StageName": "Prospecting", "CloseDate": "2026-02-01"})
	}
	for _, operation := range []string{"listAccounts", "fetchContacts", "fetchOpportunities"} {
		v.same(5, len(each(at(v.wants(200, operation, map[string]any{"name": "Many"}), "records"))))
		v.same(5, len(each(at(v.wants(200, operation, map[string]any{}), "records"))))
	}
	v.fails("updateOpportunity", map[string]any{"id": "Many", "NextStep": "x"}, "more than one")
}

func TestSalesforceOfTheFirstGeneration(t *testing.T) {
	v := meet(t, "SALESFORCE", credential, vendortest.Salesforce(t, credential))
	v.wants(201, "createCase", map[string]any{"Subject": "A question", "Origin": "Web", "SuppliedName": "Jo", "SuppliedEmail": "jo@example.com"})
	v.same(map[string]any{"Subject": "A question", "Origin": "Web", "SuppliedName": "Jo", "SuppliedEmail": "jo@example.com", "Status": "New"},
		v.last("Case", "Subject", "Origin", "SuppliedName", "SuppliedEmail", "Status"))
	v.same("/services/data/v60.0/sobjects/Case", v.server.Calls()[0].Path)
	v.fails("createCase", map[string]any{"Subject": "x", "SuppliedEmail": "nobody"}, "SuppliedEmail")
	v.authorization = "Bearer expired"
	v.same("INVALID_SESSION_ID", at(v.wants(401, "createCase", map[string]any{"Subject": "x"}), 0, "errorCode"))
}
