package retrieval

import (
	"slices"

	"github.com/parleyhq/parley/internal/engine/language"
)

// having returns the numbers of the admitted passages that have a phrase, in one
// reading of it, in title or body.
func (s *scoring) having(p phrase) (bitset, error) {
	var all bitset
	for i := range s.view.segments {
		seg := &s.view.segments[i]
		for _, reading := range p.readings {
			for _, field := range []string{fieldTitle, fieldBody} {
				found, err := s.reading(seg, field, reading)
				if err != nil {
					return nil, err
				}
				for at := range found {
					all.set(seg.base + at)
				}
			}
		}
	}
	return all, nil
}

// reading returns where in the passages of a segment one reading of a phrase
// begins: for each passage that has it the places before the first word, in
// order.
func (s *scoring) reading(seg *segment, field string, tokens []language.Token) (map[uint32][]int, error) {
	var begins map[uint32][]int
	for _, t := range tokens {
		places, err := s.places(seg, field, t, begins)
		if err != nil || len(places) == 0 {
			return nil, err
		}
		begins = places
	}
	return begins, nil
}

// places returns, for each admitted passage that has a token, where a phrase
// that has it at the token's position begins; of those only that have it begin
// there already. A nil map of those stands for all.
func (s *scoring) places(seg *segment, field string, t language.Token, those map[uint32][]int) (map[uint32][]int, error) {
	if err := s.open(seg, field, t.Term, true); err != nil {
		return nil, err
	}
	begins := map[uint32][]int{}
	for {
		p, err := s.iterator.Next()
		if err != nil || p == nil {
			return begins, err
		}
		if err := s.ended(); err != nil {
			return nil, err
		}
		at := uint32(p.Number())
		before, wanted := those[at]
		ordinal := seg.ordinal[at]
		if ordinal == nobody || !s.scope.admitted.has(ordinal) || those != nil && !wanted {
			continue
		}
		for _, l := range p.Locations() {
			begin := int(l.Pos()) - t.Position
			if _, there := slices.BinarySearch(before, begin); those == nil || there {
				begins[at] = append(begins[at], begin)
			}
		}
	}
}
