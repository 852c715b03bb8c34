package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
)

const buildKind = "plugin.build"

// buildArgs name a plugin and the revision of its document that is to be built.
type buildArgs struct {
	Application string `json:"application"`
	Plugin      string `json:"plugin"`
	Revision    int    `json:"revision"`
}

// Work registers the jobs.
func (s *Service) Work() {
	job.Handle(s.Jobs, buildKind, s.build)
	job.OnFailed(s.Jobs, buildKind, s.gaveUp)
}

// enqueueBuild leaves the document of a plugin to the job, if it is in a bucket.
func (s *Service) enqueueBuild(tx *store.Tx, tenant string, p *Plugin) error {
	if !p.building() {
		return nil
	}
	return s.Jobs.Enqueue(tx, tenant, p.Application, buildKind, buildArgs{p.Application, p.ID, p.Revision})
}

// build fetches the document of a plugin from its bucket and makes its actions.
// A document that is not there, or cannot be used, fails the build at once; a
// bucket that does not answer is tried again.
func (s *Service) build(ctx context.Context, tenant string, args buildArgs) error {
	var p *Plugin
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		p, err = awaiting(tx, tenant, args)
		return err
	})
	if err != nil || p == nil {
		return err
	}
	fetched, err := s.fetch(ctx, p)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := awaiting(tx, tenant, args)
		if err != nil || p == nil {
			return err
		}
		p.built(fetched)
		p.UpdatedAt = tx.Now()
		return update(tx, tenant, p, &fetched)
	})
}

// fetch reads the document of a plugin from its bucket.
func (s *Service) fetch(ctx context.Context, p *Plugin) (schema, error) {
	object := p.Custom.S3
	source, err := blob.ReadAll(ctx, s.Objects, object.Bucket, object.Key, int64(s.Limits.Bytes))
	if definite(err) {
		return schema{}, job.PermanentError{Err: err}
	}
	if err != nil {
		return schema{}, err
	}
	built, findings := s.compile(p.ID, source)
	if len(findings) > 0 {
		return schema{}, job.PermanentError{Err: errors.New(problem(object, findings))}
	}
	if bad := checkSignIn(p.Auth, built.schemes); len(bad) > 0 {
		return schema{}, job.PermanentError{Err: fault.Invalid(bad...)}
	}
	return built, nil
}

// definite reports whether another attempt would end the same.
func definite(err error) bool {
	for _, e := range []error{blob.ErrNotConfigured, blob.ErrNoBucket, blob.ErrNoKey, blob.ErrTooLarge, blob.ErrDenied} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// gaveUp keeps the reason why a plugin could not be built; the queue logs it.
func (s *Service) gaveUp(tx *store.Tx, tenant string, args buildArgs, cause error) error {
	p, err := awaiting(tx, tenant, args)
	if err != nil || p == nil {
		return err
	}
	p.failed(cause.Error())
	p.UpdatedAt = tx.Now()
	return update(tx, tenant, p, nil)
}

// awaiting returns the plugin if it still waits for this build, or nil: it may
// have been deleted meanwhile, or given another document.
func awaiting(tx *store.Tx, tenant string, args buildArgs) (*Plugin, error) {
	p, err := get(tx, tenant, args.Application, args.Plugin)
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	if err != nil || p.Revision != args.Revision || !p.building() {
		return nil, err
	}
	return p, nil
}

// checkObject reports a document in a bucket that this server cannot reach.
func (s *Service) checkObject(object *api.S3) []fault.Field {
	if _, none := s.Objects.(blob.None); !none {
		return nil
	}
	return []fault.Field{{
		Name: "customPluginConfiguration.apiSchema.s3",
		Message: fmt.Sprintf("this server reaches no buckets, so it cannot read s3://%s/%s; start it with --buckets DIR (a folder for each bucket) or with an S3 endpoint, or send the document inline as payload",
			object.Bucket, object.Key),
	}}
}
