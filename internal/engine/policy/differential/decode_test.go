package differential

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// decode reads one JSON object. An element must not be there twice
// (reference_policies_grammar, "Policy grammar notes"): what was read has to
// have as many members as the text.
func decode(text string) (map[string]any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, refuse("no JSON: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, refuse("something follows the document")
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, refuse("the document is no object")
	}
	if members(v) != colons(text) {
		return nil, refuse("a member is there twice")
	}
	return object, nil
}

// members counts the members of a value and of all values within.
func members(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			n += 1 + members(inner)
		}
	case []any:
		for _, inner := range v {
			n += members(inner)
		}
	}
	return n
}

// colons counts the colons of a JSON text that stand outside strings; each
// belongs to a member.
func colons(text string) int {
	n, quoted, escaped := 0, false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			n++
		}
	}
	return n
}
