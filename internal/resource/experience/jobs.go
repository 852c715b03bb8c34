package experience

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/secretstore"
)

const (
	checkKind  = "experience.check"
	sweepEvery = 10 * time.Minute
	batch      = 1000 // rows that one transaction removes
)

// checkArgs name an experience and the revision of its provider.
type checkArgs struct {
	Application string `json:"application"`
	Experience  string `json:"experience"`
	Revision    int    `json:"revision"`
}

// Work registers the jobs.
func (s *Service) Work() {
	job.Handle(s.Jobs, checkKind, s.check)
	job.OnFailed(s.Jobs, checkKind, gaveUp)
	s.Jobs.Schedule("experience.sweep", sweepEvery, s.Sweep)
}

// enqueueCheck leaves the secret of a provider to the job, if there is one.
func (s *Service) enqueueCheck(tx *store.Tx, tenant string, e *Experience) error {
	if !e.Checking {
		return nil
	}
	return s.Jobs.Enqueue(tx, tenant, e.Application, checkKind, checkArgs{e.Application, e.ID, e.Revision})
}

// check reads the secret of an OpenID Connect provider as its role. What is wrong
// with either is the experience's error; a secret that cannot be reached now is
// asked for again.
func (s *Service) check(ctx context.Context, tenant string, args checkArgs) error {
	var e *Experience
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		e, err = awaiting(tx, tenant, args)
		return err
	})
	if err != nil || e == nil {
		return err
	}
	wrong, err := s.inspect(ctx, tenant, e)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return settle(tx, tenant, args, wrong) })
}

// awaiting is the experience whose provider is to be looked at, or nil: it may be
// gone, or have another provider by now.
func awaiting(tx *store.Tx, tenant string, args checkArgs) (*Experience, error) {
	e, err := get(tx, tenant, args.Application, args.Experience)
	if errors.Is(err, store.ErrNoRows) || err == nil && (!e.Checking || e.Revision != args.Revision) {
		return nil, nil
	}
	return e, err
}

// settle ends the wait for a provider: wrong is what it lacks, or nil.
func settle(tx *store.Tx, tenant string, args checkArgs, wrong *api.ErrorDetail) error {
	e, err := awaiting(tx, tenant, args)
	if err != nil || e == nil {
		return err
	}
	e.Checking, e.Error, e.UpdatedAt = false, wrong, tx.Now()
	return update(tx, tenant, e)
}

// inspect reports what is wrong with the provider's role or secret. An error is one
// that may pass.
func (s *Service) inspect(ctx context.Context, tenant string, e *Experience) (*api.ErrorDetail, error) {
	o, c := e.oidc(), landlord(tenant)
	errand := reads(o)
	errand.Account, errand.Application = c.Account, c.ARN("application/%s", e.Application)
	err := s.Roles.Check(ctx, errand)
	if why, ok := errors.AsType[*principal.RoleError](err); ok {
		return detail(api.ErrorCodeInvalidRequest, why.Error()), nil
	}
	if err != nil {
		return nil, err
	}
	value, err := s.Secrets.Value(ctx, tenant, o.SecretsARN)
	for _, reason := range []error{secretstore.ErrNoSecret, secretstore.ErrForeign, secretstore.ErrDeleted, secretstore.ErrNoValue} {
		if errors.Is(err, reason) {
			return detail(api.ErrorCodeResourceNotFound, fmt.Sprintf("the secret %s cannot be used: %v", o.SecretsARN, reason)), nil
		}
	}
	if err == nil && !hasClientSecret(value) {
		return detail(api.ErrorCodeInvalidRequest, fmt.Sprintf("the secret %s has no client secret: store a JSON object such as {\"client_secret\": \"…\"}", o.SecretsARN)), nil
	}
	return nil, err
}

// hasClientSecret reports whether a secret's value is one of an OpenID Connect
// client.
func hasClientSecret(value string) bool {
	var members map[string]any
	if json.Unmarshal([]byte(value), &members) != nil {
		return false
	}
	text, _ := members["client_secret"].(string)
	return text != ""
}

func detail(code api.ErrorCode, text string) *api.ErrorDetail {
	return &api.ErrorDetail{ErrorCode: &code, ErrorMessage: new(fault.Sentence(text))}
}

// gaveUp leaves an experience whose secret could not be reached as FAILED. The cause
// is in the server's log and in the list of jobs, not in the API.
func gaveUp(tx *store.Tx, tenant string, args checkArgs, _ error) error {
	return settle(tx, tenant, args, detail(api.ErrorCodeInternalError,
		"the secret of the identity provider could not be read. Update the web experience to try again; if that fails too, look in the server's log and its list of jobs"))
}

// Sweep forgets the used passes that have expired, in small transactions.
func (s *Service) Sweep(ctx context.Context) error {
	for removed := int64(batch); removed == batch; {
		err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
			removed, err = sweep(tx, tx.Now(), batch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
