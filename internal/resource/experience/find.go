package experience

import (
	"errors"
	"strings"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// find returns an experience, or a ResourceNotFound that says which of the
// application and the experience is not there.
func (s *Service) find(tx *store.Tx, c op.Caller, application, id string) (*Experience, error) {
	e, err := get(tx, c.Tenant(), application, id)
	if !errors.Is(err, store.ErrNoRows) {
		return e, err
	}
	if err := s.Apps.Exists(tx, c, application); err != nil {
		return nil, err
	}
	return nil, fault.NotFound(typeName, id, "There is no web experience with ID %s in application %s.", id, application)
}

// Kind answers the tag family: is there such a web experience? ids are its
// application's and its own.
func Kind(tx *store.Tx, tenant string, ids []string) (found bool, err error) {
	_, err = get(tx, tenant, ids[0], ids[1])
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// landlord is whoever has the resources of a tenant: what is done without a caller
// is done for it.
func landlord(tenant string) op.Caller {
	account, region, _ := strings.Cut(tenant, ":")
	return op.Caller{Account: account, Region: region}
}
