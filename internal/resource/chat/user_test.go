package chat

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// in makes an application of an identity type, and the bench's.
func (b *bench) in(t *testing.T, kind api.IdentityType) {
	t.Helper()
	in := &api.CreateApplicationInput{DisplayName: string(kind), IdentityType: &kind}
	switch kind {
	case api.IdentityTypeAwsIAMIDC:
		in.IdentityCenterInstanceARN = new("arn:aws:sso:::instance/ssoins-0123456789abcdef")
	case api.IdentityTypeAwsIAMIDPSAML:
		in.IAMIdentityProviderARN = new("arn:aws:iam::111122223333:saml-provider/login")
	}
	b.app = *must(t, b, api.CreateApplication, in).ApplicationID
}

// session is a session of one role, for a person.
func session(tags map[string]string, p *op.Person) op.Caller {
	c := optest.Root("111122223333")
	c.Root, c.Principal, c.Role = false, "arn:aws:sts::111122223333:assumed-role/users/s", "arn:aws:iam::111122223333:role/users"
	c.Tags, c.Person = tags, p
	return c
}

// everything is each operation of the bench's application, on a conversation.
func (b *bench) everything(t *testing.T, talk string, user *string) (errs []error) {
	t.Helper()
	said := b.say("List the tickets")
	said.UserID, said.ConversationID = user, &talk
	_, err := try(t, b, api.ChatSync, said)
	errs = append(errs, err)
	_, err = try(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: talk, UserID: user})
	errs = append(errs, err)
	_, err = try(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app, UserID: user})
	errs = append(errs, err)
	_, err = try(t, b, api.DeleteConversation, &api.DeleteConversationInput{ApplicationID: b.app, ConversationID: talk, UserID: user})
	return append(errs, err)
}

// refused demands that everything ends in one error.
func (b *bench) refused(t *testing.T, talk string, user *string, want fault.Error, words string) {
	t.Helper()
	for _, err := range b.everything(t, talk, user) {
		if got := optest.Refused(t, err, want); !strings.Contains(got, words) {
			t.Errorf("%q, want … %s", got, words)
		}
	}
}

// mine are the IDs of the caller's conversations.
func (b *bench) mine(t *testing.T, user *string) (ids []string) {
	t.Helper()
	for _, c := range must(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app, UserID: user}).Conversations {
		ids = append(ids, *c.ConversationID)
	}
	return ids
}

// identityStore is one that has everybody.
type identityStore struct{}

func (identityStore) UserIn(_ *store.Tx, _, id string) (op.Person, bool, error) {
	return op.Person{ID: id, Name: "ann", Email: "ann@example.com", Groups: []string{"g"}, Profile: map[string]string{"title": "Baker"}}, true, nil
}

const elsewhere = "11111111-2222-3333-4444-555555555555" // no conversation

// TestUsersOfIdentityCenter are known by the context of their session alone: two
// people in sessions of one role are two, and one person in two roles is one.
func TestUsersOfIdentityCenter(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.in(t, api.IdentityTypeAwsIAMIDC)
		denied := fault.Error{Code: fault.AccessDenied}
		b.refused(t, elsewhere, nil, denied, "needs identity-aware credentials")
		b.refused(t, elsewhere, new("ann@example.com"), denied, "userId and userGroups must be null")

		ann := session(nil, &op.Person{ID: "90000000-0000-4000-8000-000000000001", Email: "ann@example.com"})
		b.caller = ann
		hers := b.chat(t, b.say("List the tickets"))
		b.refused(t, *hers.ConversationID, new("ann@example.com"), denied, "userId and userGroups must be null")

		b.caller = session(nil, &op.Person{ID: "90000000-0000-4000-8000-000000000002", Email: "ann@example.com"})
		if ids := b.mine(t, nil); ids != nil {
			t.Errorf("another person sees %q", ids)
		}
		_, err := try(t, b, api.ChatSync, after(hers, b.say("List the tickets")))
		optest.Refused(t, err, absent(*hers.ConversationID))

		b.caller = ann
		b.caller.Principal, b.caller.Role = "arn:aws:sts::111122223333:assumed-role/other/t", "arn:aws:iam::111122223333:role/other"
		b.chat(t, after(hers, b.say("List the tickets")))
		if diff := cmp.Diff([]string{*hers.ConversationID}, b.mine(t, nil)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestUsersOfAProvider are known by their address, however it is written, and
// whether their own session says it or a bot does.
func TestUsersOfAProvider(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.in(t, api.IdentityTypeAwsIAMIDPSAML)
		bot := b.caller
		b.caller = session(map[string]string{"Email": "Ann@Example.com"}, &op.Person{Name: "ann", Email: "Ann@Example.com"})
		hers := b.chat(t, b.say("List the tickets"))
		b.refused(t, *hers.ConversationID, new("bob@example.com"), fault.Error{Code: fault.AccessDenied}, "userId names somebody else")
		said := b.say("List the tickets")
		said.UserGroups = []string{"admins"}
		_, err := try(t, b, api.ChatSync, said)
		optest.Refused(t, err, fault.Error{Code: fault.AccessDenied})

		b.caller = session(nil, &op.Person{Name: "9f1c"}) // whose provider told no address
		b.refused(t, *hers.ConversationID, nil, fault.Error{Code: fault.AccessDenied}, "session tag Email")
		b.refused(t, *hers.ConversationID, new("ann@example.com"), fault.Error{Code: fault.AccessDenied}, "session tag Email")

		b.caller = session(map[string]string{"Email": "bob@example.com"}, nil)
		if ids := b.mine(t, nil); ids != nil {
			t.Errorf("another person sees %q", ids)
		}
		b.caller = bot
		if ids := b.mine(t, nil); ids != nil {
			t.Errorf("a bot by itself sees %q", ids)
		}
		if diff := cmp.Diff([]string{*hers.ConversationID}, b.mine(t, new("ann+desk@example.com"))); diff != "" {
			t.Error(diff)
		}
	})
}

// TestNobodyHasNoHistory in an application without users, and no plugins.
func TestNobodyHasNoHistory(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.in(t, api.IdentityTypeAnonymous)
		errs := b.everything(t, elsewhere, nil)
		optest.Refused(t, errs[0], optest.Invalid("chatMode"))
		for _, err := range errs[1:] {
			if words := optest.Refused(t, err, fault.Error{Code: fault.AccessDenied}); !strings.Contains(words, "has no users") {
				t.Error(words)
			}
		}
		b.refused(t, elsewhere, new("ann@example.com"), fault.Error{Code: fault.AccessDenied}, "it has no users")
	})
}

// TestTheLicenceIsTheUsers: who is asked for is the person, not who signed.
func TestTheLicenceIsTheUsers(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.in(t, api.IdentityTypeAwsIAMIDC)
		ann := op.Person{ID: "90000000-0000-4000-8000-000000000001", Name: "ann", Email: "ann@example.com", Groups: []string{"g"}, Profile: map[string]string{"title": "Baker"}}
		b.caller = session(nil, &op.Person{ID: ann.ID})
		var asked []op.Person
		b.Licensed = func(_ context.Context, _ op.Caller, _ string, p op.Person, _ api.SubscriptionType) error {
			asked = append(asked, p)
			return nil
		}
		b.everything(t, elsewhere, nil)
		if diff := cmp.Diff([]op.Person{ann, ann, ann, ann}, asked); diff != "" {
			t.Error(diff)
		}
	})
}
