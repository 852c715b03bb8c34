package session

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// full is a grant with everything.
func full(w *world) Grant {
	return Grant{
		Role: w.role(own, "isv", trust(own, "sts:*")), Name: "ann",
		Tags: map[string]string{"Team": "sales", "tenant": "acme"}, Transitive: []string{"tenant"},
		Keys:   map[string][]string{"aws:SourceIdentity": {"ann"}},
		Limits: []string{document(allow("qbusiness:*"))},
		Person: &op.Person{ID: "u-1", Name: "ann", Email: "ann@example.com", Groups: []string{"g-1"}},
		Life:   time.Hour,
	}
}

func (w *world) mint(g Grant) Credentials {
	w.t.Helper()
	k, err := w.Mint(g)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

// lost is why a session is not found.
func (w *world) lost(k Credentials) error {
	_, _, err := w.Find(w.t.Context(), k.AccessKeyID, k.Token)
	return err
}

func TestASessionIsFound(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := full(w)
		k := w.mint(g)
		if k.Expires != w.Now().Add(time.Hour) || len(k.AccessKeyID) != 20 || !IsKey(k.AccessKeyID) || len(k.Secret) != 40 {
			t.Errorf("the credentials are %s, a secret of %d characters, until %s", k.AccessKeyID, len(k.Secret), k.Expires)
		}
		want := op.Caller{
			Account: own, Principal: "arn:aws:sts::111122223333:assumed-role/isv/ann", Role: "arn:aws:iam::111122223333:role/isv",
			ID:          g.Role.ID + ":ann",
			Tags:        map[string]string{"Team": "sales", "Kind": "robot", "tenant": "acme"}, // the role's team is the session's Team
			Transitive:  []string{"tenant"},
			Keys:        map[string][]string{"aws:SourceIdentity": {"ann"}, "aws:TokenIssueTime": {w.Now().Format(time.RFC3339)}, "aws:MultiFactorAuthPresent": {"false"}},
			Limits:      g.Limits,
			Person:      &op.Person{ID: "u-1", Name: "ann", Email: "ann@example.com"},
			AccessKeyID: k.AccessKeyID,
		}
		for range 2 {
			c, secret, err := w.Find(t.Context(), k.AccessKeyID, k.Token)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, c, plain); diff != "" || secret != k.Secret {
				t.Error(diff)
			}
		}
		if diff := cmp.Diff(map[string]string{"team": "search", "Kind": "robot"}, g.Role.Tags); diff != "" {
			t.Errorf("the role's own tags were changed: %s", diff)
		}
	})
}

func TestFindRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := full(w)
		k := w.mint(g)
		again := w.mint(g)
		for name, tt := range map[string]struct {
			id, token string
			want      error
		}{
			"no token":             {k.AccessKeyID, "", ErrToken},
			"another's token":      {k.AccessKeyID, again.Token, ErrToken},
			"no token of ours":     {k.AccessKeyID, "AQoDYXdzEPT", ErrToken},
			"a long-term key":      {"AKIA" + k.AccessKeyID[4:], k.Token, ErrUnknown},
			"no key":               {"", k.Token, ErrUnknown},
			"a key in lower case":  {"asia" + k.AccessKeyID[4:], k.Token, ErrUnknown},
			"a key cut short":      {k.AccessKeyID[:19], k.Token, ErrToken},
			"a key of no account":  {"ASIA7777777777777777", k.Token, ErrToken},
			"a key with a NUL":     {k.AccessKeyID[:19] + "\x00", k.Token, ErrToken},
			"a key of another one": {again.AccessKeyID, k.Token, ErrToken},
		} {
			if c, secret, err := w.Find(t.Context(), tt.id, tt.token); !errors.Is(err, tt.want) || secret != "" || c.Account != "" {
				t.Errorf("%s: %q, %v, want %v", name, c.Principal, err, tt.want)
			}
		}
	})
}

func TestASessionEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := full(w)
		g.Life = 15 * time.Minute
		k := w.mint(g)
		w.Advance(15*time.Minute - time.Microsecond)
		if err := w.lost(k); err != nil {
			t.Errorf("before its end: %v", err)
		}
		w.Advance(time.Microsecond)
		if err := w.lost(k); !errors.Is(err, ErrExpired) {
			t.Errorf("at its end: %v, want ErrExpired", err)
		}
	})
}

func TestASessionLastsAsLongAsItMay(t *testing.T) {
	w := alone(t)
	g := full(w)
	for _, life := range []time.Duration{0, -time.Second, 12*time.Hour + 1} {
		g.Life = life
		if k, err := w.Mint(g); err == nil || k.Token != "" {
			t.Errorf("a session of %s", life)
		}
	}
}

// TestASessionEndsWithItsRole: one of the same name is another.
func TestASessionEndsWithItsRole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		k := w.mint(full(w))
		root := optest.Root(own)
		optest.Must(t, w.calls, root, iam.DeleteRole, &iam.DeleteRoleInput{RoleName: "isv"})
		if err := w.lost(k); !errors.Is(err, ErrUnknown) {
			t.Errorf("the role is gone: %v, want ErrUnknown", err)
		}
		second := w.mint(full(w))
		if err := w.lost(k); !errors.Is(err, ErrUnknown) {
			t.Errorf("the role is another: %v, want ErrUnknown", err)
		}
		if err := w.lost(second); err != nil {
			t.Errorf("a session of the new role: %v", err)
		}
	})
}

func TestARevokedSessionIsOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := full(w)
		first, second := w.mint(g), w.mint(g)
		if w.lost(first) != nil || w.lost(second) != nil {
			t.Fatal("a new session is not found")
		}
		if err := w.RevokeKey(t.Context(), first.AccessKeyID); err != nil {
			t.Fatal(err)
		}
		if err := w.lost(first); !errors.Is(err, ErrUnknown) {
			t.Errorf("revoked: %v, want ErrUnknown", err)
		}
		if err := w.lost(second); err != nil {
			t.Errorf("the other session: %v", err)
		}
		if err := w.RevokeKey(t.Context(), first.AccessKeyID); err != nil {
			t.Errorf("once more: %v", err)
		}
	})
}

func TestTheSessionsOfARoleAreOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		g := full(w)
		bystander := g
		bystander.Role = w.role(own, "bystander", trust(own, "sts:*"))
		before, beside := w.mint(g), w.mint(bystander)
		if err := w.RevokeRole(t.Context(), g.Role.ARN()); err != nil {
			t.Fatal(err)
		}
		if err := w.lost(before); !errors.Is(err, ErrUnknown) {
			t.Errorf("begun before: %v, want ErrUnknown", err)
		}
		if err := w.lost(beside); err != nil {
			t.Errorf("a session of another role: %v", err)
		}
		w.Advance(time.Microsecond)
		if err := w.lost(w.mint(g)); err != nil {
			t.Errorf("begun after: %v", err)
		}
	})
}

func TestRevokeRefuses(t *testing.T) {
	w := alone(t)
	refuses(t, w.RevokeRole(t.Context(), "arn:aws:iam::111122223333:role/nobody"), fault.ResourceNotFound, "There is no role arn:aws:iam::111122223333:role/nobody.")
	refuses(t, w.RevokeKey(t.Context(), "AKIAIOSFODNN7EXAMPLE"), fault.Validation,
		`key: the access key ID of a session begins with ASIA and has 20 characters; got "AKIAIOSFODNN7EXAMPLE"`)
}

// TestASweepForgetsWhatNoSessionOutlived and nothing that one may.
func TestASweepForgetsWhatNoSessionOutlived(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		k := w.mint(Grant{User: w.account(w.user(own, "ann")), Life: maxUser}) // nothing lasts longer
		if err := w.RevokeKey(t.Context(), k.AccessKeyID); err != nil {
			t.Fatal(err)
		}
		rows := func() (n int) {
			err := w.DB.View(t.Context(), func(tx *store.Tx) error {
				return tx.Row(`SELECT COUNT(*) FROM session_revocation WHERE tenant = $1`, own).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		w.Advance(maxUser - time.Microsecond)
		if err := w.Sweep(t.Context()); err != nil || rows() != 1 {
			t.Errorf("while it may live: %d rows, %v", rows(), err)
		}
		if err := w.lost(k); !errors.Is(err, ErrUnknown) {
			t.Errorf("to its last moment: %v, want ErrUnknown", err)
		}
		w.Advance(time.Microsecond)
		if err := w.Sweep(t.Context()); err != nil || rows() != 0 {
			t.Errorf("after it: %d rows, %v", rows(), err)
		}
		if err := w.lost(k); !errors.Is(err, ErrExpired) {
			t.Errorf("after it: %v, want ErrExpired", err)
		}
	})
}

// TestEveryServerKnowsTheSession: two on one store, and one of another master key.
func TestEveryServerKnowsTheSession(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		clock, keys := storetest.NewClock(), seal.Random()
		c.Now = clock.Now
		open := func(keys *seal.Keys) *world {
			db, err := store.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			return newWorld(t, db, clock, keys)
		}
		here, there, stranger := open(keys), open(keys), open(seal.Random())
		g := full(there)
		k := there.mint(g)
		for range 2 { // the second time from memory
			if err := here.lost(k); err != nil {
				t.Fatalf("begun there, here: %v", err)
			}
		}
		if err := stranger.lost(k); !errors.Is(err, ErrToken) {
			t.Errorf("under another master key: %v, want ErrToken", err)
		}
		if err := there.RevokeKey(t.Context(), k.AccessKeyID); err != nil {
			t.Fatal(err)
		}
		if err := here.lost(k); !errors.Is(err, ErrUnknown) {
			t.Errorf("revoked there, here: %v, want ErrUnknown", err)
		}
		second := here.mint(g)
		if err := there.lost(second); err != nil {
			t.Fatal(err)
		}
		optest.Must(t, here.calls, optest.Root(own), iam.DeleteRole, &iam.DeleteRoleInput{RoleName: "isv"})
		if err := there.lost(second); !errors.Is(err, ErrUnknown) {
			t.Errorf("the role is gone here, there: %v, want ErrUnknown", err)
		}
	})
}

// TestPoliciesThatEndSessions is how AWS revokes: a deny for those of before.
func TestPoliciesThatEndSessions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		role := w.role(own, "isv", trust(own, "sts:*"), allow("sts:GetAccessKeyInfo"))
		ask := func(c op.Caller) error {
			_, err := optest.Call(t, w.calls, c, sts.GetAccessKeyInfo, &sts.GetAccessKeyInfoInput{AccessKeyID: "AKIAAAAAAAAAAAAAAAAA"})
			return err
		}
		before, _ := w.assume(optest.Root(own), into(role.ARN()))
		if err := ask(before); err != nil {
			t.Fatal(err)
		}
		w.Advance(time.Second)
		moment := w.Now().Format(time.RFC3339)
		optest.Must(t, w.calls, optest.Root(own), iam.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: "isv", PolicyName: "AWSRevokeOlderSessions", PolicyDocument: document(
			`{"Effect":"Deny","Action":"*","Resource":"*",` + when("DateLessThan", "aws:TokenIssueTime", moment) + `}`)})
		refuses(t, ask(before), fault.AccessDenied,
			"User: arn:aws:sts::111122223333:assumed-role/isv/ann is not authorized to perform: sts:GetAccessKeyInfo on resource: * with an explicit deny in an identity-based policy")
		after, _ := w.assume(optest.Root(own), into(role.ARN()))
		if err := ask(after); err != nil {
			t.Errorf("a session of now: %v", err)
		}
	})
}

// BenchmarkFind is what a session costs on the path of every request.
func BenchmarkFind(b *testing.B) {
	w := alone(b)
	g := full(w)
	k := w.mint(g)
	b.Run("opened before", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := w.lost(k); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("opened anew", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.opened = tickets{}
			if err := w.lost(k); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("mint", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.mint(g)
		}
	})
}
