package document

import (
	"log/slog"
	"testing"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// Where there are several writers, an ingestion that ends and a transaction that has
// work for it may not both believe that the other has not come.
func TestWorkThatComesAsAnIngestionEnds(t *testing.T) {
	for name, swept := range map[string]bool{"it has nothing to do": false, "it has swept a version of the same document": true} {
		t.Run(name, func(t *testing.T) {
			storetest.EachConfig(t, func(t *testing.T, c store.Config) {
				if c.URL == "" {
					return // one writer at a time
				}
				r := rigOn(t, c)
				r.indexed(t, text("a", "Bread is baked in the morning."))
				r.update(t, func(tx *store.Tx) error {
					if err := r.employ(tx, r.place()); err != nil || !swept {
						return err
					}
					d, err := find(tx, keyOf(r.place(), "a"))
					if err != nil {
						return err
					}
					return discard(tx, d.key, d.generation)
				})
				ended := false
				r.update(t, func(tx *store.Tx) error {
					b := &burial{tx: tx, place: r.place()}
					if err := b.removeSome([]string{"a"}, nil); err != nil {
						return err
					}
					if err := b.settle(); err != nil {
						return err
					}
					if err := r.employ(tx, r.place()); err != nil || ended {
						return err
					}
					ended = true
					r.work(t)
					return nil
				})
				r.work(t)
				r.wantStates(t)
			})
		})
	}
}

func rigOn(t *testing.T, c store.Config) *rig {
	t.Helper()
	clock := storetest.NewClock()
	c.Now, c.Log = clock.Now, slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return newRig(t, db, clock)
}

func (r *rig) update(t *testing.T, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := r.DB.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}
