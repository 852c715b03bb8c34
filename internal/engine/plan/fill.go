package plan

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A filling gives the pieces of a message to the inputs of one action. Each
// piece is given once; what has a form of its own goes before what has none.
type filling struct {
	*message
	effect openapi.Effect
	lead   string          // group of the verb in the action's name
	nouns  map[string]bool // words of its name
	terms  map[string]bool // all words that it is known by
	slots  []slot
	used   []bool  // by token
	cuesAt [][]cue // by token
	gain   float64
}

// fill does it, from the surest to the last resort.
func (f *filling) fill() {
	f.used = make([]bool, len(f.tokens))
	f.findCues()
	for i, t := range f.tokens {
		f.used[i] = talk[t.low] && t.quote == 0 // the conversation is no value
	}
	f.announced(true)
	f.cues()
	f.enums()
	f.forms()
	f.moments()
	f.numbers()
	f.flags()
	f.callers()
	f.ends()
	f.lists()
	f.prepositions()
	f.leftovers()
}

// give sets a slot's value and marks the tokens it came from.
func (f *filling) give(s *slot, value json.RawMessage, first, last int, worth float64) {
	if value == nil || !s.open() {
		return
	}
	s.value = value
	f.use(first, last)
	f.gain += worth
}

func (f *filling) use(first, last int) {
	for i := max(first, 0); i < last && i < len(f.used); i++ {
		f.used[i] = true
	}
}

func (f *filling) free(first, last int) bool {
	return first < last && last <= len(f.used) && !slices.Contains(f.used[first:last], true)
}

// phraseAt says how many tokens from i on are the phrase; 0: they are not.
func (m *message) phraseAt(i int, phrase []string) int {
	start := i
	for len(phrase) > 0 {
		if i >= len(m.tokens) || m.tokens[i].quote > 0 {
			return 0
		}
		t := m.tokens[i]
		switch {
		case t.stem == phrase[0] || t.low == phrase[0]:
			phrase = phrase[1:]
		case len(t.parts) > 0 && len(t.parts) <= len(phrase) && slices.Equal(t.parts, phrase[:len(t.parts)]):
			phrase = phrase[len(t.parts):]
		default:
			return 0
		}
		if i++; len(phrase) > 0 && t.ends() {
			return 0
		}
	}
	return i - start
}

// cueAt is the open slot that is named at token i by the longest phrase, and the
// tokens of the phrase.
func (f *filling) cueAt(i int) (*slot, int) {
	var best *slot
	length := 0
	for _, c := range f.cuesAt[i] {
		if s := &f.slots[c.slot]; s.open() && c.length > length {
			best, length = s, c.length
		}
	}
	return best, length
}

// A cue is the name of a slot in the message.
type cue struct{ slot, length int }

// findCues finds where the slots are named, once: it is asked often.
func (f *filling) findCues() {
	f.cuesAt = make([][]cue, len(f.tokens))
	for j := range f.slots {
		s := &f.slots[j]
		for i := range f.tokens {
			length := f.alias(i, s)
			for _, p := range s.phrases {
				length = max(length, f.phraseAt(i, p))
			}
			if length > 0 {
				f.cuesAt[i] = append(f.cuesAt[i], cue{j, length})
			}
		}
	}
}

// alias is for the words that introduce a value without naming its input.
func (f *filling) alias(i int, s *slot) int {
	low := f.tokens[i].low
	switch {
	case low == "because" && s.named("reason", "comment", "description"):
		if i+1 < len(f.tokens) && f.tokens[i+1].low == "of" {
			return 2
		}
		return 1
	case low == "assigned" && s.named("assignee"):
		return 1
	case low == "invite" && s.named("attendees", "guest", "participant"):
		return 1
	}
	return 0
}

func (s *slot) named(words ...string) bool {
	for _, w := range words {
		w = stem(w)
		for _, p := range s.phrases {
			if slices.Contains(p, w) {
				return true
			}
		}
	}
	return false
}

// links may stand between an input's name and its value.
var links = set("is are = : of to the as number no nr id # by on at for a an was")

// cues fills what is introduced by the name of its input: "priority high",
// "description: …", "25 replicas" comes later.
func (f *filling) cues() {
	for i := 0; i < len(f.tokens); i++ {
		if f.used[i] || f.tokens[i].quote > 0 {
			continue
		}
		s, n := f.cueAt(i)
		if s == nil || f.used[i+n-1] {
			continue
		}
		colon := strings.ContainsAny(f.tokens[i+n-1].after, ":=")
		at := i + n
		if f.tokens[at-1].ends() && !colon {
			continue
		}
		for !colon && at < len(f.tokens) && links[f.tokens[at].low] && f.tokens[at].quote == 0 {
			colon = colon || strings.ContainsAny(f.tokens[at].after, ":=")
			at++
		}
		from := i
		if f.tokens[i+n-1].after == "" && i+n < len(f.tokens) && f.tokens[i+n].low == "of" {
			at = f.changedTo(i + n)
			from = at - 1
		}
		if at < len(f.tokens) && f.cued(s, from, at, colon) {
			f.use(i, i+n)
			if from != i {
				continue
			}
			i = at
		}
	}
}

// changedTo is where the new value stands in "the status of case 12 to closed",
// from the "of" on. Without it, what follows "of" is not the value.
func (f *filling) changedTo(of int) int {
	for j := of + 1; j < len(f.tokens) && j < of+7 && !f.tokens[j-1].ends(); j++ {
		if f.tokens[j].low == "to" || f.tokens[j].low == "is" {
			return j + 1
		}
	}
	return len(f.tokens)
}

// cued gives the value at a token to the slot that is named before it.
func (f *filling) cued(s *slot, cue, at int, colon bool) bool {
	e := f.entity(at)
	if e != nil && e.first != at && !colon {
		return false
	}
	switch {
	case s.array():
		return f.list(s, cue, at, colon)
	case len(s.Enum) > 0:
		return f.enumAt(s, at)
	case s.dated():
		if e != nil && e.sort == when {
			f.give(s, f.dateFor(s, e), cue, e.last, 1.2)
		}
	case s.numeric():
		if e != nil && (e.sort == number || e.sort == lasting && e.number != "") {
			f.give(s, f.numberFor(s, e), cue, e.last, 1.2)
		}
	case s.typ == "boolean":
		return f.boolAt(s, at)
	case s.Format != "" || s.pattern != nil && !s.loose || s.shape != "":
		f.formAt(s, cue, at)
	case s.word() && s.loose:
		if text, ok := s.takes(f.tokens[at].text); ok && !stops[f.tokens[at].low] && f.free(at, at+1) {
			f.give(s, jsonText(text), cue, at+1, 1)
		}
	case s.word():
		f.wordsFor(s, cue, at, colon)
	}
	return !s.open()
}

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
// input is named, or a value follows that belongs to one.
func (f *filling) turns(s *slot, j int, colon bool) bool {
	k := j
	joint := links[f.tokens[j].low] || slices.Contains([]string{"and", "with", "in", "from", "due", "until", "it's", "needed"}, f.tokens[j].low)
	fresh := f.tokens[j-1].ends()
	for k < len(f.tokens) && (links[f.tokens[k].low] || stops[f.tokens[k].low]) && k < j+3 {
		if e := f.entity(k); e != nil && e.sort == when {
			break
		}
		k++
	}
	if k >= len(f.tokens) || !joint && !fresh {
		return false
	}
	for _, at := range []int{j, k, min(j+1, k+1)} {
		if at == j+1 && !fresh || at >= len(f.tokens) {
			continue
		}
		if other, n := f.cueAt(at); other != nil && other != s && (fresh || at > j || n > 0) && (!colon || fresh || strings.Contains(f.tokens[at+n-1].after, ":")) {
			return true
		}
	}
	if joint && !colon && f.isValue(k) {
		return true
	}
	e := f.entity(k)
	return e != nil && f.wanted(e, s) && (!colon || fresh)
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

// callers fills a name behind "called", "named", "titled".
func (f *filling) callers() {
	s := f.naming()
	for i := 0; s != nil && i+1 < len(f.tokens); i++ {
		if callers[f.tokens[i].low] && !f.used[i] && f.tokens[i].quote == 0 {
			f.wordsFor(s, i, i+1, strings.Contains(f.tokens[i].after, ":"))
			return
		}
	}
}

// naming is the slot for what a thing is called.
func (f *filling) naming() *slot {
	var best *slot
	place := 99
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || !s.word() || s.array() {
			continue
		}
		for j, w := range []string{"name", "title", "subject", "summary", "query", "q", "text", "key"} {
			if j < place && (s.Required || j < 4) && s.called(w) {
				best, place = s, j
			}
		}
	}
	return best
}

// called says whether word alone names the slot.
func (s *slot) called(word string) bool {
	word = stem(word)
	return slices.ContainsFunc(s.phrases, func(p []string) bool { return len(p) == 1 && p[0] == word })
}

// ends fills from X to Y into a pair of texts.
func (f *filling) ends() {
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || !s.word() || s.array() || s.role == 0 {
			continue
		}
		for j, t := range f.tokens {
			if s.role == beginning && t.low == "from" || s.role == ending && t.low == "to" {
				if !f.used[j] && j+1 < len(f.tokens) {
					f.wordsFor(s, j, j+1, false)
				}
			}
		}
	}
}

// prepositions fills names and topics by the word before them.
func (f *filling) prepositions() {
	for i := 0; i+1 < len(f.tokens); i++ {
		takes := particles[f.tokens[i].low]
		if takes == nil || f.used[i] || f.tokens[i].quote > 0 || f.tokens[i].ends() {
			continue
		}
		at := i + 1
		for at+1 < len(f.tokens) && (f.tokens[at].low == "the" || f.tokens[at].low == "a" || f.tokens[at].low == "my") {
			at++
		}
		if f.used[at] {
			continue
		}
		if s := f.bestOfKind(takes); s != nil {
			f.wordsFor(s, i, at, false)
		}
	}
}

func (f *filling) bestOfKind(wanted []string) *slot {
	for _, kind := range wanted {
		for _, required := range []bool{true, false} {
			for i := range f.slots {
				s := &f.slots[i]
				if s.open() && s.Required == required && s.word() && !s.array() && !s.id && slices.Contains(s.kinds, kind) {
					return s
				}
			}
		}
	}
	return nil
}
