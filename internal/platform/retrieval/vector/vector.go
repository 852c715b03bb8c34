// Package vector finds the nearest of many vectors, by looking at each of them.
//
// It owns a table of unit vectors by ordinal, and the scan over it: exact, in
// one pass over memory, with the question of who may see what asked inside the
// scan. It knows no documents, and not where vectors come from; what is kept of
// them between runs is its users' business.
package vector

import (
	"slices"
	"sync"
	"sync/atomic"
)

// blockSize is how many vectors stand together.
const blockSize = 1024

// none marks a slot whose vector was removed. It is no ordinal.
const none = ^uint32(0)

// A Table is vectors of one length by ordinal. It is safe for concurrent use: a
// search goes over the table as it was when the search began, and neither waits
// for changes nor makes them wait.
type Table struct {
	dimensions int

	mu    sync.Mutex
	slots map[uint32]slot
	rows  atomic.Pointer[[]*block] // what searches see; neither it nor a block is changed, only replaced
}

// A slot is where a vector stands.
type slot struct{ block, row int }

// A block is vectors that stand together. Blocks share their memory with those
// they replace: behind len(ordinals) vectors are written once, and what stands
// before it stays as it is.
type block struct {
	ordinals []uint32  // none where there is a vector no more
	values   []float32 // dimensions for each ordinal; capacity for blockSize
	live     int
}

// New makes an empty table of vectors with so many dimensions.
func New(dimensions int) *Table {
	t := &Table{dimensions: dimensions, slots: map[uint32]slot{}}
	t.rows.Store(&[]*block{})
	return t
}

// Dimensions is the length of the table's vectors.
func (t *Table) Dimensions() int { return t.dimensions }

// Len is the number of vectors.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.slots)
}

// Set adds the vector of an ordinal, or replaces it. The vector is copied. It
// has length 1; one of other dimensions than the table's, or
// the largest ordinal there is, is not taken.
func (t *Table) Set(ordinal uint32, v []float32) bool {
	if len(v) != t.dimensions || t.dimensions == 0 || ordinal == none {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	rows := slices.Clone(*t.rows.Load())
	rows = t.remove(rows, ordinal)
	rows = t.append(rows, ordinal, v)
	t.rows.Store(&rows)
	return true
}

// Remove removes the vector of an ordinal, if it has one.
func (t *Table) Remove(ordinal uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, there := t.slots[ordinal]; !there {
		return
	}
	rows := t.remove(slices.Clone(*t.rows.Load()), ordinal)
	t.rows.Store(&rows)
}

// append puts a vector behind the last one.
func (t *Table) append(rows []*block, ordinal uint32, v []float32) []*block {
	last := len(rows) - 1
	if last < 0 || len(rows[last].ordinals) == blockSize {
		rows = append(rows, &block{ordinals: make([]uint32, 0, blockSize), values: make([]float32, 0, blockSize*t.dimensions)})
		last++
	}
	b := *rows[last]
	t.slots[ordinal] = slot{last, len(b.ordinals)}
	b.ordinals = append(b.ordinals, ordinal)
	b.values = append(b.values, v...)
	b.live++
	rows[last] = &b
	return rows
}

// remove takes a vector out. A block of which half is gone gives what is left to
// the end of the table, and its place to the last block.
func (t *Table) remove(rows []*block, ordinal uint32) []*block {
	at, there := t.slots[ordinal]
	if !there {
		return rows
	}
	delete(t.slots, ordinal)
	b := *rows[at.block]
	b.ordinals = append(make([]uint32, 0, blockSize), b.ordinals...) // searches may be reading it
	b.ordinals[at.row] = none
	b.live--
	rows[at.block] = &b
	if len(b.ordinals) < blockSize || b.live > blockSize/2 {
		return rows
	}
	return t.dissolve(rows, at.block)
}

// dissolve removes a full block. The last one, which alone may have room, stays
// the last.
func (t *Table) dissolve(rows []*block, gone int) []*block {
	old, last := rows[gone], len(rows)-1
	if gone != last {
		t.move(rows, last-1, gone)
		t.move(rows, last, last-1)
	}
	rows = rows[:last]
	for row, ordinal := range old.ordinals {
		if ordinal != none {
			rows = t.append(rows, ordinal, old.values[row*t.dimensions:][:t.dimensions])
		}
	}
	return rows
}

// move puts a block in another place.
func (t *Table) move(rows []*block, from, to int) {
	rows[to] = rows[from]
	for row, ordinal := range rows[to].ordinals {
		if ordinal != none {
			t.slots[ordinal] = slot{to, row}
		}
	}
}
