package directory

import (
	"cmp"
	"slices"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// MaxGroups is the most groups that somebody may be in, directly or by way of
// others, in one index (user guide, "Service quotas").
const MaxGroups = 1000

// Member is who somebody is in one index.
type Member struct {
	Aliases []acl.Principal // users: their own address first, then their aliases that count there
	Groups  []acl.Principal // that they are in, directly or by way of other groups
}

// Set is all of that, as access control lists are asked.
func (m Member) Set() acl.Set { return acl.SetOf(slices.Concat(m.Aliases, m.Groups)...) }

// OfUser is who the person of a request is in an index: what every search asks.
// Somebody of an identity store is known by their e-mail address, or by their ID
// where they have none; the groups of that store are not those of documents (user
// guide, "Principal mapping": groups of identity providers are not read). Nobody, in
// an anonymous application, is no member.
//
// Errors: those of Of, and an AccessDenied when the address was that of another
// person, whose user is still there.
func (s *Service) OfUser(tx *store.Tx, tenant, app, index string, u application.EndUser) (Member, error) {
	if u.Anonymous {
		return Member{}, nil
	}
	name := cmp.Or(u.Email, u.ID, u.Name)
	if u.ID == "" {
		return s.Of(tx, tenant, app, index, name, u.Groups...)
	}
	if err := bound(tx, tenant, app, name, u.ID); err != nil {
		return Member{}, err
	}
	return s.Of(tx, tenant, app, index, name)
}

// bound refuses whoever has an address that was somebody else's, as long as that
// one's user is there: its aliases are not theirs (user guide, "How the User Store
// works").
func bound(tx *store.Tx, tenant, app, name, id string) error {
	u, found, err := getUser(tx, tenant, app, name)
	if err == nil && found && u.Person != "" && u.Person != id {
		err = fault.Denied("The address %s was that of another person, whose user the application still has. Have it deleted with DeleteUser.", name)
	}
	return err
}

// Of is who the user of an e-mail address (or name) is in an index, with the groups
// of that index that somebody named for them beside those put with PutGroup. A user
// who has no row, and an index that is not there, are no error. More than MaxGroups
// groups are an AccessDenied: to leave some out could lose a denial.
func (s *Service) Of(tx *store.Tx, tenant, app, index, user string, groups ...string) (Member, error) {
	own := userIn("", user)
	m := Member{Aliases: []acl.Principal{own}}
	err := eachAlias(tx, tenant, app, index, key(own), func(p acl.Principal) {
		if !slices.Contains(m.Aliases, p) {
			m.Aliases = append(m.Aliases, p)
		}
	})
	if err != nil {
		return Member{}, err
	}
	m.Groups, err = s.groups(tx, circle{tenant, app, index}, m.Aliases, groups)
	if err != nil {
		return Member{}, err
	}
	if len(m.Groups) > MaxGroups {
		return Member{}, fault.Denied("The user %s is in more than %d groups of index %s, the most there may be. Take them out of some with PutGroup.", user, MaxGroups, index)
	}
	return m, nil
}

// groups are those in which users and named groups are: one more than there may be,
// at most.
func (s *Service) groups(tx *store.Tx, in circle, users []acl.Principal, named []string) ([]acl.Principal, error) {
	g, err := s.graphs.as(tx, in)
	if err != nil {
		return nil, err
	}
	var keys, unknown []string
	if len(g.nodes) > 0 {
		err = eachMembership(tx, in, keysOf(users), func(group string, version int64) {
			if g.nodes[group].live == version {
				keys = append(keys, group)
			}
		})
	}
	for _, name := range named {
		if k := key(groupIn("", name)); g.nodes[k].live == 0 && !slices.Contains(unknown, name) {
			unknown = append(unknown, name) // nobody put it, and documents may name it
		}
		keys = append(keys, key(groupIn("", name)))
	}
	found := g.reach(keys, MaxGroups+1)
	for _, name := range unknown {
		found = append(found, groupIn("", name))
	}
	return found, err
}

func keysOf(all []acl.Principal) []string {
	keys := make([]string, 0, len(all))
	for _, p := range all {
		keys = append(keys, key(p))
	}
	return keys
}
