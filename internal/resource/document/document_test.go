package document

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

func TestFromReceivedToIndexed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.follower()
		r.put(t, text("a", "Bread is baked.", titled("Bread")), text("b", "Fish is caught.", titled("Fish")))
		r.wantStates(t, "a RECEIVED", "b RECEIVED")
		r.wantFound(t, f, map[string]string{})
		if _, err := r.claim(t.Context(), r.place()); err != nil {
			t.Fatal(err)
		}
		r.wantStates(t, "a PROCESSING", "b PROCESSING")
		r.work(t)
		r.wantStates(t, "a INDEXED", "b INDEXED")
		r.wantFound(t, f, map[string]string{"Bread": "Bread is baked.", "Fish": "Fish is caught."})
		if got := r.stats(t); got != "2 documents, 30 bytes" {
			t.Errorf("the index has %s", got)
		}
		if n := r.rows(t, "ingestion"); n != 0 {
			t.Errorf("%d ingestions go on", n)
		}
	})
}

func TestTheSameIDReplaces(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f, began := r.follower(), r.clock.Now()
		r.indexed(t, text("a", "old words", titled("A"), only("group")))
		r.clock.Advance(time.Minute)
		r.put(t, text("a", "new words here", titled("A")))
		r.wantStates(t, "a RECEIVED")
		r.wantFound(t, f, map[string]string{"A": "old words"}) // until the new ones are read
		r.work(t)
		r.wantStates(t, "a INDEXED")
		r.wantFound(t, f, map[string]string{"A": "new words here"})
		if got := r.stats(t); got != "1 documents, 14 bytes" {
			t.Errorf("the index has %s", got)
		}
		for table, want := range map[string]int{"passage": 1, "document_part": 1, "acl": 0, "document_waste": 0} {
			if n := r.rows(t, table); n != want {
				t.Errorf("%d rows of %s, want %d", n, table, want)
			}
		}
		d := r.list(t)[0]
		if !d.CreatedAt.Equal(began) || !d.UpdatedAt.Equal(r.clock.Now()) {
			t.Errorf("created %v, updated %v", d.CreatedAt, d.UpdatedAt)
		}
	})
}

// A put that comes while the same document is being read wins.
func TestAPutWhileTheDocumentIsRead(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.put(t, text("a", "first", titled("A")))
		last, err := r.claim(t.Context(), r.place())
		if err != nil {
			t.Fatal(err)
		}
		readings, configured, err := r.load(t.Context(), r.place(), *last)
		if err != nil {
			t.Fatal(err)
		}
		if readings, err = r.readAll(t.Context(), readings, configured); err != nil {
			t.Fatal(err)
		}
		r.put(t, text("a", "second", titled("A")))
		if err := r.commit(t.Context(), r.place(), readings); err != nil {
			t.Fatal(err)
		}
		r.wantStates(t, "a RECEIVED")
		r.work(t)
		r.wantFound(t, r.follower(), map[string]string{"A": "second"})
		for table, want := range map[string]int{"passage": 1, "document_part": 1, "document_waste": 0} {
			if n := r.rows(t, table); n != want {
				t.Errorf("%d rows of %s, want %d", n, table, want)
			}
		}
	})
}

func TestTwiceInOneRequest(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.indexed(t, text("a", "first", titled("A")), text("a", "second", titled("A")))
		r.wantStates(t, "a INDEXED")
		r.wantFound(t, r.follower(), map[string]string{"A": "second"})
	})
}

func TestAFailedVersionLeavesTheOneBefore(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.follower()
		r.indexed(t, text("a", "good", titled("A")))
		bad := text("a", "%PDF-1.7 nothing", titled("A"))
		bad.ContentType = new(api.ContentTypePdf)
		r.indexed(t, bad)
		if got := r.states(t); !strings.HasPrefix(got, "a FAILED InvalidRequest: ") {
			t.Errorf("%s", got)
		}
		r.wantFound(t, f, map[string]string{"A": "good"})
		r.indexed(t, text("a", "better", titled("A")))
		r.wantStates(t, "a INDEXED")
		r.wantFound(t, f, map[string]string{"A": "better"})
		if n := r.rows(t, "document_part"); n != 1 {
			t.Errorf("%d parts are stored", n)
		}
	})
}

func TestDeletion(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.follower()
		r.indexed(t, text("a", "one", titled("A"), only("g")), text("b", "two", titled("B")))
		f.follow(t)
		r.erase(t, "a", "a")
		r.wantStates(t, "a DELETING", "b INDEXED")
		r.wantFound(t, f, map[string]string{"B": "two"}) // before anything of it is removed
		r.erase(t, "a")                                  // again: it is under way
		r.work(t)
		r.wantStates(t, "b INDEXED")
		if got := r.stats(t); got != "1 documents, 3 bytes" {
			t.Errorf("the index has %s", got)
		}
		for table, want := range map[string]int{"document": 1, "passage": 1, "document_part": 1, "acl": 0, "document_waste": 0, "document_gone": 1} {
			if n := r.rows(t, table); n != want {
				t.Errorf("%d rows of %s, want %d", n, table, want)
			}
		}
		r.indexed(t, text("a", "three", titled("A")))
		r.wantFound(t, f, map[string]string{"A": "three", "B": "two"})
	})
}

// A document that is put while it is being deleted is a new one.
func TestAPutWhileItIsDeleted(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.follower()
		r.indexed(t, text("a", "one", titled("A")))
		r.erase(t, "a")
		r.clock.Advance(time.Minute)
		r.put(t, text("a", "two", titled("A")))
		r.wantStates(t, "a RECEIVED")
		r.wantFound(t, f, map[string]string{})
		r.work(t)
		r.wantStates(t, "a INDEXED")
		r.wantFound(t, f, map[string]string{"A": "two"})
		if d := r.list(t)[0]; !d.CreatedAt.Equal(r.clock.Now()) {
			t.Errorf("created %v", d.CreatedAt)
		}
		if n := r.rows(t, "passage") + r.rows(t, "document_part"); n != 2 {
			t.Errorf("%d passages and parts", n)
		}
	})
}

func TestDeletionOfWhatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		out := must(t, r, api.BatchDeleteDocument, r.deletion("ghost"))
		want := "ghost: ResourceNotFound: There is no document with ID ghost in index " + r.index + " that was put without a data source; one of a custom data source is named together with the dataSourceSyncId of a sync job."
		if got := told(out.FailedDocuments); got != want {
			t.Errorf("%s", got)
		}
	})
}

func TestWhatARequestIsRefusedFor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		missing := r.batch(text("a", "x"))
		missing.IndexID = nowhere
		_, err := call(t, r, api.BatchPutDocument, missing)
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "index", ResourceID: nowhere})

		object := api.Document{ID: "o", Content: &api.DocumentContent{S3: &api.S3{Bucket: "files", Key: "notes/a.txt"}}}
		_, err = call(t, r, api.BatchPutDocument, r.batch(object))
		message := optest.Refused(t, err, optest.Invalid("roleArn"))
		if want := "roleArn: is needed to read s3://files/notes/a.txt: the role has to allow s3:GetObject"; message != want {
			t.Errorf("%s", message)
		}
		foreign := r.batch(object)
		foreign.RoleARN = new("arn:aws:iam::999900001111:role/other")
		_, err = call(t, r, api.BatchPutDocument, foreign)
		optest.Refused(t, err, optest.Invalid("roleArn"))

		list := &api.ListDocumentsInput{ApplicationID: r.app, IndexID: r.index, DataSourceIDs: []string{nowhere}}
		_, err = call(t, r, api.ListDocuments, list)
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "data-source", ResourceID: nowhere})
		list.DataSourceIDs, list.NextToken = nil, new("x")
		_, err = call(t, r, api.ListDocuments, list)
		optest.Refused(t, err, optest.Invalid("nextToken"))
	})
}

func TestAnIndexThatIsDeletedTakesNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r, api.DeleteIndex, &api.DeleteIndexInput{ApplicationID: r.app, IndexID: r.index})
		for _, try := range []func() error{
			func() error { _, err := call(t, r, api.BatchPutDocument, r.batch(text("a", "x"))); return err },
			func() error { _, err := call(t, r, api.BatchDeleteDocument, r.deletion("a")); return err },
		} {
			optest.Refused(t, try(), fault.Error{Code: fault.Conflict, ResourceType: "index", ResourceID: r.index})
		}
	})
}

func TestListPages(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var want []string
		for i := range 7 {
			id := fmt.Sprintf("doc-%d", i)
			r.put(t, text(id, "x"))
			r.clock.Advance(time.Second)
			want = append([]string{id}, want...)
		}
		var got []string
		in := &api.ListDocumentsInput{ApplicationID: r.app, IndexID: r.index, MaxResults: new(int32(3))}
		for {
			out := must(t, r, api.ListDocuments, in)
			for _, d := range out.DocumentDetailList {
				got = append(got, *d.DocumentID)
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

func TestObjects(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := r.batch()
		in.RoleARN = new("arn:aws:iam::111122223333:role/reader")
		for _, key := range []string{"notes/a.txt", "none", "empty"} {
			in.Documents = append(in.Documents, api.Document{ID: "s3-" + key, Content: &api.DocumentContent{S3: &api.S3{Bucket: "files", Key: key}}})
		}
		r.putIn(t, in)
		r.work(t)
		states := r.states(t)
		for _, want := range []string{"s3-notes/a.txt INDEXED", "s3-none FAILED ResourceNotFound: ", "s3-empty FAILED InvalidRequest: The document is empty: its object has no bytes."} {
			if !strings.Contains(states, want) {
				t.Errorf("%q is not in\n%s", want, states)
			}
		}
		r.wantFound(t, r.follower(), map[string]string{"a.txt": "Bread is baked in the morning."})
	})
}

// A bucket that does not answer is tried again, and in the end given up.
func TestABucketThatDoesNotAnswer(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := r.batch(api.Document{ID: "o", Content: &api.DocumentContent{S3: &api.S3{Bucket: "files", Key: "notes/a.txt"}}})
		in.RoleARN = new("arn:aws:iam::111122223333:role/reader")
		r.objects.Break("notes/a.txt", errors.New("connection reset, token=hunter2"))
		r.putIn(t, in)
		r.work(t)
		r.wantStates(t, "o PROCESSING")
		r.exhaust(t)
		r.wantStates(t, "o FAILED InternalError: The document could not be read in several attempts. Put it again; if that fails too, look in the server's log and its list of jobs.")
		r.objects.Break("notes/a.txt", nil)
		r.putIn(t, in)
		r.work(t)
		r.wantStates(t, "o INDEXED")
	})
}

func TestFullIndex(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.indexed(t, text("a", "x"))
		r.weigh(t, 19_998, 0)
		_, err := call(t, r, api.BatchPutDocument, r.batch(text("b", "x"), text("c", "x")))
		quota := fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "index", ResourceID: r.index}
		optest.Refused(t, err, quota)
		r.put(t, text("a", "y"), text("b", "x"))
		r.weigh(t, 1, 0) // another was faster
		r.work(t)
		const full = " DOCUMENT_FAILED_TO_INDEX InvalidRequest: The index is full: its capacity units do not hold the document. Give it more units with UpdateIndex, or delete documents, and put it again."
		r.wantStates(t, "a INDEXED", "b"+full)
		r.weigh(t, -1000, 200<<20-3)
		r.indexed(t, text("a", "more than three"))
		r.wantStates(t, "a"+full, "b"+full)
		r.weigh(t, 0, 3)
		_, err = call(t, r, api.BatchPutDocument, r.batch(text("c", "x")))
		optest.Refused(t, err, quota)
		r.wantFound(t, r.follower(), map[string]string{"": "y"})
	})
}

// weigh makes the index fuller than it is.
func (r *rig) weigh(t *testing.T, documents, bytes int64) {
	t.Helper()
	err := r.DB.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE index_log SET documents = documents + $4, text_bytes = text_bytes + $5 WHERE tenant = $1 AND application = $2 AND idx = $3`,
			us().Tenant(), r.app, r.index, documents, bytes)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNoneFailed has the list all the same: users write response["failedDocuments"].
func TestNoneFailed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		if out := must(t, r, api.BatchPutDocument, r.batch(text("a", "x"))); out.FailedDocuments == nil || len(out.FailedDocuments) > 0 {
			t.Errorf("put: %#v, want a list that is empty", out.FailedDocuments)
		}
		for _, gone := range [][]string{{"a"}, {}} {
			if out := must(t, r, api.BatchDeleteDocument, r.deletion(gone...)); out.FailedDocuments == nil || len(out.FailedDocuments) > 0 {
				t.Errorf("delete %q: %#v, want a list that is empty", gone, out.FailedDocuments)
			}
		}
	})
}

func TestFailedDocuments(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Limits.Bytes = 100
		relation := func(d *api.Document) {
			d.AccessConfiguration = &api.AccessConfiguration{AccessControls: []api.AccessControl{{Principals: []api.Principal{
				{Group: &api.PrincipalGroup{Name: new("g"), Access: api.ReadAccessTypeAllow, MembershipType: new(api.MembershipTypeDatasource)}},
			}}}}
		}
		empty := text("d", "x")
		empty.AccessConfiguration = &api.AccessConfiguration{}
		nobody := text("e", "x")
		nobody.AccessConfiguration = &api.AccessConfiguration{AccessControls: []api.AccessControl{{}}}
		unnamed := text("f", "x")
		unnamed.AccessConfiguration = &api.AccessConfiguration{AccessControls: []api.AccessControl{{Principals: []api.Principal{{User: &api.PrincipalUser{Access: api.ReadAccessTypeAllow}}}}}}
		neither := text("g", "x")
		neither.AccessConfiguration = &api.AccessConfiguration{AccessControls: []api.AccessControl{{Principals: []api.Principal{{}}}}}
		rule := text("k", "x")
		rule.DocumentEnrichmentConfiguration = &api.DocumentEnrichmentConfiguration{InlineConfigurations: []api.InlineDocumentEnrichmentConfiguration{
			{Target: &api.DocumentAttributeTarget{Key: "unknown", Value: new(str("v"))}},
		}}
		out := must(t, r, api.BatchPutDocument, r.batch(
			text("a", strings.Repeat("x", 101)), text("b", ""), text("c", "x", relation), empty, nobody, unnamed, neither,
			text("h", "x", having("_view_count", str("many"))), rule, text("ok", "x"),
		))
		want := strings.Join([]string{
			"a: InvalidRequest: The document has 101 bytes; at most 100 are taken.",
			"b: InvalidRequest: The document is empty: its content has no bytes.",
			"c: InvalidRequest: accessConfiguration.accessControls[0].principals[0] is of membershipType DATASOURCE, and the document is of no data source: put it with the attribute _data_source_id, or leave membershipType out.",
			"d: InvalidRequest: accessConfiguration.accessControls is empty: leave accessConfiguration out if everybody may see the document.",
			"e: InvalidRequest: accessConfiguration.accessControls[0].principals is empty: name a user or a group.",
			"f: InvalidRequest: accessConfiguration.accessControls[0].principals[0] has no id: nobody is meant.",
			"g: InvalidRequest: accessConfiguration.accessControls[0].principals[0] has neither a user nor a group.",
			"h: InvalidRequest: The attribute _view_count is of type STRING; the index has it as NUMBER.",
			"k: InvalidRequest: documentEnrichmentConfiguration.inlineConfigurations[0].target.key is unknown, which the index does not have: add it with UpdateIndex first.",
		}, "\n")
		if diff := cmp.Diff(want, told(out.FailedDocuments)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		r.work(t)
		r.wantStates(t, "ok INDEXED")
	})
}

// TestAttributesTakeRoom: search holds them in memory, so they count as text does, and
// one document has so many at most, whoever gives them.
func TestAttributesTakeRoom(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.indexed(t, text("a", "four", having("note", str("1234"))))
		if got := r.stats(t); got != "1 documents, 12 bytes" {
			t.Error(got)
		}
		r.indexed(t, text("a", "four"))
		if got := r.stats(t); got != "1 documents, 4 bytes" {
			t.Error(got)
		}
		many := api.DocumentAttributeValue{StringListValue: slices.Repeat([]string{strings.Repeat("x", 1008)}, 1024)}
		out := must(t, r, api.BatchPutDocument, r.batch(text("b", "x", having("tags", many))))
		want := "b: InvalidRequest: The document's attributes have 1048580 bytes; at most 1048576 are taken."
		if diff := cmp.Diff(want, told(out.FailedDocuments)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		r.weigh(t, 0, 200<<20-4-100)
		r.put(t, text("c", "x", having("note", str(strings.Repeat("x", 96)))))
		r.work(t)
		r.wantStates(t, "a INDEXED", "c DOCUMENT_FAILED_TO_INDEX InvalidRequest: The index is full: its capacity units do not hold the document. Give it more units with UpdateIndex, or delete documents, and put it again.")
	})
}
