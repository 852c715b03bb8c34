package converse

import (
	"slices"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/guard"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
)

// Mode says what may answer a message. The zero Mode is Plugin.
type Mode int

// The modes there are (API model, ChatMode).
const (
	Plugin       Mode = iota // the actions of one plugin, and nothing else
	Retrieval                // documents, and the model's own knowledge where General allows it
	Creator                  // the language model, with the files of the conversation
	Orchestrated             // no mode was given: files just attached, or else actions, or documents, or both
)

// A Turn is what is known when it begins. It is used once, by Ask or by Run.
type Turn struct {
	plan.Turn      // what the planner is told; Steps grow
	Limit     int  // of calls; zero stands for MaxCalls
	Mode      Mode // of the message

	Model      bool // a language model can be asked; without one, answers are quotes
	Searchable bool // there is something to search
	General    bool // the model's own knowledge may answer

	Files   []File // of the conversation, the latest first
	Summary string // of what was said before History
	Blind   bool   // the model cannot look at images
	Guard   guard.Rules
	Check   bool   // answers from passages are held against the passages
	Style   Style  // how the administrator wants answers to be
	Person  Person // who asks; zero: nothing is told of them

	only     []guard.DataSource // what may be searched; nil: all
	searched bool
	last     *Answer // of the latest call
}

// A File was attached to this conversation, and could be read.
type File struct {
	ID, Name string
	Text     string     // of an image: empty
	Image    *llm.Image // nil: it is not one
	New      bool       // attached to this very message
}

// A Person is what the model is told of whoever asks.
type Person struct {
	Name, Email string
	Attributes  map[string]string // by name, such as "department"
}

// Style is a response configuration (API model, InstructionCollection): wishes
// for the form of answers, each in words and each optional.
type Style struct {
	Length, Audience, Perspective, OutputStyle string
	Identity, Tone, Instructions, Examples     string
}

// Ask begins a turn with the person's message. Nothing is searched, asked or
// called before the message is found to be allowed.
func (t *Turn) Ask() Move {
	verdict := t.Guard.Question(t.Message)
	if verdict.Blocked {
		return t.blocked(verdict)
	}
	if question, ok := t.Guard.Ask(t.Message); ok && t.Model {
		return t.generate(question, &judging{turn: t, heard: heard{most: maxVerdict}})
	}
	return t.admit(verdict)
}

// admit goes on with a message that was judged.
func (t *Turn) admit(v guard.Verdict) Move {
	if v.Blocked {
		return t.blocked(v)
	}
	t.only = v.Only
	t.Open = t.Mode == Orchestrated
	if t.Mode == Plugin || t.orchestrates() {
		return t.decide()
	}
	return t.look()
}

// orchestrates reports whether an action may be the answer, where nobody asked for one:
// not to files that came along, nor where a rule names data sources.
func (t *Turn) orchestrates() bool {
	return t.Mode == Orchestrated && len(t.Tools) > 0 && !t.attached() && t.only == nil
}

// look gathers what an answer can rest on. A rule that names data sources beats
// the mode: then these answer, and nothing else does.
func (t *Turn) look() Move {
	if polite := t.courtesy(); polite != "" {
		return t.say(polite)
	}
	files := t.Mode == Creator && t.only == nil || t.Mode == Orchestrated && t.attached()
	if files || !t.Searchable || t.only != nil && len(t.only) == 0 {
		return t.found(nil)
	}
	t.searched = true
	return Move{Next: &Search{Query: t.query(), Limit: MaxPassages, Only: t.only, turn: t}}
}

// found answers from the passages of documents, and from the files.
func (t *Turn) found(documents []cite.Passage) Move {
	passages := t.passages(documents)
	switch {
	case !t.Model:
		return t.quote(passages)
	case t.unseen() && len(passages) == 0:
		return t.none()
	case t.Mode == Creator && t.only == nil:
		return t.reply(free, passages, "")
	case len(passages) == 0:
		return t.unanswered()
	}
	return t.reply(grounded, passages, "")
}

// unanswered goes on where neither documents nor files have the answer: with what an
// action answered, or else with the model's own knowledge, if that may answer, and says
// so.
func (t *Turn) unanswered() Move {
	if len(t.Steps) > 0 {
		return t.report()
	}
	if !t.Model || !t.General || t.only != nil || t.Mode == Orchestrated && t.attached() {
		return t.none()
	}
	return t.reply(free, nil, t.admission())
}

// attached reports whether files came with the message.
func (t *Turn) attached() bool {
	return slices.ContainsFunc(t.Files, func(f File) bool { return f.New })
}

// pictured reports whether one of the files is an image.
func (t *Turn) pictured() bool {
	return slices.ContainsFunc(t.Files, func(f File) bool { return f.Image != nil })
}
