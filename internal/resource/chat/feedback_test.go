package chat

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// thinks is an opinion of an answer.
func (b *bench) thinks(out *api.ChatSyncOutput, u api.MessageUsefulness) *api.PutFeedbackInput {
	return &api.PutFeedbackInput{
		ApplicationID: b.app, ConversationID: *out.ConversationID, MessageID: *out.SystemMessageID,
		MessageUsefulness: &api.MessageUsefulnessFeedback{Usefulness: u, SubmittedAt: b.clock.Now()},
	}
}

// opinion is what is kept of an answer.
func (b *bench) opinion(t *testing.T, user string, out *api.ChatSyncOutput) (f feedback) {
	t.Helper()
	err := b.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		f, err = loadFeedback(tx, place{owner{b.caller.Tenant(), b.app, user}, *out.ConversationID}, *out.SystemMessageID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The last opinion counts; that a message was copied is none.
func TestTheLastOpinionCounts(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		out := b.chat(t, as("ann", b.say("List the tickets")))
		first := b.thinks(out, api.MessageUsefulnessNotUseful)
		first.UserID = new("ann")
		first.MessageUsefulness.Reason, first.MessageUsefulness.Comment = new(api.MessageUsefulnessReasonNotComplete), new("Too short")
		must(t, b, api.PutFeedback, first)
		at := b.clock.Now().Add(time.Second)
		copied := &api.PutFeedbackInput{ApplicationID: b.app, UserID: new("ann"), ConversationID: *out.ConversationID, MessageID: *out.SystemMessageID, MessageCopiedAt: &at}
		must(t, b, api.PutFeedback, copied)
		want := feedback{
			Usefulness: api.MessageUsefulnessNotUseful, Reason: first.MessageUsefulness.Reason, Comment: first.MessageUsefulness.Comment,
			Submitted: b.clock.Now(), Copied: at,
		}
		if diff := cmp.Diff(want, b.opinion(t, "ann", out)); diff != "" {
			t.Error(diff)
		}
		second := b.thinks(out, api.MessageUsefulnessUseful)
		second.UserID = new("ann")
		must(t, b, api.PutFeedback, second)
		want.Usefulness, want.Reason, want.Comment = api.MessageUsefulnessUseful, nil, nil
		if diff := cmp.Diff(want, b.opinion(t, "ann", out)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhatNobodyCanJudge(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		out := b.chat(t, b.say("List the tickets"))
		notFound := func(kind, id string) fault.Error {
			return fault.Error{Code: fault.ResourceNotFound, ResourceType: kind, ResourceID: id}
		}
		for name, tt := range map[string]struct {
			change func(in *api.PutFeedbackInput)
			want   fault.Error
		}{
			"nothing said":        {func(in *api.PutFeedbackInput) { in.MessageUsefulness = nil }, optest.Invalid("messageUsefulness")},
			"their own message":   {func(in *api.PutFeedbackInput) { in.MessageID = *out.UserMessageID }, notFound("message", *out.UserMessageID)},
			"no message":          {func(in *api.PutFeedbackInput) { in.MessageID = noMessage }, notFound("message", noMessage)},
			"no conversation":     {func(in *api.PutFeedbackInput) { in.ConversationID = elsewhere }, absent(elsewhere)},
			"another's":           {func(in *api.PutFeedbackInput) { in.UserID = new("bob") }, absent(*out.ConversationID)},
			"no such application": {func(in *api.PutFeedbackInput) { in.ApplicationID = noMessage }, notFound("application", noMessage)},
		} {
			t.Run(name, func(t *testing.T) {
				in := b.thinks(out, api.MessageUsefulnessUseful)
				tt.change(in)
				_, err := try(t, b, api.PutFeedback, in)
				optest.Refused(t, err, tt.want)
			})
		}
	})
}
