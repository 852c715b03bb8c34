package datasource

import "github.com/parleyhq/parley/internal/platform/store"

// Service answers the data source operations and runs the syncs.
type Service struct {
	DB *store.DB
}
