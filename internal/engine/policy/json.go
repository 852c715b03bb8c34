package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A SyntaxError is what is wrong with a document.
type SyntaxError struct {
	Path    string // of the JSON value, such as Statement[0].Condition.Bool; "" for the document
	Line    int    // from 1
	Column  int    // in bytes, from 1
	Problem string // what is wrong, and what to write instead
}

func (e *SyntaxError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
	}
	return fmt.Sprintf("%s (line %d, column %d): %s", e.Path, e.Line, e.Column, e.Problem)
}

const (
	// maxDepth is more than any policy needs: a value of a condition is the
	// seventh level.
	maxDepth = 10
	// maxBytes bounds a document with all its white space, as the IAM API does.
	maxBytes = 131072
)

// A node is a JSON value and where it stands.
type node struct {
	kind    json.Delim      // '{', '[', or 0 for a scalar
	scalar  any             // string, json.Number, bool or nil
	members []member        // of an object, in the order of the document
	names   map[string]bool // of members
	items   []*node         // of an array
	path    string
	at      int // offset of the first byte
	end     int // offset behind the last
}

type member struct {
	name  string
	value *node
}

// A reader reads JSON into nodes, and makes the errors of the package.
type reader struct {
	document []byte
	tokens   *json.Decoder

	passed  int // bytes before reached
	reached Position
}

// measure refuses a document that is too long, before anything of it is read.
func (r *reader) measure(kind Kind, quota int) error {
	if len(r.document) > maxBytes {
		return r.fail("", 0, "the document has %d bytes; a policy has at most %d", len(r.document), maxBytes)
	}
	if !utf8.Valid(r.document) {
		return r.fail("", 0, "the document is not UTF-8; save it in that encoding")
	}
	if n := characters(r.document, kinds[kind].spaces); n > quota {
		return r.fail("", 0, "the document has %d characters; %s has at most %d", n, kind, quota)
	}
	return nil
}

// read is the document as a node.
func (r *reader) read() (*node, error) {
	r.tokens = json.NewDecoder(bytes.NewReader(r.document))
	r.tokens.UseNumber()
	n, err := r.value("", 0)
	if err != nil {
		return nil, err
	}
	end := r.position()
	if _, err := r.tokens.Token(); !errors.Is(err, io.EOF) {
		return nil, r.fail("", end, "there is more behind the policy; remove it")
	}
	return n, nil
}

// position is where the next token begins.
func (r *reader) position() int {
	at := int(r.tokens.InputOffset())
	rest := r.document[at:]
	return at + len(rest) - len(bytes.TrimLeft(rest, " \t\r\n:,"))
}

func (r *reader) token(path string) (json.Token, int, error) {
	at := r.position()
	t, err := r.tokens.Token()
	if err == nil {
		return t, at, nil
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return nil, 0, r.fail(path, at, "this is no JSON: %s", syntax)
	}
	return nil, 0, r.fail(path, len(r.document), "the JSON ends too early; close what is open")
}

func (r *reader) value(path string, depth int) (*node, error) {
	t, at, err := r.token(path)
	if err != nil {
		return nil, err
	}
	n := &node{path: path, at: at, end: int(r.tokens.InputOffset())}
	delim, ok := t.(json.Delim)
	if !ok {
		n.scalar = t
		return n, nil
	}
	if depth == maxDepth {
		return nil, r.fail(path, at, "this is nested more than %d levels deep; no policy is", maxDepth)
	}
	n.kind = delim
	for r.tokens.More() {
		if err := r.inside(n, depth); err != nil {
			return nil, err
		}
	}
	_, _, err = r.token(path)
	n.end = int(r.tokens.InputOffset())
	return n, err
}

// inside reads the next member or item of a node.
func (r *reader) inside(n *node, depth int) error {
	if n.kind == '[' {
		item, err := r.value(fmt.Sprintf("%s[%d]", n.path, len(n.items)), depth+1)
		n.items = append(n.items, item)
		return err
	}
	t, at, err := r.token(n.path)
	if err != nil {
		return err
	}
	name, _ := t.(string) // the decoder lets nothing else be a name
	path := join(n.path, name)
	if n.names[name] {
		return r.fail(path, at, "%q occurs twice; keep one", name)
	}
	if n.names == nil {
		n.names = map[string]bool{}
	}
	n.names[name] = true
	value, err := r.value(path, depth+1)
	n.members = append(n.members, member{name, value})
	return err
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// fail makes the error for an offset.
func (r *reader) fail(path string, at int, format string, args ...any) error {
	p := r.place(at)
	return &SyntaxError{Path: path, Line: p.Line, Column: p.Column, Problem: fmt.Sprintf(format, args...)}
}

// place is where an offset is. Places are asked for in their order, mostly: it
// goes on from the last one.
func (r *reader) place(at int) Position {
	if at = min(at, len(r.document)); at < r.passed || r.reached.Line == 0 {
		r.passed, r.reached = 0, Position{1, 1}
	}
	between := r.document[r.passed:at]
	if lines := bytes.Count(between, []byte("\n")); lines > 0 {
		r.reached = Position{r.reached.Line + lines, len(between) - bytes.LastIndexByte(between, '\n')}
	} else {
		r.reached.Column += len(between)
	}
	r.passed = at
	return r.reached
}

// refuse makes the error for a node.
func (r *reader) refuse(n *node, format string, args ...any) error {
	return r.fail(n.path, n.at, format, args...)
}

// text is a node that has to be a string.
func (r *reader) text(n *node) (string, error) {
	s, ok := n.scalar.(string)
	if !ok {
		return "", r.refuse(n, "this has to be a string; put it in quotation marks")
	}
	return s, nil
}

// list is what stands in a node, be it one value or an array of them. An empty
// one is refused: what it means, nobody can see.
func (r *reader) list(n *node) ([]*node, error) {
	switch {
	case n.kind != '[':
		return []*node{n}, nil
	case len(n.items) == 0:
		return nil, r.refuse(n, "the list is empty; give it a value or remove the element")
	}
	return n.items, nil
}

// characters counts what a quota counts.
func characters(document []byte, spaces bool) int {
	if spaces {
		return utf8.RuneCount(document)
	}
	count := 0
	for _, c := range string(document) {
		if !strings.ContainsRune(" \t\r\n", c) {
			count++
		}
	}
	return count
}
