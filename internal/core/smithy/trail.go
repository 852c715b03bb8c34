package smithy

import "strconv"

// trail is the path from the document to the value that is being read.
type trail struct {
	steps [maxDepth + 1]step
	n     int
}

// step is a member's name, or an index when that is not negative.
type step struct {
	name  string
	index int
}

func (t *trail) enter(name string) { t.steps[t.n] = step{name: name, index: -1}; t.n++ }
func (t *trail) index(i int)       { t.steps[t.n] = step{index: i}; t.n++ }
func (t *trail) leave()            { t.n-- }

// String writes the path the way fields[] of an error names it.
func (t *trail) String() string {
	var b []byte
	for _, s := range t.steps[:t.n] {
		switch {
		case s.index >= 0:
			b = strconv.AppendInt(append(b, '['), int64(s.index), 10)
			b = append(b, ']')
		case len(b) > 0:
			b = append(b, '.')
			fallthrough
		default:
			b = append(b, shorten(s.name)...)
		}
	}
	return string(b)
}
