package plan

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// enums fills slots with a fixed choice by the values that are named anywhere.
func (f *filling) enums() {
	for i := range f.slots {
		s := &f.slots[i]
		if s.array() {
			f.enumList(s)
		}
		if !s.open() || s.array() || len(s.Enum) == 1 {
			continue
		}
		f.currency(s)
		f.softValue(s)
		f.valueFirst(s)
		for j := 0; j < len(f.tokens) && s.open(); j++ {
			if !f.used[j] && f.tokens[j].quote == 0 && !f.reserved(s, j) {
				f.enumAt(s, j)
			}
		}
	}
}

// enumList fills an array of fixed choices with all that are named.
func (f *filling) enumList(s *slot) {
	if !s.open() || s.Schema == nil || s.Schema.Items == nil {
		return
	}
	var items []json.RawMessage
	for j := range f.tokens {
		for _, v := range s.Schema.Items.Enum {
			if n := f.phraseAt(j, vocabulary(textOf(v))); n > 0 && f.free(j, j+n) && j != f.command {
				items = append(items, v)
				f.use(j, j+n)
			}
		}
	}
	if len(items) > 0 {
		raw, err := json.Marshal(items)
		if err == nil {
			f.give(s, raw, 0, 0, 0.7)
		}
	}
}

// reserved says whether the word at j is taken by what the message commands:
// "open" in "open a ticket" is no status. An update, or a decision that has to
// be made, may be said by its verb alone.
func (f *filling) reserved(s *slot, j int) bool {
	if j == f.command {
		if j+1 < len(f.tokens) && slices.Contains([]string{"a", "an", "new"}, f.tokens[j+1].low) {
			return true
		}
		return !(s.Required && f.effect == openapi.Write || f.lead == "update") || f.verb == f.lead && !s.Required
	}
	return false
}

// valueFirst fills a choice whose value stands before its name: high urgency.
func (f *filling) valueFirst(s *slot) {
	for j := range f.tokens {
		_, n := f.enumMatch(s, j)
		if n == 0 || j+n >= len(f.tokens) || f.tokens[j+n-1].ends() {
			continue
		}
		for _, p := range s.phrases {
			if k := f.phraseAt(j+n, p); k > 0 && f.free(j, j+n+k) && f.enumAt(s, j) {
				f.use(j+n, j+n+k)
				return
			}
		}
	}
}

// enumAt gives the slot the value that is named at token j.
func (f *filling) enumAt(s *slot, j int) bool {
	best, n := f.enumMatch(s, j)
	if n == 0 || !f.free(j, j+n) {
		return false
	}
	f.give(s, s.Enum[best], j, j+n, 0.7)
	return true
}

// enumMatch is the value whose words stand at token j, the longest there is.
func (f *filling) enumMatch(s *slot, j int) (best, length int) {
	for i, words := range s.values {
		n := f.phraseAt(j, words)
		if n == 0 && len(words) == 1 && len(f.tokens[j].parts) > 1 && strings.EqualFold(textOf(s.Enum[i]), f.tokens[j].text) {
			n = 1
		}
		if n > length {
			best, length = i, n
		}
	}
	return best, length
}

// currency fills a slot whose values are currencies.
func (f *filling) currency(s *slot) {
	for i := range f.entities {
		e := &f.entities[i]
		if e.currency == "" {
			continue
		}
		for _, v := range s.Enum {
			if textOf(v) == e.currency {
				f.give(s, v, 0, 0, 0.5)
			}
		}
	}
}

// softValue takes one of the values that a description gives as examples.
func (f *filling) softValue(s *slot) {
	for _, v := range s.soft {
		for j, t := range f.tokens {
			if len(s.soft) > 1 && t.quote == 0 && !f.used[j] && strings.EqualFold(t.text, v) {
				f.give(s, jsonText(v), j, j+1, 0.5)
			}
		}
	}
}

// boolAt fills a yes or no that is introduced by its name.
func (f *filling) boolAt(s *slot, at int) bool {
	switch low := f.tokens[at].low; {
	case low == "yes" || low == "true" || low == "on" && s.switches():
		f.give(s, truth(true), at, at+1, 0.8)
	case low == "no" || low == "false" || low == "off" && s.switches():
		f.give(s, truth(false), at, at+1, 0.8)
	}
	return !s.open()
}

// switches says whether the slot is for being on or off.
func (s *slot) switches() bool { return s.named("enabled", "active", "on") }

// flags fills what is yes or no by the mention of its name, or of a word for
// being on or off.
func (f *filling) flags() {
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || s.typ != "boolean" || s.array() {
			continue
		}
		if s.switches() && f.onOff(s) {
			continue
		}
		for j := range f.tokens {
			for _, p := range s.phrases {
				n := f.phraseAt(j, p)
				if n == 0 || !f.free(j, j+n) {
					continue
				}
				f.give(s, truth(!f.negated(j)), j, j+n, 0.7)
			}
		}
	}
}

var (
	onWords  = set("on enabl activ activat enable active")
	offWords = set("off disabl inactiv deactivat disable inactive")
)

func (f *filling) onOff(s *slot) bool {
	for j, t := range f.tokens {
		if t.quote > 0 || f.used[j] || j+1 < len(f.tokens) && f.entity(j+1) != nil && f.entity(j+1).sort == when {
			continue
		}
		switch {
		case t.low == "on" && !f.switched(j):
		case onWords[t.stem] || onWords[t.low]:
			f.give(s, truth(!f.negated(j)), j, j+1, 0.7)
		case offWords[t.stem] || offWords[t.low]:
			f.give(s, truth(f.negated(j)), j, j+1, 0.7)
		}
	}
	return !s.open()
}

// switched says whether the "on" at j is the state and not a preposition.
func (f *filling) switched(j int) bool {
	return j == len(f.tokens)-1 || f.tokens[j].ends() || slices.Contains([]string{"update", "create", "enable", "disable"}, f.verb) || j > 0 && f.tokens[j-1].low == "are" || j > 0 && f.tokens[j-1].low == "is"
}

func truth(b bool) json.RawMessage {
	if b {
		return json.RawMessage("true")
	}
	return json.RawMessage("false")
}

// forms fills what is known by its form: addresses, links, UUIDs, and codes by
// pattern or by the example of the description.
func (f *filling) forms() {
	for _, required := range []bool{true, false} {
		for i := range f.slots {
			s := &f.slots[i]
			if !s.open() || s.typ != "string" || len(s.Enum) > 0 || s.Required != required {
				continue
			}
			if s.array() {
				f.formList(s)
				continue
			}
			for j := 0; j < len(f.tokens) && s.open(); j++ {
				if !f.used[j] {
					f.formAt(s, j, j)
				}
			}
		}
	}
	f.loose()
}

// formAt gives the slot the token at j if it has the slot's form.
func (f *filling) formAt(s *slot, cue, j int) {
	if text, ok := f.formed(s, j); ok {
		f.give(s, jsonText(text), cue, j+1, 1)
	}
}

func (f *filling) formed(s *slot, j int) (string, bool) {
	t, e := f.tokens[j], f.entity(j)
	sorted := func(want sort) (string, bool) { return t.text, e != nil && e.sort == want }
	switch s.Format {
	case "email", "idn-email":
		return sorted(address)
	case "uri", "url", "uri-reference", "iri":
		return sorted(link)
	case "uuid":
		return sorted(identifier)
	}
	if s.loose || s.dated() || t.quote > 0 {
		return "", false
	}
	if s.shape == "A" && t.text != strings.ToUpper(t.text) {
		return "", false
	}
	return s.takes(strings.TrimPrefix(t.text, "#"))
}

// loose fills slots whose pattern takes almost any word, with one that looks
// like a name for machines, or else stands in the place of one.
func (f *filling) loose() {
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || !s.loose || !s.Required || len(s.Enum) > 0 || s.array() {
			continue
		}
		for j, t := range f.tokens {
			e := f.entity(j)
			if f.used[j] || e == nil || e.sort != code {
				continue
			}
			if text, ok := s.takes(t.text); ok {
				f.give(s, jsonText(text), j, j+1, 1)
			}
		}
	}
}

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
		if !counted || e.unit == "" || !f.free(e.first, e.last) || s.id {
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
	return s.id && s.Required && (strings.HasPrefix(e.text, "#") || f.whole(e))
}

// whole says whether e has no decimals and is no money.
func (f *filling) whole(e *entity) bool { return e.currency == "" && !strings.Contains(e.number, ".") }

// rest says whether e can be for s since it is for nothing else.
func (f *filling) rest(s *slot, e *entity) bool {
	switch {
	case s.named("year"):
		return len(e.number) == 4 && (e.number[:2] == "19" || e.number[:2] == "20")
	case f.priced(s):
		return true
	case e.currency != "":
		return false
	case s.Required:
		return !s.id
	}
	many := s.named("limit", "quantity", "count", "max", "size") || len(s.about) > 1 && s.about[0] == "how" && s.about[1] == "many"
	return many && (e.unit != "" || e.first > 0 && counting[f.tokens[e.first-1].low])
}

var counting = set("first last top next latest newest")

// textID fills an id that is a text of no known form with the number that is
// left, or a code.
func (f *filling) textID() {
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || !s.id || s.typ != "string" || s.pattern != nil || s.shape != "" || s.Format != "" {
			continue
		}
		for j := range f.entities {
			e := &f.entities[j]
			if (e.sort == number && s.Required || e.sort == code) && f.free(e.first, e.last) && s.open() {
				f.give(s, jsonText(strings.TrimPrefix(e.text, "#")), e.first, e.first+1, 0.9)
			}
		}
	}
}

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
