package converse

import (
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
	Orchestrated             // no mode was given: files just attached, or else actions, or else documents
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
	Guard   guard.Rules
	Check   bool   // answers from passages are held against the passages
	Style   Style  // how the administrator wants answers to be
	Person  Person // who asks; zero: nothing is told of them

	last *Answer // of the latest call
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

func (t *Turn) found([]cite.Passage) Move { return Move{} }
func (t *Turn) fail(f Failure) Move       { return Move{Events: []Event{f}} }

// Summarise is what the model is asked for a Summary: of the earlier one, and of
// what was said since.
func Summarise(earlier string, said []plan.Utterance) llm.Request {
	return llm.Request{}
}
