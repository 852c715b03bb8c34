package principal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// newKey mints a key of an account, and seals its secret.
func (s *Service) newKey(account string, k kind) (key Key, secret string, sealed []byte, err error) {
	id, secret, err := Mint(account)
	if err != nil {
		return Key{}, "", nil, err
	}
	sealed, err = s.Keys.Seal([]byte(secret), place(id))
	return Key{ID: id, Account: account, Active: true, kind: k}, secret, sealed, err
}

// CreateAccessKey gives a user, the caller when none is named, one key more. Its
// secret is told this once.
func (s *Service) CreateAccessKey(ctx context.Context, c op.Caller, in *iam.CreateAccessKeyInput) (*iam.CreateAccessKeyOutput, error) {
	name, err := userOf(c, in.UserName)
	if err != nil {
		return nil, err
	}
	key, secret, sealed, err := s.newKey(c.Account, userKind)
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		u, err := find[User](tx, c.Account, name)
		if err != nil {
			return err
		}
		held, err := keysOf(tx, userKind, &u.Entity)
		if err != nil {
			return err
		}
		if len(held) >= MaxKeys {
			return quotaExceeded("AccessKeysPerUser", MaxKeys)
		}
		key.Holder, key.CreatedAt = u.Name, tx.Now()
		return insertKey(tx, key, &u.Entity, sealed)
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreateAccessKeyOutput{AccessKey: iam.AccessKey{
		UserName: key.Holder, AccessKeyID: key.ID, Status: key.status(), SecretAccessKey: secret, CreateDate: &key.CreatedAt,
	}}, nil
}

func (k Key) status() iam.StatusType {
	if k.Active {
		return iam.StatusTypeActive
	}
	return iam.StatusTypeInactive
}

// ListAccessKeys tells of the keys of a user, the caller when none is named.
func (s *Service) ListAccessKeys(ctx context.Context, c op.Caller, in *iam.ListAccessKeysInput) (*iam.ListAccessKeysOutput, error) {
	if in.UserName == nil && c.Root {
		own := iam.AccessKeyMetadata{AccessKeyID: &c.AccessKeyID, Status: new(iam.StatusTypeActive)}
		return &iam.ListAccessKeysOutput{AccessKeyMetadata: []iam.AccessKeyMetadata{own}, IsTruncated: new(false)}, nil
	}
	name, err := userOf(c, in.UserName)
	if err != nil {
		return nil, err
	}
	all := []iam.AccessKeyMetadata{}
	err = view(ctx, s, c, name, func(tx *store.Tx, u *User) error {
		keys, err := keysOf(tx, userKind, &u.Entity)
		for _, k := range keys {
			all = append(all, iam.AccessKeyMetadata{UserName: &u.Name, AccessKeyID: &k.ID, Status: new(k.status()), CreateDate: &k.CreatedAt})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	shown, rest, err := cut(s, iam.ListAccessKeys.Route, c, all, paging{in.Marker, in.MaxItems}, fold(name))
	return &iam.ListAccessKeysOutput{AccessKeyMetadata: shown, IsTruncated: rest.truncated, Marker: rest.marker}, err
}

// UpdateAccessKey sets whether a key signs. An inactive one is refused on the
// next request.
func (s *Service) UpdateAccessKey(ctx context.Context, c op.Caller, in *iam.UpdateAccessKeyInput) (*iam.UpdateAccessKeyOutput, error) {
	if in.Status == iam.StatusTypeExpired {
		return nil, invalidInput("A key cannot be set to %s: set it to %s or %s.", in.Status, iam.StatusTypeActive, iam.StatusTypeInactive)
	}
	return &iam.UpdateAccessKeyOutput{}, s.onKey(ctx, c, in.UserName, in.AccessKeyID, func(tx *store.Tx, u *User) (int64, error) {
		return activate(tx, userKind, &u.Entity, in.AccessKeyID, in.Status == iam.StatusTypeActive)
	})
}

// DeleteAccessKey deletes a key: the next request signed with it is refused.
func (s *Service) DeleteAccessKey(ctx context.Context, c op.Caller, in *iam.DeleteAccessKeyInput) (*iam.DeleteAccessKeyOutput, error) {
	return &iam.DeleteAccessKeyOutput{}, s.onKey(ctx, c, in.UserName, in.AccessKeyID, func(tx *store.Tx, u *User) (int64, error) {
		return removeKeyOf(tx, userKind, &u.Entity, in.AccessKeyID)
	})
}

// onKey runs fn, which says how many keys it met, on the user that has a key: the
// caller when none is named.
func (s *Service) onKey(ctx context.Context, c op.Caller, user *string, id string, fn func(tx *store.Tx, u *User) (int64, error)) error {
	name, err := userOf(c, user)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		u, err := find[User](tx, c.Account, name)
		if err != nil {
			return err
		}
		n, err := fn(tx, u)
		if err == nil && n == 0 {
			return noSuchEntity("The Access Key with id %s cannot be found.", id)
		}
		return err
	})
}

// never is the service and Region of a key that was not used.
const never = "N/A"

// GetAccessKeyLastUsed tells when and for what a key of the caller's account was
// last used, to a quarter of an hour. One that is not there is answered like one
// of another account.
func (s *Service) GetAccessKeyLastUsed(ctx context.Context, c op.Caller, in *iam.GetAccessKeyLastUsedInput) (*iam.GetAccessKeyLastUsedOutput, error) {
	denied := fault.Denied("User: %s is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key %s", c.Principal, in.AccessKeyID)
	if account, ok := accountOf(in.AccessKeyID); !ok || account != c.Account {
		return nil, denied
	}
	var k signer
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		k, err = byKey(tx, c.Account, in.AccessKeyID)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNoRows):
		return nil, denied
	case err != nil:
		return nil, err
	}
	out := &iam.GetAccessKeyLastUsedOutput{AccessKeyLastUsed: &iam.AccessKeyLastUsed{ServiceName: never, Region: never}}
	if !k.used.at.IsZero() {
		*out.AccessKeyLastUsed = iam.AccessKeyLastUsed{LastUsedDate: new(k.used.at.Truncate(time.Minute)), ServiceName: k.used.service, Region: k.used.region}
	}
	if k.kind == userKind {
		u, err := revive[User](c.Account, k.key, k.doc, k.born)
		if err != nil {
			return nil, fmt.Errorf("the user of access key %s: %w", in.AccessKeyID, err)
		}
		out.UserName = &u.Name
	}
	return out, nil
}
