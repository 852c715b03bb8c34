package action

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A violation is a place in a value that does not fit the schema, and what is
// wanted there, as a sentence without its beginning.
type violation struct {
	path    []string // member names, and list places as "[0]"
	message string
}

// maxViolations bounds what is found in one value: nobody reads more.
const maxViolations = 20

// validate holds v against s. Types are not converted, but a number without a
// fraction is an integer however it is written (JSON Schema 2020-12, 6.1.1), as
// is 3.0. What s does not know of itself, such as patterns that only other
// regular expressions can say, is not checked.
func validate(s *openapi.Schema, v value) []violation {
	c := &checker{}
	c.value(s, v)
	return c.found
}

type checker struct {
	path  []string
	outer []*openapi.Schema // what describes the same value around the alternative at hand
	found []violation
}

func (c *checker) want(format string, args ...any) {
	if len(c.found) < maxViolations {
		c.found = append(c.found, violation{slices.Clone(c.path), fmt.Sprintf(format, args...)})
	}
}

func (c *checker) within(step string, s *openapi.Schema, v value) {
	outer := c.outer
	c.path, c.outer = append(c.path, step), nil
	c.value(s, v)
	c.path, c.outer = c.path[:len(c.path)-1], outer
}

func (c *checker) value(s *openapi.Schema, v value) {
	if s == nil || len(c.found) >= maxViolations {
		return
	}
	if v.sort == null && s.Nullable {
		return
	}
	if !typed(s.Type, v) {
		c.want("give %s", wanted(s))
		return
	}
	if s.Const != nil && !oneOf([]json.RawMessage{s.Const}, v) || len(s.Enum) > 0 && !oneOf(s.Enum, v) {
		c.want("give %s", wanted(s))
		return
	}
	switch v.sort {
	case text:
		c.text(s, v.text)
	case number:
		c.number(s, v.text)
	case list:
		c.list(s, v)
	case object:
		c.object(s, v)
	}
	c.choices(s, v)
}

func typed(t string, v value) bool {
	switch t {
	case "string":
		return v.sort == text
	case "number":
		return v.sort == number
	case "integer":
		_, ok := whole(v.text)
		return v.sort == number && ok
	case "boolean":
		return v.sort == boolean
	case "array":
		return v.sort == list
	case "object":
		return v.sort == object
	case "null":
		return v.sort == null
	}
	return true
}

func oneOf(allowed []json.RawMessage, v value) bool {
	return slices.ContainsFunc(allowed, func(raw json.RawMessage) bool {
		w, ok := decode(raw)
		return ok && v.equal(w)
	})
}

func (c *checker) text(s *openapi.Schema, given string) {
	length := utf8.RuneCountInString(given)
	if s.MinLength != nil && length < *s.MinLength {
		c.want("give at least %s", count(*s.MinLength, "character"))
	}
	if s.MaxLength != nil && length > *s.MaxLength {
		c.want("give at most %s", count(*s.MaxLength, "character"))
	}
	if f, known := formatNamed(s.Format); known && !f.fits(given) {
		c.want("give %s", f.wanted)
	}
	if s.Pattern == "" {
		return
	}
	if pattern, err := regexp.Compile(s.Pattern); err == nil && !pattern.MatchString(given) {
		c.want("give text that matches the pattern %s", s.Pattern)
	}
}

func (c *checker) number(s *openapi.Schema, literal string) {
	given, ok := decimal(literal)
	if !ok {
		c.want("give a number of fewer than %d digits", maxDigits)
		return
	}
	for _, bound := range []struct {
		limit json.Number
		fits  func(order int) bool
		words string
	}{
		{s.Minimum, func(o int) bool { return o >= 0 }, "of %s or more"},
		{s.Maximum, func(o int) bool { return o <= 0 }, "of %s or less"},
		{s.ExclusiveMinimum, func(o int) bool { return o > 0 }, "greater than %s"},
		{s.ExclusiveMaximum, func(o int) bool { return o < 0 }, "less than %s"},
	} {
		if limit, ok := decimal(bound.limit.String()); ok && !bound.fits(given.Cmp(limit)) {
			c.want("give a number "+bound.words, bound.limit)
		}
	}
	if least, most, ok := rangeOf(s.Format); ok && (given.Cmp(least) < 0 || given.Cmp(most) > 0) {
		c.want("give a whole number from %s to %s", least.Num(), most.Num())
	}
	if step, ok := decimal(s.MultipleOf.String()); ok && step.Sign() > 0 && !given.Quo(given, step).IsInt() {
		c.want("give a multiple of %s", s.MultipleOf)
	}
}

func (c *checker) list(s *openapi.Schema, v value) {
	if s.MinItems != nil && len(v.items) < *s.MinItems {
		c.want("give at least %s", count(*s.MinItems, "item"))
	}
	if s.MaxItems != nil && len(v.items) > *s.MaxItems {
		c.want("give at most %s", count(*s.MaxItems, "item"))
	}
	if s.UniqueItems && !distinct(v.items) {
		c.want("give every item only once")
	}
	for i, item := range v.items {
		c.within("["+strconv.Itoa(i)+"]", s.Items, item)
	}
}

// distinct compares items by a form in which equal ones are written equally.
func distinct(items []value) bool {
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		key := string(item.canonical().appendJSON(nil))
		if seen[key] {
			return false
		}
		seen[key] = true
	}
	return true
}

// canonical is v with its members sorted and its numbers written in one way.
func (v value) canonical() value {
	switch v.sort {
	case number:
		if r, ok := decimal(v.text); ok {
			v.text = r.RatString()
		}
	case list:
		v.items = slices.Clone(v.items)
		for i := range v.items {
			v.items[i] = v.items[i].canonical()
		}
	case object:
		v.members = slices.Clone(v.members)
		slices.SortFunc(v.members, func(a, b member) int { return strings.Compare(a.name, b.name) })
		for i := range v.members {
			v.members[i].value = v.members[i].value.canonical()
		}
	}
	return v
}

func (c *checker) object(s *openapi.Schema, v value) {
	for _, name := range s.Required {
		shape := c.described(s, name)
		if v.member(name) == nil && shape != nil && !shape.ReadOnly {
			c.path = append(c.path, name)
			c.want("this is required: give %s", wanted(shape))
			c.path = c.path[:len(c.path)-1]
		}
	}
	for _, m := range v.members {
		switch shape := ownProperty(s, m.name); {
		case shape != nil:
			c.within(m.name, shape, m.value)
		case s.Additional != nil:
			c.within(m.name, s.Additional, m.value)
		case s.Closed && len(s.Choices) == 0:
			c.want("leave out %s, which is not known here", quoted(m.name))
		}
	}
}

// described is what s, or a schema around it, says of a member. One that is
// required but nowhere described is a slip of the pen (passwrod): nobody could
// give it, so it is not asked for.
func (c *checker) described(s *openapi.Schema, name string) *openapi.Schema {
	if p := property(s, name); p != nil {
		return p
	}
	for _, around := range c.outer {
		if p := ownProperty(around, name); p != nil {
			return p
		}
	}
	return s.Additional
}

// choices holds v against the alternatives of s: one of them has to fit. Where a
// discriminator names the one that is meant, only that one is looked at, so that
// the answer is about it.
func (c *checker) choices(s *openapi.Schema, v value) {
	if len(s.Choices) == 0 {
		return
	}
	outer := append(slices.Clone(c.outer), s)
	if named := discriminated(s, v); named != nil {
		inner := &checker{path: c.path, outer: outer, found: c.found}
		inner.value(named, v)
		c.found = inner.found
		return
	}
	if p := property(s, s.Discriminator); s.Discriminator != "" && p != nil && v.sort == object && v.member(s.Discriminator) == nil {
		c.path = append(c.path, s.Discriminator)
		c.want("this is required, because it says which of several is meant: give %s", wanted(tags(s)))
		c.path = c.path[:len(c.path)-1]
		return
	}
	var nearest []violation
	for _, choice := range s.Choices {
		inner := &checker{path: slices.Clone(c.path), outer: outer}
		inner.value(choice, v)
		if len(inner.found) == 0 {
			return
		}
		if typed(choice.Type, v) && (nearest == nil || len(inner.found) < len(nearest)) {
			nearest = inner.found
		}
	}
	if nearest == nil {
		c.want("give %s", wanted(s))
		return
	}
	c.found = append(c.found, nearest[:min(len(nearest), maxViolations-len(c.found))]...)
}

// tags is a schema of all values that the discriminator of s may have.
func tags(s *openapi.Schema) *openapi.Schema {
	all := &openapi.Schema{Type: "string"}
	for _, choice := range s.Choices {
		if p := ownProperty(choice, s.Discriminator); p != nil {
			all.Enum = append(all.Enum, p.Enum...)
			if p.Const != nil {
				all.Enum = append(all.Enum, p.Const)
			}
		}
	}
	return all
}

// discriminated is the one alternative whose discriminator allows the value's.
func discriminated(s *openapi.Schema, v value) *openapi.Schema {
	tag := v.member(s.Discriminator)
	if s.Discriminator == "" || tag == nil {
		return nil
	}
	var named *openapi.Schema
	for _, choice := range s.Choices {
		p := ownProperty(choice, s.Discriminator)
		if p == nil || p.Const == nil && len(p.Enum) == 0 || len(validate(p, *tag)) > 0 {
			continue
		}
		if named != nil {
			return nil
		}
		named = choice
	}
	return named
}
