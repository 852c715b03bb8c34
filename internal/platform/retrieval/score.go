package retrieval

import (
	"context"
	"math"
	"sync"

	segapi "github.com/blevesearch/scorch_segment_api/v2"
)

// The score is BM25F (Robertson, Zaragoza and Taylor, 2004): the frequencies of
// a word in title and body are weighed, each by its field's length, and added
// before they saturate. The parameters are the usual ones of BM25; a title
// counts twice.
const (
	saturation   = 1.2  // k1
	lengthWeight = 0.75 // b
	titleWeight  = 2.0
)

// inverse is how much a word counts that found of total passages have.
func inverse(found, total int) float64 {
	return math.Log(1 + (float64(total-found)+0.5)/(float64(found)+0.5))
}

// scoring scores the passages of a view within a scope.
type scoring struct {
	ctx    context.Context //nolint:containedctx // it lives as long as one search
	steps  int             // taken
	view   *view
	scope  *scope
	fields [2]weighted
	*sheet
}

// ended is the error of a context that is over, looked at now and then: a search
// takes no longer than somebody waits for it.
func (s *scoring) ended() error {
	const often = 256
	if s.steps++; s.steps%often != 0 {
		return nil
	}
	return s.ctx.Err()
}

// weighted is a field with how its frequencies are weighed.
type weighted struct {
	name    string
	weight  float64
	average float64 // length within the scope
}

func (w *weighted) frequency(n uint64, length uint32) float64 {
	return w.weight * float64(n) / (1 - lengthWeight + lengthWeight*float64(length)/w.average)
}

// sheet is where scores are added up, by number in the view. All is zero between
// searches, except what found lists.
type sheet struct {
	score   []float64
	matched []uint8 // how many words
	found   []uint32

	frequency []float64 // of one word, weighed
	touched   []uint32

	postings segapi.PostingsList // used again
	iterator segapi.PostingsIterator
}

// sheets are used again: they are as long as an index.
type sheets struct{ pool sync.Pool }

func (s *sheets) take(total uint32) *sheet {
	sh, ok := s.pool.Get().(*sheet)
	if !ok || len(sh.score) < int(total) {
		n := int(total) + int(total)/8
		sh = &sheet{score: make([]float64, n), matched: make([]uint8, n), frequency: make([]float64, n)}
	}
	return sh
}

// give takes a sheet back, wiped.
func (s *sheets) give(sh *sheet) {
	for _, n := range sh.found {
		sh.score[n], sh.matched[n] = 0, 0
	}
	for _, n := range sh.touched {
		sh.frequency[n] = 0
	}
	sh.found, sh.touched = sh.found[:0], sh.touched[:0]
	s.pool.Put(sh)
}

// newScoring prepares to score. boost is what a match in a title counts for
// beside the usual.
func newScoring(ctx context.Context, v *view, s *scope, boost float64, sh *sheet) *scoring {
	average := func(total int) float64 { return max(1, float64(total)/float64(max(1, s.passages))) }
	return &scoring{ctx: ctx, view: v, scope: s, sheet: sh, fields: [2]weighted{
		{name: fieldTitle, weight: titleWeight * boost, average: average(s.title)},
		{name: fieldBody, weight: 1, average: average(s.body)},
	}}
}

// add scores a word: first how often each passage has it, then, when it is known
// how many have it, what that is worth.
func (s *scoring) add(w word) error {
	for i := range s.fields {
		for _, term := range w.terms {
			for j := range s.view.segments {
				if err := s.count(&s.view.segments[j], &s.fields[i], term); err != nil {
					return err
				}
			}
		}
	}
	worth := inverse(len(s.touched), s.scope.passages)
	for _, n := range s.touched {
		f := s.frequency[n]
		s.frequency[n] = 0
		if s.matched[n] == 0 {
			s.found = append(s.found, n)
		}
		s.matched[n]++
		s.score[n] += worth * f / (saturation + f)
	}
	s.touched = s.touched[:0]
	return nil
}

// count counts a term in a field of the admitted passages of a segment.
func (s *scoring) count(seg *segment, field *weighted, term string) error {
	if err := s.open(seg, field.name, term, false); err != nil {
		return err
	}
	lengths := seg.body
	if field.name == fieldTitle {
		lengths = seg.title
	}
	for {
		p, err := s.iterator.Next()
		if err != nil || p == nil {
			return err
		}
		if err := s.ended(); err != nil {
			return err
		}
		at := uint32(p.Number())
		if ordinal := seg.ordinal[at]; ordinal == nobody || !s.scope.admitted.has(ordinal) {
			continue
		}
		n := seg.base + at
		if s.frequency[n] == 0 {
			s.touched = append(s.touched, n)
		}
		s.frequency[n] += field.frequency(p.Frequency(), lengths[at])
	}
}

// open begins to read where a term is.
func (s *sheet) open(seg *segment, field, term string, places bool) error {
	dictionary, err := seg.data.Dictionary(field)
	if err != nil {
		return err
	}
	used := s.postings
	if dictionary.Cardinality() == 0 { // what is read next would be looked for in no segment
		used = nil
	}
	if s.postings, err = dictionary.PostingsList([]byte(term), seg.dead, used); err != nil {
		return err
	}
	s.iterator = s.postings.Iterator(true, false, places, s.iterator)
	return nil
}
