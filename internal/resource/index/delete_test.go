package index

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// isActive asks what a family asks before it makes a child.
func (r *rig) isActive(t *testing.T, id string) error {
	return r.DB.View(t.Context(), func(tx *store.Tx) error { return r.Service.Active(tx, us(), r.app, id) })
}

func (r *rig) exists(t *testing.T, id string) error {
	return r.DB.View(t.Context(), func(tx *store.Tx) error { return r.Service.Exists(tx, us(), r.app, id) })
}

func (r *rig) key(id string) retrieval.Key {
	return retrieval.Key{Tenant: us().Tenant(), Application: r.app, Index: id}
}

func TestADeletedIndexGoesThroughDeleting(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		arn := us().ARN("application/%s/index/%s", r.app, id)
		must(t, r, api.TagResource, &api.TagResourceInput{ResourceARN: arn, Tags: []api.Tag{{Key: "k", Value: "v"}}})
		if err := errors.Join(r.isActive(t, id), r.exists(t, id)); err != nil {
			t.Fatal(err)
		}
		for range 2 { // idempotent
			r.erase(t, id)
			if got := r.get(t, id); *got.Status != api.IndexStatusDeleting || got.Error != nil {
				t.Errorf("%s, %v", *got.Status, got.Error)
			}
		}
		optest.Refused(t, r.isActive(t, id), conflict("index", id))
		if err := r.exists(t, id); err != nil {
			t.Error(err)
		}
		optest.Refused(t, r.configure(t, id), conflict("index", id))
		r.create(t, "docs") // the name is free at once

		r.work(t)
		optest.Refused(t, r.isActive(t, id), absent("index", id))
		optest.Refused(t, r.exists(t, id), absent("index", id))
		_, err := call(t, r, api.GetIndex, &api.GetIndexInput{ApplicationID: r.app, IndexID: id})
		optest.Refused(t, err, absent("index", id))
		_, err = call(t, r, api.DeleteIndex, &api.DeleteIndexInput{ApplicationID: r.app, IndexID: id})
		optest.Refused(t, err, absent("index", id))
		if _, err := r.advance(t.Context(), id, 1, 1, 1); !errors.Is(err, retrieval.ErrUnknown) {
			t.Errorf("the log is still there: %v", err)
		}
		tags, err := view(t, r, func(tx *store.Tx) (map[string]string, error) { return tag.Of(tx, arn) })
		if err != nil || len(tags) > 0 {
			t.Errorf("tags %v, %v", tags, err)
		}
		if diff := cmp.Diff([]retrieval.Key{r.key(id)}, r.forgotten); diff != "" {
			t.Errorf("forgotten (-want +got):\n%s", diff)
		}
	})
}

// shelf is a family below indexes that counts its rows, and may fail.
type shelf struct {
	rows    map[string]int
	largest int // batch that was asked for
	broken  error
}

func (s *shelf) purge(_ *store.Tx, _, _, index string, limit int) (more bool, err error) {
	if s.broken != nil {
		return false, s.broken
	}
	n := min(limit, s.rows[index])
	s.largest = max(s.largest, limit)
	s.rows[index] -= n
	return n == limit, nil
}

func TestDeletionRemovesWhatIsBelow(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, other := r.create(t, "docs"), r.create(t, "others")
		first, second := &shelf{rows: map[string]int{id: 2500, other: 3}}, &shelf{rows: map[string]int{id: 1000, other: 4}}
		r.Below = []Purger{first.purge, second.purge}
		r.erase(t, id)
		r.work(t)
		optest.Refused(t, r.exists(t, id), absent("index", id))
		for i, s := range []*shelf{first, second} {
			if s.rows[id] != 0 || s.rows[other] != 3+i || s.largest > 1000 {
				t.Errorf("shelf %d: %+v", i, s)
			}
		}
	})
}

// TestAnIndexThatCannotBeDeletedSaysSo and may be deleted again, under whatever
// name was taken meanwhile.
func TestAnIndexThatCannotBeDeletedSaysSo(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		below := &shelf{rows: map[string]int{id: 5}, broken: errors.New("disk on fire at /secret")}
		r.Below = []Purger{below.purge}
		r.erase(t, id)
		r.create(t, "docs")
		r.exhaust(t)
		got := r.get(t, id)
		if *got.Status != api.IndexStatusFailed || *got.Error.ErrorCode != api.ErrorCodeInternalError {
			t.Fatalf("%s, %+v", *got.Status, got.Error)
		}
		if want := "Index " + id + " could not be deleted completely. Delete it again; if that fails too, look in the server's log and its list of jobs."; *got.Error.ErrorMessage != want {
			t.Errorf("%q", *got.Error.ErrorMessage)
		}
		optest.Refused(t, r.isActive(t, id), conflict("index", id))
		below.broken = nil
		r.erase(t, id)
		if got := r.get(t, id); *got.Status != api.IndexStatusDeleting || got.Error != nil {
			t.Errorf("%s, %v", *got.Status, got.Error)
		}
		r.work(t)
		optest.Refused(t, r.exists(t, id), absent("index", id))
	})
}

// TestRowsThatAppearMeanwhileAreRemovedToo: requests that had begun before the
// index was DELETING still write.
func TestRowsThatAppearMeanwhileAreRemovedToo(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		late := &shelf{rows: map[string]int{id: 1}}
		r.Below = []Purger{late.purge}
		r.Forget = func(retrieval.Key) error { late.rows[id] += 250; return nil } // after the batches, before the end
		r.erase(t, id)
		r.work(t)
		if err := r.exists(t, id); err != nil {
			t.Fatalf("it is gone with rows below it: %v", err)
		}
		r.Forget = nil
		r.exhaust(t)
		optest.Refused(t, r.exists(t, id), absent("index", id))
		if late.rows[id] != 0 {
			t.Errorf("%d rows left", late.rows[id])
		}
	})
}

func TestAnApplicationTakesItsIndexesAlong(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, second := r.create(t, "docs"), r.create(t, "more")
		kept := r.app
		r.app = r.application(t, "other")
		other := r.create(t, "docs")
		r.app, kept = kept, r.app
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: r.app})
		optest.Refused(t, r.isActive(t, id), conflict("application", r.app))
		_, err := call(t, r, api.CreateIndex, &api.CreateIndexInput{ApplicationID: r.app, DisplayName: "late"})
		optest.Refused(t, err, conflict("application", r.app))
		r.work(t)
		optest.Refused(t, r.exists(t, id), absent("application", r.app))
		if diff := cmp.Diff([]retrieval.Key{r.key(id), r.key(second)}, r.forgotten); diff != "" {
			t.Errorf("forgotten (-want +got):\n%s", diff)
		}
		r.app = kept
		if err := r.isActive(t, other); err != nil {
			t.Error(err)
		}
	})
}
