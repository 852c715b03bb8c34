package retriever

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// as is somebody who signed in at the application's provider.
func as(address string) op.Caller {
	return op.Caller{
		Account: us().Account, Region: us().Region, Principal: "arn:aws:sts::111122223333:assumed-role/web/" + address,
		Role: "arn:aws:iam::111122223333:role/web", Tags: map[string]string{"Email": address},
	}
}

// doc is a document of plain text.
func doc(id, title, content string, attributes ...api.DocumentAttribute) api.Document {
	d := api.Document{ID: id, Content: &api.DocumentContent{Blob: []byte(content)}, ContentType: new(api.ContentTypePlainText), Attributes: attributes}
	if title != "" {
		d.Title = &title
	}
	return d
}

// for one is a document that a user may see, and nobody else.
func (r *rig) only(d api.Document, user string) api.Document {
	d.AccessConfiguration = &api.AccessConfiguration{AccessControls: []api.AccessControl{{
		Principals: []api.Principal{{User: &api.PrincipalUser{ID: &user, Access: api.ReadAccessTypeAllow}}},
	}}}
	return d
}

// put puts documents, and sees them indexed.
func (r *rig) put(t testing.TB, docs ...api.Document) {
	t.Helper()
	for some := range slices.Chunk(docs, 10) {
		out := must(t, r, api.BatchPutDocument, &api.BatchPutDocumentInput{ApplicationID: r.app, IndexID: r.idx, Documents: some})
		if len(out.FailedDocuments) > 0 {
			t.Fatalf("%s: %s", *out.FailedDocuments[0].ID, *out.FailedDocuments[0].Error.ErrorMessage)
		}
	}
	r.work(t)
	for _, d := range must(t, r, api.ListDocuments, &api.ListDocumentsInput{ApplicationID: r.app, IndexID: r.idx}).DocumentDetailList {
		if *d.Status != api.DocumentStatusIndexed && *d.Status != api.DocumentStatusUpdated && *d.Status != api.DocumentStatusDeleted {
			t.Fatalf("%s is %s: %+v", *d.DocumentID, *d.Status, d.Error)
		}
	}
}

// query is a search of a retriever.
func (r *rig) query(id, text string) *api.SearchRelevantContentInput {
	return &api.SearchRelevantContentInput{ApplicationID: r.app, QueryText: text,
		ContentSource: api.ContentSource{Retriever: &api.RetrieverContentSource{RetrieverID: id}}}
}

// finds are the IDs of the documents that a search finds, the best first.
func (r *rig) finds(t testing.TB, c op.Caller, in *api.SearchRelevantContentInput) (ids []string) {
	t.Helper()
	for _, found := range optest.Must(t, r.Registry, c, api.SearchRelevantContent, in).RelevantContent {
		ids = append(ids, *found.DocumentID)
	}
	return ids
}

func str(name, value string) api.DocumentAttribute {
	return api.DocumentAttribute{Name: name, Value: api.DocumentAttributeValue{StringValue: &value}}
}

func long(name string, value int64) api.DocumentAttribute {
	return api.DocumentAttribute{Name: name, Value: api.DocumentAttributeValue{LongValue: &value}}
}

func when(name string, value time.Time) api.DocumentAttribute {
	return api.DocumentAttribute{Name: name, Value: api.DocumentAttributeValue{DateValue: &value}}
}

func TestWhatASearchShows(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.configure(t, an("dept", "STRING", "DISABLED"))
		id := r.create(t, "find", nil)
		r.put(t,
			doc("handbook", "Leave of absence", "Sabbaticals are granted after seven years of service.", str("_source_uri", "https://wiki.example.com/leave"), str("dept", "HR")),
			doc("menu", "", "On Friday there is soup.", str("_source_uri", "not a link")))
		out := optest.Must(t, r.Registry, as("ann@example.com"), api.SearchRelevantContent, r.query(id, "sabbaticals after seven years"))
		if len(out.RelevantContent) != 1 || out.NextToken != nil {
			t.Fatalf("%d passages, %v", len(out.RelevantContent), out.NextToken)
		}
		got := out.RelevantContent[0]
		want := api.RelevantContent{
			Content: new("Sabbaticals are granted after seven years of service."), DocumentID: new("handbook"), DocumentTitle: new("Leave of absence"),
			DocumentURI:        new("https://wiki.example.com/leave"),
			DocumentAttributes: got.DocumentAttributes, // below
			ScoreAttributes:    &api.ScoreAttributes{ScoreConfidence: new(api.ScoreConfidenceVeryHigh)},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, a := range []api.DocumentAttribute{str("dept", "HR"), str("_source_uri", "https://wiki.example.com/leave")} {
			if !slices.ContainsFunc(got.DocumentAttributes, func(b api.DocumentAttribute) bool { return cmp.Equal(a, b) }) {
				t.Errorf("%s is not among the attributes: %s", a.Name, cmp.Diff(nil, got.DocumentAttributes))
			}
		}
		out = optest.Must(t, r.Registry, as("ann@example.com"), api.SearchRelevantContent, r.query(id, "soup with noodles and beans"))
		if len(out.RelevantContent) != 1 || out.RelevantContent[0].DocumentURI != nil || *out.RelevantContent[0].ScoreAttributes.ScoreConfidence != api.ScoreConfidenceMedium {
			t.Errorf("%s", cmp.Diff(nil, out.RelevantContent))
		}
	})
}

// TestEachSeesWhatTheyMay: a user what is theirs and what is public, a principal
// that names nobody what is public, and what is put for somebody else's case of an
// address too.
func TestEachSeesWhatTheyMay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "find", nil)
		r.put(t, doc("all", "", "The quarterly budget, as it was published."),
			r.only(doc("ann", "", "The quarterly budget of Ann."), "Ann+work@example.com"),
			r.only(doc("bob", "", "The quarterly budget of Bob."), "bob@example.com"))
		for _, tt := range []struct {
			who  op.Caller
			want []string
		}{
			{as("ann@example.com"), []string{"all", "ann"}},
			{as("ANN@EXAMPLE.COM"), []string{"all", "ann"}},
			{as("bob@example.com"), []string{"all", "bob"}},
			{as("carl@example.com"), []string{"all"}},
			{us(), []string{"all"}},
		} {
			got := r.finds(t, tt.who, r.query(id, "quarterly budget"))
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.who.Principal, diff)
			}
		}
	})
}

// TestNobodySeesWhatIsPublic: in an application without users.
func TestNobodySeesWhatIsPublic(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.app = *must(t, r, api.CreateApplication, &api.CreateApplicationInput{DisplayName: "open", IdentityType: new(api.IdentityTypeAnonymous)}).ApplicationID
		r.idx = r.index(t, "open")
		id := r.create(t, "find", nil)
		notAnn := r.only(doc("others", "", "A word for all but Ann."), "ann@example.com")
		notAnn.AccessConfiguration.AccessControls[0].Principals[0].User.Access = api.ReadAccessTypeDeny
		r.put(t, doc("all", "", "A word for everybody."), r.only(doc("ann", "", "A word for Ann."), "ann@example.com"), notAnn)
		r.Licensed = func(context.Context, op.Caller, string, op.Person, api.SubscriptionType) error {
			t.Error("nobody has no licence")
			return nil
		}
		if diff := cmp.Diff([]string{"all"}, r.finds(t, as("ann@example.com"), r.query(id, "word"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestASearchGoesPageByPage(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "find", nil)
		var docs []api.Document
		for i := range 23 {
			docs = append(docs, doc(fmt.Sprintf("doc-%02d", i), "", fmt.Sprintf("Apples number %d: %s", i, strings.Repeat(fmt.Sprintf("pear%d ", i), i+1))))
		}
		r.put(t, docs...)
		in := r.query(id, "apples")
		if n := len(r.finds(t, as("ann@example.com"), in)); n != 10 {
			t.Errorf("%d without maxResults", n)
		}
		all := r.query(id, "apples")
		all.MaxResults = new(int32(100))
		want := r.finds(t, as("ann@example.com"), all)
		if len(want) != 23 {
			t.Fatalf("%d in all", len(want))
		}
		in.MaxResults = new(int32(5))
		var got []string
		for pages := 1; ; pages++ {
			out := optest.Must(t, r.Registry, as("ann@example.com"), api.SearchRelevantContent, in)
			for _, found := range out.RelevantContent {
				got = append(got, *found.DocumentID)
			}
			if in.NextToken = out.NextToken; in.NextToken == nil || pages > 10 {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-at once +by pages):\n%s", diff)
		}
	})
}

// TestATokenIsOfOneSearch: by one caller, for one person, of one query.
func TestATokenIsOfOneSearch(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id, other := r.create(t, "find", nil), r.create(t, "other", nil)
		for i := range 3 {
			r.put(t, doc(fmt.Sprint(i), "", fmt.Sprintf("Apples and %d pears", i)))
		}
		in := r.query(id, "apples")
		in.MaxResults = new(int32(1))
		token := optest.Must(t, r.Registry, as("ann@example.com"), api.SearchRelevantContent, in).NextToken
		if token == nil || len(*token) > 800 {
			t.Fatalf("token %v", token)
		}
		filter := &api.AttributeFilter{NotFilter: &api.AttributeFilter{EqualsTo: new(str("_file_type", "x"))}}
		for name, change := range map[string]func(in *api.SearchRelevantContentInput, c *op.Caller){
			"another query":     func(in *api.SearchRelevantContentInput, _ *op.Caller) { in.QueryText = "pears" },
			"another retriever": func(in *api.SearchRelevantContentInput, _ *op.Caller) { in.ContentSource.Retriever.RetrieverID = other },
			"another filter":    func(in *api.SearchRelevantContentInput, _ *op.Caller) { in.AttributeFilter = filter },
			"another person":    func(_ *api.SearchRelevantContentInput, c *op.Caller) { *c = as("bob@example.com") },
			"another tag":       func(_ *api.SearchRelevantContentInput, c *op.Caller) { c.Tags = as("bob@example.com").Tags },
			"no token at all":   func(in *api.SearchRelevantContentInput, _ *op.Caller) { in.NextToken = new("bogus") },
		} {
			in, c := r.query(id, "apples"), as("ann@example.com")
			in.NextToken = token
			change(in, &c)
			t.Log(name)
			_, err := optest.Call(t, r.Registry, c, api.SearchRelevantContent, in)
			optest.Refused(t, err, optest.Invalid("nextToken"))
		}
		in.NextToken, in.MaxResults = token, new(int32(2)) // how much at once may change
		if n := len(r.finds(t, as("ann@example.com"), in)); n != 2 {
			t.Errorf("%d on the second page", n)
		}
	})
}

func TestFilters(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.configure(t, an("dept", "STRING", "DISABLED"), an("level", "NUMBER", "DISABLED"), an("labels", "STRING_LIST", "DISABLED"))
		id := r.create(t, "find", nil)
		day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
		labels := func(l ...string) api.DocumentAttribute {
			return api.DocumentAttribute{Name: "labels", Value: api.DocumentAttributeValue{StringListValue: l}}
		}
		r.put(t,
			doc("a", "", "A plan for spring", str("dept", "HR"), long("level", 1), labels("new", "draft"), when("_created_at", day(1))),
			doc("b", "", "A plan for summer", str("dept", "IT"), long("level", 2), labels("new"), when("_created_at", day(2))),
			doc("c", "", "A plan for autumn", long("level", 3), when("_created_at", day(3))))
		f := func(set func(f *api.AttributeFilter)) *api.AttributeFilter {
			made := &api.AttributeFilter{}
			set(made)
			return made
		}
		hr := f(func(f *api.AttributeFilter) { f.EqualsTo = new(str("dept", "HR")) })
		for name, tt := range map[string]struct {
			filter *api.AttributeFilter
			want   string
		}{
			"none":     {nil, "a b c"},
			"equals":   {hr, "a"},
			"not":      {f(func(f *api.AttributeFilter) { f.NotFilter = hr }), "b c"},
			"any":      {f(func(f *api.AttributeFilter) { f.ContainsAny = new(labels("draft", "new")) }), "a b"},
			"all":      {f(func(f *api.AttributeFilter) { f.ContainsAll = new(labels("draft", "new")) }), "a"},
			"greater":  {f(func(f *api.AttributeFilter) { f.GreaterThan = new(long("level", 1)) }), "b c"},
			"at least": {f(func(f *api.AttributeFilter) { f.GreaterThanOrEquals = new(when("_created_at", day(2))) }), "b c"},
			"less":     {f(func(f *api.AttributeFilter) { f.LessThan = new(when("_created_at", day(2))) }), "a"},
			"at most":  {f(func(f *api.AttributeFilter) { f.LessThanOrEquals = new(long("level", 2)) }), "a b"},
			"both": {f(func(f *api.AttributeFilter) {
				f.AndAllFilters = []api.AttributeFilter{*hr, {LessThan: new(long("level", 1))}}
			}), ""},
			"either": {f(func(f *api.AttributeFilter) {
				f.OrAllFilters = []api.AttributeFilter{*hr, {GreaterThan: new(long("level", 2))}}
			}), "a c"},
			"an ID": {f(func(f *api.AttributeFilter) { f.EqualsTo = new(str("_document_id", "b")) }), "b"},
			"a type": {f(func(f *api.AttributeFilter) {
				f.NotFilter = &api.AttributeFilter{EqualsTo: new(str("_file_type", "txt"))}
			}), ""},
			"language":  {f(func(f *api.AttributeFilter) { f.EqualsTo = new(str("_language_code", "en")) }), "a b c"},
			"the case":  {f(func(f *api.AttributeFilter) { f.EqualsTo = new(str("dept", "hr")) }), ""},
			"a non-one": {f(func(f *api.AttributeFilter) { f.EqualsTo = new(str("_category", "")) }), ""},
		} {
			in := r.query(id, "plan")
			in.AttributeFilter = tt.filter
			got := r.finds(t, us(), in)
			slices.Sort(got)
			if diff := cmp.Diff(strings.Fields(tt.want), append([]string{}, got...)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		for name, tt := range map[string]struct {
			filter *api.AttributeFilter
			field  string
		}{
			"of nothing":     {&api.AttributeFilter{}, "attributeFilter"},
			"no attribute":   {f(func(f *api.AttributeFilter) { f.EqualsTo = new(str("Dept", "HR")) }), "attributeFilter.equalsTo.name"},
			"another type":   {f(func(f *api.AttributeFilter) { f.NotFilter = &api.AttributeFilter{EqualsTo: new(str("level", "1"))} }), "attributeFilter.notFilter.equalsTo.value"},
			"not comparable": {f(func(f *api.AttributeFilter) { f.LessThan = new(str("dept", "HR")) }), "attributeFilter.lessThan.value"},
		} {
			in := r.query(id, "plan")
			in.AttributeFilter = tt.filter
			t.Log(name)
			_, err := optest.Call(t, r.Registry, us(), api.SearchRelevantContent, in)
			optest.Refused(t, err, optest.Invalid(tt.field))
		}
	})
}

// TestBoostsReorder what is found, and change nothing else of it.
func TestBoostsReorder(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.configure(t, an("dept", "STRING", "ENABLED"))
		day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
		r.put(t,
			doc("old", "", "Travel costs are paid on the tenth of each month.", when("_created_at", day(1)), str("dept", "HR")),
			doc("new", "", "Travel costs are paid on the fifth of each month.", when("_created_at", day(20)), str("dept", "IT")))
		plain := r.create(t, "plain", nil)
		for name, tt := range map[string]struct {
			boosts Boosting
			first  string
		}{
			"the new":  {Boosting{"_created_at": entry{DateConfiguration: &api.DateAttributeBoostingConfiguration{BoostingLevel: "VERY_HIGH", BoostingDurationInSeconds: new(int64(86400))}}}, "new"},
			"of HR":    {Boosting{"dept": text("LOW", levels{"HR": "VERY_HIGH"})}, "old"},
			"of IT":    {Boosting{"dept": text("LOW", levels{"IT": "VERY_HIGH"})}, "new"},
			"of tiers": {Boosting{"_created_at": date("ONE")}, "new"},
		} {
			id := r.create(t, strings.ReplaceAll(name, " ", "-"), tt.boosts)
			got, before := r.finds(t, us(), r.query(id, "travel costs")), r.finds(t, us(), r.query(plain, "travel costs"))
			if len(got) != 2 || got[0] != tt.first || len(before) != 2 {
				t.Errorf("%s: %v; without boosts %v", name, got, before)
			}
		}
	})
}

func TestWhatIsNotSearched(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "find", nil)
		other := *must(t, r, api.CreateRetriever, &api.CreateRetrieverInput{ApplicationID: r.app, DisplayName: "kendra", Type: api.RetrieverTypeKendraIndex, Configuration: kendra()}).RetrieverID
		r.put(t, doc("a", "", "The and of a."))
		for name, tt := range map[string]struct {
			in   *api.SearchRelevantContentInput
			want fault.Error
		}{
			"nothing":        {r.query(id, ""), optest.Invalid("queryText")},
			"blanks":         {r.query(id, " \t\n"), optest.Invalid("queryText")},
			"a book":         {r.query(id, strings.Repeat("é", 10_001)), optest.Invalid("queryText")},
			"no retriever":   {r.query(nowhere, "x"), absent("retriever", nowhere)},
			"Kendra":         {r.query(other, "x"), optest.Invalid("contentSource.retriever.retrieverId")},
			"no application": {&api.SearchRelevantContentInput{ApplicationID: nowhere, QueryText: "x", ContentSource: r.query(id, "").ContentSource}, absent("application", nowhere)},
		} {
			t.Log(name)
			_, err := optest.Call(t, r.Registry, us(), api.SearchRelevantContent, tt.in)
			optest.Refused(t, err, tt.want)
		}
		for _, empty := range []string{"the", "!?", "\"\"", strings.Repeat("é", 10_000), strings.Repeat("word ", 2000)} {
			out := optest.Must(t, r.Registry, us(), api.SearchRelevantContent, r.query(id, empty))
			if len(out.RelevantContent) != 0 || out.RelevantContent == nil || out.NextToken != nil {
				t.Errorf("%.10q…: %v", empty, out)
			}
		}
	})
}

// TestARetrieverWithoutItsIndex stays, and says so: while the index goes, and when
// it is gone.
func TestARetrieverWithoutItsIndex(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "find", nil)
		r.put(t, doc("a", "", "A plan for spring"))
		if n := len(r.finds(t, us(), r.query(id, "plan"))); n != 1 {
			t.Fatalf("%d found", n)
		}
		must(t, r, api.DeleteIndex, &api.DeleteIndexInput{ApplicationID: r.app, IndexID: r.idx})
		for range 2 {
			_, err := optest.Call(t, r.Registry, us(), api.SearchRelevantContent, r.query(id, "plan"))
			optest.Refused(t, err, absent("index", r.idx))
			r.get(t, id)
			r.work(t)
		}
		r.idx = r.index(t, "next")
		must(t, r, api.UpdateRetriever, &api.UpdateRetrieverInput{ApplicationID: r.app, RetrieverID: id, Configuration: new(native(r.idx, nil))})
		if n := len(r.finds(t, us(), r.query(id, "plan"))); n != 0 {
			t.Errorf("%d found in an empty index", n)
		}
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: r.app})
		_, err := optest.Call(t, r.Registry, us(), api.SearchRelevantContent, r.query(id, "plan"))
		optest.Refused(t, err, absent("application", r.app))
	})
}

// TestASearchNeedsALicence of the lowest tier, for the person who asks.
func TestASearchNeedsALicence(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "find", nil)
		r.Licensed = func(_ context.Context, _ op.Caller, app string, p op.Person, least api.SubscriptionType) error {
			if app != r.app || p.Email != "ann@example.com" || least != api.SubscriptionTypeQLite {
				t.Errorf("%s, %+v, %s", app, p, least)
			}
			return &fault.Error{Code: fault.LicenseNotFound}
		}
		_, err := optest.Call(t, r.Registry, as("ann@example.com"), api.SearchRelevantContent, r.query(id, "plan"))
		optest.Refused(t, err, fault.Error{Code: fault.LicenseNotFound})
	})
}

// TestADocumentThatChangesIsFoundAsItIs: its new words, its new list, and not at
// all when it was deleted.
func TestADocumentThatChangesIsFoundAsItIs(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "find", nil)
		ann := as("ann@example.com")
		r.put(t, doc("a", "", "Lemons are yellow."))
		r.put(t, doc("a", "", "Limes are green."))
		if got := r.finds(t, ann, r.query(id, "lemons")); len(got) != 0 {
			t.Errorf("the old words find %v", got)
		}
		if diff := cmp.Diff([]string{"a"}, r.finds(t, ann, r.query(id, "limes"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		r.put(t, r.only(doc("a", "", "Limes are green."), "bob@example.com"))
		if got := r.finds(t, ann, r.query(id, "limes")); len(got) != 0 {
			t.Errorf("after it became Bob's, Ann finds %v", got)
		}
		r.put(t, doc("a", "", "Limes are green."))
		must(t, r, api.BatchDeleteDocument, &api.BatchDeleteDocumentInput{ApplicationID: r.app, IndexID: r.idx, Documents: []api.DeleteDocument{{DocumentID: "a"}}})
		r.work(t)
		if got := r.finds(t, ann, r.query(id, "limes")); len(got) != 0 {
			t.Errorf("after it was deleted: %v", got)
		}
	})
}

// TestAHitIsReadAsTheDocumentIs: between a search and the reading of what it found,
// a document may have been hidden, changed or deleted.
func TestAHitIsReadAsTheDocumentIs(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.put(t, r.only(doc("bob", "", "Limes for Bob.", str("_category", "fruit")), "bob@example.com"), doc("all", "", "Limes for everybody."))
		key := retrieval.Key{Tenant: us().Tenant(), Application: r.app, Index: r.idx}
		bob, ann := acl.SetOf(acl.Principal{Name: "bob@example.com"}), acl.SetOf(acl.Principal{Name: "ann@example.com"})
		found, err := r.Library.Search(t.Context(), key, retrieval.Query{Text: "limes", Who: bob, Limit: 10})
		if err != nil || len(found.Hits) != 2 {
			t.Fatalf("%v, %v", found.Hits, err)
		}
		gone := retrieval.Hit{Document: "0123456789ABCDEFGHIJKLMNOP", Asked: 1, Matched: 1}
		fruit := &facet.Filter{Op: facet.Equal, Name: "_category", Value: facet.OfString("fruit")}
		for name, tt := range map[string]struct {
			sc   scope
			want string
		}{
			"it is still Bob's": {scope{key: key, who: bob}, "all bob"},
			"now Ann asks":      {scope{key: key, who: ann}, "all"},
			"nobody does":       {scope{key: key}, "all"},
			"under a filter":    {scope{key: key, who: bob, filter: fruit}, "bob"},
		} {
			var got []string
			read, err := r.Service.read(t.Context(), tt.sc, append([]retrieval.Hit{gone}, found.Hits...))
			for _, f := range read {
				got = append(got, f.ID)
			}
			slices.Sort(got)
			if strings.Join(got, " ") != tt.want || err != nil {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
	})
}
