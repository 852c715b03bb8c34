package secretstore

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// FullARN is the ARN of the secret of which arn may have the name alone, without
// the six characters; arn itself when there is no such secret. It is what
// policies are asked about.
func (s *Service) FullARN(ctx context.Context, arn string) (string, error) {
	tenant, found, err := s.byARN(ctx, arn)
	if found == nil || err != nil {
		return arn, err
	}
	return *found.arn(tenant), nil
}

// TagsOf are the tags of the secret with an ARN; none when it is not there.
func (s *Service) TagsOf(ctx context.Context, arn string) (map[string]string, error) {
	_, found, err := s.byARN(ctx, arn)
	if found == nil || err != nil {
		return nil, err
	}
	return found.Tags, nil
}

// byARN looks for a secret in the account and Region that its ARN says; nil when
// there is none.
func (s *Service) byARN(ctx context.Context, arn string) (tenant string, found *Secret, err error) {
	a, ok := op.ParseARN(arn)
	if !ok {
		return "", nil, nil
	}
	tenant = op.Caller{Account: a.Account, Region: a.Region}.Tenant()
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		found, err = find(tx, tenant, arn)
		return err
	})
	if errors.Is(err, store.ErrNoRows) || errors.Is(err, store.ErrText) {
		return tenant, nil, nil
	}
	return tenant, found, err
}
