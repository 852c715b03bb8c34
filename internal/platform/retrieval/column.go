package retrieval

import (
	"time"

	"github.com/parleyhq/parley/internal/engine/facet"
)

// bitset is a set of small numbers. It grows as it is set.
type bitset []uint64

func (b bitset) has(n uint32) bool { return int(n>>6) < len(b) && b[n>>6]>>(n&63)&1 != 0 }

func (b *bitset) set(n uint32) {
	for int(n>>6) >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[n>>6] |= 1 << (n & 63)
}

func (b bitset) clear(n uint32) {
	if int(n>>6) < len(b) {
		b[n>>6] &^= 1 << (n & 63)
	}
}

// column has the values of one attribute, of one kind, by ordinal.
type column struct {
	kind    facet.Kind
	present bitset
	numbers []int64 // of NUMBER; of DATE in milliseconds, which is what dates are compared by
	texts   []string
	lists   [][]string
}

func (c *column) set(ordinal uint32, v facet.Value) {
	c.present.set(ordinal)
	switch c.kind {
	case facet.Number:
		c.numbers = put(c.numbers, ordinal, v.Number)
	case facet.Date:
		c.numbers = put(c.numbers, ordinal, v.Time.UnixMilli())
	case facet.String:
		c.texts = put(c.texts, ordinal, v.Text)
	case facet.StringList:
		c.lists = put(c.lists, ordinal, v.List)
	}
}

func (c *column) clear(ordinal uint32) {
	if !c.present.has(ordinal) {
		return
	}
	c.present.clear(ordinal)
	switch c.kind {
	case facet.String:
		c.texts[ordinal] = ""
	case facet.StringList:
		c.lists[ordinal] = nil
	}
}

func (c *column) value(ordinal uint32) (facet.Value, bool) {
	if !c.present.has(ordinal) {
		return facet.Value{}, false
	}
	v := facet.Value{Kind: c.kind}
	switch c.kind {
	case facet.Number:
		v.Number = c.numbers[ordinal]
	case facet.Date:
		v.Time = time.UnixMilli(c.numbers[ordinal]).UTC()
	case facet.String:
		v.Text = c.texts[ordinal]
	case facet.StringList:
		v.List = c.lists[ordinal]
	}
	return v, true
}

// put sets an element of a slice that is made as long as it takes.
func put[T any](all []T, at uint32, one T) []T {
	for int(at) >= len(all) {
		var none T
		all = append(all, none)
	}
	all[at] = one
	return all
}

// columns are the attributes of all documents. An attribute has a column for
// each kind it was ever given as; that is one, unless an index changed its mind.
type columns map[string][]*column

func (c columns) of(name string, kind facet.Kind) *column {
	for _, column := range c[name] {
		if column.kind == kind {
			return column
		}
	}
	column := &column{kind: kind}
	c[name] = append(c[name], column)
	return column
}

// read puts those of a document's attributes that are named into a map that has
// nothing else.
func (c columns) read(ordinal uint32, names []string, into facet.Values) {
	clear(into)
	for _, name := range names {
		for _, column := range c[name] {
			if v, ok := column.value(ordinal); ok {
				into[name] = v
			}
		}
	}
}
