package relevance

import (
	"flag"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/parleytest"
)

var (
	data  = flag.String("data", "", "the folder of a collection in BEIR form")
	least = flag.Float64("least", 0, "the nDCG@10 that there has to be")
)

// TestRelevance puts a collection's documents through the API as a user's would
// come, with title and text, and measures what searches for its queries find:
// of each document, the best passage counts.
func TestRelevance(t *testing.T) {
	if *data == "" {
		t.Skip("no collection: make relevance DATA=dir names one, in BEIR form")
	}
	c := read(t, *data)
	l := newLibrary(t)
	began := time.Now()
	for docs := range slices.Chunk(c.documents, 10) {
		l.put(t, docs)
	}
	l.settle(t, len(c.documents))
	t.Logf("%d documents are indexed after %.0f s", len(c.documents), time.Since(began).Seconds())
	var gains, recalls [2]float64
	for i, q := range c.queries {
		run := l.run(t, q.Text)
		gains[i%2] += gain(run, c.relevant[q.ID])
		recalls[i%2] += recall(run, c.relevant[q.ID])
	}
	n := float64(len(c.queries))
	first, second := float64(len(c.queries)-len(c.queries)/2), float64(len(c.queries)/2)
	score := (gains[0] + gains[1]) / n
	t.Logf("nDCG@10 %.4f (%.4f and %.4f in the halves of %d queries), recall@100 %.4f",
		score, gains[0]/first, gains[1]/max(1, second), len(c.queries), (recalls[0]+recalls[1])/n)
	if score < *least {
		t.Errorf("nDCG@10 is %.4f, and has to be %.4f", score, *least)
	}
}

// library is an application with an index and a retriever, on a server of its own.
type library struct {
	*qbusiness.Client
	app, index, retriever *string
}

func newLibrary(t *testing.T) *library {
	t.Helper()
	ctx := t.Context()
	l := &library{Client: qbusiness.NewFromConfig(parleytest.Start(t).Config())}
	app, err := l.CreateApplication(ctx, &qbusiness.CreateApplicationInput{DisplayName: new("library"), IdentityType: types.IdentityTypeAnonymous})
	if err != nil {
		t.Fatal(err)
	}
	l.app = app.ApplicationId
	index, err := l.CreateIndex(ctx, &qbusiness.CreateIndexInput{ApplicationId: l.app, DisplayName: new("docs"), CapacityConfiguration: &types.IndexCapacityConfiguration{Units: new(int32(5))}})
	if err != nil {
		t.Fatal(err)
	}
	l.index = index.IndexId
	retriever, err := l.CreateRetriever(ctx, &qbusiness.CreateRetrieverInput{
		ApplicationId: l.app, DisplayName: new("find"), Type: types.RetrieverTypeNativeIndex,
		Configuration: &types.RetrieverConfigurationMemberNativeIndexConfiguration{Value: types.NativeIndexConfiguration{IndexId: l.index}},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.retriever = retriever.RetrieverId
	return l
}

// put puts documents of plain text.
func (l *library) put(t *testing.T, docs []document) {
	t.Helper()
	in := &qbusiness.BatchPutDocumentInput{ApplicationId: l.app, IndexId: l.index}
	for _, d := range docs {
		in.Documents = append(in.Documents, types.Document{
			Id: &d.ID, Title: &d.Title, ContentType: types.ContentTypePlainText,
			Content: &types.DocumentContentMemberBlob{Value: []byte(d.Text)},
		})
	}
	out, err := l.BatchPutDocument(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range out.FailedDocuments {
		t.Fatalf("document %s: %s", *f.Id, *f.Error.ErrorMessage)
	}
}

// settle waits until so many documents are indexed.
func (l *library) settle(t *testing.T, n int) {
	t.Helper()
	for tick := time.NewTicker(200 * time.Millisecond); ; <-tick.C {
		out, err := l.GetIndex(t.Context(), &qbusiness.GetIndexInput{ApplicationId: l.app, IndexId: l.index})
		if err != nil {
			t.Fatal(err)
		}
		if out.IndexStatistics != nil && int(*out.IndexStatistics.TextDocumentStatistics.IndexedTextDocumentCount) == n {
			return
		}
	}
}

// run is the first hundred documents that a query finds.
func (l *library) run(t *testing.T, text string) (run []string) {
	t.Helper()
	in := &qbusiness.SearchRelevantContentInput{
		ApplicationId: l.app, QueryText: &text, MaxResults: new(int32(100)),
		ContentSource: &types.ContentSourceMemberRetriever{Value: types.RetrieverContentSource{RetrieverId: l.retriever}},
	}
	for {
		out, err := l.SearchRelevantContent(t.Context(), in)
		if err != nil {
			t.Fatalf("search %s: %v", strconv.Quote(text), err)
		}
		for _, r := range out.RelevantContent {
			if !slices.Contains(run, *r.DocumentId) {
				run = append(run, *r.DocumentId)
			}
		}
		if in.NextToken = out.NextToken; out.NextToken == nil || len(run) >= 100 {
			return run[:min(len(run), 100)]
		}
	}
}
