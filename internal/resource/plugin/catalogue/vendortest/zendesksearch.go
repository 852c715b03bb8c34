package vendortest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A term is one of a search: words or a phrase, or a keyword with an operator
// and a value, as "Zendesk Support search reference" has them.
type term struct {
	keyword, sign, value string // keyword and sign are empty for words; a phrase has its quotes then
	not                  bool
}

var zendeskTerm = regexp.MustCompile(`^(-?)(?:([a-z_]+)(:|<=|>=|<|>))?("[^"]*"|[^\s":<>]+)(?:\s+|$)`)

// terms takes a search apart.
func terms(query string) ([]term, error) {
	var out []term
	for rest := strings.TrimSpace(query); rest != ""; {
		m := zendeskTerm.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("cannot be understood from: %s", rest)
		}
		t := term{not: m[1] == "-", keyword: m[2], sign: m[3], value: m[4]}
		if t.keyword != "" {
			t.value = strings.Trim(t.value, `"`)
		}
		out = append(out, t)
		rest = rest[len(m[0]):]
	}
	return out, nil
}

var (
	zendeskStatuses = []string{"new", "open", "pending", "hold", "solved", "closed"}
	zendeskSorts    = []string{"", "updated_at", "created_at", "priority", "status", "ticket_type"}
)

func searchTickets(s *Server, r *request) answer {
	q := r.URL.Query()
	invalid := func(why string) answer {
		return answer{status: http.StatusUnprocessableEntity, body: map[string]any{"error": "invalid", "description": "Invalid search: " + why}}
	}
	list, err := terms(q.Get("query"))
	if err != nil {
		return invalid(err.Error())
	}
	limit, refusal := counted(q, "per_page", 100, 100)
	switch {
	case len(list) == 0:
		return invalid("query is empty")
	case refusal != "":
		return invalid(refusal)
	case !slices.Contains(zendeskSorts, q.Get("sort_by")) || !slices.Contains([]string{"", "asc", "desc"}, q.Get("sort_order")):
		return invalid("cannot sort by " + q.Get("sort_by") + " " + q.Get("sort_order"))
	}
	for _, t := range list {
		if why := t.problem(); why != "" {
			return invalid(why)
		}
	}
	found := []any{}
	for _, record := range s.records["ticket"] {
		if !slices.ContainsFunc(list, func(t term) bool { return s.meets(record, t) == t.not }) {
			view := s.ticketView(record)
			view["result_type"] = "ticket"
			found = append(found, view)
		}
	}
	return answer{status: http.StatusOK, body: map[string]any{"count": len(found), "results": found[:min(limit, len(found))], "next_page": nil}}
}

// problem is why a term is refused; empty: it is not.
func (t term) problem() string {
	switch t.keyword {
	case "created", "updated", "solved":
		if _, err := time.Parse(time.DateOnly, t.value); err != nil {
			return t.value + " is not a date"
		}
	case "status":
		if !slices.Contains(zendeskStatuses, t.value) {
			return t.value + " is not a status"
		}
	case "type":
		if !slices.Contains([]string{"ticket", "user", "organization", "group"}, t.value) {
			return t.value + " is not a type"
		}
	}
	return ""
}

// meets says whether a ticket has what the term asks for.
func (s *Server) meets(record Record, t term) bool {
	text := []string{fmt.Sprint(record["subject"]), fmt.Sprint(follow(record, "comment.body"))}
	switch t.keyword {
	case "":
		return contains(text, t.value)
	case "type":
		return t.value == "ticket"
	case "status":
		return compared(slices.Index(zendeskStatuses, fmt.Sprint(record["status"])), t.sign, slices.Index(zendeskStatuses, t.value))
	case "created":
		return compared(strings.Compare(fmt.Sprint(record["created_at"])[:len(time.DateOnly)], t.value), t.sign, 0)
	case "assignee":
		if t.value == "me" {
			t.value = "Olga Agent"
		}
		return s.called("user", record["assignee_id"], t.value)
	case "group":
		return s.called("group", record["group_id"], t.value)
	case "requester":
		return contains([]string{fmt.Sprint(follow(record, "requester.name")), fmt.Sprint(follow(record, "requester.email"))}, t.value)
	case "tags":
		return slices.Contains(texts(record["tags"]), t.value)
	case "priority":
		return record["priority"] == t.value
	case "ticket_type":
		return record["type"] == t.value
	}
	return false
}

func compared(a int, sign string, b int) bool {
	return map[string]bool{":": a == b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign]
}

// called says whether the record with that id has that name or e-mail address;
// without an id, whether the name is none.
func (s *Server) called(kind string, id any, name string) bool {
	number, given := id.(float64)
	if !given {
		return name == "none"
	}
	record := s.find(kind, "id", int(number))
	return record != nil && contains([]string{fmt.Sprint(record["name"]), fmt.Sprint(record["email"])}, name)
}
