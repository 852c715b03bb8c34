// Package chunk parts a document's text into passages that can be found and cited.
//
// It owns where a passage begins and ends. It does not own the text, which is
// engine/extract's, nor finding passages, which is platform/retrieval's.
package chunk

import "github.com/parleyhq/parley/internal/engine/extract"

// Passage is a part of a document's text: Text[Begin:End].
type Passage struct {
	Begin    int      `json:"begin"` // bytes of UTF-8
	End      int      `json:"end"`
	Page     int      `json:"page,omitzero"`     // on which it begins, from 1; 0 if there are none
	Headings []string `json:"headings,omitzero"` // above it, the highest first
}

// Options say how long passages are. The zero value is the default.
type Options struct {
	Target int // words that a passage has if the text allows; 220
	Most   int // words that none has more of; 350
}

// Split parts a document into passages, in the order of its text. All of the text
// is in a passage but white space between them, and none is in two.
func Split(d *extract.Document, o Options) []Passage { return nil }
