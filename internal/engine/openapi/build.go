package openapi

import (
	"fmt"
	"slices"
)

// Bounds on the Schemas of one operation. What they cut off is any value.
const (
	maxSchemas    = 3_000 // in all its inputs, shared ones counted wherever they stand
	maxAlternates = 32    // ways to combine the choices of one value
)

// levels are the depths to which an input is followed: the first at which its
// Schemas are no more than the operation may have. So no part of an input is cut
// off because an earlier part was large.
func levels() []int { return []int{40, 10, 6, 4, 3, 2, 1} }

// A schemaBuilder makes Schemas of the nodes that describe a value. A Schema
// that holds all its nodes say is made once and shared; where a schema contains
// itself, the inner one is cut.
type schemaBuilder struct {
	rd      *reader
	op      *operation
	version uint32 // marks the nodes of the list that is being made
	deepest int    // level that is still followed
	reached int    // deepest level so far
	left    int    // Schemas that the operation may still have
	over    bool   // it had none left
	tied    int    // times that a Schema came to depend on what stands around it

	open     map[*node]bool      // schemas of the values around the one at hand
	shared   map[*node]shared    // by what references lead to
	cuts     map[*node]*Schema   // likewise
	origin   map[*Schema][]*node // what a Schema was made of, the outermost first
	made     []*Schema           // in this attempt, and not shared
	patterns map[string]bool     // can be read
	heirs    map[*node][]*node   // components made of another by allOf; nil until asked for
}

// shared is a Schema that depends on nothing around it.
type shared struct {
	schema       *Schema
	size, height int
}

func newSchemaBuilder(rd *reader) *schemaBuilder {
	return &schemaBuilder{
		rd: rd, open: map[*node]bool{}, shared: map[*node]shared{}, cuts: map[*node]*Schema{}, origin: map[*Schema][]*node{},
		patterns: map[string]bool{},
	}
}

// schema returns the shape of a value of op that n describes (nil: any value).
func (b *schemaBuilder) schema(op *operation, n *node) *Schema {
	if n == nil {
		return &Schema{}
	}
	b.op = op
	room := maxSchemas - op.schemas
	for _, deepest := range levels() {
		b.deepest, b.reached, b.left, b.over = deepest, 0, room, false
		s := b.value([]*node{n}, nil, 0)
		if b.over {
			for _, s := range b.made {
				delete(b.origin, s)
			}
		}
		b.made = b.made[:0]
		if !b.over {
			op.schemas = maxSchemas - b.left
			if deepest < levels()[0] {
				b.tooLarge(n, deepest)
			}
			return s
		}
	}
	b.tooLarge(n, 0)
	return &Schema{Type: b.rd.tree.member(b.rd.tree.resolve(n), "type").head(maxType), Cut: true}
}

func (b *schemaBuilder) tooLarge(n *node, level int) {
	b.op.cutShort = true
	b.rd.blame(b.op, n, advise("input-large", fmt.Sprintf("the inputs are described by more than %d schemas; they are followed %d levels deep", maxSchemas, level),
		"keep the members that a caller needs"))
}

// value makes the Schema of a value that every one of nodes describes. around
// are schemas of the same value that have been counted in already.
func (b *schemaBuilder) value(nodes, around []*node, level int) *Schema {
	key := b.key(nodes)
	if s := b.again(key, level); s != nil {
		return s
	}
	b.left--
	if b.left < 0 || !b.rd.spend(len(nodes)) {
		b.over = true
		return &Schema{Cut: true}
	}
	parts := b.parts(nodes, around)
	if level > b.deepest || slices.ContainsFunc(parts, func(p *node) bool { return b.open[p] }) {
		return b.cut(key, parts, level)
	}
	size, tied, reached, made := b.left, b.tied, b.reached, len(b.made)
	b.reached = level
	s := b.describe(parts, around, level)
	b.note(s, parts)
	if key != nil && tied == b.tied && !b.over {
		b.shared[key] = shared{s, size - b.left + 1, b.reached - level}
		b.made = b.made[:made]
	}
	b.reached = max(b.reached, reached)
	return s
}

// key returns what a Schema may be shared by: the end of a reference that says
// nothing beside it.
func (b *schemaBuilder) key(nodes []*node) *node {
	if len(nodes) != 1 {
		return nil
	}
	n := nodes[0]
	if b.rd.tree.links[n] != nil && n.size() == 1 {
		return b.rd.tree.resolve(n)
	}
	return nil
}

func (b *schemaBuilder) again(key *node, level int) *Schema {
	have, ok := b.shared[key]
	if !ok || key == nil || level+have.height > b.deepest || have.size > b.left {
		return nil
	}
	b.left -= have.size
	b.reached = max(b.reached, level+have.height)
	return have.schema
}

func (b *schemaBuilder) note(s *Schema, parts []*node) {
	b.origin[s] = parts
	b.made = append(b.made, s)
}

// cut says only of what type a value is, and in words what it is.
func (b *schemaBuilder) cut(key *node, parts []*node, level int) *Schema {
	b.tied++
	if level > b.deepest && b.deepest == levels()[0] {
		b.op.cutShort = true
	}
	if s := b.cuts[key]; s != nil && key != nil {
		return s
	}
	var whole Schema
	typed := false
	for _, p := range parts {
		b.apply(&whole, p, &typed)
	}
	s := &Schema{Type: whole.Type, Title: whole.Title, Description: whole.Description, Nullable: whole.Nullable,
		ReadOnly: whole.ReadOnly, WriteOnly: whole.WriteOnly, Cut: true}
	if s.Type == "" {
		s.Type = b.implied(parts, &whole)
	}
	if key != nil {
		b.cuts[key] = s
		b.origin[s] = parts
		return s
	}
	b.note(s, parts)
	return s
}

// describe makes the Schema of parts, which is open while its members are made.
func (b *schemaBuilder) describe(parts, around []*node, level int) *Schema {
	s := &Schema{}
	typed := false
	for _, p := range parts {
		b.apply(s, p, &typed)
		b.open[p] = true
	}
	b.members(s, parts, level)
	b.items(s, parts, level)
	b.choices(s, parts, around, level)
	for _, p := range parts {
		delete(b.open, p)
	}
	b.settle(s, parts)
	return s
}

// members makes the properties, each of all that the parts say of it.
func (b *schemaBuilder) members(s *Schema, parts []*node, level int) {
	var names []string
	said := map[string][]*node{}
	for _, p := range b.spoken(parts) {
		for k := range b.rd.tree.member(p, "properties").live() {
			if k.is(boolKind) && !k.isTrue() {
				continue // never given
			}
			if said[k.key] == nil {
				names = append(names, k.key)
			}
			said[k.key] = append(said[k.key], k)
		}
	}
	for _, name := range names {
		if b.over {
			return
		}
		s.Properties = append(s.Properties, Property{name, b.value(said[name], nil, level+1)})
	}
	if further := b.under(parts, "additionalProperties"); len(further) > 0 && !s.Closed {
		if a := b.value(further, nil, level+1); !b.anything(a) {
			s.Additional = a
		}
	}
}

func (b *schemaBuilder) items(s *Schema, parts []*node, level int) {
	if items := b.under(parts, "items"); len(items) > 0 {
		s.Items = b.value(items, nil, level+1)
	}
}

// anything says whether s is no more than "any value".
func (b *schemaBuilder) anything(s *Schema) bool {
	return s.Type == "" && s.Title == "" && s.Description == "" && s.Format == "" && s.Pattern == "" && s.Enum == nil && s.Const == nil &&
		s.Properties == nil && s.Additional == nil && !s.Closed && s.Items == nil && s.Choices == nil && s.Required == nil && !s.Cut
}

// settle brings together what only all parts say.
func (b *schemaBuilder) settle(s *Schema, parts []*node) {
	if s.Type == "" {
		s.Type = b.implied(parts, s)
	}
	if s.Type == "" && len(s.Choices) == 0 {
		s.Nullable = false // null is a value like any other
	}
	requests(s)
	b.fit(s)
}

// requests leaves in Required what a request needs, each name once: members that
// are read-only are required of answers.
func requests(s *Schema) {
	if len(s.Required) == 0 {
		return
	}
	out := make(map[string]bool, len(s.Required)) // names that are not to be listed (again)
	for _, p := range s.Properties {
		out[p.Name] = p.Schema.ReadOnly
	}
	names := s.Required[:0]
	for _, name := range s.Required {
		if !out[name] {
			out[name] = true
			names = append(names, name)
		}
	}
	s.Required = names
	if len(names) == 0 {
		s.Required = nil
	}
}

// place is where what s was made of stands.
func (b *schemaBuilder) place(s *Schema) *node {
	if parts := b.origin[s]; len(parts) > 0 {
		return parts[0]
	}
	return b.op.node
}
