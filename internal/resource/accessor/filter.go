package accessor

import (
	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// centerKey is the condition key by which a session tells for which Identity
// Center application its user's context was made.
const centerKey = "identitycenter:ApplicationArn"

// EntranceOf is how a caller comes to an application's data.
func EntranceOf(c op.Caller) Entrance {
	by := Entrance{Role: c.Role}
	if made := c.Keys[centerKey]; len(made) == 1 {
		by.Center = made[0]
	}
	return by
}

// Under is the filter that a caller's search of an application is under; nil:
// none. A caller of another account comes in by a data accessor or not at all:
// without one, because it was deleted and the policy's statement was not, the
// error is an AccessDenied.
func Under(tx *store.Tx, c op.Caller, application string) (*api.AttributeFilter, error) {
	f, found, err := Filter(tx, c.Tenant(), application, EntranceOf(c))
	if err == nil && !found && c.Account != c.Owns() {
		err = fault.Denied("The application %s has no data accessor for %s.", application, c.Principal)
	}
	return f, err
}

// Entrance is how a search comes to an application's data.
type Entrance struct {
	Role   string // ARN of the role whose session calls
	Center string // ARN of the Identity Center application that the end user's context was made for; empty: none
}

// Filter is what a search that comes in by an entrance is under. found is false
// when that is no data accessor's: then there is nothing to apply. A nil filter
// that is found keeps nothing back.
//
// The Identity Center application says which accessor it is, whatever the role.
// Without it, or when it is none of them, every accessor of the role counts, and
// a document has to pass all their filters: a role that stands for several
// tenants sees no more by not saying for whom.
func Filter(tx *store.Tx, tenant, application string, by Entrance) (f *api.AttributeFilter, found bool, err error) {
	accessors, err := all(tx, tenant, application)
	if err != nil {
		return nil, false, err
	}
	var chosen []*Accessor
	for _, a := range accessors {
		if by.Center != "" && a.Center == by.Center {
			chosen = []*Accessor{a}
			break
		}
		if a.Principal == by.Role {
			chosen = append(chosen, a)
		}
	}
	return join(chosen), len(chosen) > 0, nil
}

// join is the filter that passes what all of the accessors let through.
func join(accessors []*Accessor) *api.AttributeFilter {
	var filters []api.AttributeFilter
	for _, a := range accessors {
		if f := a.filter(); f != nil {
			filters = append(filters, *f)
		}
	}
	switch len(filters) {
	case 0:
		return nil
	case 1:
		return &filters[0]
	}
	return &api.AttributeFilter{AndAllFilters: filters}
}
