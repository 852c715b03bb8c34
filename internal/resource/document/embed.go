package document

import (
	"time"

	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Embedding says which model makes the vectors of passages.
type Embedding struct {
	Model   string                                        // that indexes are to have vectors of; empty: none is made
	Open    func(model string) (provider.Embedder, error) // of this model, or of another that an index has vectors of
	Started time.Time                                     // of the server: of servers that differ, the one that started last is right
}

// version is a version of a document.
type version struct {
	document   string
	generation int64
}

// vectorsOf are the vectors of versions, by passage, and the model that made
// them: the one that search has of the index. A version without all of its
// vectors is missing.
func vectorsOf(tx *store.Tx, key retrieval.Key, versions []version) (model string, vectors map[version][][]float32, err error) {
	return "", nil, nil
}

// forgetVectors removes the vectors of a version whose passages are removed.
func forgetVectors(tx *store.Tx, key retrieval.Key, v version) error { return nil }

// embedSoon has a job make the vectors that an index lacks. It belongs into the
// transaction that moves the log of the index.
func (s *Service) embedSoon(tx *store.Tx, key retrieval.Key) error { return nil }
