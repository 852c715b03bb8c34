package principal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Find returns the caller that a long-term access key stands for, and the key's
// secret; found is false when there is no such key, or it is inactive. A key of a
// role stands for a session of it that has the key's ID for its name. What it says
// is what the rows say now, so that a key removed on one server is gone on all of
// them.
func (s *Service) Find(ctx context.Context, accessKeyID string) (c op.Caller, secret string, found bool, err error) {
	account, ok := accountOf(accessKeyID)
	if !ok {
		return op.Caller{}, "", false, nil
	}
	k, err := s.known.Get(ctx, s.DB, accessKeyID, func(tx *store.Tx) (credential, error) {
		k, err := byKey(tx, account, accessKeyID)
		if err == nil && !k.active {
			err = store.ErrNoRows
		}
		if err != nil {
			return credential{}, err
		}
		return s.credential(k, account, accessKeyID)
	})
	if errors.Is(err, store.ErrNoRows) {
		return op.Caller{}, "", false, nil
	}
	return k.caller, k.secret, err == nil, err
}

// A credential is whom a key stands for, and its secret.
type credential struct {
	caller op.Caller
	secret string
}

func (s *Service) credential(k signer, account, id string) (c credential, err error) {
	if c.caller, err = k.caller(account, id); err != nil {
		return credential{}, err
	}
	if c.secret, err = s.secret(id, k.secret); err != nil {
		return credential{}, err
	}
	return c, nil
}

// caller is whom the key stands for.
func (k signer) caller(account, id string) (op.Caller, error) {
	if k.kind == roleKind {
		r, err := revive[Role](account, k.key, k.doc, k.born)
		if err != nil {
			return op.Caller{}, err
		}
		c := r.Session(id)
		c.AccessKeyID = id
		return c, nil
	}
	u, err := revive[User](account, k.key, k.doc, k.born)
	if err != nil {
		return op.Caller{}, err
	}
	c := u.Caller()
	c.AccessKeyID = id
	return c, nil
}

// secret opens a sealed secret, once for each.
func (s *Service) secret(id string, sealed []byte) (string, error) {
	if secret, ok := s.opened.get(sealed); ok {
		return secret, nil
	}
	plain, err := s.Keys.Open(sealed, place(id))
	if err != nil {
		return "", fmt.Errorf("the secret of access key %s: %w", id, err)
	}
	s.opened.put(sealed, string(plain))
	return string(plain), nil
}

// place binds a sealed secret to its key: moved to another row it will not open.
func place(id string) string { return "principal/access-key/" + id }

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

// useEvery is how close the last use of a key is told.
const useEvery = 15 * time.Minute

// Used notes that a long-term key has signed a request for a service. It writes
// at most once in a quarter of an hour for each key.
func (s *Service) Used(ctx context.Context, c op.Caller, service string, at time.Time) error {
	if c.Root || !strings.HasPrefix(c.AccessKeyID, keyPrefix) || !s.noted.late(c.AccessKeyID, at) {
		return nil
	}
	return s.noteUse(ctx, c.AccessKeyID, use{at, service, c.Region})
}

func (s *Service) noteUse(ctx context.Context, id string, u use) error {
	account, ok := accountOf(id)
	if !ok {
		return nil
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		return noteUse(tx, account, id, u, u.at.Add(-useEvery))
	})
}

// notes remembers when the uses of keys were last written, so that most requests
// need not ask. Its zero value is ready.
type notes struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// late reports whether the use of a key is to be written again.
func (n *notes) late(id string, at time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, ok := n.last[id]; ok && at.Before(last.Add(useEvery)) {
		return false
	}
	if n.last == nil || len(n.last) >= maxOpened {
		n.last = map[string]time.Time{}
	}
	n.last[id] = at
	return true
}

// one reads an entity by its ARN; nil when there is none of that very ARN.
func one[E any, P kept[E]](ctx context.Context, s *Service, arn string) (p P, err error) {
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		p, err = at[E, P](tx, arn)
		return err
	})
	return p, err
}

func at[E any, P kept[E]](tx *store.Tx, arn string) (P, error) {
	of, ok := split(arn)
	if !ok || of.kind != string(P(nil).kind()) {
		return nil, nil
	}
	p, err := get[E, P](tx, of.account, of.name)
	if errors.Is(err, store.ErrNoRows) || err == nil && p.entity().arn(p.kind()) != arn {
		return nil, nil
	}
	return p, err
}

// Role finds a role by its ARN. Nobody may change what it holds.
func (s *Service) Role(ctx context.Context, arn string) (r Role, found bool, err error) {
	p, err := s.roles.Get(ctx, s.DB, arn, func(tx *store.Tx) (*Role, error) { return at[Role](tx, arn) })
	if p == nil || err != nil {
		return Role{}, false, err
	}
	return *p, true, nil
}

// User finds a user by their ARN. Nobody may change what it holds.
func (s *Service) User(ctx context.Context, arn string) (u User, found bool, err error) {
	p, err := s.users.Get(ctx, s.DB, arn, func(tx *store.Tx) (*User, error) { return at[User](tx, arn) })
	if p == nil || err != nil {
		return User{}, false, err
	}
	return *p, true, nil
}

// TrustPolicy is the role's trust policy, parsed.
func (r Role) TrustPolicy() (*policy.Policy, error) {
	if r.Trust == "" {
		return &policy.Policy{Kind: policy.Trust}, nil
	}
	return policy.ParseWithin([]byte(r.Trust), policy.Trust, stored)
}

// Tags are those of the user, role, policy or provider with an ARN; none when it
// is not there.
func (s *Service) Tags(ctx context.Context, arn string) (map[string]string, error) {
	e, err := s.entity(ctx, arn)
	if e == nil || err != nil {
		return nil, err
	}
	return e.Tags, nil
}

// Boundary is the ARN of the permissions boundary of the user or role with an ARN;
// "" when it has none, or is not there.
func (s *Service) Boundary(ctx context.Context, arn string) (string, error) {
	u, err := one[User](ctx, s, arn)
	if err != nil {
		return "", err
	}
	if u != nil {
		return u.Boundary, nil
	}
	r, _, err := s.Role(ctx, arn)
	return r.Boundary, err
}

// FullARN is the ARN, with its path, of the user, role or policy of which the
// given ARN has the name alone; the given one when there is no such entity.
func (s *Service) FullARN(ctx context.Context, arn string) (string, error) {
	at, ok := split(arn)
	if !ok || at.path != "/" || at.name == "" || prefixes[kind(at.kind)] == "" {
		return arn, nil
	}
	e, err := s.named(ctx, at)
	if e == nil || err != nil {
		return arn, err
	}
	return e.arn(kind(at.kind)), nil
}

// entity is what has an ARN; nil when nothing has.
func (s *Service) entity(ctx context.Context, arn string) (*Entity, error) {
	at, ok := split(arn)
	if !ok {
		return nil, nil
	}
	e, err := s.named(ctx, at)
	if e == nil || err != nil || e.arn(kind(at.kind)) != arn {
		return nil, err
	}
	return e, nil
}

// named is what has a name in an account; nil when nothing has.
func (s *Service) named(ctx context.Context, at parts) (e *Entity, err error) {
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		e, err = common(tx, at.account, kind(at.kind), at.name)
		return missing(err, nil)
	})
	return e, err
}

// common reads what an entity of a kind has in common with all.
func common(tx *store.Tx, account string, k kind, name string) (*Entity, error) {
	switch k {
	case userKind:
		return entityOf(get[User](tx, account, name))
	case roleKind:
		return entityOf(get[Role](tx, account, name))
	case policyKind:
		return entityOf(get[Policy](tx, account, name))
	case oidcKind:
		return entityOf(get[OIDCProvider](tx, account, name))
	case samlKind:
		return entityOf(get[SAMLProvider](tx, account, name))
	}
	return nil, store.ErrNoRows
}

func entityOf[P interface{ entity() *Entity }](p P, err error) (*Entity, error) {
	if err != nil {
		return nil, err
	}
	return p.entity(), nil
}

// parts are what the ARN of an entity says.
type parts struct {
	account, kind, path, name string
}

// split reads the ARN of an entity of IAM, such as
// arn:aws:iam::111122223333:role/partners/search. The name of an OpenID Connect
// provider is its address, slashes and all.
func split(arn string) (parts, bool) {
	rest, ok := strings.CutPrefix(arn, "arn:"+op.Partition+":iam::")
	if !ok {
		return parts{}, false
	}
	account, rest, _ := strings.Cut(rest, ":")
	k, rest, ok := strings.Cut(rest, "/")
	if kind(k) == oidcKind {
		return parts{account, k, "/", rest}, ok
	}
	last := strings.LastIndexByte(rest, '/')
	return parts{account, k, "/" + rest[:last+1], rest[last+1:]}, ok
}
