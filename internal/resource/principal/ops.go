package principal

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Service adds, lists and removes roles and keys, and finds who a key belongs
// to. It is safe for concurrent use and must not be copied.
type Service struct {
	DB   *store.DB
	Keys *seal.Keys // seals the secrets

	opened secrets
}

// Held is a role with its keys.
type Held struct {
	Role Role
	Keys []Key
}

// Add mints an access key for a role, making the role when the account has none
// of that name; tags are set over those it has. The secret is returned once and
// kept sealed.
//
// Errors: Validation for an account, name or tag that IAM would refuse,
// Conflict for a role of that name under another path, ServiceQuotaExceeded for
// a third key or too many tags.
func (s *Service) Add(ctx context.Context, account, role string, tags map[string]string) (k Key, r Role, secret string, err error) {
	wanted, err := newRole(account, role)
	if err != nil {
		return Key{}, Role{}, "", err
	}
	id, secret, err := Mint(wanted.Account)
	if err != nil {
		return Key{}, Role{}, "", err
	}
	k = Key{ID: id, Account: wanted.Account, Role: wanted.Name}
	sealed, err := s.Keys.Seal([]byte(secret), place(k))
	if err != nil {
		return Key{}, Role{}, "", err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if r, err = ensure(tx, wanted, tags); err != nil {
			return err
		}
		k.CreatedAt = tx.Now()
		return insertKey(tx, k, sealed)
	})
	if err != nil {
		return Key{}, Role{}, "", err
	}
	return k, r, secret, nil
}

// ensure brings the role into the state that Add wants, ready for one key more.
func ensure(tx *store.Tx, wanted Role, tags map[string]string) (Role, error) {
	r, err := get(tx, wanted.Account, wanted.Name)
	switch {
	case errors.Is(err, store.ErrNoRows):
		r, r.CreatedAt = wanted, tx.Now()
	case err != nil:
		return Role{}, err
	case r.Path != wanted.Path:
		return Role{}, fault.Conflicts("role", r.Name, "The account %s has a role %s with another path: %s.", r.Account, r.Name, r.ARN())
	}
	if err := r.tag(tags); err != nil {
		return Role{}, err
	}
	n, err := countKeys(tx, r)
	if err != nil {
		return Role{}, err
	}
	if n >= MaxKeys {
		return Role{}, fault.Quota("role", r.Name, "%s has %d access keys already, the most a role may have. Remove one first.", r.ARN(), n)
	}
	return r, put(tx, r)
}

// List returns the roles of an account with their keys, ordered by account and
// name; of every account when account is empty.
func (s *Service) List(ctx context.Context, account string) (held []Held, err error) {
	if account != "" {
		if err := checkAccount(account); err != nil {
			return nil, err
		}
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		held, err = list(tx, account)
		return err
	})
	return held, err
}

// Remove deletes a role and all its keys: the next request signed with one of
// them is refused. ResourceNotFound when there is no such role.
func (s *Service) Remove(ctx context.Context, account, role string) error {
	r, err := newRole(account, role)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		kept, err := get(tx, r.Account, r.Name)
		if errors.Is(err, store.ErrNoRows) || err == nil && r.Path != "/" && r.Path != kept.Path {
			return fault.NotFound("role", r.Name, "The account %s has no role %s.", account, role)
		}
		if err != nil {
			return err
		}
		return remove(tx, kept)
	})
}

// RemoveKey deletes one access key; its role stays. ResourceNotFound when there
// is no such key.
func (s *Service) RemoveKey(ctx context.Context, id string) error {
	missing := fault.NotFound("access-key", id, "There is no access key %s.", id)
	account, ok := accountOf(id)
	if !ok {
		return missing
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		n, err := removeKey(tx, account, id)
		if err == nil && n == 0 {
			return missing
		}
		return err
	})
}

// Find returns the caller that an access key stands for, and the key's secret;
// found is false when there is no such key. It reads the rows every time, so
// that a key removed on one server is gone on all of them.
func (s *Service) Find(ctx context.Context, accessKeyID string) (c op.Caller, secret string, found bool, err error) {
	account, ok := accountOf(accessKeyID)
	if !ok {
		return op.Caller{}, "", false, nil
	}
	var r Role
	var sealed []byte
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		r, sealed, err = byKey(tx, account, accessKeyID)
		return err
	})
	if errors.Is(err, store.ErrNoRows) {
		return op.Caller{}, "", false, nil
	}
	if err != nil {
		return op.Caller{}, "", false, err
	}
	if secret, err = s.secret(Key{ID: accessKeyID, Account: account}, sealed); err != nil {
		return op.Caller{}, "", false, err
	}
	return op.Caller{Account: account, Principal: r.ARN(), Tags: r.Tags, AccessKeyID: accessKeyID}, secret, true, nil
}

// secret opens a sealed secret, once for each.
func (s *Service) secret(k Key, sealed []byte) (string, error) {
	if secret, ok := s.opened.get(sealed); ok {
		return secret, nil
	}
	plain, err := s.Keys.Open(sealed, place(k))
	if err != nil {
		return "", fmt.Errorf("the secret of access key %s: %w", k.ID, err)
	}
	s.opened.put(sealed, string(plain))
	return string(plain), nil
}

// place binds a sealed secret to its key: moved to another row it will not open.
func place(k Key) string { return "principal/access-key/" + k.ID }

// maxOpened bounds the memory of opened secrets to well under a megabyte.
const maxOpened = 4096

// secrets remembers what sealed bytes opened to. Its zero value is ready.
type secrets struct {
	mu   sync.RWMutex
	held map[string]string
}

func (s *secrets) get(sealed []byte) (string, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	secret, ok := s.held[string(sealed)]
	return secret, ok
}

func (s *secrets) put(sealed []byte, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil || len(s.held) >= maxOpened {
		s.held = map[string]string{}
	}
	s.held[string(sealed)] = secret
}
