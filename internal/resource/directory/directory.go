// Package directory owns the users and groups of an application, as its documents
// name them: which local IDs a person has in the data sources, who is in which
// group, and so who somebody is when it is decided what they may see (Of).
//
// A user is known by an e-mail address; addresses are compared as
// application.Address says, and shown as they were given. A group is one of the
// whole index, or of a data source. Its members are users and groups, and may be
// named before they exist: what counts is the name. Who signs in, and as whom, is
// resource/application's to say; what a list of access allows is engine/acl's.
//
// Rows: directory_user (one per user), directory_alias (one per alias of a user),
// directory_group (one per group), directory_member (one per member, of the
// version of the group that is in force, of one that is being written, and of old
// ones until they are purged).
package directory

import (
	"context"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Indexes knows the indexes of applications (index.Service).
type Indexes interface {
	Active(tx *store.Tx, c op.Caller, application, index string) error
	Exists(tx *store.Tx, c op.Caller, application, index string) error
}

// Service answers the operations on users and groups, and says who somebody is.
type Service struct {
	DB      *store.DB
	Jobs    *job.Queue
	Pages   *page.Tokens
	Replays *replay.Book
	Apps    *application.Service
	Indexes Indexes
	Roles   *principal.ServiceRoles
	Objects blob.Store // that have the members of large groups
	NewID   func() string

	// Sources reports whether an index has a data source; nil: none has.
	Sources func(tx *store.Tx, tenant, application, index, source string) (bool, error)
	// Person finds the user of an account's identity store who has an e-mail
	// address; nil: there is no identity store.
	Person func(ctx context.Context, account, address string) (p op.Person, found bool, err error)
}

// Member is who somebody is in one index.
type Member struct {
	Aliases []acl.Principal // users: their own address first, then their aliases that count there
	Groups  []acl.Principal // that they are in, directly or by way of other groups
}

// Set is all of that, as access control lists are asked.
func (m Member) Set() acl.Set {
	s := make(acl.Set, len(m.Aliases)+len(m.Groups))
	for _, all := range [][]acl.Principal{m.Aliases, m.Groups} {
		for _, p := range all {
			s[p] = struct{}{}
		}
	}
	return s
}
