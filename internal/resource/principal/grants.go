package principal

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Grants are the policies that speak for a caller: those of the user or role,
// inline and managed, its permissions boundary, and the session policies that the
// caller carries. They are as the rows have them now. Nobody may change them. A root has none, and needs none. A
// user or role that is gone, or was made again since the caller's key or session,
// has none that allow.
func (s *Service) Grants(ctx context.Context, c op.Caller) (policy.Set, error) {
	if c.Root || c.Account == "" {
		return policy.Set{}, nil
	}
	arn, id := c.Principal, c.ID
	if c.Role != "" {
		arn = c.Role
		id, _, _ = strings.Cut(c.ID, ":")
	}
	set, err := s.identityOf(ctx, arn, id)
	if err != nil {
		return policy.Set{}, fmt.Errorf("the policies of %s: %w", arn, err)
	}
	for _, limit := range c.Limits {
		p, err := s.limit(ctx, c.Account, limit)
		if err != nil {
			return policy.Set{}, fmt.Errorf("the session policies of %s: %w", c.Principal, err)
		}
		set.Session = append(set.Session, p)
	}
	return set, nil
}

// identity names a user or role as it was made.
type identity struct{ arn, id string }

// identityOf is what the policies of a user or role say, while it has the ID.
func (s *Service) identityOf(ctx context.Context, arn, id string) (policy.Set, error) {
	at, ok := split(arn)
	if !ok || kind(at.kind) != userKind && kind(at.kind) != roleKind {
		return policy.Set{}, nil
	}
	return s.granted.Get(ctx, s.DB, identity{arn, id}, func(tx *store.Tx) (set policy.Set, err error) {
		b, err := bundleOf(tx, at.account, kind(at.kind), at.name)
		if err != nil || b.doc == "" {
			return set, err
		}
		i, err := b.identity(at.account, kind(at.kind))
		if err != nil || i.ID != id || i.Path != at.path || i.Name != at.name {
			return set, err
		}
		return s.assemble(i, b.attached)
	})
}

// identity is the user or role of a bundle.
func (b bundle) identity(account string, k kind) (*Identity, error) {
	if k == userKind {
		u, err := revive[User](account, b.key, b.doc, b.born)
		if err != nil {
			return nil, err
		}
		return &u.Identity, nil
	}
	r, err := revive[Role](account, b.key, b.doc, b.born)
	if err != nil {
		return nil, err
	}
	return &r.Identity, nil
}

// assemble reads the policies of a user or role: the inline ones in the order of
// their names, then the managed ones in that of their ARNs.
func (s *Service) assemble(i *Identity, held []attached) (set policy.Set, err error) {
	for _, name := range sortedKeys(i.Inline) {
		p, err := s.read.policy(i.Inline[name], policy.Identity)
		if err != nil {
			return set, err
		}
		set.Identity = append(set.Identity, p)
	}
	slices.SortFunc(held, func(a, b attached) int { return strings.Compare(a.arn, b.arn) })
	for _, a := range held {
		p, err := s.managed(a)
		if err != nil {
			return set, err
		}
		if a.purpose == boundary {
			set.Boundary = p
		} else {
			set.Identity = append(set.Identity, p)
		}
	}
	return set, nil
}

// managed reads a managed policy. One that is not there allows nothing.
func (s *Service) managed(a attached) (*policy.Policy, error) {
	document := a.document
	if document == "" {
		document = awsDocument(a.arn)
	}
	if document == "" {
		return &policy.Policy{Kind: policy.Identity}, nil
	}
	return s.read.policy(document, policy.Identity)
}

// limit reads a session policy: a document, or the ARN of a managed policy of the
// caller's account or of AWS.
func (s *Service) limit(ctx context.Context, account, limit string) (*policy.Policy, error) {
	if !strings.HasPrefix(limit, "arn:") {
		return s.read.policy(limit, policy.Session)
	}
	var document string
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		document, err = inForce(tx, account, limit)
		return missing(err, nil)
	})
	if err != nil {
		return nil, err
	}
	return s.managed(attached{arn: limit, document: document})
}

// Ask is what May is asked about: an action on resources, with condition keys
// beside those of the caller.
type Ask struct {
	Action  string
	Targets []policy.Target
	Keys    map[string][]string
}

// May reports whether a caller may do something here; the decision explains
// itself. resource are the policies of the resource.
func (s *Service) May(ctx context.Context, c op.Caller, ask Ask, resource []*policy.Policy) (policy.Decision, error) {
	set, err := s.Grants(ctx, c)
	if err != nil {
		return policy.Decision{}, err
	}
	set.Resource = resource
	r := policy.Request{Principal: Who(c), Action: ask.Action, Targets: ask.Targets, Context: Keys(c)}
	for key, values := range ask.Keys {
		r.Context.Set(key, values...)
	}
	return set.Decide(&r), nil
}

// maxRead bounds the policies that are remembered, in bytes of their text.
const maxRead = 1 << 20

// stored is more than any document has characters: what was let in once is read.
const stored = 128 << 10

// readings remembers what policies say by their text, which says all of it. No
// decision is remembered, nor whose policy it is. Its zero value is ready.
type readings struct {
	mu   sync.RWMutex
	held map[reading]*policy.Policy
	size int
}

type reading struct {
	kind policy.Kind
	text string
}

// policy reads a document of a kind.
func (r *readings) policy(text string, k policy.Kind) (*policy.Policy, error) {
	key := reading{k, text}
	r.mu.RLock()
	p := r.held[key]
	r.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	p, err := policy.ParseWithin([]byte(text), k, stored)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.size += len(text); r.held == nil || r.size > maxRead {
		r.held, r.size = map[reading]*policy.Policy{}, len(text) // what is in use comes back by itself
	}
	r.held[key] = p
	return p, nil
}
