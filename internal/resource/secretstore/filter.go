package secretstore

import (
	"slices"
	"strings"
	"unicode"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
)

// sieve is the filters of ListSecrets: a secret has to pass every one of them,
// and passes one by any of its values.
type sieve struct {
	deleted bool // let through what is scheduled for deletion too
	filters []secretsmanager.Filter
}

func newSieve(in *secretsmanager.ListSecretsInput) (sieve, error) {
	for i, f := range in.Filters {
		if f.Key == nil || len(f.Values) == 0 {
			return sieve{}, invalidParameter("Filters[%d]: a filter has a Key and at least one of Values.", i)
		}
	}
	return sieve{in.IncludePlannedDeletion != nil && *in.IncludePlannedDeletion, in.Filters}, nil
}

// words are what a page token is bound to.
func (s sieve) words() []string {
	words := []string{"kept only"}
	if s.deleted {
		words[0] = "deleted too"
	}
	for _, f := range s.filters {
		words = append(words, string(*f.Key), strings.Join(f.Values, "\n")) // the model allows no line end in a value
	}
	return words
}

func (s sieve) passes(secret *Secret) bool {
	if secret.deleted() && !s.deleted {
		return false
	}
	for _, f := range s.filters {
		if !slices.ContainsFunc(f.Values, func(value string) bool { return secret.matches(*f.Key, value) }) {
			return false
		}
	}
	return true
}

// matches reports whether a value of a filter fits. One that begins with ! fits
// where the rest does not.
func (s *Secret) matches(key secretsmanager.FilterNameStringType, value string) bool {
	if rest, negated := strings.CutPrefix(value, "!"); negated {
		return !s.matches(key, rest)
	}
	begins := func(text string) bool { return strings.HasPrefix(text, value) }
	switch key {
	case secretsmanager.FilterNameStringTypeName:
		return begins(s.Name)
	case secretsmanager.FilterNameStringTypeDescription:
		return s.Description != nil && strings.HasPrefix(strings.ToLower(*s.Description), strings.ToLower(value))
	case secretsmanager.FilterNameStringTypeTagKey:
		for k := range s.Tags {
			if begins(k) {
				return true
			}
		}
	case secretsmanager.FilterNameStringTypeTagValue:
		for _, v := range s.Tags {
			if begins(v) {
				return true
			}
		}
	case secretsmanager.FilterNameStringTypeAll:
		return s.mentions(value)
	}
	return false // no secret here has an owning service or a primary Region
}

// mentions reports whether every word of a value begins some word of the name,
// the description or the tags.
func (s *Secret) mentions(value string) bool {
	said := words(s.Name)
	if s.Description != nil {
		said = append(said, words(*s.Description)...)
	}
	for k, v := range s.Tags {
		said = append(append(said, words(k)...), words(v)...)
	}
	for _, wanted := range words(value) {
		if !slices.ContainsFunc(said, func(word string) bool { return strings.HasPrefix(word, wanted) }) {
			return false
		}
	}
	return true
}

// words are the runs of letters and digits in a text, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
