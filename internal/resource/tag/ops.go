package tag

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Kind looks for one resource of its kind by the ids in its ARN, the
// application's first. Its error is an internal one.
type Kind func(tx *store.Tx, tenant string, ids []string) (found bool, err error)

// Service answers the tag operations.
type Service struct {
	DB *store.DB
	// Kinds has an entry for each kind of taggable resource that is built,
	// under the path of its ARN without ids: application, application/plugin,
	// application/index/data-source.
	Kinds map[string]Kind
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.ListTagsForResource, s.List)
	op.Handle(r, api.TagResource, s.Tag)
	op.Handle(r, api.UntagResource, s.Untag)
}

// List returns the tags of a resource, ordered by key.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListTagsForResourceInput) (*api.ListTagsForResourceOutput, error) {
	var tags map[string]string
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		a, err := s.find(tx, c, in.ResourceARN)
		if err != nil {
			return err
		}
		tags, err = load(tx, a.key())
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.ListTagsForResourceOutput{Tags: list(tags)}, nil
}

// Tag adds tags to a resource. The value of a key that is there already is
// replaced.
func (s *Service) Tag(ctx context.Context, c op.Caller, in *api.TagResourceInput) (*api.TagResourceOutput, error) {
	if bad := Check("tags", in.Tags); len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := s.find(tx, c, in.ResourceARN)
		if err != nil {
			return err
		}
		return add(tx, a.key(), in.Tags)
	})
	if err != nil {
		return nil, err
	}
	return &api.TagResourceOutput{}, nil
}

// Untag removes tags by their keys. A key that is not there is no error.
func (s *Service) Untag(ctx context.Context, c op.Caller, in *api.UntagResourceInput) (*api.UntagResourceOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := s.find(tx, c, in.ResourceARN)
		if err != nil {
			return err
		}
		tags, err := load(tx, a.key())
		if err != nil {
			return err
		}
		for _, k := range in.TagKeys {
			delete(tags, k)
		}
		return save(tx, a.key(), tags)
	})
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceOutput{}, nil
}

// find reads a resource's ARN and makes sure that the caller's account has such
// a resource. What is another's is as absent as what is not there.
func (s *Service) find(tx *store.Tx, c op.Caller, arn string) (address, error) {
	a, ok := parse(arn)
	if !ok {
		return a, fault.InvalidField("resourceARN", "%q is not an ARN; the form is arn:%s:qbusiness:REGION:ACCOUNT:application/ID, or that of a resource below an application", arn, op.Partition)
	}
	exists := s.Kinds[a.kind]
	if exists == nil || !a.isOf(c) {
		return a, absent(a, arn)
	}
	found, err := exists(tx, c.Tenant(), a.ids)
	if err == nil && !found {
		err = absent(a, arn)
	}
	return a, err
}

func absent(a address, arn string) error {
	kind := a.typeName()
	if kind == "" {
		kind = "resource"
	}
	return fault.NotFound(kind, arn, "The account has no resource %s that can bear tags.", arn)
}

// add merges tags, which Check has passed, into those of a resource.
func add(tx *store.Tx, k key, tags []api.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	all, err := load(tx, k)
	if err != nil {
		return err
	}
	for _, t := range tags {
		all[t.Key] = t.Value
	}
	if len(all) > MaxPerResource {
		return fault.Invalid(tooMany("tags", len(all)))
	}
	return save(tx, k, all)
}

// Of are the tags of the resource with an ARN, whoever asks: for policies that
// ask about them. One that is not there has none.
func (s *Service) Of(ctx context.Context, arn string) (tags map[string]string, err error) {
	a, ok := parse(arn)
	if !ok || a.partition != op.Partition || a.service != "qbusiness" {
		return nil, nil
	}
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		tags, err = load(tx, a.key())
		return err
	})
	return tags, err
}
