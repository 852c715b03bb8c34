package plan

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// numbers fills numbers: first by what is counted, then money, then an id behind
// its noun, at last the only number left.
func (f *filling) numbers() {
	for i := range f.slots {
		if s := &f.slots[i]; f.numberable(s) {
			f.numberNear(s)
		}
	}
	for _, pass := range []func(*slot, *entity) bool{f.money, f.ordinalID, f.rest} {
		for i := range f.slots {
			s := &f.slots[i]
			if !f.numberable(s) {
				continue
			}
			for j := range f.entities {
				e := &f.entities[j]
				if e.sort == number && s.open() && f.free(e.first, e.last) && pass(s, e) {
					f.give(s, f.numberFor(s, e), e.first, e.last, 0.9)
				}
			}
		}
	}
	f.textID()
}

func (f *filling) numberable(s *slot) bool { return s.open() && s.numeric() && !s.array() }

// numberNear takes the number that is counted in what the slot is about: 8
// people for a capacity, 45 minutes, 25 %.
func (f *filling) numberNear(s *slot) {
	for i := range f.entities {
		e := &f.entities[i]
		counted := e.sort == number || e.sort == lasting && e.number != ""
		if !counted || e.unit == "" || f.singles(e) || !f.free(e.first, e.last) || s.id {
			continue
		}
		near := s.named(e.unit) || slices.Contains(s.about, e.unit)
		near = near || e.unit == "kg" && s.named("weight") || e.unit == "%" && (s.named("percentage", "percent"))
		near = near || e.unit == "x" && s.named("quantity", "count")
		if near && s.open() {
			last := e.last
			if last < len(f.tokens) && s.named(e.unit) && f.tokens[last].stem == e.unit {
				last++
			}
			f.give(s, f.numberFor(s, e), e.first, last, 1)
		}
	}
}

var prices = stems("amount price total value cost sum budget fee salary worth")

func (f *filling) money(s *slot, e *entity) bool {
	return e.currency != "" && f.priced(s)
}

func (f *filling) priced(s *slot) bool {
	for _, p := range s.phrases {
		if prices[p[len(p)-1]] {
			return true
		}
	}
	return false
}

// ordinalID says whether e stands for the thing the action is about: "#8", or a
// number behind the noun.
func (f *filling) ordinalID(s *slot, e *entity) bool {
	return s.id && s.Required && f.whole(e) && !f.foreign(s, e)
}

// whole says whether e has no decimals and is no money.
func (f *filling) whole(e *entity) bool { return e.currency == "" && !strings.Contains(e.number, ".") }

// rest says whether e can be for s since it is for nothing else.
func (f *filling) rest(s *slot, e *entity) bool {
	switch {
	case s.named("year"):
		return len(e.number) == 4 && (e.number[:2] == "19" || e.number[:2] == "20")
	case f.priced(s):
		return e.currency != "" || f.effect != openapi.Read || e.first > 0 && comparing[f.tokens[e.first-1].low]
	case e.currency != "":
		return false
	case s.Required:
		return !s.id
	case f.singles(e):
		return false
	}
	many := s.named("limit", "quantity", "count", "max", "size") || len(s.about) > 1 && s.about[0] == "how" && s.about[1] == "many"
	return many && (e.unit != "" || e.first > 0 && counting[f.tokens[e.first-1].low])
}

// comparing are words before a number that others are held against.
var comparing = set("over above under below than least most from up to")

var counting = set("first last top next latest newest")

// numberFor is the number as the slot takes it; nil: it does not.
func (f *filling) numberFor(s *slot, e *entity) json.RawMessage {
	if s.typ == "integer" && strings.Contains(e.number, ".") {
		return nil
	}
	if e.sort == lasting {
		if s.named("minutes") && strings.HasPrefix(e.unit, "h") {
			return nil
		}
	}
	return json.RawMessage(e.number)
}
