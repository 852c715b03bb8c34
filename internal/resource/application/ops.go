package application

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// Service answers the application operations.
type Service struct {
	DB      *store.DB
	Jobs    *job.Queue
	Pages   *page.Tokens
	Replays *replay.Book
	Roles   *principal.ServiceRoles // that applications are given
	People  People                  // users of IAM Identity Center
	NewID   func() string           // a UUID in lower case
	Quotas  Quotas
	Below   []Purger // one for each other family that keeps rows below an application

	owners    store.Memo[place, string]
	landlords store.Memo[string, bool]
}

// Quotas bound what an account may have in a Region. Zero means the service's
// published default.
type Quotas struct {
	Applications int // default 50
}

func (q Quotas) applications() int {
	if q.Applications == 0 {
		return 50
	}
	return q.Applications
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.CreateApplication, s.Create)
	op.Handle(r, api.DeleteApplication, s.Delete)
	op.Handle(r, api.GetApplication, s.Get)
	op.Handle(r, api.ListApplications, s.List)
	op.Handle(r, api.UpdateApplication, s.Update)
}

// Create makes an application, which is ACTIVE at once.
func (s *Service) Create(ctx context.Context, c op.Caller, in *api.CreateApplicationInput) (*api.CreateApplicationOutput, error) {
	if bad := append(checkIdentity(in), tag.Check("tags", in.Tags)...); len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	a := newApplication(s.NewID(), in)
	if err := s.checkRole(ctx, c, a.ID, in.RoleARN); err != nil {
		return nil, err
	}
	out := &api.CreateApplicationOutput{ApplicationID: &a.ID, ApplicationARN: new(a.ARN(c))}
	err := s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.admit(tx, c); err != nil {
			return err
		}
		a.CreatedAt, a.UpdatedAt = tx.Now(), tx.Now()
		if err := insert(tx, c.Tenant(), a); err != nil {
			return err
		}
		return tag.Put(tx, a.ARN(c), in.Tags)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// admit makes sure that the account may have one application more.
func (s *Service) admit(tx *store.Tx, c op.Caller) error {
	n, err := held(tx, c.Tenant())
	if err == nil && n >= s.Quotas.applications() {
		return fault.Quota(typeName, c.Account, "Account %s has %d applications in Region %s; the quota is %d.", c.Account, n, c.Region, s.Quotas.applications())
	}
	return err
}

// Delete marks an application as DELETING, and leaves the removal of it and of
// everything below it to a job. Deleting it again meanwhile changes nothing.
func (s *Service) Delete(ctx context.Context, c op.Caller, in *api.DeleteApplicationInput) (*api.DeleteApplicationOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := find(tx, c, in.ApplicationID)
		if err != nil || a.Status == api.ApplicationStatusDeleting {
			return err
		}
		a.Status, a.UpdatedAt, a.Error = api.ApplicationStatusDeleting, tx.Now(), nil
		if err := save(tx, c.Tenant(), a); err != nil {
			return err
		}
		return s.Jobs.Enqueue(tx, c.Tenant(), a.ID, purgeKind, purgeArgs{Application: a.ID})
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteApplicationOutput{}, nil
}

// Get returns an application.
func (s *Service) Get(ctx context.Context, c op.Caller, in *api.GetApplicationInput) (*api.GetApplicationOutput, error) {
	var a Application
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		a, err = find(tx, c, in.ApplicationID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.detail(c), nil
}

// maxPage is the most applications on a page, and as many as a page has unless
// the caller asks for fewer.
const maxPage = 100

// List returns the applications, the newest first, page by page.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListApplicationsInput) (*api.ListApplicationsOutput, error) {
	window, err := s.Pages.Window(page.ScopeOf(api.ListApplications.Route, c), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	var apps []Application
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		apps, err = list(tx, c.Tenant(), window.After, window.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListApplicationsOutput{Applications: []api.Application{}}
	apps, out.NextToken, err = page.Cut(window, apps, func(a Application) (time.Time, string) { return a.CreatedAt, a.ID })
	for _, a := range apps {
		out.Applications = append(out.Applications, a.summary())
	}
	return out, err
}

// Update changes the settings that the request names. Who the users are cannot
// change.
func (s *Service) Update(ctx context.Context, c op.Caller, in *api.UpdateApplicationInput) (*api.UpdateApplicationOutput, error) {
	if err := s.checkRole(ctx, c, in.ApplicationID, in.RoleARN); err != nil {
		return nil, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := find(tx, c, in.ApplicationID)
		if err != nil {
			return err
		}
		if err := active(a.ID, a.Status); err != nil {
			return err
		}
		if bad := a.Identity.checkUpdate(in); len(bad) > 0 {
			return fault.Invalid(bad...)
		}
		a.update(in)
		a.UpdatedAt = tx.Now()
		return save(tx, c.Tenant(), a)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateApplicationOutput{}, nil
}
