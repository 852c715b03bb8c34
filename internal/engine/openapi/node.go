package openapi

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// kind is the JSON kind of a value; a set of kinds is their sum.
type kind uint8

const (
	nullKind kind = 1 << iota
	boolKind
	numberKind
	stringKind
	arrayKind
	objectKind
)

func (k kind) String() string {
	switch k {
	case nullKind:
		return "null"
	case boolKind:
		return "true or false"
	case numberKind:
		return "a number"
	case stringKind:
		return "a string"
	case arrayKind:
		return "a list"
	case objectKind:
		return "an object"
	}
	return "a value"
}

// A node is one value of the document. Where it points to is its own place for
// a scalar or a list item, and the place of its key for an object or a list that
// is a member: there an editor's cursor helps most.
type node struct {
	parent       *node
	key          string  // the member name under an object
	text         string  // a string's value, a number's literal, "true" or "false"
	kids         []*node // members or items, in document order
	line, column int32
	mark         uint32 // the list of schemas it was last put on
	kind         kind
	shape        shape // what the tidying took it for; noShape when it was not visited
	dropped      bool  // set aside by the tidying
}

// pointer is the node's JSON pointer (RFC 6901).
func (n *node) pointer() string {
	var parts []string
	for ; n.parent != nil; n = n.parent {
		if n.parent.kind == arrayKind {
			parts = append(parts, strconv.Itoa(slices.Index(n.parent.kids, n)))
			continue
		}
		parts = append(parts, escapePointer(n.key))
	}
	if len(parts) == 0 {
		return ""
	}
	slices.Reverse(parts)
	return "/" + strings.Join(parts, "/")
}

func escapePointer(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

func unescapePointer(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
}

func (n *node) is(k kind) bool { return n != nil && n.kind&k != 0 }

// str is the value of a string node, and "" of any other. It does not hold on
// to the source text.
func (n *node) str() string {
	if !n.is(stringKind) {
		return ""
	}
	return strings.Clone(n.text)
}

// head is the beginning of a string node's value, at most limit bytes of it.
func (n *node) head(limit int) string {
	if !n.is(stringKind) {
		return ""
	}
	text := n.text
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "")
	}
	return strings.Clone(text)
}

// live yields the members or items that were not set aside.
func (n *node) live() iter.Seq[*node] {
	return func(yield func(*node) bool) {
		if n == nil {
			return
		}
		for _, k := range n.kids {
			if !k.dropped && !yield(k) {
				return
			}
		}
	}
}

// size is the number of members or items.
func (n *node) size() int {
	if n == nil {
		return 0
	}
	return len(n.kids)
}

// scalar is the text of a string, number or boolean.
func (n *node) scalar() string {
	if !n.is(stringKind | numberKind | boolKind) {
		return ""
	}
	return strings.Clone(n.text)
}

func (n *node) isTrue() bool { return n.is(boolKind) && n.text == "true" }

// A tree finds members quickly, also in objects with thousands of them.
type tree struct {
	root  *node
	index map[*node]map[string]*node
	links map[*node]*node // from a reference to what it means
}

const indexFrom = 12 // members from which on a map beats looking at each

func newTree(root *node) *tree {
	return &tree{root: root, index: map[*node]map[string]*node{}, links: map[*node]*node{}}
}

// member returns the value of n's member key, or nil.
func (t *tree) member(n *node, key string) *node {
	if !n.is(objectKind) {
		return nil
	}
	if len(n.kids) < indexFrom {
		for _, k := range n.kids {
			if k.key == key && !k.dropped {
				return k
			}
		}
		return nil
	}
	byKey, ok := t.index[n]
	if !ok {
		byKey = make(map[string]*node, len(n.kids))
		for _, k := range n.kids {
			byKey[k.key] = k
		}
		t.index[n] = byKey
	}
	if k := byKey[key]; k != nil && !k.dropped {
		return k
	}
	return nil
}

// text returns the string under n's member key, or "".
func (t *tree) text(n *node, key string) string { return t.member(n, key).str() }

// find follows a JSON pointer from the root.
func (t *tree) find(pointer string) *node {
	n := t.root
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		part = unescapePointer(part)
		if n.is(arrayKind) {
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(n.kids) {
				return nil
			}
			n = n.kids[i]
			continue
		}
		if n = t.member(n, part); n == nil {
			return nil
		}
	}
	return n
}

// builder makes nodes within the limits on their number, depth and cost.
type builder struct {
	lim   Limits
	found *findings
	slab  []node
	nodes int
	work  int
}

// add makes a node under parent (nil for the root). It returns nil, with the
// finding made, when a limit is reached.
func (b *builder) add(parent *node, key string, depth, line, column int) *node {
	if len(b.slab) == 0 {
		b.slab = make([]node, 512)
	}
	n := &b.slab[0]
	b.slab = b.slab[1:]
	n.parent, n.key, n.line, n.column = parent, key, int32(line), int32(column)
	if parent != nil {
		parent.kids = append(parent.kids, n)
	}
	b.nodes++
	if !b.spend(n, depth, len(key)+2) || !b.within(n, depth) {
		return nil
	}
	return n
}

// spend charges size bytes at depth.
func (b *builder) spend(n *node, depth, size int) bool {
	b.work += depth * size
	if b.work <= b.lim.Work {
		return true
	}
	b.found.add(refuse("too-costly", "so much of the document lies so deep that reading it would cost too much",
		"move nested schemas to /components/schemas and refer to them").at(n))
	return false
}

func (b *builder) within(n *node, depth int) bool {
	switch {
	case depth > b.lim.Depth:
		b.found.add(refuse("too-deep", "the document is nested more than "+strconv.Itoa(b.lim.Depth)+" levels deep",
			"move nested schemas to /components/schemas and refer to them").atPlace(int(n.line), int(n.column)))
	case b.nodes > b.lim.Nodes:
		b.found.add(refuse("too-many-values", "the document holds more than "+strconv.Itoa(b.lim.Nodes)+" values (aliases expanded)",
			"shorten the document: keep the operations the plugin needs and drop long examples and lists").atPlace(int(n.line), int(n.column)))
	case len(n.key) > b.lim.Key:
		b.found.add(refuse("key-too-long", "a member name is longer than "+strconv.Itoa(b.lim.Key)+" bytes",
			"shorten the name").atPlace(int(n.line), int(n.column)))
	default:
		return true
	}
	return false
}

// unique refuses an object that names a member twice: two readers would see two
// different documents.
func (b *builder) unique(n *node) bool {
	if len(n.kids) < indexFrom {
		for i, k := range n.kids {
			for _, earlier := range n.kids[:i] {
				if earlier.key == k.key {
					return b.duplicate(k, earlier)
				}
			}
		}
		return true
	}
	seen := make(map[string]*node, len(n.kids))
	for _, k := range n.kids {
		if earlier := seen[k.key]; earlier != nil {
			return b.duplicate(k, earlier)
		}
		seen[k.key] = k
	}
	return true
}

func (b *builder) duplicate(k, earlier *node) bool {
	b.found.add(refuse("duplicate-key", strconv.Quote(k.key)+" is given twice, first on line "+strconv.Itoa(int(earlier.line)),
		"keep one of the two").at(k))
	return false
}
