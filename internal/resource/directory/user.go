package directory

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/acl"
)

// User is a user as it is stored. Its key is made of the address.
type User struct {
	CreatedAt time.Time `json:"-"` // a column

	ID     string `json:"id"`              // a UUID, which no operation shows
	Name   string `json:"name"`            // the e-mail address as it was given
	Person string `json:"person,omitzero"` // ID in the account's identity store of whose address it was then
}

// MaxAliases is the most aliases that a user has: as many as CreateUser takes (API
// model).
const MaxAliases = 100

// alias is another name of a user.
type alias struct {
	index  string // where it counts; empty: in every index
	source string // whose local ID it is; empty: an address, or a name of the index
	name   string // as it was given
}

// principal is whom entries of access name by the alias.
func (a alias) principal() acl.Principal { return userIn(a.source, a.name) }

// key tells the aliases of a user apart.
func (a alias) key() aliasKey { return aliasKey{key(a.principal()), a.index} }

type aliasKey struct{ alias, index string }

func (a alias) compare(b alias) int {
	return cmp.Or(cmp.Compare(a.index, b.index), cmp.Compare(a.source, b.source), cmp.Compare(a.name, b.name))
}

func (a alias) show() api.UserAlias {
	shown := api.UserAlias{UserID: a.name}
	if a.index != "" {
		shown.IndexID = &a.index
	}
	if a.source != "" {
		shown.DataSourceID = &a.source
	}
	return shown
}

func showAliases(all []alias) []api.UserAlias {
	shown := make([]api.UserAlias, 0, len(all))
	for _, a := range all {
		shown = append(shown, a.show())
	}
	return shown
}

// aliasesOf reads the aliases of a request's member. One that is there twice is
// refused.
func aliasesOf(member string, given []api.UserAlias) ([]alias, []fault.Field) {
	var all []alias
	var bad []fault.Field
	seen := map[aliasKey]int{}
	for i, g := range given {
		a := alias{name: g.UserID}
		if g.IndexID != nil {
			a.index = *g.IndexID
		}
		if g.DataSourceID != nil {
			a.source = *g.DataSourceID
		}
		path := fmt.Sprintf("%s[%d]", member, i)
		if !printable(a.name) {
			bad = append(bad, fault.Field{Name: path + ".userId", Message: "has a control character, or another that is not printed"})
		}
		if first, twice := seen[a.key()]; twice {
			bad = append(bad, fault.Field{Name: path, Message: fmt.Sprintf("is the same alias as %s[%d]", member, first)})
		}
		seen[a.key()] = i
		all = append(all, a)
	}
	return all, bad
}

// change is what UpdateUser does to a user's aliases.
type change struct{ added, updated, deleted []alias }

// plan works out a change of the aliases that a user has. One that is to be
// updated and is not there is added; one that is to be deleted and is not there is
// passed over.
func plan(had, update, remove []alias) change {
	at := make(map[aliasKey]alias, len(had))
	for _, a := range had {
		at[a.key()] = a
	}
	var c change
	for _, a := range update {
		if _, ok := at[a.key()]; ok {
			c.updated = append(c.updated, a)
		} else {
			c.added = append(c.added, a)
		}
	}
	for _, a := range remove {
		if held, ok := at[a.key()]; ok {
			c.deleted = append(c.deleted, held)
		}
	}
	return c
}

// contradictions are the aliases that a request updates and deletes.
func contradictions(update, remove []alias) (bad []fault.Field) {
	for i, a := range remove {
		if slices.ContainsFunc(update, func(u alias) bool { return u.key() == a.key() }) {
			bad = append(bad, fault.Field{Name: fmt.Sprintf("userAliasesToDelete[%d]", i), Message: "is among userAliasesToUpdate too"})
		}
	}
	return bad
}
