package secretstore

import (
	"context"
	"crypto/rand"
	"math/big"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/op"
)

const (
	punctuation    = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	passwordLength = 32 // where the request names none
)

// RandomPassword draws a password from the kinds of characters that the request
// does not leave out, with at least one of each unless it says otherwise.
func (s *Service) RandomPassword(_ context.Context, _ op.Caller, in *secretsmanager.GetRandomPasswordInput) (*secretsmanager.GetRandomPasswordOutput, error) {
	kinds := kindsOf(in)
	alphabet := strings.Join(kinds, "")
	if alphabet == "" {
		return nil, invalidParameter("The request leaves out every character that a password could have.")
	}
	length := passwordLength
	if in.PasswordLength != nil {
		length = int(*in.PasswordLength)
	}
	var drawn strings.Builder
	if in.RequireEachIncludedType == nil || *in.RequireEachIncludedType {
		for _, kind := range kinds {
			drawn.WriteString(pick(kind, 1))
		}
	}
	if drawn.Len() > length {
		return nil, invalidParameter("PasswordLength: a password with %d kinds of characters has at least %d of them.", len(kinds), len(kinds))
	}
	drawn.WriteString(pick(alphabet, length-drawn.Len()))
	password := shuffle([]byte(drawn.String()))
	return &secretsmanager.GetRandomPasswordOutput{RandomPassword: &password}, nil
}

// kindsOf are the characters of each kind that the request admits, but for the
// kinds of which it leaves out all.
func kindsOf(in *secretsmanager.GetRandomPasswordInput) []string {
	set := func(b *bool) bool { return b != nil && *b }
	var kinds []string
	for _, kind := range []struct {
		in         bool
		characters string
	}{
		{!set(in.ExcludeUppercase), letters[:26]},
		{!set(in.ExcludeLowercase), letters[26:]},
		{!set(in.ExcludeNumbers), digits},
		{!set(in.ExcludePunctuation), punctuation},
		{set(in.IncludeSpace), " "},
	} {
		left := strings.Map(func(r rune) rune {
			if in.ExcludeCharacters != nil && strings.ContainsRune(*in.ExcludeCharacters, r) {
				return -1
			}
			return r
		}, kind.characters)
		if kind.in && left != "" {
			kinds = append(kinds, left)
		}
	}
	return kinds
}

// shuffle puts characters into an order at random (Fisher and Yates).
func shuffle(b []byte) string {
	for i := len(b) - 1; i > 0; i-- {
		j, _ := rand.Int(rand.Reader, big.NewInt(int64(i+1))) // never fails: crypto/rand ends the program instead
		k := j.Int64()
		b[i], b[k] = b[k], b[i]
	}
	return string(b)
}
