// Package attribute owns the attributes of documents as the API has them: what a
// filter over them may be (its ten forms, which values each of them compares, and
// how large it may grow), and how values and filters become those of engine/facet,
// which compares them.
//
// It knows no index: whether an attribute is there, and which documents pass, is
// the business of whoever searches. It keeps no rows.
package attribute

import (
	"fmt"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/facet"
)

// The bounds of a filter. The service publishes none.
const (
	MaxDepth = 10  // filters inside one another
	MaxTerms = 500 // values that are compared, each entry of a list among them
)

// Check reports what is wrong with a filter, member being its name in the
// request. The model has checked names and values already; it leaves open how
// many members a filter has, and which values go with which.
func Check(member string, f *api.AttributeFilter) []fault.Field {
	if f == nil {
		return nil
	}
	c := checker{root: member}
	c.filter(member, f, 1)
	return c.bad
}

// CheckKinds is Check against an index, whose attributes have those kinds. It
// reports an attribute that is not there, and one that is compared with a value
// of another kind, too: no document could ever pass.
func CheckKinds(member string, f *api.AttributeFilter, kinds map[string]facet.Kind) []fault.Field {
	if f == nil {
		return nil
	}
	c := checker{root: member, kinds: kinds}
	c.filter(member, f, 1)
	return c.bad
}

// checker walks a filter.
type checker struct {
	root  string
	kinds map[string]facet.Kind // of the index's attributes; nil: any may be there
	terms int
	bad   []fault.Field
}

func (c *checker) refuse(name, format string, args ...any) {
	c.bad = append(c.bad, fault.Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

// filter checks one node, which is depth filters deep, and what is inside it.
func (c *checker) filter(at string, f *api.AttributeFilter, depth int) {
	if depth > MaxDepth {
		c.refuse(at, "is nested more than %d filters deep; join filters on one level with andAllFilters or orAllFilters", MaxDepth)
		return
	}
	set := 0
	for _, j := range junctions(f) {
		if j.filters == nil {
			continue
		}
		set++
		if len(j.filters) == 0 {
			c.refuse(at+"."+j.name, "is empty; give at least one filter")
		}
		for i := range j.filters {
			c.filter(fmt.Sprintf("%s.%s[%d]", at, j.name, i), &j.filters[i], depth+1)
		}
	}
	if f.NotFilter != nil {
		set++
		c.filter(at+".notFilter", f.NotFilter, depth+1)
	}
	for _, o := range comparisons(f) {
		if o.with != nil {
			set++
			c.compare(at+"."+o.name, o)
		}
	}
	switch {
	case set == 0:
		c.refuse(at, "is empty; set one of %s", forms)
	case set > 1:
		c.refuse(at, "has %d members where one is meant; join them with andAllFilters or orAllFilters", set)
	}
}

// compare checks that a comparison goes with its value.
func (c *checker) compare(at string, o comparison) {
	v := &o.with.Value
	if !o.takes(v) {
		c.refuse(at+".value", "cannot be a %s here; %s compares %s", memberOf(v), o.name, o.compares)
		return
	}
	if c.kinds != nil {
		c.kind(at, o.with)
	}
	if v.StringListValue != nil && len(v.StringListValue) == 0 {
		c.refuse(at+".value.stringListValue", "is empty; give at least one string")
	}
	before := c.terms
	c.terms += max(1, len(v.StringListValue))
	if before <= MaxTerms && c.terms > MaxTerms {
		c.refuse(c.root, "compares more than %d values in all; shorten it", MaxTerms)
	}
}

// kind checks that a comparison goes with the index's attribute.
func (c *checker) kind(at string, with *api.DocumentAttribute) {
	switch kind, known := c.kinds[with.Name]; {
	case !known:
		c.refuse(at+".name", "names no attribute of the index: make %s one with documentAttributeConfigurations of UpdateIndex, or leave it out", with.Name)
	case kind != Value(with.Value).Kind:
		c.refuse(at+".value", "cannot be a %s here; %s is of type %s in the index", memberOf(&with.Value), with.Name, kind)
	}
}
