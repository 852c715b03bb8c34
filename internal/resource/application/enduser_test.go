package application

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

const ada = "ada@example.com"

// Callers, by what their sessions say of a person.
func bot() op.Caller {
	return op.Caller{Account: "111122223333", Principal: "arn:aws:iam::111122223333:user/bot"}
}

func tagged(tag, email string) op.Caller {
	c := bot()
	c.Tags = map[string]string{"team": "it", tag: email}
	return c
}

func person(p op.Person) op.Caller {
	c := bot()
	c.Person = &p
	return c
}

func TestEndUser(t *testing.T) {
	const (
		center = api.IdentityTypeAwsIAMIDC
		saml   = api.IdentityTypeAwsIAMIDPSAML
		oidc   = api.IdentityTypeAwsIAMIDPOIDC
		quick  = api.IdentityTypeAwsQuicksightIDP
		nobody = api.IdentityTypeAnonymous
	)
	inStore := op.Person{ID: "90a1b2c3d4-11111111-2222-3333-4444-555555555555", Name: "ada", Email: ada, Groups: []string{"g"}}
	nameless := bot()
	nameless.Keys = map[string][]string{"aws:FederatedProvider": {"arn:aws:iam::111122223333:saml-provider/p"}}
	both := tagged("Email", "Ada@Example.com")
	both.Person = &op.Person{Name: "sub-1", Email: "ada+parley@example.com"}
	torn := tagged("Email", "eve@example.com")
	torn.Person = &op.Person{Name: "sub-1", Email: ada}
	groups := Named{Groups: []string{"writers"}}
	user := func(id string) Named { return Named{User: &id} }
	adds := EndUser{Person: op.Person{Name: ada, Email: ada}}
	self := EndUser{Person: op.Person{Name: bot().Principal}}

	for _, tc := range []struct {
		name   string
		types  []api.IdentityType
		caller op.Caller
		named  Named
		want   EndUser
		denied string // in the message; empty: there is a user
	}{
		{"a person of the identity store", []api.IdentityType{center}, person(inStore), Named{}, EndUser{Person: inStore}, ""},
		{"plain credentials", []api.IdentityType{center}, bot(), Named{}, EndUser{}, "needs identity-aware credentials"},
		{"a person of a provider", []api.IdentityType{center}, person(op.Person{Name: "sub", Email: ada}), Named{}, EndUser{}, "needs identity-aware credentials"},
		{"an address alone", []api.IdentityType{center}, tagged("Email", ada), Named{}, EndUser{}, "needs identity-aware credentials"},
		{"a name", []api.IdentityType{center}, bot(), user(ada), EndUser{}, "userId and userGroups must be null"},
		{"their own name", []api.IdentityType{center}, person(inStore), user(ada), EndUser{}, "userId and userGroups must be null"},
		{"groups", []api.IdentityType{center}, person(inStore), groups, EndUser{}, "userId and userGroups must be null"},

		{"an address", []api.IdentityType{saml, oidc, quick}, tagged("Email", ada), Named{}, adds, ""},
		{"an address under another case of the tag", []api.IdentityType{saml, oidc, quick}, tagged("email", ada), Named{}, adds, ""},
		{"an ARN for an address", []api.IdentityType{saml, oidc, quick}, tagged("Email", bot().Principal), Named{}, EndUser{}, "is no e-mail address"},
		{"an ARN with an @ for an address", []api.IdentityType{saml, oidc, quick}, tagged("Email", "arn:aws:sts::111122223333:assumed-role/r/ada@example.com"), Named{}, EndUser{}, "is no e-mail address"},
		{"an address under a tag that conditions take for Email", []api.IdentityType{saml, oidc, quick}, tagged("Ema\u0130l", ada), user("eve@example.com"), EndUser{}, "userId names somebody else"},
		{"a person's address", []api.IdentityType{saml, oidc, quick}, person(op.Person{Name: "sub", Email: ada}), Named{}, adds, ""},
		{"a person of the identity store, by address", []api.IdentityType{saml, oidc, quick}, person(inStore), Named{}, adds, ""},
		{"an address twice", []api.IdentityType{saml, oidc, quick}, both, Named{}, EndUser{Person: op.Person{Name: "Ada@Example.com", Email: "Ada@Example.com"}}, ""},
		{"two addresses", []api.IdentityType{saml, oidc, quick}, torn, Named{}, EndUser{}, "speaks for two users"},
		{"their own name", []api.IdentityType{saml, oidc, quick}, tagged("Email", ada), user("ADA+x@example.com"), adds, ""},
		{"another name", []api.IdentityType{saml, oidc, quick}, tagged("Email", ada), user("eve@example.com"), EndUser{}, "userId names somebody else"},
		{"groups of one's own", []api.IdentityType{saml, oidc, quick}, tagged("Email", ada), groups, EndUser{}, "userGroups must be null"},
		{"a provider that tells no address", []api.IdentityType{saml, oidc, quick}, nameless, Named{}, EndUser{}, "session tag Email"},
		{"a provider that tells no address, and a name", []api.IdentityType{saml, oidc, quick}, nameless, user(ada), EndUser{}, "session tag Email"},
		{"a person without an address, and a name", []api.IdentityType{saml, oidc, quick}, person(op.Person{Name: "sub"}), user(ada), EndUser{}, "session tag Email"},
		{"a bot for somebody", []api.IdentityType{saml, oidc, quick}, bot(), user(ada), adds, ""},
		{"a bot for somebody in groups", []api.IdentityType{saml, oidc, quick}, bot(), Named{User: new("bob"), Groups: []string{"writers"}}, EndUser{Person: op.Person{Name: "bob", Groups: []string{"writers"}}}, ""},
		{"a bot for itself", []api.IdentityType{saml, oidc, quick}, bot(), Named{}, self, ""},
		{"a bot for another bot", []api.IdentityType{saml, oidc, quick}, bot(), user("arn:aws:sts::111122223333:assumed-role/r/ada@example.com"), EndUser{Person: op.Person{Name: "arn:aws:sts::111122223333:assumed-role/r/ada@example.com"}}, ""},

		{"nobody", []api.IdentityType{nobody}, bot(), Named{}, EndUser{Anonymous: true}, ""},
		{"somebody as nobody", []api.IdentityType{nobody}, person(inStore), Named{}, EndUser{Anonymous: true}, ""},
		{"a name for nobody", []api.IdentityType{nobody}, bot(), user(ada), EndUser{}, "it has no users"},
		{"groups of nobody", []api.IdentityType{nobody}, bot(), groups, EndUser{}, "it has no users"},
	} {
		for _, kind := range tc.types {
			t.Run(string(kind)+"/"+tc.name, func(t *testing.T) {
				got, err := endUser(kind, tc.caller, tc.named)
				if tc.denied != "" {
					denied(t, err, tc.denied)
				} else if err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func denied(t *testing.T, err error, words string) {
	t.Helper()
	if got := optest.Refused(t, err, fault.Error{Code: fault.AccessDenied}); !strings.Contains(got, words) {
		t.Errorf("%q, want … %s", got, words)
	}
}

func TestEndUserOfAnApplication(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		nobodys := *must(t, r, us(), api.CreateApplication, anonymous("nobody's")).ApplicationID
		ours := *must(t, r, us(), api.CreateApplication, complete(api.IdentityTypeAwsIAMIDPSAML)).ApplicationID
		ask := func(c op.Caller, id string) (one, known EndUser, oneErr, knownErr error) {
			err := r.DB.View(t.Context(), func(tx *store.Tx) error {
				one, oneErr = r.EndUser(tx, c, id, Named{})
				known, knownErr = r.Known(tx, c, id, Named{})
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return one, known, oneErr, knownErr
		}
		one, known, oneErr, knownErr := ask(us(), ours)
		if oneErr != nil || knownErr != nil || one.Key() != us().Principal || known.Key() != us().Principal {
			t.Errorf("%+v, %v; %+v, %v", one, oneErr, known, knownErr)
		}
		one, _, oneErr, knownErr = ask(us(), nobodys)
		if oneErr != nil || !one.Anonymous || one.Key() != "" {
			t.Errorf("%+v, %v", one, oneErr)
		}
		denied(t, knownErr, "has no users, and this operation is for a user")
		_, _, oneErr, knownErr = ask(optest.Root("444455556666"), ours)
		optest.Refused(t, oneErr, absent(ours))
		optest.Refused(t, knownErr, absent(ours))
	})
}

// identityStore is that of one account.
type identityStore map[string]op.Person

func (s identityStore) UserIn(_ *store.Tx, account, id string) (op.Person, bool, error) {
	p, found := s[id]
	return p, found && account == "111122223333", nil
}

// TestEndUserIsInTheIdentityStore of the account that has the application, and as
// the store knows them now.
func TestEndUserIsInTheIdentityStore(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ours := *must(t, r, us(), api.CreateApplication, complete(api.IdentityTypeAwsIAMIDC)).ApplicationID
		now := op.Person{ID: "ada-id", Name: "ada", Email: "ada@new.example.com", Groups: []string{"writers"}}
		people := identityStore{now.ID: now}
		r.People = people
		ask := func(c op.Caller) (u EndUser, err error) {
			err = r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
				u, err = r.EndUser(tx, c, ours, Named{})
				return err
			})
			return u, err
		}
		session := us()
		session.Person = &op.Person{ID: now.ID, Email: ada}
		partner := optest.Root("444455556666")
		partner.Owner, partner.Person = us().Account, session.Person
		for _, c := range []op.Caller{session, partner} {
			u, err := ask(c)
			if diff := cmp.Diff(EndUser{Person: now}, u); err != nil || diff != "" || u.Key() != now.ID {
				t.Errorf("%s: %v\n%s", c.Account, err, diff)
			}
		}
		stranger := session
		stranger.Person = &op.Person{ID: "eve-id", Email: ada}
		_, err := ask(stranger)
		denied(t, err, "is not in the identity store")
		delete(people, now.ID)
		_, err = ask(session)
		denied(t, err, "is not in the identity store")
	})
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"":                             "",
		"bob":                          "bob",
		"Bob+x":                        "Bob+x",
		"ada@example.com":              ada,
		"Ada@EXAMPLE.com":              ada,
		"ada+parley@example.com":       ada,
		"ada+a+b@example.com":          ada,
		"+x@example.com":               "+x@example.com",
		"a@b+c@example.com":            "a@b@example.com",
		"ada@example.com+x":            "ada@example.com+x",
		"\u212Aelvin@example.com":      "\u212Aelvin@example.com", // the sign of kelvin is no k
		"ÄDA@example.com":              "Äda@example.com",
		"arn:aws:iam::1:user/A+b@x.EU": "arn:aws:iam::1:user/A+b@x.EU",
	} {
		if got := Address(in); got != want {
			t.Errorf("Address(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestAddressIsSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := Address(rapid.StringMatching(`[A-Za-z+@.ÄK:]{0,20}`).Draw(t, "address"))
		if twice := Address(once); twice != once {
			t.Errorf("%q becomes %q", once, twice)
		}
	})
}
