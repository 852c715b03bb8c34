package smithy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// The limits of one JSON document. They hold before any memory is spent on
// it: deep nesting would cost stack, and a crowd of tiny values ("[{},{},…")
// many times its own size.
const (
	maxDepth  = 64
	maxValues = 200_000
)

// syntaxError says where a document stops being JSON.
type syntaxError struct {
	at      int // byte offset
	message string
}

// place tells a reader of src where the error is, in lines and characters
// counted from one.
func (e *syntaxError) place(src []byte) string {
	before := src[:min(e.at, len(src))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, column)
}

// scan reports why src is not one JSON value (RFC 8259) in UTF-8 within the
// limits, or nil. It allocates nothing for a valid document, so that all who
// read it afterwards may trust it.
func scan(src []byte) *syntaxError {
	if i := invalidUTF8(src); i >= 0 {
		return &syntaxError{i, "the text is not UTF-8"}
	}
	s := scanner{src: src}
	if err := s.run(); err != nil {
		return err
	}
	if s.space(); s.at < len(src) {
		return &syntaxError{s.at, "there is text after the end of the document"}
	}
	return nil
}

func invalidUTF8(src []byte) int {
	if utf8.Valid(src) {
		return -1
	}
	for i := 0; ; {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}

// scanner walks a document with a stack of one bit for each open bracket.
type scanner struct {
	src     []byte
	at      int
	depth   int
	objects uint64 // bit i is set when level i+1 is an object
	values  int
}

func (s *scanner) inObject() bool { return s.objects>>(s.depth-1)&1 == 1 }

// run scans one value with all that is in it.
func (s *scanner) run() *syntaxError {
	for {
		opened, err := s.value()
		if err != nil {
			return err
		}
		if opened {
			continue
		}
		if done, err := s.after(); done || err != nil {
			return err
		}
	}
}

// value scans a scalar, or the opening of an array or object up to its first
// value; opened is true when such a value is next.
func (s *scanner) value() (opened bool, err *syntaxError) {
	if s.values++; s.values > maxValues {
		return false, s.fail("the document has more than %d values", maxValues)
	}
	s.space()
	switch c := s.peek(); {
	case c == '{' || c == '[':
		return s.open(c)
	case c == '"':
		return false, s.str()
	case c == '-' || isDigit(c):
		return false, s.number()
	case c == 't':
		return false, s.word("true")
	case c == 'f':
		return false, s.word("false")
	case c == 'n':
		return false, s.word("null")
	case s.at >= len(s.src):
		return false, s.fail("the document ends where a value was expected")
	}
	return false, s.fail("a value was expected here")
}

func (s *scanner) open(c byte) (opened bool, err *syntaxError) {
	if s.depth == maxDepth {
		return false, s.fail("the document is nested more than %d levels deep", maxDepth)
	}
	s.at++
	s.depth++
	s.objects &^= 1 << (s.depth - 1)
	if c == '{' {
		s.objects |= 1 << (s.depth - 1)
	}
	s.space()
	if s.peek() == c+2 { // ']' and '}' follow their opening by two
		s.at++
		s.depth--
		return false, nil
	}
	if c == '{' {
		return true, s.key()
	}
	return true, nil
}

// after scans what follows a value: closing brackets, or a comma.
func (s *scanner) after() (done bool, err *syntaxError) {
	for s.depth > 0 {
		s.space()
		object := s.inObject()
		switch c := s.peek(); {
		case c == ',' && object:
			s.at++
			return false, s.key()
		case c == ',':
			s.at++
			return false, nil
		case c == '}' && object, c == ']' && !object:
			s.at++
			s.depth--
		case object:
			return false, s.fail("a comma or the closing brace of the object was expected here")
		default:
			return false, s.fail("a comma or the closing bracket of the array was expected here")
		}
	}
	return true, nil
}

func (s *scanner) key() *syntaxError {
	s.space()
	if s.peek() != '"' {
		return s.fail("the name of a member, in double quotes, was expected here")
	}
	if err := s.str(); err != nil {
		return err
	}
	s.space()
	if s.peek() != ':' {
		return s.fail("a colon was expected here, after the name of a member")
	}
	s.at++
	return nil
}

func (s *scanner) str() *syntaxError {
	for s.at++; ; {
		s.at = ordinary(s.src, s.at)
		switch c := s.peek(); {
		case s.at >= len(s.src):
			return s.fail("the document ends within a string")
		case c == '"':
			s.at++
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		default:
			return s.fail("a control character within a string has to be written as an escape, such as \\n")
		}
	}
}

func (s *scanner) escape() *syntaxError {
	if s.at+1 >= len(s.src) {
		return s.fail("the document ends within a string")
	}
	if s.src[s.at+1] != 'u' {
		if unescaped[s.src[s.at+1]] == 0 {
			return s.fail("there is no such escape in JSON")
		}
		s.at += 2
		return nil
	}
	_, size := unicodeEscape(s.src[s.at:])
	if size == 0 {
		return s.fail("a \\u escape needs four hexadecimal digits, and a surrogate its pair")
	}
	s.at += size
	return nil
}

func (s *scanner) number() *syntaxError {
	if s.peek() == '-' {
		s.at++
	}
	switch {
	case s.peek() == '0':
		s.at++
	case !s.digits():
		return s.fail("a digit was expected here")
	}
	if s.peek() == '.' {
		s.at++
		if !s.digits() {
			return s.fail("a digit was expected here, after the decimal point")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if !s.digits() {
			return s.fail("a digit was expected here, in the exponent")
		}
	}
	return nil
}

func (s *scanner) digits() bool {
	from := s.at
	for isDigit(s.peek()) {
		s.at++
	}
	return s.at > from
}

func (s *scanner) word(w string) *syntaxError {
	if len(s.src)-s.at < len(w) || string(s.src[s.at:s.at+len(w)]) != w {
		return s.fail("a value was expected here")
	}
	s.at += len(w)
	return nil
}

func (s *scanner) space() {
	for s.at < len(s.src) && isSpace(s.src[s.at]) {
		s.at++
	}
}

// peek is the next byte, or zero at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

func (s *scanner) fail(format string, args ...any) *syntaxError {
	return &syntaxError{s.at, fmt.Sprintf(format, args...)}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// ordinary is the first index from i on of a quote, a backslash or a control
// character. It looks at eight bytes at a time: this loop is most of the work
// on a long string.
func ordinary(src []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(src); i += 8 {
		w := binary.LittleEndian.Uint64(src[i:])
		quote, slash := w^ones*'"', w^ones*'\\'
		hit := ((w - ones*0x20) &^ w) | ((quote - ones) &^ quote) | ((slash - ones) &^ slash)
		if hit &= highs; hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(src); i++ {
		if c := src[i]; c < 0x20 || c == '"' || c == '\\' {
			return i
		}
	}
	return i
}
