// Package connector says what it is to be connected to a place where documents
// are kept: a bucket, a web site, a folder.
//
// It owns the words (Kind, Source, Item), the settings that every kind's
// configuration has, and what kinds share: patterns, and the form of attributes.
// A kind is a package below this one; connectortest holds what each must bear.
// It keeps nothing: resource/datasource remembers what was seen, decides what is
// put and deleted, and runs crawls as jobs.
package connector

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// Kind is one kind of data source. It is safe for concurrent use.
type Kind interface {
	// Type is the word that a configuration has in "type", such as S3.
	Type() string
	// Check returns everything that is wrong with a configuration, without
	// reaching outside. An empty result means that Open takes it.
	Check(config json.RawMessage) []Problem
	// Open makes a Source of a configuration that Check has passed. It fails
	// with a sentence for whoever connected the source.
	Open(ctx context.Context, config json.RawMessage, env Env) (Source, error)
}

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	Field   string // path within the configuration, such as connectionConfiguration.repositoryEndpointMetadata.BucketName
	Message string
}

// Source is what a configuration leads to.
type Source interface {
	// Crawl visits everything there is, one item at a time. It writes nothing
	// there.
	//
	// after is where an earlier slice of this crawl got to, "" at the beginning.
	// progress is told from time to time, and before a crawl ends in whatever
	// way, how far it has come: a crawl that begins after that cursor visits all
	// that this one had not visited (and perhaps a few again). A cursor is text of
	// at most MaxCursor bytes; one that is none of this kind is an error.
	//
	// What visit or progress returns ends the crawl and comes back; ErrStop is
	// for the end of a slice. An item for which visit returns an error counts as
	// not visited. Nil means that everything was visited, ErrPartial that the end
	// was reached and something on the way could not be seen. Any other error
	// means that the crawl could not go on; a later one may.
	Crawl(ctx context.Context, after string, visit Visit, progress func(cursor string) error) error
}

// Visit is told of an item. The item is not kept: Open works until Visit returns.
type Visit func(ctx context.Context, it Item) error

// ErrStop is what Visit returns to end a slice.
var ErrStop = errors.New("the crawl is stopped")

// ErrPartial reports a crawl that went to its end without having seen all:
// what it did not visit may still be there, and is not to be deleted.
var ErrPartial = errors.New("a part of the source could not be seen")

// ErrGone is what Item.Open fails with when the item went away after it was
// found: it is as if it had not been visited.
var ErrGone = errors.New("it is no longer there")

// End tells progress how far a crawl came that ends with err, and returns what
// the crawl is to return. It is for kinds.
func End(err error, progress func(cursor string) error, cursor string) error {
	if failed := progress(cursor); failed != nil && !errors.Is(failed, ErrStop) {
		return failed
	}
	return err
}

// MaxCursor bounds a cursor, in bytes.
const MaxCursor = 8 << 20

// Item is one document of a source.
type Item struct {
	// ID is the document's, the same in every crawl.
	ID string
	// Version changes when anything of the item does: content, attributes, or
	// who may see it.
	Version string

	Title       string // "" leaves it to extraction
	URI         string // where a person can see it: _source_uri
	Name        string // of the file, for its type
	ContentType string // one of the API's words, such as PDF; or "" to tell by name and content
	Attributes  facet.Values
	ACL         *acl.List // nil: everyone; names are as they stand in the source
	CreatedAt   time.Time // zero: not known
	ModifiedAt  time.Time
	Size        int64 // bytes; -1 when not known before it is read

	// Open returns the content, as often as wanted while Visit runs. It fails
	// with ErrGone, or with a sentence for whoever connected the source.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// Err says, in a sentence, why this item cannot be had; Open is nil then. It
	// is there, however: what is stored of it stays.
	Err error
}

// Env is what a Source may use. Everything that goes outside goes through it.
type Env struct {
	Objects blob.Store
	Out     *outbound.Client
	// Secret returns a secret's pairs. The role of the data source has been
	// asked whether it may.
	Secret func(ctx context.Context, arn string) (map[string]string, error)
	// Folders are the roots that folders of this server may be read beneath, by
	// sources of this account.
	Folders []string
	Now     func() time.Time
	// Wait waits for d, or until ctx is done, and returns its error.
	Wait func(ctx context.Context, d time.Duration) error
	Log  *slog.Logger
}
