package smithy

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// cursor reads a document that scan has found to be valid, so it checks no
// syntax and never runs past the end.
type cursor struct {
	src []byte
	at  int
}

// next is the first byte of the next token.
func (c *cursor) next() byte {
	for isSpace(c.src[c.at]) {
		c.at++
	}
	return c.src[c.at]
}

// enter steps into an array or object.
func (c *cursor) enter() {
	c.next()
	c.at++
}

// more steps to the next entry of the array or object that was entered, or
// past its closing bracket.
func (c *cursor) more() bool {
	switch c.next() {
	case ']', '}':
		c.at++
		return false
	case ',':
		c.at++
		c.next()
	}
	return true
}

// key reads the name of a member and the colon after it, still escaped.
func (c *cursor) key() (raw []byte, escaped bool) {
	raw, escaped = c.str()
	c.next()
	c.at++
	return raw, escaped
}

// str reads a string, without its quotes and still escaped.
func (c *cursor) str() (raw []byte, escaped bool) {
	c.next()
	c.at++
	start := c.at
	for {
		c.at = ordinary(c.src, c.at)
		if c.src[c.at] == '"' {
			c.at++
			return c.src[start : c.at-1], escaped
		}
		escaped = true
		c.at += 2
	}
}

// scalar reads a number, true, false or null.
func (c *cursor) scalar() []byte {
	c.next()
	start := c.at
	for c.at < len(c.src) && !endsScalar(c.src[c.at]) {
		c.at++
	}
	return c.src[start:c.at]
}

func endsScalar(b byte) bool { return isSpace(b) || b == ',' || b == ']' || b == '}' }

// skip steps over a value and returns its text.
func (c *cursor) skip() []byte {
	c.next()
	start := c.at
	for depth := 0; ; {
		switch c.next() {
		case '{', '[':
			depth++
			c.at++
		case '}', ']':
			depth--
			c.at++
		case ',', ':':
			c.at++
			continue
		case '"':
			c.str()
		default:
			c.scalar()
		}
		if depth == 0 {
			return c.src[start:c.at]
		}
	}
}

// unescaped maps the letter of a short escape to what it stands for.
var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// text is what a string says. It is copied once, however long.
func text(raw []byte, escaped bool) string {
	if !escaped {
		return string(raw)
	}
	var b strings.Builder
	b.Grow(len(raw))
	for len(raw) > 0 {
		n := ordinary(raw, 0)
		b.Write(raw[:n])
		if raw = raw[n:]; len(raw) == 0 {
			break
		}
		if raw[1] == 'u' {
			r, size := unicodeEscape(raw)
			b.WriteRune(r)
			raw = raw[size:]
			continue
		}
		b.WriteByte(unescaped[raw[1]])
		raw = raw[2:]
	}
	return b.String()
}

// unicodeEscape reads the \u escape that b begins with, and a second one when
// the two are a surrogate pair. The size is zero when it is neither: half a
// pair stands for no character, and so cannot be kept as text.
func unicodeEscape(b []byte) (r rune, size int) {
	r, ok := hex4(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	low, ok := hex4(b[6:])
	if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case isDigit(c):
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
