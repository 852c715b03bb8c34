package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
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

// reached is a turn of a conversation, and how long it took until the model had its
// prompt, and from the model's first word to the client's.
type reached struct {
	conversation, system string
	before, after        time.Duration
	prompt               int // bytes
}

// ask asks, by a Chat, behind an answer, if there is one.
func (r *reading) ask(ctx context.Context, user string, groups []string, question string, behind *reached) (a reached, err error) {
	in := &qbusiness.ChatInput{ApplicationId: &r.app, UserId: &user, UserGroups: groups}
	if behind != nil {
		in.ConversationId, in.ParentMessageId = &behind.conversation, &behind.system
	}
	began := time.Now()
	out, err := r.Chat(ctx, in)
	if err != nil {
		return a, err
	}
	stream := out.GetStream()
	defer stream.Close()
	for _, event := range []types.ChatInputStream{
		&types.ChatInputStreamMemberConfigurationEvent{Value: types.ConfigurationEvent{ChatMode: types.ChatModeRetrievalMode}},
		&types.ChatInputStreamMemberTextEvent{Value: types.TextInputEvent{UserMessage: &question}},
		&types.ChatInputStreamMemberEndOfInputEvent{},
	} {
		if err := stream.Send(ctx, event); err != nil {
			return a, errors.Join(err, stream.Err())
		}
	}
	var first time.Time
	for event := range stream.Events() {
		if text, ok := event.(*types.ChatOutputStreamMemberTextEvent); ok {
			if first.IsZero() && *text.Value.SystemMessage != "" {
				first = time.Now()
			}
			a.conversation, a.system = *text.Value.ConversationId, *text.Value.SystemMessageId
		}
	}
	if err := stream.Err(); err != nil {
		return a, err
	}
	select {
	case p := <-r.prompts:
		a.before, a.after, a.prompt = p.came.Sub(began), first.Sub(p.answered), p.size
		return a, nil
	default:
		return a, fmt.Errorf("nothing is found for %q", question)
	}
}

// direct asks the model itself the same: the time until it has the prompt, and from
// its first word to the client's.
func (q *quick) direct(size int) (time.Duration, error) {
	body, _ := json.Marshal(map[string]string{"prompt": strings.Repeat("x", size)})
	began := time.Now()
	resp, err := http.Post(q.url+"/chat/completions", "application/json", strings.NewReader(string(body)))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if _, err := resp.Body.Read(make([]byte, 1)); err != nil {
		return 0, err
	}
	first := time.Now()
	p := <-q.prompts
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, err
	}
	return p.came.Sub(began) + first.Sub(p.answered), nil
}

// BenchmarkFirstToken measures what is added before a model's first word, over
// 100,000 passages for 1,000 groups: from when a client begins to send its message
// until the model has its prompt, and from the model's first word to the client's
// first text. Against it stands the model asked without a server between, with as
// long a prompt, in turns. The server has one core; client and model share the
// machine with it.
func BenchmarkFirstToken(b *testing.B) {
	const passages, turns = 100_000, 300
	r := newReading(b, newQuick(b, "Yes [1]."))
	texts := prose(200)
	texts = prose(passages * len(texts) / len(split(b, texts)))
	began := time.Now()
	r.put(b, texts)
	b.ReportMetric(time.Since(began).Seconds(), "filling-s")
	if err := r.server.Stop(); err != nil {
		b.Fatal(err)
	}
	r.config.Env = []string{"GOMAXPROCS=1"}
	r.start(b)
	random := rand.New(rand.NewPCG(8, 8))
	for range b.N {
		var before, after, sum, direct []time.Duration
		for turn := range turns + turns/5 {
			a := r.any(b, random, texts, turn)
			d, err := r.direct(a.prompt)
			if err != nil {
				b.Fatal(err)
			}
			if turn < turns/5 {
				continue // to warm up
			}
			before, after, sum, direct = append(before, a.before), append(after, a.after), append(sum, a.before+a.after), append(direct, d)
		}
		report(b, "before", before)
		report(b, "after", after)
		b.ReportMetric(milliseconds(middle(direct)), "direct-p50-ms")
		b.ReportMetric(milliseconds(middle(sum)-middle(direct)), "added-p50-ms")
		b.ReportMetric(milliseconds(sum[len(sum)*95/100]-middle(direct)), "added-p95-ms")
	}
	b.ReportMetric(0, "ns/op")
}

// any asks one of twenty people's questions in a new conversation: some words of a
// text. A person who may see nothing of what is found asks something else.
func (r *reading) any(b *testing.B, random *rand.Rand, texts []string, turn int) reached {
	b.Helper()
	for {
		words := strings.Fields(strings.ReplaceAll(texts[random.IntN(len(texts))], "end.", ""))
		from := random.IntN(len(words) - 8)
		question := "What about " + strings.Join(words[from:from+3+random.IntN(6)], " ") + "?"
		user := turn % 20
		a, err := r.ask(b.Context(), fmt.Sprintf("user-%d", user), r.reader(user), question, nil)
		if err == nil {
			return a
		}
		if !strings.HasPrefix(err.Error(), "nothing is found") {
			b.Fatal(err)
		}
	}
}

// BenchmarkThousandTurns compares the thousandth turn of a conversation with the
// tenth of others, in turns: what the server adds to the model's time, and what the
// model is sent. The beginning of the conversation is summarised on the way.
func BenchmarkThousandTurns(b *testing.B) {
	const long, window = 1000, 30
	r := newReading(b, newQuick(b, "The canteen opens at noon [1]. "+strings.Repeat("That is what the papers say. ", 20)))
	if _, err := r.BatchPutDocument(b.Context(), &qbusiness.BatchPutDocumentInput{ApplicationId: &r.app, IndexId: &r.index, Documents: []types.Document{{
		Id: aws.String("canteen"), ContentType: types.ContentTypePlainText,
		Content: &types.DocumentContentMemberBlob{Value: []byte("The canteen opens at noon, and closes when the soup is gone.")},
	}}}); err != nil {
		b.Fatal(err)
	}
	r.waitFor(b, "canteen")
	for n := range b.N {
		var tenth, last []time.Duration
		var tenthSize, lastSize []int
		talk := r.talk(b, fmt.Sprintf("long-%d", n), nil, long-window)
		for i := range window {
			short := r.talk(b, fmt.Sprintf("short-%d-%d", n, i), nil, 10)
			talk = r.talk(b, fmt.Sprintf("long-%d", n), &talk, 1)
			tenth, last = append(tenth, short.before+short.after), append(last, talk.before+talk.after)
			tenthSize, lastSize = append(tenthSize, short.prompt), append(lastSize, talk.prompt)
		}
		b.ReportMetric(milliseconds(middle(tenth)), "tenth-p50-ms")
		b.ReportMetric(milliseconds(middle(last)), "thousandth-p50-ms")
		b.ReportMetric(float64(middle(last))/float64(middle(tenth)), "ratio")
		b.ReportMetric(float64(slices.Max(tenthSize)), "tenth-bytes")
		b.ReportMetric(float64(slices.Max(lastSize)), "thousandth-bytes")
	}
	b.ReportMetric(0, "ns/op")
}

// talk has so many turns more in a conversation, and returns the last.
func (r *reading) talk(b *testing.B, user string, behind *reached, turns int) reached {
	b.Helper()
	for range turns {
		a, err := r.ask(b.Context(), user, nil, "When does the canteen open?", behind)
		if err != nil {
			b.Fatal(err)
		}
		behind = &a
	}
	return *behind
}

// waitFor waits until a question is answered.
func (r *reading) waitFor(b *testing.B, question string) {
	b.Helper()
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		if _, err := r.ask(b.Context(), "first", nil, question, nil); err == nil {
			tick.Stop()
			return
		}
	}
}
