package chat

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/store"
)

func breaks(reason llm.Reason) error {
	return &llm.Error{Reason: reason, Model: "canary-model", Detail: "canary-detail", RetryAfter: 20 * time.Second, Cause: errors.New("canary-cause")}
}

// failures are the ways in which a language model fails.
func failures() map[string]reply {
	return map[string]reply{
		"refused":          {err: breaks(llm.Refused)},
		"unreachable":      {err: breaks(llm.Unavailable)},
		"unknown model":    {err: breaks(llm.UnknownModel)},
		"bad request":      {err: breaks(llm.BadRequest)},
		"timeout":          {err: breaks(llm.Timeout)},
		"rate limited":     {err: breaks(llm.RateLimited)},
		"broken off":       words("The canteen opens at ").breaking(breaks(llm.Unavailable)),
		"late":             words("The canteen opens at ").breaking(breaks(llm.Timeout)),
		"a bad frame":      words("The canteen ").breaking(breaks(llm.BadAnswer)),
		"withheld":         {stop: llm.Withheld},
		"withheld later":   {events: words("The canteen opens ").events, stop: llm.Withheld},
		"cut short":        {events: words("The canteen opens at").events, stop: llm.CutShort},
		"empty":            {},
		"white space":      words(" \n\t "),
		"context too long": {err: breaks(llm.ContextTooLong)},
		"no llm.Error":     {err: errors.New("canary-cause")},
		"calls of nothing": {events: []llm.Event{llm.ToolCall{ID: "1", Name: "canary", Arguments: json.RawMessage(`{"`)}}, stop: llm.CallsMade},
	}
}

// moments are those of a turn at which the model is asked, in order.
var moments = []string{"topics", "plan", "answer"}

// troubled is a server whose model is asked about topics, for a plan and for the
// answer, and what it says when nothing is wrong.
func troubled(t testing.TB, b *bench) (model *oracle, well []reply) {
	t.Helper()
	b.stock(t, doc("canteen", "The canteen", canteen))
	b.control(t, api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: []api.TopicConfiguration{{
		Name: "weapons", Description: new("Weapons of any kind"), ExampleChatMessages: []string{"Where can I buy a gun?"},
		Rules: []api.Rule{{RuleType: api.RuleTypeContentBlockerRule, RuleConfiguration: &api.RuleConfiguration{ContentBlockerRule: &api.ContentBlockerRule{}}}},
	}}})
	model = &oracle{}
	b.Model, b.Planner = model, plan.Model{LLM: model}
	return model, []reply{
		words("none"),
		{events: []llm.Event{llm.ToolCall{ID: "1", Name: "no_tool_fits", Arguments: json.RawMessage(`{}`)}}, stop: llm.CallsMade},
		words("The canteen opens at noon. [1]"),
	}
}

// TestTheModelFails in every way at every moment of a turn: the person gets an end
// or an error that says what to do, nothing is stored by half, and the conversation
// goes on, behind what was told or behind what was there before.
func TestTheModelFails(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		model, well := troubled(t, b)
		for moment, at := range moments {
			for kind, fails := range failures() {
				t.Run(at+"/"+kind, func(t *testing.T) {
					model.replies, model.asked = well, nil
					first := b.stream(t, &api.ChatInput{}, asks("When does the canteen open?"))
					if len(model.asked) != len(moments) {
						t.Fatalf("the model was asked %d times", len(model.asked))
					}
					model.replies, model.asked = append(append([]reply{}, well[:moment]...), fails), nil
					model.replies = append(model.replies, well[moment+1:]...)
					l := asks("When does the canteen close?")
					err := b.streamIn(t, behind(first), l)
					b.ended(t, l, err, 4)
					model.replies, model.asked = well, nil
					b.stream(t, behind(l), asks("And when does it open?"))
					b.ended(t, b.stream(t, &api.ChatInput{ConversationID: first.metadata(t).ConversationID}, asks("Again?")), nil, 8)
				})
			}
		}
	})
}

// ended checks that a stream has come to an end that a person can live with, and
// that its conversation has so many messages, none of them empty.
func (b *bench) ended(t *testing.T, l *line, err error, messages int) {
	t.Helper()
	if err == nil {
		if final := *l.metadata(t).FinalTextMessage; strings.TrimSpace(final) == "" || final != l.text() {
			t.Errorf("final %q, told %q", final, l.text())
		}
	} else {
		f := fault.As(err)
		if f == nil || f.Code != fault.ExternalResource || f.Message == "" || !strings.HasSuffix(f.Message, ".") || strings.Contains(f.Message, "canary") {
			t.Fatalf("%v", err)
		}
	}
	out := must(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *l.told[0].TextEvent.ConversationID})
	if len(out.Messages) != messages {
		t.Errorf("%d messages, want %d", len(out.Messages), messages)
	}
	for _, m := range out.Messages {
		if strings.TrimSpace(*m.Body) == "" || strings.Contains(*m.Body, "canary") {
			t.Errorf("stored: %q", *m.Body)
		}
	}
	if body := *out.Messages[0].Body; !strings.HasPrefix(body, l.text()) {
		t.Errorf("stored %q, told %q", body, l.text())
	}
	err = b.DB.View(t.Context(), func(tx *store.Tx) error {
		v, err := loadConversation(tx, place{owner{b.caller.Tenant(), b.app, b.caller.Principal}, *l.told[0].TextEvent.ConversationID})
		if err == nil && v.Turn != nil {
			err = errors.New("its turn has not ended")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A ChatSync that fails is an ExternalResourceException with the model's sentence.
func TestAModelThatFailsInAChatSync(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		model, well := troubled(t, b)
		model.replies = append(well[:2:2], reply{err: breaks(llm.RateLimited)})
		_, err := try(t, b, api.ChatSync, b.ask("When does the canteen open?"))
		f := fault.As(err)
		if f == nil || f.Code != fault.ExternalResource || f.Message != "The language model has too much to do. Try again in 20 seconds." {
			t.Errorf("%v", err)
		}
	})
}

// A server that dies while the model speaks leaves nothing by half: the conversation
// is as it was, and goes on when the turn counts as dead.
func TestAServerDiesInAnAnswer(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		well := words("The canteen opens at noon. [1]")
		b.Model = &oracle{replies: []reply{well}}
		first := b.stream(t, &api.ChatInput{}, newLine(retrieves(), says("When does the canteen open?"), ends()))
		dies := func(in *api.ChatInput) *line {
			l := newLine(retrieves(), attaches("lease.txt", lease), says("And when does it close?"), ends())
			l.hear = func(n int, _ *api.ChatOutputStream) error {
				if n == 3 {
					panic(errKilled)
				}
				return nil
			}
			func() {
				defer func() {
					if got := recover(); got != any(errKilled) {
						t.Fatalf("died of %v", got)
					}
				}()
				t.Fatalf("it lives: %v", b.streamIn(t, in, l))
			}()
			b.start(b.DB)
			b.Model = &oracle{replies: []reply{well}}
			return l
		}
		in := behind(first)
		in.ClientToken = new("1")
		dies(in)
		fresh := dies(&api.ChatInput{ClientToken: new("2")})
		out := api.ChatSyncOutput{ConversationID: first.metadata(t).ConversationID}
		if n := len(b.bodies(t, &out)); n != 2 {
			t.Errorf("%d messages", n)
		}
		again := func(in *api.ChatInput) error {
			return b.streamIn(t, in, newLine(retrieves(), attaches("lease.txt", lease), says("And when does it close?"), ends()))
		}
		optest.Refused(t, again(&api.ChatInput{ConversationID: in.ConversationID}), conflict("conversation", *in.ConversationID))
		optest.Refused(t, again(in), conflict("clientToken", "1"))
		b.clock.Advance(leaseTime)
		for _, token := range []*api.ChatInput{in, {ClientToken: new("2")}} {
			if err := again(token); err != nil {
				t.Error(err)
			}
		}
		if n := len(b.bodies(t, &out)); n != 4 {
			t.Errorf("%d messages", n)
		}
		optest.Refused(t, again(behind(fresh)), absent(*fresh.told[0].TextEvent.ConversationID))
		if n := len(must(t, b, api.ListAttachments, &api.ListAttachmentsInput{ApplicationID: b.app}).Attachments); n != 2 {
			t.Errorf("%d attachments", n)
		}
	})
}
