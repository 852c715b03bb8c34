package identitycenter

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
)

// Entries on a page at most (model).
const (
	maxInstances       = 10
	maxApplicationPage = 50
	maxScopePage       = 10
	maxPage            = 100
)

// checkInstance refuses an instance that is not the account's.
func checkInstance(c op.Caller, arn string) error {
	if arn == InstanceARN(c.Owns()) {
		return nil
	}
	return fault.InvalidField("InstanceArn", "this account's instance is %s", InstanceARN(c.Owns()))
}

// ListInstances tells of the one instance of the account, and makes it.
func (s *Service) ListInstances(ctx context.Context, c op.Caller, in *ssoadmin.ListInstancesInput) (*ssoadmin.ListInstancesOutput, error) {
	created, err := s.instance(ctx, c.Owns())
	if err != nil {
		return nil, err
	}
	all := []ssoadmin.InstanceMetadata{{
		InstanceARN: new(InstanceARN(c.Owns())), IdentityStoreID: new(people.StoreID(c.Owns())), OwnerAccountID: new(c.Owns()),
		CreatedDate: &created, Status: new(ssoadmin.InstanceStatusActive),
	}}
	shown, next, err := page.Slice(s.Pages, page.ScopeOf(ssoadmin.ListInstances.Route, c), all, in.NextToken, page.Size(in.MaxResults, maxInstances))
	if err != nil {
		return nil, err
	}
	return &ssoadmin.ListInstancesOutput{Instances: shown, NextToken: next}, nil
}

// DescribeInstance tells of the account's instance, and makes it.
func (s *Service) DescribeInstance(ctx context.Context, c op.Caller, in *ssoadmin.DescribeInstanceInput) (*ssoadmin.DescribeInstanceOutput, error) {
	if err := checkInstance(c, in.InstanceARN); err != nil {
		return nil, err
	}
	created, err := s.instance(ctx, c.Owns())
	if err != nil {
		return nil, err
	}
	return &ssoadmin.DescribeInstanceOutput{
		InstanceARN: &in.InstanceARN, IdentityStoreID: new(people.StoreID(c.Owns())), OwnerAccountID: new(c.Owns()),
		CreatedDate: &created, Status: new(ssoadmin.InstanceStatusActive),
	}, nil
}

// instance is when the account's instance was made: the first time that somebody
// asks.
func (s *Service) instance(ctx context.Context, account string) (created time.Time, err error) {
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		created, err = getInstance(tx, account)
		return err
	})
	if !errors.Is(err, store.ErrNoRows) {
		return created, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := makeInstance(tx, account); err != nil {
			return err
		}
		created, err = getInstance(tx, account)
		return err
	})
	return created, err
}

// CreateApplication makes an application, to which users have to be assigned.
func (s *Service) CreateApplication(ctx context.Context, c op.Caller, in *ssoadmin.CreateApplicationInput) (*ssoadmin.CreateApplicationOutput, error) {
	if err := checkInstance(c, in.InstanceARN); err != nil {
		return nil, err
	}
	a, err := newApplication(in)
	if err != nil {
		return nil, err
	}
	a.Account, a.Region = c.Owns(), c.Region
	out := &ssoadmin.CreateApplicationOutput{ApplicationARN: new(a.arn()), InstanceARN: &in.InstanceARN, IdentityStoreARN: storeARN(a.Account)}
	err = s.Replays.Once(ctx, c, out, func(tx *store.Tx) error { return s.add(tx, a) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

// add writes a new application, unless there are too many.
func (s *Service) add(tx *store.Tx, a *application) error {
	n, err := countApplications(tx, a.Account)
	if err != nil {
		return err
	}
	if n >= maxApplications {
		return refuse(fault.ServiceQuotaExceeded, "This instance has %d applications already, the most it may have.", n)
	}
	a.CreatedAt = tx.Now()
	return putApplication(tx, a)
}

// DescribeApplication tells of an application.
func (s *Service) DescribeApplication(ctx context.Context, c op.Caller, in *ssoadmin.DescribeApplicationInput) (*ssoadmin.DescribeApplicationOutput, error) {
	a, err := s.read(ctx, c, in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	out := ssoadmin.DescribeApplicationOutput(a.entry())
	return &out, nil
}

// ListApplications tells of the instance's applications, the newest first.
func (s *Service) ListApplications(ctx context.Context, c op.Caller, in *ssoadmin.ListApplicationsInput) (*ssoadmin.ListApplicationsOutput, error) {
	if err := checkInstance(c, in.InstanceARN); err != nil {
		return nil, err
	}
	account, provider := "", ""
	if f := in.Filter; f != nil {
		account, provider = text(f.ApplicationAccount), text(f.ApplicationProvider)
	}
	scope := page.ScopeOf(ssoadmin.ListApplications.Route, c, account, provider)
	from, err := s.Pages.Begin(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	size := min(page.Size(in.MaxResults, maxApplicationPage), maxApplicationPage)
	var found []*application
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		found, err = listApplications(tx, c.Owns(), from, func(a *application) bool {
			return (account == "" || a.Account == account) && (provider == "" || a.Provider == provider)
		}, size+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &ssoadmin.ListApplicationsOutput{Applications: []ssoadmin.Application{}}
	for _, a := range found[:min(size, len(found))] {
		out.Applications = append(out.Applications, a.entry())
	}
	if len(found) > size {
		out.NextToken, err = s.Pages.After(scope, found[size-1].CreatedAt, found[size-1].ID)
	}
	return out, err
}

// text is what an optional string says; empty without one.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// UpdateApplication changes what is said of an application.
func (s *Service) UpdateApplication(ctx context.Context, c op.Caller, in *ssoadmin.UpdateApplicationInput) (*ssoadmin.UpdateApplicationOutput, error) {
	err := s.change(ctx, c, in.ApplicationARN, func(_ *store.Tx, a *application) error { return a.update(in) })
	if err != nil {
		return nil, err
	}
	return &ssoadmin.UpdateApplicationOutput{}, nil
}

// DeleteApplication removes an application and everything given for it. That of a
// data accessor goes with the accessor.
func (s *Service) DeleteApplication(ctx context.Context, c op.Caller, in *ssoadmin.DeleteApplicationInput) (*ssoadmin.DeleteApplicationOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := find(tx, c.Owns(), in.ApplicationARN)
		if err != nil {
			return err
		}
		if a.Accessor {
			return conflict("This application belongs to a data accessor of Amazon Q Business: delete that, and it goes with it.")
		}
		return removeApplication(tx, a.Account, a.ID)
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.DeleteApplicationOutput{}, nil
}

// find reads an application of an account by its ARN, or says that there is none.
func find(tx *store.Tx, account, arn string) (*application, error) {
	owner, id, ok := parseApplication(arn)
	if !ok || owner != account {
		return nil, noApplication(arn)
	}
	a, err := getApplication(tx, account, id)
	if errors.Is(err, store.ErrNoRows) {
		return nil, noApplication(arn)
	}
	return a, err
}

// read is find in a transaction of its own.
func (s *Service) read(ctx context.Context, c op.Caller, arn string) (a *application, err error) {
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		a, err = find(tx, c.Owns(), arn)
		return err
	})
	return a, err
}

// change runs fn on an application and keeps what it made of it.
func (s *Service) change(ctx context.Context, c op.Caller, arn string, fn func(tx *store.Tx, a *application) error) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := find(tx, c.Owns(), arn)
		if err != nil {
			return err
		}
		if err := fn(tx, a); err != nil {
			return err
		}
		return putApplication(tx, a)
	})
}
