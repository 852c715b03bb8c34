package connector

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/engine/facet"
)

// Mapping says which attribute of the index a field of the source becomes.
type Mapping struct {
	Index  string `json:"indexFieldName"`
	Type   string `json:"indexFieldType"` // STRING, STRING_LIST, LONG or NUMBER, DATE
	Source string `json:"dataSourceFieldName"`
}

// CheckMappings returns what is wrong with mappings that stand at a path.
func CheckMappings(path string, mappings []Mapping) (problems []Problem) {
	for i, m := range mappings {
		at := fmt.Sprintf("%s.%d.", path, i)
		if m.Index == "" {
			problems = append(problems, Problem{at + "indexFieldName", "is missing"})
		}
		if m.Source == "" {
			problems = append(problems, Problem{at + "dataSourceFieldName", "is missing"})
		}
		if _, ok := m.kind(); !ok {
			problems = append(problems, Problem{at + "indexFieldType", fmt.Sprintf("%q is none of STRING, STRING_LIST, LONG, NUMBER and DATE", m.Type)})
		}
	}
	return problems
}

func (m Mapping) kind() (facet.Kind, bool) {
	switch m.Type {
	case "STRING", "STRING_LIST", "NUMBER", "DATE":
		return facet.Kind(m.Type), true
	case "LONG":
		return facet.Number, true
	}
	return "", false
}

// Map makes attributes of the fields that mappings name. A field that is not
// there, or that cannot be what it is mapped to, makes none.
func Map(mappings []Mapping, fields map[string]any) facet.Values {
	out := facet.Values{}
	for _, m := range mappings {
		kind, _ := m.kind()
		if field, there := fields[m.Source]; there {
			if v, ok := ValueOf(field, kind); ok {
				out[m.Index] = v
			}
		}
	}
	return out
}

// Version makes a version of the parts of an item that may change, and of how its
// fields are mapped.
func Version(mappings []Mapping, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(fmt.Appendf(nil, "%q,", p))
	}
	for _, m := range mappings {
		h.Write(fmt.Appendf(nil, "%q,%q,%q,", m.Index, m.Type, m.Source))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// ValueOf makes an attribute of what a JSON document or a source's field holds:
// text, a number, true or false, a time, a list of those. An empty kind takes
// that of the value. It reports whether it can be of that kind.
func ValueOf(field any, kind facet.Kind) (facet.Value, bool) {
	if kind == "" {
		kind = kindOfField(field)
	}
	switch kind {
	case facet.String:
		text, ok := textOf(field)
		return facet.OfString(text), ok
	case facet.StringList:
		list, ok := listOf(field)
		return facet.OfList(list...), ok
	case facet.Number:
		n, ok := numberOf(field)
		return facet.OfNumber(n), ok
	case facet.Date:
		t, ok := timeOf(field)
		return facet.OfDate(t), ok
	}
	return facet.Value{}, false
}

func kindOfField(field any) facet.Kind {
	switch field.(type) {
	case string, bool:
		return facet.String
	case []any, []string:
		return facet.StringList
	case float64, int64, int:
		return facet.Number
	case time.Time:
		return facet.Date
	}
	return ""
}

func textOf(field any) (string, bool) {
	switch f := field.(type) {
	case string:
		return f, true
	case bool:
		return strconv.FormatBool(f), true
	case float64:
		return strconv.FormatFloat(f, 'f', -1, 64), true
	case int, int64:
		return fmt.Sprint(f), true
	case time.Time:
		return f.UTC().Format(time.RFC3339), true
	}
	return "", false
}

func listOf(field any) ([]string, bool) {
	entries, ok := field.([]any)
	if !ok {
		if list, ok := field.([]string); ok {
			return list, true
		}
		text, ok := textOf(field)
		return []string{text}, ok
	}
	list := make([]string, 0, len(entries))
	for _, e := range entries {
		text, ok := textOf(e)
		if !ok {
			return nil, false
		}
		list = append(list, text)
	}
	return list, true
}

func numberOf(field any) (int64, bool) {
	switch f := field.(type) {
	case float64:
		return int64(f), f == math.Trunc(f) && math.Abs(f) < 1<<53
	case int:
		return int64(f), true
	case int64:
		return f, true
	case string:
		n, err := strconv.ParseInt(strings.TrimSpace(f), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// timeOf reads the forms of ISO 8601 that people write. Without a zone it is
// UTC.
func timeOf(field any) (time.Time, bool) {
	if t, ok := field.(time.Time); ok {
		return t, true
	}
	text, ok := field.(string)
	if !ok {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// Reserved attributes that an item's own fields have a place for.
const (
	SourceURI = "_source_uri"
	CreatedAt = "_created_at"
)

// ReservedKind is the kind of a reserved attribute, and "" for every other
// (user guide: Document attributes in Amazon Q Business).
func ReservedKind(name string) facet.Kind {
	switch name {
	case CreatedAt, "_last_updated_at":
		return facet.Date
	case "_authors":
		return facet.StringList
	case "_view_count":
		return facet.Number
	}
	if strings.HasPrefix(name, "_") {
		return facet.String
	}
	return ""
}

// Convert makes a value one of a kind, and reports whether it can be: text that
// is a date, say, where an index has an attribute for dates.
func Convert(v facet.Value, kind facet.Kind) (facet.Value, bool) {
	switch v.Kind {
	case kind:
		return v, true
	case facet.StringList:
		return ValueOf(v.List, kind)
	case facet.Number:
		return ValueOf(v.Number, kind)
	case facet.Date:
		return ValueOf(v.Time, kind)
	case facet.String:
	}
	return ValueOf(v.Text, kind)
}
