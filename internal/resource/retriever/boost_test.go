package retriever

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/engine/rank"
)

type (
	entry  = api.DocumentAttributeBoostingConfiguration
	levels = map[string]api.StringAttributeValueBoostingLevel
)

func date(l api.DocumentAttributeBoostingLevel) entry {
	return entry{DateConfiguration: &api.DateAttributeBoostingConfiguration{BoostingLevel: l, BoostingDurationInSeconds: new(int64(3600))}}
}

func number(l api.DocumentAttributeBoostingLevel) entry {
	return entry{NumberConfiguration: &api.NumberAttributeBoostingConfiguration{BoostingLevel: l, BoostingType: new(api.NumberAttributeBoostingTypePrioritizeSmallerValues)}}
}

func text(l api.DocumentAttributeBoostingLevel, values levels) entry {
	return entry{StringConfiguration: &api.StringAttributeBoostingConfiguration{BoostingLevel: l, AttributeValueBoosting: values}}
}

func listed(l api.DocumentAttributeBoostingLevel) entry {
	return entry{StringListConfiguration: &api.StringListAttributeBoostingConfiguration{BoostingLevel: l}}
}

func TestWhichBoostsAnIndexTakes(t *testing.T) {
	const at = "configuration.nativeIndexConfiguration.boostingOverride"
	six := levels{"a": "ONE", "b": "TWO", "c": "THREE", "d": "FOUR", "e": "FIVE", "f": "FIVE"}
	for name, tt := range map[string]struct {
		boosts  Boosting
		version int64    // 0: it is refused
		want    []string // fields below at
		words   string   // of the first message
	}{
		"none":                      {nil, 2, nil, ""},
		"words of every kind":       {Boosting{"_created_at": date("LOW"), "level": number("VERY_HIGH"), "dept": text("MEDIUM", levels{"hr": "HIGH"}), "tags": listed("HIGH"), "_document_title": text("NONE", nil)}, 1, nil, ""},
		"no attribute":              {Boosting{"Dept": text("LOW", nil)}, 0, []string{".Dept"}, "is no attribute of the index"},
		"another type":              {Boosting{"level": date("LOW"), "dept": listed("LOW")}, 0, []string{".dept", ".level"}, "is of type STRING in the index, which stringListConfiguration does not go with"},
		"not searched":              {Boosting{"quiet": text("LOW", nil), "_authors": listed("LOW")}, 0, []string{"._authors", ".quiet"}, "is not enabled for search"},
		"a word and a number":       {Boosting{"_created_at": date("ONE"), "dept": text("LOW", nil)}, 0, []string{"._created_at.dateConfiguration.boostingLevel"}, "do not go together"},
		"a numbered value of words": {Boosting{"dept": text("LOW", levels{"hr": "ONE", "it": "LOW"})}, 0, []string{".dept.stringConfiguration.attributeValueBoosting.hr"}, "ONE goes with a boostingLevel of ONE or TWO"},

		"a date alone":           {Boosting{"_created_at": date("ONE")}, 2, nil, ""},
		"the other date":         {Boosting{"_last_updated_at": date("ONE")}, 2, nil, ""},
		"sources alone":          {Boosting{"_data_source_id": text("ONE", levels{"x": "ONE"})}, 2, nil, ""},
		"sources before dates":   {Boosting{"_data_source_id": text("ONE", levels{"x": "TWO", "y": "ONE"}), "_created_at": date("TWO")}, 2, nil, ""},
		"a date that is second":  {Boosting{"_created_at": date("TWO")}, 0, []string{""}, "only be ONE"},
		"two of one level":       {Boosting{"_data_source_id": text("ONE", levels{"x": "ONE"}), "_created_at": date("ONE")}, 0, []string{""}, "two attributes of one level"},
		"two dates":              {Boosting{"_last_updated_at": date("TWO"), "_created_at": date("ONE")}, 0, []string{""}, "one attribute of type DATE"},
		"a date of one's own":    {Boosting{"due": date("ONE")}, 0, []string{".due"}, "_created_at or _last_updated_at can"},
		"a string of one's own":  {Boosting{"dept": text("ONE", levels{"hr": "ONE"})}, 0, []string{".dept"}, "_data_source_id can"},
		"a number in tiers":      {Boosting{"level": number("ONE"), "tags": listed("TWO")}, 0, []string{".level", ".tags"}, "is of type NUMBER"},
		"sources without order":  {Boosting{"_data_source_id": text("ONE", nil)}, 0, []string{"._data_source_id"}, "needs attributeValueBoosting"},
		"too many sources":       {Boosting{"_data_source_id": text("ONE", six)}, 0, []string{"._data_source_id"}, "it has 6"},
		"sources in words":       {Boosting{"_data_source_id": text("ONE", levels{"x": "HIGH"})}, 0, []string{"._data_source_id"}, "has HIGH as the level of x"},
		"two first sources":      {Boosting{"_data_source_id": text("ONE", levels{"x": "ONE", "y": "ONE"})}, 0, []string{"._data_source_id"}, "has ONE as the level of y"},
		"no first source":        {Boosting{"_data_source_id": text("ONE", levels{"x": "TWO"})}, 0, []string{"._data_source_id"}, "has TWO as the level of x"},
		"a gap in the order":     {Boosting{"_data_source_id": text("ONE", levels{"x": "ONE", "y": "THREE"})}, 0, []string{"._data_source_id"}, "has THREE as the level of y"},
		"five sources in order":  {Boosting{"_data_source_id": text("ONE", levels{"a": "ONE", "b": "TWO", "c": "THREE", "d": "FOUR", "e": "FIVE"})}, 2, nil, ""},
		"what is wrong with all": {Boosting{"nope": date("ONE"), "_data_source_id": text("TWO", nil)}, 0, []string{"._data_source_id", ".nope"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bad := tt.boosts.check(attributesOfBoosts())
			var got []string
			for _, f := range bad {
				got = append(got, strings.TrimPrefix(f.Name, at))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Fatalf("(-want +got):\n%s\n%v", diff, bad)
			}
			if len(bad) > 0 && !strings.Contains(bad[0].Message, tt.words) {
				t.Errorf("%q", bad[0].Message)
			}
			if v := tt.boosts.version(); tt.version > 0 && int64(v) != tt.version {
				t.Errorf("version %d, want %d", v, tt.version)
			}
		})
	}
}

// attributesOfBoosts are those of the index in the tests here.
func attributesOfBoosts() map[string]kind {
	return map[string]kind{
		"_created_at": {facet.Date, false}, "_last_updated_at": {facet.Date, false}, "due": {facet.Date, false},
		"level": {facet.Number, false}, "dept": {facet.String, true}, "quiet": {facet.String, false}, "tags": {facet.StringList, true},
		"_authors": {facet.StringList, false}, "_document_title": {facet.String, true}, "_data_source_id": {facet.String, true},
	}
}

// TestBoostsAreHeldToTheIndex by the operations, and shown as they were given.
func TestBoostsAreHeldToTheIndex(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		boosts := Boosting{"dept": text("LOW", levels{"hr": "HIGH"}), "_view_count": number("HIGH")}
		in := &api.CreateRetrieverInput{ApplicationID: r.app, DisplayName: "find", Type: api.RetrieverTypeNativeIndex, Configuration: native(r.idx, boosts)}
		_, err := call(t, r, api.CreateRetriever, in)
		optest.Refused(t, err, optest.Invalid("configuration.nativeIndexConfiguration.boostingOverride.dept"))
		r.configure(t, an("dept", "STRING", "ENABLED"))
		in.Configuration.NativeIndexConfiguration.Version = new(int64(7)) // is read-only
		id := *must(t, r, api.CreateRetriever, in).RetrieverID
		want := &api.NativeIndexConfiguration{IndexID: r.idx, Version: new(int64(1)), BoostingOverride: boosts}
		if diff := cmp.Diff(want, r.get(t, id).Configuration.NativeIndexConfiguration); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err = call(t, r, api.UpdateRetriever, &api.UpdateRetrieverInput{ApplicationID: r.app, RetrieverID: id, Configuration: new(native(r.idx, Boosting{"_authors": listed("LOW")}))})
		optest.Refused(t, err, optest.Invalid("configuration.nativeIndexConfiguration.boostingOverride._authors"))
		if got := slices.Collect(maps.Keys(r.get(t, id).Configuration.NativeIndexConfiguration.BoostingOverride)); len(got) != 2 {
			t.Errorf("%v", got)
		}
	})
}

// TestWhatBoostsDo: the factors of engine/rank, and the title's by itself; one on
// an attribute that is no longer searched does nothing.
func TestWhatBoostsDo(t *testing.T) {
	kinds := attributesOfBoosts()
	at := time.Unix(1_800_000_000, 0)
	newest := func(string) time.Time { return at }
	values := facet.Values{
		"_created_at": facet.OfDate(at), "level": facet.OfNumber(0), "dept": facet.OfString("hr"), "tags": facet.OfList("asked"), "_data_source_id": facet.OfString("y"),
	}
	gone := maps.Clone(kinds)
	gone["dept"] = kind{facet.String, false}
	for name, tt := range map[string]struct {
		boosts Boosting
		kinds  map[string]kind
		factor float64
		title  float64
	}{
		"none":                   {nil, kinds, 1, 1.1},
		"a date":                 {Boosting{"_created_at": date("HIGH")}, kinds, 1.5, 1.1},
		"a small number":         {Boosting{"level": number("HIGH")}, kinds, 1.5, 1.1},
		"a value":                {Boosting{"dept": text("LOW", levels{"hr": "VERY_HIGH"})}, kinds, 2, 1.1},
		"what is asked for":      {Boosting{"tags": listed("MEDIUM")}, kinds, 1.25, 1.1},
		"the title, otherwise":   {Boosting{"_document_title": text("HIGH", nil)}, kinds, 1, 1.5},
		"no title":               {Boosting{"_document_title": text("NONE", nil)}, kinds, 1, 1},
		"a source and a date":    {Boosting{"_data_source_id": text("ONE", levels{"x": "ONE", "y": "TWO"}), "_created_at": date("TWO")}, kinds, 1.45 * 1.25, 1.1},
		"an attribute gone dark": {Boosting{"dept": text("LOW", levels{"hr": "VERY_HIGH"})}, gone, 1, 1.1},
	} {
		b := tt.boosts.rank(tt.kinds).Asking("is it asked")
		if got := b.Factor(values, newest); math.Abs(got-tt.factor) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, got, tt.factor)
		}
		if got := b.TitleWeight(); got != tt.title {
			t.Errorf("%s, title: %v, want %v", name, got, tt.title)
		}
	}
}

// FuzzBoosts: whatever configuration the model lets pass, boosts that are accepted
// are of one version, and a factor stays within its bounds.
func FuzzBoosts(f *testing.F) {
	for _, seed := range []string{
		`{"_created_at":{"dateConfiguration":{"boostingLevel":"ONE","boostingDurationInSeconds":60}},"_data_source_id":{"stringConfiguration":{"boostingLevel":"TWO","attributeValueBoosting":{"x":"ONE","y":"TWO"}}}}`,
		`{"level":{"numberConfiguration":{"boostingLevel":"VERY_HIGH","boostingType":"PRIORITIZE_SMALLER_VALUES"}},"tags":{"stringListConfiguration":{"boostingLevel":"LOW"}}}`,
		`{"dept":{"stringConfiguration":{"boostingLevel":"NONE","attributeValueBoosting":{"hr":"FIVE"}}},"_document_title":{"stringConfiguration":{"boostingLevel":"HIGH"}}}`,
		`{"nope":{}}`,
	} {
		f.Add([]byte(seed), int64(60), "hr")
	}
	kinds := attributesOfBoosts()
	f.Fuzz(func(t *testing.T, override []byte, n int64, word string) {
		var in api.CreateRetrieverInput
		var p smithy.Problems
		smithy.DecodeJSON(api.CreateRetriever.Input, []byte(`{"configuration":{"nativeIndexConfiguration":{"indexId":"x","boostingOverride":`+string(override)+`}}}`), &in, &p)
		native := in.Configuration.NativeIndexConfiguration
		if native == nil {
			return
		}
		b := Boosting(native.BoostingOverride)
		for _, c := range b {
			if c == (entry{}) {
				return // the model lets no union pass that has no member
			}
		}
		bad := b.check(kinds)
		for _, field := range bad {
			if !strings.HasPrefix(field.Name, "configuration.nativeIndexConfiguration.boostingOverride") || field.Message == "" {
				t.Errorf("%+v", field)
			}
		}
		values := facet.Values{
			"_created_at": facet.OfDate(time.Unix(n, 0)), "level": facet.OfNumber(n), "dept": facet.OfString(word),
			"tags": facet.OfList(word, "x"), "_data_source_id": facet.OfString(word),
		}
		boosts := b.rank(kinds).Asking(word)
		if factor := boosts.Factor(values, func(string) time.Time { return time.Unix(n, 0) }); !(factor >= 1 && factor <= rank.Most) {
			t.Errorf("factor %v", factor)
		}
		if len(bad) == 0 && b.version() == 2 && len(b) > 2 {
			t.Errorf("%d attributes in version 2", len(b))
		}
	})
}
