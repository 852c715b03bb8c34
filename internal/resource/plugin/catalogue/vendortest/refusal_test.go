package vendortest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const bearer = "Bearer t"

// ask sends a request as it is written and returns the status and the body.
func ask(t *testing.T, method, address, body string, header map[string]string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", bearer)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(raw)
}

// What each vendor refuses, in its own words.
func TestRefusals(t *testing.T) {
	sn, sf, pd := ServiceNow(t, bearer).URL, Salesforce(t, bearer).URL, PagerDuty(t, bearer).URL
	ss, jira, zendesk := Smartsheet(t, bearer).URL, Jira(t, bearer).URL, Zendesk(t, bearer).URL
	confluence, google, teams, exchange := Confluence(t, bearer).URL, Google(t, bearer).URL, Teams(t, bearer).URL, Exchange(t, bearer).URL
	asana := Asana(t, bearer).URL
	version := map[string]string{"Accept": pagerDutyVersion}
	written := map[string]string{"Accept": pagerDutyVersion, "From": "tim@example.com"}
	for _, c := range []struct {
		method, address, body string
		header                map[string]string
		status                int
		want                  string
	}{
		{"GET", sn + "/api/now/table/incident", "", map[string]string{"Authorization": ""}, 401, "User Not Authenticated"},
		{"GET", sn + "/api/now/table/incident", "", map[string]string{"Accept": "text/html"}, 406, "failure"},
		{"GET", sn + "/api/now/table/secrets", "", nil, 400, "Invalid table secrets"},
		{"GET", sn + "/api/now/table/incident?sysparm_limit=many", "", nil, 400, "sysparm_limit"},
		{"GET", sn + "/api/now/incident", "", nil, 400, "does not represent any resource"},
		{"POST", sn + "/api/now/table/incident", "{", nil, 400, "not valid JSON"},
		{"POST", sn + "/api/now/table/incident", "{}", map[string]string{"Content-Type": "text/plain"}, 415, "failure"},
		{"POST", sn + "/api/sn_chg_rest/change", `{"type":"sudden"}`, nil, 400, "Invalid change type"},
		{"PATCH", sn + "/api/now/table/incident/none", "{}", nil, 404, "No Record found"},

		{"POST", sf + "/services/data/v60.0/sobjects/Case", `{"Colour":"red"}`, nil, 400, `No such column 'Colour' on sobject of type Case`},
		{"POST", sf + "/services/data/v60.0/sobjects/Case", `{"Subject":7}`, nil, 400, "JSON_PARSER_ERROR"},
		{"POST", sf + "/services/data/v60.0/sobjects/Case", `{"Subject":"` + strings.Repeat("x", 256) + `"}`, nil, 400, "STRING_TOO_LONG"},
		{"POST", sf + "/services/data/v60.0/sobjects/Opportunity", `{"Name":"x","StageName":"y"}`, nil, 400, "Required fields are missing: [CloseDate]"},
		{"POST", sf + "/services/data/v60.0/sobjects/Opportunity", `{"Name":"x","StageName":"y","CloseDate":"soon"}`, nil, 400, "JSON_PARSER_ERROR"},
		{"POST", sf + "/services/data/v60.0/sobjects/Planet", `{}`, nil, 404, "NOT_FOUND"},
		{"GET", sf + "/services/data/v60.0/sobjects/Case/500", "", nil, 404, "NOT_FOUND"},
		{"GET", sf + "/services/data/v60.0/sobjects/Opportunity/" + recordID("006", 921) + "?fields=Colour", "", nil, 400, "INVALID_FIELD"},

		{"GET", pd + "/incidents", "", nil, 406, "version"},
		{"GET", pd + "/incidents", "", map[string]string{"Accept": "application/vnd.pagerduty+json;version=1"}, 406, "version"},
		{"GET", pd + "/incidents?statuses=triggered", "", version, 400, "call it statuses[]"},
		{"GET", pd + "/incidents?statuses[]=open", "", version, 400, "statuses[] is invalid"},
		{"GET", pd + "/incidents?limit=101&since=yesterday", "", version, 400, `"limit is invalid","since is invalid"`},
		{"GET", pd + "/incidents/1234/past_incidents", "", version, 404, "Not Found"}, // a number is taken by one operation only
		{"PUT", pd + "/incidents/PINCID1", `{"incident":{"type":"incident"}}`, version, 400, "Requester User Not Found"},
		{"PUT", pd + "/incidents/PINCID1", `{"incident":{"status":"resolved"}}`, written, 400, "type is required"},
		{"PUT", pd + "/incidents/PINCID1", `{"status":"resolved"}`, written, 400, "incident is required"},
		{"POST", pd + "/incidents/PINCID1/status_updates", `{"message":""}`, written, 400, "message is required"},

		{"GET", ss + "/2.0/search", "", nil, 400, "1009"},
		{"GET", ss + "/2.0/search?query=x&scopes=sheetNames&scopes=cells", "", nil, 400, "1018"},
		{"GET", ss + "/2.0/search?query=x&scopes=cells", "", nil, 400, "'scopes'"},
		{"GET", ss + "/2.0/sheets/Budget", "", nil, 400, "'sheetId'"},
		{"GET", ss + "/2.0/sheets/1", "", nil, 404, "1006"},
		{"GET", ss + "/2.0/reports?modifiedSince=yesterday", "", nil, 400, "'modifiedSince'"},
		{"GET", ss + "/2.0/reports", "", map[string]string{"Authorization": "Bearer u"}, 401, "1002"},

		{"POST", jira + "/rest/api/2/issue", `{"summary":"x"}`, nil, 400, "fields is required"},
		{"POST", jira + "/rest/api/2/issue", `{"fields":{"colour":"red"}}`, nil, 400, "Field 'colour' cannot be set."},
		{"POST", jira + "/rest/api/2/issue", `{"fields":{"description":{"type":"doc"}}}`, nil, 400, "description is not a valid string"},
		{"POST", zendesk + "/api/v2/tickets.json", `{"subject":"x"}`, nil, 400, "Invalid attribute"},
		{"POST", zendesk + "/api/v2/tickets.json", `{"ticket":{"subject":"x"}}`, nil, 422, "cannot be blank"},
		{"POST", zendesk + "/api/v2/tickets.json", `{"ticket":{"comment":{"body":"x"},"priority":"asap"}}`, nil, 422, "InvalidValue"},
		{"GET", zendesk + "/api/v2/tickets/seven.json", "", nil, 400, "Invalid attribute"},
		{"PUT", zendesk + "/api/v2/tickets/1.json", `{"ticket":{}}`, nil, 404, "RecordNotFound"},
		{"GET", zendesk + "/api/v2/users/search.json", "", nil, 400, "Invalid search"},

		{"GET", jira + "/rest/api/3/search", "", nil, 404, "null for uri"}, // shut down
		{"GET", jira + "/rest/api/2/issue/OPS-1/transitions", "", nil, 404, "Issue does not exist"},
		{"GET", jira + "/rest/agile/1.0/sprint/soon", "", nil, 404, "null for uri"},
		{"GET", jira + "/rest/agile/1.0/board/99/sprint", "", nil, 404, "board cannot be viewed"},
		{"GET", jira + "/rest/agile/1.0/board/5/sprint", "", nil, 400, "does not support sprints"},
		{"GET", jira + "/rest/agile/1.0/board/4/sprint?state=over", "", nil, 400, "Invalid sprint state"},
		{"POST", jira + "/rest/agile/1.0/sprint", `{"name":"x"}`, nil, 400, "originBoardId is required"},
		{"POST", jira + "/rest/agile/1.0/sprint", `{"name":"x","originBoardId":99}`, nil, 400, "Board does not exist"},
		{"POST", jira + "/rest/agile/1.0/sprint/37/issue", `{"issues":"OPS-1"}`, nil, 400, "issues is not a valid strings"},

		{"GET", confluence + "/wiki/rest/api/search", "", map[string]string{"Authorization": ""}, 401, "scope does not match"},
		{"GET", confluence + "/wiki/rest/api/search", "", nil, 400, "cql query is empty"},
		{"GET", confluence + "/wiki/rest/api/search?cql=type%3Dpage&limit=0", "", nil, 400, "Invalid value for limit"},
		{"GET", confluence + "/wiki/rest/api/search?cql=type%3Dpage&excerpt=all", "", nil, 400, "excerpt"},

		{"GET", google + "/calendar/v3/calendars/primary/events?timeMin=2026-03-01", "", nil, 400, "Bad Request"}, // a day is no moment
		{"GET", google + "/calendar/v3/calendars/primary/events?timeMin=2026-03-01T00:00:00", "", nil, 400, "Bad Request"},
		{"GET", google + "/calendar/v3/calendars/primary/events?orderBy=startTime", "", nil, 400, "ordering is not available"},
		{"GET", google + "/calendar/v3/calendars/primary/events?maxResults=0", "", nil, 400, "maxResults"},
		{"GET", google + "/calendar/v3/calendars/nobody/events", "", nil, 404, "Not Found"},
		{"GET", google + "/calendar/v3/users/me/calendarList?maxResults=251", "", nil, 400, "maxResults"},

		{"GET", teams + "/v1.0/me/chats?$top=51", "", nil, 400, "$top"},
		{"GET", teams + "/v1.0/me/chats?$expand=owner", "", nil, 400, "Expanding 'owner'"},
		{"GET", teams + "/v1.0/me/joinedTeams?$top=5", "", nil, 400, "not allowed"},
		{"GET", teams + "/v1.0/teams/none/channels", "", nil, 404, "No team found"},
		{"POST", teams + "/v1.0/chats/" + chatWithJane + "/messages", `{"body":{}}`, nil, 400, "Missing body content"},
		{"POST", teams + "/v1.0/chats/" + chatWithJane + "/messages", `{"body":{"content":"x"},"subject":"y"}`, nil, 400, "Subject is not supported"},
		{"POST", teams + "/v1.0/chats/" + chatWithJane + "/messages", `{"body":{"content":"x","contentType":"rtf"}}`, nil, 400, "contentType is not one of"},
		{"POST", teams + "/v1.0/chats/" + chatWithJane + "/messages", `{"text":"x"}`, nil, 400, "Missing body content"},

		{"GET", exchange + "/v1.0/me/messages?$search=%22x%22&$filter=isRead+eq+true", "", nil, 400, "SearchWithFilter"},
		{"GET", exchange + "/v1.0/me/messages?$search=%22x%22&$orderby=subject", "", nil, 400, "SearchWithOrderBy"},
		{"GET", exchange + "/v1.0/me/messages?$search=x", "", nil, 400, "double quotes"},
		{"GET", exchange + "/v1.0/me/messages?$filter=isRead+eq+true&$orderby=receivedDateTime", "", nil, 400, "InefficientFilter"},
		{"GET", exchange + "/v1.0/me/messages?$select=colour", "", nil, 400, "colour"},
		{"GET", exchange + "/v1.0/me/messages?limit=5", "", nil, 400, "not allowed"},
		{"GET", exchange + "/v1.0/me/messages", "", map[string]string{"Prefer": "text"}, 400, "Prefer header"},
		{"GET", exchange + "/v1.0/me/calendarView?startDateTime=2026-02-11T00:00:00Z", "", nil, 400, "requires a time window"},
		{"GET", exchange + "/v1.0/me/calendarView?startDateTime=a&endDateTime=b", "", nil, 400, "not valid"},

		{"POST", asana + "/api/1.0/tasks", `{"name":"x"}`, nil, 400, "data: Missing input"},
		{"POST", asana + "/api/1.0/tasks", `{"data":{"workspace":"99"}}`, nil, 400, "workspace: Not a recognized ID: 99"},
		{"POST", asana + "/api/1.0/tasks", `{"data":{"workspace":"1000331","start_on":"2026-03-01"}}`, nil, 400, "start_on: due_on or due_at"},
		{"POST", asana + "/api/1.0/tasks", `{"data":{"workspace":"1000331","html_notes":"x"}}`, nil, 400, "XML is invalid"},
		{"POST", asana + "/api/1.0/tasks", `{"data":{"workspace":"1000331","projects":"1000501"}}`, nil, 400, "projects is not a valid strings"},
		{"GET", asana + "/api/1.0/projects?limit=101", "", nil, 400, "limit"},
		{"GET", asana + "/api/1.0/projects?workspace=99", "", nil, 400, "Not a recognized ID"},
	} {
		status, body := ask(t, c.method, c.address, c.body, c.header)
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s %s %s: %d %s, want %d and %q", c.method, c.address, c.body, status, body, c.status, c.want)
		}
	}
}

func TestSOQL(t *testing.T) {
	home := Salesforce(t, bearer).URL + "/services/data/v60.0/query?q="
	for q, want := range map[string]string{
		"":                                 "MALFORMED_QUERY",
		"SELECT Id":                        "MALFORMED_QUERY",
		"SELECT Id FROM Account WHERE":     "MALFORMED_QUERY",
		"SELECT Id, FROM Account":          "MALFORMED_QUERY",
		"SELECT Id FROM Account LIMIT":     "MALFORMED_QUERY",
		"SELECT Id FROM Account LIMIT 5 5": "MALFORMED_QUERY",
		"SELECT Id FROM Account WHERE Name = 'O'Neil'":                                   "MALFORMED_QUERY",
		"SELECT Id FROM Account WHERE Name = 'Acme":                                      "MALFORMED_QUERY",
		"SELECT Id FROM Account WHERE Name = \"Acme\"":                                   "MALFORMED_QUERY",
		"SELECT Id FROM Account WHERE (Name = 'Acme'":                                    "MALFORMED_QUERY",
		"SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'":           "MALFORMED_QUERY",
		"SELECT Id FROM Planet":                                                          "INVALID_TYPE",
		"SELECT Id, Colour FROM Account":                                                 "No such column 'Colour'",
		"SELECT Id FROM Account ORDER BY Colour":                                         "No such column 'Colour'",
		"SELECT Id FROM Opportunity WHERE CloseDate > '2026-01-01'":                      "must be of type date",
		"SELECT Id FROM Opportunity WHERE Amount = '5'":                                  "must be of type number",
		"SELECT Id FROM Opportunity WHERE IsClosed = 'true'":                             "must be of type boolean",
		"SELECT Id FROM Opportunity WHERE Amount LIKE '5%'":                              "must be of type number",
		"SELECT Name FROM Account WHERE Name LIKE 'A%' LIMIT 5":                          `"totalSize":1`,
		"select Name from Account where Name like '_cme' or (Name = 'x' and Type = 'y')": `"totalSize":1`,
		"SELECT Name FROM Account WHERE Name LIKE '\\_cme'":                              `"totalSize":0`,
		"SELECT Name FROM Account WHERE Name = 'O\\'Neil'":                               `"totalSize":0`,
		"SELECT Name FROM Account WHERE Phone = null AND Name != 'Acme'":                 `"totalSize":1`,
		"SELECT Name FROM Opportunity WHERE Amount >= 20000 AND Amount < 20000.5":        `"totalSize":1`,
		"SELECT Name FROM Opportunity WHERE CloseDate <= 2026-03-31":                     `"totalSize":1`,
		"SELECT Name FROM Opportunity WHERE LastModifiedDate > 2026-01-02T09:00:00Z":     `"totalSize":0`,
		"SELECT Account.Name FROM Contact ORDER BY Name DESC LIMIT 1":                    `{"Account":{"Name":"Acme"}`,
	} {
		if _, body := ask(t, "GET", home+url.QueryEscape(q), "", nil); !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", q, body, want)
		}
	}
}

func TestEncodedQueries(t *testing.T) {
	s := ServiceNow(t, bearer)
	s.Add("incident", Record{"number": "INC1", "short_description": "Mail is down", "state": "1", "assignment_group": sysID(911)})
	s.Add("incident", Record{"number": "INC2", "short_description": "Mouse", "state": "2"})
	for q, want := range map[string]string{
		"":                                      `[{"number":"INC1"},{"number":"INC2"}]`,
		"ORDERBYDESCnumber":                     `[{"number":"INC2"},{"number":"INC1"}]`,
		"number=INC1^ORnumber=INC2^state=2":     `[{"number":"INC2"}]`,
		"short_descriptionLIKEmail":             `[{"number":"INC1"}]`,
		"short_descriptionSTARTSWITHM^state!=2": `[{"number":"INC1"}]`,
		"numberENDSWITH2":                       `[{"number":"INC2"}]`,
		"assignment_group.name=Network":         `[{"number":"INC1"}]`,
		"assignment_group.colour=Network":       `[]`,
		"short_description.name=x":              `[]`,
		"colour=red":                            `[]`,
		"number~INC1":                           `[]`,
		"=INC1":                                 `[]`,
	} {
		_, body := ask(t, "GET", s.URL+"/api/now/table/incident?sysparm_fields=number&sysparm_query="+url.QueryEscape(q), "", nil)
		if body != `{"result":`+want+`}` {
			t.Errorf("%s: %s, want %s", q, body, want)
		}
	}
}

func TestCallsAreKept(t *testing.T) {
	s := Zendesk(t, bearer)
	ask(t, "POST", s.URL+"/api/v2/tickets?x=1", `{"ticket":{"comment":{"body":"x"}}}`, nil)
	ask(t, "DELETE", s.URL+"/api/v2/tickets/1", "", nil)
	calls := s.Calls()
	if len(calls) != 2 || calls[0].Status != 201 || calls[0].Path != "/api/v2/tickets" || calls[0].Query != "x=1" || len(calls[0].Body) == 0 ||
		calls[1].Status != 404 || calls[1].Method != "DELETE" || calls[0].Header.Get("Authorization") != bearer {
		t.Errorf("%+v", calls)
	}
	if tickets := s.Records("ticket"); len(tickets) != 1 || tickets[0]["id"] != 1 {
		t.Errorf("%v", tickets)
	}
}
