package action

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// An operator is how a style joins the pieces of a value: a row of the table in
// RFC 6570, appendix A, to which OpenAPI adds two delimiters.
//
// What the tables leave open is decided so:
//   - null, and lists and objects of nothing but null, are left out, as RFC 6570
//     does with undefined values; where a value is required they are refused.
//   - A part of a list or an object that has parts itself is written as JSON.
//   - A primitive of style spaceDelimited, pipeDelimited or deepObject is written
//     by style form; so are lists and objects of the delimited styles with explode.
//   - deepObject goes down as far as the value does: a[b][c]=d, lists by their
//     index: a[b][0]=d. explode makes no difference to it.
//   - label without explode joins by commas (RFC 6570, OpenAPI 3.0.4 and 3.1), not
//     by dots, which OpenAPI 3.0.0 to 3.0.3 show in their example.
//   - A style that does not belong to the place (matrix in a query) is read as
//     the place's default.
type operator struct {
	first string // before everything
	join  string // between exploded pieces
	comma string // between pieces that are not exploded
	blank string // after a name without value
	named bool
	nest  bool // deepObject
}

var (
	simpleStyle = operator{join: ",", comma: ","}
	labelStyle  = operator{first: ".", join: ".", comma: ","}
	matrixStyle = operator{first: ";", join: ";", comma: ",", named: true}
	formStyle   = operator{join: "&", comma: ",", blank: "=", named: true}
	spaceStyle  = operator{join: "&", comma: "%20", blank: "=", named: true}
	pipeStyle   = operator{join: "&", comma: "%7C", blank: "=", named: true}
	deepStyle   = operator{join: "&", comma: ",", blank: "=", named: true, nest: true}
	cookieStyle = operator{join: "; ", comma: ",", blank: "=", named: true}
)

func operatorOf(in, style string) operator {
	switch in {
	case "path":
		switch style {
		case "label":
			return labelStyle
		case "matrix":
			return matrixStyle
		}
		return simpleStyle
	case "header":
		return simpleStyle
	case "cookie":
		return cookieStyle
	}
	switch style {
	case "spaceDelimited":
		return spaceStyle
	case "pipeDelimited":
		return pipeStyle
	case "deepObject":
		return deepStyle
	}
	return formStyle
}

// A pen writes the pieces of a value for one place.
type pen struct {
	operator
	encode func(string) string // a name or a value
}

// write is name and v by the pen's style; false: there is nothing to write.
func (p pen) write(name string, v value, explode bool) (string, bool) {
	if v.empty() {
		return "", false
	}
	if p.nest && (v.sort == list || v.sort == object) {
		pieces := p.nested(name, v)
		return strings.Join(pieces, p.join), len(pieces) > 0
	}
	var pieces []string
	switch v.sort {
	case list:
		pieces = p.list(name, v, explode)
	case object:
		pieces = p.object(v, explode)
	default:
		return p.first + p.pair(name, p.encode(v.plain())), true
	}
	if explode {
		return p.first + strings.Join(pieces, p.join), true
	}
	return p.first + p.pair(name, strings.Join(pieces, p.comma)), true
}

// pair puts the name in front of an encoded value, where the style has names.
func (p pen) pair(name, encoded string) string {
	switch {
	case !p.named:
		return encoded
	case encoded == "":
		return p.encode(name) + p.blank
	}
	return p.encode(name) + "=" + encoded
}

func (p pen) list(name string, v value, explode bool) []string {
	var pieces []string
	for _, item := range v.items {
		if item.sort == null {
			continue
		}
		piece := p.encode(item.plain())
		if explode {
			piece = p.pair(name, piece)
		}
		pieces = append(pieces, piece)
	}
	return pieces
}

func (p pen) object(v value, explode bool) []string {
	var pieces []string
	for _, m := range v.members {
		if m.value.sort == null {
			continue
		}
		key, piece := p.encode(m.name), p.encode(m.value.plain())
		switch {
		case !explode:
			pieces = append(pieces, key, piece)
		case p.named && piece == "":
			pieces = append(pieces, key+p.blank)
		default:
			pieces = append(pieces, key+"="+piece)
		}
	}
	return pieces
}

func (p pen) nested(name string, v value) []string {
	var pieces []string
	switch v.sort {
	case null:
	case list:
		i := 0
		for _, item := range v.items {
			if item.sort != null {
				pieces = append(pieces, p.nested(name+"["+strconv.Itoa(i)+"]", item)...)
				i++
			}
		}
	case object:
		for _, m := range v.members {
			pieces = append(pieces, p.nested(name+"["+m.name+"]", m.value)...)
		}
	default:
		pieces = append(pieces, p.pair(name, p.encode(v.plain())))
	}
	return pieces
}

// A sent is a parameter as it goes out.
type sent struct {
	name string
	text string // encoded, with its name where the place has it so
	raw  string // of a path: before encoding
}

// write is the parameter with v as it goes out; false: it is left out. The error
// says in words what cannot be sent there.
func write(p *openapi.Parameter, v value) (sent, bool, error) {
	v, explode := contentOf(p, v)
	if err := sendable(p, v, explode); err != nil {
		return sent{}, false, err
	}
	ink := pen{operatorOf(p.In, p.Style), encoder(p)}
	if p.In == "query" && explode && (ink.operator == spaceStyle || ink.operator == pipeStyle) {
		ink.operator = formStyle
	}
	text, some := ink.write(p.Name, v, explode)
	out := sent{name: p.Name, text: text}
	if p.In == "path" {
		ink.encode = func(s string) string { return s }
		out.raw, _ = ink.write(p.Name, v, explode)
	}
	return out, some, nil
}

// contentOf is the text of a parameter that is sent by its media type: text as
// it is, everything else as JSON.
func contentOf(p *openapi.Parameter, v value) (value, bool) {
	switch {
	case p.MediaType == "" || v.sort == null:
		return v, p.Explode
	case strings.HasPrefix(strings.ToLower(p.MediaType), "text/"):
		return textValue(v.plain()), false
	}
	s := string(v.appendJSON(nil))
	if p.In == "header" {
		s = ascii(s)
	}
	return textValue(s), false
}

// ascii writes a JSON text with everything outside ASCII escaped.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 128:
			b.WriteRune(r)
		case r > 0xFFFF:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

func encoder(p *openapi.Parameter) func(string) string {
	switch {
	case p.In == "header":
		return func(s string) string { return s } // fields have no percent-encoding (OpenAPI 3.1.1, appendix D)
	case p.In == "cookie":
		return func(s string) string { return escape(s, cookieOctet) }
	case p.In == "query" && p.AllowReserved:
		return func(s string) string { return escapeTriplets(s, reservedFor(p)) }
	}
	return func(s string) string { return escape(s, unreserved) }
}

// reservedFor takes the comma out of what allowReserved leaves where commas part
// the items.
func reservedFor(p *openapi.Parameter) *charset {
	if p.Explode || p.MediaType != "" || typeOf(schemaOf(&p.Input)) != "array" && typeOf(schemaOf(&p.Input)) != "object" {
		return allowed
	}
	without := *allowed
	without[','] = false
	return &without
}

// sendable says what in v would break out of the parameter's place.
func sendable(p *openapi.Parameter, v value, explode bool) error {
	switch p.In {
	case "path":
		if s, _ := (pen{operator: simpleStyle, encode: func(s string) string { return s }}).write("", v, false); s == "" {
			return errors.New("give a value that is not empty, because it is part of the path")
		}
	case "header":
		return headerSafe(v, explode)
	case "cookie":
		return texts(v, func(s string) error {
			if strings.ContainsFunc(s, isControl) || strings.Contains(s, ";") {
				return errors.New("leave out line breaks, control characters and semicolons, which a cookie cannot hold")
			}
			return nil
		})
	case "query":
		if p.Style == "deepObject" && slices.ContainsFunc(names(v), func(s string) bool { return strings.ContainsAny(s, "[]") }) {
			return errors.New("leave square brackets out of the names of members")
		}
	}
	return nil
}

// headerSafe: a field value has no control characters (RFC 9110, section 5.5),
// and nothing in it is encoded, so that the parts of a list cannot hold what
// parts them.
func headerSafe(v value, explode bool) error {
	err := texts(v, func(s string) error {
		if strings.ContainsFunc(s, isControl) {
			return errors.New("leave out line breaks and other control characters, which a header cannot hold")
		}
		return nil
	})
	if err != nil || v.sort != list && v.sort != object {
		return err
	}
	if explode && slices.ContainsFunc(names(v), func(s string) bool { return strings.Contains(s, "=") }) {
		return errors.New("leave equals signs out of the names of members, because a header parts them so")
	}
	return texts(v, func(s string) error {
		if strings.Contains(s, ",") {
			return errors.New("leave out commas, because they part the items of a header")
		}
		return nil
	})
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7F }

// texts calls f with every piece of text that a style writes of v.
func texts(v value, f func(string) error) error {
	for _, item := range v.items {
		if err := f(item.plain()); err != nil {
			return err
		}
	}
	for _, m := range v.members {
		if err := f(m.name); err != nil {
			return err
		}
		if err := f(m.value.plain()); err != nil {
			return err
		}
	}
	if v.sort == list || v.sort == object {
		return nil
	}
	return f(v.plain())
}

// names are the names of all members in v.
func names(v value) []string {
	var out []string
	for _, item := range v.items {
		out = append(out, names(item)...)
	}
	for _, m := range v.members {
		out = append(append(out, m.name), names(m.value)...)
	}
	return out
}
