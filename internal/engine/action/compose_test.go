package action

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

func clause(name, text, kind, format string) openapi.Clause {
	return openapi.Clause{Name: name, Text: text, Input: openapi.Input{Type: kind, Format: format}}
}

// searching is an action with one composed parameter, q.
func searching(c *openapi.Compose) *openapi.Action {
	return &openapi.Action{Method: "GET", Path: "/search", Parameters: []openapi.Parameter{
		{Name: "q", In: "query", Style: "form", Explode: true, Compose: c, Input: openapi.Input{Type: "string", Required: c.Empty != ""}},
	}}
}

// composed is the q that is sent.
func composed(t *testing.T, c *openapi.Compose, args string) string {
	t.Helper()
	r, err := Bind(&openapi.Document{Server: "https://h.example"}, searching(c), "", parsed(t, args))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("q")
}

func TestCompose(t *testing.T) {
	jql := &openapi.Compose{Language: "jql", Join: " AND ", End: " ORDER BY updated DESC", Empty: "updated >= -7d", Clauses: []openapi.Clause{
		clause("project", "project = {value}", "string", ""), clause("text", "text ~ {value}", "string", ""),
		clause("labels", "labels IN ({value})", "array", ""), clause("open", "resolution = Unresolved", "boolean", ""), clause("points", "points > {value}", "number", ""),
	}}
	soql := &openapi.Compose{Language: "soql", Begin: "SELECT Id FROM Case WHERE ", Join: " AND ", End: " LIMIT 5", Clauses: []openapi.Clause{
		clause("subject", "Subject LIKE '%{value}%'", "string", ""), clause("status", "Status = {value}", "string", ""),
		clause("closed", "ClosedDate > {value}", "string", "date-time"), clause("due", "Due__c = {value}", "string", "date"),
	}}
	odata := &openapi.Compose{Language: "odata", Join: " and ", Clauses: []openapi.Clause{
		clause("from", "from/emailAddress/address eq {value}", "string", ""), clause("subject", "contains(subject,'{value}')", "string", ""),
		clause("since", "receivedDateTime ge {value}", "string", "date-time"), clause("phrase", `"{value}"`, "string", ""), clause("read", "isRead eq {value}", "boolean", ""),
	}}
	zendesk := &openapi.Compose{Language: "plain", Begin: "type:ticket ", Join: " ", Clauses: []openapi.Clause{
		clause("words", "{value}", "string", ""), clause("status", "status:{value}", "string", ""),
	}}
	servicenow := &openapi.Compose{Language: "plain", Join: "^", Clauses: []openapi.Clause{
		clause("number", "number={value}", "string", ""), clause("text", "short_descriptionLIKE{value}", "string", ""),
	}}
	for _, c := range []struct {
		name    string
		compose *openapi.Compose
		args    string
		want    string
	}{
		{"nothing", jql, `{}`, "updated >= -7d"},
		{"nothing, and nothing for it", odata, `{}`, ""},
		{"one", jql, `{"project": "OPS"}`, `project = "OPS" ORDER BY updated DESC`},
		{"in the clauses' order", jql, `{"text": "printer", "project": "OPS"}`, `project = "OPS" AND text ~ "printer" ORDER BY updated DESC`},
		{"a list", jql, `{"labels": ["a", "b\"c"]}`, `labels IN ("a","b\"c") ORDER BY updated DESC`},
		{"an empty list", jql, `{"labels": [], "project": "OPS"}`, `project = "OPS" ORDER BY updated DESC`},
		{"a switch", jql, `{"open": true}`, `resolution = Unresolved ORDER BY updated DESC`},
		{"a switch that is off", jql, `{"open": false}`, `updated >= -7d`},
		{"a number", jql, `{"points": 2.50}`, `points > 2.50 ORDER BY updated DESC`},
		{"jql quotes", jql, `{"project": "A\" OR project = \"B\\"}`, `project = "A\" OR project = \"B\\" ORDER BY updated DESC`},
		{"jql lines", jql, `{"text": "a\nb\tc\u0001"}`, `text ~ "a\nb\tc\u0001" ORDER BY updated DESC`},
		{"soql quotes", soql, `{"status": "x' OR Name != '"}`, `SELECT Id FROM Case WHERE Status = 'x\' OR Name != \'' LIMIT 5`},
		{"soql backslash", soql, `{"status": "x\\' OR 1=1"}`, `SELECT Id FROM Case WHERE Status = 'x\\\' OR 1=1' LIMIT 5`},
		{"soql pattern", soql, `{"subject": "100%_o'b"}`, `SELECT Id FROM Case WHERE Subject LIKE '%100\%\_o\'b%' LIMIT 5`},
		{"soql dates", soql, `{"closed": "2026-11-22T00:00:00Z", "due": "2026-11-22"}`,
			`SELECT Id FROM Case WHERE ClosedDate > 2026-11-22T00:00:00Z AND Due__c = 2026-11-22 LIMIT 5`},
		{"odata quotes", odata, `{"from": "o'brien@example.com", "subject": "a'b\\"}`,
			`from/emailAddress/address eq 'o''brien@example.com' and contains(subject,'a''b\')`},
		{"odata literals", odata, `{"since": "2026-11-22T00:00:00Z", "read": false}`, `receivedDateTime ge 2026-11-22T00:00:00Z and isRead eq false`},
		{"odata search", odata, `{"phrase": "a\"b\\c'd"}`, `"a\"b\\c'd"`},
		{"plain words", zendesk, `{"words": "printer broken 10:30 -loud OR"}`, `type:ticket printer broken "10:30" "-loud" "OR"`},
		{"plain phrase", zendesk, `{"status": "open assignee:me\""}`, `type:ticket status:"open assignee:me"`},
		{"plain marks", servicenow, `{"number": "INC0010001", "text": "it's \"odd\""}`, `number=INC0010001^short_descriptionLIKEit's "odd"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := composed(t, c.compose, c.args); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
	if problems := Check(searching(servicenow), parsed(t, `{"number": "1^ORactive=true"}`)); len(problems) != 1 || problems[0].Key != "number" {
		t.Errorf("a mark in a plain value: %v", problems)
	}
	if problems := Check(searching(soql), parsed(t, `{"due": "2026-11-22 OR Id != null"}`)); len(problems) != 1 || problems[0].Key != "due" {
		t.Errorf("a date that is none: %v", problems)
	}
}

// injections are what people try, and what a fuzzer would start from.
var injections = []string{
	`"`, `'`, `\`, `\"`, `\'`, `\\`, `\\"`, `""`, `''`, `'''`, `" OR 1=1`, `' OR ''='`, `\' OR 1=1 --`, "\n", "\r\nX", "\x00", "\t", `"}`, `{value}`,
	`AND`, `OR`, `NOT`, ` AND project = X`, `x" ORDER BY y`, `x') or (true eq true`, `%`, `_`, `\%`, `%' OR Name LIKE '%`, `é"`, `＇`, `ʼ`, "\u2028", `\u0022`, `\u005c"`,
	`^ORactive=true`, `-status:open`, `a:b`, `(x)`, `x*`, `[x]`, `<x>`, `null`, `NULL`, `true`, `2026-11-22`, `'/*`, `*/`, `--`, `;`, `|`, `a,b`,
}

// ends is where the literal at the start of s ends; -1: nowhere.
func ends(s string, doubled bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case !doubled && s[i] == '\\':
			i++
		case s[i] == s[0] && doubled && i+1 < len(s) && s[i+1] == s[0]:
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return -1
}

// TestNoValueLeavesItsLiteral reads what was composed as each language reads it:
// after the literal there is the fixed end and nothing else.
func TestNoValueLeavesItsLiteral(t *testing.T) {
	for _, language := range []string{"jql", "cql", "soql", "odata"} {
		for _, text := range []string{"x = {value}", "x = '{value}'", `x = "{value}"`, "x LIKE '%{value}%'"} {
			for _, injection := range injections {
				if problem := leaves(language, text, injection); problem != "" {
					t.Errorf("%s %s with %q: %s", language, text, injection, problem)
				}
			}
		}
	}
}

// leaves says how a value gets out of its literal; empty: it does not.
func leaves(language, text, injection string) string {
	const end = " END"
	c := &openapi.Compose{Language: language, Clauses: []openapi.Clause{clause("v", text, "string", "")}, End: end}
	got, wrong := compose(c, []filled{{"v", &c.Clauses[0], textValue(injection)}})
	if wrong != nil {
		return wrong.Message
	}
	start := strings.IndexAny(got, `'"`)
	if start < 0 {
		return "there is no literal in " + got
	}
	doubled := language == "odata" && got[start] == '\''
	if at := ends(got[start:], doubled); at < 0 || got[start+at:] != end {
		return "the literal does not end where it should: " + got
	}
	if strings.ContainsFunc(got, isControl) {
		return "there is a control character in " + got
	}
	return ""
}

// TestNoPlainValueAddsACondition: what is not a word is a phrase without quotes
// inside.
func TestNoPlainValueAddsACondition(t *testing.T) {
	c := &openapi.Compose{Language: "plain", Join: " ", End: " END", Clauses: []openapi.Clause{clause("v", "status:{value}", "string", "")}}
	for _, injection := range injections {
		got, wrong := compose(c, []filled{{"v", &c.Clauses[0], textValue(injection)}})
		if wrong != nil {
			t.Error(wrong)
			continue
		}
		value := strings.TrimSuffix(strings.TrimPrefix(got, "status:"), " END")
		inner, isPhrase := strings.CutPrefix(value, `"`)
		if isPhrase {
			inner = strings.TrimSuffix(inner, `"`)
		}
		if strings.ContainsAny(inner, `"\`) || !isPhrase && (strings.ContainsAny(value, " :()*<>^") || slices.Contains([]string{"AND", "OR", "NOT"}, value)) {
			t.Errorf("%q becomes %s", injection, got)
		}
	}
}
