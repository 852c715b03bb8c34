package retrieval

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/engine/rank"
)

// depth is how many of the best of each list are fused when there are vectors.
// What comes after them is not found.
const depth = 400

// level waits until the volume is where the log was, but not for long: then what
// there is has to do.
func (v *volume) level(ctx context.Context, head Head) error {
	complete := func(e *edition) bool { return e != nil && e.at().Complete }
	there, err := v.within(ctx, beginning, complete)
	if err != nil {
		return err
	}
	if there {
		there, err = v.within(ctx, patience, func(e *edition) bool { return complete(e) && e.at().Seq >= head.Seq })
	}
	if err != nil || there {
		return err
	}
	v.m.late.Inc()
	return v.wait(ctx, func(e *edition) bool { return e != nil })
}

// within waits for some time at most. It reports whether done was satisfied; what
// kept it from that is an error only if nothing can be answered any more.
func (v *volume) within(ctx context.Context, limit time.Duration, done func(*edition) bool) (bool, error) {
	soon, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := v.wait(soon, done)
	if errors.Is(err, ErrUnknown) || errors.Is(err, errClosed) || ctx.Err() != nil {
		return false, err
	}
	return err == nil, nil
}

// answer searches once the volume is where the log was.
func (v *volume) answer(ctx context.Context, head Head, q *Query) (Results, error) {
	v.use(v.c.Now())
	if err := v.level(ctx, head); err != nil {
		return Results{}, err
	}
	return v.search(ctx, q)
}

// search answers a query from the edition that there is, and once more from
// another if that one fails.
func (v *volume) search(ctx context.Context, q *Query) (Results, error) {
	for again := false; ; again = true {
		v.mu.Lock()
		e := v.current
		v.mu.Unlock()
		res, open, err := v.searchIn(ctx, e, q)
		switch {
		case err != nil && (again || !errors.Is(err, errDamaged)):
			return Results{}, err
		case err != nil:
			v.damage(err)
		case open:
			return res, nil
		}
		if err := v.renewed(ctx, e); err != nil {
			return Results{}, err
		}
	}
}

// searchIn searches an edition, when it is its turn.
func (v *volume) searchIn(ctx context.Context, e *edition, q *Query) (Results, bool, error) {
	vector := q.embed(ctx, e.model())
	select {
	case v.room <- struct{}{}:
		defer func() { <-v.room }()
		most, cancel := context.WithTimeoutCause(ctx, longest, ErrTooLong)
		defer cancel()
		return e.search(most, q, vector, &v.sheets)
	case <-ctx.Done():
		return Results{}, false, ctx.Err()
	}
}

// renewed waits until another edition is in the place of one, and has caught up.
func (v *volume) renewed(ctx context.Context, old *edition) error {
	return v.wait(ctx, func(e *edition) bool { return e != old && e.at().Complete })
}

// embedded is the text of a query as a vector.
type embedded struct {
	model  string
	vector []float32 // nil: only words count
}

// embed makes a vector of the text, by the model that an index has vectors of.
func (q *Query) embed(ctx context.Context, model string) embedded {
	if q.Embed == nil || model == "" {
		return embedded{}
	}
	return embedded{model: model, vector: q.Embed(ctx, model)}
}

// search answers a query from the edition as it is. It reports false when the
// edition is closed.
func (e *edition) search(ctx context.Context, q *Query, v embedded, sheets *sheets) (res Results, open bool, err error) {
	defer recovered(&err)
	defer faults()()
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.view == nil {
		return res, false, nil
	}
	scope := e.scopes.of(q, e.ledger)
	ask := ask(q.Text, scope.languages)
	sheet := sheets.take(e.view.total)
	s := newScoring(ctx, e.view, scope, q.Boosts.TitleWeight(), sheet)
	lexical, allowed, err := s.run(ask)
	switch {
	case err != nil && ctx.Err() != nil:
		return res, true, context.Cause(ctx)
	case err != nil:
		return res, true, fmt.Errorf("%w: %w", errDamaged, err) // and the sheet is dropped: what is on it is unknown
	}
	defer sheets.give(sheet)
	lift := e.ledger.lift(q, scope)
	for i := range lexical {
		lexical[i].score *= lift(lexical[i].place.ordinal)
	}
	r := &ranking{all: lexical, ledger: e.ledger}
	if v.vector != nil {
		r.all = e.ledger.fuse(lexical, e.ledger.nearest(v, scope, e.view.places(allowed)), lift)
	}
	heap.Init(r)
	res, err = e.ledger.page(ctx, r, q, len(ask.words))
	return res, true, err
}

// run finds the passages with words of a question. Where there are phrases, only
// those with all of them, which it returns by number.
func (s *scoring) run(q question) (found []candidate, allowed []bitset, err error) {
	for _, w := range q.words {
		if err := s.add(w); err != nil {
			return nil, nil, err
		}
	}
	for _, p := range q.phrases {
		having, err := s.having(p)
		if err != nil {
			return nil, nil, err
		}
		allowed = append(allowed, having)
	}
	found = make([]candidate, 0, len(s.found))
	at := 0
	for _, n := range s.found {
		if !inAll(allowed, n) {
			continue
		}
		// Words come segment by segment, so the next is mostly where the last was.
		if seg := &s.view.segments[at]; n < seg.base || n >= seg.base+uint32(len(seg.ordinal)) {
			at = s.view.at(n)
		}
		seg := &s.view.segments[at]
		found = append(found, candidate{
			score: s.score[n], matched: s.matched[n],
			place: place{ordinal: seg.ordinal[n-seg.base], n: seg.n[n-seg.base]},
		})
	}
	return found, allowed, nil
}

func inAll(sets []bitset, n uint32) bool {
	for _, s := range sets {
		if !s.has(n) {
			return false
		}
	}
	return true
}

// lift returns what the boosts of a query multiply the score of a document by.
func (l *ledger) lift(q *Query, s *scope) func(ordinal uint32) float64 {
	names := q.Boosts.Attributes()
	if len(names) == 0 {
		return func(uint32) float64 { return 1 }
	}
	boosts := q.Boosts.Asking(q.Text)
	newest := func(attribute string) time.Time { return l.latest(s, attribute) }
	values, known := facet.Values{}, map[uint32]float64{}
	return func(ordinal uint32) float64 {
		factor, ok := known[ordinal]
		if !ok {
			l.names.read(ordinal, names, values)
			factor = boosts.Factor(values, newest)
			known[ordinal] = factor
		}
		return factor
	}
}

// nearest returns the passages whose vectors are most like that of a query, the
// best first; of those in quoted only, unless that is nil. What has nothing in common
// with the query is none of them; how much is enough differs from model to model, and
// is left to confidence.
func (l *ledger) nearest(v embedded, s *scope, quoted map[place]bool) []place {
	table := l.tables[v.model]
	if table == nil {
		return nil
	}
	neighbors := table.Nearest(v.vector, depth, func(slot uint32) bool {
		p := l.slots[slot]
		return s.admitted.has(p.ordinal) && (quoted == nil || quoted[p])
	})
	places := make([]place, 0, len(neighbors))
	for _, n := range neighbors {
		if n.Similarity > 0 {
			places = append(places, l.slots[n.Ordinal])
		}
	}
	return places
}

// places are those of the numbers that are in all sets; nil without sets.
func (v *view) places(sets []bitset) map[place]bool {
	if len(sets) == 0 {
		return nil
	}
	all := map[place]bool{}
	for _, seg := range v.segments {
		for i, ordinal := range seg.ordinal {
			if ordinal != nobody && inAll(sets, seg.base+uint32(i)) {
				all[place{ordinal: ordinal, n: seg.n[i]}] = true
			}
		}
	}
	return all
}

// fuse makes one list of what words and what vectors found.
func (l *ledger) fuse(lexical []candidate, near []place, lift func(uint32) float64) []candidate {
	matched := make(map[place]uint8, len(near))
	for _, p := range near {
		matched[p] = 0
	}
	for _, c := range lexical {
		if _, ok := matched[c.place]; ok {
			matched[c.place] = c.matched
		}
	}
	r := &ranking{all: lexical, ledger: l}
	heap.Init(r)
	var words []place
	for c, ok := r.next(); ok && len(words) < depth; c, ok = r.next() {
		words = append(words, c.place)
		matched[c.place] = c.matched
	}
	fused := rank.Fuse(words, near)
	all := make([]candidate, len(fused))
	for i, f := range fused {
		all[i] = candidate{score: f.Score * lift(f.Key.ordinal), place: f.Key, matched: matched[f.Key]}
	}
	return all
}
