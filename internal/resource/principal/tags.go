package principal

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/api/iam"
)

// Limits of a tag (API reference, "Tag").
const (
	maxTagKey   = 128
	maxTagValue = 256
)

// tag sets tags over those that the entity has. A key replaces one that differs
// by case alone (id_tags).
func (e *Entity) tag(tags []iam.Tag) error {
	merged, held := map[string]string{}, map[string]string{} // held are the keys by lower case
	for key, value := range e.Tags {
		merged[key], held[fold(key)] = value, key
	}
	given := map[string]bool{}
	for _, t := range tags {
		if err := checkTag(t.Key, t.Value); err != nil {
			return err
		}
		if given[fold(t.Key)] {
			return invalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		given[fold(t.Key)] = true
		delete(merged, held[fold(t.Key)])
		merged[t.Key] = t.Value
	}
	if len(merged) > maxTags {
		return limitExceeded("The number of tags has reached the maximum limit of %d.", maxTags)
	}
	e.Tags = merged
	return nil
}

// untag removes tags by their keys, in any case. A key that is not there is no
// error.
func (e *Entity) untag(keys []string) error {
	gone := map[string]bool{}
	for _, key := range keys {
		gone[fold(key)] = true
	}
	maps.DeleteFunc(e.Tags, func(key, _ string) bool { return gone[fold(key)] })
	return nil
}

func checkTag(key, value string) error {
	switch n := utf8.RuneCountInString(key); {
	case n == 0 || n > maxTagKey:
		return invalidInput("A tag key has 1 to %d characters; %q has %d.", maxTagKey, key, n)
	case utf8.RuneCountInString(value) > maxTagValue:
		return invalidInput("A tag value has at most %d characters; that of %q has %d.", maxTagValue, key, utf8.RuneCountInString(value))
	case strings.ContainsFunc(key+value, foreign):
		return invalidInput("A tag has letters, digits, spaces and _.:/=+-@ only; got %q = %q.", key, value)
	case strings.HasPrefix(fold(key), "aws:"):
		return invalidInput("Tag keys that begin with aws: are reserved; got %q.", key)
	}
	return nil
}

// foreign reports whether a tag may not hold r: IAM's pattern is
// [\p{L}\p{Z}\p{N}_.:/=+\-@]*.
func foreign(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", r)
}

// tags are the entity's, ordered by key.
func (e *Entity) tags() []iam.Tag {
	list := []iam.Tag{}
	for _, key := range sortedKeys(e.Tags) {
		list = append(list, iam.Tag{Key: key, Value: e.Tags[key]})
	}
	return list
}

// someTags is tags for an answer that leaves out an empty list.
func (e *Entity) someTags() []iam.Tag {
	if len(e.Tags) == 0 {
		return nil
	}
	return e.tags()
}

// pairs are tags as a tool gives them, ordered by key.
func pairs(tags map[string]string) []iam.Tag {
	e := Entity{Tags: tags}
	return e.tags()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
