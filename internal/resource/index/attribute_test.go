package index

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// an is an entry of documentAttributeConfigurations; "" leaves a member out.
func an(name string, t api.AttributeType, search api.Status) (c api.DocumentAttributeConfiguration) {
	if name != "" {
		c.Name = &name
	}
	if t != "" {
		c.Type = &t
	}
	if search != "" {
		c.Search = &search
	}
	return c
}

func TestAttributesAreMerged(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		for _, list := range [][]api.DocumentAttributeConfiguration{
			{an("department", "STRING", ""), an("level", "NUMBER", "ENABLED")},
			{an("_authors", "", "ENABLED"), an("_document_id", "STRING", "")},
			{an("department", "", "ENABLED"), an("level", "NUMBER", "DISABLED"), an("_version", "STRING", "DISABLED")},
			{an("department", "STRING", "")}, // says nothing of search: it stays
			{an("Department", "DATE", "")},   // names differ by case
		} {
			if err := r.configure(t, id, list...); err != nil {
				t.Fatal(err)
			}
		}
		want := append(strings.Fields(fresh), "Department:DATE:DISABLED", "department:STRING:ENABLED", "level:NUMBER:DISABLED", "_document_id:STRING:DISABLED")
		want[slices.Index(want, "_authors:STRING_LIST:DISABLED")] = "_authors:STRING_LIST:ENABLED"
		want[slices.Index(want, "_version:STRING:ENABLED")] = "_version:STRING:DISABLED"
		slices.Sort(want)
		if diff := cmp.Diff(want, lines(r.get(t, id).DocumentAttributeConfigurations)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		all, err := view(t, r, func(tx *store.Tx) (map[string]api.DocumentAttributeConfiguration, error) {
			return Attributes(tx, us().Tenant(), r.app, id)
		})
		if err != nil || len(all) != 14+3 || *all["level"].Type != api.AttributeTypeNumber || *all["_data_source_sync_job_execution_id"].Type != api.AttributeTypeString {
			t.Errorf("%d attributes, %v", len(all), err)
		}
	})
}

func TestWhatAnAttributeMayNotBe(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		if err := r.configure(t, id, an("department", "STRING", "")); err != nil {
			t.Fatal(err)
		}
		before := r.get(t, id)
		const list = "documentAttributeConfigurations"
		for name, tt := range map[string]struct {
			given []api.DocumentAttributeConfiguration
			want  []string
		}{
			"no name":            {[]api.DocumentAttributeConfiguration{an("", "STRING", "")}, []string{list + "[0].name"}},
			"no type":            {[]api.DocumentAttributeConfiguration{an("new", "", "ENABLED")}, []string{list + "[0].type"}},
			"another type":       {[]api.DocumentAttributeConfiguration{an("department", "STRING_LIST", "")}, []string{list + "[0].type"}},
			"a reserved retyped": {[]api.DocumentAttributeConfiguration{an("_created_at", "STRING", "")}, []string{list + "[0].type"}},
			"not a reserved one": {[]api.DocumentAttributeConfiguration{an("_mine", "STRING", "")}, []string{list + "[0].name"}},
			"the document":       {[]api.DocumentAttributeConfiguration{an("_document_body", "STRING", "")}, []string{list + "[0].name"}},
			"given twice":        {[]api.DocumentAttributeConfiguration{an("a", "STRING", ""), an("a", "STRING", "ENABLED")}, []string{list + "[1].name"}},
			"all of it": {[]api.DocumentAttributeConfiguration{an("_x", "DATE", ""), an("fine", "DATE", ""), an("department", "DATE", ""), an("", "", "")},
				[]string{list + "[0].name", list + "[2].type", list + "[3].name"}},
		} {
			t.Log(name)
			optest.Refused(t, r.configure(t, id, tt.given...), optest.Invalid(tt.want...))
		}
		if diff := cmp.Diff(before, r.get(t, id)); diff != "" {
			t.Errorf("something was kept (-before +after):\n%s", diff)
		}
	})
}

func TestHowManyAttributesThereMayBe(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		var list []api.DocumentAttributeConfiguration
		for i := range 50 {
			search := api.StatusEnabled
			if i >= 30 {
				search = api.StatusDisabled
			}
			list = append(list, an(fmt.Sprintf("a%d", i), "STRING", search))
		}
		if err := r.configure(t, id, list...); err != nil {
			t.Fatal(err)
		}
		optest.Refused(t, r.configure(t, id, an("a50", "STRING", "")), quota(id))
		optest.Refused(t, r.configure(t, id, an("a40", "", "ENABLED")), quota(id))
		if err := r.configure(t, id, an("a40", "", "ENABLED"), an("a0", "", "DISABLED"), an("_category", "", "ENABLED")); err != nil {
			t.Errorf("one for another, and a reserved one: %v", err)
		}
	})
}

// TestMergeLaws: whatever lists come one after another, an attribute that is
// there stays, of its type, and a list that is refused changes no type either.
func TestMergeLaws(t *testing.T) {
	names := []string{"a", "b", "c", "_category", "_view_count", "_else", ""}
	types := []api.AttributeType{"", "STRING", "STRING_LIST", "NUMBER", "DATE"}
	searches := []api.Status{"", "ENABLED", "DISABLED"}
	rapid.Check(t, func(t *rapid.T) {
		x := &Index{}
		for range rapid.IntRange(1, 6).Draw(t, "lists") {
			var list []api.DocumentAttributeConfiguration
			for range rapid.IntRange(1, 4).Draw(t, "entries") {
				list = append(list, an(rapid.SampledFrom(names).Draw(t, "name"), rapid.SampledFrom(types).Draw(t, "type"), rapid.SampledFrom(searches).Draw(t, "search")))
			}
			before := x.attributes()
			next := &Index{Attributes: slices.Clone(x.Attributes)}
			err := next.configure(list)
			if err == nil {
				x = next
			} else if !fault.Is(err, fault.Validation) {
				t.Fatalf("%v", err)
			}
			after := x.attributes()
			for name, a := range before {
				if after[name].Type != a.Type {
					t.Fatalf("%s was a %s and is a %s", name, a.Type, after[name].Type)
				}
			}
			if err == nil {
				for _, given := range list {
					if got := after[*given.Name]; given.Search != nil && got.Search != *given.Search {
						t.Fatalf("%s is %s", *given.Name, got.Search)
					}
				}
			}
			if !slices.IsSortedFunc(x.Attributes, func(a, b Attribute) int { return strings.Compare(a.Name, b.Name) }) {
				t.Fatalf("%v is not in order", x.Attributes)
			}
		}
	})
}
