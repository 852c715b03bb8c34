package chat

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

// TestWhoHasNoLicenceIsRefused before anything is read or called, by the tier
// that each operation needs.
func TestWhoHasNoLicenceIsRefused(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		review := b.form(t)
		arrived := b.desk.arrived()
		var asked []string
		var has api.SubscriptionType
		b.Licensed = func(_ context.Context, c op.Caller, application string, _ op.Person, least api.SubscriptionType) error {
			if c.Principal != b.caller.Principal || application != b.app {
				t.Errorf("asked for %s in %s", c.Principal, application)
			}
			asked = append(asked, string(least))
			if least == has {
				return nil
			}
			return &fault.Error{Code: fault.LicenseNotFound, Message: "You have no subscription."}
		}
		lacks := fault.Error{Code: fault.LicenseNotFound}
		_, err := try(t, b, api.ChatSync, b.say("List the open tickets"))
		optest.Refused(t, err, lacks)
		_, err = try(t, b, api.ChatSync, b.confirm(review, nil))
		optest.Refused(t, err, lacks)
		talk := *review.ConversationID
		_, err = try(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app})
		optest.Refused(t, err, lacks)
		_, err = try(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: talk})
		optest.Refused(t, err, lacks)
		_, err = try(t, b, api.DeleteConversation, &api.DeleteConversationInput{ApplicationID: b.app, ConversationID: talk})
		optest.Refused(t, err, lacks)
		if diff := cmp.Diff([]string{"Q_BUSINESS", "Q_BUSINESS", "Q_LITE", "Q_LITE", "Q_LITE"}, asked); diff != "" {
			t.Errorf("tiers (-want +got):\n%s", diff)
		}
		if n := b.desk.arrived() - arrived; n != 0 || len(b.desk.made()) != 0 {
			t.Errorf("%d calls arrived at the desk", n)
		}

		has = api.SubscriptionTypeQLite
		if n := len(b.messages(t, review)); n != 2 {
			t.Errorf("the conversation has %d messages", n)
		}
		has = api.SubscriptionTypeQBusiness
		b.chat(t, b.confirm(review, nil))
		if n := len(b.desk.made()); n != 1 {
			t.Errorf("%d tickets", n)
		}
	})
}

// TestARequestIsCheckedBeforeItsLicence: what is wrong with it is said to
// everyone.
func TestARequestIsCheckedBeforeItsLicence(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.Licensed = func(context.Context, op.Caller, string, op.Person, api.SubscriptionType) error {
			t.Error("asked")
			return nil
		}
		_, err := try(t, b, api.ChatSync, b.say(" "))
		optest.Refused(t, err, optest.Invalid("userMessage"))
		_, err = try(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app, NextToken: new("x")})
		optest.Refused(t, err, optest.Invalid("nextToken"))
	})
}
