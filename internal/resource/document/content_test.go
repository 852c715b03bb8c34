package document

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// The address of a document that was deleted leads nowhere when another is put by
// its name, which may be for others.
func TestAnAddressIsOfOneDocument(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.indexed(t, text("a", "for everybody"))
		out, err := r.content(as("bob@example.com"), t, "a", api.OutputFormatRaw)
		if err != nil {
			t.Fatal(err)
		}
		must(t, r, api.BatchDeleteDocument, &api.BatchDeleteDocumentInput{ApplicationID: r.app, IndexID: r.index, Documents: []api.DeleteDocument{{DocumentID: "a"}}})
		r.work(t)
		r.clock.Advance(time.Second)
		r.indexed(t, text("a", "for Ann alone", only("ann@example.com")))
		if _, got, err := r.download(t, out.PresignedURL); !fault.Is(err, fault.ResourceNotFound) {
			t.Errorf("the address gives %q, %v", got, err)
		}
	})
}

// What was read of a document that was deleted meanwhile is nothing to the one that
// has its name since: its list was another.
func TestAReadingIsOfOneDocument(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.put(t, text("a", "for everybody"))
		before := r.reading(t, "a")
		must(t, r, api.BatchDeleteDocument, &api.BatchDeleteDocumentInput{ApplicationID: r.app, IndexID: r.index, Documents: []api.DeleteDocument{{DocumentID: "a"}}})
		r.work(t)
		r.clock.Advance(time.Second)
		r.put(t, text("a", "for Ann alone", only("ann@example.com")))
		if err := r.commit(t.Context(), before.Place, []*reading{before}); err != nil {
			t.Fatal(err)
		}
		r.wantStates(t, "a RECEIVED")
		r.work(t)
		if out := r.check(t, "bob@example.com", "a", ""); *out.HasAccess {
			t.Error("everybody may see the document")
		}
	})
}

// reading is a document that waits, as a job has read it.
func (r *rig) reading(t testing.TB, id string) *reading {
	t.Helper()
	k := keyOf(Place{"111122223333:us-east-1", r.app, r.index, ""}, id)
	var generation int64
	err := r.DB.ViewOne(t.Context(), func(tx *store.Tx) error {
		d, err := find(tx, k)
		generation = d.generation
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read, configured, err := r.begin(t.Context(), k.Tenant, fetchArgs{k.Application, k.Index, k.document, generation})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.read(t.Context(), read, configured); err != nil {
		t.Fatal(err)
	}
	return read
}

// An EXTRACTED form that is made as it is sent is the one that would be stored, in
// whatever pieces the text comes.
func TestExtractedInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.OneOf(rapid.String(), rapid.Just("é\u2028<b>\"\\\n\U0001f600")).Draw(t, "text")
		step := rapid.IntRange(1, 5).Draw(t, "step")
		var got bytes.Buffer
		err := extractedAs(func(_ context.Context, to io.Writer) error {
			for rest := want; rest != ""; rest = rest[min(step, len(rest)):] {
				if _, err := io.WriteString(to, rest[:min(step, len(rest))]); err != nil {
					return err
				}
			}
			return nil
		})(context.Background(), &got)
		if err != nil || got.String() != string(plain(want)) {
			t.Fatalf("%v, %s\nwant %s", err, got.String(), plain(want))
		}
	})
}

// To send the EXTRACTED form of a large text takes little memory: an address may be
// followed by many at once.
func TestExtractedTakesLittleMemory(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.indexed(t, text("a", strings.TrimSpace(strings.Repeat("Seven words are in every single line.\n", 200_000)), titled("A"))) // 7.6 MB
		out, err := r.content(as("ann@example.com"), t, "a", api.OutputFormatExtracted)
		if err != nil {
			t.Fatal(err)
		}
		var most largest
		c := opened(t, r, out.PresignedURL)
		if err := c.Copy(t.Context(), &most); err != nil {
			t.Fatal(err)
		}
		if most.total != c.Size || most.piece > 2*partSize {
			t.Errorf("%d bytes announced, %d sent, %d at once", c.Size, most.total, most.piece)
		}
	})
}

// largest notes how much is written to it, and at once.
type largest struct{ total, piece int64 }

func (l *largest) Write(p []byte) (int, error) {
	l.total, l.piece = l.total+int64(len(p)), max(l.piece, int64(len(p)))
	return len(p), nil
}

func opened(t testing.TB, r *rig, address string) *Content {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Open(t.Context(), u.Query())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An outside company that may ask for content gets what its data accessor's filter
// lets through, and nothing without an accessor.
func TestContentUnderADataAccessor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		audience := func(of string) func(*api.Document) {
			return func(d *api.Document) {
				d.Attributes = append(d.Attributes, api.DocumentAttribute{Name: "_category", Value: api.DocumentAttributeValue{StringValue: &of}})
			}
		}
		r.indexed(t, text("shared", "x", audience("shared")), text("internal", "x", audience("internal")), text("none", "x"))
		company := as("ann@example.com")
		company.Owner, company.Account, company.Role = company.Account, "444455556666", "arn:aws:iam::444455556666:role/search"
		ask := func(id string) error {
			_, err := r.content(company, t, id, api.OutputFormatRaw)
			return err
		}
		optest.Refused(t, ask("shared"), fault.Error{Code: fault.AccessDenied})

		admit := func(attribute string) {
			t.Helper()
			filter := `{"notFilter": {"equalsTo": {"name": "` + attribute + `", "value": {"stringValue": "internal"}}}}`
			err := r.DB.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(`INSERT INTO accessor (tenant, application, accessor, created_at, doc) VALUES ($1, $2, 'a', 1, $3)
					ON CONFLICT (tenant, application, accessor) DO UPDATE SET doc = excluded.doc`, us().Tenant(), r.app,
					`{"principal": "arn:aws:iam::444455556666:role/search", "actions": [{"action": "qbusiness:SearchRelevantContent",
						"filterConfiguration": {"documentAttributeFilter": `+filter+`}}]}`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		admit("_category")
		for _, id := range []string{"shared", "none"} {
			if err := ask(id); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		optest.Refused(t, ask("internal"), absentDocument("internal"))
		admit("unmapped")
		optest.Refused(t, ask("shared"), fault.Error{Code: fault.AccessDenied})
	})
}
