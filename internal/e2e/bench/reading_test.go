package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"golang.org/x/sync/errgroup"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

// prompt is one request to a model that answers at once: when all of it was there,
// how long it was, and when the first word of the answer was sent.
type prompt struct {
	came, answered time.Time
	size           int
}

// quick is a language model, a server of OpenAI's chat completions, that answers at
// once.
type quick struct {
	url     string
	prompts chan prompt // of all requests but those for summaries
}

func newQuick(b *testing.B, answer string) *quick {
	b.Helper()
	first, rest, _ := strings.Cut(answer, " ")
	q := &quick{prompts: make(chan prompt, 1)}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, _ := io.ReadAll(r.Body)
		p := prompt{came: time.Now(), size: len(asked)}
		w.Header().Set("Content-Type", "text/event-stream")
		p.answered = time.Now()
		piece(w, first)
		if !strings.Contains(string(asked), "Write the summary") {
			q.prompts <- p
		}
		piece(w, " "+rest)
		fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	b.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	q.url = web.URL + "/v1"
	return q
}

func piece(w http.ResponseWriter, text string) {
	fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", text)
	_ = http.NewResponseController(w).Flush()
}

// reading is a server with an index, the people who read in it, and the model that
// tells them of it.
type reading struct {
	*quick
	*qbusiness.Client

	config     launch.Config
	server     *launch.Server
	app, index string
}

// newReading starts the real program.
func newReading(b *testing.B, q *quick) *reading {
	b.Helper()
	program, err := launch.Build(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	r := &reading{quick: q, config: launch.Config{Program: program, Data: b.TempDir(), Args: []string{
		"--log-level", "warn", "--model-provider", "openai", "--model-url", q.url, "--model", "quick",
	}}}
	b.Cleanup(func() {
		if err := r.server.Stop(); err != nil {
			b.Error(err)
		}
	})
	r.start(b)
	app, err := r.CreateApplication(b.Context(), &qbusiness.CreateApplicationInput{
		DisplayName: aws.String("bench"), IdentityType: types.IdentityTypeAwsIamIdpOidc, ClientIdsForOIDC: []string{"bench"},
		IamIdentityProviderArn: aws.String("arn:aws:iam::000000000000:oidc-provider/login.example.com"),
	})
	if err != nil {
		b.Fatal(err)
	}
	index, err := r.CreateIndex(b.Context(), &qbusiness.CreateIndexInput{
		ApplicationId: app.ApplicationId, DisplayName: aws.String("docs"), CapacityConfiguration: &types.IndexCapacityConfiguration{Units: aws.Int32(5)},
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := r.CreateRetriever(b.Context(), &qbusiness.CreateRetrieverInput{
		ApplicationId: app.ApplicationId, DisplayName: aws.String("find"), Type: types.RetrieverTypeNativeIndex,
		Configuration: &types.RetrieverConfigurationMemberNativeIndexConfiguration{Value: types.NativeIndexConfiguration{IndexId: index.IndexId}},
	}); err != nil {
		b.Fatal(err)
	}
	r.app, r.index = *app.ApplicationId, *index.IndexId
	return r
}

// start starts the server, and connects to it by HTTP/2 in clear.
func (r *reading) start(b *testing.B) {
	b.Helper()
	var err error
	if r.server, err = launch.Start(b.Context(), r.config); err != nil {
		b.Fatal(err)
	}
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: p}
	b.Cleanup(transport.CloseIdleConnections)
	r.Client = qbusiness.NewFromConfig(aws.Config{
		Region: launch.Region, BaseEndpoint: &r.server.Endpoint, HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return r.server.Key, nil }),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
}

const (
	readers   = 1000 // groups of people
	readersOf = 3    // groups that may read a document
	inGroups  = 50   // that somebody who asks is in
)

func readersGroup(n int) string { return fmt.Sprintf("group-%d", n) }

// put puts documents, each for some groups, and waits until search has them.
func (r *reading) put(b *testing.B, texts []string) {
	b.Helper()
	random := rand.New(rand.NewPCG(6, 6))
	batches := make(chan []types.Document, len(texts)/10+1)
	for i := 0; i < len(texts); i += 10 {
		var docs []types.Document
		for n := i; n < min(len(texts), i+10); n++ {
			docs = append(docs, readable(random, n, texts[n]))
		}
		batches <- docs
	}
	close(batches)
	var clients errgroup.Group
	for range 4 {
		clients.Go(func() error {
			for docs := range batches {
				out, err := r.BatchPutDocument(b.Context(), &qbusiness.BatchPutDocumentInput{ApplicationId: &r.app, IndexId: &r.index, Documents: docs})
				if err != nil {
					return err
				}
				if len(out.FailedDocuments) > 0 {
					return errors.New(*out.FailedDocuments[0].Error.ErrorMessage)
				}
			}
			return nil
		})
	}
	if err := clients.Wait(); err != nil {
		b.Fatal(err)
	}
	for tick := time.NewTicker(100 * time.Millisecond); ; <-tick.C {
		out, err := r.GetIndex(b.Context(), &qbusiness.GetIndexInput{ApplicationId: &r.app, IndexId: &r.index})
		if err != nil {
			b.Fatal(err)
		}
		if int(*out.IndexStatistics.TextDocumentStatistics.IndexedTextDocumentCount) == len(texts) {
			tick.Stop()
			return
		}
	}
}

// readable is a document for some groups.
func readable(random *rand.Rand, n int, text string) types.Document {
	var groups []types.Principal
	for range readersOf {
		groups = append(groups, &types.PrincipalMemberGroup{Value: types.PrincipalGroup{
			Name: aws.String(readersGroup(random.IntN(readers))), Access: types.ReadAccessTypeAllow, MembershipType: types.MembershipTypeIndex,
		}})
	}
	return types.Document{
		Id: aws.String(fmt.Sprintf("doc-%d", n)), Title: aws.String(fmt.Sprintf("Document %d", n)), ContentType: types.ContentTypePlainText,
		Content:             &types.DocumentContentMemberBlob{Value: []byte(text)},
		AccessConfiguration: &types.AccessConfiguration{AccessControls: []types.AccessControl{{Principals: groups}}},
	}
}

// reader is somebody in fifty groups.
func (r *reading) reader(n int) (groups []string) {
	for _, g := range rand.New(rand.NewPCG(7, uint64(n))).Perm(readers)[:inGroups] {
		groups = append(groups, readersGroup(g))
	}
	return groups
}

// show puts a document that everybody may read, and waits until a question about it
// is answered: then search has all that was put before.
func (r *reading) show(b *testing.B, id, text, question string) {
	b.Helper()
	if _, err := r.BatchPutDocument(b.Context(), &qbusiness.BatchPutDocumentInput{ApplicationId: &r.app, IndexId: &r.index, Documents: []types.Document{
		{Id: &id, ContentType: types.ContentTypePlainText, Content: &types.DocumentContentMemberBlob{Value: []byte(text)}},
	}}); err != nil {
		b.Fatal(err)
	}
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		if _, err := r.ask(b.Context(), "first", nil, question, nil); err == nil {
			tick.Stop()
			return
		}
	}
}
