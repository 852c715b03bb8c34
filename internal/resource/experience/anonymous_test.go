package experience

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
)

// pass is that of a new address.
func (r *rig) pass(t *testing.T, app, experience string) string {
	t.Helper()
	out := must(t, r, api.CreateAnonymousWebExperienceURL, &api.CreateAnonymousWebExperienceURLInput{ApplicationID: app, WebExperienceID: experience})
	u, err := url.Parse(*out.AnonymousURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get(PassParameter)
}

// rows counts all that the family stores.
func (r *rig) rows(t *testing.T) (n int) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(`SELECT (SELECT COUNT(*) FROM web_experience WHERE tenant = $1) + (SELECT COUNT(*) FROM web_experience_pass WHERE tenant = $1)`, us().Tenant()).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

var denied = fault.Error{Code: fault.AccessDenied}

// TestAnonymousVisit: an address lets in once, for as long as was said.
func TestAnonymousVisit(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, made := r.open(t)
		_, err := r.Show(t.Context(), made, "")
		optest.Refused(t, err, denied)

		text := r.pass(t, app, made)
		s, err := r.Enter(t.Context(), made, text)
		if err != nil || !s.Until.Equal(r.clock.Now().Add(time.Hour)) || s.Embedded {
			t.Fatalf("%v, %v", s, err)
		}
		want := &Page{Title: "Ask us", Subtitle: "Anything", Welcome: "Good to have you.", Application: app, Region: "us-east-1", Until: s.Until}
		got, err := r.Show(t.Context(), made, s.Cookie)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		_, err = r.Enter(t.Context(), made, text)
		if told := optest.Refused(t, err, denied); !strings.Contains(told, "works only once") {
			t.Error(told)
		}
		r.clock.Advance(time.Hour - time.Microsecond)
		if _, err := r.Show(t.Context(), made, s.Cookie); err != nil {
			t.Error(err)
		}
		r.clock.Advance(time.Microsecond)
		_, err = r.Show(t.Context(), made, s.Cookie)
		optest.Refused(t, err, denied)
	})
}

// TestAddressIsOver after five minutes, and the session after as long as was asked
// for.
func TestAddressIsOver(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, made := r.open(t)
		text := r.pass(t, app, made)
		r.clock.Advance(5*time.Minute - time.Microsecond)
		if _, err := r.Enter(t.Context(), made, text); err != nil {
			t.Error(err)
		}
		text = r.pass(t, app, made)
		r.clock.Advance(5 * time.Minute)
		_, err := r.Enter(t.Context(), made, text)
		if told := optest.Refused(t, err, denied); !strings.Contains(told, "5 minutes") {
			t.Error(told)
		}

		out := must(t, r, api.CreateAnonymousWebExperienceURL, &api.CreateAnonymousWebExperienceURLInput{ApplicationID: app, WebExperienceID: made, SessionDurationInMinutes: new(int32(15))})
		u, _ := url.Parse(*out.AnonymousURL)
		s, err := r.Enter(t.Context(), made, u.Query().Get("pass"))
		if err != nil || !s.Until.Equal(r.clock.Now().Add(15*time.Minute)) {
			t.Errorf("until %s, %v", s.Until, err)
		}
	})
}

// TestForged: addresses and cookies that this server did not make, or made for
// something else.
func TestForged(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, made := r.open(t)
		other := *must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: app}).WebExperienceID
		good := r.pass(t, app, made)
		s, err := r.Enter(t.Context(), made, r.pass(t, app, made))
		if err != nil {
			t.Fatal(err)
		}
		strange := &Service{Keys: seal.Random()}
		foreign, _ := strange.seal(pass{place: place{us().Tenant(), app, made}, Nonce: "n", Minutes: 60, Expires: 1 << 60}, passSeal)
		moved, _ := r.seal(pass{place: place{"444455556666:us-east-1", app, made}, Nonce: "n", Minutes: 60, Expires: 1 << 60}, passSeal)
		for name, text := range map[string]string{
			"nothing": "", "another server's": foreign, "another tenant's": moved, "a cookie": s.Cookie,
			"cut": good[:len(good)-4], "longer": good + "A", "too long": strings.Repeat("A", 5000), "padded": good + "=",
		} {
			_, err := r.Enter(t.Context(), made, text)
			if told := optest.Refused(t, err, denied); !strings.Contains(told, "was not made by this server, or is damaged") {
				t.Errorf("%s: %s", name, told)
			}
		}
		_, err = r.Enter(t.Context(), other, good)
		optest.Refused(t, err, denied)
		for name, cookie := range map[string]string{"nothing": "", "a pass": good, "cut": s.Cookie[1:], "another page's": s.Cookie} {
			_, err := r.Show(t.Context(), other, cookie)
			if err == nil {
				t.Errorf("%s lets in", name)
			}
			optest.Refused(t, err, denied)
		}
		if _, err := r.Enter(t.Context(), made, good); err != nil {
			t.Errorf("the address itself was spent: %v", err)
		}
	})
}

// TestOneOfManyEnters: however many use an address at the same moment, on two
// servers of one store.
func TestOneOfManyEnters(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, made := r.open(t)
		text := r.pass(t, app, made)
		second := *r.Service
		var wait sync.WaitGroup
		results := make([]error, 8)
		for i := range results {
			wait.Go(func() {
				_, results[i] = []*Service{r.Service, &second}[i%2].Enter(t.Context(), made, text)
			})
		}
		wait.Wait()
		entered := 0
		for _, err := range results {
			if err == nil {
				entered++
				continue
			}
			optest.Refused(t, err, denied)
		}
		if entered != 1 {
			t.Errorf("%d entered", entered)
		}
	})
}

// TestSessionsEndWithTheExperience, and so do its addresses.
func TestSessionsEndWithTheExperience(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, made := r.open(t)
		text := r.pass(t, app, made)
		s, err := r.Enter(t.Context(), made, r.pass(t, app, made))
		if err != nil {
			t.Fatal(err)
		}
		must(t, r, api.DeleteWebExperience, &api.DeleteWebExperienceInput{ApplicationID: app, WebExperienceID: made})
		_, err = r.Show(t.Context(), made, s.Cookie)
		optest.Refused(t, err, absent("web-experience", made))
		_, err = r.Enter(t.Context(), made, text)
		optest.Refused(t, err, absent("web-experience", made))
	})
}

// TestSignedInPages need no address: they have none, and everybody sees how to sign
// in, but not what the people inside are told.
func TestSignedInPages(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := r.app(t, api.IdentityTypeAwsIAMIDC)
		made := *must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{
			ApplicationID: app, Title: new("Ask"), WelcomeMessage: new("Only for staff."), Origins: []string{"https://a.example"},
			CustomizationConfiguration: &api.CustomizationConfiguration{LogoURL: new("https://a.example/l.png"), FaviconURL: new("https://a.example/f.ico")},
		}).WebExperienceID
		_, err := call(t, r, api.CreateAnonymousWebExperienceURL, &api.CreateAnonymousWebExperienceURLInput{ApplicationID: app, WebExperienceID: made})
		if told := optest.Refused(t, err, optest.Invalid("applicationId")); !strings.Contains(told, "AWS_IAM_IDC") {
			t.Error(told)
		}
		conflict := fault.Error{Code: fault.Conflict, ResourceType: "web-experience", ResourceID: made}
		_, err = r.Show(t.Context(), made, "")
		if told := optest.Refused(t, err, conflict); !strings.Contains(told, "Nobody can sign in here yet") {
			t.Error(told)
		}
		must(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: app, WebExperienceID: made, RoleARN: new(role)})
		want := &Page{Title: "Ask", Application: app, Region: "us-east-1", Logo: "https://a.example/l.png", Favicon: "https://a.example/f.ico", Origins: []string{"https://a.example"}}
		got, err := r.Show(t.Context(), made, "")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}

		oidcApp := r.app(t, api.IdentityTypeAwsIAMIDPOIDC)
		creating := *must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: oidcApp, RoleARN: new(role), IdentityProviderConfiguration: oidc(r.secret(t, "x"))}).WebExperienceID
		_, err = r.Show(t.Context(), creating, "")
		optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: "web-experience", ResourceID: creating})
	})
}

// TestSweep forgets used passes once nobody could use them.
func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, made := r.open(t)
		for range 2 {
			if _, err := r.Enter(t.Context(), made, r.pass(t, app, made)); err != nil {
				t.Fatal(err)
			}
			r.clock.Advance(time.Minute)
		}
		r.clock.Advance(3 * time.Minute) // the first is over
		for _, want := range []int{2, 1} {
			if err := r.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := r.rows(t); n != want {
				t.Errorf("%d rows, want %d", n, want)
			}
			r.clock.Advance(time.Minute)
		}
	})
}

// TestStoreAway: what the store says is nobody else's business.
func TestStoreAway(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, made := r.open(t)
		text := r.pass(t, app, made)
		if err := r.DB.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := r.Enter(t.Context(), made, text)
		_, shown := r.Show(t.Context(), made, "")
		for _, err := range []error{err, shown} {
			if err == nil || fault.As(err) != nil || errors.Is(err, store.ErrNoRows) {
				t.Errorf("%v", err)
			}
		}
	})
}

// FuzzSealed: whatever a browser brings is refused, and nothing panics.
func FuzzSealed(f *testing.F) {
	s := &Service{Keys: seal.Random(), Now: time.Now}
	good, _ := s.seal(pass{place: place{"t", "a", "e"}, Nonce: "n", Minutes: 15, Expires: 1}, passSeal)
	for _, seed := range []string{"", "A", good, good[1:], good + "A", strings.Repeat("_", 3000), "%00", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := s.readPass("e", text); !fault.Is(err, fault.AccessDenied) {
			t.Errorf("%v", err)
		}
		if _, open := s.session("t", &Experience{Application: "a", ID: "e"}, text); open {
			t.Error("a session of nobody")
		}
	})
}
