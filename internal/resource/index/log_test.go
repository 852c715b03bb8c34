package index

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
)

func TestTheLogCounts(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		if head, err := view(t, r, func(tx *store.Tx) (retrieval.Head, error) { return Head(tx, us().Tenant(), r.app, id) }); err != nil || head != (retrieval.Head{}) {
			t.Errorf("fresh: %+v, %v", head, err)
		}
		for i, step := range []struct{ n, documents, bytes, want int64 }{{1, 1, 100, 1}, {3, 3, 50, 4}, {1, 0, -20, 5}, {1, -1, -80, 6}} {
			if seq := r.mustAdvance(t, id, step.n, step.documents, step.bytes); seq != step.want {
				t.Errorf("%d: seq %d, want %d", i, seq, step.want)
			}
		}
		held := r.get(t, id).IndexStatistics.TextDocumentStatistics
		if *held.IndexedTextDocumentCount != 3 || *held.IndexedTextBytes != 50 {
			t.Errorf("%d documents, %d bytes", *held.IndexedTextDocumentCount, *held.IndexedTextBytes)
		}
		err := r.DB.Update(t.Context(), func(tx *store.Tx) error { return Rebuild(tx, us().Tenant(), r.app, id) })
		head, headErr := view(t, r, func(tx *store.Tx) (retrieval.Head, error) { return Head(tx, us().Tenant(), r.app, id) })
		if want := (retrieval.Head{Seq: 6, Epoch: 1}); err != nil || headErr != nil || head != want {
			t.Errorf("rebuilt: %+v, %v, %v", head, err, headErr)
		}
		if err := Renew(t.Context(), r.DB); err != nil {
			t.Fatal(err)
		}
		renewed, err := view(t, r, func(tx *store.Tx) (retrieval.Head, error) { return Head(tx, us().Tenant(), r.app, id) })
		if err != nil || renewed.Seq != 6 || renewed.Epoch < 1_000_000 {
			t.Errorf("renewed: %+v, %v: want an epoch that none was before", renewed, err)
		}
		if seq, err := view(t, r, func(tx *store.Tx) ([]retrieval.Key, error) { return All(tx) }); err != nil || !slices.Contains(seq, retrieval.Key{Tenant: us().Tenant(), Application: r.app, Index: id}) {
			t.Errorf("all: %v, %v", seq, err)
		}
	})
}

func TestHowMuchRoomThereIs(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		must(t, r, api.UpdateIndex, &api.UpdateIndexInput{ApplicationID: r.app, IndexID: id, CapacityConfiguration: &api.IndexCapacityConfiguration{Units: new(int32(2))}})
		r.mustAdvance(t, id, 1, 39_999, 400<<20+7)
		left, err := view(t, r, func(tx *store.Tx) (left holding, err error) {
			left.documents, left.bytes, err = Room(tx, us().Tenant(), r.app, id)
			return left, err
		})
		if diff := cmp.Diff(holding{1, -7}, left, cmp.AllowUnexported(holding{})); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestAnIndexThatIsNotThereHasNoLog(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		tenant := us().Tenant()
		err := r.DB.Update(t.Context(), func(tx *store.Tx) error {
			_, advance := Advance(tx, tenant, r.app, nowhere, 1, 1)
			_, head := Head(tx, tenant, r.app, nowhere)
			_, _, room := Room(tx, tenant, r.app, nowhere)
			_, attributes := Attributes(tx, tenant, r.app, nowhere)
			for what, err := range map[string]error{"advance": advance, "head": head, "room": room, "attributes": attributes, "rebuild": Rebuild(tx, tenant, r.app, nowhere)} {
				if !errors.Is(err, retrieval.ErrUnknown) {
					t.Errorf("%s: %v", what, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestWritersOfOneIndexComeAfterOneAnother: no number is given twice, none is left
// out, and whoever reads the head has every number up to it.
func TestWritersOfOneIndexComeAfterOneAnother(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		const writers, steps = 4, 10
		var mu sync.Mutex
		var taken []int64
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				for range steps {
					seq, err := r.advance(t.Context(), id, 2, 1, 1)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					taken = append(taken, seq-1, seq)
					mu.Unlock()
				}
			})
		}
		all.Wait()
		slices.Sort(taken)
		for i, seq := range taken {
			if seq != int64(i)+1 {
				t.Fatalf("numbers %v", taken)
			}
		}
		if len(taken) != 2*writers*steps {
			t.Errorf("%d numbers", len(taken))
		}
	})
}
