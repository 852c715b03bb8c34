package openapi

import "slices"

// choices offers the members of oneOf and anyOf, or what a discriminator maps
// to. What stands around them holds for each and is not said again.
func (b *schemaBuilder) choices(s *Schema, parts, around []*node, level int) {
	tags, holder := b.tags(s, parts)
	groups, exclusive := b.groups(parts)
	var base *node
	if len(groups) == 0 && holder != nil {
		groups, base = b.inherited(s, tags, holder, parts)
	}
	if len(groups) == 0 || level > b.deepest {
		s.Discriminator = ""
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
	if base != nil {
		s.Choices = append(s.Choices, named(s.Discriminator, base.key))
	}
	s.Exclusive = exclusive && len(s.Choices) > 1
	b.single(s)
}

// groups lists the alternatives of each oneOf and anyOf of the parts. They are
// exclusive when all are of one oneOf. A parent's list of its children is no
// choice for a child.
func (b *schemaBuilder) groups(parts []*node) (out [][]*node, exclusive bool) {
	for _, p := range b.spoken(parts) {
		for _, word := range []string{"oneOf", "anyOf"} {
			var group []*node
			for k := range b.rd.tree.member(p, word).live() {
				if k.is(objectKind) {
					group = append(group, k)
				}
			}
			if len(group) > 0 && !onlyRequires(group) && b.chosen(group, p, parts) == nil {
				out = append(out, group)
				exclusive = word == "oneOf" && len(out) == 1
			}
		}
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
