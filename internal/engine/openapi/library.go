package openapi

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/getkin/kin-openapi/openapi3"
)

// library reads src once more, for the library. The limits are those under which
// it was understood.
func library(src string, lim Limits) *openapi3.T {
	found := &findings{max: lim.Findings}
	root := scan([]byte(src), lim, found)
	if root == nil {
		return nil
	}
	rd := &reader{lim: lim, found: found, tree: newTree(root)}
	if rd.specVersion(); rd.sunk {
		return nil
	}
	rd.tidied()
	doc, err := rd.load()
	if err != nil {
		return nil
	}
	return doc
}

// load gives the tidied tree to the library. Only what the grammar knows gets
// there, and the library can reach neither a file nor the network.
func (rd *reader) load() (doc *openapi3.T, err error) {
	// The library handles what strangers wrote; a panic in it is a document that
	// cannot be loaded, not a reason to end the request.
	defer func() {
		if p := recover(); p != nil {
			doc, err = nil, fmt.Errorf("the OpenAPI library failed: %v", p)
		}
	}()
	w := &writer{renamed: rd.renamed, max: loadFactor * rd.lim.Bytes}
	w.document(rd.tree, rd.hoisted)
	if w.full() {
		return nil, errors.New("with its references followed it is too large")
	}
	loader := openapi3.NewLoader()
	loader.ReadFromURIFunc = func(*openapi3.Loader, *url.URL) ([]byte, error) {
		return nil, errors.New("references outside the document are not followed")
	}
	return loader.LoadFromData(w.out)
}

// loadFactor bounds what the library is given, in sizes of the largest document.
const loadFactor = 2
