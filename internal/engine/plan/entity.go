package plan

import (
	"net/mail"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// An entity is a piece of the message that is a value by its form.
type entity struct {
	sort     sort
	first    int // tokens it takes: first up to, not including, last
	last     int
	text     string
	number   string // as JSON has it
	unit     string // stem of what is counted
	currency string
	moment   moment
	span     time.Duration
	role     role
}

type sort uint8

const (
	quoted sort = iota + 1
	address
	link
	identifier // a UUID
	when
	lasting // how long
	number
	code // letters with digits, such as OPS-123 and 1.4.2
)

// A role says which end of a range a moment is.
type role uint8

const (
	beginning role = iota + 1
	ending
)

// A message is what a person said, taken apart.
type message struct {
	raw      string
	tokens   []token
	quotes   []string
	entities []entity
	at       []int // by token: index of its entity plus one
	now      time.Time
	command  int    // token of the verb that says what to do; -1: none
	verb     string // its group
	question bool
	many     bool // it asks for things of a kind, not for one
	asks     bool // it begins as a question, so that it commands nothing but to look
}

func read(raw string, now time.Time) *message {
	m := &message{raw: raw, now: now, command: -1}
	m.tokens, m.quotes = tokenize(raw)
	m.at = make([]int, len(m.tokens))
	for i := 0; i < len(m.tokens); {
		e, ok := m.entityAt(i)
		if !ok {
			i++
			continue
		}
		m.add(e)
		i = e.last
	}
	m.align()
	m.findCommand()
	return m
}

func (m *message) add(e entity) {
	m.entities = append(m.entities, e)
	for i := e.first; i < e.last; i++ {
		m.at[i] = len(m.entities)
	}
}

// entity is that of token i; nil: none.
func (m *message) entity(i int) *entity {
	if i < 0 || i >= len(m.at) || m.at[i] == 0 {
		return nil
	}
	return &m.entities[m.at[i]-1]
}

func (m *message) entityAt(i int) (entity, bool) {
	t := m.tokens[i]
	if t.quote > 0 {
		last := i + 1
		for last < len(m.tokens) && m.tokens[last].quote == t.quote {
			last++
		}
		return entity{sort: quoted, first: i, last: last, text: m.quotes[t.quote-1]}, true
	}
	if e, ok := momentAt(m, i); ok {
		return e, true
	}
	if span, n := readSpan(m.tokens[i:]); n > 0 {
		return entity{sort: lasting, first: i, last: i + n, span: span, text: t.text, number: t.low, unit: m.tokens[i+n-1].stem}, true
	}
	e := entity{first: i, last: i + 1, text: t.text}
	switch {
	case isAddress(t.text):
		e.sort = address
	case isLink(t.text):
		e.sort = link
	case len(t.text) == 36 && uuid.Validate(t.text) == nil:
		e.sort = identifier
	case m.readNumber(&e):
		e.sort = number
	case isCode(t.text):
		e.sort = code
	}
	return e, e.sort != 0
}

func isAddress(s string) bool {
	at := strings.IndexByte(s, '@')
	if at <= 0 || !strings.ContainsRune(s[at:], '.') {
		return false
	}
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

func isLink(s string) bool {
	if strings.HasPrefix(s, "www.") {
		return true
	}
	if !strings.Contains(s, "://") {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.Host != ""
}

// isCode says whether letters and digits are mixed, or joined by - _ . as names
// that machines know are.
func isCode(s string) bool {
	digits, letters, joints := 0, 0, 0
	s = strings.TrimSuffix(s, ".")
	for i, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			letters++
		case strings.ContainsRune("-_.", r) && i > 0:
			joints++
		default:
			return false
		}
	}
	return digits > 0 && (letters > 0 || joints > 0) || joints > 0 && letters > 0
}

// momentAt reads a moment at token i, with the word before it that says which
// end of a range it is.
func momentAt(m *message, i int) (entity, bool) {
	t := m.tokens
	before := ""
	if i > 0 {
		before = t[i-1].low
	}
	mo, n := readMoment(t, i, m.now)
	if n == 0 && i+2 < len(t) && upTo[t[i+1].low] && len(t[i].low) <= 2 {
		mo, n = m.borrow(i)
	}
	if n == 0 && upTo[before] && i > 1 && m.entity(i-2) != nil && m.entity(i-2).sort == when {
		n = mo.readClock(t[i:], m.entity(i-2).moment.hasClock)
	}
	if n == 0 {
		return entity{}, false
	}
	e := entity{sort: when, first: i, last: i + n, moment: mo, text: m.raw[t[i].from:t[i+n-1].to]}
	behind := i > 1 && m.entity(i-2) != nil && m.entity(i-2).sort == when
	switch {
	case since[before]:
		e.role = beginning
	case before == "to" && !behind: // moved to: no end
	case upTo[before] || before == "and" && behind:
		e.role = ending
	}
	return e, true
}

var (
	since = set("from since after starting between beginning")
	upTo  = set("to until till by before due - – through bis")
)

// borrow reads the 9 of "9 to 10 am": its half of the day stands behind the 10.
func (m *message) borrow(i int) (moment, int) {
	var last moment
	if n := last.readClock(m.tokens[i+2:], i > 0 && m.tokens[i-1].low == "from"); n == 0 {
		return moment{}, 0
	}
	clock, ok := clockOf(m.tokens[i].low, "", true)
	if !ok {
		return moment{}, 0
	}
	if clock < 12*time.Hour && last.clock >= 12*time.Hour && last.clock-clock > 12*time.Hour {
		clock += 12 * time.Hour
	}
	return moment{clock: clock, hasClock: true}, 1
}

// align lets the two ends of a range share what was said once: the day of
// "tomorrow from 9 to 10", the beginning of "12 March until 20 March".
func (m *message) align() {
	var last *entity
	for i := range m.entities {
		e := &m.entities[i]
		if e.sort != when {
			continue
		}
		if last != nil {
			join(last, e)
		}
		last = e
	}
}

func join(a, b *entity) {
	if b.role == ending && a.role == 0 && b.first-a.last <= 1 {
		a.role = beginning
	}
	if !a.moment.exact.IsZero() || !b.moment.exact.IsZero() {
		return
	}
	switch {
	case b.moment.day.IsZero():
		b.moment.day = a.moment.day
	case a.moment.day.IsZero():
		a.moment.day = b.moment.day
	}
	if !a.moment.hasClock && b.moment.hasClock && b.role == beginning {
		a.role = 0
	}
}
