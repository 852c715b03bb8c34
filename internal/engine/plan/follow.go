package plan

import (
	"regexp"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// followUp takes a message that says too little by itself as the answer to what
// the server asked: the request is then the one before the question.
func (c choice) followUp(t Turn, list []candidate) choice {
	asked, ok := question(t.History)
	if !ok || c.sure() && c.message.verb != "" {
		return c
	}
	answer := read(t.Message, t.Now)
	asks := t.Open && (answer.question || answer.reasons()) // then it is a question of its own
	if len(answer.tokens) > 12 || answer.declines() || asks {
		return c
	}
	before := choose(read(asked, t.Now), list)
	if !before.sure() || c.candidate != nil && c.total > before.total {
		return c
	}
	before.answered(answer)
	return before
}

// declines says whether the message only takes back what was asked for.
func (m *message) declines() bool {
	return !slices.ContainsFunc(m.tokens, func(t token) bool { return !refusals[t.low] && !stops[t.low] })
}

var refusals = set("no never mind nevermind cancel stop forget nothing nope it")

// question is the person's request that the server's last words are a question
// about.
func question(history []Utterance) (string, bool) {
	n := len(history)
	if n < 2 || history[n-1].Person || !history[n-2].Person {
		return "", false
	}
	text := history[n-1].Text
	return history[n-2].Text, strings.Contains(text, "?") || strings.Contains(strings.ToLower(text), "please tell")
}

// answered fills what is missing from the answer to a question.
func (c *choice) answered(m *message) {
	before := c.filling
	next := newChoice(m, c.candidate, map[string]*regexp.Regexp{})
	for i := range next.slots {
		if !before.slots[i].open() {
			continue
		}
		before.slots[i].value = next.slots[i].value
	}
	open := slices.IndexFunc(before.slots, func(s slot) bool { return s.open() && s.Required && s.word() && !s.array() })
	if open >= 0 && !slices.ContainsFunc(next.slots, func(s slot) bool { return !s.open() }) {
		before.slots[open].value = jsonText(strings.Trim(m.raw, " \n\t.!?"))
	}
}

// borrow takes from earlier turns what the message points at: the id of "it",
// and the whole conversation where it is asked for. Only what a person said is
// taken.
func (c *choice) borrow(t Turn) {
	if c.candidate == nil {
		return
	}
	for i := range c.slots {
		s := &c.slots[i]
		if s.open() && s.Required && (s.id || s.pattern != nil && !s.loose || s.shape != "" || s.Format == "uuid") && !s.array() {
			if c.fromHistory(s, t); !s.open() && c.points() {
				c.gain++
				c.total++
			}
		}
	}
	if c.action.Effect == openapi.Read || !aboutTalk(c.message) {
		return
	}
	s := c.foremost(func(s *slot) bool {
		return s.named("description", "body", "note", "comment", "content", "detail", "message")
	})
	if s == nil {
		return
	}
	var said []string
	for _, u := range t.History {
		if u.Person {
			said = append(said, u.Text)
		}
	}
	if len(said) > 0 {
		s.value = jsonText(strings.Join(said, "\n"))
	}
}

// points says whether the message has a word for something spoken of before.
func (m *message) points() bool {
	return slices.ContainsFunc(m.tokens, func(t token) bool { return pointers[t.low] && t.quote == 0 })
}

var pointers = set("it this that these those one them him her")

// fromHistory fills an id with the last that a person spoke of.
func (c choice) fromHistory(s *slot, t Turn) {
	for i := len(t.History) - 1; i >= 0 && s.open(); i-- {
		if !t.History[i].Person {
			continue
		}
		earlier := newChoice(read(t.History[i].Text, t.Now), c.candidate, map[string]*regexp.Regexp{})
		for j := range earlier.slots {
			if e := &earlier.slots[j]; e.Key == s.Key && !e.open() {
				s.value = e.value
			}
		}
	}
}

// aboutTalk says whether the message points at the conversation itself.
func aboutTalk(m *message) bool {
	return slices.ContainsFunc(m.tokens, func(t token) bool { return talk[t.low] && t.quote == 0 })
}

var talk = set("conversation chat discussion thread above")
