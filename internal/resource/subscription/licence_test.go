package subscription

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// rows counts an application's rows, those of ended subscriptions too.
func rows(t *testing.T, r *rig, app string) (n int) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM subscription WHERE tenant = $1 AND application = $2`, us().Tenant(), app).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func lacks() fault.Error { return fault.Error{Code: fault.LicenseNotFound} }

// wants asserts whether a person may use what a tier has.
func wants(t *testing.T, r *rig, app string, p op.Person, least api.SubscriptionType, yes bool) {
	t.Helper()
	err := r.Licensed(t.Context(), us(), app, p, least)
	if yes && err != nil {
		t.Errorf("%+v for %s: %v", p, least, err)
	}
	if !yes {
		if says := optest.Refused(t, err, lacks()); !strings.Contains(says, app) || !strings.Contains(says, "Ask its administrator") {
			t.Errorf("%q", says)
		}
	}
}

func TestWhoIsLicensed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Required = true
		ada, bob, eve := someone(t, r, "ada"), someone(t, r, "bob"), someone(t, r, "eve")
		readers, writers := team(t, r, "readers"), team(t, r, "writers")
		subscribe(t, r, ofUser(ada), lite)
		subscribe(t, r, ofUser(bob), business)
		subscribe(t, r, ofGroup(readers), lite)
		ended := subscribe(t, r, ofGroup(writers), business)
		cancel(t, r, ended)
		for name, tt := range map[string]struct {
			p              op.Person
			lite, business bool
		}{
			"lite":                            {op.Person{ID: ada}, true, false},
			"business":                        {op.Person{ID: bob}, true, true},
			"none":                            {op.Person{ID: eve}, false, false},
			"by a group":                      {op.Person{ID: eve, Groups: []string{uuid.NewString(), readers}}, true, false},
			"by a group that was cancelled":   {op.Person{ID: eve, Groups: []string{writers}}, true, true},
			"the highest counts":              {op.Person{ID: ada, Groups: []string{readers, writers}}, true, true},
			"an address is none here":         {op.Person{Name: ada, Email: ada}, false, false},
			"a group's ID as a user's":        {op.Person{ID: readers}, false, false},
			"a user's as a group's":           {op.Person{ID: eve, Groups: []string{bob}}, false, false},
			"nobody":                          {op.Person{}, false, false},
			"nobody, in a group of somebody":  {op.Person{Groups: []string{readers}}, true, false},
			"one of another identity store":   {op.Person{ID: uuid.NewString()}, false, false},
			"of a group that has none at all": {op.Person{ID: eve, Groups: []string{uuid.NewString()}}, false, false},
		} {
			t.Run(name, func(t *testing.T) {
				wants(t, r, r.app, tt.p, lite, tt.lite)
				wants(t, r, r.app, tt.p, business, tt.business)
			})
		}
		toNextMonth(r)
		wants(t, r, r.app, op.Person{ID: eve, Groups: []string{writers}}, lite, false)
		wants(t, r, r.app, op.Person{ID: bob}, business, true)

		r.Required = false
		wants(t, r, r.app, op.Person{ID: eve}, business, true)
		wants(t, r, r.app, op.Person{}, business, true)
	})
}

func TestALicenceOfAnApplicationThatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		nowhere := uuid.NewString()
		for _, r.Required = range []bool{false, true} {
			optest.Refused(t, r.Licensed(t.Context(), us(), nowhere, op.Person{}, lite), absent("application", nowhere))
			stranger := optest.Root("444455556666")
			optest.Refused(t, r.Licensed(t.Context(), stranger, r.app, op.Person{}, lite), absent("application", r.app))
		}
	})
}

func TestWhoNeedsNoSubscription(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Required = true
		for _, in := range []*api.CreateApplicationInput{
			{IdentityType: new(api.IdentityTypeAnonymous)},
			{IdentityType: new(api.IdentityTypeAwsQuicksightIDP), QuickSightConfiguration: &api.QuickSightConfiguration{ClientNamespace: "default"}},
		} {
			app := makeApplication(t, r, in)
			wants(t, r, app, op.Person{}, business, true)
			wants(t, r, app, op.Person{Email: "ada@example.com"}, business, true)
			if n := rows(t, r, app); n != 0 {
				t.Errorf("%s: %d rows", *in.IdentityType, n)
			}
		}
	})
}

// welcoming is an application that subscribes its federated users.
func welcoming(t *testing.T, r *rig, tier api.SubscriptionType) string {
	t.Helper()
	app := makeApplication(t, r, federatedBySAML())
	must(t, r, api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: app, AutoSubscriptionConfiguration: &api.AutoSubscriptionConfiguration{
		AutoSubscribe: api.AutoSubscriptionStatusEnabled, DefaultSubscriptionType: &tier,
	}})
	return app
}

func TestAFederatedUserIsSubscribedAtFirstUse(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := welcoming(t, r, lite)
		ada := op.Person{Email: "ada@example.com"}
		for _, r.Required = range []bool{false, true} { // whether it is asked for or not
			wants(t, r, app, ada, lite, true)
		}
		wants(t, r, app, ada, business, false)
		// uuid.uuid5(uuid.NAMESPACE_URL, "mailto:ada@example.com") in Python
		r.app = app
		want := []api.Subscription{shown(r, id(1), ofUser("3d21f9ee-d85e-5a10-bda2-dff7da80567a"), lite, lite)}
		if diff := cmp.Diff(want, listed(t, r, app)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		must(t, r, api.UpdateSubscription, &api.UpdateSubscriptionInput{ApplicationID: app, SubscriptionID: id(1), Type: business})
		wants(t, r, app, ada, business, true)
		wants(t, r, app, op.Person{Name: "Bob", Email: "bob@example.com"}, lite, true)
		wants(t, r, app, op.Person{}, lite, false)            // nobody is not subscribed,
		wants(t, r, app, op.Person{Name: "eve"}, lite, false) // nor is one without an address
		if n := rows(t, r, app); n != 2 {
			t.Errorf("%d rows", n)
		}
		cancel(t, r, id(1))
		wants(t, r, app, ada, business, true)
		toNextMonth(r)
		wants(t, r, app, ada, business, false)
		wants(t, r, app, ada, lite, true) // comes again, and is welcome
	})
}

func TestAnAddressIsOneWhateverItsForm(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := welcoming(t, r, lite)
		for _, email := range []string{"ada@example.com", "Ada@Example.COM", "ada+work@example.com", "ADA+a+b@example.com"} {
			wants(t, r, app, op.Person{Email: email}, lite, true)
		}
		if n := rows(t, r, app); n != 1 {
			t.Errorf("%d subscriptions", n)
		}
		for _, email := range []string{"ada@example.org", "ad.a@example.com", "ada-work@example.com"} {
			wants(t, r, app, op.Person{Email: email}, lite, true)
		}
		if n := rows(t, r, app); n != 4 {
			t.Errorf("%d subscriptions", n)
		}
	})
}

func TestFederatedUsersWhoAreNotSubscribed(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Required = true
		closed := makeApplication(t, r, federatedBySAML())
		wants(t, r, closed, op.Person{Email: "ada@example.com"}, lite, false)
		deleting := welcoming(t, r, lite)
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: deleting})
		wants(t, r, deleting, op.Person{Email: "ada@example.com"}, lite, false)
		if n := rows(t, r, closed) + rows(t, r, deleting); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

// TestTwoFirstUsesAtOnce make one subscription.
func TestTwoFirstUsesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.Required = true
		app := welcoming(t, r, business)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := r.Licensed(t.Context(), us(), app, op.Person{Email: "ada@example.com"}, business); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := rows(t, r, app); n != 1 {
			t.Errorf("%d subscriptions", n)
		}
	})
}
