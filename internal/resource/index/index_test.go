package index

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func TestAFreshIndex(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		out := must(t, r, api.CreateIndex, &api.CreateIndexInput{ApplicationID: r.app, DisplayName: "docs", Tags: []api.Tag{{Key: "team", Value: "x"}}})
		if want := us().ARN("application/%s/index/%s", r.app, *out.IndexID); *out.IndexARN != want {
			t.Errorf("%s, want %s", *out.IndexARN, want)
		}
		got := r.get(t, *out.IndexID)
		now := storetest.Start()
		want := &api.GetIndexOutput{
			ApplicationID: &r.app, IndexID: out.IndexID, IndexARN: out.IndexARN,
			DisplayName: new("docs"), Description: new(""), Status: new(api.IndexStatusActive), Type: new(api.IndexTypeEnterprise),
			CapacityConfiguration: &api.IndexCapacityConfiguration{Units: new(int32(1))},
			IndexStatistics:       &api.IndexStatistics{TextDocumentStatistics: &api.TextDocumentStatistics{IndexedTextBytes: new(int64(0)), IndexedTextDocumentCount: new(int32(0))}},
			CreatedAt:             &now, UpdatedAt: &now,
		}
		shown := got.DocumentAttributeConfigurations
		got.DocumentAttributeConfigurations = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(strings.Fields(fresh), lines(shown)); diff != "" {
			t.Errorf("attributes (-want +got):\n%s", diff)
		}
		tags := must(t, r, api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: *out.IndexARN})
		if diff := cmp.Diff([]api.Tag{{Key: "team", Value: "x"}}, tags.Tags); diff != "" {
			t.Errorf("tags (-want +got):\n%s", diff)
		}
	})
}

// fresh is what GetIndex says of a new index's attributes (the reference's
// sample, but for the two that it had enabled just before).
const fresh = `
	_authors:STRING_LIST:DISABLED
	_category:STRING:DISABLED
	_created_at:DATE:DISABLED
	_data_source_id:STRING:ENABLED
	_document_title:STRING:ENABLED
	_file_type:STRING:ENABLED
	_language_code:STRING:ENABLED
	_last_updated_at:DATE:DISABLED
	_source_uri:STRING:ENABLED
	_version:STRING:ENABLED
	_view_count:NUMBER:DISABLED`

func lines(list []api.DocumentAttributeConfiguration) (shown []string) {
	for _, a := range list {
		shown = append(shown, *a.Name+":"+string(*a.Type)+":"+string(*a.Search))
	}
	return shown
}

func TestWhatACreateMayAskFor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		units := func(n int32) *api.IndexCapacityConfiguration {
			return &api.IndexCapacityConfiguration{Units: &n}
		}
		for name, tt := range map[string]struct {
			in   api.CreateIndexInput
			want *fault.Error // nil: it is made
		}{
			"starter of 5":       {api.CreateIndexInput{Type: new(api.IndexTypeStarter), CapacityConfiguration: units(5)}, nil},
			"starter of 6":       {api.CreateIndexInput{Type: new(api.IndexTypeStarter), CapacityConfiguration: units(6)}, new(quota(""))},
			"enterprise of 50":   {api.CreateIndexInput{Type: new(api.IndexTypeEnterprise), CapacityConfiguration: units(50)}, nil},
			"enterprise of 51":   {api.CreateIndexInput{CapacityConfiguration: units(51)}, new(quota(""))},
			"no units":           {api.CreateIndexInput{CapacityConfiguration: &api.IndexCapacityConfiguration{}}, nil},
			"tags of AWS":        {api.CreateIndexInput{Tags: []api.Tag{{Key: "aws:x"}}}, new(optest.Invalid("tags[0].key"))},
			"no application":     {api.CreateIndexInput{ApplicationID: nowhere}, new(absent("application", nowhere))},
			"a name that is had": {api.CreateIndexInput{DisplayName: "held"}, new(conflict("index", "held"))},
		} {
			if tt.in.ApplicationID == "" {
				tt.in.ApplicationID = r.app
			}
			if tt.in.DisplayName == "held" {
				r.create(t, "held")
			} else {
				tt.in.DisplayName = strings.ReplaceAll(name, " ", "-")
			}
			out, err := call(t, r, api.CreateIndex, &tt.in)
			if tt.want == nil {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				} else if got := r.get(t, *out.IndexID); tt.in.CapacityConfiguration.Units != nil && *got.CapacityConfiguration.Units != *tt.in.CapacityConfiguration.Units {
					t.Errorf("%s: %d units", name, *got.CapacityConfiguration.Units)
				}
				continue
			}
			if tt.want.Code == fault.ServiceQuotaExceeded {
				tt.want.ResourceID = fault.As(err).ResourceID // of the index that was not made
			}
			optest.Refused(t, err, *tt.want)
		}
	})
}

func TestATokenMakesOneIndex(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := &api.CreateIndexInput{ApplicationID: r.app, DisplayName: "docs", ClientToken: new("token")}
		first, again := must(t, r, api.CreateIndex, in), must(t, r, api.CreateIndex, in)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
		other := *in
		other.DisplayName = "others"
		if _, err := call(t, r, api.CreateIndex, &other); !fault.Is(err, fault.Conflict) {
			t.Errorf("the token with another name: %v", err)
		}
		if n := len(must(t, r, api.ListIndices, &api.ListIndicesInput{ApplicationID: r.app}).Indices); n != 1 {
			t.Errorf("%d indexes", n)
		}
	})
}

func TestHowManyIndexesAnApplicationHas(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i := range 10 {
			r.create(t, "docs"+string(rune('0'+i)))
		}
		_, err := call(t, r, api.CreateIndex, &api.CreateIndexInput{ApplicationID: r.app, DisplayName: "more"})
		optest.Refused(t, err, quota(r.app))
		r.erase(t, *must(t, r, api.ListIndices, &api.ListIndicesInput{ApplicationID: r.app}).Indices[0].IndexID)
		r.create(t, "more") // the one that is being deleted no longer counts
	})
}

func TestListsGoPageByPage(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var made, seen []string
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			made = append([]string{r.create(t, name)}, made...)
		}
		in := &api.ListIndicesInput{ApplicationID: r.app, MaxResults: new(int32(2))}
		for pages := 0; ; pages++ {
			out := must(t, r, api.ListIndices, in)
			for _, x := range out.Indices {
				seen = append(seen, *x.IndexID)
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				if pages != 2 {
					t.Errorf("%d pages", pages+1)
				}
				break
			}
		}
		if diff := cmp.Diff(made, seen); diff != "" {
			t.Errorf("(-newest first +got):\n%s", diff)
		}
		_, err := call(t, r, api.ListIndices, &api.ListIndicesInput{ApplicationID: r.app, NextToken: new("bogus")})
		optest.Refused(t, err, optest.Invalid("nextToken"))
		_, err = call(t, r, api.ListIndices, &api.ListIndicesInput{ApplicationID: nowhere})
		optest.Refused(t, err, absent("application", nowhere))
	})
}

func TestUpdateChangesWhatItNames(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		before := r.get(t, id)
		r.clock.Advance(1e9)
		must(t, r, api.UpdateIndex, &api.UpdateIndexInput{ApplicationID: r.app, IndexID: id})
		must(t, r, api.UpdateIndex, &api.UpdateIndexInput{ApplicationID: r.app, IndexID: id, Description: new("ours")})
		must(t, r, api.UpdateIndex, &api.UpdateIndexInput{ApplicationID: r.app, IndexID: id, DisplayName: new("renamed"), CapacityConfiguration: &api.IndexCapacityConfiguration{Units: new(int32(3))}})
		before.DisplayName, before.Description, before.CapacityConfiguration.Units = new("renamed"), new("ours"), new(int32(3))
		before.UpdatedAt = new(before.CreatedAt.Add(1e9))
		if diff := cmp.Diff(before, r.get(t, id)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		r.create(t, "docs") // the name is free
		_, err := call(t, r, api.UpdateIndex, &api.UpdateIndexInput{ApplicationID: r.app, IndexID: id, DisplayName: new("docs")})
		optest.Refused(t, err, conflict("index", "docs"))
		_, err = call(t, r, api.UpdateIndex, &api.UpdateIndexInput{ApplicationID: r.app, IndexID: id, CapacityConfiguration: &api.IndexCapacityConfiguration{Units: new(int32(51))}})
		optest.Refused(t, err, quota(id))
		_, err = call(t, r, api.UpdateIndex, &api.UpdateIndexInput{ApplicationID: r.app, IndexID: nowhere})
		optest.Refused(t, err, absent("index", nowhere))
	})
}

// TestCapacityNeverGoesBelowWhatIsThere: by documents, and by bytes of text.
func TestCapacityNeverGoesBelowWhatIsThere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		resize := func(id string, units int32) error {
			_, err := call(t, r, api.UpdateIndex, &api.UpdateIndexInput{ApplicationID: r.app, IndexID: id, CapacityConfiguration: &api.IndexCapacityConfiguration{Units: &units}})
			return err
		}
		for name, held := range map[string]holding{"documents": {20_001, 5}, "bytes": {5, 200<<20 + 1}} {
			id := r.create(t, name)
			if err := resize(id, 3); err != nil {
				t.Fatal(err)
			}
			r.mustAdvance(t, id, 1, held.documents, held.bytes)
			if m := optest.Refused(t, resize(id, 1), optest.Invalid("capacityConfiguration.units")); !strings.Contains(m, "too few") {
				t.Errorf("%s: %s", name, m)
			}
			if err := resize(id, 2); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAnotherAccountsIndexIsNowhere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "docs")
		for _, c := range []op.Caller{optest.Root("444455556666"), {Account: us().Account, Region: "eu-west-1", Root: true}} {
			_, err := optest.Call(t, r.Registry, c, api.GetIndex, &api.GetIndexInput{ApplicationID: r.app, IndexID: id})
			optest.Refused(t, err, absent("application", r.app))
		}
		other := r.application(t, "other")
		_, err := call(t, r, api.GetIndex, &api.GetIndexInput{ApplicationID: other, IndexID: id})
		optest.Refused(t, err, absent("index", id))
		found, err := view(t, r, func(tx *store.Tx) (bool, error) { return Kind(tx, us().Tenant(), []string{other, id}) })
		if found || err != nil {
			t.Errorf("%v, %v", found, err)
		}
	})
}
