package extract

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// plain reads text as it stands.
func (r *reader) plain(data []byte) error {
	text, err := r.decode(data, "")
	if err != nil {
		return err
	}
	r.whole(Text, text)
	return nil
}

// whole is text that is one block, without the white space around it.
func (r *reader) whole(kind Kind, text string) {
	text = strings.TrimRight(strings.TrimLeft(text, "\n"), " \t\n")
	if strings.TrimSpace(text) == "" {
		return
	}
	r.out.put(text)
	r.out.blocks = append(r.out.blocks, Block{Kind: kind, Begin: 0, End: len(text)})
}

// json reads JSON, or lines of it, and keeps its syntax.
func (r *reader) json(data []byte) error {
	text, err := r.decode(data, "")
	if err != nil {
		return err
	}
	if err := r.nesting(text); err != nil {
		return err
	}
	if !isJSON([]byte(text)) {
		return refuse("The document is no valid JSON.")
	}
	r.whole(Code, text)
	return nil
}

// nesting bounds how deep JSON is, before anything recursive looks at it.
func (r *reader) nesting(text string) error {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > r.limits.Depth {
				return r.deeper(depth)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// isJSON reports whether bytes are JSON values, one or more.
func isJSON(data []byte) bool {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if json.Valid(data) {
		return true
	}
	d := json.NewDecoder(bytes.NewReader(data))
	for n := 0; ; n++ {
		var value json.RawMessage
		if err := d.Decode(&value); errors.Is(err, io.EOF) {
			return n > 0
		} else if err != nil {
			return false
		}
	}
}
