package secretstore

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Service answers the operations of Secrets Manager. It is safe for concurrent
// use.
type Service struct {
	DB    *store.DB
	Keys  *seal.Keys // seals what versions hold
	Jobs  *job.Queue
	Pages *page.Tokens
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, secretsmanager.CreateSecret, s.Create)
	op.Handle(r, secretsmanager.DeleteSecret, s.Delete)
	op.Handle(r, secretsmanager.DescribeSecret, s.Describe)
	op.Handle(r, secretsmanager.GetRandomPassword, s.RandomPassword)
	op.Handle(r, secretsmanager.GetSecretValue, s.GetValue)
	op.Handle(r, secretsmanager.ListSecretVersionIDs, s.ListVersions)
	op.Handle(r, secretsmanager.ListSecrets, s.List)
	op.Handle(r, secretsmanager.PutSecretValue, s.PutValue)
	op.Handle(r, secretsmanager.RestoreSecret, s.Restore)
	op.Handle(r, secretsmanager.TagResource, s.Tag)
	op.Handle(r, secretsmanager.UntagResource, s.Untag)
	op.Handle(r, secretsmanager.UpdateSecret, s.Update)
	op.Handle(r, secretsmanager.UpdateSecretVersionStage, s.UpdateStage)
}

// Create makes a secret, with a first version if it is given something to hold.
// The same request sent again, by its token, is answered the same.
func (s *Service) Create(ctx context.Context, c op.Caller, in *secretsmanager.CreateSecretInput) (*secretsmanager.CreateSecretOutput, error) {
	made, err := newSecret(in)
	if err != nil {
		return nil, err
	}
	h, err := newHeld(in.SecretString, in.SecretBinary)
	if err != nil {
		return nil, err
	}
	token, err := tokenOf(in.ClientRequestToken)
	if err != nil {
		return nil, err
	}
	made.Token, made.Suffix = token, newSuffix()
	kept := made
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		old, err := get(tx, c.Tenant(), made.Name)
		switch {
		case err == nil:
			kept = old
			return s.createdBefore(tx, c.Tenant(), old, token, h)
		case !errors.Is(err, store.ErrNoRows):
			return err
		}
		made.CreatedAt, made.ChangedAt, made.Labels = tx.Now(), tx.Now(), labels{} // another attempt begins anew
		if h != nil {
			if err := s.add(tx, c.Tenant(), made, token, h, []string{current}); err != nil {
				return err
			}
		}
		return put(tx, c.Tenant(), made)
	})
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.CreateSecretOutput{ARN: kept.arn(c.Tenant()), Name: &kept.Name}
	if h != nil {
		out.VersionID = &token
	}
	return out, nil
}

// createdBefore is nil if the secret was made by this very request.
func (s *Service) createdBefore(tx *store.Tx, tenant string, old *Secret, token string, h held) error {
	if old.deleted() {
		return invalidRequest("You can't create this secret because a secret with this name is already scheduled for deletion.")
	}
	if old.Token == token && h == nil && len(old.Labels) == 0 {
		return nil
	}
	if h != nil {
		if found, err := s.repeats(tx, tenant, old, token, h); found || err != nil {
			return err
		}
	}
	return exists("The operation failed because the secret %s already exists.", old.Name)
}

// Describe tells everything of a secret but what it holds.
func (s *Service) Describe(ctx context.Context, c op.Caller, in *secretsmanager.DescribeSecretInput) (*secretsmanager.DescribeSecretOutput, error) {
	var found *Secret
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		found, err = find(tx, c.Tenant(), in.SecretID)
		return known(err)
	})
	if err != nil {
		return nil, err
	}
	e := found.entry(c.Tenant())
	return &secretsmanager.DescribeSecretOutput{
		ARN: e.ARN, Name: e.Name, Description: e.Description, KMSKeyID: e.KMSKeyID, Tags: e.Tags,
		VersionIDsToStages: e.SecretVersionsToStages, CreatedDate: e.CreatedDate,
		LastChangedDate: e.LastChangedDate, LastAccessedDate: e.LastAccessedDate, DeletedDate: e.DeletedDate,
	}, nil
}

// GetValue returns what a version holds: the current one, or that of an ID or
// staging label.
func (s *Service) GetValue(ctx context.Context, c op.Caller, in *secretsmanager.GetSecretValueInput) (*secretsmanager.GetSecretValueOutput, error) {
	read, err := s.read(ctx, c.Tenant(), in.SecretID, func(found *Secret) (string, error) {
		return found.choose(in.VersionID, in.VersionStage)
	})
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.GetSecretValueOutput{
		ARN: read.secret.arn(c.Tenant()), Name: &read.secret.Name,
		VersionID: &read.version.id, VersionStages: read.secret.Labels.on(read.version.id), CreatedDate: &read.version.createdAt,
	}
	read.held.fill(out)
	return out, nil
}

// choose is the ID of the version that a request asks for.
func (s *Secret) choose(id, label *string) (string, error) {
	if id == nil {
		wanted := current
		if label != nil {
			wanted = *label
		}
		if s.Labels[wanted] == "" {
			return "", noVersion("staging label", wanted)
		}
		return s.Labels[wanted], nil
	}
	if label != nil && s.Labels[*label] != *id {
		return "", invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.")
	}
	return *id, nil
}

// PutValue adds a version and moves labels to it, AWSCURRENT unless others are
// named.
func (s *Service) PutValue(ctx context.Context, c op.Caller, in *secretsmanager.PutSecretValueInput) (*secretsmanager.PutSecretValueOutput, error) {
	h, err := newHeld(in.SecretString, in.SecretBinary)
	if err != nil {
		return nil, err
	}
	if h == nil {
		return nil, invalidRequest("You must provide either SecretString or SecretBinary.")
	}
	token, err := tokenOf(in.ClientRequestToken)
	if err != nil {
		return nil, err
	}
	stages := in.VersionStages
	if stages == nil {
		stages = []string{current}
	}
	out := &secretsmanager.PutSecretValueOutput{VersionID: &token}
	err = s.change(ctx, c, in.SecretID, func(tx *store.Tx, found *Secret) error {
		if err := s.add(tx, c.Tenant(), found, token, h, stages); err != nil {
			return err
		}
		out.ARN, out.Name, out.VersionStages = found.arn(c.Tenant()), &found.Name, found.Labels.on(token)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Update changes what is said of a secret, and makes a new current version if it
// is given something to hold.
func (s *Service) Update(ctx context.Context, c op.Caller, in *secretsmanager.UpdateSecretInput) (*secretsmanager.UpdateSecretOutput, error) {
	h, err := newHeld(in.SecretString, in.SecretBinary)
	if err != nil {
		return nil, err
	}
	token, err := tokenOf(in.ClientRequestToken)
	if err != nil {
		return nil, err
	}
	if in.Type != nil {
		return nil, invalidParameter("Type: secrets managed by others are not known here; leave it out.")
	}
	out := &secretsmanager.UpdateSecretOutput{}
	err = s.change(ctx, c, in.SecretID, func(tx *store.Tx, found *Secret) error {
		out.ARN, out.Name, found.ChangedAt = found.arn(c.Tenant()), &found.Name, tx.Now()
		found.Description, found.KMSKeyID = cmp.Or(in.Description, found.Description), cmp.Or(in.KMSKeyID, found.KMSKeyID)
		if h == nil {
			return nil
		}
		out.VersionID = &token
		return s.add(tx, c.Tenant(), found, token, h, []string{current})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateStage moves a staging label, or takes one away.
func (s *Service) UpdateStage(ctx context.Context, c op.Caller, in *secretsmanager.UpdateSecretVersionStageInput) (*secretsmanager.UpdateSecretVersionStageOutput, error) {
	out := &secretsmanager.UpdateSecretVersionStageOutput{}
	err := s.change(ctx, c, in.SecretID, func(tx *store.Tx, found *Secret) error {
		out.ARN, out.Name, found.ChangedAt = found.arn(c.Tenant()), &found.Name, tx.Now()
		for _, id := range []*string{in.RemoveFromVersionID, in.MoveToVersionID} {
			if id == nil {
				continue
			}
			if _, _, err := versionOf(tx, c.Tenant(), found, *id); err != nil {
				return err
			}
		}
		return found.Labels.move(in)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Tag sets tags over those that a secret has.
func (s *Service) Tag(ctx context.Context, c op.Caller, in *secretsmanager.TagResourceInput) (*secretsmanager.TagResourceOutput, error) {
	err := s.change(ctx, c, in.SecretID, func(tx *store.Tx, found *Secret) error {
		found.ChangedAt = tx.Now()
		return found.tag(in.Tags)
	})
	if err != nil {
		return nil, err
	}
	return &secretsmanager.TagResourceOutput{}, nil
}

// Untag removes tags by their keys. A key that is not there is no error.
func (s *Service) Untag(ctx context.Context, c op.Caller, in *secretsmanager.UntagResourceInput) (*secretsmanager.UntagResourceOutput, error) {
	err := s.change(ctx, c, in.SecretID, func(tx *store.Tx, found *Secret) error {
		found.ChangedAt = tx.Now()
		for _, key := range in.TagKeys {
			delete(found.Tags, key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &secretsmanager.UntagResourceOutput{}, nil
}

// change runs fn on a secret that is not scheduled for deletion, and keeps what
// it made of it.
func (s *Service) change(ctx context.Context, c op.Caller, secretID string, fn func(tx *store.Tx, found *Secret) error) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := find(tx, c.Tenant(), secretID)
		if err != nil {
			return known(err)
		}
		if found.deleted() {
			return markedForDeletion()
		}
		if err := fn(tx, found); err != nil {
			return err
		}
		return put(tx, c.Tenant(), found)
	})
}

// tokenOf is the request's token, which becomes the ID of a version, or a new
// one. The model has checked its length.
func tokenOf(sent *string) (string, error) {
	if sent == nil {
		return uuid.NewString(), nil
	}
	if !utf8.ValidString(*sent) || strings.ContainsFunc(*sent, unicode.IsControl) {
		return "", invalidParameter("ClientRequestToken: the token has a control character; send a UUID.")
	}
	return *sent, nil
}
