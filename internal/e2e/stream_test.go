package e2e

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

// TestJavaScriptStreams runs clients/node/chat.mjs over TLS.
func TestJavaScriptStreams(t *testing.T) {
	t.Parallel()
	dir := nodeProject(t, "chat.mjs")
	onEach(t, func(t *testing.T, database string) {
		d, o := newDesk(t), newOracle(t)
		s := open(t, database, append(o.flags(), "--outbound-allow", d.URL)...)
		s.overTLS().drives(t, "streamed conversations", dir, "node", "chat.mjs", file(t, d.document(t, "")), o.letGo)
		sameTickets(t, d, `{"subject":"Printer on floor 3 jams","priority":"urgent","dueBy":"2026-12-01","people":2,"origin":"parley"}`)
	})
}

// An assistant is an application with a paper in its index, and a model.
type assistant struct {
	*shelf
	oracle *oracle
}

func newAssistant(t *testing.T, database string, flags ...string) *assistant {
	t.Helper()
	o := newOracle(t)
	s := open(t, database, append(o.flags(), flags...)...)
	k := s.shelf(t, s.people(t))
	k.put(t, paper("handbook", "Everybody has thirty days of holiday a year. Ask your team lead two weeks ahead.", "people", ""))
	return &assistant{k, o}
}

// secure is the official SDK over TLS, as it comes, but for the CA that it trusts.
func (s *site) secure(t *testing.T) *qbusiness.Client {
	t.Helper()
	ca, err := os.ReadFile(s.server.CA())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		t.Fatalf("%s has no certificate", s.server.CA())
	}
	return s.by(s.server.TLS(), awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.TLSClientConfig.RootCAs = roots }))
}

// byPriorKnowledge is the SDK with an HTTP client that speaks HTTP/2 in clear.
func (s *site) byPriorKnowledge(t *testing.T) *qbusiness.Client {
	t.Helper()
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: p}
	t.Cleanup(transport.CloseIdleConnections)
	return s.by(s.server.Endpoint, &http.Client{Transport: transport})
}

func (s *site) by(endpoint string, web qbusiness.HTTPClient) *qbusiness.Client {
	return qbusiness.NewFromConfig(aws.Config{
		Region: launch.Region, BaseEndpoint: &endpoint, HTTPClient: web,
		Credentials: aws.CredentialsProviderFunc(provide(s.server.Key)),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
}

// inMode begins the input of a turn.
func inMode(mode types.ChatMode) types.ChatInputStream {
	return &types.ChatInputStreamMemberConfigurationEvent{Value: types.ConfigurationEvent{ChatMode: mode}}
}

func saying(text string) types.ChatInputStream {
	return &types.ChatInputStreamMemberTextEvent{Value: types.TextInputEvent{UserMessage: &text}}
}

// converse sends the events and the end of input, and tells of each that comes back,
// until ctx ends: to the SDK's stream that says nothing.
func converse(ctx context.Context, c *qbusiness.Client, in qbusiness.ChatInput, tell func(types.ChatOutputStream), events ...types.ChatInputStream) error {
	out, err := c.Chat(ctx, &in) // which gives it a token
	if err != nil {
		return err
	}
	stream := out.GetStream()
	defer stream.Close()
	for _, e := range append(events, &types.ChatInputStreamMemberEndOfInputEvent{}) {
		if err := stream.Send(ctx, e); err != nil {
			return errors.Join(err, stream.Err())
		}
	}
	for e := range stream.Events() {
		if tell(e); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return stream.Err()
}

// heard is what comes back of a turn.
type heard struct {
	first *types.TextOutputEvent
	text  strings.Builder
	end   *types.MetadataEvent
}

func (h *heard) take(e types.ChatOutputStream) {
	switch e := e.(type) {
	case *types.ChatOutputStreamMemberTextEvent:
		if h.first == nil {
			h.first = &e.Value
		}
		h.text.WriteString(*e.Value.SystemMessage)
	case *types.ChatOutputStreamMemberMetadataEvent:
		h.end = &e.Value
	}
}

// behind puts a turn behind one that was heard.
func (h *heard) behind(in qbusiness.ChatInput) qbusiness.ChatInput {
	in.ConversationId, in.ParentMessageId = h.first.ConversationId, h.first.SystemMessageId
	return in
}

// cites demands the answer to askHoliday.
func (h *heard) cites(t *testing.T) {
	t.Helper()
	want := "Everybody has thirty days 🎉 of holiday a year. Ask your team lead two weeks ahead."
	if h.end == nil || *h.end.FinalTextMessage != want || h.text.String() != want {
		t.Fatalf("heard %q, then %+v", h.text.String(), h.end)
	}
	if *h.first.SystemMessage != "" || h.first.SystemMessageType != types.SystemMessageTypeResponse || *h.first.SystemMessageId != *h.end.SystemMessageId {
		t.Errorf("the first event: %+v", h.first)
	}
	var claims []string
	for _, s := range h.end.SourceAttributions {
		for _, segment := range s.TextMessageSegments {
			claims = append(claims, fmt.Sprint(*s.DocumentId, ": ", strings.Trim(string([]rune(want)[*segment.BeginOffset:*segment.EndOffset]), " .")))
		}
	}
	if diff := cmp.Diff([]string{"handbook: Everybody has thirty days 🎉 of holiday a year", "handbook: Ask your team lead two weeks ahead"}, claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

// TestGoStreams: Chat of the official SDK, over TLS as it comes, and in clear.
func TestGoStreams(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		a := newAssistant(t, database)
		in := qbusiness.ChatInput{ApplicationId: &a.app}
		for name, c := range map[string]*qbusiness.Client{"TLS": a.secure(t), "in clear": a.byPriorKnowledge(t)} {
			t.Run(name, func(t *testing.T) {
				var h heard
				if err := converse(t.Context(), c, in, h.take, inMode(types.ChatModeRetrievalMode), saying(askHoliday)); err != nil {
					t.Fatal(err)
				}
				h.cites(t)
				var broken heard
				err := converse(t.Context(), c, h.behind(in), broken.take, inMode(types.ChatModeCreatorMode), saying(askBroken))
				if e := fails[*smithy.GenericAPIError](t, err); e.Code != "ExternalResourceException" || !strings.Contains(e.Message, "language model") {
					t.Errorf("a model that breaks off: %v", err)
				}
				var on heard
				if err := converse(t.Context(), c, broken.behind(in), on.take, inMode(types.ChatModeRetrievalMode), saying(askHoliday)); err != nil {
					t.Fatal(err)
				}
				on.cites(t)
				if *on.first.ConversationId != *h.first.ConversationId {
					t.Error("it goes on in another conversation")
				}
			})
		}
	})
}

// TestLeftInTheMiddle: a client that leaves ends its turn, also at the model, and the
// conversation goes on.
func TestLeftInTheMiddle(t *testing.T) {
	t.Parallel()
	a := newAssistant(t, "")
	c, in := a.secure(t), qbusiness.ChatInput{ApplicationId: &a.app}
	var before heard
	if err := converse(t.Context(), c, in, before.take, saying(askHoliday)); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	asked := len(a.oracle.Asked())
	err := converse(ctx, c, before.behind(in), func(types.ChatOutputStream) {
		eventually(t, "the model is asked", func() bool { return len(a.oracle.Asked()) > asked })
		leave()
	}, inMode(types.ChatModeCreatorMode), saying(askSlowly))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it was left: %v", err)
	}
	eventually(t, "the model is left", func() bool { return a.oracle.Left() > 0 })
	var on heard
	eventually(t, "the conversation goes on", func() bool {
		on = heard{}
		err := converse(t.Context(), c, before.behind(in), on.take, inMode(types.ChatModeRetrievalMode), saying(askHoliday))
		var api smithy.APIError
		if errors.As(err, &api) && api.ErrorCode() == "ConflictException" {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		return true
	})
	on.cites(t)
}
