package vendortest

import (
	"fmt"
	"net/http"
	"strings"
)

// jql is Jira's query language with the fields that an issue of the stand-in has.
func jql() *atlassian {
	inside := func(path string) func(Record) []string {
		return func(r Record) []string { return texts(follow(r, "fields."+path)) }
	}
	anywhere := func(r Record) []string {
		return append(texts(follow(r, "fields.summary")), texts(follow(r, "fields.description"))...)
	}
	person := func(member string) func(Record) []string {
		return func(r Record) []string {
			return append(inside(member+".displayName")(r), append(inside(member+".accountId")(r), inside(member+".emailAddress")(r)...)...)
		}
	}
	project := func(r Record) []string {
		return append(inside("project.key")(r), append(inside("project.name")(r), inside("project.id")(r)...)...)
	}
	return &atlassian{
		fields: map[string]queryField{
			"project":        {operators: forNames, known: []string{"OPS", "Operations", "10000"}, values: project},
			"key":            {operators: forNames, values: func(r Record) []string { return texts(r["key"]) }},
			"text":           {operators: forText, values: anywhere},
			"summary":        {operators: forText, values: inside("summary")},
			"status":         {operators: forNames, known: []string{"To Do", "In Progress", "Done"}, values: inside("status.name")},
			"statuscategory": {operators: forNames, known: []string{"To Do", "In Progress", "Done"}, values: inside("status.name")},
			"issuetype":      {operators: forNames, known: []string{"Task", "Bug", "Story"}, values: inside("issuetype.name")},
			"priority":       {operators: forDates, known: []string{"Highest", "High", "Medium", "Low", "Lowest"}, values: inside("priority.name")},
			"assignee":       {operators: forNames, known: []string{"Jane Roe", "jane@example.com", jane, "John Doe", "john@example.com", john}, values: person("assignee")},
			"labels":         {operators: forNames, values: inside("labels")},
			"sprint":         {operators: forNames, known: []string{"Sprint 1", "Sprint 2", "Done long ago", "37", "38", "36"}, values: inside("sprint.name")},
			"created":        {operators: forDates, date: true, values: inside("created")},
			"updated":        {operators: forDates, date: true, values: inside("updated")},
			"due":            {operators: forDates, date: true, values: inside("duedate")},
		},
		functions: map[string]func(queryField, Record) []string{
			"currentuser": func(queryField, Record) []string { return []string{jane} },
			"opensprints": func(queryField, Record) []string { return []string{"Sprint 1"} },
		},
		say: jqlSentence,
	}
}

func jqlSentence(f queryFault) string {
	switch f.kind {
	case "unclosed":
		return fmt.Sprintf("Error in the JQL Query: The quoted string '%s' has not been completed. (line 1, character %d)", f.value, f.at)
	case "field":
		return fmt.Sprintf("Field '%s' does not exist or you do not have permission to view it.", f.field)
	case "operator":
		return fmt.Sprintf("The operator '%s' is not supported by the '%s' field.", strings.Replace(f.value, "~I", "not I", 1), f.field)
	case "function":
		return fmt.Sprintf("Unable to find JQL function '%s()'.", f.value)
	case "value":
		return fmt.Sprintf("The value '%s' does not exist for the field '%s'.", f.value, f.field)
	case "date":
		return fmt.Sprintf("Date value '%s' for field '%s' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", f.value, f.field)
	case "syntax":
		if f.value != "" {
			return fmt.Sprintf("Error in the JQL Query: Expecting either a value, list or function but got '%s'. (line 1, character %d)", f.value, f.at)
		}
	}
	return fmt.Sprintf("Error in the JQL Query: The query ends unexpectedly. (line 1, character %d)", f.at)
}

// texts are the strings of a value: one, several or none.
func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, texts(item)...)
		}
		return out
	}
	return nil
}

// searchIssues is GET /rest/api/3/search/jql. It has no search without a
// restriction, and gives ids only unless fields are named.
func searchIssues(s *Server, r *request) answer {
	q := r.URL.Query()
	grammar := jql()
	query, fault := grammar.parse(q.Get("jql"))
	if fault != nil {
		return jiraFailure(http.StatusBadRequest, grammar.say(*fault), nil)
	}
	if query.where == nil {
		return jiraFailure(http.StatusBadRequest, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.", nil)
	}
	limit, refusal := counted(q, "maxResults", 50, 5000)
	if refusal != "" {
		return jiraFailure(http.StatusBadRequest, refusal, nil)
	}
	issues := []any{}
	for _, issue := range query.run(s.records["issue"]) {
		issues = append(issues, issueView(issue, q.Get("fields")))
	}
	return answer{status: http.StatusOK, body: map[string]any{"issues": issues[:min(limit, len(issues))], "isLast": len(issues) <= limit}}
}

// issueView is an issue with the fields that are named; ids only without any.
func issueView(issue Record, names string) map[string]any {
	out := map[string]any{"id": issue["id"]}
	if names == "" {
		return out
	}
	fields := map[string]any{}
	all, _ := issue["fields"].(map[string]any)
	for name, value := range all {
		if name != "sprint" && (names == "*all" || strings.Contains(","+names+",", ","+name+",")) {
			fields[name] = value
		}
	}
	out["key"], out["fields"] = issue["key"], fields
	return out
}
