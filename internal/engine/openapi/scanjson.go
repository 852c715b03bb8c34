package openapi

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanJSON reads RFC 8259 text into nodes that know their line and column.
// It descends at most Limits.Depth levels. The text is known to be UTF-8.
func scanJSON(text string, lim Limits, found *findings) *node {
	s := &jsonScanner{builder: builder{lim: lim, found: found}, src: text, line: 1}
	root := s.value(nil, "", 0, 0, 0)
	if root == nil {
		return nil
	}
	if s.space(); s.pos < len(s.src) {
		s.fail("there is text after the end of the document")
		return nil
	}
	return root
}

type jsonScanner struct {
	builder
	src   string
	pos   int
	line  int
	start int // offset of the line's first byte
	wide  int // bytes on this line that continue a character
}

func (s *jsonScanner) column() int { return s.pos - s.start - s.wide + 1 }

func (s *jsonScanner) space() {
	for ; s.pos < len(s.src); s.pos++ {
		switch s.src[s.pos] {
		case ' ', '\t', '\r':
		case '\n':
			s.line, s.start, s.wide = s.line+1, s.pos+1, 0
		default:
			return
		}
	}
}

// next skips space and returns the byte at hand, 0 at the end.
func (s *jsonScanner) next() byte {
	s.space()
	if s.pos == len(s.src) {
		return 0
	}
	return s.src[s.pos]
}

func (s *jsonScanner) fail(problem string) {
	s.found.add(refuse("json-syntax", "this is not valid JSON: "+problem, "correct the syntax; a JSON formatter shows the place").
		atPlace(s.line, s.column()))
}

// value reads one value. keyLine and keyColumn say where its key stands, when
// it is a member: objects and lists are found there.
func (s *jsonScanner) value(parent *node, key string, depth, keyLine, keyColumn int) *node {
	c := s.next()
	line, column := s.line, s.column()
	if keyLine > 0 && (c == '{' || c == '[') {
		line, column = keyLine, keyColumn
	}
	n := s.add(parent, key, depth, line, column)
	if n == nil {
		return nil
	}
	var ok bool
	switch {
	case c == '{':
		n.kind, ok = objectKind, s.object(n, depth)
	case c == '[':
		n.kind, ok = arrayKind, s.array(n, depth)
	case c == '"':
		n.kind = stringKind
		if n.text, ok = s.text(); ok {
			ok = s.spend(n, depth, len(n.text))
		}
	case c == '-' || '0' <= c && c <= '9':
		n.kind = numberKind
		n.text, ok = s.number()
	default:
		n.kind, n.text, ok = s.word()
	}
	if !ok {
		return nil
	}
	return n
}

func (s *jsonScanner) object(n *node, depth int) bool {
	s.pos++
	if s.next() == '}' {
		s.pos++
		return true
	}
	for {
		if s.next() != '"' {
			s.fail("a member name in double quotes is expected here")
			return false
		}
		line, column := s.line, s.column()
		key, ok := s.text()
		if !ok {
			return false
		}
		if s.next() != ':' {
			s.fail("a colon is expected after a member name")
			return false
		}
		s.pos++
		if s.value(n, key, depth+1, line, column) == nil {
			return false
		}
		if more, ok := s.comma('}', "a comma or } is expected here"); !ok || !more {
			return ok && s.unique(n)
		}
	}
}

func (s *jsonScanner) array(n *node, depth int) bool {
	s.pos++
	if s.next() == ']' {
		s.pos++
		return true
	}
	for {
		if s.value(n, "", depth+1, 0, 0) == nil {
			return false
		}
		if more, ok := s.comma(']', "a comma or ] is expected here"); !ok || !more {
			return ok
		}
	}
}

// comma reads what follows a member or an item: another one, or the end.
func (s *jsonScanner) comma(end byte, problem string) (more, ok bool) {
	switch s.next() {
	case ',':
		s.pos++
		return true, true
	case end:
		s.pos++
		return false, true
	}
	s.fail(problem)
	return false, false
}

// text reads a string; the common one, without escapes, is a slice of the source.
func (s *jsonScanner) text() (string, bool) {
	s.pos++
	from := s.pos
	for ; s.pos < len(s.src); s.pos++ {
		switch c := s.src[s.pos]; {
		case c == '"':
			s.pos++
			return s.src[from : s.pos-1], true
		case c == '\\':
			return s.escaped(from)
		case c < ' ':
			s.fail("a control character, such as a tab or a line break, stands inside a string")
			return "", false
		case c&0xC0 == 0x80:
			s.wide++
		}
	}
	s.fail("a string is not closed")
	return "", false
}

// escaped reads on from the first backslash of the string that began at from.
func (s *jsonScanner) escaped(from int) (string, bool) {
	var b strings.Builder
	b.WriteString(s.src[from:s.pos])
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		switch {
		case c == '"':
			s.pos++
			return b.String(), true
		case c == '\\':
			r, ok := s.escape()
			if !ok {
				s.fail("a backslash must be followed by one of \" \\ / b f n r t or u and four hexadecimal digits")
				return "", false
			}
			b.WriteRune(r)
			continue
		case c < ' ':
			s.fail("a control character, such as a tab or a line break, stands inside a string")
			return "", false
		case c&0xC0 == 0x80:
			s.wide++
		}
		b.WriteByte(c)
		s.pos++
	}
	s.fail("a string is not closed")
	return "", false
}

func (s *jsonScanner) escape() (rune, bool) {
	if s.pos+1 >= len(s.src) {
		return 0, false
	}
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	c := s.src[s.pos+1]
	if i := strings.IndexByte(from, c); i >= 0 {
		s.pos += 2
		return rune(to[i]), true
	}
	if c != 'u' {
		return 0, false
	}
	r, ok := s.hex(s.pos + 2)
	if !ok {
		return 0, false
	}
	s.pos += 6
	if !utf16.IsSurrogate(r) {
		return r, true
	}
	if strings.HasPrefix(s.src[s.pos:], `\u`) {
		if low, ok := s.hex(s.pos + 2); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				s.pos += 6
				return pair, true
			}
		}
	}
	return utf8.RuneError, true
}

func (s *jsonScanner) hex(at int) (rune, bool) {
	if at+4 > len(s.src) {
		return 0, false
	}
	v, err := strconv.ParseUint(s.src[at:at+4], 16, 16)
	return rune(v), err == nil
}

func (s *jsonScanner) number() (string, bool) {
	from := s.pos
	for s.pos < len(s.src) && strings.IndexByte("+-.eE0123456789", s.src[s.pos]) >= 0 {
		s.pos++
	}
	text := s.src[from:s.pos]
	if !isJSONNumber(text) {
		s.pos = from
		s.fail(fmt.Sprintf("%.40q is not a number", text))
		return "", false
	}
	return text, true
}

// isJSONNumber holds text against the number grammar of RFC 8259, section 6.
func isJSONNumber(text string) bool {
	rest := strings.TrimPrefix(text, "-")
	whole := digits(rest)
	if whole == 0 || whole > 1 && rest[0] == '0' {
		return false
	}
	rest = rest[whole:]
	if strings.HasPrefix(rest, ".") {
		n := digits(rest[1:])
		if n == 0 {
			return false
		}
		rest = rest[1+n:]
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if rest != "" && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		n := digits(rest)
		return n > 0 && n == len(rest)
	}
	return rest == ""
}

func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

func (s *jsonScanner) word() (kind, string, bool) {
	rest := s.src[s.pos:]
	for _, w := range []struct {
		text string
		kind kind
	}{{"true", boolKind}, {"false", boolKind}, {"null", nullKind}} {
		if strings.HasPrefix(rest, w.text) {
			s.pos += len(w.text)
			return w.kind, w.text, true
		}
	}
	if rest == "" {
		s.fail("the document ends too early")
	} else {
		s.fail("a value is expected here")
	}
	return 0, "", false
}
