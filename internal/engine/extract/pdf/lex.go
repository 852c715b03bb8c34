package pdf

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

// The objects of PDF (7.3), beside float64, bool and nil.
type (
	name    string
	text    string // bytes of a string
	keyword string // an operator, or a word of the file's structure
	array   []any
	dict    map[name]any
	ref     struct{ num, gen int }
	stream  struct {
		dict dict
		raw  []byte
		id   ref
	}
)

// decode makes UTF-8 of a text string (7.9.2.2): UTF-16 or UTF-8 with a mark, or
// else PDFDocEncoding, which is nearly Windows-1252.
func (t text) decode() string {
	s := string(t)
	switch {
	case strings.HasPrefix(s, "\xfe\xff"):
		return utf16be(s[2:])
	case strings.HasPrefix(s, "\xef\xbb\xbf"):
		return s[3:]
	}
	out, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return ""
	}
	return out
}

func utf16be(s string) string {
	units := make([]uint16, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(units))
}

// lexer reads objects from bytes.
type lexer struct {
	data  []byte
	at    int
	nodes int // that may still be read: each costs more memory than its bytes
	refs  bool
	done  bool
}

const mostNodes = 1 << 20 // in one object

func newLexer(data []byte, at int) *lexer {
	return &lexer{data: data, at: at, nodes: mostNodes, refs: true}
}

// closers end an array and a dictionary.
const (
	endArray = keyword("]")
	endDict  = keyword(">>")
)

// object reads the next object or keyword. At the end, done is set and it is nil.
func (l *lexer) object(depth int) any {
	l.skip()
	if l.at >= len(l.data) || l.nodes <= 0 {
		l.done = true
		return nil
	}
	l.nodes--
	switch c := l.data[l.at]; {
	case c == '/':
		l.at++
		return l.name()
	case c == '(':
		l.at++
		return l.literal()
	case c == '<' && l.peek(1) == '<':
		l.at += 2
		return l.dict(depth)
	case c == '<':
		l.at++
		return l.hex()
	case c == '[':
		l.at++
		return l.array(depth)
	case c == '>' && l.peek(1) == '>':
		l.at += 2
		return endDict
	case strings.IndexByte("]{}>)", c) >= 0:
		l.at++
		return keyword(c)
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
		return l.number()
	}
	return l.word()
}

func (l *lexer) peek(n int) byte {
	if l.at+n < len(l.data) {
		return l.data[l.at+n]
	}
	return 0
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isRegular(c byte) bool { return !isSpace(c) && strings.IndexByte("()<>[]{}/%", c) < 0 }

// skip goes over white space and comments.
func (l *lexer) skip() {
	for l.at < len(l.data) {
		switch c := l.data[l.at]; {
		case isSpace(c):
			l.at++
		case c == '%':
			end := bytes.IndexAny(l.data[l.at:], "\r\n")
			if end < 0 {
				l.at = len(l.data)
				return
			}
			l.at += end
		default:
			return
		}
	}
}

func (l *lexer) regular() string {
	begin := l.at
	for l.at < len(l.data) && isRegular(l.data[l.at]) {
		l.at++
	}
	return string(l.data[begin:l.at])
}

func (l *lexer) name() name {
	s := l.regular()
	if !strings.Contains(s, "#") {
		return name(s)
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '#' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return name(out)
}

func (l *lexer) word() any {
	s := l.regular()
	switch s {
	case "":
		l.at++ // a byte that belongs to nothing
		return keyword("")
	case "true", "false":
		return s == "true"
	case "null":
		return nil
	}
	return keyword(s)
}

// number reads a number, or a reference: two of them and an R.
func (l *lexer) number() any {
	n, ok := parseNumber(l.regular())
	if !ok {
		return keyword("")
	}
	if !l.refs || n < 0 || n != float64(int(n)) || n > 1<<30 {
		return n
	}
	after := *l
	after.skip()
	gen, ok := after.digits()
	if !ok {
		return n
	}
	after.skip()
	if after.peek(0) == 'R' && (after.at+1 >= len(l.data) || !isRegular(l.data[after.at+1])) {
		l.at = after.at + 1
		return ref{int(n), gen}
	}
	return n
}

func (l *lexer) digits() (n int, ok bool) {
	begin := l.at
	for l.at < len(l.data) && l.at-begin < 6 && l.data[l.at] >= '0' && l.data[l.at] <= '9' {
		n = n*10 + int(l.data[l.at]-'0')
		l.at++
	}
	return n, l.at > begin
}

// parseNumber bears what programs write: two signs, or a sign within.
func parseNumber(s string) (float64, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return float64(n), true
	}
	s = strings.TrimLeft(s, "+")
	for strings.HasPrefix(s, "--") {
		s = s[1:]
	}
	if i := strings.LastIndexByte(s, '-'); i > 0 {
		s = s[:i]
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n > 1e12 || n < -1e12 || n != n {
		return 0, s == "." || s == "-" || s == ""
	}
	return n, true
}

func (l *lexer) array(depth int) any {
	out := array{}
	for depth > 0 {
		o := l.object(depth - 1)
		if l.done || o == endArray {
			return out
		}
		if k, ok := o.(keyword); ok {
			if k == endDict || k == "endobj" || k == "endstream" {
				return out
			}
			continue
		}
		out = append(out, o)
	}
	l.done = true
	return nil
}

func (l *lexer) dict(depth int) any {
	out := dict{}
	for depth > 0 {
		key := l.object(depth - 1)
		if l.done || key == endDict || key == keyword("endobj") || key == keyword("stream") {
			return out
		}
		k, ok := key.(name)
		if !ok {
			continue
		}
		value := l.object(depth - 1)
		if l.done || value == endDict {
			return out
		}
		if _, word := value.(keyword); !word && value != nil {
			out[k] = value
		}
	}
	l.done = true
	return nil
}

// literal reads a string in parentheses (7.3.4.2).
func (l *lexer) literal() text {
	var out []byte
	for open := 1; l.at < len(l.data); {
		c := l.data[l.at]
		l.at++
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return text(out)
			}
		case '\\':
			out = l.escape(out)
			continue
		case '\r':
			if l.peek(0) == '\n' {
				l.at++
			}
			c = '\n'
		}
		out = append(out, c)
	}
	return text(out)
}

func (l *lexer) escape(out []byte) []byte {
	if l.at >= len(l.data) {
		return out
	}
	c := l.data[l.at]
	l.at++
	if i := strings.IndexByte("nrtbf", c); i >= 0 {
		return append(out, "\n\r\t\b\f"[i])
	}
	switch {
	case c == '\r':
		if l.peek(0) == '\n' {
			l.at++
		}
		return out
	case c == '\n':
		return out
	case c >= '0' && c <= '7':
		n := int(c - '0')
		for i := 0; i < 2 && l.peek(0) >= '0' && l.peek(0) <= '7'; i++ {
			n = n*8 + int(l.peek(0)-'0')
			l.at++
		}
		return append(out, byte(n))
	}
	return append(out, c)
}

func (l *lexer) hex() text {
	end := bytes.IndexByte(l.data[l.at:], '>')
	if end < 0 {
		l.at = len(l.data)
		return ""
	}
	out := unhex(l.data[l.at : l.at+end])
	l.at += end + 1
	return text(out)
}

// unhex decodes hexadecimal digits; other bytes are passed over, and a last odd
// digit stands for its high half.
func unhex(digits []byte) []byte {
	out := make([]byte, 0, (len(digits)+1)/2)
	half := -1
	for _, c := range digits {
		n := strings.IndexByte("0123456789abcdef", c|0x20)
		if n < 0 || c < '0' {
			continue
		}
		if half < 0 {
			half = n
			continue
		}
		out = append(out, byte(half<<4|n))
		half = -1
	}
	if half >= 0 {
		out = append(out, byte(half<<4))
	}
	return out
}
