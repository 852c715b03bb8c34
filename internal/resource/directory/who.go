package directory

import (
	"errors"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// MaxGroups is the most groups that somebody may be in, directly or by way of
// others, in one index (user guide, "Service quotas").
const MaxGroups = 1000

// OfUser is who the person of a request is in an index: what every search asks.
// Nobody, in an anonymous application, is no member. Errors: as Of; and an
// AccessDenied when the address was that of somebody else, whose user is still
// there.
func (s *Service) OfUser(tx *store.Tx, tenant, app, index string, u application.EndUser) (Member, error) {
	return Member{}, errors.New("not built")
}

// Of is who the user of an e-mail address (or name) is in an index, with the groups
// that somebody named for them beside those put with PutGroup. A user who has no
// row, and an index that is not there, are no error. More than MaxGroups groups are
// an AccessDenied: which of them may be left out, nobody could say.
func (s *Service) Of(tx *store.Tx, tenant, app, index, user string, groups ...string) (Member, error) {
	return Member{}, errors.New("not built")
}
