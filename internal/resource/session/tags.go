package session

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// Limits of session tags (IAM user guide, id_session-tags). The model checks those
// of AssumeRole; tokens of identity providers are checked here.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagsOf reads session tags.
func tagsOf(list []sts.Tag) (map[string]string, error) {
	tags := map[string]string{}
	for _, t := range list {
		if hasFold(tags, t.Key) {
			return nil, fault.InvalidField("Tags", "duplicate tag keys found; tag keys are case insensitive: %q", t.Key)
		}
		if err := checkTag(t.Key, t.Value); err != nil {
			return nil, err
		}
		tags[t.Key] = t.Value
	}
	return tags, nil
}

func checkTag(key, value string) error {
	switch {
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return fault.InvalidField("Tags", "tag keys that begin with aws: are reserved; got %q", key)
	case key == "" || utf8.RuneCountInString(key) > maxTagKey:
		return fault.InvalidField("Tags", "a tag key has 1 to %d characters; got %q", maxTagKey, key)
	case utf8.RuneCountInString(value) > maxTagValue:
		return fault.InvalidField("Tags", "a tag value has at most %d characters; that of %q has more", maxTagValue, key)
	}
	return nil
}

// handedOn adds to tags those that the caller's session hands on, and returns the
// keys that the new session will hand on itself. What is handed on cannot be set
// anew (IAM user guide, id_session-tags, "Chaining roles with session tags").
func handedOn(c op.Caller, tags map[string]string, asked []string) ([]string, error) {
	transitive, err := transitiveOf(tags, asked)
	if err != nil {
		return nil, err
	}
	for _, key := range c.Transitive {
		if hasFold(tags, key) {
			return nil, fault.InvalidField("Tags", "one of the specified tag keys can't be set because it conflicts with a transitive tag key from the calling session: %q", key)
		}
	}
	for _, key := range c.Transitive {
		tags[key] = c.Tags[key]
	}
	if len(tags) > maxTags {
		return nil, fault.InvalidField("Tags", "a session has at most %d tags; with those of the calling session there would be %d", maxTags, len(tags))
	}
	return append(transitive, c.Transitive...), nil
}

// transitiveOf are the keys as tags has them, each once.
func transitiveOf(tags map[string]string, asked []string) (transitive []string, err error) {
	for _, wanted := range asked {
		if !hasFold(tags, wanted) {
			return nil, fault.InvalidField("TransitiveTagKeys", "the specified transitive tag key must be included in the requested tags: %q", wanted)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if slices.ContainsFunc(asked, func(wanted string) bool { return sameKey(key, wanted) }) {
			transitive = append(transitive, key)
		}
	}
	return transitive, nil
}
