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
// document_tally (what a sync job did, in numbers), ingestion (one per index whose
// documents are being read).
// Jobs: document.ingest, document.fetch, document.compact.
package document

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
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
	Media      *api.MediaExtractionConfiguration
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

var errUnbuilt = errors.New("document: not built")

// Put takes documents in, as one transaction: at most 10, or 50 MB. What is wrong
// with a document is among the failed; an index that cannot take any is a
// fault.ServiceQuotaExceeded, one that is not there a fault.ResourceNotFound, and
// one that is not ACTIVE a fault.Conflict.
func (s *Service) Put(ctx context.Context, p Place, docs []Incoming) (failed []api.FailedDocument, err error) {
	return nil, errUnbuilt
}

// Remove deletes documents of a place. Those that are not there are among the
// failed.
func (s *Service) Remove(ctx context.Context, p Place, execution string, ids []string) (failed []api.FailedDocument, err error) {
	return nil, errUnbuilt
}

// Tally is what became of the documents of a sync job so far.
func (s *Service) Tally(tx *store.Tx, p Place, execution string) (Tally, error) {
	return Tally{}, errUnbuilt
}

// Passages are those of refs that are there, in the order of refs.
func (s *Service) Passages(tx *store.Tx, tenant, application, index string, refs []Ref) ([]Passage, error) {
	return nil, errUnbuilt
}

// Log is the log of all indexes, which search follows.
func (s *Service) Log() retrieval.Source { return nil }

// PurgeSource removes up to limit rows of what a data source has put, and reports
// whether there may be more.
func PurgeSource(tx *store.Tx, tenant, application, index, source string, limit int) (more bool, err error) {
	return false, errUnbuilt
}

// PurgeIndex removes up to limit rows below an index that is being deleted, and
// reports whether there may be more.
func PurgeIndex(tx *store.Tx, tenant, application, index string, limit int) (more bool, err error) {
	return false, errUnbuilt
}

// PurgeApplication is PurgeIndex for all indexes of an application.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	return false, errUnbuilt
}
