package openapi

import (
	"encoding/json"
	"slices"
)

// choices offers the members of oneOf and anyOf, or what a discriminator maps
// to. What stands around them holds for each and is not said again.
func (b *schemaBuilder) choices(s *Schema, parts, around []*node, level int) {
	tags := b.tags(s, parts)
	groups, exclusive := b.groups(parts, tags)
	if len(groups) == 0 || level > b.deepest {
		return
	}
	s.Choices = nil // a list of types is the wider choice
	known := append(slices.Clone(around), parts...)
	for _, alternative := range combine(groups) {
		if b.over {
			return
		}
		if nullOnly(b.rd.tree.resolve(alternative[0])) && len(alternative) == 1 {
			s.Nullable = true
			continue
		}
		if b.covered(alternative, known) {
			continue
		}
		choice := b.value(alternative, known, level+1)
		s.Choices = append(s.Choices, b.tagged(choice, s.Discriminator, tags, alternative))
	}
	s.Exclusive = exclusive && len(s.Choices) > 1
	b.single(s)
}

// groups lists the alternatives of each oneOf and anyOf of the parts. They are
// exclusive when all are of one oneOf.
func (b *schemaBuilder) groups(parts []*node, tags map[*node][]json.RawMessage) (out [][]*node, exclusive bool) {
	for _, p := range b.spoken(parts) {
		for _, word := range []string{"oneOf", "anyOf"} {
			var group []*node
			for k := range b.rd.tree.member(p, word).live() {
				if k.is(objectKind) {
					group = append(group, k)
				}
			}
			if len(group) > 0 && !onlyRequires(group) {
				out = append(out, group)
				exclusive = word == "oneOf" && len(out) == 1
			}
		}
	}
	if len(out) == 0 && len(tags) > 0 {
		out = append(out, b.mapped(parts))
	}
	return out, exclusive
}

// onlyRequires says whether alternatives say no more than which members belong
// together (anyOf: [{required: [a]}, {required: [b]}]): then the members are
// those around them.
func onlyRequires(group []*node) bool {
	for _, n := range group {
		if n.size() != 1 || n.kids[0].key != "required" {
			return false
		}
	}
	return true
}

// combine lists the ways to take one of each group, when there are not too many
// of them; otherwise only the first group is a choice.
func combine(groups [][]*node) [][]*node {
	ways := 1
	for _, g := range groups {
		if ways *= len(g); ways > maxAlternates {
			groups = groups[:1]
			break
		}
	}
	out := [][]*node{nil}
	for _, g := range groups {
		var next [][]*node
		for _, way := range out {
			for _, n := range g {
				next = append(next, append(slices.Clone(way), n))
			}
		}
		out = next
	}
	return out
}

func nullOnly(n *node) bool {
	if !n.is(objectKind) {
		return false
	}
	for k := range n.live() {
		if k.key == "type" && k.is(stringKind) {
			return k.text == "null"
		}
	}
	return false
}

// covered says whether an alternative is one of the schemas around it.
func (b *schemaBuilder) covered(alternative, known []*node) bool {
	for _, n := range alternative {
		if !b.rd.spend(1+len(known)/bytesPerStep) || !slices.Contains(known, b.rd.tree.resolve(n)) {
			return false
		}
	}
	b.tied++
	return true
}

// single takes a lone choice for what it is.
func (b *schemaBuilder) single(s *Schema) {
	if len(s.Choices) != 1 || s.Type != "" || s.Properties != nil || s.Enum != nil || s.Const != nil || s.Items != nil || s.Cut || s.Required != nil {
		return
	}
	only := *s.Choices[0]
	only.Nullable = only.Nullable || s.Nullable
	if s.Title != "" {
		only.Title = s.Title
	}
	if s.Description != "" {
		only.Description = s.Description
	}
	if s.Default != nil {
		only.Default = s.Default
	}
	only.ReadOnly, only.WriteOnly = only.ReadOnly || s.ReadOnly, only.WriteOnly || s.WriteOnly
	*s = only
}

// tags reads the discriminator: its property goes to s; the answer is which of
// its values stand for which schema.
func (b *schemaBuilder) tags(s *Schema, parts []*node) map[*node][]json.RawMessage {
	for _, p := range b.spoken(parts) {
		d := b.rd.tree.member(p, "discriminator")
		if s.Discriminator = b.rd.tree.text(d, "propertyName"); s.Discriminator == "" {
			continue
		}
		tags := map[*node][]json.RawMessage{}
		for k := range b.rd.tree.member(d, "mapping").live() {
			if target := b.mapping(k); target != nil && b.rd.spend(1) {
				tags[target] = append(tags[target], quoted(k.key))
			}
		}
		return tags
	}
	return nil
}

// mapping follows one value of a discriminator's mapping: a reference, or the
// name of a schema.
func (b *schemaBuilder) mapping(k *node) *node {
	if !k.is(stringKind) {
		return nil
	}
	pointer, ok := localPointer(k.text)
	if !ok {
		pointer = "/components/schemas/" + escapePointer(k.text)
	}
	if target := b.rd.tree.find(pointer); target.is(objectKind) && target.shape == schemaShape {
		return target
	}
	return nil
}

// mapped lists the schemas a mapping names, in its order.
func (b *schemaBuilder) mapped(parts []*node) []*node {
	var out []*node
	seen := map[*node]bool{}
	for _, p := range b.spoken(parts) {
		for k := range b.rd.tree.member(b.rd.tree.member(p, "discriminator"), "mapping").live() {
			if target := b.mapping(k); target != nil && !seen[target] && b.rd.spend(1) {
				seen[target] = true
				out = append(out, target)
			}
		}
	}
	return out
}

func quoted(s string) json.RawMessage {
	w := &writer{}
	w.text(s)
	return w.out
}

// tagged is a choice whose discriminating member has only the values that stand
// for it: those of the mapping, or else the schema's name.
func (b *schemaBuilder) tagged(choice *Schema, member string, tags map[*node][]json.RawMessage, alternative []*node) *Schema {
	target := b.rd.tree.resolve(alternative[0])
	values := tags[target]
	if len(values) == 0 && inComponents(target) {
		values = []json.RawMessage{quoted(target.key)}
	}
	if member == "" || len(values) == 0 || choice.Cut || choice.Type != "" && choice.Type != "object" {
		return choice
	}
	i := slices.IndexFunc(choice.Properties, func(p Property) bool { return p.Name == member })
	if i >= 0 && (choice.Properties[i].Schema.Const != nil || len(choice.Properties[i].Schema.Enum) == 1) {
		return choice
	}
	out := *choice
	out.Properties = slices.Clone(choice.Properties)
	b.origin[&out] = b.origin[choice]
	if i < 0 {
		b.left--
		out.Type = "object"
		out.Properties = append(Properties{{member, &Schema{Type: "string", Enum: values}}}, out.Properties...)
		b.origin[out.Properties[0].Schema] = alternative[:0]
		return &out
	}
	narrow := *out.Properties[i].Schema
	b.origin[&narrow] = b.origin[out.Properties[i].Schema]
	if common := intersect(narrow.Enum, values); narrow.Enum == nil || len(common) > 0 {
		narrow.Enum = values
		if len(common) > 0 {
			narrow.Enum = common
		}
	}
	out.Properties[i].Schema = &narrow
	return &out
}

// intersect lists the values of a that b has too.
func intersect(a, b []json.RawMessage) []json.RawMessage {
	inB := make(map[string]bool, len(b))
	for _, v := range b {
		inB[string(v)] = true
	}
	var out []json.RawMessage
	for _, v := range a {
		if inB[string(v)] {
			out = append(out, v)
		}
	}
	return out
}
