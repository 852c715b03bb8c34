package retriever

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/directory"
	"github.com/parleyhq/parley/internal/resource/document"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// Service answers the retriever operations.
type Service struct {
	DB        *store.DB
	Apps      *application.Service
	Indexes   *index.Service
	Directory *directory.Service
	Documents *document.Service
	Library   *retrieval.Library
	Replays   *replay.Book
	Pages     *page.Tokens
	Roles     *principal.ServiceRoles // that retrievers are given
	NewID     func() string           // a UUID in lower case
	Log       *slog.Logger
	Quotas    Quotas

	// Licensed makes sure that a person may use what a tier has
	// (subscription.Service); nil: everybody may.
	Licensed func(ctx context.Context, c op.Caller, application string, p op.Person, least api.SubscriptionType) error
	// Embed returns the vector of a query by a model, or nil when it cannot be had
	// in time (provider.Queries); nil: searches go by words alone.
	Embed func(ctx context.Context, model, text string) []float32
}

// Quotas bound what an application may have. Zero means the default.
type Quotas struct {
	Retrievers int // default 10; the service publishes none
}

func (q Quotas) retrievers() int {
	if q.Retrievers == 0 {
		return 10
	}
	return q.Retrievers
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.CreateRetriever, s.Create)
	op.Handle(r, api.DeleteRetriever, s.Delete)
	op.Handle(r, api.GetRetriever, s.Get)
	op.Handle(r, api.ListRetrievers, s.List)
	op.Handle(r, api.SearchRelevantContent, s.Search)
	op.Handle(r, api.UpdateRetriever, s.Update)
}

// Create makes a retriever, which is ACTIVE at once.
func (s *Service) Create(ctx context.Context, c op.Caller, in *api.CreateRetrieverInput) (*api.CreateRetrieverOutput, error) {
	if bad := append(checkType(in.Type, &in.Configuration), tag.Check("tags", in.Tags)...); len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	if err := s.checkRole(ctx, c, in.ApplicationID, in.RoleARN); err != nil {
		return nil, err
	}
	r := &Retriever{Application: in.ApplicationID, ID: s.NewID(), DisplayName: in.DisplayName, Type: in.Type}
	r.aim(in.Configuration)
	if in.RoleARN != nil {
		r.Role = *in.RoleARN
	}
	out := &api.CreateRetrieverOutput{RetrieverID: &r.ID, RetrieverARN: new(r.ARN(c))}
	err := s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.admit(tx, c, r); err != nil {
			return err
		}
		r.CreatedAt, r.UpdatedAt = tx.Now(), tx.Now()
		if err := insert(tx, c.Tenant(), r); err != nil {
			return err
		}
		return tag.Put(tx, r.ARN(c), in.Tags)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// checkType refuses a configuration that is not one of the type.
func checkType(t api.RetrieverType, c *api.RetrieverConfiguration) []fault.Field {
	if c == nil || (t == api.RetrieverTypeNativeIndex) == (c.NativeIndexConfiguration != nil) {
		return nil
	}
	given, wanted := "nativeIndexConfiguration", "kendraIndexConfiguration"
	if c.NativeIndexConfiguration == nil {
		given, wanted = wanted, given
	}
	return []fault.Field{{Name: "configuration." + given, Message: "does not go with a retriever of type " + string(t) + ", which takes " + wanted}}
}

// checkRole refuses a role that the service cannot assume for the application.
func (s *Service) checkRole(ctx context.Context, c op.Caller, application string, role *string) error {
	if role == nil {
		return nil
	}
	err := s.Roles.Check(ctx, principal.Errand{Role: *role, Account: c.Owns(), Application: c.ARN("application/%s", application)})
	if why, ok := errors.AsType[*principal.RoleError](err); ok {
		return fault.InvalidField("roleArn", "%s", why.Error())
	}
	return err
}

// admit makes sure that the application can have one retriever more, and this one.
func (s *Service) admit(tx *store.Tx, c op.Caller, r *Retriever) error {
	if err := s.Apps.Active(tx, c, r.Application); err != nil {
		return err
	}
	n, err := count(tx, c.Tenant(), r.Application)
	if err != nil {
		return err
	}
	if n >= s.Quotas.retrievers() {
		return fault.Quota(typeName, r.Application, "The application %s has %d retrievers, the most it may have. Delete one first.", r.Application, n)
	}
	return s.aimable(tx, c, r)
}

// aimable makes sure that the index is there, and has the attributes that
// documents are to be raised by. An index of Amazon Kendra is somewhere else:
// nothing can be said about it.
func (s *Service) aimable(tx *store.Tx, c op.Caller, r *Retriever) error {
	if r.Type == api.RetrieverTypeKendraIndex {
		return nil
	}
	if err := s.Indexes.Active(tx, c, r.Application, r.Index); err != nil {
		return err
	}
	kinds, err := kindsOf(tx, c.Tenant(), r.Application, r.Index)
	if err != nil {
		return err
	}
	if bad := r.Boosting.check(kinds); len(bad) > 0 {
		return fault.Invalid(bad...)
	}
	return nil
}

// Delete removes the retriever and its tags. Nothing is left to wait for.
func (s *Service) Delete(ctx context.Context, c op.Caller, in *api.DeleteRetrieverInput) (*api.DeleteRetrieverOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		r, err := s.find(tx, c, in.ApplicationID, in.RetrieverID)
		if err != nil {
			return err
		}
		if err := tag.Drop(tx, r.ARN(c)); err != nil {
			return err
		}
		return remove(tx, c.Tenant(), r)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteRetrieverOutput{}, nil
}

// Get returns a retriever.
func (s *Service) Get(ctx context.Context, c op.Caller, in *api.GetRetrieverInput) (*api.GetRetrieverOutput, error) {
	var r *Retriever
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		r, err = s.find(tx, c, in.ApplicationID, in.RetrieverID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.detail(c), nil
}

// maxPage is the most retrievers on a page, and as many as a page has unless the
// caller asks for fewer.
const maxPage = 50

// List returns the application's retrievers, the newest first, page by page.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListRetrieversInput) (*api.ListRetrieversOutput, error) {
	window, err := s.Pages.Window(page.ScopeOf(api.ListRetrievers.Route, c, in.ApplicationID), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	var found []*Retriever
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		found, err = list(tx, c.Tenant(), in.ApplicationID, window.After, window.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListRetrieversOutput{Retrievers: []api.Retriever{}}
	found, out.NextToken, err = page.Cut(window, found, func(r *Retriever) (time.Time, string) { return r.CreatedAt, r.ID })
	for _, r := range found {
		out.Retrievers = append(out.Retrievers, r.summary())
	}
	return out, err
}

// Update changes what the request names and leaves the rest. A configuration is
// replaced as a whole: without boostingOverride it has no boosts any more (user
// guide, "Configuring document attributes for boosting"). The type stays for life.
func (s *Service) Update(ctx context.Context, c op.Caller, in *api.UpdateRetrieverInput) (*api.UpdateRetrieverOutput, error) {
	if err := s.checkRole(ctx, c, in.ApplicationID, in.RoleARN); err != nil {
		return nil, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		r, err := s.find(tx, c, in.ApplicationID, in.RetrieverID)
		if err != nil {
			return err
		}
		if err := s.change(tx, c, r, in); err != nil {
			return err
		}
		r.UpdatedAt = tx.Now()
		return update(tx, c.Tenant(), r)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateRetrieverOutput{}, nil
}

// change applies an update, unless the retriever's type or index forbids it.
func (s *Service) change(tx *store.Tx, c op.Caller, r *Retriever, in *api.UpdateRetrieverInput) error {
	if bad := checkType(r.Type, in.Configuration); len(bad) > 0 {
		return fault.Invalid(bad...)
	}
	if in.DisplayName != nil {
		r.DisplayName = *in.DisplayName
	}
	if in.RoleARN != nil {
		r.Role = *in.RoleARN
	}
	if in.Configuration == nil {
		return nil
	}
	r.aim(*in.Configuration)
	return s.aimable(tx, c, r)
}
