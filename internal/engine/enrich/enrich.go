// Package enrich alters what is known about a document by rules, while it is
// taken in.
//
// It owns the rules: conditions with their eleven operators, what a target is
// set to, when the content is dropped, and what is wrong with a rule. It does
// not know where rules come from (resource/attribute reads them from a request),
// nor what functions beside them do (platform/hook).
package enrich

import (
	"maps"

	"github.com/parleyhq/parley/internal/engine/facet"
)

// A Rule sets or deletes an attribute, or drops the content, of documents for
// which its condition holds.
type Rule struct {
	Condition   *Condition // nil: always
	Target      *Target    // nil: no attribute
	DropContent bool
}

// A Target is what becomes of an attribute.
type Target struct {
	Key    string
	Value  *facet.Value // that it is set to
	Delete bool         // instead of Value
}

// Apply carries out rules in their order, each on what those before it left. It
// returns the attributes as they are then, and whether a rule drops the content.
// v is not changed. The rules have passed Check.
func Apply(rules []Rule, v facet.Values) (out facet.Values, dropContent bool) {
	out = maps.Clone(v)
	if out == nil {
		out = facet.Values{}
	}
	for _, r := range rules {
		if !r.Condition.Holds(out) {
			continue
		}
		dropContent = dropContent || r.DropContent
		r.Target.alter(out)
	}
	return out, dropContent
}

func (t *Target) alter(v facet.Values) {
	switch {
	case t == nil:
	case t.Delete:
		delete(v, t.Key)
	case t.Value != nil:
		v[t.Key] = *t.Value
	}
}
