package principal

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Held is a role with its keys.
type Held struct {
	Role Role
	Keys []Key
}

// Granted is what Add gives a role to be permitted by. Each may be empty.
type Granted struct {
	Document string // an inline policy, JSON
	Managed  string // ARN of a managed policy
}

// toolPolicy is the name of the inline policy that Add gives.
const toolPolicy = "parley-principal"

// Add mints an access key for a role, making the role when the account has none
// of that name, with a trust policy for its own account. Tags are set over those
// it has, and policies are added. The secret is returned once and kept sealed.
//
// Errors: Validation for an account or name that IAM would refuse, Conflict for a
// role of that name under another path, ServiceQuotaExceeded for a third key; and
// those of TagRole, PutRolePolicy and AttachRolePolicy.
func (s *Service) Add(ctx context.Context, account, role string, tags map[string]string, g Granted) (k Key, r Role, secret string, err error) {
	wanted, err := newRole(account, role)
	if err != nil {
		return Key{}, Role{}, "", err
	}
	if err := g.check(); err != nil {
		return Key{}, Role{}, "", err
	}
	k, secret, sealed, err := s.newKey(account, roleKind)
	if err != nil {
		return Key{}, Role{}, "", err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := ensure(tx, *wanted)
		if err != nil {
			return err
		}
		if err := errors.Join(p.tag(pairs(tags)), g.give(tx, p)); err != nil {
			return err
		}
		k.Holder, k.CreatedAt, r = p.Name, tx.Now(), *p
		if err := put(tx, p); err != nil {
			return err
		}
		return insertKey(tx, k, &p.Entity, sealed)
	})
	if err != nil {
		return Key{}, Role{}, "", err
	}
	return k, r, secret, nil
}

// ensure finds or makes the role that Add wants, ready for one key more.
func ensure(tx *store.Tx, wanted Role) (*Role, error) {
	r, err := get[Role](tx, wanted.Account, wanted.Name)
	switch {
	case errors.Is(err, store.ErrNoRows):
		return &wanted, create(tx, &wanted, nil)
	case err != nil:
		return nil, err
	case r.Path != wanted.Path:
		return nil, fault.Conflicts("role", r.Name, "The account %s has a role %s with another path: %s.", r.Account, r.Name, r.ARN())
	}
	held, err := keysOf(tx, roleKind, &r.Entity)
	if err == nil && len(held) >= MaxKeys {
		err = fault.Quota("role", r.Name, "%s has %d access keys already, the most a role may have. Remove one first.", r.ARN(), len(held))
	}
	return r, err
}

// check refuses a document that is no policy.
func (g Granted) check() error {
	if g.Document == "" {
		return nil
	}
	return checkManaged(g.Document)
}

// give adds the policies to a role. The caller puts the role.
func (g Granted) give(tx *store.Tx, r *Role) error {
	if g.Document != "" {
		if err := r.embed(roleKind, toolPolicy, g.Document); err != nil {
			return err
		}
	}
	if g.Managed == "" {
		return nil
	}
	if err := checkARN(g.Managed); err != nil {
		return err
	}
	return permit(tx, r, g.Managed)
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
		roles, err := everyRole(tx, account)
		if err != nil {
			return err
		}
		held = nil
		for _, r := range roles {
			keys, err := keysOf(tx, roleKind, &r.Entity)
			if err != nil {
				return err
			}
			held = append(held, Held{*r, keys})
		}
		return nil
	})
	return held, err
}

// everyRole reads the roles of an account, or of all accounts when account is
// empty.
func everyRole(tx *store.Tx, account string) (roles []*Role, err error) {
	query, args := `SELECT tenant, name, doc, created_at FROM iam_entity WHERE tenant = $2 AND kind = $1 ORDER BY name`, []any{string(roleKind), account}
	if account == "" {
		query, args = `SELECT tenant, name, doc, created_at FROM iam_entity WHERE kind = $1
			ORDER BY tenant, name /* every tenant: the operator looks at all accounts */`, []any{string(roleKind)}
	}
	err = tx.Each(query, args, func(row *store.Rows) error {
		var tenant, key, doc string
		var created int64
		if err := row.Scan(&tenant, &key, &doc, &created); err != nil {
			return err
		}
		r, err := revive[Role](tenant, key, doc, created)
		roles = append(roles, r)
		return err
	})
	return roles, err
}

// Remove deletes a role with its policies and keys: the next request signed with
// one of them is refused. ResourceNotFound when there is no such role.
func (s *Service) Remove(ctx context.Context, account, role string) error {
	wanted, err := newRole(account, role)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		r, err := get[Role](tx, account, wanted.Name)
		if errors.Is(err, store.ErrNoRows) || err == nil && wanted.Path != "/" && wanted.Path != r.Path {
			return fault.NotFound("role", wanted.Name, "The account %s has no role %s.", account, role)
		}
		if err != nil {
			return err
		}
		if err := removeKeys(tx, roleKind, &r.Entity); err != nil {
			return err
		}
		if err := detachAll(tx, roleKind, &r.Entity); err != nil {
			return err
		}
		return remove(tx, r)
	})
}

// RemoveKey deletes one access key, of a role or user; who had it stays.
// ResourceNotFound when there is no such key.
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
