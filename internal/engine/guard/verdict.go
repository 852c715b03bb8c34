package guard

import (
	"cmp"

	"github.com/parleyhq/parley/internal/engine/sentence"
)

// Question judges what a person says, by its words, before it is answered.
func (r Rules) Question(text string) Verdict {
	return r.judge(text, r.vocabulary.topics(text))
}

// Answer judges a whole answer: a blocked phrase in it, or a sentence on a topic
// that is refused. Where answers may come from is settled before there are any.
func (r Rules) Answer(text string) Verdict {
	if v := r.phrase(text); v.Blocked {
		return v
	}
	for _, s := range sentence.Split(text) {
		for _, i := range r.vocabulary.dwells(text[s.Begin:s.End]) {
			if v := r.topics[i].verdict; v.Blocked {
				return v
			}
		}
	}
	return Verdict{}
}

// judge joins what phrases and the topics of a text say: the first that refuses,
// or else the data sources that all allow. The message of a topic goes before that
// of the phrases (user guide: topic controls go before global ones).
func (r Rules) judge(text string, on []int) (v Verdict) {
	for _, i := range on {
		t := r.topics[i].verdict
		if t.Blocked {
			return t
		}
		v.Only, v.Topic = narrow(v.Only, t.Only), cmp.Or(v.Topic, t.Topic)
	}
	if p := r.phrase(text); p.Blocked {
		return p
	}
	return v
}

func (r Rules) phrase(text string) Verdict {
	if found(r.phrases, text) {
		return Verdict{Blocked: true, Message: r.message}
	}
	return Verdict{}
}
