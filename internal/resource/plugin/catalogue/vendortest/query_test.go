package vendortest

import (
	"net/url"
	"strings"
	"testing"
)

func TestJQL(t *testing.T) {
	s := Jira(t, bearer)
	for _, fields := range []string{
		`"summary":"Mail is \"down\"","issuetype":{"name":"Bug"},"priority":{"name":"High"},"assignee":{"id":"` + jane + `"},"labels":["mail","urgent"],"duedate":"2026-03-01"`,
		`"summary":"Buy toner","issuetype":{"name":"Task"},"description":"For the mail printer"`,
	} {
		if status, body := ask(t, "POST", s.URL+"/rest/api/2/issue", `{"fields":{"project":{"key":"OPS"},`+fields+`}}`, nil); status != 201 {
			t.Fatal(body)
		}
	}
	const one, two, both, none = `[{"id":"10001"}]`, `[{"id":"10002"}]`, `[{"id":"10001"},{"id":"10002"}]`, `"issues":[]`
	for q, want := range map[string]string{
		"":                              "Unbounded JQL",
		"ORDER BY created":              "Unbounded JQL",
		"project":                       "ends unexpectedly",
		"project =":                     "ends unexpectedly",
		"project = OPS AND":             "ends unexpectedly",
		"project = OPS status = Done":   "got 'status'",
		"project = OPS ORDER BY":        "ends unexpectedly",
		"= OPS":                         "got '='",
		"(project = OPS":                "ends unexpectedly",
		"project = OPS)":                "got ')'",
		"project OPS":                   "got 'OPS'",
		`text ~ "mail`:                  "has not been completed",
		`summary ~ 'it''`:               "has not been completed",
		`text ~ "a" b"`:                 "has not been completed",
		"colour = red":                  "Field 'colour' does not exist",
		"project = OPS ORDER BY colour": "Field 'colour' does not exist",
		"text = mail":                   "operator '=' is not supported by the 'text' field",
		"project ~ OPS":                 "operator '~' is not supported by the 'project' field",
		"project = MOON":                "value 'MOON' does not exist for the field 'project'",
		"status IN (Done, Lost)":        "value 'Lost' does not exist for the field 'status'",
		"created >= soon":               "Date value 'soon'",
		"assignee = nobodyAtAll()":      "JQL function 'nobodyatall()'",
		"labels IN mail":                "ends unexpectedly",
		"labels IN (mail":               "ends unexpectedly",
		"project = OPS":                 both,
		"project = operations AND NOT text ~ toner": one,
		`text ~ "MAIL"`:        both,
		`summary ~ "\"down\""`: one,
		"assignee = currentUser() AND sprint IS EMPTY":                    one,
		"assignee IS NULL OR assignee = 'john@example.com'":               two,
		"labels IN (urgent, \"x\") AND priority >= High":                  one,
		"labels NOT IN (urgent) OR issuetype != Bug":                      two,
		"due <= 2026-03-01 AND created >= -1d AND updated > '2026/02/09'": one,
		"due < 2026-03-01": none,
		"status = Done OR (status = 'To Do' AND key = OPS-2)": two,
		"sprint IN openSprints()":                             none,
		"project = OPS ORDER BY due DESC, key ASC":            both,
	} {
		if _, body := ask(t, "GET", s.URL+"/rest/api/3/search/jql?jql="+url.QueryEscape(q), "", nil); !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", q, body, want)
		}
	}
}

func TestCQL(t *testing.T) {
	home := Confluence(t, bearer).URL + "/wiki/rest/api/search?cql="
	for q, want := range map[string]string{
		"type = page AND":            "Could not parse cql : syntax",
		"type page":                  "Could not parse cql : syntax",
		`text ~ "x`:                  "Could not parse cql : unclosed",
		"colour = red":               "No field exists with name: 'colour'",
		"text = plan":                "Could not parse cql : operator text =",
		"label ~ release":            "Could not parse cql : operator label ~",
		"type = leaf":                "Could not parse cql : value type leaf",
		"lastmodified > soon":        "Could not parse cql : date lastmodified soon",
		"creator = everybody()":      "Could not parse cql : function",
		"type = page ORDER BY title": `"totalSize":3`,
		"type IN (page, blogpost) AND title ~ plan": `"totalSize":3`,
		`space = OPS AND label != "release"`:        `"totalSize":1`,
		"creator.fullname ~ jane":                   `"totalSize":2`,
		"creator = currentUser() and type = page":   `"totalSize":1`,
		"lastmodified >= '2026-01-16'":              `"totalSize":2`,
		`title = "Printers" or title = printers`:    `"totalSize":1`,
	} {
		if _, body := ask(t, "GET", home+url.QueryEscape(q), "", nil); !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", q, body, want)
		}
	}
}

func TestOData(t *testing.T) {
	home := Exchange(t, bearer).URL + "/v1.0/me/messages?$select=subject&$filter="
	const refused = "Invalid filter clause"
	for q, want := range map[string]string{
		"isRead":                          refused,
		"isRead eq":                       refused,
		"isRead eq true and":              refused,
		"isRead eq true isRead eq false":  refused,
		"(isRead eq true":                 refused,
		"isRead = true":                   refused,
		"isRead EQ true":                  refused,
		"isRead eq 'true'":                refused,
		"subject eq Lunch":                refused,
		"subject eq \"Lunch?\"":           refused,
		"subject eq 'Lunch":               refused,
		"subject eq 'O'Neil'":             refused,
		"colour eq 'red'":                 "could not find a property named 'colour'",
		"receivedDateTime ge 2026-02-09":  refused,
		"receivedDateTime ge 'yesterday'": refused,
		"contains(subject)":               refused,
		"contains(isRead,'x')":            refused,
		"contains(subject,'x'":            refused,
		"has(subject,'x')":                "unknown function with name 'has'",
		"isRead eq false":                 `[{"id":"A","subject":"Budget 2026"},{"id":"B","subject":"Lunch?"}]`,
		"not (isRead eq false)":           `[{"id":"C","subject":"Re: Budget 2026"}]`,
		"startswith(subject,'re') or hasAttachments ne false":                        `[{"id":"A","subject":"Budget 2026"},{"id":"C","subject":"Re: Budget 2026"}]`,
		"contains(from/emailAddress/name,'O''Neil')":                                 `[{"id":"B","subject":"Lunch?"}]`,
		"receivedDateTime gt 2026-02-08T11:00:00+01:00 and subject eq 'budget 2026'": `[{"id":"A","subject":"Budget 2026"}]`,
		"receivedDateTime le 2026-02-08T11:00:00.5+01:00 and isRead eq false":        `[{"id":"B","subject":"Lunch?"}]`,
	} {
		if _, body := ask(t, "GET", home+url.QueryEscape(q), "", nil); !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", q, body, want)
		}
	}
}

func TestZendeskSearches(t *testing.T) {
	s := Zendesk(t, bearer)
	ask(t, "POST", s.URL+"/api/v2/tickets", `{"ticket":{"subject":"Mail is down","comment":{"body":"Since noon"},"assignee_id":35436,"tags":["mail"]}}`, nil)
	for q, want := range map[string]string{
		"":                                  "query is empty",
		`type:ticket "mail`:                 "cannot be understood",
		`status:"new" status:`:              "cannot be understood",
		"type:leaf":                         "leaf is not a type",
		"status:asap":                       "asap is not a status",
		"created>yesterday":                 "yesterday is not a date",
		"type:ticket mail -printer":         `"count":1`,
		`"is down" assignee:"Olga Agent"`:   `"count":1`,
		`"down is"`:                         `"count":0`,
		"-tags:mail":                        `"count":0`,
		"status<solved created>=2026-02-10": `"count":1`,
		"assignee:none":                     `"count":0`,
		"colour:red":                        `"count":0`,
		"type:user":                         `"count":0`,
	} {
		if _, body := ask(t, "GET", s.URL+"/api/v2/search.json?query="+url.QueryEscape(q), "", nil); !strings.Contains(body, want) {
			t.Errorf("%s: %s, want %s", q, body, want)
		}
	}
}

// FuzzQueries: whatever is sent as a query is answered, and what is taken can be
// run.
func FuzzQueries(f *testing.F) {
	for _, seed := range []string{
		`project = OPS AND (text ~ "a\"b" OR assignee IS NOT EMPTY) ORDER BY updated DESC, key`, `type = page AND lastmodified >= -1w`, `labels NOT IN (a, 'b')`,
		`not (contains(from/emailAddress/name,'O''Neil') and isRead eq false)`, `receivedDateTime ge 1900-01-01T00:00:00Z`, `type:ticket -status<solved "a b"`, `"`, `\`, `(`,
	} {
		f.Add(seed)
	}
	rows := []Record{{"id": "1", "key": "OPS-1", "type": "page", "fields": map[string]any{"summary": "a b", "labels": []any{"a"}, "created": "2026-02-01"}}}
	f.Fuzz(func(t *testing.T, text string) {
		for _, g := range []*atlassian{jql(), cql()} {
			q, fault := g.parse(text)
			if fault != nil {
				if g.say(*fault) == "" {
					t.Errorf("%q is refused without a word", text)
				}
				continue
			}
			if found := q.run(rows); len(found) > len(rows) {
				t.Errorf("%q finds %d of %d", text, len(found), len(rows))
			}
		}
		if filter, err := parseOData(text, mails.kinds); err == nil {
			if filter.where != nil && len(filter.used) == 0 {
				t.Errorf("%q asks for nothing", text)
			}
			filter.run(rows)
		}
		if list, err := terms(text); err == nil && len(list) == 0 && strings.TrimSpace(text) != "" {
			t.Errorf("%q has no terms", text)
		}
	})
}
