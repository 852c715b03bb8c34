package document

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func TestLogOfAnIndexThatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, err := r.Log().Head(t.Context(), retrieval.Key{Tenant: us().Tenant(), Application: r.app, Index: nowhere})
		if !errors.Is(err, retrieval.ErrUnknown) {
			t.Errorf("%v", err)
		}
		keys, err := r.Log().Indexes(t.Context())
		if diff := cmp.Diff([]retrieval.Key{r.key()}, keys); diff != "" || err != nil {
			t.Errorf("%v, (-want +got):\n%s", err, diff)
		}
	})
}

func TestCompaction(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		floor := func() int64 {
			t.Helper()
			h, err := r.Log().Head(t.Context(), r.key())
			if err != nil {
				t.Fatal(err)
			}
			return h.Floor
		}
		r.indexed(t, text("a", "one", titled("A")), text("b", "two", titled("B")))
		r.erase(t, "a")
		r.work(t)
		r.clock.Advance(remembered)
		r.work(t)
		if got := floor(); got != 0 {
			t.Errorf("after a week the log goes back to %d", got)
		}
		for _, gone := range []int{1, 0} { // a notice comes first
			r.clock.Advance(time.Hour)
			r.work(t)
			if n, at := r.rows(t, "document_gone"), floor(); n != gone || at != 3 {
				t.Errorf("%d documents that are no more are remembered, want %d; the log goes back to %d", n, gone, at)
			}
		}
		r.wantFound(t, r.follower(), map[string]string{"B": "two"})
	})
}

// What is read in between is what a reader has who begins anew, whatever happens
// to the documents.
func TestFollowersAgree(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		random := rand.New(rand.NewPCG(7, 7))
		f := r.follower()
		want := map[string]string{}
		for step := range 60 {
			id := fmt.Sprint("doc", random.IntN(8))
			switch random.IntN(4) {
			case 0:
				if _, there := want[id]; there {
					r.erase(t, id)
					delete(want, id)
				}
			default:
				content := fmt.Sprint("words ", step)
				r.put(t, text(id, content, titled(id)))
				r.work(t)
				want[id] = content
			}
			if random.IntN(3) == 0 {
				f.follow(t)
			}
		}
		r.wantFound(t, f, want)
		r.work(t)
		r.wantFound(t, f, want)
	})
}

// A transaction that fails anywhere leaves nothing half done: whatever the point,
// the documents are there in the end, each once, and nothing else is.
func TestCutShortAnywhere(t *testing.T) {
	clock := storetest.NewClock()
	for point := 1; ; point++ {
		struck := false
		db := storetest.New(t, storetest.WithClock(clock.Now), storetest.WithConflictAt(250+point*7, func() { struck = true }))
		r := newRig(t, db, clock)
		r.putIn(t, r.during(r.sync(wiki), text("w", "wiki", titled("W"), only("g"))))
		r.indexed(t, text("a", "one", titled("A"), only("g")), text("b", "two", titled("B")))
		r.indexed(t, text("a", "one anew", titled("A")))
		r.erase(t, "b")
		r.exhaust(t)
		r.wantStates(t, "a INDEXED", "w INDEXED")
		r.wantFound(t, r.follower(), map[string]string{"A": "one anew", "W": "wiki"})
		for table, want := range map[string]int{"document": 2, "passage": 2, "document_part": 2, "acl": 1, "document_waste": 0, "ingestion": 0} {
			if n := r.rows(t, table); n != want {
				t.Errorf("conflict %d: %d rows of %s, want %d", point, n, table, want)
			}
		}
		if !struck || t.Failed() {
			if point == 1 {
				t.Error("no conflict was met")
			}
			return
		}
	}
}

// A server that dies in the middle of reading, again and again, puts the document
// aside that it dies of, and reads the others.
func TestADocumentThatEndsTheServer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.put(t, text("a", "x"))
		for range maxAttempts {
			if last, err := r.claim(t.Context(), r.place()); err != nil || last == nil {
				t.Fatal(last, err)
			}
		}
		r.put(t, text("b", "x"))
		r.work(t)
		r.wantStates(t, "a FAILED InternalError: "+unreadable().message, "b INDEXED")
	})
}

// An ingestion that a server left behind is taken up by the next one; its row
// alone, without a job, cannot be: the job that is given up begins anew.
func TestAnIngestionThatIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.put(t, text("a", "x"))
		err := r.DB.Update(t.Context(), func(tx *store.Tx) error {
			return r.employAgain(tx, us().Tenant(), ingestArgs{r.app, r.index}, errors.New("x"))
		})
		if err != nil {
			t.Fatal(err)
		}
		r.work(t) // both jobs: they do not get into each other's way
		r.wantStates(t, "a INDEXED")
		if n := r.rows(t, "ingestion"); n != 0 {
			t.Errorf("%d ingestions go on", n)
		}
	})
}
