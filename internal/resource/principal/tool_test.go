package principal

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

const (
	us    = "111122223333"
	other = "000000000007"
)

func each(t *testing.T, test func(t *testing.T, s *Service)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		test(t, service(db, seal.Random()))
	})
}

func service(db *store.DB, keys *seal.Keys) *Service {
	return &Service{DB: db, Keys: keys, Pages: page.New(keys), Now: storetest.Start}
}

func add(t *testing.T, s *Service, account, role string, tags map[string]string) (Key, string) {
	t.Helper()
	k, _, secret, err := s.Add(t.Context(), account, role, tags, Granted{})
	if err != nil {
		t.Fatal(err)
	}
	return k, secret
}

// roleNamed reads a role that has to be there.
func roleNamed(t *testing.T, s *Service, account, name string) *Role {
	t.Helper()
	var r *Role
	err := s.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		r, err = get[Role](tx, account, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAMintedKeyIsFoundAsItsRole(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		k, secret := add(t, s, us, "partners/isv", map[string]string{"team": "search"})
		if !regexp.MustCompile(`^AKIA[A-Z2-7]{16}$`).MatchString(k.ID) {
			t.Errorf("access key ID %q", k.ID)
		}
		if !regexp.MustCompile(`^[A-Za-z0-9+/]{40}$`).MatchString(secret) {
			t.Errorf("a secret of %d characters, want 40 of base 64", len(secret))
		}
		id := roleNamed(t, s, us, "isv").ID
		if !regexp.MustCompile(`^AROA[A-Z2-7]{17}$`).MatchString(id) {
			t.Errorf("role ID %q", id)
		}
		want := op.Caller{
			Account: us, Principal: "arn:aws:sts::111122223333:assumed-role/isv/" + k.ID,
			Role: "arn:aws:iam::111122223333:role/partners/isv", ID: id + ":" + k.ID,
			AccessKeyID: k.ID, Tags: map[string]string{"team": "search"},
		}
		for range 2 { // sealed, then remembered
			c, got, found, err := s.Find(t.Context(), k.ID)
			if err != nil || !found || got != secret {
				t.Fatalf("found %t, %v, the secret it was minted with: %t", found, err, got == secret)
			}
			if diff := cmp.Diff(want, c, cmpopts.EquateComparable(op.Origin{})); diff != "" {
				t.Error(diff)
			}
		}
	})
}

func TestSecretsAreSealedInTheStore(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		_, secret := add(t, s, us, "isv", nil)
		var dump strings.Builder
		if err := s.DB.Dump(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(dump.String(), secret) {
			t.Error("a dump of the store holds the secret in clear")
		}
	})
}

func TestFindKnowsNoOtherKey(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		k, _ := add(t, s, us, "isv", nil)
		minted, _, err := Mint(us)
		if err != nil {
			t.Fatal(err)
		}
		foreign, _, err := Mint(other)
		if err != nil {
			t.Fatal(err)
		}
		for name, id := range map[string]string{
			"minted and never kept":       minted,
			"of an account without roles": foreign,
			"lower case":                  strings.ToLower(k.ID),
			"another prefix":              "ASIA" + k.ID[4:],
			"cut short":                   k.ID[:19],
			"one character more":          k.ID + "A",
			"line ends":                   "AKIA" + strings.Repeat("\n", 16),
			"an account over 12 digits":   "AKIA7777777777777777",
			"a NUL character":             "AKIA\x00AAAAAAAAAAAAAAA",
			"empty":                       "",
		} {
			if _, _, found, err := s.Find(t.Context(), id); found || err != nil {
				t.Errorf("%s: found %t, %v", name, found, err)
			}
		}
	})
}

func TestARemovedKeyIsGoneAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		first, _ := add(t, s, us, "isv", nil)
		second, _ := add(t, s, us, "isv", nil)
		stays, _ := add(t, s, other, "isv", nil)
		found := func(k Key) bool {
			_, _, found, err := s.Find(t.Context(), k.ID)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if !found(first) || !found(second) || !found(stays) {
			t.Fatal("a minted key is not found")
		}
		if err := s.RemoveKey(t.Context(), first.ID); err != nil {
			t.Fatal(err)
		}
		if found(first) || !found(second) {
			t.Error("RemoveKey removes that key and no other")
		}
		if err := s.Remove(t.Context(), us, "isv"); err != nil {
			t.Fatal(err)
		}
		if found(second) {
			t.Error("a key outlives its role")
		}
		if !found(stays) {
			t.Error("the role of that name in another account is gone too")
		}
	})
}

func TestAnotherServersRemovalActsHereAtOnce(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		keys := seal.Random()
		open := func() *Service {
			db, err := store.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			return service(db, keys)
		}
		here, there := open(), open()
		k, secret := add(t, there, us, "isv", nil)
		if _, got, found, err := here.Find(t.Context(), k.ID); !found || err != nil || got != secret {
			t.Fatalf("a key minted there is not found here: %v", err)
		}
		if err := there.Remove(t.Context(), us, "isv"); err != nil {
			t.Fatal(err)
		}
		if _, _, found, err := here.Find(t.Context(), k.ID); found || err != nil {
			t.Errorf("removed there, here found %t, %v", found, err)
		}
	})
}

func TestAddTagsAndQuotas(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		add(t, s, us, "isv", map[string]string{"a": "1", "b": "2"})
		_, r, _, err := s.Add(t.Context(), us, "isv", map[string]string{"b": "3"}, Granted{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"a": "1", "b": "3"}, r.Tags); diff != "" {
			t.Error(diff)
		}
		_, _, _, err = s.Add(t.Context(), us, "isv", nil, Granted{})
		wantFault(t, err, fault.ServiceQuotaExceeded, "arn:aws:iam::111122223333:role/isv has 2 access keys already, the most a role may have. Remove one first.")
		_, _, _, err = s.Add(t.Context(), us, "elsewhere/isv", nil, Granted{})
		wantFault(t, err, fault.Conflict, "The account 111122223333 has a role isv with another path: arn:aws:iam::111122223333:role/isv.")
	})
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		k1, _ := add(t, s, us, "b", nil)
		k2, _ := add(t, s, us, "x/a", map[string]string{"k": "v"})
		k3, _ := add(t, s, other, "c", nil)
		role := func(account, path, name string, tags map[string]string) Role {
			r := Role{MaxSession: time.Hour, Trust: trustOf(account)}
			r.Entity = Entity{Account: account, Path: path, Name: name, ID: roleNamed(t, s, account, name).ID, Tags: tags, CreatedAt: storetest.Start(), key: name}
			return r
		}
		ours := []Held{
			{role(us, "/x/", "a", map[string]string{"k": "v"}), []Key{k2}},
			{role(us, "/", "b", nil), []Key{k1}},
		}
		all := append([]Held{{role(other, "/", "c", nil), []Key{k3}}}, ours...)
		for account, want := range map[string][]Held{us: ours, "": all, "999999999999": nil} {
			got, err := s.List(t.Context(), account)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(Entity{}, Key{})); diff != "" {
				t.Errorf("List(%q): %s", account, diff)
			}
		}
		if k1.CreatedAt != storetest.Start() {
			t.Errorf("created at %s, want the clock's %s", k1.CreatedAt, storetest.Start())
		}
	})
}

func TestWhatIsNotThereCannotBeRemoved(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		add(t, s, us, "isv", nil)
		wantFault(t, s.Remove(t.Context(), us, "nobody"), fault.ResourceNotFound, "The account 111122223333 has no role nobody.")
		wantFault(t, s.Remove(t.Context(), other, "isv"), fault.ResourceNotFound, "The account 000000000007 has no role isv.")
		wantFault(t, s.Remove(t.Context(), us, "path/isv"), fault.ResourceNotFound, "The account 111122223333 has no role path/isv.")
		wantFault(t, s.RemoveKey(t.Context(), "AKIANONSENSE"), fault.ResourceNotFound, "There is no access key AKIANONSENSE.")
		id, _, err := Mint(us)
		if err != nil {
			t.Fatal(err)
		}
		wantFault(t, s.RemoveKey(t.Context(), id), fault.ResourceNotFound, "There is no access key "+id+".")
	})
}

func TestAddRefuses(t *testing.T) {
	s := service(storetest.New(t), seal.Random())
	many := map[string]string{}
	for i := range 51 {
		many[fmt.Sprint("k", i)] = ""
	}
	for name, tt := range map[string]struct {
		account, role string
		tags          map[string]string
		code          fault.Code
		message       string
	}{
		"short account":   {"123", "r", nil, fault.Validation, `account: an account ID has 12 digits, such as 111122223333; got "123"`},
		"empty account":   {"", "r", nil, fault.Validation, `account: an account ID has 12 digits, such as 111122223333; got ""`},
		"line end":        {us + "\n", "r", nil, fault.Validation, `account: an account ID has 12 digits, such as 111122223333; got "111122223333\n"`},
		"no role":         {us, "", nil, fault.Validation, `role: a role name has 1 to 64 letters, digits and _+=,.@- (and may follow a path, such as partners/search); got ""`},
		"space":           {us, "my role", nil, fault.Validation, `role: a role name has 1 to 64 letters, digits and _+=,.@- (and may follow a path, such as partners/search); got "my role"`},
		"long role":       {us, strings.Repeat("r", 65), nil, fault.Validation, "role: a role name has 1 to 64 letters, digits and _+=,.@- (and may follow a path, such as partners/search); got \"" + strings.Repeat("r", 65) + `"`},
		"ARN as role":     {us, "arn:aws:iam::111122223333:role/r", nil, fault.Validation, `role: the path of a role has at most 512 letters, digits and _+=,.@- between slashes; got "/arn:aws:iam::111122223333:role/"`},
		"empty path step": {us, "a//r", nil, fault.Validation, `role: the path of a role has at most 512 letters, digits and _+=,.@- between slashes; got "/a//"`},
		"empty key":       {us, "r", map[string]string{"": "v"}, codeInvalid, `A tag key has 1 to 128 characters; "" has 0.`},
		"long value":      {us, "r", map[string]string{"k": strings.Repeat("ä", 257)}, codeInvalid, `A tag value has at most 256 characters; that of "k" has 257.`},
		"odd character":   {us, "r", map[string]string{"k": "v;"}, codeInvalid, `A tag has letters, digits, spaces and _.:/=+-@ only; got "k" = "v;".`},
		"reserved":        {us, "r", map[string]string{"AWS:k": "v"}, codeInvalid, `Tag keys that begin with aws: are reserved; got "AWS:k".`},
		"51 tags":         {us, "r", many, codeLimit, "The number of tags has reached the maximum limit of 50."},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, secret, err := s.Add(t.Context(), tt.account, tt.role, tt.tags, Granted{})
			wantFault(t, err, tt.code, tt.message)
			if secret != "" {
				t.Error("a refusal has a secret")
			}
		})
	}
	_, err := s.List(t.Context(), "12")
	wantFault(t, err, fault.Validation, `account: an account ID has 12 digits, such as 111122223333; got "12"`)
	held, err := s.List(t.Context(), "")
	if err != nil || len(held) != 0 {
		t.Errorf("refused roles are kept: %v, %v", held, err)
	}
}

func TestASecretOfAnotherMasterKeyIsNoRefusal(t *testing.T) {
	s := service(storetest.New(t), seal.Random())
	k, _ := add(t, s, us, "isv", nil)
	s = service(s.DB, seal.Random())
	_, _, found, err := s.Find(t.Context(), k.ID)
	if found || !errors.Is(err, seal.ErrOpen) {
		t.Errorf("found %t, %v; want an error that says the master key differs", found, err)
	}
}

func TestRememberedSecretsAreBounded(t *testing.T) {
	var s secrets
	for i := range maxOpened + 1 {
		s.put([]byte(fmt.Sprint(i)), "secret")
	}
	if len(s.held) > maxOpened {
		t.Errorf("%d secrets are held, at most %d may", len(s.held), maxOpened)
	}
	if _, ok := s.get([]byte(fmt.Sprint(maxOpened))); !ok {
		t.Error("the last one is not held")
	}
}

func TestAccessKeyIDsCarryTheirAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		account := rapid.StringMatching(`[0-9]{12}`).Draw(t, "account")
		id, _, err := Mint(account)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := accountOf(id); !ok || got != account || len(id) != 20 {
			t.Fatalf("%s: account %q, %t", id, got, ok)
		}
	})
}

func FuzzAccountOf(f *testing.F) {
	for _, seed := range []string{"", "AKIA", "AKIAAAAAAAAAAAAAAAAA", "AKIA7777777777777777", "AKIA\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", "AKIA====AAAAAAAAAAAA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		account, ok := accountOf(id)
		if ok && (!IsAccount(account) || len(id) != 20) {
			t.Errorf("%q has the account %q", id, account)
		}
	})
}

func wantFault(t *testing.T, err error, code fault.Code, message string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Code != code || f.Message != message {
		t.Errorf("got  %v\nwant %s: %s", err, code, message)
	}
}

// BenchmarkFind is what a request signed with a role's key costs in the store.
func BenchmarkFind(b *testing.B) {
	s := service(storetest.New(b), seal.Random())
	k, _, _, err := s.Add(b.Context(), us, "isv", map[string]string{"team": "search"}, Granted{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, found, err := s.Find(b.Context(), k.ID); !found || err != nil {
			b.Fatal(found, err)
		}
	}
}
