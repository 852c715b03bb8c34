package openapi

import "slices"

// parts lists nodes and all that holds for the same value through references
// and allOf, each once, the outermost first.
func (b *schemaBuilder) parts(nodes, around []*node) []*node {
	b.version++
	for _, n := range around {
		n.mark = b.version
	}
	parts := make([]*node, 0, len(nodes)+1)
	for _, n := range nodes {
		parts = b.join(parts, n)
	}
	return parts
}

func (b *schemaBuilder) join(parts []*node, n *node) []*node {
	for n.is(objectKind) {
		if n.mark == b.version {
			b.tied++
			return parts
		}
		if !b.rd.spend(1) {
			return parts
		}
		n.mark = b.version
		parts = append(parts, n)
		target := b.rd.tree.links[n]
		if target == nil || b.rd.siblings {
			for part := range b.rd.tree.member(n, "allOf").live() {
				parts = b.join(parts, part)
			}
		}
		if target == nil {
			return parts
		}
		n = target
	}
	return parts
}

// under lists what the parts have as member key.
func (b *schemaBuilder) under(parts []*node, key string) []*node {
	var out []*node
	for _, p := range b.spoken(parts) {
		if k := b.rd.tree.member(p, key); k.is(objectKind) {
			out = append(out, k)
		}
	}
	return out
}

// spoken leaves out references beside which nothing counts, as in OpenAPI 3.0.
func (b *schemaBuilder) spoken(parts []*node) []*node {
	isReference := func(p *node) bool { return b.rd.tree.links[p] != nil }
	if b.rd.siblings || !slices.ContainsFunc(parts, isReference) {
		return parts
	}
	return slices.DeleteFunc(slices.Clone(parts), isReference)
}
