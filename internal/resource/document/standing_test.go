package document

import (
	"testing"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// TestWhatStands is what a data source need not put again.
func TestWhatStands(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.place()
		p.Source = wiki
		want := func(when string, want bool) {
			t.Helper()
			var stands bool
			err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
				stands, err = r.Stands(tx, p, "a")
				return err
			})
			if err != nil || stands != want {
				t.Errorf("%s: it stands: %t, %v", when, stands, err)
			}
		}
		put := func(data string) {
			t.Helper()
			if failed, err := r.Put(t.Context(), p, []Incoming{{ID: "a", Name: "a.pdf", Data: []byte(data)}}); err != nil || len(failed) > 0 {
				t.Fatalf("%v, %v", failed, err)
			}
		}
		want("before it is put", false)
		put("text")
		want("while it waits", true)
		r.work(t)
		want("read as text", true)
		put("%PDF-1.7 nothing")
		r.work(t)
		want("not to be read", false)
		if _, err := r.Remove(t.Context(), p, "", []string{"a"}); err != nil {
			t.Fatal(err)
		}
		want("while it is removed", false)
		r.work(t)
		want("removed", false)
	})
}

func TestASourceThatIsGoneTakesNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.place()
		p.Source = "d0000000-0000-4000-8000-00000000000f"
		_, err := r.Put(t.Context(), p, []Incoming{{ID: "a", Data: []byte("text")}})
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "data-source", ResourceID: p.Source})
		r.wantStates(t, "")
	})
}
