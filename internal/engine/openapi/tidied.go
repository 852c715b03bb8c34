package openapi

// Tidied is a document as JSON that any reader of OpenAPI can make something of:
// only what the grammar of OpenAPI knows, with what is referred to outside
// /components moved inside. ok is false for a document that Parse does not
// understand, and for one that grows to more than twice lim.Bytes.
func Tidied(src []byte, lim Limits) (document []byte, ok bool) {
	lim = lim.orDefault()
	found := &findings{max: lim.Findings}
	root := scan(src, lim, found)
	if root == nil {
		return nil, false
	}
	rd := &reader{lim: lim, found: found, tree: newTree(root)}
	if rd.specVersion(); rd.sunk {
		return nil, false
	}
	rd.tidied()
	w := &writer{renamed: rd.renamed, max: tidiedFactor * rd.lim.Bytes}
	w.document(rd.tree, rd.hoisted)
	return w.out, !w.full()
}

// tidiedFactor bounds a tidied document, in sizes of the largest document.
const tidiedFactor = 2
