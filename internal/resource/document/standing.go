package document

import (
	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Stands reports whether the version of a document that was put last is what the
// index has, or waits to be read: one that could not be read, and one that is not
// there, does not. Data sources ask before they pass over what is unchanged.
func (s *Service) Stands(tx *store.Tx, p Place, id string) (bool, error) {
	d, err := find(tx, keyOf(p, id))
	if err != nil || d == nil {
		return false, err
	}
	switch d.status {
	case api.DocumentStatusFailed, api.DocumentStatusDocumentFailedToIndex, api.DocumentStatusDeleting, api.DocumentStatusDeleted:
		return false, nil
	}
	return true, nil
}

// admit makes sure, in the transaction that takes documents in, that their data
// source is still there: what comes after its removal would stay for ever.
func (s *Service) admit(tx *store.Tx, p Place) error {
	if p.Source == "" || s.Sources == nil {
		return nil
	}
	there, err := s.Sources(tx, p.Tenant, p.Application, p.Index, p.Source)
	if err == nil && !there {
		err = fault.NotFound("data-source", p.Source, "There is no data source with ID %s in index %s.", p.Source, p.Index)
	}
	return err
}
