package retrieval

import (
	"bytes"
	"crypto/sha256"

	"github.com/blevesearch/bleve/v2/index/scorch"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/retrieval/vector"
)

// digest stands for what is searched of a document. Where it did not change the
// inverted index is left as it is.
type digest [sha256.Size / 2]byte

// entry is what the ledger knows of a document.
type entry struct {
	document   string
	language   string
	list       *acl.List // until it is in the book
	listID     string
	attributes facet.Values // only until the ledger has them in its columns
	text       digest
	passages   []passage
	model      string      // that made the vectors
	vectors    [][]float32 // until the ledger has them in a table
}

// sums are measures of some passages.
type sums struct {
	passages    int
	title, body int // lengths in terms
}

func (s *sums) join(o sums) {
	s.passages += o.passages
	s.title += o.title
	s.body += o.body
}

// measures are what a search sums up over the documents of its scope. They lie side
// by side, since it looks at those of each.
type measures struct {
	sums
	language string
}

// total sums up passages.
func total(passages []passage) sums {
	s := sums{passages: len(passages)}
	for _, p := range passages {
		s.title += int(p.title)
		s.body += int(p.body)
	}
	return s
}

// ledger knows of each document who may see it, and whatever else a search asks
// about it for every passage it comes across. Documents have ordinals, which
// are given again when one is gone.
type ledger struct {
	ordinals map[string]uint32 // by document
	free     []uint32
	size     uint32   // ordinals that were ever given
	entries  []*entry // by ordinal; nil: none

	lists    []uint32   // by ordinal: the number of the list in the book, or nobody
	measures []measures // by ordinal
	book     acl.Book
	numbers  map[uint32]string // of the lists that documents have: their identifiers
	names    columns
	interned map[string]string

	model   string                   // whose vectors are searched
	tables  map[string]*vector.Table // by model
	slots   []place                  // by ordinal in a table
	vacant  []uint32
	slotsOf map[uint32][]uint32 // by ordinal of a document
}

// place is where a passage belongs.
type place struct{ ordinal, n uint32 }

// nobody is the list of what is not there.
const nobody = ^uint32(0)

func newLedger() *ledger {
	return &ledger{
		ordinals: map[string]uint32{}, numbers: map[uint32]string{}, names: columns{}, interned: map[string]string{},
		tables: map[string]*vector.Table{}, slotsOf: map[uint32][]uint32{},
	}
}

// find returns the entry of a document, or nil.
func (l *ledger) find(document string) *entry {
	ordinal, ok := l.ordinals[document]
	if !ok {
		return nil
	}
	return l.entries[ordinal]
}

// put enters a document, in place of what was known of it.
func (l *ledger) put(ordinal uint32, e *entry) {
	l.leave(ordinal)
	number := l.book.Add(e.listID, e.list)
	l.numbers[number] = e.listID
	l.lists[ordinal] = number
	l.measures[ordinal] = measures{total(e.passages), l.intern(e.language)}
	for name, v := range e.attributes {
		v.Text = l.intern(v.Text)
		l.names.of(name, v.Kind).set(ordinal, v)
	}
	l.hang(ordinal, e)
	e.attributes, e.list, e.vectors = nil, nil, nil
	l.entries[ordinal] = e
}

// drop forgets a document.
func (l *ledger) drop(document string) {
	ordinal, known := l.ordinals[document]
	if !known {
		return
	}
	l.leave(ordinal)
	delete(l.ordinals, document)
	l.entries[ordinal] = nil
	l.lists[ordinal] = nobody
	l.free = append(l.free, ordinal)
}

// next returns an ordinal that no document has.
func (l *ledger) next() uint32 {
	if n := len(l.free); n > 0 {
		ordinal := l.free[n-1]
		l.free = l.free[:n-1]
		return ordinal
	}
	l.size++
	return l.size - 1
}

// leave takes out what hangs on an ordinal.
func (l *ledger) leave(ordinal uint32) {
	number := l.lists[ordinal]
	if number == nobody {
		return
	}
	l.book.Drop(l.numbers[number])
	if _, still := l.book.Number(l.numbers[number]); !still {
		delete(l.numbers, number)
	}
	l.names.clear(ordinal)
	for _, slot := range l.slotsOf[ordinal] {
		for _, t := range l.tables {
			t.Remove(slot)
		}
		l.vacant = append(l.vacant, slot)
	}
	delete(l.slotsOf, ordinal)
}

// hang enters the vectors of a document's passages.
func (l *ledger) hang(ordinal uint32, e *entry) {
	for n, v := range e.vectors {
		if len(v) == 0 {
			continue
		}
		t := l.tables[e.model]
		if t == nil {
			t = vector.New(len(v))
			l.tables[e.model] = t
		}
		if old := l.tables[l.model]; old == nil || old.Len() == 0 {
			l.model = e.model
		}
		slot := uint32(len(l.slots))
		if last := len(l.vacant) - 1; last >= 0 {
			slot = l.vacant[last]
			l.vacant = l.vacant[:last]
		}
		l.slots = put(l.slots, slot, place{ordinal: ordinal, n: uint32(n)})
		l.slotsOf[ordinal] = append(l.slotsOf[ordinal], slot)
		t.Set(slot, v)
	}
}

// intern returns one copy of a short string that many documents have.
func (l *ledger) intern(s string) string {
	const short, many = 64, 1 << 15
	if len(s) > short {
		return s
	}
	if one, ok := l.interned[s]; ok {
		return one
	}
	if len(l.interned) < many {
		l.interned[s] = s
	}
	return s
}

// reserve gives ordinals to the documents that are new in some works. It leaves
// what searches read alone.
func (l *ledger) reserve(works []work) {
	for _, w := range works {
		if _, known := l.ordinals[w.document]; w.entry != nil && !known {
			l.ordinals[w.document] = l.next()
		}
	}
}

// enter makes the entries of works, whose documents have ordinals.
func (l *ledger) enter(works []work) {
	for len(l.entries) < int(l.size) {
		l.entries, l.lists, l.measures = append(l.entries, nil), append(l.lists, nobody), append(l.measures, measures{})
	}
	for _, w := range works {
		if w.entry != nil {
			l.put(l.ordinals[w.document], w.entry)
		} else {
			l.drop(w.document)
		}
	}
}

// load reads the entries of an inverted index.
func (l *ledger) load(snapshot *scorch.IndexSnapshot) error {
	var works []work
	vectors := map[string]*entry{}
	for _, s := range snapshot.Segments() {
		for all := s.DocNumbersLive().Iterator(); all.HasNext(); {
			id, value, err := storedOf(s, uint64(all.Next()))
			switch {
			case err != nil:
				return err
			case id == "":
			case id[0] == kindVectors:
				v := &entry{}
				if err := v.unpackVectors(value); err != nil {
					return err
				}
				vectors[id[1:]] = v
			default:
				e, err := entryOf(id[1:], value)
				if err != nil {
					return err
				}
				works = append(works, work{document: e.document, entry: e})
			}
		}
	}
	for i := range works {
		if v := vectors[works[i].document]; v != nil {
			works[i].entry.model, works[i].entry.vectors = v.model, v.vectors
		}
	}
	l.reserve(works)
	l.enter(works)
	return nil
}

// storedOf reads what an entry of the inverted index keeps, unless it is that of
// a passage.
func storedOf(s *scorch.SegmentSnapshot, n uint64) (id string, value []byte, err error) {
	key, err := s.DocID(n)
	if err != nil || len(key) == 0 || key[0] == kindPassage {
		return "", nil, err
	}
	id = string(key)
	err = s.VisitDocument(n, func(name string, _ byte, v []byte, _ []uint64) bool {
		if name == fieldStored {
			value = bytes.Clone(v)
		}
		return value == nil
	})
	return id, value, err
}
