package vendortest

import (
	"slices"
	"strings"
)

// encoded are the rows of a ServiceNow table that an encoded query asks for:
// conditions parted by ^, alternatives by ^OR, an order by ORDERBY or
// ORDERBYDESC. A condition that cannot be read returns no rows.
func (s *Server) encoded(table, query string) []Record {
	rows := slices.Clone(s.records[table])
	var groups [][]string
	for part := range strings.SplitSeq(query, "^") {
		switch {
		case part == "":
		case strings.HasPrefix(part, "ORDERBYDESC"):
			sortRows(rows, strings.TrimPrefix(part, "ORDERBYDESC"))
			slices.Reverse(rows)
		case strings.HasPrefix(part, "ORDERBY"):
			sortRows(rows, strings.TrimPrefix(part, "ORDERBY"))
		case strings.HasPrefix(part, "OR") && len(groups) > 0:
			groups[len(groups)-1] = append(groups[len(groups)-1], strings.TrimPrefix(part, "OR"))
		default:
			groups = append(groups, []string{part})
		}
	}
	return slices.DeleteFunc(rows, func(row Record) bool {
		return slices.ContainsFunc(groups, func(group []string) bool {
			return !slices.ContainsFunc(group, func(condition string) bool { return s.holds(table, row, condition) })
		})
	})
}

func sortRows(rows []Record, field string) {
	slices.SortStableFunc(rows, func(a, b Record) int {
		x, _ := a[field].(string)
		y, _ := b[field].(string)
		return strings.Compare(x, y)
	})
}

// queryOperators in the order in which they are looked for.
var queryOperators = []struct {
	sign  string
	holds func(have, want string) bool
}{
	{"!=", func(have, want string) bool { return have != want }},
	{"=", func(have, want string) bool { return have == want }},
	{"STARTSWITH", strings.HasPrefix},
	{"ENDSWITH", strings.HasSuffix},
	{"LIKE", func(have, want string) bool { return strings.Contains(strings.ToLower(have), strings.ToLower(want)) }},
}

// holds says whether a row meets a condition. The operator is the one that
// stands right behind the name of a field, which is in small letters.
func (s *Server) holds(table string, row Record, condition string) bool {
	end := strings.IndexFunc(condition, func(r rune) bool { return r != '_' && r != '.' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if end <= 0 {
		return false
	}
	have, known := s.walk(table, row, condition[:end])
	if !known {
		return false
	}
	for _, op := range queryOperators {
		if want, ok := strings.CutPrefix(condition[end:], op.sign); ok {
			return op.holds(have, want)
		}
	}
	return false
}

// walk is the value of a field, or of a field of the record that it refers to.
func (s *Server) walk(table string, row Record, field string) (value string, known bool) {
	name, rest, dotted := strings.Cut(field, ".")
	col, known := columns[table][name]
	if !known {
		return "", false
	}
	value, _ = row[name].(string)
	if !dotted {
		return value, true
	}
	if col.refers == "" {
		return "", false
	}
	referred := s.find(col.refers, "sys_id", value)
	if referred == nil {
		_, known = columns[col.refers][rest]
		return "", known
	}
	return s.walk(col.refers, referred, rest)
}
