package document

import (
	"time"

	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Embedding says which model makes the vectors of passages.
type Embedding struct {
	Model   string                                        // that indexes are to have vectors of; empty: none is made
	Open    func(model string) (provider.Embedder, error) // of this model, or of another that an index has vectors of
	Started time.Time                                     // of the server: of servers that differ, the one that started last is right
}

// vectorsOf are the vectors of the passages of documents as they are live, by
// the documents' own keys, and the model that made them: the one that search has
// of the index, empty for none. A document that lacks one of its vectors has none.
func vectorsOf(tx *store.Tx, p Place, docs []*row) (model string, vectors map[string][][]float32, err error) {
	return "", nil, nil
}

// forgetVectors removes the vectors of a version whose passages are removed.
func forgetVectors(tx *store.Tx, k key, generation int64) error { return nil }

// embedSoon has a job make the vectors that an index lacks. It belongs into the
// transaction that moves the log of the index.
func (s *Service) embedSoon(tx *store.Tx, p Place) error { return nil }
