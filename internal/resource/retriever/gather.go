package retriever

import (
	"context"
	"math"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/engine/rank"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/accessor"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/document"
)

// Quest asks all retrievers of an application, for a person of whom the caller
// knows already who they are and that they may ask.
type Quest struct {
	Application string
	Asker       application.EndUser

	Query  string
	Filter *api.AttributeFilter // that attribute.Check has passed; nil: none
	Only   []Source             // in which documents are looked for; nil: in all
	Limit  int                  // of passages
}

// Source is a data source of an index.
type Source struct{ Index, ID string }

// Piece is a passage that was found in one of an application's indexes.
type Piece struct {
	Found

	Index string
}

// Link is where a person may follow the piece's document to; empty: nowhere.
func (p *Piece) Link() string {
	if uri := link(p.URI); uri != nil {
		return *uri
	}
	return ""
}

// Gather finds what the person may see, the best first. A passage that several
// retrievers find is there once, and better for it. Retrievers without an index to
// search, and indexes that have not got the attributes of Filter, are passed over.
// Errors: an AccessDenied for who is somebody else's address by now, a Throttling.
func (s *Service) Gather(ctx context.Context, c op.Caller, q Quest) ([]Piece, error) {
	var scopes []scope
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		scopes, err = s.scopes(tx, c, q)
		return err
	})
	if err != nil {
		return nil, err
	}
	lists := make([][]Piece, 0, len(scopes))
	for _, sc := range scopes {
		answer, err := s.look(ctx, sc, Request{Application: q.Application, Query: q.Query, Limit: q.Limit})
		if fault.Is(err, fault.ResourceNotFound) {
			continue // deleted since
		}
		if err != nil {
			return nil, err
		}
		list := make([]Piece, len(answer.Found))
		for i, f := range answer.Found {
			list[i] = Piece{Found: f, Index: answer.Index}
		}
		lists = append(lists, list)
	}
	return fuse(lists, q.Limit), nil
}

// fuse makes one list of several, no longer than limit. Scores of several
// retrievers say nothing about each other, so that only places count.
func fuse(lists [][]Piece, limit int) []Piece {
	if len(lists) == 1 {
		return lists[0]
	}
	type key struct {
		index string
		document.Ref
	}
	held := map[key]Piece{}
	places := make([][]key, len(lists))
	for i, list := range lists {
		for _, p := range list {
			k := key{p.Index, p.Ref}
			places[i] = append(places[i], k)
			if _, known := held[k]; !known {
				held[k] = p
			}
		}
	}
	var fused []Piece
	for _, f := range rank.Fuse(places...) {
		p := held[f.Key]
		p.Score = f.Score
		fused = append(fused, p)
	}
	return fused[:min(limit, len(fused))]
}

// Searchable reports whether an application has anything to search. The error is
// a Validation of a filter that none of its indexes can apply.
func (s *Service) Searchable(tx *store.Tx, c op.Caller, app string, filter *api.AttributeFilter) (bool, error) {
	all, err := s.aims(tx, c, app)
	if err != nil || len(all) == 0 || filter == nil {
		return len(all) > 0, err
	}
	var refused error
	for _, a := range all {
		if _, refused = s.filters(c, nil, Request{Application: app, Filter: filter}, a.kinds); refused == nil {
			return true, nil
		}
	}
	return false, refused
}

// aim is a retriever whose index can be searched, and what attributes that has.
type aim struct {
	*Retriever

	kinds map[string]kind
}

// aims are those of an application, the newest first.
func (s *Service) aims(tx *store.Tx, c op.Caller, app string) ([]aim, error) {
	all, err := list(tx, c.Tenant(), app, page.Place{Created: math.MaxInt64}, s.Quotas.retrievers())
	if err != nil {
		return nil, err
	}
	var able []aim
	for _, by := range all {
		if by.Type == api.RetrieverTypeKendraIndex {
			continue
		}
		kinds, err := s.kindsOfActive(tx, c, app, by.Index)
		switch {
		case fault.Is(err, fault.ResourceNotFound) || fault.Is(err, fault.Conflict):
			continue // its index is gone, or on its way
		case err != nil:
			return nil, err
		}
		able = append(able, aim{by, kinds})
	}
	return able, nil
}

func (s *Service) kindsOfActive(tx *store.Tx, c op.Caller, app, of string) (map[string]kind, error) {
	if err := s.Indexes.Active(tx, c, app, of); err != nil {
		return nil, err
	}
	return kindsOf(tx, c.Tenant(), app, of)
}

// scopes are what a quest is confined to, one for each retriever that can serve it.
func (s *Service) scopes(tx *store.Tx, c op.Caller, q Quest) ([]scope, error) {
	all, err := s.aims(tx, c, q.Application)
	if err != nil {
		return nil, err
	}
	under, err := accessor.Under(tx, c, q.Application)
	if err != nil {
		return nil, err
	}
	var scopes []scope
	for _, a := range all {
		only, some := ofSources(q.Only, a.Index)
		if !some {
			continue
		}
		r := Request{Application: q.Application, Retriever: a.ID, Filter: q.Filter}
		sc, err := s.within(tx, c, under, a, r, q.Asker)
		if fault.Is(err, fault.Validation) {
			continue // its index has not got the filter's attributes: nothing there passes
		}
		if err != nil {
			return nil, err
		}
		sc.filter = facet.All(sc.filter, only)
		scopes = append(scopes, sc)
	}
	return scopes, nil
}

// ofSources is what lets only documents of some sources pass, of those in an index;
// nil: of all. some is false when none of the sources is of the index.
func ofSources(sources []Source, index string) (f *facet.Filter, some bool) {
	if sources == nil {
		return nil, true
	}
	f = &facet.Filter{Op: facet.Or}
	for _, src := range sources {
		if src.Index == index {
			f.Of = append(f.Of, facet.Filter{Op: facet.Equal, Name: sourceAttribute, Value: facet.OfString(src.ID)})
		}
	}
	return f, len(f.Of) > 0
}

// sourceAttribute is the attribute of documents that names their data source
// (user guide, "Document attributes in Amazon Q Business").
const sourceAttribute = "_data_source_id"

// Known names a document that a person was told of.
type Known struct{ Index, Source, Document string }

// Visible returns those of documents that a person may see now. What is not there
// any more, nobody may see.
func (s *Service) Visible(tx *store.Tx, c op.Caller, app string, u application.EndUser, documents []Known) (map[Known]bool, error) {
	sets := map[string]acl.Set{}
	visible := make(map[Known]bool, len(documents))
	for _, d := range documents {
		if _, asked := visible[d]; asked {
			continue
		}
		who, known := sets[d.Index]
		if !known {
			m, err := s.Directory.OfUser(tx, c.Tenant(), app, d.Index, u)
			if err != nil {
				return nil, err
			}
			if !u.Anonymous {
				who = m.Set()
			}
			sets[d.Index] = who
		}
		may, err := document.Visible(tx, document.Place{Tenant: c.Tenant(), Application: app, Index: d.Index, Source: d.Source}, d.Document, who)
		if err != nil {
			return nil, err
		}
		visible[d] = may
	}
	return visible, nil
}

// Groups are the names of those that a person is in by what was put into the
// application's indexes.
func (s *Service) Groups(tx *store.Tx, c op.Caller, app string, u application.EndUser) ([]string, error) {
	all, err := s.aims(tx, c, app)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, a := range all {
		m, err := s.Directory.OfUser(tx, c.Tenant(), app, a.Index, u)
		if err != nil {
			return nil, err
		}
		for _, g := range m.Groups {
			if !slices.Contains(names, g.Name) {
				names = append(names, g.Name)
			}
		}
	}
	return names, nil
}
