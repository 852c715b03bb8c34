// Package ground checks an answer against the passages that it was made from,
// and finds the sentences that none of them bears out.
//
// It owns what it takes for a sentence to be supported: its numbers, dates,
// names, negations and enough of its words stand in the passages. It goes by
// words and not by meaning, it corrects nothing, and it does not decide what
// becomes of such an answer: engine/converse does.
package ground

import "github.com/parleyhq/parley/internal/engine/cite"

// Sentence is a stretch of an answer: Begin and End are characters, End
// exclusive.
type Sentence struct{ Begin, End int }

// Unsupported returns the sentences of an answer that the passages do not
// support, in the order of the text.
func Unsupported(a cite.Answer, passages []cite.Passage) []Sentence {
	return nil
}

// Without returns the answer without some sentences: its text tidied, its
// segments moved with it, and its sources numbered anew.
func Without(a cite.Answer, s []Sentence) cite.Answer {
	return a
}
