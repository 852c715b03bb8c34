package directory

import (
	"errors"

	"github.com/parleyhq/parley/internal/platform/store"
)

// PurgeApplication removes up to limit rows of an application that is being
// deleted, and reports whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	return false, errors.New("not built")
}

// PurgeIndex removes up to limit rows of an index that is being deleted: its groups,
// and the aliases that people have there.
func PurgeIndex(tx *store.Tx, tenant, application, index string, limit int) (more bool, err error) {
	return false, errors.New("not built")
}

// PurgeSource removes up to limit rows of a data source that is being deleted.
func PurgeSource(tx *store.Tx, tenant, application, index, source string, limit int) (more bool, err error) {
	return false, errors.New("not built")
}
