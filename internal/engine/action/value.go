package action

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// A value is a JSON value whose objects keep the order of their members, as the
// styles and bodies need it, and whose numbers keep every digit.
type value struct {
	sort    sort
	text    string // of a text; the literal of a number or boolean
	items   []value
	members []member
}

type member struct {
	name  string
	value value
}

type sort uint8

const (
	null sort = iota
	boolean
	number
	text
	list
	object
)

func textValue(s string) value { return value{sort: text, text: s} }

// decode reads a JSON value. Of members with one name the last counts, as in
// encoding/json. It says false for what is not JSON, or is nested past the
// depth that encoding/json follows.
func decode(raw json.RawMessage) (value, bool) {
	if !json.Valid(raw) {
		return value{}, false
	}
	raw = bytes.TrimSpace(raw)
	switch raw[0] {
	case '{', '[':
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		return decodeNext(d), true
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return textValue(s), err == nil
	case 'n':
		return value{}, true
	case 't', 'f':
		return value{sort: boolean, text: string(raw)}, true
	}
	return value{sort: number, text: string(raw)}, true
}

// decodeNext reads the next value of a stream that is known to be valid.
func decodeNext(d *json.Decoder) value {
	token, _ := d.Token() // the text was valid as a whole
	switch t := token.(type) {
	case json.Delim:
		if t == '[' {
			return decodeList(d)
		}
		return decodeObject(d)
	case string:
		return textValue(t)
	case json.Number:
		return value{sort: number, text: t.String()}
	case bool:
		return value{sort: boolean, text: strconv.FormatBool(t)}
	}
	return value{}
}

func decodeList(d *json.Decoder) value {
	v := value{sort: list}
	for d.More() {
		v.items = append(v.items, decodeNext(d))
	}
	_, _ = d.Token()
	return v
}

func decodeObject(d *json.Decoder) value {
	v := value{sort: object}
	places := map[string]int{}
	for d.More() {
		token, _ := d.Token()
		name, _ := token.(string)
		next := decodeNext(d)
		if i, twice := places[name]; twice {
			v.members[i].value = next
			continue
		}
		places[name] = len(v.members)
		v.members = append(v.members, member{name, next})
	}
	_, _ = d.Token()
	return v
}

// member finds a member of an object.
func (v *value) member(name string) *value {
	for i := range v.members {
		if v.members[i].name == name {
			return &v.members[i].value
		}
	}
	return nil
}

// empty says whether there is nothing in v that RFC 6570 would write: null, and
// lists and objects of nothing else (section 2.3, undefined values).
func (v value) empty() bool {
	switch v.sort {
	case null:
		return true
	case list:
		for _, item := range v.items {
			if item.sort != null {
				return false
			}
		}
		return true
	case object:
		for _, m := range v.members {
			if m.value.sort != null {
				return false
			}
		}
		return true
	}
	return false
}

// plain is v as it stands in a URL, a header or a form: a text as it is,
// anything with parts as JSON text.
func (v value) plain() string {
	switch v.sort {
	case null:
		return ""
	case list, object:
		return string(v.appendJSON(nil))
	}
	return v.text
}

// appendJSON writes v as compact JSON.
func (v value) appendJSON(dst []byte) []byte {
	switch v.sort {
	case null:
		return append(dst, "null"...)
	case text:
		return appendString(dst, v.text)
	case list:
		dst = append(dst, '[')
		for i, item := range v.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = item.appendJSON(dst)
		}
		return append(dst, ']')
	case object:
		dst = append(dst, '{')
		for i, m := range v.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, m.name), ':')
			dst = m.value.appendJSON(dst)
		}
		return append(dst, '}')
	}
	return append(dst, v.text...)
}

func (v value) json() json.RawMessage { return v.appendJSON(nil) }

// appendString writes s as a JSON string, without the escapes that only HTML
// needs.
func appendString(dst []byte, s string) []byte {
	special := func(r rune) bool { return r < ' ' || r >= 0x7F || r == '"' || r == '\\' }
	if !strings.ContainsFunc(s, special) {
		return append(append(append(dst, '"'), s...), '"')
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return append(dst, `""`...) // never: a string can always be written
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// equal compares as JSON Schema does: numbers by their value, objects without
// regard to order.
func (v value) equal(w value) bool {
	if v.sort != w.sort || len(v.items) != len(w.items) || len(v.members) != len(w.members) {
		return false
	}
	switch v.sort {
	case number:
		return v.text == w.text || sameNumber(v.text, w.text)
	case list:
		for i := range v.items {
			if !v.items[i].equal(w.items[i]) {
				return false
			}
		}
		return true
	case object:
		for _, m := range v.members {
			other := w.member(m.name)
			if other == nil || !m.value.equal(*other) {
				return false
			}
		}
		return true
	}
	return v.text == w.text
}

// isNull says whether raw is the JSON value null, or nothing at all.
func isNull(raw json.RawMessage) bool {
	s := strings.TrimSpace(string(raw))
	return s == "" || s == "null"
}
