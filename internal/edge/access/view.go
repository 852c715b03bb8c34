package access

import (
	"maps"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/policy"
)

// A tag is one of a request or a resource.
type tag struct{ key, value string }

// twins are the tags whose keys differ from a later one's by case alone. Tags are
// told apart by it and condition keys are not, so that a condition sees one value
// of several, and whoever chooses which could ask with one and set the other. Each
// view has one more of the values for conditions to see: all views have to be
// allowed. Mostly there are none.
func twins(tags []tag) (views [][]tag) {
	if len(tags) < 2 {
		return nil
	}
	seen := make(map[string]int, len(tags))
	for _, t := range slices.Backward(tags) {
		folded := strings.ToLower(t.key)
		n := seen[folded]
		seen[folded]++
		switch {
		case n == 0:
		case n > len(views):
			views = append(views, []tag{t})
		default:
			views[n-1] = append(views[n-1], t)
		}
	}
	return views
}

// sorted are the tags of a resource in the order of their keys.
func sorted(held map[string]string) (tags []tag) {
	for _, key := range slices.Sorted(maps.Keys(held)) {
		tags = append(tags, tag{key, held[key]})
	}
	return tags
}

// viewed are the targets, and each again in every view.
func viewed(targets []policy.Target, views [][]tag, prefixes ...string) []policy.Target {
	all := targets
	for _, view := range views {
		for _, t := range targets {
			t.Context = t.Context.Clone()
			for _, one := range view {
				for _, prefix := range prefixes {
					t.Context.Set(prefix+one.key, one.value)
				}
			}
			all = append(all, t)
		}
	}
	return all
}
