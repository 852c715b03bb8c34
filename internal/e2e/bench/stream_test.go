package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"golang.org/x/sync/errgroup"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

const (
	streams   = 200                    // at once
	arrival   = 10 * time.Millisecond  // between two of them
	pace      = time.Second / 30       // of each stream
	paced     = 10 * 30                // tokens of each, so for ten seconds
	unpaced   = 1500                   // tokens of a stream that comes as fast as it can: an answer has room for few more
	tokenMark = "at"                   // before the time, in each token
	askPaced  = "Tell me at your pace" // what the model is asked
)

// speaker is a language model, a server of OpenAI's chat completions, that tells
// tokens of the time at which each was sent: at its pace, or as fast as it can.
func speaker(b *testing.B) string {
	b.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		if bytes.Contains(asked, []byte(askPaced)) {
			tick := time.NewTicker(pace)
			defer tick.Stop()
			speak(w, paced, func() { <-tick.C })
		} else {
			speak(w, unpaced, func() {})
		}
	}))
	b.Cleanup(web.Close)
	return web.URL + "/v1"
}

func speak(w http.ResponseWriter, tokens int, wait func()) {
	control := http.NewResponseController(w)
	for range tokens {
		wait()
		fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s%d \"}}]}\n\n", tokenMark, time.Now().UnixNano())
		_ = control.Flush()
	}
	fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
}

// delays are how late the tokens of one stream came. A text may have several.
type delays []time.Duration

func (d *delays) take(text string) error {
	now := time.Now().UnixNano()
	for token := range strings.FieldsSeq(text) {
		sent, err := strconv.ParseInt(strings.TrimPrefix(token, tokenMark), 10, 64)
		if err != nil {
			return fmt.Errorf("a token was torn: %q", text)
		}
		*d = append(*d, time.Duration(now-sent))
	}
	return nil
}

// directly reads a stream from the speaker itself.
func directly(ctx context.Context, url, ask string) (d delays, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/chat/completions", strings.NewReader(ask))
	if err != nil {
		return nil, err
	}
	resp, err := new(http.Transport).RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		_, rest, found := strings.Cut(lines.Text(), `"content":"`)
		if text, _, _ := strings.Cut(rest, `"`); found {
			if err := d.take(text); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// listener talks with the server by the official SDK over TLS, on a connection of
// its own.
type listener struct {
	*qbusiness.Client
	app, user string
}

func newListener(s *launch.Server, app string, i int) (*listener, error) {
	ca, err := os.ReadFile(s.CA())
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return nil, errors.New("there is no CA")
	}
	c := qbusiness.NewFromConfig(aws.Config{
		Region: launch.Region, BaseEndpoint: aws.String(s.TLS()),
		HTTPClient:  awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.TLSClientConfig = &tls.Config{RootCAs: roots} }),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return s.Key, nil }),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	return &listener{c, app, fmt.Sprintf("user-%d", i)}, nil
}

// hear has the model say something, and reads it from the server.
func (l *listener) hear(ctx context.Context, ask string) (d delays, err error) {
	out, err := l.Chat(ctx, &qbusiness.ChatInput{ApplicationId: &l.app, UserId: &l.user})
	if err != nil {
		return nil, err
	}
	stream := out.GetStream()
	defer stream.Close()
	for _, event := range []types.ChatInputStream{
		&types.ChatInputStreamMemberConfigurationEvent{Value: types.ConfigurationEvent{ChatMode: types.ChatModeCreatorMode}},
		&types.ChatInputStreamMemberTextEvent{Value: types.TextInputEvent{UserMessage: &ask}},
		&types.ChatInputStreamMemberEndOfInputEvent{},
	} {
		if err := stream.Send(ctx, event); err != nil {
			return nil, errors.Join(err, stream.Err())
		}
	}
	for event := range stream.Events() {
		if text, ok := event.(*types.ChatOutputStreamMemberTextEvent); ok {
			if err := d.take(*text.Value.SystemMessage); err != nil {
				return nil, err
			}
		}
	}
	return d, stream.Err()
}

// serveModel starts the real program with a model, and an application whose people
// talk with it.
func serveModel(b *testing.B, url string) (s *launch.Server, app string) {
	b.Helper()
	program, err := launch.Build(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	s, err = launch.Start(b.Context(), launch.Config{Program: program, Data: b.TempDir(), Args: []string{
		"--log-level", "warn", "--model-provider", "openai", "--model-url", url, "--model", "speaker",
	}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Stop(); err != nil {
			b.Error(err)
		}
	})
	root, err := newListener(s, "", 0)
	if err != nil {
		b.Fatal(err)
	}
	made, err := root.CreateApplication(b.Context(), &qbusiness.CreateApplicationInput{
		DisplayName: aws.String("bench"), IdentityType: types.IdentityTypeAwsIamIdpOidc, ClientIdsForOIDC: []string{"bench"},
		IamIdentityProviderArn: aws.String("arn:aws:iam::000000000000:oidc-provider/login.example.com"),
	})
	if err != nil {
		b.Fatal(err)
	}
	return s, *made.ApplicationId
}

// BenchmarkToken compares one stream of tokens that come as fast as they can, from
// the model itself and through the server, in turns; and tells what of the
// processors the server has of each, which does not grow with what else the machine
// does.
func BenchmarkToken(b *testing.B) {
	url := speaker(b)
	s, app := serveModel(b, url)
	l, err := newListener(s, app, 0)
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		var direct, through []time.Duration
		var began time.Duration
		for round := range 4*rounds + 1 {
			if round == 1 {
				began = spent(b, s)
			}
			d := timed(b, unpaced, func() (delays, error) { return directly(b.Context(), url, "Quick") })
			t := timed(b, unpaced, func() (delays, error) { return l.hear(b.Context(), "Quick") })
			if round > 0 { // the first is to warm up
				direct, through = append(direct, d), append(through, t)
			}
		}
		d, t := middle(direct), middle(through)
		b.ReportMetric(microseconds(d)/unpaced, "direct-µs/token")
		b.ReportMetric(microseconds(t)/unpaced, "through-µs/token")
		b.ReportMetric(microseconds(t-d)/unpaced, "added-µs/token")
		b.ReportMetric(microseconds(spent(b, s)-began)/float64(len(through)*unpaced), "cpu-µs/token")
	}
}

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// timed is how long a stream took that has to have so many tokens.
func timed(b *testing.B, tokens int, stream func() (delays, error)) time.Duration {
	b.Helper()
	begin := time.Now()
	d, err := stream()
	took := time.Since(begin)
	if err != nil {
		b.Fatal(err)
	}
	if len(d) != tokens {
		b.Fatalf("%d tokens of %d came", len(d), tokens)
	}
	return took
}

// BenchmarkStreams has 200 people listen at once, each to a stream of 30 tokens a
// second, for ten seconds: to the model itself, then through the server. They come
// one after another, within two seconds. Model and people share the machine with the
// server. A token that does not come fails it; one that comes after the model has
// sent the next counts as late.
func BenchmarkStreams(b *testing.B) {
	url := speaker(b)
	s, app := serveModel(b, url)
	people := make([]*listener, streams)
	for i := range people {
		var err error
		if people[i], err = newListener(s, app, i); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := people[0].hear(b.Context(), "Quick"); err != nil { // to warm up
		b.Fatal(err)
	}
	for range b.N {
		idle := resident(b, s)
		most := make(chan int, 1)
		direct := together(b, func(int) (delays, error) { return directly(b.Context(), url, askPaced) })
		go func() { most <- peak(b, s) }()
		through := together(b, func(i int) (delays, error) { return people[i].hear(b.Context(), askPaced) })
		b.ReportMetric(milliseconds(direct[len(direct)/2]), "direct-p50-ms")
		b.ReportMetric(milliseconds(direct[len(direct)*99/100]), "direct-p99-ms")
		b.ReportMetric(milliseconds(through[len(through)/2]), "through-p50-ms")
		b.ReportMetric(milliseconds(through[len(through)*99/100]), "through-p99-ms")
		b.ReportMetric(milliseconds(through[len(through)-1]), "through-max-ms")
		late, _ := slices.BinarySearch(through, pace)
		b.ReportMetric(float64(len(through)-late), "late")
		b.ReportMetric(float64(<-most-idle)/streams/1024, "KB/stream")
	}
}

// together has everybody listen, and sorts how late all tokens came.
func together(b *testing.B, hear func(i int) (delays, error)) delays {
	b.Helper()
	each := make([]delays, streams)
	var all errgroup.Group
	for i := range each {
		<-time.After(arrival)
		all.Go(func() (err error) {
			if each[i], err = hear(i); err == nil && len(each[i]) != paced {
				err = fmt.Errorf("%d tokens of %d came", len(each[i]), paced)
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
	d := slices.Concat(each...)
	slices.Sort(d)
	return d
}

func spent(b *testing.B, s *launch.Server) time.Duration {
	b.Helper()
	d, err := s.Spent()
	if err != nil {
		b.Fatal(err)
	}
	return d
}

func resident(b *testing.B, s *launch.Server) int {
	b.Helper()
	n, err := s.Resident()
	if err != nil {
		b.Error(err)
	}
	return n
}

// peak is the most memory that the server has while everybody listens.
func peak(b *testing.B, s *launch.Server) (most int) {
	b.Helper()
	for range paced {
		<-time.After(pace)
		most = max(most, resident(b, s))
	}
	return most
}
