package catalogue

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

func load(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryPluginTypeIsKnown(t *testing.T) {
	want := []string{
		"ASANA", "ATLASSIAN_CONFLUENCE", "CUSTOM", "GOOGLE_CALENDAR", "JIRA", "JIRA_CLOUD", "MICROSOFT_EXCHANGE", "MICROSOFT_TEAMS",
		"PAGERDUTY_ADVANCE", "QUICKSIGHT", "SALESFORCE", "SALESFORCE_CRM", "SERVICENOW_NOW_PLATFORM", "SERVICE_NOW", "SMARTSHEET", "ZENDESK", "ZENDESK_SUITE",
	}
	categories := []api.PluginTypeCategory{api.PluginTypeCategoryCustomerRelationshipManagementCRM, api.PluginTypeCategoryProjectManagement,
		api.PluginTypeCategoryCommunication, api.PluginTypeCategoryProductivity, api.PluginTypeCategoryTicketingAndIncidentManagement}
	var names, words []string
	for _, kind := range load(t).Types() {
		names = append(names, kind.Name)
		words = append(words, kind.Word)
		if !slices.Contains(categories, api.PluginTypeCategory(kind.Category)) {
			t.Errorf("%s: category %q", kind.Name, kind.Category)
		}
		if kind.Description == "" || len(kind.Description) > 200 || kind.Word == "" || strings.Contains(kind.Word, ":") || kind.Version != "999.0_0" || len(kind.Auth) == 0 {
			t.Errorf("%+v", kind)
		}
	}
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
	if slices.Sort(words); len(slices.Compact(words)) != len(want) {
		t.Errorf("two types share a word: %v", words)
	}
}

func TestTypeByName(t *testing.T) {
	c := load(t)
	if kind, ok := c.Type("ZENDESK_SUITE"); !ok || kind.Name != "ZENDESK_SUITE" {
		t.Errorf("%+v, %v", kind, ok)
	}
	if kind, ok := c.Type("zendesk_suite"); ok {
		t.Errorf("%+v", kind)
	}
}

// What the user guide documents for each type is there, under these identifiers.
func TestActions(t *testing.T) {
	for name, want := range map[string][]string{
		"ASANA": {
			"pa:asana:999.0_0:/tasks:POST = Create task",
			"pa:asana:999.0_0:/tasks/{task_gid}:PUT = Update task",
			"pa:asana:999.0_0:/workspaces:GET = List workspaces (internal)",
			"pa:asana:999.0_0:/projects:GET = List projects (internal)",
			"pa:asana:999.0_0:/users:GET = List people (internal)",
			"pa:asana:999.0_0:/tags:GET = List tags (internal)",
		},
		"ZENDESK_SUITE": {
			"pa:zendesk-suite:999.0_0:/api/v2/tickets.json:POST = Create ticket",
			"pa:zendesk-suite:999.0_0:/api/v2/tickets/{ticket_id}.json:GET = Get ticket",
			"pa:zendesk-suite:999.0_0:/api/v2/tickets/{ticket_id}.json:PUT = Update ticket",
			"pa:zendesk-suite:999.0_0:/api/v2/search.json:GET = Search tickets",
			"pa:zendesk-suite:999.0_0:/api/v2/users/search.json:GET = Find users (internal)",
			"pa:zendesk-suite:999.0_0:/api/v2/groups.json:GET = List groups (internal)",
		},
		"JIRA_CLOUD": {
			"pa:jira-cloud:999.0_0:/rest/api/2/issue:POST = Create issue",
			"pa:jira-cloud:999.0_0:/rest/api/2/issue/{issueIdOrKey}:GET = Read issue",
			"pa:jira-cloud:999.0_0:/rest/api/2/issue/{issueIdOrKey}:DELETE = Delete issue",
			"pa:jira-cloud:999.0_0:/rest/api/3/search/jql:GET = Search issues",
			"pa:jira-cloud:999.0_0:/rest/api/3/search/jql#assignees:GET = Find assignees (internal)",
			"pa:jira-cloud:999.0_0:/rest/api/3/project/search:GET = Find projects (internal)",
			"pa:jira-cloud:999.0_0:/rest/api/2/issue/{issueIdOrKey}/transitions:GET = List transitions (internal)",
			"pa:jira-cloud:999.0_0:/rest/api/2/issue/{issueIdOrKey}/transitions:POST = Change issue status",
			"pa:jira-cloud:999.0_0:/rest/agile/1.0/board:GET = List boards (internal)",
			"pa:jira-cloud:999.0_0:/rest/agile/1.0/board/{boardId}/sprint:GET = List sprints (internal)",
			"pa:jira-cloud:999.0_0:/rest/agile/1.0/sprint:POST = Create sprint",
			"pa:jira-cloud:999.0_0:/rest/agile/1.0/sprint/{sprintId}:GET = Read sprint",
			"pa:jira-cloud:999.0_0:/rest/agile/1.0/sprint/{sprintId}:DELETE = Delete sprint",
			"pa:jira-cloud:999.0_0:/rest/agile/1.0/sprint/{sprintId}/issue:POST = Move issue to sprint",
		},
		"SERVICENOW_NOW_PLATFORM": {
			"pa:servicenow-now-platform:999.0_0:/api/now/table/incident:POST = Create incident",
			"pa:servicenow-now-platform:999.0_0:/api/now/table/incident:GET = Read incident",
			"pa:servicenow-now-platform:999.0_0:/api/now/table/incident/{sys_id}:PATCH = Update incident",
			"pa:servicenow-now-platform:999.0_0:/api/now/table/incident/{sys_id}:DELETE = Delete incident",
			"pa:servicenow-now-platform:999.0_0:/api/sn_chg_rest/change:POST = Create change request",
			"pa:servicenow-now-platform:999.0_0:/api/sn_chg_rest/change:GET = Read change request",
			"pa:servicenow-now-platform:999.0_0:/api/sn_chg_rest/change/{sys_id}:PATCH = Update change request",
			"pa:servicenow-now-platform:999.0_0:/api/sn_chg_rest/change/{sys_id}:DELETE = Delete change request",
			"pa:servicenow-now-platform:999.0_0:/api/now/table/sys_user:GET = Find users (internal)",
			"pa:servicenow-now-platform:999.0_0:/api/now/table/sys_user_group:GET = Find groups (internal)",
			"pa:servicenow-now-platform:999.0_0:/api/now/table/cmdb_ci:GET = Find configuration items (internal)",
		},
		"SALESFORCE_CRM": {
			"pa:salesforce-crm:999.0_0:/sobjects/Case:POST = Create case",
			"pa:salesforce-crm:999.0_0:/sobjects/Case/{id}:GET = Get case",
			"pa:salesforce-crm:999.0_0:/sobjects/Case/{id}:PATCH = Update case",
			"pa:salesforce-crm:999.0_0:/sobjects/Case/{id}:DELETE = Delete case",
			"pa:salesforce-crm:999.0_0:/sobjects/Opportunity:POST = Create opportunity",
			"pa:salesforce-crm:999.0_0:/sobjects/Opportunity/{id}:GET = Get opportunity",
			"pa:salesforce-crm:999.0_0:/sobjects/Opportunity/{id}:PATCH = Update opportunity",
			"pa:salesforce-crm:999.0_0:/sobjects/Opportunity/{id}:DELETE = Delete opportunity",
			"pa:salesforce-crm:999.0_0:/query#accounts:GET = List accounts",
			"pa:salesforce-crm:999.0_0:/query#opportunities:GET = Fetch specific opportunities",
			"pa:salesforce-crm:999.0_0:/query#contacts:GET = Fetch specific contacts",
			"pa:salesforce-crm:999.0_0:/query#find-cases:GET = Find cases (internal)",
			"pa:salesforce-crm:999.0_0:/query#find-opportunities:GET = Find opportunities (internal)",
			"pa:salesforce-crm:999.0_0:/query#find-accounts:GET = Find accounts (internal)",
			"pa:salesforce-crm:999.0_0:/query#find-contacts:GET = Find contacts (internal)",
		},
		"PAGERDUTY_ADVANCE": {
			"pa:pagerduty-advance:999.0_0:/incidents:GET = Get incidents",
			"pa:pagerduty-advance:999.0_0:/incidents/{id}:GET = Find incident (internal)",
			"pa:pagerduty-advance:999.0_0:/incidents/{id}:PUT = Update incident",
			"pa:pagerduty-advance:999.0_0:/incidents/{id}/past_incidents:GET = Similar incidents",
			"pa:pagerduty-advance:999.0_0:/incidents/{id}/outlier_incident:GET = Root cause incident",
			"pa:pagerduty-advance:999.0_0:/change_events:GET = Find recent changes",
			"pa:pagerduty-advance:999.0_0:/oncalls:GET = Who is on-call",
			"pa:pagerduty-advance:999.0_0:/incidents/{id}/status_updates:POST = Status update on incident",
			"pa:pagerduty-advance:999.0_0:/incidents/{id}/business_services/impacts:GET = Customer impact",
			"pa:pagerduty-advance:999.0_0:/services:GET = Find services (internal)",
			"pa:pagerduty-advance:999.0_0:/teams:GET = Find teams (internal)",
			"pa:pagerduty-advance:999.0_0:/users:GET = Find users (internal)",
			"pa:pagerduty-advance:999.0_0:/schedules:GET = Find schedules (internal)",
			"pa:pagerduty-advance:999.0_0:/escalation_policies:GET = Find escalation policies (internal)",
		},
		"ATLASSIAN_CONFLUENCE": {
			"pa:confluence:999.0_0:/wiki/rest/api/search:GET = Search pages",
		},
		"GOOGLE_CALENDAR": {
			"pa:google-calendar:999.0_0:/calendars/{calendarId}/events#find:GET = Find events",
			"pa:google-calendar:999.0_0:/calendars/{calendarId}/events:GET = List events",
			"pa:google-calendar:999.0_0:/users/me/calendarList:GET = List calendars (internal)",
		},
		"MICROSOFT_TEAMS": {
			"pa:microsoft-teams:999.0_0:/chats/{chat-id}/messages:POST = Send private message",
			"pa:microsoft-teams:999.0_0:/teams/{team-id}/channels/{channel-id}/messages:POST = Send channel message",
			"pa:microsoft-teams:999.0_0:/me/chats:GET = List chats (internal)",
			"pa:microsoft-teams:999.0_0:/me/joinedTeams:GET = List teams (internal)",
			"pa:microsoft-teams:999.0_0:/teams/{team-id}/channels:GET = List channels (internal)",
		},
		"MICROSOFT_EXCHANGE": {
			"pa:microsoft-exchange:999.0_0:/me/calendarView:GET = Get calendar events",
			"pa:microsoft-exchange:999.0_0:/me/messages:GET = Get emails",
			"pa:microsoft-exchange:999.0_0:/me/messages#search:GET = Search emails",
		},
		"SMARTSHEET": {
			"pa:smartsheet:999.0_0:/search:GET = Search sheets",
			"pa:smartsheet:999.0_0:/sheets:GET = List sheets (internal)",
			"pa:smartsheet:999.0_0:/sheets/{sheetId}:GET = Read sheets",
			"pa:smartsheet:999.0_0:/reports:GET = List reports",
			"pa:smartsheet:999.0_0:/reports/{reportId}:GET = Get reports",
		},
		"JIRA":        {"pa:jira:999.0_0:/rest/api/2/issue:POST = Create issue"}, // the one identifier that the user guide shows
		"SERVICE_NOW": {"pa:service-now:999.0_0:/api/now/table/incident:POST = Create incident"},
		"ZENDESK":     {"pa:zendesk:999.0_0:/api/v2/tickets.json:POST = Create ticket"},
		"SALESFORCE":  {"pa:salesforce:999.0_0:/services/data/v60.0/sobjects/Case:POST = Create case"},
		"CUSTOM":      nil,
		"QUICKSIGHT":  nil,
	} {
		kind, _ := load(t).Type(name)
		var got []string
		for _, a := range kind.Actions() {
			line := kind.Identifier(a) + " = " + a.Name
			if a.Internal {
				line += " (internal)"
			}
			got = append(got, line)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// A type has a document, unless a customer brings it or there is nothing to be
// asked, and no document belongs to no type.
func TestDocuments(t *testing.T) {
	files, err := fs.Glob(documents, "documents/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range load(t).Types() {
		doc, err := kind.Document()
		if err != nil {
			t.Error(err)
		}
		if (doc != nil) != kind.hasDocument() {
			t.Errorf("%s: has a document: %v", kind.Name, doc != nil)
		}
		if doc != nil {
			files = slices.DeleteFunc(files, func(name string) bool { return name == "documents/"+strings.ToLower(kind.Name)+".yaml" })
		}
	}
	if len(files) > 0 {
		t.Errorf("no type has %v", files)
	}
}

var placeholder = regexp.MustCompile(`\\\{[a-zA-Z]+\\\}`)

// matches says whether url is template with something in place of each
// placeholder.
func matches(template, url string) bool {
	pattern := "^" + placeholder.ReplaceAllString(regexp.QuoteMeta(template), ".+") + "$"
	return regexp.MustCompile(pattern).MatchString(url)
}

func TestDocumentsAreComplete(t *testing.T) {
	for _, kind := range load(t).Types() {
		doc, err := kind.Document()
		if err != nil {
			t.Fatal(err)
		}
		if doc == nil {
			continue
		}
		if !matches(kind.ServerURL, doc.Server) || doc.Version != kind.Version {
			t.Errorf("%s: server %q, version %q", kind.Name, doc.Server, doc.Version)
		}
		if len(doc.Schemes) != 1 || doc.Schemes[0].Kind != schemeKind(kind) ||
			!matches(kind.AuthorizationURL, doc.Schemes[0].AuthorizationURL) || !matches(kind.TokenURL, doc.Schemes[0].TokenURL) {
			t.Errorf("%s: schemes %+v", kind.Name, doc.Schemes)
		}
		for _, a := range doc.Actions {
			checkAction(t, kind, a)
		}
	}
}

// schemeKind is how the user guide says that a type signs in.
func schemeKind(kind Type) string {
	switch {
	case slices.Contains(kind.Auth, BasicAuth):
		return "basic"
	case kind.AuthorizationURL == "":
		return "clientCredentials"
	}
	return "authorizationCode"
}

func checkAction(t *testing.T, kind Type, a openapi.Action) {
	t.Helper()
	if !a.Callable || a.Description == "" || a.Name == "" || a.InstructionExample == "" {
		t.Errorf("%s: %+v", kind.Name, a)
	}
	if reads := a.Method == "GET"; (a.Effect == openapi.Read) != reads {
		t.Errorf("%s: %s: effect %q of a %s", kind.Name, a.OperationID, a.Effect, a.Method)
	}
	if len(a.Security) != 1 || len(a.Security[0].Schemes) != 1 || cmp.Diff(kind.Scopes, a.Security[0].Schemes[0].Scopes) != "" {
		t.Errorf("%s: %s: security %+v, want scopes %v", kind.Name, a.OperationID, a.Security, kind.Scopes)
	}
	for _, p := range a.Parameters {
		checkParameter(t, kind.Name+" "+a.OperationID+" "+p.Name, p)
	}
	writes := a.Method == "POST" || a.Method == "PUT" || a.Method == "PATCH"
	if writes != (a.Body != nil) || writes && (len(a.Body.Fields) == 0 || !a.Body.Required) {
		t.Errorf("%s: %s: body %+v", kind.Name, a.OperationID, a.Body)
	}
	if a.Body == nil {
		return
	}
	for _, f := range a.Body.Fields {
		checkInput(t, kind.Name+" "+a.OperationID+" "+strings.Join(f.Path, "."), f.Path[len(f.Path)-1], f.Input)
	}
}

func checkParameter(t *testing.T, where string, p openapi.Parameter) {
	t.Helper()
	if p.Compose == nil {
		checkInput(t, where, p.Name, p.Input)
		return
	}
	if len(p.Compose.Clauses) == 0 {
		t.Errorf("%s: nothing to put together", where)
	}
	for _, c := range p.Compose.Clauses {
		checkInput(t, where+" "+c.Name, c.Name, c.Input)
	}
}

// A name that is a label already: Salesforce has such.
var label = regexp.MustCompile(`^[A-Z][a-z]+$`)

func checkInput(t *testing.T, where, name string, in openapi.Input) {
	t.Helper()
	if in.Description == "" || in.Type == "" || !in.Hidden && in.DisplayName == name && !label.MatchString(name) {
		t.Errorf("%s: %+v", where, in)
	}
}

// What the built-in types need and Amazon does not take in a custom document:
// lists, PagerDuty's header From, several queries to Salesforce's one address,
// and the first generation's ways to sign in.
var beyondAmazon = []string{"input-array", "input-composition", "parameter-header", "path-query", "security-beyond"}

// No finding but those that say Amazon would not take a built-in document as a
// custom one.
func TestDocumentsHaveOnlyExpectedAdvice(t *testing.T) {
	files, err := fs.Glob(documents, "documents/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		src, err := documents.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range openapi.Lint(src, openapi.DefaultLimits()).Findings {
			if f.Grade == openapi.Refused || !slices.Contains(beyondAmazon, f.Rule) {
				t.Errorf("%s: %s [%s]", name, f, f.Rule)
			}
		}
	}
}

func TestUnavailable(t *testing.T) {
	for _, kind := range load(t).Types() {
		want := kind.Name == "QUICKSIGHT"
		if (kind.Unavailable != "") != want {
			t.Errorf("%s: %q", kind.Name, kind.Unavailable)
		}
		if want && (kind.Actions() != nil || !strings.Contains(kind.Unavailable, "QuickSight")) {
			t.Errorf("%s has actions, or does not say what is unavailable", kind.Name)
		}
	}
}

func TestServerURLRequired(t *testing.T) {
	for name, want := range map[string]bool{"JIRA_CLOUD": true, "ASANA": false, "CUSTOM": false, "QUICKSIGHT": false, "ZENDESK": true} {
		if kind, _ := load(t).Type(name); kind.ServerURLRequired() != want {
			t.Errorf("%s: %v", name, kind.ServerURLRequired())
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}

// BenchmarkFirstUse is what the first request for each type's actions waits for,
// all types together.
func BenchmarkFirstUse(b *testing.B) {
	for b.Loop() {
		for _, kind := range load(b).Types() {
			kind.Actions()
		}
	}
}
