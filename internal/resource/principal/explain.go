package principal

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Caller is who an ARN names: a root, a user, or the session of a role, for which
// the role's own ARN will do. found is false when there is no such user or role.
// What only a session has (tags, policies, a person) it has not.
func (s *Service) Caller(ctx context.Context, arn string) (c op.Caller, found bool, err error) {
	at, session := readPrincipal(arn)
	switch kind(at.kind) {
	case "root":
		return op.Caller{Account: at.account, Principal: arn, Root: true}, true, nil
	case userKind:
		u, found, err := s.User(ctx, arn)
		if !found || err != nil {
			return op.Caller{}, false, err
		}
		return u.Caller(), true, nil
	case roleKind:
		r, err := s.byName(ctx, at)
		if r == nil || err != nil || session == "" && r.ARN() != arn {
			return op.Caller{}, false, err
		}
		if session == "" {
			session = "session"
		}
		return r.Session(session), true, nil
	}
	return op.Caller{}, false, nil
}

// readPrincipal reads the ARN of a principal: that of a session names a role, without
// its path, and a session.
func readPrincipal(arn string) (at parts, session string) {
	if rest, ok := strings.CutPrefix(arn, "arn:"+op.Partition+":sts::"); ok {
		account, rest, _ := strings.Cut(rest, ":assumed-role/")
		name, session, ok := strings.Cut(rest, "/")
		if !ok || session == "" {
			return parts{}, ""
		}
		return parts{account: account, kind: string(roleKind), path: "/", name: name}, session
	}
	if account, ok := strings.CutSuffix(strings.TrimPrefix(arn, "arn:"+op.Partition+":iam::"), ":root"); ok && IsAccount(account) {
		return parts{account: account, kind: "root"}, ""
	}
	at, ok := split(arn)
	if !ok {
		return parts{}, ""
	}
	return at, ""
}

// byName reads a role by its name, whatever its path; nil when there is none.
func (s *Service) byName(ctx context.Context, at parts) (r *Role, err error) {
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		r, err = get[Role](tx, at.account, at.name)
		return err
	})
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	return r, err
}

// PolicyNames are the names of the identity-based policies in the order that
// Grants gives them in, inline ones by name and managed ones by ARN, and the ARN
// of the permissions boundary, or "".
func (s *Service) PolicyNames(ctx context.Context, c op.Caller) (names []string, bound string, err error) {
	arn := c.Principal
	if c.Role != "" {
		arn = c.Role
	}
	at, ok := split(arn)
	if !ok || c.Root {
		return nil, "", nil
	}
	var b bundle
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		b, err = bundleOf(tx, at.account, kind(at.kind), at.name)
		return err
	})
	if err != nil || b.doc == "" {
		return nil, "", err
	}
	i, err := b.identity(at.account, kind(at.kind))
	if err != nil {
		return nil, "", err
	}
	names, managed := sortedKeys(i.Inline), []string{}
	for _, a := range b.attached {
		if a.purpose == boundary {
			bound = a.arn
		} else {
			managed = append(managed, a.arn)
		}
	}
	slices.Sort(managed)
	return append(names, managed...), bound, nil
}
