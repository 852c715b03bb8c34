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
