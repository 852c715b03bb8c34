package chat

import (
	"context"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

// TestWhoMayNotTalkIsNotListenedTo: what is wrong with a Chat before its first event
// is refused before that is received, so that the refusal is no part of a stream.
func TestWhoMayNotTalkIsNotListenedTo(t *testing.T) {
	unlicensed := func(context.Context, op.Caller, string, op.Person, api.SubscriptionType) error {
		return &fault.Error{Code: fault.LicenseNotFound, Message: "You have no subscription."}
	}
	for name, c := range map[string]struct {
		in       api.ChatInput
		licensed func(context.Context, op.Caller, string, op.Person, api.SubscriptionType) error
		want     fault.Error
	}{
		"no application":  {api.ChatInput{ApplicationID: noMessage}, nil, fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: noMessage}},
		"no conversation": {api.ChatInput{ConversationID: new(noMessage)}, nil, absent(noMessage)},
		"no licence":      {api.ChatInput{}, unlicensed, fault.Error{Code: fault.LicenseNotFound}},
	} {
		t.Run(name, func(t *testing.T) {
			one(t, func(t *testing.T, b *bench) {
				b.Licensed = c.licensed
				if c.in.ApplicationID == "" {
					c.in.ApplicationID = b.app
				}
				l := asks("List the tickets")
				sent := len(l.in)
				optest.Refused(t, b.Registry.Stream(t.Context(), b.caller, api.Chat.Route, &c.in, l), c.want)
				if len(l.in) != sent || len(l.told) != 0 {
					t.Errorf("%d events were received, %d sent", sent-len(l.in), len(l.told))
				}
			})
		})
	}
}
