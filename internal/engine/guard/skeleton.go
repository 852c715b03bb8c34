package guard

import "github.com/parleyhq/parley/internal/engine/llm"

type phrase struct{}
type topic struct{}

// For returns the rules for whoever goes by any of the names and is in the groups.
func (c Config) For(names, groups []string) Rules { return Rules{} }

// Question judges what a person says, before it is answered.
func (r Rules) Question(text string) Verdict { return Verdict{} }

// Answer judges a whole answer.
func (r Rules) Answer(text string) Verdict { return Verdict{} }

// Filter holds back what could become a blocked phrase in a text that comes in pieces.
type Filter struct{}

// NewFilter returns a filter for one text.
func (r Rules) NewFilter() *Filter { return &Filter{} }

// Write takes the next piece, and returns what may be shown by now.
func (f *Filter) Write(piece string) (shown string, blocked bool) { return piece, false }

// Close returns what was held back.
func (f *Filter) Close() (rest string, blocked bool) { return "", false }

// Ask is what to ask a model about the topics of a message; false: there are none.
func (r Rules) Ask(text string) (llm.Request, bool) { return llm.Request{}, false }

// Told judges a message by what a model replied to Ask, and by its words.
func (r Rules) Told(text, reply string) Verdict { return Verdict{} }
