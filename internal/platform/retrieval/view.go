package retrieval

import (
	"fmt"
	"sort"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segapi "github.com/blevesearch/scorch_segment_api/v2"
)

// view is the inverted index at a moment. What it has is numbered through all
// segments; a number means something within one view only.
type view struct {
	snapshot *scorch.IndexSnapshot
	segments []segment
	total    uint32 // numbers given
}

// segment is a part of the inverted index that never changes, except that
// entries of it die.
type segment struct {
	*roster
	id   uint64
	data segapi.Segment
	base uint32 // of its numbers in the view
	dead *roaring.Bitmap
}

// roster says which passages a segment has, by their numbers in it. It is read
// once for a segment.
type roster struct {
	ordinal []uint32 // of the document; nobody where there is no passage
	n       []uint32 // of the passage in the document
	title   []uint32 // lengths in terms
	body    []uint32
}

// look takes the view of a snapshot. What rosters are known from the view before
// is taken over; find gives an entry and its ordinal.
func look(snapshot *scorch.IndexSnapshot, before *view, find func(document []byte) (*entry, uint32)) (*view, error) {
	known := map[uint64]*roster{}
	if before != nil {
		for _, s := range before.segments {
			known[s.id] = s.roster
		}
	}
	v := &view{snapshot: snapshot}
	for _, s := range snapshot.Segments() {
		r := known[s.Id()]
		if r == nil {
			var err error
			if r, err = readRoster(s.Segment(), s.Deleted(), find); err != nil {
				return nil, err
			}
		}
		v.segments = append(v.segments, segment{roster: r, id: s.Id(), data: s.Segment(), base: v.total, dead: s.Deleted()})
		v.total += uint32(len(r.ordinal))
	}
	return v, nil
}

// readRoster reads which passages a segment has.
func readRoster(data segapi.Segment, dead *roaring.Bitmap, find func([]byte) (*entry, uint32)) (*roster, error) {
	count := int(data.Count())
	all := make([]uint32, 4*count)
	r := &roster{ordinal: all[:count], n: all[count : 2*count], title: all[2*count : 3*count], body: all[3*count:]}
	for i := range count {
		r.ordinal[i] = nobody
		if dead != nil && dead.Contains(uint32(i)) {
			continue
		}
		id, err := data.DocID(uint64(i))
		if err != nil {
			return nil, err
		}
		document, n, ok := passageOf(id)
		if !ok {
			continue
		}
		e, ordinal := find(document)
		if e == nil || int(n) >= len(e.passages) {
			return nil, fmt.Errorf("passage %d of a document without it", n)
		}
		r.ordinal[i], r.n[i] = ordinal, n
		r.title[i], r.body[i] = e.passages[n].title, e.passages[n].body
	}
	return r, nil
}

// at returns which segment has a number.
func (v *view) at(number uint32) int {
	next := sort.Search(len(v.segments), func(i int) bool { return v.segments[i].base > number })
	return next - 1
}

// same reports whether a snapshot has the same segments, with the same dead.
func (v *view) same(snapshot *scorch.IndexSnapshot) bool {
	segments := snapshot.Segments()
	if len(segments) != len(v.segments) {
		return false
	}
	for i, s := range segments {
		if s.Id() != v.segments[i].id || s.Segment() != v.segments[i].data {
			return false
		}
	}
	return true
}
