package e2e

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/smithy"
)

// eventStream is the operation whose body is a stream of events.
const eventStream = "Chat"

// hashed signs the payload as the operation's clients do.
func hashed(route *smithy.Route) signing {
	if route.Name == eventStream {
		return signing{payload: "STREAMING-AWS4-HMAC-SHA256-EVENTS"}
	}
	return signing{}
}

// contentType is empty for an operation whose input is all in the URL.
func contentType(route *smithy.Route) string {
	if route.Name == eventStream {
		return "application/vnd.amazon.eventstream"
	}
	for _, m := range route.Input.Members {
		if m.In == smithy.Body {
			return "application/json"
		}
	}
	return ""
}

// uri fills the route's labels and adds the query members that are required.
func uri(t *testing.T, route *smithy.Route) string {
	t.Helper()
	path, literal, _ := strings.Cut(route.URI, "?")
	query := url.Values{}
	for _, m := range route.Input.Members {
		if !m.Required {
			continue
		}
		switch m.In {
		case smithy.Label:
			path = strings.ReplaceAll(path, "{"+m.Name+"}", url.PathEscape(text(t, m.Shape)))
		case smithy.Query:
			query.Set(m.Name, queryText(t, m.Shape))
		}
	}
	if literal != "" {
		query.Set(literal, "")
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func queryText(t *testing.T, s *smithy.Shape) string {
	t.Helper()
	switch s.Kind {
	case smithy.List:
		return text(t, s.Elem)
	case smithy.Timestamp:
		return "2026-01-01T00:00:00Z" // ISO 8601 here, a number in bodies
	}
	return text(t, s)
}

// smallestBody is the body with the required members and no other.
func smallestBody(t *testing.T, route *smithy.Route) []byte {
	t.Helper()
	if contentType(route) != "application/json" {
		return nil
	}
	body := map[string]any{}
	for _, m := range route.Input.Members {
		if m.Required && m.In == smithy.Body {
			body[m.Name] = smallest(t, m.Shape)
		}
	}
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// smallest is the least value that a shape allows.
func smallest(t *testing.T, s *smithy.Shape) any {
	t.Helper()
	switch s.Kind {
	case smithy.Structure:
		out := map[string]any{}
		for _, m := range s.Members {
			if m.Required {
				out[m.Name] = smallest(t, m.Shape)
			}
		}
		return out
	case smithy.Union:
		return map[string]any{s.Members[0].Name: smallest(t, s.Members[0].Shape)}
	case smithy.List:
		out := []any{}
		for range s.Min.N {
			out = append(out, smallest(t, s.Elem))
		}
		return out
	case smithy.Map:
		return smallestMap(t, s)
	case smithy.Boolean:
		return false
	case smithy.Integer, smithy.Long, smithy.Float, smithy.Double:
		return s.Min.N
	case smithy.Timestamp:
		return 0
	}
	return text(t, s)
}

func smallestMap(t *testing.T, s *smithy.Shape) any {
	t.Helper()
	out := map[string]any{}
	if s.Min.N > 0 {
		out[text(t, s.KeyShape)] = smallest(t, s.Elem)
	}
	return out
}

// samples are strings of which some shape of the model takes each.
var samples = []string{
	"a", "name", "qbusiness:SearchRelevantContent", "https://example.com",
	"0b6d8f4e-2f55-4c8e-9a52-7c1b2f6d3e90", "arn:aws:iam::123456789012:role/reader",
	"arn:aws:secretsmanager:us-east-1:123456789012:secret:a",
	"arn:aws:kms:us-east-1:123456789012:key/0b6d8f4e-2f55-4c8e-9a52-7c1b2f6d3e90",
	"arn:aws:qbusiness:us-east-1:123456789012:application/0b6d8f4e-2f55-4c8e-9a52-7c1b2f6d3e90",
	"aws:PrincipalTag/a", "reader@example.com", "AAAA", "abcde",
}

// text is a string that the shape takes.
func text(t *testing.T, s *smithy.Shape) string {
	t.Helper()
	if s.Kind == smithy.Enum {
		return s.Values[0]
	}
	for _, sample := range samples {
		n := int64(utf8.RuneCountInString(sample))
		if s.Min.Set && n < s.Min.N || s.Max.Set && n > s.Max.N {
			continue
		}
		if s.Pattern == nil || s.Pattern.Matches(sample) {
			return sample
		}
	}
	t.Fatalf("no sample is a %s (%v, %d to %d characters): add one", s.Name, s.Pattern, s.Min.N, s.Max.N)
	return ""
}
