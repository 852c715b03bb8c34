package people

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

const secret = "correct horse battery"

func TestSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.user(t, ann())
		w.user(t, named("bob", ""))
		if err := w.SetPassword(t.Context(), account, id, secret); err != nil {
			t.Fatal(err)
		}
		p, err := w.SignIn(t.Context(), account, "ANN", secret)
		if err != nil || p.ID != id || p.Email != "Ann@Example.com" {
			t.Errorf("%+v, %v", p, err)
		}
		for _, c := range []struct{ name, account, user, password string }{
			{"wrong", account, "ann", "incorrect horse"},
			{"empty", account, "ann", ""},
			{"longer than any", account, "ann", strings.Repeat("x", 10_000)},
			{"no such user", account, "carl", secret},
			{"no password", account, "bob", ""},
			{"another account", "444455556666", "ann", secret},
		} {
			if p, err := w.SignIn(t.Context(), c.account, c.user, c.password); !errors.Is(err, ErrSignIn) || p.ID != "" {
				t.Errorf("%s: %+v, %v", c.name, p, err)
			}
		}
		if err := w.SetPassword(t.Context(), account, id, "another one"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.SignIn(t.Context(), account, "ann", secret); !errors.Is(err, ErrSignIn) {
			t.Errorf("with the password before: %v", err)
		}
	})
}

// TestGuessingIsSlow: five failures are free, and then each costs more time than the
// one before; meanwhile the right password is wrong too.
func TestGuessingIsSlow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.user(t, ann())
		if err := w.SetPassword(t.Context(), account, id, secret); err != nil {
			t.Fatal(err)
		}
		guess := func(password string) error {
			_, err := w.SignIn(t.Context(), account, "ann", password)
			return err
		}
		for range freeFailures - 1 {
			if err := guess("wrong"); !errors.Is(err, ErrSignIn) {
				t.Fatal(err)
			}
		}
		if err := guess(secret); err != nil {
			t.Fatalf("after four failures: %v", err)
		}
		for range freeFailures {
			if err := guess("wrong"); !errors.Is(err, ErrSignIn) {
				t.Fatal(err)
			}
		}
		for _, wait := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
			w.clock.Advance(wait - time.Microsecond)
			if err := guess(secret); !errors.Is(err, ErrSignIn) {
				t.Fatalf("just before %s: %v", wait, err)
			}
			w.clock.Advance(time.Microsecond)
			if err := guess("wrong"); !errors.Is(err, ErrSignIn) {
				t.Fatal(err)
			}
		}
		w.clock.Advance(longestWait)
		if err := guess(secret); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		if err := guess("wrong"); !errors.Is(err, ErrSignIn) {
			t.Fatal(err)
		}
		if err := guess(secret); err != nil {
			t.Errorf("failures were not forgotten: %v", err)
		}
	})
}

func TestPasswordsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.user(t, ann())
		for _, password := range []string{"", "seven77", strings.Repeat("x", maxPassword+1)} {
			optest.Refused(t, w.SetPassword(t.Context(), account, id, password), optest.Invalid("password"))
		}
		optest.Refused(t, w.SetPassword(t.Context(), account, absent, secret), fault.Error{Code: fault.ResourceNotFound, ResourceType: "USER", ResourceID: absent})
		_, err := w.Add(t.Context(), account, NewUser{UserName: "bob", Password: "short"})
		optest.Refused(t, err, optest.Invalid("password"))
		_, err = w.Add(t.Context(), account, NewUser{})
		optest.Refused(t, err, optest.Invalid("userName"))
	})
}

func TestOperatorAddsAndLists(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, err := w.Add(t.Context(), account, NewUser{UserName: "ann", Email: "ann@example.com", DisplayName: "Ann van Example", Password: secret})
		if err != nil {
			t.Fatal(err)
		}
		for i := range maxPage {
			w.user(t, named("u"+string(rune('a'+i/26))+string(rune('a'+i%26)), ""))
		}
		all, err := w.List(t.Context(), account)
		if err != nil || len(all) != maxPage+1 {
			t.Fatalf("%d users, %v", len(all), err)
		}
		for _, e := range all {
			if e.ID == id && (e.UserName != "ann" || e.DisplayName != "Ann van Example" || e.Email != "ann@example.com" || !e.Password) || e.ID != id && e.Password {
				t.Errorf("%+v", e)
			}
		}
		var u struct{ given, family string }
		err = w.DB.View(t.Context(), func(tx *store.Tx) error {
			got, err := getUser(tx, account, id)
			u.given, u.family = *got.Name.GivenName, *got.Name.FamilyName
			return err
		})
		if err != nil || u.given != "Ann" || u.family != "van Example" {
			t.Errorf("%+v, %v", u, err)
		}
		if err := w.RemoveUser(t.Context(), account, id); err != nil {
			t.Fatal(err)
		}
		if _, err := w.SignIn(t.Context(), account, "ann", secret); !errors.Is(err, ErrSignIn) {
			t.Errorf("who was removed signs in: %v", err)
		}
	})
}

// TestNothingOfAPasswordIsKept: a dump has neither the password nor its hash, and
// a hash moved to another user opens nothing.
func TestNothingOfAPasswordIsKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann, bob := w.user(t, ann()), w.user(t, named("bob", ""))
		if err := w.SetPassword(t.Context(), account, ann, secret); err != nil {
			t.Fatal(err)
		}
		var dump bytes.Buffer
		if err := w.DB.Dump(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(dump.String(), secret) {
			t.Error("the dump has the password")
		}
		err := w.DB.Update(t.Context(), func(tx *store.Tx) error {
			a, err := getPassword(tx, account, ann)
			if err != nil {
				return err
			}
			return putPassword(tx, account, bob, a)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.SignIn(t.Context(), account, "bob", secret); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("with another user's hash: %v", err)
		}
	})
}

func TestOnlySomeSignInAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.hashing.Store(maxHashing)
		if _, err := w.SignIn(t.Context(), account, "ann", secret); !errors.Is(err, ErrBusy) {
			t.Errorf("%v", err)
		}
		w.hashing.Store(maxHashing - 1)
		if _, err := w.SignIn(t.Context(), account, "ann", secret); !errors.Is(err, ErrSignIn) || w.hashing.Load() != maxHashing-1 {
			t.Errorf("%v", err)
		}
	})
}

// TestUsualRounds holds the number of rounds to what is recommended; one password is
// hashed with all of them.
func TestUsualRounds(t *testing.T) {
	s := &Service{}
	kept, err := s.hash(secret)
	if err != nil || len(kept) != 4+saltSize+hashSize || !bytes.Equal(kept[:4], []byte{0, 9, 0x27, 0xc0}) {
		t.Errorf("%x, %v", kept[:4], err)
	}
}
