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
)

// assignment says that a user, or the members of a group, may use an application.
type assignment struct {
	principal string
	kind      ssoadmin.PrincipalType
	createdAt time.Time
}

func (x assignment) entry(a *application) ssoadmin.ApplicationAssignment {
	return ssoadmin.ApplicationAssignment{ApplicationARN: a.arn(), PrincipalID: x.principal, PrincipalType: x.kind}
}

// PutAssignmentConfiguration says whether users have to be assigned.
func (s *Service) PutAssignmentConfiguration(ctx context.Context, c op.Caller, in *ssoadmin.PutApplicationAssignmentConfigurationInput) (*ssoadmin.PutApplicationAssignmentConfigurationOutput, error) {
	err := s.change(ctx, c, in.ApplicationARN, func(_ *store.Tx, a *application) error {
		a.Open = !in.AssignmentRequired
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.PutApplicationAssignmentConfigurationOutput{}, nil
}

// GetAssignmentConfiguration tells whether users have to be assigned.
func (s *Service) GetAssignmentConfiguration(ctx context.Context, c op.Caller, in *ssoadmin.GetApplicationAssignmentConfigurationInput) (*ssoadmin.GetApplicationAssignmentConfigurationOutput, error) {
	a, err := s.read(ctx, c, in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	return &ssoadmin.GetApplicationAssignmentConfigurationOutput{AssignmentRequired: !a.Open}, nil
}

// CreateAssignment assigns a user or group.
func (s *Service) CreateAssignment(ctx context.Context, c op.Caller, in *ssoadmin.CreateApplicationAssignmentInput) (*ssoadmin.CreateApplicationAssignmentOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := find(tx, c.Owns(), in.ApplicationARN)
		if err != nil {
			return err
		}
		if err := s.principalThere(tx, a.Account, in.PrincipalType, in.PrincipalID); err != nil {
			return err
		}
		_, err = getAssignment(tx, a, in.PrincipalID)
		if err == nil {
			return conflict("The %s %s is assigned to the application already.", in.PrincipalType, in.PrincipalID)
		}
		if !errors.Is(err, store.ErrNoRows) {
			return err
		}
		return insertAssignment(tx, a, assignment{in.PrincipalID, in.PrincipalType, tx.Now()})
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.CreateApplicationAssignmentOutput{}, nil
}

// principalThere refuses a user or group that the identity store does not have.
func (s *Service) principalThere(tx *store.Tx, account string, kind ssoadmin.PrincipalType, id string) (err error) {
	var found bool
	if kind == ssoadmin.PrincipalTypeGroup {
		_, found, err = s.People.GroupIn(tx, account, id)
	} else {
		_, found, err = s.People.UserIn(tx, account, id)
	}
	if err == nil && !found {
		err = refuse(fault.ResourceNotFound, "The identity store has no %s %s.", kind, id)
	}
	return err
}

// DeleteAssignment takes an assignment away.
func (s *Service) DeleteAssignment(ctx context.Context, c op.Caller, in *ssoadmin.DeleteApplicationAssignmentInput) (*ssoadmin.DeleteApplicationAssignmentOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := find(tx, c.Owns(), in.ApplicationARN)
		if err != nil {
			return err
		}
		n, err := removeAssignment(tx, a, in.PrincipalID, in.PrincipalType)
		if err == nil && n == 0 {
			return notAssigned(in.PrincipalType, in.PrincipalID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.DeleteApplicationAssignmentOutput{}, nil
}

func notAssigned(kind ssoadmin.PrincipalType, id string) error {
	return refuse(fault.ResourceNotFound, "The %s %s is not assigned to the application.", kind, id)
}

// DescribeAssignment tells whether a user or group is assigned.
func (s *Service) DescribeAssignment(ctx context.Context, c op.Caller, in *ssoadmin.DescribeApplicationAssignmentInput) (*ssoadmin.DescribeApplicationAssignmentOutput, error) {
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		a, err := find(tx, c.Owns(), in.ApplicationARN)
		if err != nil {
			return err
		}
		x, err := getAssignment(tx, a, in.PrincipalID)
		if errors.Is(err, store.ErrNoRows) || err == nil && x.kind != in.PrincipalType {
			return notAssigned(in.PrincipalType, in.PrincipalID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.DescribeApplicationAssignmentOutput{
		PrincipalType: &in.PrincipalType, PrincipalID: &in.PrincipalID, ApplicationARN: &in.ApplicationARN,
	}, nil
}

// ListAssignments tells who is assigned, whoever came last first.
func (s *Service) ListAssignments(ctx context.Context, c op.Caller, in *ssoadmin.ListApplicationAssignmentsInput) (*ssoadmin.ListApplicationAssignmentsOutput, error) {
	scope := page.ScopeOf(ssoadmin.ListApplicationAssignments.Route, c, in.ApplicationARN)
	from, err := s.Pages.Begin(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	size := page.Size(in.MaxResults, maxPage)
	var a *application
	var found []assignment
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if a, err = find(tx, c.Owns(), in.ApplicationARN); err != nil {
			return err
		}
		found, err = listAssignments(tx, a, from, size+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &ssoadmin.ListApplicationAssignmentsOutput{ApplicationAssignments: []ssoadmin.ApplicationAssignment{}}
	for _, x := range found[:min(size, len(found))] {
		out.ApplicationAssignments = append(out.ApplicationAssignments, x.entry(a))
	}
	if len(found) > size {
		out.NextToken, err = s.Pages.After(scope, found[size-1].createdAt, found[size-1].principal)
	}
	return out, err
}

// admits reports whether a user may use the application: everybody if it is open,
// or else who is assigned, or in a group that is.
func (a *application) admits(tx *store.Tx, p op.Person) (bool, error) {
	if a.Open {
		return true, nil
	}
	for _, id := range append([]string{p.ID}, p.Groups...) {
		_, err := getAssignment(tx, a, id)
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, store.ErrNoRows) {
			return false, err
		}
	}
	return false, nil
}
