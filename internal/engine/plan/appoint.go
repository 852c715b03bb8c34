package plan

import (
	"encoding/json"
	"slices"
	"time"
)

// moments gives days and times to the slots they fit best.
func (f *filling) moments() {
	for {
		var best *slot
		var of *entity
		top := 0.0
		for i := range f.entities {
			e := &f.entities[i]
			if e.sort != when || !f.free(e.first, e.last) {
				continue
			}
			for j := range f.slots {
				s := &f.slots[j]
				if fit := f.momentFit(s, e) - 0.01*float64(j); s.open() && s.dated() && fit > top {
					best, of, top = s, e, fit
				}
			}
		}
		if best == nil {
			break
		}
		f.give(best, f.dateFor(best, of), of.first, of.last, 0.9)
	}
	f.until()
}

func (f *filling) momentFit(s *slot, e *entity) float64 {
	fit := 1.0
	switch {
	case e.role != 0 && e.role == s.role:
		fit += 2
	case e.role != 0 && s.role != 0:
		fit -= 2
	case f.mentions(s, e.first):
		fit += 2
	case s.role == ending && f.opens(s):
		fit -= 2
	}
	if clocked := e.moment.hasClock || !e.moment.exact.IsZero(); clocked == (s.Format == "date-time") {
		fit++
	}
	if s.Required {
		fit += 0.5
	}
	for j := max(0, e.first-3); j < e.first; j++ {
		if slices.Contains(s.about, f.tokens[j].stem) && !stops[f.tokens[j].low] {
			fit += 0.5
		}
	}
	return fit
}

// mentions says whether the slot is named before token at.
func (f *filling) mentions(s *slot, at int) bool {
	for j := range at {
		for _, p := range s.phrases {
			if !tails[p[0]] && f.phraseAt(j, p) > 0 {
				return true
			}
		}
	}
	return false
}

// opens says whether a beginning still waits, so that a moment with no role is
// not for the end.
func (f *filling) opens(but *slot) bool {
	return slices.ContainsFunc(f.slots, func(s slot) bool {
		return s.open() && s.dated() && s.role == beginning && s.Format == but.Format
	})
}

func (f *filling) dateFor(s *slot, e *entity) json.RawMessage {
	if s.Format == "date" {
		return jsonText(e.moment.date(f.now))
	}
	at := e.moment.instant(f.now)
	if s.role == ending && !e.moment.hasClock && e.moment.exact.IsZero() {
		at = at.AddDate(0, 0, 1).Add(-time.Second)
	}
	return jsonText(at.Format(time.RFC3339))
}

// until fills the end of what has a beginning and lasts for some time.
func (f *filling) until() {
	var start *slot
	for i := range f.slots {
		s := &f.slots[i]
		if s.Format == "date-time" && s.role == beginning && !s.open() {
			start = s
		}
	}
	for i := range f.slots {
		s := &f.slots[i]
		if start == nil || s.Format != "date-time" || s.role != ending || !s.open() {
			continue
		}
		for j := range f.entities {
			e := &f.entities[j]
			at, err := time.Parse(time.RFC3339, textOf(start.value))
			if e.sort == lasting && err == nil && f.free(e.first, e.last) {
				f.give(s, jsonText(at.Add(e.span).Format(time.RFC3339)), e.first, e.last, 0.7)
			}
		}
	}
}
