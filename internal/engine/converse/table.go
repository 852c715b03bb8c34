package converse

import (
	"cmp"
	"slices"
	"strings"
)

// A column is one place in the objects of a list.
type column struct {
	path   string // segments joined by dots
	values []string
	filled int
	place  int // in order of appearance
}

// table writes a list of objects, the most telling columns of it.
func (r *renderer) table(n node) {
	rows := n.items[:min(len(n.items), maxRows)]
	columns := r.columns(rows)
	if len(columns) > maxColumns {
		r.cut = true
		columns = choose(columns)
	}
	if len(columns) == 0 {
		r.WriteString("The list has no values to show.\n")
		r.cut = r.cut || len(n.items) > 0
		return
	}
	names := headings(columns)
	r.row(func(i int) string { return names[i] }, len(columns))
	r.row(func(int) string { return "---" }, len(columns))
	for at := range rows {
		r.row(func(i int) string { return columns[i].values[at] }, len(columns))
	}
	if more := len(n.items) - len(rows); more > 0 {
		r.more(more)
	}
}

func (r *renderer) row(cell func(i int) string, n int) {
	r.WriteString("|")
	for i := range n {
		r.WriteString(" " + strings.ReplaceAll(r.inline(cell(i), maxCell), "|", `\|`) + " |")
	}
	r.WriteString("\n")
}

// columns collects the columns of rows that hold something.
func (r *renderer) columns(rows []node) []*column {
	var all []*column
	byPath := map[string]*column{}
	put := func(row int, path, value string) {
		c := byPath[path]
		if c == nil {
			c = &column{path: path, values: make([]string, len(rows)), place: len(all)}
			byPath[path] = c
			all = append(all, c)
		}
		if value != "" {
			c.values[row] = value
			c.filled++
		}
	}
	for i, row := range rows {
		r.leaves(row, "", 0, func(path, value string) { put(i, path, value) })
	}
	return slices.DeleteFunc(all, func(c *column) bool { return c.filled == 0 })
}

// leaves calls put for the values of an object. An object that has a name, or is
// two levels down, is shown by what people call it.
func (r *renderer) leaves(n node, path string, depth int, put func(path, value string)) {
	for i, item := range n.items {
		name := path + n.names[i]
		if item.kind == object && depth == 0 && item.label() != firstNamed(item) {
			r.leaves(item, name+".", depth+1, put)
			continue
		}
		r.cut = r.cut || item.kind != scalar && !item.flat()
		put(name, item.brief())
	}
}

// firstNamed is what people call an object by a name of its own; empty when it
// has none.
func firstNamed(n node) string {
	for i, name := range n.names {
		if slices.Contains([]string{"displayName", "name", "title", "label", "value"}, name) && n.items[i].kind == scalar {
			return n.label()
		}
	}
	return ""
}

// telling are words in the names of columns that people look for first.
var telling = []string{"key", "id", "number", "name", "title", "subject", "summary", "status", "state", "priority", "assignee", "owner", "type", "email", "amount", "due", "start", "date"}

// choose keeps the columns that tell most, in their order.
func choose(columns []*column) []*column {
	slices.SortStableFunc(columns, func(a, b *column) int { return cmp.Compare(b.worth(), a.worth()) })
	columns = columns[:maxColumns]
	slices.SortFunc(columns, func(a, b *column) int { return cmp.Compare(a.place, b.place) })
	return columns
}

// worth orders columns: those whose name is telling, then those most filled;
// addresses for machines last.
func (c *column) worth() int {
	w := c.filled
	if slices.Contains(telling, strings.ToLower(c.last())) {
		w += 1000
	}
	for _, v := range c.values {
		if strings.HasPrefix(v, "http://") || strings.HasPrefix(v, "https://") {
			return w - 2000
		}
	}
	return w
}

func (c *column) last() string { return c.path[strings.LastIndexByte(c.path, '.')+1:] }

// headings are the last parts of the columns' paths, where that tells them
// apart.
func headings(columns []*column) []string {
	count := map[string]int{}
	for _, c := range columns {
		count[c.last()]++
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		if names[i] = c.last(); count[names[i]] > 1 || names[i] == "" {
			names[i] = cmp.Or(c.path, "–")
		}
	}
	return names
}
