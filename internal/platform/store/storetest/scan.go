package storetest

import (
	"fmt"
	"strings"
)

type kind int

const (
	word     kind = iota // a keyword or name, in capitals
	quoted               // 'text' or "name", as it stands
	number               // 42
	place                // $1
	operator             // anything else
)

type token struct {
	kind kind
	text string
}

func (t token) semicolon() bool { return t.kind == operator && t.text == ";" }

// scan cuts a statement into tokens, leaving out space and comments.
func scan(query string) ([]token, error) {
	var tokens []token
	for rest := query; ; {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" {
			return tokens, nil
		}
		n, t, err := first(rest)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, fmt.Errorf("SQL subset: cannot read %.20q", rest)
		}
		if t.text != "" {
			tokens = append(tokens, t)
		}
		rest = rest[n:]
	}
}

// first reads the token that s begins with, and its length; a comment has no text.
func first(s string) (int, token, error) {
	switch c := s[0]; {
	case strings.HasPrefix(s, "--"):
		return lengthTo(s, "\n"), token{}, nil
	case strings.HasPrefix(s, "/*"):
		return lengthTo(s, "*/"), token{}, nil
	case c == '\'' || c == '"':
		n := 1 + strings.IndexByte(s[1:], c) + 1
		if n == 1 {
			return 0, token{}, fmt.Errorf("SQL subset: a quotation does not end: %.20q", s)
		}
		return n, token{quoted, s[:n]}, nil
	case c == '$':
		n := 1 + length(s[1:], isDigit)
		return n, token{place, s[:n]}, nil
	case isDigit(c):
		n := length(s, isDigit)
		return n, token{number, s[:n]}, nil
	case isLetter(c):
		n := length(s, func(c byte) bool { return isLetter(c) || isDigit(c) })
		return n, token{word, strings.ToUpper(s[:n])}, nil
	}
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return len(op), token{operator, op}, nil
		}
	}
	return 1, token{operator, s[:1]}, nil
}

// lengthTo is the length of s up to and with end, or all of it.
func lengthTo(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

func length(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
