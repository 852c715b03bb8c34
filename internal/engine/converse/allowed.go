package converse

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/cite"
)

// says reports whether a text says what is not allowed.
func (t *Turn) says(text string) bool { return t.Guard.Answer(text).Blocked }

// shown is an answer without what its sources show of documents that is not allowed:
// their titles, addresses and quotes are read like the answer. Which documents they
// are stays.
func (t *Turn) shown(a cite.Answer) cite.Answer {
	a.Sources = slices.Clone(a.Sources)
	for i := range a.Sources {
		s := &a.Sources[i]
		t.blank(&s.Title, &s.URL, &s.Snippet)
		s.Segments = slices.Clone(s.Segments)
		for at := range s.Segments {
			t.blank(&s.Segments[at].Excerpt)
		}
	}
	return a
}

// blank empties the texts that are not allowed.
func (t *Turn) blank(texts ...*string) {
	for _, text := range texts {
		if t.says(*text) {
			*text = ""
		}
	}
}

// spoken are the texts in a JSON value as a person reads them: a letter may be
// written as an escape there.
func spoken(value json.RawMessage) string {
	var v any
	if json.Unmarshal(value, &v) != nil {
		return string(value)
	}
	return reading(v)
}

func reading(v any) string {
	var texts []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			texts = append(texts, reading(item))
		}
	case map[string]any:
		for name, item := range v {
			texts = append(texts, name, reading(item))
		}
	default:
		return fmt.Sprint(v)
	}
	return strings.Join(texts, "\n")
}
