package accessor

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/identitycenter"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// Service answers the data accessor operations.
type Service struct {
	DB      *store.DB
	Apps    *application.Service
	Center  *identitycenter.Service // has an application for each accessor
	Pages   *page.Tokens
	Replays *replay.Book
	NewID   func() string // a UUID in lower case
	Quotas  Quotas
}

// Quotas bound what an application may have. Zero means the service's published
// default.
type Quotas struct {
	Accessors int // default 10
}

func (q Quotas) accessors() int {
	if q.Accessors == 0 {
		return 10
	}
	return q.Accessors
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.CreateDataAccessor, s.Create)
	op.Handle(r, api.DeleteDataAccessor, s.Delete)
	op.Handle(r, api.GetDataAccessor, s.Get)
	op.Handle(r, api.ListDataAccessors, s.List)
	op.Handle(r, api.UpdateDataAccessor, s.Update)
}

// Create makes a data accessor and its application in Identity Center.
func (s *Service) Create(ctx context.Context, c op.Caller, in *api.CreateDataAccessorInput) (*api.CreateDataAccessorOutput, error) {
	bad := append(checkActions(in.ActionConfigurations), checkAuthentication(in.AuthenticationDetail)...)
	if bad = append(bad, tag.Check("tags", in.Tags)...); len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	a := &Accessor{
		Application: in.ApplicationID, ID: s.NewID(), Name: in.DisplayName, Principal: in.Principal,
		Actions: in.ActionConfigurations, Authentication: in.AuthenticationDetail,
	}
	out := &api.CreateDataAccessorOutput{DataAccessorID: a.ID, DataAccessorARN: a.ARN(c)}
	err := s.Replays.Once(ctx, c, out, func(tx *store.Tx) (err error) {
		if err := s.admit(tx, c, a); err != nil {
			return err
		}
		if a.Center, err = s.Center.CreateDataAccessorApplication(tx, c.Owns(), a.application(c.Region)); err != nil {
			return err
		}
		out.IDCApplicationARN = a.Center
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

// admit makes sure that the application can have one accessor more, and this
// one.
func (s *Service) admit(tx *store.Tx, c op.Caller, a *Accessor) error {
	if err := s.Apps.Active(tx, c, a.Application); err != nil {
		return err
	}
	users, err := s.Apps.IdentityType(tx, c, a.Application)
	if err != nil {
		return err
	}
	if users != api.IdentityTypeAwsIAMIDC {
		return fault.InvalidField("applicationId", "is that of an application whose identityType is %s; data accessors need one of %s", users, api.IdentityTypeAwsIAMIDC)
	}
	others, err := all(tx, c.Tenant(), a.Application)
	if err != nil {
		return err
	}
	if n := len(others); n >= s.Quotas.accessors() {
		return fault.Quota(typeName, a.Application, "The application %s has %d data accessors, the most it may have. Delete one first.", a.Application, n)
	}
	if err := s.trusted(tx, c, a); err != nil {
		return err
	}
	return unique(a, others)
}

// trusted makes sure that the issuer, if the accessor names one, is one of the
// account's Identity Center.
func (s *Service) trusted(tx *store.Tx, c op.Caller, a *Accessor) error {
	arn := a.issuer()
	if arn == "" {
		return nil
	}
	_, found, err := s.Center.TrustedTokenIssuer(tx, arn)
	if err != nil {
		return err
	}
	if !found || op.AccountIn(arn) != c.Owns() {
		return fault.NotFound("trusted-token-issuer", arn, "The Identity Center of account %s has no trusted token issuer %s. Make it first, with sso-admin's CreateTrustedTokenIssuer.", c.Owns(), arn)
	}
	return nil
}

// unique makes sure that no other accessor of the application has the name. It
// is not repeated in the answer: the model calls it sensitive.
func unique(a *Accessor, others []*Accessor) error {
	for _, o := range others {
		if o.ID != a.ID && o.Name == a.Name {
			return fault.Conflicts(typeName, o.ID, "The data accessor %s has this display name already. Choose another displayName.", o.ID)
		}
	}
	return nil
}

// Get returns a data accessor.
func (s *Service) Get(ctx context.Context, c op.Caller, in *api.GetDataAccessorInput) (*api.GetDataAccessorOutput, error) {
	var a *Accessor
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		a, err = s.find(tx, c, in.ApplicationID, in.DataAccessorID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.detail(c), nil
}

// maxPage is the most data accessors on a page, and as many as a page has unless
// the caller asks for fewer.
const maxPage = 10

// List returns the application's data accessors, the newest first, page by page.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListDataAccessorsInput) (*api.ListDataAccessorsOutput, error) {
	window, err := s.Pages.Window(page.ScopeOf(api.ListDataAccessors.Route, c, in.ApplicationID), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	var found []*Accessor
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
	out := &api.ListDataAccessorsOutput{DataAccessors: []api.DataAccessor{}}
	found, out.NextToken, err = page.Cut(window, found, func(a *Accessor) (time.Time, string) { return a.CreatedAt, a.ID })
	for _, a := range found {
		out.DataAccessors = append(out.DataAccessors, a.summary(c))
	}
	return out, err
}

// Update replaces the actions, and the name and the way to authenticate if the
// request has them. A search is under the new filter from the answer on.
func (s *Service) Update(ctx context.Context, c op.Caller, in *api.UpdateDataAccessorInput) (*api.UpdateDataAccessorOutput, error) {
	if err := invalid(append(checkActions(in.ActionConfigurations), checkAuthentication(in.AuthenticationDetail)...)); err != nil {
		return nil, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		a, err := s.find(tx, c, in.ApplicationID, in.DataAccessorID)
		if err != nil {
			return err
		}
		return s.change(tx, c, a, in)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateDataAccessorOutput{}, nil
}

// change carries out an update, here and in Identity Center.
func (s *Service) change(tx *store.Tx, c op.Caller, a *Accessor, in *api.UpdateDataAccessorInput) error {
	a.update(in)
	a.UpdatedAt = tx.Now()
	others, err := all(tx, c.Tenant(), a.Application)
	if err != nil {
		return err
	}
	if err := unique(a, others); err != nil {
		return err
	}
	if in.AuthenticationDetail != nil {
		if err := s.trusted(tx, c, a); err != nil {
			return err
		}
	}
	if in.AuthenticationDetail != nil || in.DisplayName != nil {
		if err := s.Center.UpdateDataAccessorApplication(tx, c.Owns(), a.Center, a.application(c.Region)); err != nil {
			return err
		}
	}
	return update(tx, c.Tenant(), a)
}

// Delete removes a data accessor, its application in Identity Center and with it
// every token that the company has, and its tags. The statement of the
// application's policy stays: DisassociatePermission removes it.
func (s *Service) Delete(ctx context.Context, c op.Caller, in *api.DeleteDataAccessorInput) (*api.DeleteDataAccessorOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := s.find(tx, c, in.ApplicationID, in.DataAccessorID)
		if err != nil {
			return err
		}
		if err := tag.Drop(tx, a.ARN(c)); err != nil {
			return err
		}
		if err := s.Center.DeleteDataAccessorApplication(tx, c.Owns(), a.Center); err != nil {
			return err
		}
		return remove(tx, c.Tenant(), a.Application, a.ID)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteDataAccessorOutput{}, nil
}
