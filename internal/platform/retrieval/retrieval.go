// Package retrieval finds passages: for a query and an asker, the best ones
// that the asker may see, from indexes that follow the store.
//
// It owns the search indexes in the data directory (an inverted index of each,
// what is known of its documents beside it, and how far both have followed the
// log), the analysis of text by language, the scoring, and that access control
// and filters are part of a query: what an asker may not see is left out before
// anything is counted, so that neither results, nor their order, nor their
// scores depend on it. An index is derived: it can be built from its Source at
// any time, and is, by itself, when it is missing, damaged, or of another format.
//
// It does not keep documents (resource/document, whose log is the Source), say
// who somebody is (resource/directory), or decide what lists and filters mean
// (engine/acl, engine/facet).
package retrieval

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/engine/rank"
)

// Key names an index.
type Key struct{ Tenant, Application, Index string }

// Head says how far the log of an index goes.
type Head struct {
	Seq   int64 `json:"seq"`   // of the latest change; 0 before the first
	Epoch int64 `json:"epoch"` // grows when the index has to be built anew

	// Floor is the number from which on the log tells of everything that is Gone: a
	// complete index that has not come so far has to be built anew.
	Floor int64 `json:"floor,omitzero"`
}

// Source is the log that indexes are built from and follow.
type Source interface {
	// Indexes are all that there are.
	Indexes(ctx context.Context) ([]Key, error)
	// Head is where the log of an index ends. An index that does not exist has
	// ErrUnknown.
	Head(ctx context.Context, key Key) (Head, error)
	// Changes are the next ones after a number, at most limit, in order of their
	// numbers: of each document the latest one only. After 0 they are what there
	// is, and those that are Gone may be missing; those up to Head's Floor may be
	// missing after any number.
	Changes(ctx context.Context, key Key, after int64, limit int) ([]Change, error)
}

var (
	// ErrUnknown is a Source's answer for an index that does not exist.
	ErrUnknown = errors.New("there is no such index")
	// ErrTooLong is the answer to a search that takes more than ten seconds.
	ErrTooLong = errors.New("the search takes too long")
)

// Change is a document as it is after a change.
type Change struct {
	Seq        int64
	Document   string // its key, of at most 64 bytes
	Gone       bool   // it is no more; what follows is empty
	Title      string
	Language   string // ISO 639-1; empty: it is guessed
	ACL        *acl.List
	Attributes facet.Values
	Model      string    // that made the vectors of Passages; empty: they have none
	Passages   []Passage // numbered 0, 1, 2, …
}

// Passage is a piece of a document's text.
type Passage struct {
	N        int
	Text     string
	Headings []string  // above it, from the outermost
	Vector   []float32 // of Change.Model, of length 1; nil: none yet
}

// Query asks for passages.
type Query struct {
	Text string // words, and "phrases in quotes"
	// Embed returns the vector of Text by the model that made the vectors of the
	// index as it answers here and now, or nil when it cannot in time; nil: only
	// words count. An index has vectors of one model: when it is another's turn,
	// its epoch grows, and while it is built anew the old one answers as before.
	Embed  func(ctx context.Context, model string) []float32
	Who    acl.Set       // asks
	Filter *facet.Filter // only documents that pass it
	Boosts *rank.Boosts  // raise documents, or nil
	Limit  int           // of hits
	After  *Cursor       // of the page before; nil: the first page
	// DocumentsOnly leaves of each document the best passage only.
	DocumentsOnly bool
}

// Cursor is where a page ended.
type Cursor struct {
	Score    float64 `json:"score"`
	Document string  `json:"document"`
	Passage  int     `json:"passage"`
}

// Results are one page of hits, the best first.
type Results struct {
	Hits []Hit
	Next *Cursor // nil: there are no more
}

// Hit is a passage that was found.
type Hit struct {
	Document string // the key of Change
	Passage  int    // its N
	Score    float64
	Matched  int // distinct terms of the query that passage and title have
	Asked    int // distinct terms of the query
}
