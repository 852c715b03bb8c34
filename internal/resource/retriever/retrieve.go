package retriever

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/engine/rank"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/accessor"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/attribute"
	"github.com/parleyhq/parley/internal/resource/document"
	"github.com/parleyhq/parley/internal/resource/index"
)

// Request asks a retriever for passages.
type Request struct {
	Application, Retriever string

	Query  string
	Filter *api.AttributeFilter // that attribute.Check has passed; nil: none
	Named  application.Named    // for whom the caller asks, where the request says so
	Limit  int                  // of passages
	After  *retrieval.Cursor    // of the answer before; nil: from the best on
}

// Answer is what was found, the best first.
type Answer struct {
	Index string // in which it was found
	Found []Found
	Next  *retrieval.Cursor // where the rest begins; nil: there is none
}

// Found is a passage that was found.
type Found struct {
	document.Passage
	Score      float64
	Confidence rank.Confidence
}

// Retrieve finds what the person for whom the caller asks may see. Errors: an
// AccessDenied for who may not ask, a LicenseNotFound, a ResourceNotFound for an
// application, retriever or index that is not there (any more), and a Validation
// of attributeFilter, or of a retriever that cannot be searched from here.
func (s *Service) Retrieve(ctx context.Context, c op.Caller, r Request) (Answer, error) {
	u, err := s.asker(ctx, c, r)
	if err != nil {
		return Answer{}, err
	}
	return s.retrieve(ctx, c, r, u)
}

// retrieve is Retrieve for a person who may ask.
func (s *Service) retrieve(ctx context.Context, c op.Caller, r Request, u application.EndUser) (Answer, error) {
	var sc scope
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		sc, err = s.scope(tx, c, r, u)
		return err
	})
	if err != nil {
		return Answer{}, err
	}
	return s.look(ctx, sc, r)
}

// look searches within a scope, for a request's Query, Limit and After.
func (s *Service) look(ctx context.Context, sc scope, r Request) (Answer, error) {
	hits, err := s.Library.Search(ctx, sc.key, retrieval.Query{
		Text: r.Query, Embed: s.embedding(r.Query), Who: sc.who, Filter: sc.filter, Boosts: sc.boosts, Limit: r.Limit, After: r.After,
	})
	switch {
	case errors.Is(err, retrieval.ErrUnknown):
		err = gone(sc.key.Index)
	case errors.Is(err, retrieval.ErrTooLong):
		err = &fault.Error{Code: fault.Throttling, Message: "The search took too long. Ask for fewer words, and for fewer and shorter phrases in quotes."}
	}
	if err != nil {
		return Answer{}, err
	}
	found, err := s.read(ctx, sc, hits.Hits)
	return Answer{Index: sc.key.Index, Found: found, Next: hits.Next}, err
}

// embedding is how a query gets its vector; nil without an embedder.
func (s *Service) embedding(query string) func(ctx context.Context, model string) []float32 {
	if s.Embed == nil {
		return nil
	}
	return func(ctx context.Context, model string) []float32 { return s.Embed(ctx, model, query) }
}

// asker is the person for whom a caller asks, and who may: a search is part of
// every tier (user guide, "Amazon Q Business subscription tiers and index types").
func (s *Service) asker(ctx context.Context, c op.Caller, r Request) (u application.EndUser, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		u, err = s.Apps.EndUser(tx, c, r.Application, r.Named)
		return err
	})
	if err == nil && s.Licensed != nil && !u.Anonymous {
		err = s.Licensed(ctx, c, r.Application, u.Person, api.SubscriptionTypeQLite)
	}
	return u, err
}

// scope is what a search is confined to.
type scope struct {
	key    retrieval.Key
	who    acl.Set // empty for nobody, who sees what is public
	filter *facet.Filter
	boosts *rank.Boosts
}

// scope finds out what of an index a request may see, and refuses one that may
// see none, or asks for what is not there.
func (s *Service) scope(tx *store.Tx, c op.Caller, r Request, u application.EndUser) (scope, error) {
	under, err := accessor.Under(tx, c, r.Application)
	if err != nil {
		return scope{}, err
	}
	by, err := s.searchable(tx, c, r)
	if err != nil {
		return scope{}, err
	}
	kinds, err := kindsOf(tx, c.Tenant(), r.Application, by.Index)
	if err != nil {
		return scope{}, err
	}
	return s.within(tx, c, under, aim{by, kinds}, r, u)
}

// within is scope for a retriever that can be searched, and what an accessor lets
// through; nil: all.
func (s *Service) within(tx *store.Tx, c op.Caller, under *api.AttributeFilter, by aim, r Request, u application.EndUser) (sc scope, err error) {
	sc.key = retrieval.Key{Tenant: c.Tenant(), Application: r.Application, Index: by.Index}
	if sc.filter, err = s.filters(c, under, r, by.kinds); err != nil {
		return scope{}, err
	}
	sc.boosts = by.Boosting.rank(by.kinds)
	if !u.Anonymous {
		m, err := s.Directory.OfUser(tx, c.Tenant(), r.Application, by.Index, u)
		if err != nil {
			return scope{}, err
		}
		sc.who = m.Set()
	}
	return sc, nil
}

// searchable is the retriever of a request, if its index can be searched.
func (s *Service) searchable(tx *store.Tx, c op.Caller, r Request) (*Retriever, error) {
	by, err := s.find(tx, c, r.Application, r.Retriever)
	if err != nil {
		return nil, err
	}
	if by.Type == api.RetrieverTypeKendraIndex {
		return nil, fault.InvalidField("contentSource.retriever.retrieverId",
			"names a retriever of an Amazon Kendra index, which this server does not reach; make one of type %s and put the documents into an index of the application", api.RetrieverTypeNativeIndex)
	}
	err = s.Indexes.Active(tx, c, r.Application, by.Index)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.ResourceNotFound) {
		if err := s.Apps.Active(tx, c, r.Application); err != nil {
			return nil, closing(err, r.Application)
		}
		return nil, gone(by.Index)
	}
	return by, err
}

// gone is the answer for an index that was deleted, or is being deleted: its
// retriever stays, and has nothing to search.
func gone(index string) error {
	return fault.NotFound("index", index, "There is no index with ID %s to search any more: it was deleted, and the retriever was not. Aim the retriever at another index with UpdateRetriever, or delete it.", index)
}

// closing is the answer for an application that is being deleted: a search
// declares no Conflict.
func closing(err error, app string) error {
	if fault.Is(err, fault.Conflict) {
		return fault.NotFound("application", app, "There is no application with ID %s to search any more: it is being deleted.", app)
	}
	return err
}

// filters joins what a data accessor lets through with what a request asks for.
//
// A request about an attribute that the index does not have is refused, as
// nothing could ever be found by it. So is a search under an accessor whose filter
// is about one: a filter that cannot be applied must not let anything through, and
// with notFilter it would.
func (s *Service) filters(c op.Caller, under *api.AttributeFilter, r Request, kinds map[string]kind) (*facet.Filter, error) {
	plain := make(map[string]facet.Kind, len(kinds))
	for name, k := range kinds {
		plain[name] = k.Kind
	}
	if bad := attribute.CheckKinds("documentAttributeFilter", under, plain); len(bad) > 0 {
		s.Log.Warn("a data accessor's filter cannot be applied to an index", "application", r.Application, "retriever", r.Retriever,
			"principal", c.Principal, "field", bad[0].Name, "problem", bad[0].Message)
		return nil, fault.Denied("The filter of the data accessor cannot be applied to this index: it is about document attributes that the index does not have, or has of another type. The owner of the application has to mend it with UpdateIndex or UpdateDataAccessor.")
	}
	if bad := attribute.CheckKinds("attributeFilter", r.Filter, plain); len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	return facet.All(attribute.Filter(under), attribute.Filter(r.Filter)), nil
}

// kindsOf are the attributes that an index has.
func kindsOf(tx *store.Tx, tenant, application, of string) (map[string]kind, error) {
	all, err := index.Attributes(tx, tenant, application, of)
	if errors.Is(err, retrieval.ErrUnknown) {
		err = gone(of)
	}
	if err != nil {
		return nil, err
	}
	kinds := make(map[string]kind, len(all))
	for name, a := range all {
		kinds[name] = kind{facet.Kind(*a.Type), *a.Search == api.StatusEnabled}
	}
	return kinds, nil
}

// read fetches the passages of hits. What was deleted since, or is now hidden
// from the asker, is left out: a hit is of a moment ago, the text is of now.
func (s *Service) read(ctx context.Context, sc scope, hits []retrieval.Hit) (found []Found, err error) {
	if len(hits) == 0 {
		return nil, nil
	}
	refs := make([]document.Ref, len(hits))
	scored := make(map[document.Ref]retrieval.Hit, len(hits))
	for i, h := range hits {
		refs[i] = document.Ref{Document: h.Document, N: h.Passage}
		scored[refs[i]] = h
	}
	var passages []document.Passage
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		passages, err = s.Documents.Passages(tx, sc.key.Tenant, sc.key.Application, sc.key.Index, refs)
		return err
	})
	for _, p := range passages {
		if !p.ACL.Allows(sc.who) || !sc.filter.Match(p.Attributes) {
			continue
		}
		h := scored[p.Ref]
		found = append(found, Found{Passage: p, Score: h.Score, Confidence: rank.ConfidenceOf(h.Matched, h.Asked)})
	}
	return found, err
}
