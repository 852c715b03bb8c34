package document

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
)

// key is the primary key of a document.
type key struct {
	Place

	document string
}

// keyOf is the key of a document of a place. The row's own part of it is as long
// as any other's: a document may be named by 1,825 characters, and by the same in
// two sources.
func keyOf(p Place, id string) key {
	sum := sha256.Sum256([]byte(p.Source + "\x00" + id)) // no ID holds a NUL
	return key{p, strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16]))}
}

// row is a document as it is stored.
type row struct {
	key

	id         string
	status     api.DocumentStatus
	problem    *problem // why the last version failed
	created    time.Time
	updated    time.Time
	generation int64 // of the last version that was put
	live       int64 // the generation that search has; 0: none
	seq        int64 // of live in the log
	textBytes  int64 // of live: its text and attributes
	acl        string
	version    version // of live
	draft      *draft  // waits or is being read; nil: none does
	count      count
}

// count is what a document counts for in a sync job.
type count struct {
	execution string // empty: in none
	outcome   outcome
	added     bool // the job has made the document
}

// problem is why a version failed.
type problem struct {
	Code    api.ErrorCode `json:"code"`
	Message string        `json:"message"`
}

func (p *problem) detail() *api.ErrorDetail {
	if p == nil {
		return nil
	}
	return &api.ErrorDetail{ErrorCode: &p.Code, ErrorMessage: &p.Message}
}

// draft is a version as it was put.
type draft struct {
	Title       string                               `json:"title,omitzero"`
	ContentType string                               `json:"contentType,omitzero"`
	Name        string                               `json:"name,omitzero"`
	Content     bool                                 `json:"content,omitzero"` // it has bytes, or will have
	Attributes  facet.Values                         `json:"attributes,omitzero"`
	ACL         *acl.List                            `json:"acl,omitzero"`
	Enrichment  *api.DocumentEnrichmentConfiguration `json:"enrichment,omitzero"`
	Object      *Object                              `json:"object,omitzero"` // where the bytes are
}

// remote reports whether the draft takes others to be read: a bucket or a
// function, which may be slow, and fail for a while.
func (d *draft) remote() bool {
	return d.Object != nil ||
		d.Enrichment != nil && (d.Enrichment.PreExtractionHookConfiguration != nil || d.Enrichment.PostExtractionHookConfiguration != nil)
}

// version is what a document is once it was read.
type version struct {
	Title      string       `json:"title,omitzero"`
	Language   string       `json:"language,omitzero"`
	Type       string       `json:"type,omitzero"` // an api.ContentType; empty without content
	Mime       string       `json:"mime,omitzero"`
	Name       string       `json:"name,omitzero"` // of the file
	Size       int64        `json:"size"`          // bytes of the file
	Same       bool         `json:"same,omitzero"` // the text is the file, byte for byte
	Extracted  int64        `json:"extracted,omitzero"`
	Attributes facet.Values `json:"attributes,omitzero"`
	Passages   int          `json:"passages,omitzero"`
}

// landlord is the owner of a tenant's resources, as far as their ARNs go.
func landlord(tenant string) op.Caller {
	account, region, _ := strings.Cut(tenant, ":")
	return op.Caller{Account: account, Region: region}
}
