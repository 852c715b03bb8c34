package secretstore

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// Every password has the length, and the kinds of characters, that were asked for.
func TestPasswords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flag := func(name string) *bool { return new(rapid.Bool().Draw(t, name)) }
		in := &secretsmanager.GetRandomPasswordInput{
			PasswordLength: new(rapid.Int64Range(1, 200).Draw(t, "length")), ExcludeCharacters: new(rapid.StringMatching(`[a-z0-9 !]{0,5}`).Draw(t, "without")),
			ExcludeUppercase: flag("upper"), ExcludeLowercase: flag("lower"), ExcludeNumbers: flag("numbers"), ExcludePunctuation: flag("punctuation"),
			IncludeSpace: flag("space"), RequireEachIncludedType: flag("each"),
		}
		kinds := kindsOf(in)
		out, err := new(Service).RandomPassword(t.Context(), op.Caller{}, in)
		if impossible := len(kinds) == 0 || *in.RequireEachIncludedType && int64(len(kinds)) > *in.PasswordLength; impossible != (err != nil) {
			t.Fatalf("impossible %t, yet %v", impossible, err)
		}
		if err != nil {
			if !fault.Is(err, codeInvalidParameter) {
				t.Fatal(err)
			}
			return
		}
		password := *out.RandomPassword
		if int64(len(password)) != *in.PasswordLength || strings.ContainsAny(password, *in.ExcludeCharacters) || strings.Trim(password, strings.Join(kinds, "")) != "" {
			t.Fatalf("%q has %d characters, want %d of %q", password, len(password), *in.PasswordLength, kinds)
		}
		for _, kind := range kinds {
			if *in.RequireEachIncludedType && !strings.ContainsAny(password, kind) {
				t.Fatalf("%q has none of %q", password, kind)
			}
		}
	})
}

func TestAPasswordByDefault(t *testing.T) {
	out, err := new(Service).RandomPassword(t.Context(), op.Caller{}, &secretsmanager.GetRandomPasswordInput{})
	if err != nil || len(*out.RandomPassword) != 32 || strings.Contains(*out.RandomPassword, " ") {
		t.Errorf("%v, %v", out, err)
	}
}
