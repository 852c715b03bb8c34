package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

type chatStream = op.Duplex[api.ChatInputStream, api.ChatOutputStream]

// chats makes Chat that function.
func chats(fn func(context.Context, op.Caller, *api.ChatInput, chatStream) error) func(*Config) {
	return func(c *Config) { op.HandleStream(c.Calls, api.Chat, fn) }
}

// echo answers every event with a text that says what came, and the end with the
// sources. Some texts are orders.
func echo(ctx context.Context, c op.Caller, in *api.ChatInput, d chatStream) error {
	if in.ConversationID != nil {
		return fault.NotFound("Conversation", *in.ConversationID, "There is no conversation %s.", *in.ConversationID)
	}
	for {
		event, err := d.Receive(ctx)
		if errors.Is(err, io.EOF) || err == nil && event.EndOfInputEvent != nil {
			return d.Send(ctx, &api.ChatOutputStream{MetadataEvent: &api.MetadataEvent{FinalTextMessage: new("Bye.")}})
		}
		if err != nil {
			return err
		}
		said, err := respond(event)
		if err != nil {
			return err
		}
		if err := d.Send(ctx, &api.ChatOutputStream{TextEvent: &api.TextOutputEvent{SystemMessage: &said}}); err != nil {
			return err
		}
	}
}

// respond says what came, or does what it orders.
func respond(event *api.ChatInputStream) (string, error) {
	switch {
	case event.TextEvent != nil && event.TextEvent.UserMessage == "conflict":
		return "", fault.Conflicts("Conversation", "c-1", "Another turn is under way.")
	case event.TextEvent != nil && event.TextEvent.UserMessage == "internal":
		return "", errors.New("the disk of the store is full")
	case event.TextEvent != nil && event.TextEvent.UserMessage == "panic":
		panic("a slip of the programmer")
	case event.TextEvent != nil:
		return "text " + event.TextEvent.UserMessage, nil
	case event.AttachmentEvent != nil:
		return fmt.Sprintf("file %s of %d bytes", *event.AttachmentEvent.Attachment.Name, len(event.AttachmentEvent.Attachment.Data)), nil
	case event.ConfigurationEvent != nil:
		return "mode " + string(*event.ConfigurationEvent.ChatMode), nil
	}
	return "something else", nil
}

// startTLS serves Chat over TLS, and returns the official client, unmodified but for
// the certificate that it trusts.
func startTLS(t testing.TB, change ...func(*Config)) (*fixture, *qbusiness.Client) {
	cert, pool := certificate(t)
	f := start(t, append(change, func(c *Config) { c.Certificate = secured(t, cert).Certificate })...)
	options := f.sdk().Options()
	options.BaseEndpoint = aws.String("https://" + f.addr)
	options.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.TLSClientConfig.RootCAs = pool })
	return f, qbusiness.New(options)
}

func text(message string) types.ChatInputStream {
	return &types.ChatInputStreamMemberTextEvent{Value: types.TextInputEvent{UserMessage: &message}}
}

// converse sends the events and returns what comes back, as text.
func converse(ctx context.Context, client *qbusiness.Client, in *qbusiness.ChatInput, events ...types.ChatInputStream) (said []string, err error) {
	out, err := client.Chat(ctx, in)
	if err != nil {
		return nil, err
	}
	stream := out.GetStream()
	defer stream.Close()
	for _, e := range events {
		if err := stream.Send(ctx, e); err != nil {
			return nil, fmt.Errorf("send: %w", err)
		}
	}
	if err := stream.Writer.Close(); err != nil {
		return nil, fmt.Errorf("close: %w", err)
	}
	for e := range stream.Events() {
		switch e := e.(type) {
		case *types.ChatOutputStreamMemberTextEvent:
			said = append(said, *e.Value.SystemMessage)
		case *types.ChatOutputStreamMemberMetadataEvent:
			said = append(said, *e.Value.FinalTextMessage)
		default:
			said = append(said, fmt.Sprintf("%T", e))
		}
	}
	return said, stream.Reader.Err()
}

func TestSDKChats(t *testing.T) {
	f, client := startTLS(t, chats(echo))
	said, err := converse(t.Context(), client, &qbusiness.ChatInput{ApplicationId: aws.String(appID)},
		&types.ChatInputStreamMemberConfigurationEvent{Value: types.ConfigurationEvent{ChatMode: types.ChatModeCreatorMode}},
		&types.ChatInputStreamMemberAttachmentEvent{Value: types.AttachmentInputEvent{Attachment: &types.AttachmentInput{Name: aws.String("plan.txt"), Data: make([]byte, 10_000_000)}}},
		text("Wie heißt das Café? 🙂"),
		&types.ChatInputStreamMemberEndOfInputEvent{},
	)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"mode CREATOR_MODE", "file plan.txt of 10000000 bytes", "text Wie heißt das Café? 🙂", "Bye."}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	waitFor(t, func() bool { return f.held.held.Load() == 0 })
}

// TestSDKReadsExceptions: before the first event an error is the modelled one, after
// it the SDK has no types, and keeps the name.
func TestSDKReadsExceptions(t *testing.T) {
	f, client := startTLS(t, chats(echo))
	in := &qbusiness.ChatInput{ApplicationId: aws.String(appID)}

	_, err := converse(t.Context(), client, &qbusiness.ChatInput{ApplicationId: aws.String(appID), ConversationId: aws.String(pluginID)})
	if e := wanted[*types.ResourceNotFoundException](t, err); *e.ResourceId != pluginID || *e.ResourceType != "Conversation" {
		t.Errorf("%+v", e)
	}
	_, err = converse(t.Context(), client, &qbusiness.ChatInput{ApplicationId: aws.String(appID), ParentMessageId: aws.String("x")})
	if e := wanted[*types.ValidationException](t, err); *e.Fields[0].Name != "parentMessageId" {
		t.Errorf("%+v", e)
	}
	for _, test := range []struct{ order, code, message string }{
		{"conflict", "ConflictException", "Another turn is under way."},
		{"internal", "InternalServerException", fault.Hidden(nil).Message},
		{"panic", "InternalServerException", fault.Hidden(nil).Message},
	} {
		said, err := converse(t.Context(), client, in, text("hello"), text(test.order))
		var e *smithy.GenericAPIError
		if !errors.As(err, &e) || e.Code != test.code || e.Message != test.message {
			t.Errorf("%s: %v", test.order, err)
		}
		if diff := cmp.Diff([]string{"text hello"}, said); diff != "" {
			t.Errorf("%s: %s", test.order, diff)
		}
	}
	stranger := qbusiness.New(client.Options(), func(o *qbusiness.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider("AKIAISV", strangerSecret, "")
	})
	_, err = converse(t.Context(), stranger, in)
	wanted[*types.AccessDeniedException](t, err)
	waitFor(t, func() bool { return f.held.held.Load() == 0 })
}

// TestManySDKClients hold 200 conversations at once, each with its own words.
func TestManySDKClients(t *testing.T) {
	f, client := startTLS(t, chats(echo))
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			mine := fmt.Sprint("talk ", i)
			said, err := converse(context.Background(), client, &qbusiness.ChatInput{ApplicationId: aws.String(appID)}, text(mine), text(mine), &types.ChatInputStreamMemberEndOfInputEvent{})
			if err != nil {
				t.Errorf("%s: %v", mine, err)
			}
			if diff := cmp.Diff([]string{"text " + mine, "text " + mine, "Bye."}, said); diff != "" {
				t.Errorf("%s: %s", mine, diff)
			}
		})
	}
	all.Wait()
	waitFor(t, func() bool { return f.held.held.Load() == 0 })
}
