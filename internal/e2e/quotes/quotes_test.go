package quotes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/quote"
	"github.com/parleyhq/parley/parleytest"
)

// library is the made-up company's documents, on a server of its own.
type library struct {
	*qbusiness.Client
	app, index, retriever *string
}

func newLibrary(t *testing.T) *library {
	t.Helper()
	ctx := t.Context()
	l := &library{Client: qbusiness.NewFromConfig(parleytest.Start(t).Config())}
	app, err := l.CreateApplication(ctx, &qbusiness.CreateApplicationInput{DisplayName: new("library"), IdentityType: types.IdentityTypeAnonymous})
	must(t, err)
	l.app = app.ApplicationId
	index, err := l.CreateIndex(ctx, &qbusiness.CreateIndexInput{ApplicationId: l.app, DisplayName: new("docs")})
	must(t, err)
	l.index = index.IndexId
	retriever, err := l.CreateRetriever(ctx, &qbusiness.CreateRetrieverInput{
		ApplicationId: l.app, DisplayName: new("find"), Type: types.RetrieverTypeNativeIndex,
		Configuration: &types.RetrieverConfigurationMemberNativeIndexConfiguration{Value: types.NativeIndexConfiguration{IndexId: l.index}},
	})
	must(t, err)
	l.retriever = retriever.RetrieverId
	return l
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fill puts the documents of a folder in, and waits until they are found.
func (l *library) fill(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.md"))
	must(t, err)
	var docs []types.Document
	for _, f := range files {
		text, err := os.ReadFile(f)
		must(t, err)
		title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		docs = append(docs, types.Document{
			Id: new(strings.TrimSuffix(filepath.Base(f), ".md")), Title: &title, ContentType: types.ContentTypeMd,
			Content: &types.DocumentContentMemberBlob{Value: text},
		})
	}
	for from := 0; from < len(docs); from += 10 {
		out, err := l.BatchPutDocument(t.Context(), &qbusiness.BatchPutDocumentInput{ApplicationId: l.app, IndexId: l.index, Documents: docs[from:min(len(docs), from+10)]})
		must(t, err)
		if len(out.FailedDocuments) > 0 {
			t.Fatalf("%d documents are refused", len(out.FailedDocuments))
		}
	}
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		out, err := l.GetIndex(t.Context(), &qbusiness.GetIndexInput{ApplicationId: l.app, IndexId: l.index})
		must(t, err)
		if out.IndexStatistics != nil && int(*out.IndexStatistics.TextDocumentStatistics.IndexedTextDocumentCount) == len(docs) {
			return
		}
	}
}

// find returns the passages that the server finds for a question.
func (l *library) find(t *testing.T, question string) []cite.Passage {
	t.Helper()
	out, err := l.SearchRelevantContent(t.Context(), &qbusiness.SearchRelevantContentInput{
		ApplicationId: l.app, QueryText: &question, MaxResults: new(int32(10)),
		ContentSource: &types.ContentSourceMemberRetriever{Value: types.RetrieverContentSource{RetrieverId: l.retriever}},
	})
	must(t, err)
	var found []cite.Passage
	for _, r := range out.RelevantContent {
		found = append(found, cite.Passage{Document: *r.DocumentId, Title: *r.DocumentTitle, Text: *r.Content})
	}
	return found
}

// question is one of the table: without a document, nothing in the documents
// answers it.
type question struct{ half, document, key, text string }

func questions(t *testing.T) []question {
	t.Helper()
	table, err := os.ReadFile("testdata/questions.tsv")
	must(t, err)
	var all []question
	for line := range strings.Lines(string(table)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 4 {
			t.Fatalf("%q has %d fields", line, len(f))
		}
		all = append(all, question{f[0], f[1], f[2], f[3]})
	}
	return all
}

// tally counts what became of the questions of a half.
type tally struct{ asked, first, key, unanswerable, refused int }

// TestQuotes asks all questions of the table. Answers were made better by looking
// at those of the half that is called seen; those that are called held were
// written before that, and only counted.
func TestQuotes(t *testing.T) {
	l := newLibrary(t)
	l.fill(t, "testdata/company")
	tallies := map[string]*tally{"seen": {}, "held": {}}
	for _, q := range questions(t) {
		tallies[q.half].count(t, q, l.find(t, q.text))
	}
	for half, c := range tallies {
		t.Logf("%s: right document cited first %d of %d, key phrase %d, unanswerable refused %d of %d", half, c.first, c.asked, c.key, c.refused, c.unanswerable)
		if 100*c.first < 80*c.asked || 100*c.key < 80*c.asked {
			t.Errorf("%s: %d of %d questions have the right document first, and %d the answer; 80 %% must", half, c.first, c.asked, c.key)
		}
		if 100*c.refused < 80*c.unanswerable {
			t.Errorf("%s: %d of %d unanswerable questions are refused; 80 %% must be", half, c.refused, c.unanswerable)
		}
	}
}

// count asks a question, and says of those seen what went wrong.
func (c *tally) count(t *testing.T, q question, found []cite.Passage) {
	t.Helper()
	a, ok := quote.Answer(q.text, found)
	if q.document == "" {
		c.unanswerable++
		if !ok {
			c.refused++
		} else if q.half == "seen" {
			t.Logf("%s is answered: %s", q.text, a.Text)
		}
		return
	}
	c.asked++
	first := ok && a.Sources[0].Document == q.document
	key := ok && strings.Contains(a.Text, q.key)
	if first {
		c.first++
	}
	if key {
		c.key++
	}
	if q.half == "seen" && !(first && key) {
		t.Logf("%s\n\twanted %s of %s, found first %v\n\t%s", q.text, q.key, q.document, len(found) > 0 && found[0].Document == q.document, a.Text)
	}
}
