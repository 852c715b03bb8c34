package document

import (
	"context"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/acl"
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
	Extract   func(ctx context.Context, data []byte, name string, t extract.Type, l extract.Limits) (*extract.Document, error)
	Limits    extract.Limits // the zero value has the service's
	Embedding Embedding
	// Changed is told after every commit that moves the log of an index
	// (retrieval.Library.Nudge); nil: nobody is.
	Changed func(retrieval.Key)

	lists lists
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.BatchDeleteDocument, s.BatchDelete)
	op.Handle(r, api.BatchPutDocument, s.BatchPut)
	op.Handle(r, api.CheckDocumentAccess, s.CheckAccess)
	op.Handle(r, api.GetDocumentContent, s.GetContent)
	op.Handle(r, api.ListDocuments, s.List)
}

// maxPage is the most documents on a page of the list, and as many as a page has
// unless the caller asks for fewer (model: MaxResultsIntegerForListDocuments).
const maxPage = 100

// List returns the documents of an index, or of one of its data sources, the newest
// first, page by page. A document that was deleted is on it until nothing of it is
// stored any more.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListDocumentsInput) (*api.ListDocumentsOutput, error) {
	p := Place{c.Tenant(), in.ApplicationID, in.IndexID, strings.Join(in.DataSourceIDs, "")}
	window, err := s.Pages.Window(page.ScopeOf(api.ListDocuments.Route, c, p.Application, p.Index, p.Source), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	var found []*row
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Indexes.Exists(tx, c, p.Application, p.Index); err != nil {
			return err
		}
		if err := s.hasSource(tx, p); err != nil {
			return err
		}
		found, err = list(tx, p, window.After, window.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListDocumentsOutput{DocumentDetailList: []api.DocumentDetails{}}
	found, out.NextToken, err = page.Cut(window, found, func(d *row) (time.Time, string) { return d.created, d.document })
	for _, d := range found {
		out.DocumentDetailList = append(out.DocumentDetailList, d.detail())
	}
	return out, err
}

// hasSource makes sure that a place's data source is there, if it names one.
func (s *Service) hasSource(tx *store.Tx, p Place) error {
	if p.Source == "" {
		return nil
	}
	there := false
	if s.Sources != nil {
		var err error
		if there, err = s.Sources(tx, p.Tenant, p.Application, p.Index, p.Source); err != nil {
			return err
		}
	}
	if !there {
		return fault.NotFound("data-source", p.Source, "There is no data source with ID %s in index %s.", p.Source, p.Index)
	}
	return nil
}

// detail is what ListDocuments shows.
func (d *row) detail() api.DocumentDetails {
	return api.DocumentDetails{
		DocumentID: &d.id,
		Status:     &d.status,
		Error:      d.problem.detail(),
		CreatedAt:  &d.created,
		UpdatedAt:  &d.updated,
	}
}

// CheckAccess tells an administrator whether somebody may see a document, and
// why. Nobody has to know the user: who is unknown may see what is open to
// everybody, and what names them. Before a document is INDEXED, the list is the one
// that it will have.
func (s *Service) CheckAccess(ctx context.Context, c op.Caller, in *api.CheckDocumentAccessInput) (*api.CheckDocumentAccessOutput, error) {
	p := Place{c.Tenant(), in.ApplicationID, in.IndexID, ""}
	if in.DataSourceID != nil {
		p.Source = *in.DataSourceID
	}
	var access *acl.List
	var who directory.Member
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		if err := s.Indexes.Exists(tx, c, p.Application, p.Index); err != nil {
			return err
		}
		d, err := find(tx, keyOf(p, in.DocumentID))
		switch {
		case err != nil:
			return err
		case d == nil || d.live == 0 && d.draft == nil && d.problem == nil:
			return absent(in.DocumentID, p)
		case d.live > 0:
			access, err = listOf(tx, p, d.acl)
		case d.draft != nil:
			access = d.draft.ACL
		}
		if err == nil {
			who, err = s.Directory.Of(tx, p.Tenant, p.Application, p.Index, in.UserID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.CheckDocumentAccessOutput{HasAccess: new(access.Allows(who.Set())), DocumentACL: shown(access)}
	out.UserAliases, out.UserGroups = associated(who, p.Source)
	return out, nil
}

// associated are the names that somebody has, and the groups they are in, in the
// whole index and in one data source.
func associated(who directory.Member, source string) ([]api.AssociatedUser, []api.AssociatedGroup) {
	users, groups := []api.AssociatedUser{}, []api.AssociatedGroup{}
	for _, p := range who.Aliases {
		if p.Source == "" || p.Source == source {
			users = append(users, api.AssociatedUser{ID: &p.Name, Type: membership(p)})
		}
	}
	for _, p := range who.Groups {
		if p.Source == "" || p.Source == source {
			groups = append(groups, api.AssociatedGroup{Name: &p.Name, Type: membership(p)})
		}
	}
	return users, groups
}

// absent is the answer for a document that is not there, and for one that the
// caller may not know of: it says nothing that the request did not.
func absent(id string, p Place) error {
	if p.Source != "" {
		return fault.NotFound("document", id, "There is no document with ID %s of the data source %s in index %s.", id, p.Source, p.Index)
	}
	return fault.NotFound("document", id, "There is no document with ID %s in index %s. If it is of a data source, give its dataSourceId too.", id, p.Index)
}
