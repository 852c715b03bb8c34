package op_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

type duplex = op.Duplex[api.ChatInputStream, api.ChatOutputStream]

// tape gives what is on it, and keeps what it is given.
type tape struct {
	in  []api.ChatInputStream
	out []api.ChatOutputStream
}

func (t *tape) Receive(_ context.Context, event any) error {
	if len(t.in) == 0 {
		return io.EOF
	}
	*event.(*api.ChatInputStream), t.in = t.in[0], t.in[1:]
	return nil
}

func (t *tape) Send(_ context.Context, event any) error {
	t.out = append(t.out, *event.(*api.ChatOutputStream))
	return nil
}

// parrot says again what it hears.
func parrot(ctx context.Context, _ op.Caller, _ *api.ChatInput, d duplex) error {
	for {
		event, err := d.Receive(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := d.Send(ctx, &api.ChatOutputStream{TextEvent: &api.TextOutputEvent{SystemMessage: &event.TextEvent.UserMessage}}); err != nil {
			return err
		}
	}
}

func chatInput() *api.ChatInput {
	return &api.ChatInput{ApplicationID: appID, ClientToken: new("token")}
}

func TestStream(t *testing.T) {
	r := &op.Registry{Access: &guard{}, Replays: &memory{}}
	op.HandleStream(r, api.Chat, parrot)
	events := &tape{in: []api.ChatInputStream{{TextEvent: &api.TextInputEvent{UserMessage: "one"}}, {TextEvent: &api.TextInputEvent{UserMessage: "two"}}}}
	if err := r.Stream(t.Context(), caller(), api.Chat.Route, chatInput(), events); err != nil {
		t.Fatal(err)
	}
	want := []api.ChatOutputStream{{TextEvent: &api.TextOutputEvent{SystemMessage: new("one")}}, {TextEvent: &api.TextOutputEvent{SystemMessage: new("two")}}}
	if diff := cmp.Diff(want, events.out); diff != "" {
		t.Error(diff)
	}
}

// TestStreamIsAdmitted as any call is: who may, whose resources, which token. What a
// repeated token is worth is for the operation to say.
func TestStreamIsAdmitted(t *testing.T) {
	g, m := &guard{forbidden: "qbusiness:Chat", owner: "999988887777"}, &memory{}
	r := &op.Registry{Access: g, Replays: m}
	var got []op.Caller
	op.HandleStream(r, api.Chat, func(_ context.Context, c op.Caller, _ *api.ChatInput, _ duplex) error {
		got = append(got, c)
		return nil
	})
	if err := r.Stream(t.Context(), caller(), api.Chat.Route, chatInput(), &tape{}); !fault.Is(err, fault.AccessDenied) || got != nil {
		t.Errorf("%v, called %d times", err, len(got))
	}
	g.forbidden = ""
	c := caller()
	c.Trail = &op.Trail{}
	for range 2 {
		if err := r.Stream(t.Context(), c, api.Chat.Route, chatInput(), &tape{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 2 || got[0].Owner != "999988887777" || c.Trail.Owner != "999988887777" || got[1].Token == nil || got[1].Token.Value != "token" ||
		got[0].Token.Input != got[1].Token.Input || got[0].Token.Application != appID || m.asked > 0 {
		t.Errorf("%+v, %d look-ups", got, m.asked)
	}
}

func TestStreamAnswersOnlyDeclaredErrors(t *testing.T) {
	for _, test := range []struct {
		answer error
		want   fault.Code
	}{
		{fault.Conflicts("Conversation", "c", "no"), fault.Conflict},
		{fault.Quota("Conversation", "c", "no"), fault.Internal},
		{errors.New("hunter2"), fault.Internal},
	} {
		r := &op.Registry{Access: &guard{}, Replays: &memory{}}
		op.HandleStream(r, api.Chat, func(context.Context, op.Caller, *api.ChatInput, duplex) error { return test.answer })
		err := r.Stream(t.Context(), caller(), api.Chat.Route, chatInput(), &tape{})
		if f := fault.As(err); f == nil || f.Code != test.want {
			t.Errorf("%v: %v", test.answer, err)
		}
	}
}

// TestStreamsAreNoCalls, nor the other way about; what is not built says so.
func TestStreamsAreNoCalls(t *testing.T) {
	r := &op.Registry{Access: &guard{}, Replays: &memory{}}
	op.Handle(r, api.GetPlugin, func(context.Context, op.Caller, *api.GetPluginInput) (*api.GetPluginOutput, error) { return nil, nil })
	if err := r.Stream(t.Context(), caller(), api.GetPlugin.Route, &api.GetPluginInput{}, &tape{}); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
	if err := r.Stream(t.Context(), caller(), api.Chat.Route, chatInput(), &tape{}); !fault.Is(err, fault.NotImplemented) {
		t.Error(err)
	}
	op.HandleStream(r, api.Chat, parrot)
	if !r.Built(api.Chat.Route) {
		t.Error("Chat is built")
	}
	if _, err := r.Call(t.Context(), caller(), api.Chat.Route, chatInput()); !fault.Is(err, fault.Internal) {
		t.Error(err)
	}
}
