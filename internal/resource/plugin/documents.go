package plugin

import (
	"crypto/sha256"
	"sync"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// documents remembers what a document was read as. The same one comes again and
// again: a company makes the same plugin in every application, and tools that
// keep a configuration send it with each update. Its zero value is ready.
type documents struct {
	mu    sync.Mutex
	bytes int // of the sources of what is held
	held  map[[sha256.Size]byte]*openapi.Document
}

const (
	maxRemembered = 64 << 10  // bytes of a document that is remembered
	maxDocuments  = 512 << 10 // bytes of all that are
)

// parse is openapi.Parse without its advice: the findings are those for which
// the document is refused. An operation that cannot be called does not sink the
// others. The Document is shared and must not be changed.
func (d *documents) parse(source []byte, limits openapi.Limits) (*openapi.Document, []openapi.Finding) {
	digest := sha256.Sum256(source)
	if doc := d.find(digest); doc != nil {
		return doc, nil
	}
	doc, findings := openapi.Parse(source, limits)
	if doc == nil || !doc.Served() {
		return nil, openapi.OnlyRefused(findings)
	}
	d.keep(digest, doc, len(source))
	return doc, nil
}

func (d *documents) find(digest [sha256.Size]byte) *openapi.Document {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.held[digest]
}

// keep forgets everything when there is no room: what is in use comes back by
// itself.
func (d *documents) keep(digest [sha256.Size]byte, doc *openapi.Document, size int) {
	if size > maxRemembered {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.held == nil || d.bytes+size > maxDocuments {
		d.held, d.bytes = map[[sha256.Size]byte]*openapi.Document{}, 0
	}
	if d.held[digest] == nil {
		d.held[digest], d.bytes = doc, d.bytes+size
	}
}
