package directory

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/principal"
)

const (
	fillKind  = "directory.fill"
	purgeKind = "directory.purge"
)

// partsAtOnce is how many parts of a roll a transaction writes: 2,000 members.
const partsAtOnce = 2

// work names a group and the version of it that a job is about.
type work struct {
	Application string `json:"application"`
	Index       string `json:"index"`
	Source      string `json:"source,omitzero"`
	Name        string `json:"name"`
	Version     int64  `json:"version"`
}

func workOf(g *Group) work { return work{g.Application, g.Index, g.Source, g.Name, g.Version} }

func (w work) place(tenant string) place {
	return place{tenant, w.Application, w.Index, w.Source, w.Name}
}

// Work registers the jobs.
func (s *Service) Work() {
	job.Handle(s.Jobs, fillKind, s.fill)
	job.OnFailed(s.Jobs, fillKind, s.gaveUp)
	job.Handle(s.Jobs, purgeKind, s.purge)
}

// fill writes the members of a group's new version, which are in a bucket, beside
// those in force, and puts them in force by one row when all are there. An object
// that is not there, or is no list of members, fails the group at once; a bucket that
// does not answer is tried again.
func (s *Service) fill(ctx context.Context, tenant string, w work) error {
	p := w.place(tenant)
	var g *Group
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		g, err = awaiting(tx, p, w.Version)
		return err
	})
	if err != nil || g == nil {
		return err
	}
	members, err := s.fetch(ctx, g)
	if err != nil {
		return err
	}
	if err := s.strike(ctx, p, ` AND version = $5`, w.Version); err != nil { // of an attempt that was cut short
		return err
	}
	part := 0
	for batch := range slices.Chunk(members.users, partsAtOnce*perPart) {
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			if g, err := awaiting(tx, p, w.Version); err != nil || g == nil {
				return err
			}
			return enroll(tx, p, w.Version, part, batch)
		})
		if err != nil {
			return err
		}
		part += partsAtOnce
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		g, err := awaiting(tx, p, w.Version)
		if err != nil || g == nil {
			return err
		}
		return s.settle(tx, g, members.groups)
	})
}

// awaiting returns the group if it still waits for the members of that version, or
// nil: it may have been put anew or deleted meanwhile.
func awaiting(tx *store.Tx, p place, version int64) (*Group, error) {
	g, err := getGroup(tx, p)
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	if err != nil || g.Version != version || g.status() != api.GroupStatusProcessing {
		return nil, err
	}
	return g, nil
}

// fetch reads the members of a group from its bucket, as the role that was handed
// over for it.
func (s *Service) fetch(ctx context.Context, g *Group) (roster, error) {
	err := s.Roles.Check(ctx, g.From.errand())
	if _, ok := errors.AsType[*principal.RoleError](err); ok {
		return roster{}, job.PermanentError{Err: err}
	}
	if err != nil {
		return roster{}, err
	}
	o, err := s.Objects.Open(ctx, g.From.Bucket, g.From.Key)
	if err != nil {
		return roster{}, definite(err)
	}
	members, err := readMembers(o.Body, g.Source)
	return members, definite(errors.Join(err, o.Body.Close()))
}

// definite marks an error that another attempt would meet again.
func definite(err error) error {
	for _, e := range []error{errMembers, blob.ErrNotConfigured, blob.ErrNoBucket, blob.ErrNoKey, blob.ErrTooLarge, blob.ErrDenied} {
		if errors.Is(err, e) {
			return job.PermanentError{Err: err}
		}
	}
	return err
}

// gaveUp keeps the reason why a group has not the members that it was given; the
// old ones stay in force. The queue logs it.
func (s *Service) gaveUp(tx *store.Tx, tenant string, w work, cause error) error {
	g, err := awaiting(tx, w.place(tenant), w.Version)
	if err != nil || g == nil {
		return err
	}
	g.become(api.GroupStatusFailed, tx.Now(), problem(cause))
	if err := saveGroup(tx, g); err != nil {
		return err
	}
	return s.Jobs.Enqueue(tx, tenant, w.Application, purgeKind, w)
}

// problem words a failure for whoever put the group. What is not theirs to mend is
// not told.
func problem(cause error) *api.ErrorDetail {
	for _, e := range []error{blob.ErrNoBucket, blob.ErrNoKey} {
		if errors.Is(cause, e) {
			return &api.ErrorDetail{ErrorCode: new(api.ErrorCodeResourceNotFound), ErrorMessage: new(sentence(cause))}
		}
	}
	if permanent, ok := errors.AsType[job.PermanentError](cause); ok {
		return &api.ErrorDetail{ErrorCode: new(api.ErrorCodeInvalidRequest), ErrorMessage: new(sentence(permanent))}
	}
	return &api.ErrorDetail{ErrorCode: new(api.ErrorCodeInternalError), ErrorMessage: new("The members could not be read. Put the group again.")}
}

// maxMessage is the longest errorMessage (API model), in bytes to be safe.
const maxMessage = 2048

func sentence(err error) string {
	message := fault.Sentence(err.Error())
	return strings.ToValidUTF8(message[:min(len(message), maxMessage)], "")
}

// purge removes the members of a group that are in force no more and, when the group
// is being deleted, the group.
func (s *Service) purge(ctx context.Context, tenant string, w work) error {
	p := w.place(tenant)
	var live, coming int64
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		live, coming, err = kept(tx, p)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.strike(ctx, p, ` AND version <> $5 AND version <> $6 AND version <= $7`, live, coming, w.Version); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		g, err := getGroup(tx, p)
		if errors.Is(err, store.ErrNoRows) {
			return nil
		}
		if err != nil || g.Version != w.Version || g.status() != api.GroupStatusDeleting {
			return err
		}
		return removeGroup(tx, g)
	})
}

// kept are the versions of a group that stay: the one in force, and the one that a
// job is writing.
func kept(tx *store.Tx, p place) (live, coming int64, err error) {
	g, err := getGroup(tx, p)
	if errors.Is(err, store.ErrNoRows) {
		return 0, 0, nil
	}
	if err == nil && g.status() == api.GroupStatusProcessing {
		coming = g.Version
	}
	return g.Live, coming, err
}

// strike removes the members of versions of a group, part by part.
func (s *Service) strike(ctx context.Context, p place, versions string, args ...any) error {
	for {
		found := false
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			part, there, err := firstPart(tx, p.circle(), ` AND grp = $4`+versions, append([]any{p.key()}, args...)...)
			if found = there; err != nil || !found {
				return err
			}
			return part.remove(tx)
		})
		if err != nil || !found {
			return err
		}
	}
}
