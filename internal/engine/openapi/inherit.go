package openapi

import (
	"encoding/json"
	"slices"
)

// tags reads the discriminator: its property goes to s. It returns which of its
// values stand for which schema, and where it stands.
func (b *schemaBuilder) tags(s *Schema, parts []*node) (tags map[*node][]json.RawMessage, holder *node) {
	for _, p := range b.spoken(parts) {
		d := b.rd.tree.member(p, "discriminator")
		if s.Discriminator = b.rd.tree.text(d, "propertyName"); s.Discriminator == "" {
			continue
		}
		tags = map[*node][]json.RawMessage{}
		for k := range b.rd.tree.member(d, "mapping").live() {
			if target := b.mapping(k); target != nil && b.rd.spend(1) {
				tags[target] = append(tags[target], quoted(k.key))
			}
		}
		return tags, p
	}
	return nil, nil
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

// inherited lists the schemas a discriminator tells apart where no oneOf does: what
// its mapping names, or else the components that are made of holder by allOf;
// then base, holder itself, is one more. A value that is one of them already has
// no choice, only its name.
func (b *schemaBuilder) inherited(s *Schema, tags map[*node][]json.RawMessage, holder *node, parts []*node) (groups [][]*node, base *node) {
	kinds := b.mapped(holder)
	if len(kinds) == 0 && inComponents(holder) {
		kinds, base = b.children(holder), holder
	}
	if len(kinds) == 0 {
		return nil, nil
	}
	if one := b.chosen(kinds, holder, parts); one != nil {
		*s = *b.tagged(s, s.Discriminator, tags, []*node{one})
		return nil, nil
	}
	return [][]*node{kinds}, base
}

// chosen returns the alternative, if any, that the value is already: one of the
// parts other than holder, which lists them.
func (b *schemaBuilder) chosen(alternatives []*node, holder *node, parts []*node) *node {
	for _, n := range alternatives {
		end := b.rd.tree.resolve(n)
		if end != holder && b.rd.spend(1+len(parts)/bytesPerStep) && slices.Contains(parts, end) {
			return end
		}
	}
	return nil
}

// mapped lists the schemas a mapping names, in its order.
func (b *schemaBuilder) mapped(holder *node) []*node {
	var out []*node
	seen := map[*node]bool{}
	for k := range b.rd.tree.member(b.rd.tree.member(holder, "discriminator"), "mapping").live() {
		if target := b.mapping(k); target != nil && !seen[target] && b.rd.spend(1) {
			seen[target] = true
			out = append(out, target)
		}
	}
	return out
}

// children lists the components that are made of base by allOf.
func (b *schemaBuilder) children(base *node) []*node {
	if b.heirs == nil {
		b.heirs = map[*node][]*node{}
		for k := range b.rd.tree.member(b.rd.tree.member(b.rd.tree.root, "components"), "schemas").live() {
			for part := range b.rd.tree.member(k, "allOf").live() {
				if target := b.rd.tree.resolve(part); target != part && b.rd.spend(1) {
					b.heirs[target] = append(b.heirs[target], k)
				}
			}
		}
	}
	return b.heirs[base]
}

// named is an object that is told apart by name alone.
func named(member, name string) *Schema {
	return &Schema{Type: "object", Properties: Properties{{member, &Schema{Type: "string", Enum: []json.RawMessage{quoted(name)}}}}}
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
	if narrow.Type != "" && narrow.Type != "string" {
		return choice // its values cannot be names
	}
	b.origin[&narrow] = b.origin[out.Properties[i].Schema]
	if common := intersect(narrow.Enum, values); narrow.Enum == nil || len(common) > 0 {
		narrow.Enum = values
		if len(common) > 0 {
			narrow.Enum = common
		}
	}
	if !contains(narrow.Enum, narrow.Default) {
		narrow.Default = nil
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
