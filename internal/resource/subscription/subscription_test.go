package subscription

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// TestTheLifeOfASubscription changes one through the months.
func TestTheLifeOfASubscription(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := ofUser(someone(t, r, "ada"))
		is := func(now, next api.SubscriptionType) {
			t.Helper()
			want := []api.Subscription{shown(r, id(1), p, now, next)}
			if now == "" {
				want = []api.Subscription{}
			}
			if diff := cmp.Diff(want, listed(t, r, r.app)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", r.clock.Now(), diff)
			}
		}
		change := func(asked, now, next api.SubscriptionType) {
			t.Helper()
			got := must(t, r, api.UpdateSubscription, &api.UpdateSubscriptionInput{ApplicationID: r.app, SubscriptionID: id(1), Type: asked})
			s := shown(r, id(1), p, now, next)
			want := &api.UpdateSubscriptionOutput{SubscriptionARN: s.SubscriptionARN, CurrentSubscription: s.CurrentSubscription, NextSubscription: s.NextSubscription}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			is(now, next)
		}
		end := func(now api.SubscriptionType) {
			t.Helper()
			for range 2 { // idempotent
				got := must(t, r, api.CancelSubscription, &api.CancelSubscriptionInput{ApplicationID: r.app, SubscriptionID: id(1)})
				s := shown(r, id(1), p, now, "")
				want := &api.CancelSubscriptionOutput{SubscriptionARN: s.SubscriptionARN, CurrentSubscription: s.CurrentSubscription}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				is(now, "")
			}
		}

		got := must(t, r, api.CreateSubscription, ask(r, p, lite))
		s := shown(r, id(1), p, lite, lite)
		want := &api.CreateSubscriptionOutput{SubscriptionID: s.SubscriptionID, SubscriptionARN: s.SubscriptionARN, CurrentSubscription: s.CurrentSubscription, NextSubscription: s.NextSubscription}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		is(lite, lite)
		r.clock.Advance(day)
		change(business, business, business) // up: at once
		r.clock.Advance(day)
		change(lite, business, lite) // down: next month
		r.clock.Advance(nextMonth(r.clock.Now()).Sub(r.clock.Now()) - time.Microsecond)
		is(business, lite)
		r.clock.Advance(time.Microsecond)
		is(lite, lite)
		change(lite, lite, lite)
		end(lite)
		change(business, business, business) // goes on after all
		change(lite, business, lite)
		end(business) // instead of the downgrade
		toNextMonth(r)
		is("", "")
		for name, err := range map[string]error{
			"update": second(call(t, r, api.UpdateSubscription, &api.UpdateSubscriptionInput{ApplicationID: r.app, SubscriptionID: id(1), Type: lite})),
			"cancel": second(call(t, r, api.CancelSubscription, &api.CancelSubscriptionInput{ApplicationID: r.app, SubscriptionID: id(1)})),
		} {
			if says := optest.Refused(t, err, absent("subscription", id(1))); !strings.Contains(says, "has ended") {
				t.Errorf("%s: %q", name, says)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestSubscribingOnceMore(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ada := someone(t, r, "ada")
		p := ofUser(ada)
		subscribe(t, r, p, business)
		_, err := call(t, r, api.CreateSubscription, ask(r, p, business))
		if says := optest.Refused(t, err, conflict("subscription", id(1))); !strings.Contains(says, "UpdateSubscription") {
			t.Errorf("%q", says)
		}
		cancel(t, r, id(1))
		got := must(t, r, api.CreateSubscription, ask(r, p, lite))
		if *got.SubscriptionID != id(1) || *got.CurrentSubscription.Type != business || *got.NextSubscription.Type != lite {
			t.Errorf("one that was cancelled, asked for again: %s, %s then %s", *got.SubscriptionID, *got.CurrentSubscription.Type, *got.NextSubscription.Type)
		}
		cancel(t, r, id(1))
		toNextMonth(r)
		if again := subscribe(t, r, p, lite); again != id(2) {
			t.Errorf("after its end it is %s", again)
		}
		if diff := cmp.Diff([]api.Subscription{shown(r, id(2), p, lite, lite)}, listed(t, r, r.app)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		subscribe(t, r, ofGroup(team(t, r, "team")), lite) // another principal, another subscription
		if n := len(listed(t, r, r.app)); n != 2 {
			t.Errorf("%d subscriptions", n)
		}
	})
}

func TestWhatCreateRefuses(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ada, staff := someone(t, r, "ada"), team(t, r, "staff")
		nobody := uuid.NewString()
		deleting := makeApplication(t, r, &api.CreateApplicationInput{IdentityCenterInstanceARN: new("arn:aws:sso:::instance/ssoins-0123456789abcdef")})
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: deleting})
		anonymous := makeApplication(t, r, &api.CreateApplicationInput{IdentityType: new(api.IdentityTypeAnonymous)})
		saml := makeApplication(t, r, federatedBySAML())
		for name, tt := range map[string]struct {
			app  string
			p    api.SubscriptionPrincipal
			want fault.Error
			says string
		}{
			"an application not there":   {nobody, ofUser(ada), absent("application", nobody), "There is no application"},
			"one on its way out":         {deleting, ofUser(ada), conflict("application", deleting), "DELETING"},
			"one that knows no users":    {anonymous, ofUser(ada), optest.Invalid("applicationId"), "ANONYMOUS"},
			"one of federated users":     {saml, ofUser(ada), optest.Invalid("applicationId"), "autoSubscriptionConfiguration"},
			"a user not there":           {r.app, ofUser(nobody), absent("user", nobody), "no user"},
			"a group not there":          {r.app, ofGroup(nobody), absent("group", nobody), "no group"},
			"a group in a user's place":  {r.app, ofUser(staff), absent("user", staff), "no user"},
			"a user in a group's place":  {r.app, ofGroup(ada), absent("group", ada), "no group"},
			"an application as a user's": {nobody, ofUser(nobody), absent("application", nobody), "There is no application"},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := call(t, r, api.CreateSubscription, &api.CreateSubscriptionInput{ApplicationID: tt.app, Principal: tt.p, Type: lite})
				if says := optest.Refused(t, err, tt.want); !strings.Contains(says, tt.says) {
					t.Errorf("%q does not say %q", says, tt.says)
				}
			})
		}
		if got := listed(t, r, r.app); len(got) != 0 {
			t.Errorf("%v", got)
		}
	})
}

// federatedBySAML is an application whose users come from elsewhere.
func federatedBySAML() *api.CreateApplicationInput {
	return &api.CreateApplicationInput{
		IdentityType:           new(api.IdentityTypeAwsIAMIDPSAML),
		IAMIdentityProviderARN: new("arn:aws:iam::" + account + ":saml-provider/corp"),
	}
}

func TestWhatTheOthersRefuse(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		subscribe(t, r, ofUser(someone(t, r, "ada")), lite)
		other := makeApplication(t, r, &api.CreateApplicationInput{IdentityCenterInstanceARN: new("arn:aws:sso:::instance/ssoins-0123456789abcdef")})
		nowhere := uuid.NewString()
		for name, tt := range map[string]struct {
			app, id string
			want    fault.Error
		}{
			"an application not there":          {nowhere, id(1), absent("application", nowhere)},
			"another application's":             {other, id(1), absent("subscription", id(1))},
			"never there":                       {r.app, id(7), absent("subscription", id(7))},
			"an ID that no database can hold":   {r.app, "a\x00b", absent("subscription", "a\x00b")},
			"and one that is not even in UTF-8": {r.app, "\xff", absent("subscription", "\xff")},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := call(t, r, api.UpdateSubscription, &api.UpdateSubscriptionInput{ApplicationID: tt.app, SubscriptionID: tt.id, Type: lite})
				optest.Refused(t, err, tt.want)
				_, err = call(t, r, api.CancelSubscription, &api.CancelSubscriptionInput{ApplicationID: tt.app, SubscriptionID: tt.id})
				optest.Refused(t, err, tt.want)
			})
		}
		_, err := call(t, r, api.ListSubscriptions, &api.ListSubscriptionsInput{ApplicationID: nowhere})
		optest.Refused(t, err, absent("application", nowhere))

		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: r.app})
		_, err = call(t, r, api.UpdateSubscription, &api.UpdateSubscriptionInput{ApplicationID: r.app, SubscriptionID: id(1), Type: business})
		optest.Refused(t, err, conflict("application", r.app))
		cancel(t, r, id(1)) // the model has no Conflict for it
	})
}

func TestATokenSubscribesOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := ask(r, ofUser(someone(t, r, "ada")), lite)
		in.ClientToken = new("token-1")
		first := must(t, r, api.CreateSubscription, in)
		cancel(t, r, id(1))
		if diff := cmp.Diff(first, must(t, r, api.CreateSubscription, in)); diff != "" {
			t.Errorf("the same again (-first +second):\n%s", diff)
		}
		if got := listed(t, r, r.app); len(got) != 1 || got[0].NextSubscription != nil {
			t.Errorf("it was done again: %+v", got)
		}
		changed := *in
		changed.Type = business
		_, err := call(t, r, api.CreateSubscription, &changed)
		optest.Refused(t, err, conflict("clientToken", "token-1"))
	})
}

// TestPages walks the list, two of a moment, while one ends and one comes.
func TestPages(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var made []string
		for i := range 7 {
			made = append([]string{subscribe(t, r, ofUser(someone(t, r, "user-"+string(rune('a'+i)))), lite)}, made...)
			if i%2 == 1 {
				r.clock.Advance(time.Second)
			}
		}
		cancel(t, r, made[1])
		cancel(t, r, made[4])
		toNextMonth(r) // both have ended
		want := append([]string{made[0]}, made[2], made[3], made[5], made[6])
		var got []string
		var token *string
		for range 3 {
			out := must(t, r, api.ListSubscriptions, &api.ListSubscriptionsInput{ApplicationID: r.app, MaxResults: new(int32(2)), NextToken: token})
			for _, s := range out.Subscriptions {
				got = append(got, *s.SubscriptionID)
			}
			token = out.NextToken
			subscribe(t, r, ofUser(someone(t, r, uuid.NewString())), lite) // newer than all that is shown
		}
		if diff := cmp.Diff(want, got); diff != "" || token != nil {
			t.Errorf("another page: %t (-want +got):\n%s", token != nil, diff)
		}
	})
}

func TestTokensOfOtherLists(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for range 2 {
			subscribe(t, r, ofUser(someone(t, r, uuid.NewString())), lite)
		}
		next := must(t, r, api.ListSubscriptions, &api.ListSubscriptionsInput{ApplicationID: r.app, MaxResults: new(int32(1))}).NextToken
		if next == nil {
			t.Fatal("no token")
		}
		other := makeApplication(t, r, federatedBySAML())
		for name, in := range map[string]*api.ListSubscriptionsInput{
			"of another application": {ApplicationID: other, NextToken: next},
			"made up":                {ApplicationID: r.app, NextToken: new("x")},
		} {
			_, err := call(t, r, api.ListSubscriptions, in)
			if optest.Refused(t, err, optest.Invalid("nextToken")) == "" {
				t.Errorf("%s: no words", name)
			}
		}
	})
}

// TestSubscriptionsGoWithTheirApplication, and those of others stay.
func TestSubscriptionsGoWithTheirApplication(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ada := ofUser(someone(t, r, "ada"))
		gone := r.app
		subscribe(t, r, ada, lite)
		r.app = makeApplication(t, r, &api.CreateApplicationInput{IdentityCenterInstanceARN: new("arn:aws:sso:::instance/ssoins-0123456789abcdef")})
		kept := subscribe(t, r, ada, business)
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: gone})
		if _, err := r.jobs.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := call(t, r, api.ListSubscriptions, &api.ListSubscriptionsInput{ApplicationID: gone})
		optest.Refused(t, err, absent("application", gone))
		if n := rows(t, r, gone); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if got := listed(t, r, r.app); len(got) != 1 || *got[0].SubscriptionID != kept {
			t.Errorf("%+v", got)
		}
	})
}

// TestConflictsOfTheDatabaseAreNotSeen: transactions that are run again leave
// nothing behind of the first attempt.
func TestConflictsOfTheDatabaseAreNotSeen(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var want []api.Subscription
		for range 15 {
			p := ofUser(someone(t, r, uuid.NewString()))
			made := subscribe(t, r, p, lite)
			must(t, r, api.UpdateSubscription, &api.UpdateSubscriptionInput{ApplicationID: r.app, SubscriptionID: made, Type: business})
			cancel(t, r, made)
			want = append([]api.Subscription{shown(r, made, p, business, "")}, want...)
			r.clock.Advance(time.Second)
		}
		if diff := cmp.Diff(want, listed(t, r, r.app)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}, storetest.WithConflicts(1, 0.1))
}

// TestAUserIsSubscribedOnce by many who ask at the same time.
func TestAUserIsSubscribedOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := ask(r, ofUser(someone(t, r, "ada")), lite)
		var made, refused atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				switch _, err := optest.Call(t, r.Registry, us(), api.CreateSubscription, in); {
				case err == nil:
					made.Add(1)
				case fault.Is(err, fault.Conflict):
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		if made.Load() != 1 || refused.Load() != 7 {
			t.Errorf("%d were made and %d refused", made.Load(), refused.Load())
		}
		if n := len(listed(t, r, r.app)); n != 1 {
			t.Errorf("%d subscriptions", n)
		}
	})
}
