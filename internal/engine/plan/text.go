package plan

import (
	"slices"
	"strings"
)

// wordsFor gives the words at a token to a slot for text.
func (f *filling) wordsFor(s *slot, cue, at int, colon bool) {
	if e := f.entity(at); e != nil && e.sort == quoted {
		f.give(s, jsonText(e.text), cue, e.last, 1.2)
		return
	}
	if f.tokens[at].low == "me" && strings.Contains(s.Description, `"me"`) {
		f.give(s, jsonText("me"), cue, at+1, 1)
		return
	}
	last := f.textEnd(s, at, colon)
	for last > at && !colon && (stops[f.tokens[last-1].low] || particles[f.tokens[last-1].low] != nil) {
		last--
	}
	if last <= at || !f.free(at, last) {
		return
	}
	f.give(s, jsonText(f.text(at, last)), cue, last, 1)
}

func (f *filling) text(first, last int) string {
	return f.raw[f.tokens[first].from:f.tokens[last-1].to]
}

// textEnd is where the text that begins at a token ends. A colon or free text
// takes more than a name does.
func (f *filling) textEnd(s *slot, at int, colon bool) int {
	free := colon || s.topic > 0
	for j := at; j < len(f.tokens); j++ {
		t := f.tokens[j]
		switch {
		case f.used[j] && j > at+1 && f.tokens[j-2].ends():
			return j - 1 // "…, page team payments": the verb belongs to what follows
		case f.used[j], t.low == "please" || t.low == "pls":
			return j
		case j > at && f.turns(s, j, colon):
			return j
		case j > at && !colon && f.entity(j) != nil && f.entity(j).sort == address && f.wanted(f.entity(j), s):
			return j
		case j > at && !colon && f.entity(j) != nil && f.entity(j).sort == when && f.waits(f.entity(j)):
			return j
		case !free && f.halts(j, at):
			return j
		case j == at && !colon && !t.capital() && (stops[t.low] || particles[t.low] != nil || verbs[t.stem] != "" && !free):
			return j
		}
		if !colon && t.ends() || strings.ContainsAny(t.after, ".!?;") && j+1 < len(f.tokens) {
			return j + 1
		}
	}
	return len(f.tokens)
}

// turns says whether at token j the message turns to something else: another
// input is named, or a value follows that belongs to one. Within what a colon
// announced, that takes a comma before it.
func (f *filling) turns(s *slot, j int, colon bool) bool {
	fresh := f.tokens[j-1].ends()
	if !fresh && (colon || !links[f.tokens[j].low] && !joints[f.tokens[j].low]) {
		return colon && f.announces(s, j)
	}
	k := f.pastLinks(j)
	if k >= len(f.tokens) {
		return false
	}
	if f.names(s, j) || f.names(s, k) || fresh && f.names(s, j+1) || !colon && f.isValue(k) {
		return true
	}
	e := f.entity(k)
	return e != nil && f.wanted(e, s)
}

// joints are words that one clause is joined to the next by.
var joints = set("and with in from due until it's needed")

// pastLinks is the first token from j on that is more than a link, within reach.
func (f *filling) pastLinks(j int) int {
	k := j
	for k < len(f.tokens) && k < j+3 && (links[f.tokens[k].low] || stops[f.tokens[k].low]) {
		if e := f.entity(k); e != nil && e.sort == when {
			break
		}
		k++
	}
	return k
}

// names says whether another slot than s is named at token i.
func (f *filling) names(s *slot, i int) bool {
	if i >= len(f.tokens) {
		return false
	}
	other, _ := f.cueAt(i)
	return other != nil && other != s
}

// announces says whether another slot than s is named at token j or behind a
// joint there, with a colon.
func (f *filling) announces(s *slot, j int) bool {
	for i := j; i < min(j+3, len(f.tokens)); i++ {
		if other, n := f.cueAt(i); other != nil && other != s && strings.Contains(f.tokens[i+n-1].after, ":") {
			return true
		}
		if !links[f.tokens[i].low] && !joints[f.tokens[i].low] {
			break
		}
	}
	return false
}

// wanted says whether some other slot still waits for an entity like e.
func (f *filling) wanted(e *entity, but *slot) bool {
	for i := range f.slots {
		s := &f.slots[i]
		if s == but || !s.open() {
			continue
		}
		switch e.sort {
		case when:
			if s.dated() {
				return true
			}
		case address:
			if s.Format == "email" {
				return true
			}
		}
	}
	return false
}

// waits says whether a moment has to be given that e can be, and none is yet.
func (f *filling) waits(e *entity) bool {
	return slices.ContainsFunc(f.slots, func(s slot) bool { return s.open() && s.Required && s.dated() }) && !f.used[e.first]
}

// halts says whether a name ends before token j.
func (f *filling) halts(j, at int) bool {
	t := f.tokens[j]
	if j == at {
		e := f.entity(j)
		return e != nil && (e.sort == when || e.sort == lasting || e.sort == quoted)
	}
	if t.low == "-" || f.entity(j) != nil && f.entity(j).sort != number {
		return true
	}
	if e := f.entity(at); e != nil && e.sort == code {
		return true
	}
	if f.tokens[j-1].capital() && t.capital() {
		return false
	}
	if f.entity(j) != nil {
		return f.entity(at) == nil
	}
	if f.tokens[at].capital() && !t.capital() {
		return true
	}
	return stops[t.low] || verbs[t.stem] != "" || f.isValue(j)
}

// isValue says whether an open slot has token j among its enum's values.
func (f *filling) isValue(j int) bool {
	for i := range f.slots {
		if s := &f.slots[i]; s.open() {
			if _, n := f.enumMatch(s, j); n > 0 {
				return true
			}
		}
	}
	return false
}
