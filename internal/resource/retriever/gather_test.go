package retriever

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/document"
)

// gathered are the documents that somebody finds, the best first.
func (r *rig) gathered(t *testing.T, address string, q Quest) (ids []string) {
	t.Helper()
	c := as(address)
	q.Application, q.Limit = r.app, max(q.Limit, 10)
	err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		q.Asker, err = r.Apps.EndUser(tx, c, r.app, application.Named{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := r.Gather(t.Context(), c, q)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found {
		ids = append(ids, p.ID)
	}
	return ids
}

// TestAllRetrieversAnswer: of an application without one, nothing is found; of
// several, what each finds is there once.
func TestAllRetrieversAnswer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.put(t, doc("a", "", "The canteen opens at noon."), r.only(doc("b", "", "The canteen of the board."), "ann@example.com"))
		if got := r.gathered(t, "ann@example.com", Quest{Query: "canteen"}); got != nil {
			t.Errorf("without a retriever: %q", got)
		}
		first := r.idx
		r.create(t, "one", nil)
		r.create(t, "two", nil)
		must(t, r, api.CreateRetriever, &api.CreateRetrieverInput{ApplicationID: r.app, DisplayName: "far", Type: api.RetrieverTypeKendraIndex, Configuration: kendra()})
		r.idx = r.index(t, "more")
		r.create(t, "three", nil)
		r.put(t, doc("c", "", "Another canteen."))
		sorted := func(address string, q Quest) []string { ids := r.gathered(t, address, q); slices.Sort(ids); return ids }
		if diff := cmp.Diff([]string{"a", "b", "c"}, sorted("ann@example.com", Quest{Query: "canteen"})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"a", "c"}, sorted("bob@example.com", Quest{Query: "canteen"})); diff != "" {
			t.Error(diff)
		}
		must(t, r, api.DeleteIndex, &api.DeleteIndexInput{ApplicationID: r.app, IndexID: first})
		if diff := cmp.Diff([]string{"c"}, sorted("ann@example.com", Quest{Query: "canteen"})); diff != "" {
			t.Errorf("of an index that is gone: %s", diff)
		}
	})
}

// TestOnlySomeSources: what is outside is not looked at, so that it cannot crowd
// out what is inside.
func TestOnlySomeSources(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.create(t, "find", nil)
		r.put(t, doc("loose", "", "The canteen opens at noon."), doc("loose2", "", "The canteen closes at two."))
		source := "d4000000-0000-4000-8000-000000000001"
		failed, err := r.Documents.Put(t.Context(), document.Place{Tenant: us().Tenant(), Application: r.app, Index: r.idx, Source: source},
			[]document.Incoming{{ID: "sourced", ContentType: string(api.ContentTypePlainText), Data: []byte("A canteen.")}})
		if err != nil || len(failed) > 0 {
			t.Fatal(err, failed)
		}
		r.work(t)
		in := Quest{Query: "the canteen opens at noon", Only: []Source{{r.idx, source}}, Limit: 1}
		if diff := cmp.Diff([]string{"sourced"}, r.gathered(t, "ann@example.com", in)); diff != "" {
			t.Error(diff)
		}
		in.Only = []Source{{"elsewhere", source}}
		if got := r.gathered(t, "ann@example.com", in); got != nil {
			t.Errorf("of another index: %q", got)
		}
	})
}

func TestWhatIsSearchable(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		is := func(f *api.AttributeFilter) (able bool, err error) {
			err = r.DB.View(t.Context(), func(tx *store.Tx) error {
				able, err = r.Searchable(tx, us(), r.app, f)
				return err
			})
			return able, err
		}
		if able, err := is(nil); able || err != nil {
			t.Errorf("nothing is there: %t, %v", able, err)
		}
		r.create(t, "find", nil)
		dept := &api.AttributeFilter{EqualsTo: new(str("dept", "HR"))}
		_, err := is(dept)
		optest.Refused(t, err, optest.Invalid("attributeFilter.equalsTo.name"))
		r.idx = r.index(t, "more")
		r.configure(t, an("dept", "STRING", "DISABLED"))
		r.create(t, "more", nil)
		if able, err := is(dept); !able || err != nil {
			t.Errorf("one of two has the attribute: %t, %v", able, err)
		}
		r.put(t, doc("hr", "", "The canteen.", str("dept", "HR")), doc("it", "", "The canteen.", str("dept", "IT")))
		if diff := cmp.Diff([]string{"hr"}, r.gathered(t, "ann@example.com", Quest{Query: "canteen", Filter: dept})); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWhatIsVisible now: what was hidden since, or deleted, is not.
func TestWhatIsVisible(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.put(t, doc("all", "", "For all."), r.only(doc("ann", "", "For Ann."), "ann@example.com"))
		known := func(id string) Known { return Known{Index: r.idx, Document: id} }
		see := func(address string) map[Known]bool {
			var seen map[Known]bool
			err := r.DB.View(t.Context(), func(tx *store.Tx) error {
				u, err := r.Apps.EndUser(tx, as(address), r.app, application.Named{})
				if err != nil {
					return err
				}
				seen, err = r.Visible(tx, us(), r.app, u, []Known{known("all"), known("ann"), known("none"), known("all"), {Index: nowhere, Document: "all"}})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return seen
		}
		want := map[Known]bool{known("all"): true, known("ann"): true, known("none"): false, {Index: nowhere, Document: "all"}: false}
		if diff := cmp.Diff(want, see("ann@example.com")); diff != "" {
			t.Error(diff)
		}
		want[known("ann")] = false
		if diff := cmp.Diff(want, see("bob@example.com")); diff != "" {
			t.Error(diff)
		}
		r.put(t, r.only(doc("ann", "", "For Bob."), "bob@example.com"))
		if diff := cmp.Diff(want, see("ann@example.com")); diff != "" {
			t.Errorf("after the list has changed: %s", diff)
		}
	})
}
