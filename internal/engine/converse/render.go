package converse

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of one rendering.
const (
	maxRows    = 20 // of a table
	maxColumns = 6
	maxListed  = 20  // entries of a plain list
	maxFields  = 40  // of an object
	maxCell    = 80  // characters
	maxValue   = 600 // characters of a field of an object
	maxTables  = 3   // of one object
)

// render makes a value readable; cut says that something was left out.
func render(n node) (text string, cut bool) {
	r := &renderer{}
	switch {
	case n.kind == scalar:
		return strings.TrimSpace(n.text), false
	case n.kind == object:
		r.object(n)
	case n.objects():
		r.table(n)
	default:
		r.bullets(n)
	}
	return strings.Trim(r.String(), "\n"), r.cut
}

type renderer struct {
	strings.Builder

	cut bool
}

func (r *renderer) printf(format string, args ...any) { _, _ = fmt.Fprintf(r, format, args...) } // a Builder does not fail

// object writes the fields of an object, then its lists of objects as tables.
func (r *renderer) object(n node) {
	if len(n.items) == 0 {
		r.WriteString("The answer is an empty object.\n")
		return
	}
	var tables []int
	fields := r.fields(n, "", 0, &tables)
	if fields+len(tables) == 0 {
		r.WriteString("The answer has no values to show.\n")
	}
	for i, at := range tables {
		if i == maxTables {
			r.cut = true
			break
		}
		if fields > 0 || i > 0 || len(tables) > 1 {
			r.printf("\n**%s** (%d)\n\n", inline(n.names[at], maxCell), len(n.items[at].items))
		}
		r.table(n.items[at])
	}
}

// fields writes the scalars of an object and of the objects in it, and notes
// the lists of objects at the top. It returns how many lines it wrote.
func (r *renderer) fields(n node, path string, depth int, tables *[]int) (written int) {
	for i, item := range n.items {
		name := path + n.names[i]
		if item.objects() && depth == 0 {
			*tables = append(*tables, i)
			continue
		}
		if item.kind == object && depth < 2 {
			written += r.fields(item, name+".", depth+1, tables)
			continue
		}
		value := item.brief()
		if item.kind != scalar && !item.flat() {
			r.cut = true
		}
		if value == "" {
			continue
		}
		if written == maxFields {
			r.cut = true
			break
		}
		r.printf("- **%s**: %s\n", cmp.Or(inline(name, maxCell), "–"), r.inline(value, maxValue))
		written++
	}
	return written
}

// flat reports whether brief shows all of a value.
func (n node) flat() bool {
	return n.kind == list && n.scalars() && len(n.items) <= maxListed
}

// bullets writes a list of anything but objects alone.
func (r *renderer) bullets(n node) {
	if len(n.items) == 0 {
		r.WriteString("The list is empty.\n")
		return
	}
	for i, item := range n.items {
		if i == maxListed {
			r.more(len(n.items) - i)
			return
		}
		if item.kind != scalar && !item.flat() {
			r.cut = true
		}
		r.printf("- %s\n", cmp.Or(r.inline(item.brief(), maxValue), "–"))
	}
}

func (r *renderer) more(n int) {
	r.cut = true
	r.printf("\n… and %d more\n", n)
}

// inline notes when something was cut.
func (r *renderer) inline(text string, most int) string {
	short := inline(text, most)
	if strings.HasSuffix(short, "…") && !strings.HasSuffix(text, "…") {
		r.cut = true
	}
	return short
}

// inline is a text on one line, of at most so many characters.
func inline(text string, most int) string {
	text = strings.Join(strings.FieldsFunc(text, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }), " ")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	n := 0
	for i := range text {
		if n++; n == most {
			return text[:i] + "…"
		}
	}
	return text
}
