package page

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/platform/seal"
)

func someScope() Scope {
	return Scope{
		Operation: "ListPlugins", Tenant: "111122223333:us-east-1",
		Principal: "arn:aws:iam::111122223333:root", Filter: []string{"app-1", ""},
	}
}

func TestTokenCarriesTheKey(t *testing.T) {
	tokens := New(seal.Random())
	opaque := regexp.MustCompile(`^[A-Za-z0-9_-]{1,800}$`)
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.StringN(0, 40, 100), 0, 5).Draw(t, "key")
		token, err := tokens.Encode(someScope(), key)
		if err != nil {
			t.Fatal(err)
		}
		if !opaque.MatchString(token) {
			t.Errorf("token %q", token)
		}
		got, err := tokens.Decode(someScope(), token)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(key, got, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAlteredTokenIsBad(t *testing.T) {
	tokens := New(seal.Random())
	token, err := tokens.Encode(someScope(), []string{"2026-01-01", "id"})
	if err != nil {
		t.Fatal(err)
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n"
	for i := range token {
		for _, c := range []byte(alphabet) {
			altered := token[:i] + string(c) + token[i+1:]
			if altered == token {
				continue
			}
			if key, err := tokens.Decode(someScope(), altered); !errors.Is(err, ErrBad) {
				t.Fatalf("character %d made %q: %q, %v", i, c, key, err)
			}
		}
		if _, err := tokens.Decode(someScope(), token[:i]); !errors.Is(err, ErrBad) {
			t.Errorf("cut to %d characters: %v", i, err)
		}
	}
}

func TestForeignTokenIsBad(t *testing.T) {
	keys := seal.Random()
	token, err := New(keys).Encode(someScope(), []string{"k"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(keys).Decode(someScope(), token); err != nil {
		t.Errorf("another server with the same key: %v", err)
	}
	if _, err := New(seal.Random()).Decode(someScope(), token); !errors.Is(err, ErrBad) {
		t.Errorf("a server with another key: %v", err)
	}
	for name, change := range map[string]func(*Scope){
		"operation":        func(s *Scope) { s.Operation = "ListIndices" },
		"tenant":           func(s *Scope) { s.Tenant = "444455556666:us-east-1" },
		"principal":        func(s *Scope) { s.Principal = "arn:aws:iam::111122223333:role/r" },
		"filter value":     func(s *Scope) { s.Filter = []string{"app-2", ""} },
		"filter order":     func(s *Scope) { s.Filter = []string{"", "app-1"} },
		"filter longer":    func(s *Scope) { s.Filter = append(s.Filter, "") },
		"filter missing":   func(s *Scope) { s.Filter = nil },
		"moved boundary":   func(s *Scope) { s.Operation, s.Tenant = "ListPlugins1", s.Tenant[1:] },
		"filter shortened": func(s *Scope) { s.Filter = s.Filter[:1] },
	} {
		scope := someScope()
		change(&scope)
		if _, err := New(keys).Decode(scope, token); !errors.Is(err, ErrBad) {
			t.Errorf("another %s: %v, want ErrBad", name, err)
		}
	}
}

func TestTokenFitsTheModel(t *testing.T) {
	tokens := New(seal.Random())
	token, err := tokens.Encode(someScope(), []string{strings.Repeat("x", MaxKey-2)})
	if err != nil || len(token) > MaxToken {
		t.Errorf("the longest key: %d characters, %v", len(token), err)
	}
	if _, err := tokens.Decode(someScope(), token); err != nil {
		t.Error(err)
	}
	if _, err := tokens.Encode(someScope(), []string{strings.Repeat("x", MaxKey-1)}); !errors.Is(err, ErrTooLong) {
		t.Errorf("a key one byte longer: %v, want ErrTooLong", err)
	}
	if _, err := tokens.Decode(someScope(), strings.Repeat("A", MaxToken+4)); !errors.Is(err, ErrBad) {
		t.Errorf("a token over the bound: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	tokens := New(seal.Random())
	token, err := tokens.Encode(someScope(), []string{"a", "b"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token)
	f.Add("")
	f.Add(strings.Repeat("A", 800))
	f.Fuzz(func(t *testing.T, other string) {
		if other == token {
			return
		}
		if key, err := tokens.Decode(someScope(), other); !errors.Is(err, ErrBad) {
			t.Errorf("Decode(%q) = %q, %v", other, key, err)
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte{1, 'a', 0, 2, 'b', 'c'})
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		key, err := split(b)
		total := 0
		for _, part := range key {
			total += len(part)
		}
		if total > len(b) || err != nil && !errors.Is(err, ErrBad) {
			t.Errorf("split(%x) = %q, %v", b, key, err)
		}
	})
}
