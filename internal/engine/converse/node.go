package converse

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// Bounds of what is rendered. What goes beyond is shown as plain text.
const (
	maxDepth = 64
	maxNodes = 200_000
)

var errTooMuch = errors.New("converse: too deep or too large to be rendered")

// A node is a JSON value that remembers the order of its members.
type node struct {
	kind  kind
	text  string // of a scalar, as it is shown
	names []string
	items []node // of a list, or of names
}

type kind int

const (
	scalar kind = iota
	list
	object
)

// parse reads a JSON document.
func parse(src []byte) (node, error) {
	p := parser{json.NewDecoder(bytes.NewReader(src)), 0}
	p.UseNumber()
	root, err := p.value(0)
	if err != nil {
		return node{}, err
	}
	if _, err := p.Token(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("converse: text after the JSON document")
	}
	return root, nil
}

type parser struct {
	*json.Decoder

	nodes int
}

func (p *parser) value(depth int) (node, error) {
	if p.nodes++; depth > maxDepth || p.nodes > maxNodes {
		return node{}, errTooMuch
	}
	token, err := p.Token()
	if err != nil {
		return node{}, err
	}
	switch v := token.(type) {
	case json.Delim:
		return p.container(v, depth)
	case string:
		return node{text: v}, nil
	case json.Number:
		return node{text: v.String()}, nil
	case bool:
		if v {
			return node{text: "true"}, nil
		}
		return node{text: "false"}, nil
	}
	return node{}, nil // null: nothing to show
}

func (p *parser) container(open json.Delim, depth int) (n node, err error) {
	n.kind = list
	if open == '{' {
		n.kind = object
	}
	for p.More() {
		if n.kind == object {
			name, err := p.Token()
			if err != nil {
				return node{}, err
			}
			n.names = append(n.names, name.(string)) // a member's name is a string, or Token fails
		}
		item, err := p.value(depth + 1)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	_, err = p.Token()
	return n, err
}

// scalars reports whether a list has scalars only.
func (n node) scalars() bool {
	for _, item := range n.items {
		if item.kind != scalar {
			return false
		}
	}
	return true
}

// objects reports whether a list has objects only, and some.
func (n node) objects() bool {
	for _, item := range n.items {
		if item.kind != object {
			return false
		}
	}
	return n.kind == list && len(n.items) > 0
}

// brief is a value in few characters.
func (n node) brief() string {
	switch n.kind {
	case list:
		if len(n.items) == 0 {
			return ""
		}
		texts := make([]string, 0, len(n.items))
		for _, item := range n.items[:min(len(n.items), maxListed)] {
			if text := item.brief(); text != "" {
				texts = append(texts, text)
			}
		}
		joined := strings.Join(texts, ", ")
		if len(n.items) > maxListed {
			joined += ", …"
		}
		return joined
	case object:
		return n.label()
	}
	return n.text
}

// label is what people call an object: its name, title or the like, or else its
// first value.
func (n node) label() string {
	for _, name := range []string{"displayName", "name", "title", "label", "value", "key", "id"} {
		for i, have := range n.names {
			if have == name && n.items[i].kind == scalar && n.items[i].text != "" {
				return n.items[i].text
			}
		}
	}
	for _, item := range n.items {
		if item.kind == scalar && item.text != "" {
			return item.text
		}
	}
	return ""
}
