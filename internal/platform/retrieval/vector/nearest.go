package vector

import (
	"cmp"
	"slices"
)

// A Neighbor is what was found: an ordinal, and how like the query it is.
type Neighbor struct {
	Ordinal    uint32
	Similarity float32 // cosine: 1 is the same direction, 0 has nothing in common
}

// Nearest returns the at most k vectors that are most like query, the most
// alike first and, where two are equally so, the lower ordinal, of those that
// admit lets pass; nil lets all. query has length 1; one of other dimensions
// than the table's finds nothing. admit is asked of each ordinal at most once,
// before its vector is looked at.
func (t *Table) Nearest(query []float32, k int, admit func(ordinal uint32) bool) []Neighbor {
	if len(query) != t.dimensions || k <= 0 {
		return nil
	}
	s := search{query: query, best: best{most: k}}
	for _, b := range *t.rows.Load() {
		s.block(b, admit)
	}
	return s.best.sorted()
}

// A search goes over the blocks of a table.
type search struct {
	query []float32
	best  best
	rows  [blockSize]uint16 // of the block at hand, those that are admitted
}

// sparse is one in how many vectors of a block has to be admitted for all of them
// to be read: memory that is read from end to end comes several times as fast as
// memory that is read here and there.
const sparse = 8

func (s *search) block(b *block, admit func(uint32) bool) {
	n := 0
	for row, ordinal := range b.ordinals {
		if ordinal != none && (admit == nil || admit(ordinal)) {
			s.rows[n] = uint16(row)
			n++
		}
	}
	rows, width := s.rows[:n], len(s.query)
	all := n*sparse >= len(b.ordinals)
	for row := 0; len(rows) > 0; row++ {
		if !all {
			row = int(rows[0])
		}
		similarity := dot(s.query, b.values[row*width:][:width])
		if row == int(rows[0]) {
			s.best.offer(b.ordinals[row], similarity)
			rows = rows[1:]
		}
	}
}

// dot is the inner product of two vectors of one length. Eight sums keep the
// processor's adders busy, and arrays spare it the checks of bounds.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	for len(a) >= 8 && len(b) >= 8 {
		x, y := (*[8]float32)(a), (*[8]float32)(b)
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		s4 += x[4] * y[4]
		s5 += x[5] * y[5]
		s6 += x[6] * y[6]
		s7 += x[7] * y[7]
		a, b = a[8:], b[8:]
	}
	for i := range min(len(a), len(b)) {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3) + ((s4 + s5) + (s6 + s7))
}

// best keeps the most alike of what it is offered: a heap with the least alike
// on top.
type best struct {
	most int
	heap []Neighbor
}

func (b *best) offer(ordinal uint32, similarity float32) {
	n := Neighbor{ordinal, similarity}
	switch {
	case similarity != similarity: // not a number: a vector that was none
	case len(b.heap) < b.most:
		b.heap = append(b.heap, n)
		b.up(len(b.heap) - 1)
	case order(n, b.heap[0]) < 0:
		b.heap[0] = n
		b.down(0)
	}
}

func (b *best) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if order(b.heap[i], b.heap[parent]) <= 0 {
			return
		}
		b.heap[i], b.heap[parent] = b.heap[parent], b.heap[i]
		i = parent
	}
}

func (b *best) down(i int) {
	for {
		worst := i
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < len(b.heap) && order(b.heap[child], b.heap[worst]) > 0 {
				worst = child
			}
		}
		if worst == i {
			return
		}
		b.heap[i], b.heap[worst] = b.heap[worst], b.heap[i]
		i = worst
	}
}

func (b *best) sorted() []Neighbor {
	slices.SortFunc(b.heap, order)
	return b.heap
}

// order puts the more alike first.
func order(a, b Neighbor) int {
	return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), cmp.Compare(a.Ordinal, b.Ordinal))
}
