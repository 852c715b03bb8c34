// Package vector finds the nearest of many vectors, by looking at each of them.
//
// It owns a table of unit vectors by ordinal, and the scan over it: exact, in
// one pass over memory, with the question of who may see what asked inside the
// scan. It knows no documents, and where vectors come from; what is kept of
// them between runs is its users' business.
package vector

// A Table is vectors of one length by ordinal. It is safe for concurrent use:
// a search sees the table as it was when the search began.
type Table struct{}

// A Neighbor is what was found: an ordinal, and how like the query it is.
type Neighbor struct {
	Ordinal    uint32
	Similarity float32 // cosine: 1 is the same direction, 0 has nothing in common
}

// New makes an empty table of vectors with so many dimensions.
func New(dimensions int) *Table { return &Table{} }
