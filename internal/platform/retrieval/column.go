package retrieval

import (
	"cmp"
	"slices"
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

// column has the values of one attribute, of one kind, by ordinal: one by one while
// few documents have it, and in a table once many do. A name that one document has
// costs what that one value takes, however many documents there are.
type column struct {
	kind facet.Kind
	few  []cell // in the order of ordinals; nil once there is a table
	many *table
}

// cell is the value of one document.
type cell struct {
	ordinal uint32
	value   facet.Value
}

// table has the values of many documents. Which of its members counts depends on
// the kind.
type table struct {
	present bitset
	numbers []int64 // of NUMBER; of DATE in milliseconds, which is what dates are compared by
	texts   []string
	lists   [][]string
}

// A table is made when one document in so many has a value, and a few have.
const (
	sparse = 16
	few    = 64
)

func (c *column) set(ordinal uint32, v facet.Value) {
	if c.many == nil {
		c.insert(ordinal, v)
		if len(c.few) < few+int(c.few[len(c.few)-1].ordinal)/sparse {
			return
		}
		c.many = &table{}
		for _, one := range c.few {
			c.many.set(c.kind, one.ordinal, one.value)
		}
		c.few = nil
		return
	}
	c.many.set(c.kind, ordinal, v)
}

// insert puts a value in its place among the few.
func (c *column) insert(ordinal uint32, v facet.Value) {
	if c.kind == facet.Date {
		v.Time = time.UnixMilli(v.Time.UnixMilli()).UTC()
	}
	at, there := c.at(ordinal)
	if there {
		c.few[at].value = v
		return
	}
	c.few = slices.Insert(c.few, at, cell{ordinal, v})
}

// at is where a document's value is, or would be, among the few.
func (c *column) at(ordinal uint32) (at int, there bool) {
	return slices.BinarySearchFunc(c.few, ordinal, func(one cell, o uint32) int { return cmp.Compare(one.ordinal, o) })
}

// clear takes a document's value out, and reports whether that was the last one of
// a few.
func (c *column) clear(ordinal uint32) (empty bool) {
	if c.many != nil {
		c.many.clear(c.kind, ordinal)
		return false
	}
	if at, there := c.at(ordinal); there {
		c.few = slices.Delete(c.few, at, at+1)
	}
	return len(c.few) == 0
}

func (c *column) value(ordinal uint32) (facet.Value, bool) {
	if c.many != nil {
		return c.many.value(c.kind, ordinal)
	}
	at, there := c.at(ordinal)
	if !there {
		return facet.Value{}, false
	}
	return c.few[at].value, true
}

func (t *table) set(kind facet.Kind, ordinal uint32, v facet.Value) {
	t.present.set(ordinal)
	switch kind {
	case facet.Number:
		t.numbers = put(t.numbers, ordinal, v.Number)
	case facet.Date:
		t.numbers = put(t.numbers, ordinal, v.Time.UnixMilli())
	case facet.String:
		t.texts = put(t.texts, ordinal, v.Text)
	case facet.StringList:
		t.lists = put(t.lists, ordinal, v.List)
	}
}

func (t *table) clear(kind facet.Kind, ordinal uint32) {
	if !t.present.has(ordinal) {
		return
	}
	t.present.clear(ordinal)
	switch kind {
	case facet.String:
		t.texts[ordinal] = ""
	case facet.StringList:
		t.lists[ordinal] = nil
	}
}

func (t *table) value(kind facet.Kind, ordinal uint32) (facet.Value, bool) {
	if !t.present.has(ordinal) {
		return facet.Value{}, false
	}
	v := facet.Value{Kind: kind}
	switch kind {
	case facet.Number:
		v.Number = t.numbers[ordinal]
	case facet.Date:
		v.Time = time.UnixMilli(t.numbers[ordinal]).UTC()
	case facet.String:
		v.Text = t.texts[ordinal]
	case facet.StringList:
		v.List = t.lists[ordinal]
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

// clear takes the values of a document out, and columns that have none then.
func (c columns) clear(ordinal uint32) {
	for name, all := range c {
		all = slices.DeleteFunc(all, func(column *column) bool { return column.clear(ordinal) })
		if len(all) == 0 {
			delete(c, name)
			continue
		}
		c[name] = all
	}
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
