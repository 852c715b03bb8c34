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
// directory_group (one per group, with the groups in it), directory_change (one per
// index with groups), directory_member (one per user in a group) and directory_roll
// (the same, many in one): of the version of the group that is in force, of one that
// is being written, and of old ones until they are purged.
// Jobs: directory.fill, directory.purge.
package directory

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"unicode"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Service answers the operations on users and groups, and says who somebody is.
type Service struct {
	DB      *store.DB
	Jobs    *job.Queue
	Pages   *page.Tokens
	Replays *replay.Book
	Apps    *application.Service
	Indexes *index.Service
	Roles   *principal.ServiceRoles
	Objects blob.Store    // that have the members of large groups
	NewID   func() string // a UUID in lower case

	// Sources reports whether an index has a data source; nil: none has.
	Sources func(tx *store.Tx, tenant, application, index, source string) (bool, error)
	// Person finds the user of an account's identity store who has an e-mail
	// address; nil: there is no identity store.
	Person func(ctx context.Context, account, address string) (p op.Person, found bool, err error)

	graphs graphs
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.CreateUser, s.CreateUser)
	op.Handle(r, api.GetUser, s.GetUser)
	op.Handle(r, api.UpdateUser, s.UpdateUser)
	op.Handle(r, api.DeleteUser, s.DeleteUser)
	op.Handle(r, api.PutGroup, s.PutGroup)
	op.Handle(r, api.GetGroup, s.GetGroup)
	op.Handle(r, api.ListGroups, s.ListGroups)
	op.Handle(r, api.DeleteGroup, s.DeleteGroup)
}

// userIn is a user as entries of access name them: by address in the whole index,
// by a local ID in a data source.
func userIn(source, name string) acl.Principal {
	if source == "" {
		name = application.Address(name)
	}
	return acl.Principal{Name: name, Source: source}
}

func groupIn(source, name string) acl.Principal {
	return acl.Principal{Group: true, Name: name, Source: source}
}

// keyBytes is how much of a hash a key has: 26 characters.
const keyBytes = 16

// key is what rows have in place of a name, which may be longer than the key of a
// row can be.
func key(p acl.Principal) string {
	kind := "user"
	if p.Group {
		kind = "group"
	}
	sum := sha256.Sum256([]byte(kind + "\x00" + p.Source + "\x00" + p.Name))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:keyBytes]))
}

// source makes sure that an index has the data source that a request names. None
// is named by "".
func (s *Service) source(tx *store.Tx, tenant, app, index, source string) error {
	if source == "" {
		return nil
	}
	found := false
	if s.Sources != nil {
		var err error
		if found, err = s.Sources(tx, tenant, app, index, source); err != nil {
			return err
		}
	}
	if !found {
		return fault.NotFound("data-source", source, "There is no data source with ID %s in index %s.", source, index)
	}
	return nil
}

// printable reports whether a name has none of the characters that the API model
// keeps out of names (\P{C}*).
func printable(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.C, r) })
}
