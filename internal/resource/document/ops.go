package document

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/hook"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/directory"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Service answers the document operations, and does their work.
type Service struct {
	DB        *store.DB
	Keys      *seal.Keys
	Jobs      *job.Queue
	Pages     *page.Tokens
	Apps      *application.Service
	Indexes   *index.Service
	Directory *directory.Service
	Objects   blob.Store
	Roles     *principal.ServiceRoles // that documents are given to read their objects and call their functions
	Hooks     *hook.Hooks             // nil: there are no functions
	Now       func() time.Time
	PublicURL string // where browsers reach the server; empty: where the request did

	// Executions finds a sync job: the data source that it is of, which is empty
	// for one that is not there, and whether it takes documents. Nil: there are none.
	Executions func(tx *store.Tx, tenant, application, index, execution string) (source string, open bool, err error)
	// Sources reports whether an index has a data source; nil: none has.
	Sources func(tx *store.Tx, tenant, application, index, source string) (bool, error)
	// Extract reads a document (fence.Fence); nil: extract.Extract.
	Extract func(ctx context.Context, data []byte, name string, t extract.Type, l extract.Limits) (*extract.Document, error)
	Limits  extract.Limits // the zero value has the service's
	// Changed is told after every commit that moves the log of an index
	// (retrieval.Library.Nudge); nil: nobody is.
	Changed func(retrieval.Key)
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {}

// Work registers the jobs.
func (s *Service) Work() {}
