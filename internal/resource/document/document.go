// Package document owns the documents of indexes: how they come in, what became
// of them, their passages, and the log by which search follows them.
//
// A document that is put is a row and its bytes first. A job reads it: rules and
// functions alter it (engine/enrich, platform/hook), its text is extracted
// (engine/extract) and parted into passages (engine/chunk), and one transaction
// makes all of that what the index has. Until then, and if it cannot be read, the
// version before it stays. Search is derived from the log (Log), and who may see
// what is decided there and in Content by each document's list (engine/acl).
//
// It does not own indexes and the counter of their logs (resource/index), data
// sources and their jobs (resource/datasource), who somebody is
// (resource/directory), or ranking (platform/retrieval). Vectors of passages are
// made in embed.go.
//
// Rows: document (one per document), document_part (bytes of its versions in
// pieces), passage (one per passage of a version), acl (the distinct lists of an
// index), document_gone (one per deleted document, until it is compacted),
// document_waste (versions whose bytes and passages are to be removed),
// document_horizon (how far back the log of an index goes), document_tally (what a
// sync job did, in numbers), ingestion (one per index that a job works on).
// Jobs: document.ingest, document.fetch, document.compact.
package document

import (
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
)

// Place is where documents belong.
type Place struct {
	Tenant, Application, Index string
	Source                     string // ID of the data source; empty for BatchPutDocument without one
}

// Incoming is a document that is put, of a data source or by BatchPutDocument.
type Incoming struct {
	ID          string
	Title       string // empty: what the document says of itself, or its name
	ContentType string // an api.ContentType; empty: the bytes and the name tell
	Name        string // of the file, or empty
	Data        []byte // nil: the document has attributes alone, or its bytes are in Object

	Attributes facet.Values // of kinds that the index has for their names
	ACL        *acl.List    // nil: public
	Enrichment *api.DocumentEnrichmentConfiguration
	Execution  string // of the sync job that brings it, or empty
	Object     *Object
}

// Object is where the bytes of a document are fetched from.
type Object struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	Role   string `json:"role"` // ARN of the role that has to allow it
}

// Tally is what became of the documents of a sync job: each document counts once,
// however often the job put it.
type Tally struct {
	Pending                          int64 // still to be read
	Added, Modified, Deleted, Failed int64
}

// Ref names a passage of a search.
type Ref struct {
	Document string // the row's key, as retrieval has it
	N        int
}

// Passage is a passage of a document as it is shown.
type Passage struct {
	Ref

	ID, Source, Title, URI string // of the document; Source is empty without a data source
	Attributes             facet.Values
	UpdatedAt              time.Time
	ACL                    *acl.List // as it is now: who asked a moment ago may no longer see the document

	Text       string
	Headings   []string
	Begin, End int // bytes of the document's extracted text
	Page       int // from 1; 0 if it has none
}
