// Package quote answers a question without any model: by the best sentences of
// the best passages, quoted and cited.
//
// It owns which sentences answer a question, and how they are put. It does not
// find passages, which is platform/retrieval's, and it composes no sentence of
// its own but the lead-in and the closing remark.
package quote

import "github.com/parleyhq/parley/internal/engine/cite"

// Answer quotes the sentences that answer a question, and cites their passages;
// false if none fits well enough. The passages come with the best first.
func Answer(question string, passages []cite.Passage) (cite.Answer, bool) {
	return cite.Answer{}, false
}
