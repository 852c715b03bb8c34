package directory

import (
	"context"
	"errors"
	"strconv"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// PutGroup makes a group, or gives it other members. Those of the request are in
// force when it is answered. Those in a bucket are read by a job; until all of them
// are there, the old ones stay in force.
func (s *Service) PutGroup(ctx context.Context, c op.Caller, in *api.PutGroupInput) (*api.PutGroupOutput, error) {
	w, bad := wishOf(in)
	if len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	from, err := s.origin(ctx, c, in.ApplicationID, w)
	if err != nil {
		return nil, err
	}
	p := place{c.Tenant(), in.ApplicationID, in.IndexID, w.source, in.GroupName}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Indexes.Active(tx, c, p.Application, p.Index); err != nil {
			return err
		}
		if err := s.source(tx, p.Tenant, p.Application, p.Index, p.Source); err != nil {
			return err
		}
		g, err := getGroup(tx, p)
		switch {
		case errors.Is(err, store.ErrNoRows):
			g.begin(tx.Now())
		case err != nil:
			return err
		}
		g.Version, g.From, g.UpdatedAt = g.Version+1, from, tx.Now()
		g.become(api.GroupStatusProcessing, tx.Now(), nil)
		return s.renew(tx, g, w.members)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutGroupOutput{}, nil
}

// renew writes the members of a group's new version, or has a job fetch them, and
// leaves those of the old one to be purged.
func (s *Service) renew(tx *store.Tx, g *Group, members roster) error {
	if g.From != nil {
		if err := saveGroup(tx, g); err != nil {
			return err
		}
		return s.Jobs.Enqueue(tx, g.Tenant, g.Application, fillKind, workOf(g))
	}
	if err := enroll(tx, g.place, g.Version, 0, members.users); err != nil {
		return err
	}
	return s.settle(tx, g, members.groups)
}

// settle puts the newest members of a group in force: the users who are enrolled,
// and these groups.
func (s *Service) settle(tx *store.Tx, g *Group, nested []string) error {
	g.Live, g.Nested = g.Version, nested
	g.become(api.GroupStatusSucceeded, tx.Now(), nil)
	if err := announce(tx, g); err != nil || g.fresh {
		return err
	}
	return s.Jobs.Enqueue(tx, g.Tenant, g.Application, purgeKind, workOf(g))
}

// origin is where the members of a group are read, when a request names an object:
// one that this server can reach, by a role that may read it. It is asked again when it
// is read.
func (s *Service) origin(ctx context.Context, c op.Caller, app string, w wish) (*origin, error) {
	if w.from == nil {
		return nil, nil
	}
	if _, none := s.Objects.(blob.None); none {
		return nil, fault.InvalidField("groupMembers.s3PathForGroupMembers", "%s", blob.ErrNotConfigured)
	}
	from := &origin{w.from.Bucket, w.from.Key, w.role, c.Owns(), c.ARN("application/%s", app)}
	err := s.Roles.Check(ctx, from.errand())
	if why, ok := errors.AsType[*principal.RoleError](err); ok {
		return nil, fault.InvalidField("roleArn", "%s", why.Error())
	}
	return from, err
}

// group returns a group, or a ResourceNotFound.
func (s *Service) group(tx *store.Tx, c op.Caller, app, index string, source *string, name string) (*Group, error) {
	if err := s.Indexes.Exists(tx, c, app, index); err != nil {
		return nil, err
	}
	p := place{Tenant: c.Tenant(), Application: app, Index: index, Name: name}
	if source != nil {
		p.Source = *source
	}
	g, err := getGroup(tx, p)
	if !errors.Is(err, store.ErrNoRows) {
		return g, err
	}
	if p.Source != "" {
		return nil, fault.NotFound("group", name, "There is no group %s of data source %s in index %s.", name, p.Source, index)
	}
	return nil, fault.NotFound("group", name, "There is no group %s in index %s. One of a data source is found by its dataSourceId.", name, index)
}

// GetGroup tells how a group is, and how it was.
func (s *Service) GetGroup(ctx context.Context, c op.Caller, in *api.GetGroupInput) (*api.GetGroupOutput, error) {
	var g *Group
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		g, err = s.group(tx, c, in.ApplicationID, in.IndexID, in.DataSourceID, in.GroupName)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.GetGroupOutput{}
	for _, s := range g.Statuses {
		out.StatusHistory = append(out.StatusHistory, s.show())
	}
	out.Status = &out.StatusHistory[len(out.StatusHistory)-1]
	return out, nil
}

// maxPage is the most groups on a page, and as many as a page has unless the
// caller asks for fewer.
const maxPage = 10

// ListGroups returns the groups of an index, or of one of its data sources, that
// were put or deleted last before a moment, the latest first, page by page.
func (s *Service) ListGroups(ctx context.Context, c op.Caller, in *api.ListGroupsInput) (*api.ListGroupsOutput, error) {
	p := place{Tenant: c.Tenant(), Application: in.ApplicationID, Index: in.IndexID}
	if in.DataSourceID != nil {
		p.Source = *in.DataSourceID
	}
	scope := page.ScopeOf(api.ListGroups.Route, c, p.Application, p.Index, p.Source, strconv.FormatInt(store.Micros(in.UpdatedEarlierThan), 10))
	after, err := s.Pages.Begin(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	size := page.Size(in.MaxResults, maxPage)
	out := &api.ListGroupsOutput{Items: []api.GroupSummary{}}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if err := s.Indexes.Exists(tx, c, p.Application, p.Index); err != nil {
			return err
		}
		if err := s.source(tx, p.Tenant, p.Application, p.Index, p.Source); err != nil {
			return err
		}
		found, err := listGroups(tx, p, in.UpdatedEarlierThan, after, size+1) // one more tells whether there is a next page
		if err != nil {
			return err
		}
		for _, f := range found[:min(size, len(found))] {
			out.Items = append(out.Items, api.GroupSummary{GroupName: &f.name})
		}
		if len(found) > size {
			last := found[size-1]
			out.NextToken, err = s.Pages.After(scope, last.updated, last.key)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteGroup takes a group away. Nobody is in it from then on; a job removes what
// is left of it. One that is being deleted already stays so.
func (s *Service) DeleteGroup(ctx context.Context, c op.Caller, in *api.DeleteGroupInput) (*api.DeleteGroupOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		g, err := s.group(tx, c, in.ApplicationID, in.IndexID, in.DataSourceID, in.GroupName)
		if err != nil || g.status() == api.GroupStatusDeleting {
			return err
		}
		g.Version, g.Live, g.Nested, g.From, g.UpdatedAt = g.Version+1, 0, nil, nil, tx.Now()
		g.become(api.GroupStatusDeleting, tx.Now(), nil)
		if err := announce(tx, g); err != nil {
			return err
		}
		return s.Jobs.Enqueue(tx, g.Tenant, g.Application, purgeKind, workOf(g))
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteGroupOutput{}, nil
}
