package datasource

import (
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// TestConflictsChangeNothing: a transaction that the database has run again
// counts once.
func TestConflictsChangeNothing(t *testing.T) {
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := newBench(t, db, clock)
		b.sources.Slice.Items = 3
		b.shelve("a", "b", "c", "d", "e", "f", "g")
		id := b.create(t, memoryConfig)
		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "7 scanned, 7 added, 0 modified, 0 deleted, 0 failed")
		b.memory.Remove("a")
		b.memory.Put(connector.Item{ID: "b"}, "Another text")
		b.shelve("h")
		b.clock.Advance(time.Second)
		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "7 scanned, 1 added, 1 modified, 1 deleted, 0 failed")
		b.wantDocuments(t, id, "b", "c", "d", "e", "f", "g", "h")
	}, storetest.WithClock(clock.Now), storetest.WithConflicts(7, 0.1))
}
