// Package tag owns the tags of every taggable resource: what a tag may be, how
// many a resource may bear, and the three operations on them.
//
// It knows resources by their ARN only. Whether one exists is asked of the
// family it belongs to (Service.Kinds). Families set the tags of a create with
// Put and drop them with Drop, inside their own transactions. What a tag permits
// as a condition is the business of edge/access, which reads them with Of.
//
// Rows: tag (one per tagged resource).
package tag

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// MaxPerResource is how many tags a resource may bear. The guide's tagging page
// says 50; the 200 of the model bounds the list of one request.
const MaxPerResource = 50

// reserved is the prefix of keys that AWS keeps for itself, in any case.
const reserved = "aws:"

// symbols are the characters beside letters, digits and white space that the
// model's documentation admits in keys and values.
const symbols = "_.:/=+-@"

// Check reports what is wrong with the tags of a request, member being the name
// of the list. The model has checked the lengths already.
func Check(member string, tags []api.Tag) []fault.Field {
	var bad []fault.Field
	refuse := func(i int, part, format string, args ...any) {
		bad = append(bad, fault.Field{
			Name:    fmt.Sprintf("%s[%d].%s", member, i, part),
			Message: fmt.Sprintf(format, args...),
		})
	}
	first := make(map[string]int, len(tags))
	for i, t := range tags {
		if j, twice := first[t.Key]; twice {
			refuse(i, "key", "the key %q is given before, in %s[%d]; a resource bears each key once", t.Key, member, j)
		} else {
			first[t.Key] = i
		}
		if hasReservedPrefix(t.Key) {
			refuse(i, "key", "keys that begin with aws: are reserved; choose another prefix")
		}
		if r, ok := foreign(t.Key); ok {
			refuse(i, "key", "%q is not allowed in a key; use letters, digits, white space and %s", r, symbols)
		}
		if r, ok := foreign(t.Value); ok {
			refuse(i, "value", "%q is not allowed in a value; use letters, digits, white space and %s", r, symbols)
		}
	}
	if len(first) > MaxPerResource {
		bad = append(bad, tooMany(member, len(first)))
	}
	return bad
}

func tooMany(member string, n int) fault.Field {
	return fault.Field{
		Name:    member,
		Message: fmt.Sprintf("the resource would bear %d tags; at most %d are allowed", n, MaxPerResource),
	}
}

func hasReservedPrefix(key string) bool {
	return len(key) >= len(reserved) && strings.EqualFold(key[:len(reserved)], reserved)
}

// foreign returns the first character that tags may not have.
func foreign(s string) (rune, bool) {
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Z) && !strings.ContainsRune(symbols, r) {
			return r, true
		}
	}
	return 0, false
}

// Put adds the tags of a create, which Check has passed, to the new resource.
func Put(tx *store.Tx, arn string, tags []api.Tag) error {
	k, err := keyOf(arn)
	if err != nil {
		return err
	}
	return add(tx, k, tags)
}

// Of returns the tags of a resource; none is an empty map. It does not ask
// whether the resource exists.
func Of(tx *store.Tx, arn string) (map[string]string, error) {
	k, err := keyOf(arn)
	if err != nil {
		return nil, err
	}
	return load(tx, k)
}

// Drop removes all tags of a resource that is being deleted.
func Drop(tx *store.Tx, arn string) error {
	k, err := keyOf(arn)
	if err != nil {
		return err
	}
	return save(tx, k, nil)
}

func keyOf(arn string) (key, error) {
	a, ok := parse(arn)
	if !ok {
		return key{}, fmt.Errorf("tag: %q is not an ARN", arn)
	}
	return a.key(), nil
}

// list is how operations answer tags: ordered by key.
func list(tags map[string]string) []api.Tag {
	out := make([]api.Tag, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, api.Tag{Key: key, Value: tags[key]})
	}
	return out
}
