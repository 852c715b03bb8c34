// Package quote answers a question without any model: by the best sentences of
// the best passages, quoted and cited.
//
// It owns which sentences answer a question, and how they are put. It does not
// find passages, which is platform/retrieval's, and it composes no sentence of
// its own but the lead-in and the closing remark.
package quote

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/cite"
)

const (
	// lead and remark are what stands around the quotations.
	lead   = "This is what the documents say:"
	remark = "(No language model is configured: these are quotations.)"

	mostQuotes = 3
	// longQuote is how long a quotation may be, in characters.
	longQuote = 500
	// longSnippet is how much of the passage goes with its source, in characters.
	longSnippet = 600
	// near is the part of the best sentence's score that another needs to be
	// quoted too.
	near = 0.72
)

// Answer quotes the sentences that answer a question, and cites their passages;
// false if none fits well enough. The passages come with the best first. A question
// that follows up earlier ones is understood with them, the nearest first.
func Answer(question string, passages []cite.Passage, earlier ...string) (cite.Answer, bool) {
	q := read(question, earlier...)
	pages := q.pages(passages)
	found := q.best(pages)
	if len(found) == 0 {
		return cite.Answer{}, false
	}
	return compose(found), true
}

// best returns the sentences to quote, the best first; none if the best does not
// answer the question.
func (q *question) best(pages []page) []candidate {
	var all []candidate
	for i := range pages {
		all = append(all, q.score(&pages[i], i)...)
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return compare(b.score, a.score) })
	if len(all) == 0 || !all[0].answers {
		return nil
	}
	var chosen []candidate
	for _, c := range all {
		if len(chosen) == mostQuotes || c.score < near*all[0].score {
			break
		}
		if c.answers && !slices.ContainsFunc(chosen, c.repeats) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// repeats reports whether a sentence says what another has said.
func (c candidate) repeats(other candidate) bool {
	return c.page == other.page && c.first <= other.last && other.first <= c.last || c.quote() == other.quote()
}

// quote is a sentence as it is quoted: on one line, and without what a Writer
// takes out of an answer.
func (c candidate) quote() string {
	p := c.page
	text := p.Text[p.sentences[c.first].Begin:p.sentences[c.last].End]
	w := cite.NewWriter(nil, text)
	shown := w.Write(strings.Join(strings.Fields(text), " "))
	rest, _ := w.Close()
	return cite.Clip(strings.TrimLeft(shown+rest, "#>-*• "), longQuote)
}

// composer writes an answer and counts its characters.
type composer struct {
	b     strings.Builder
	runes int
	cite.Answer
}

func (c *composer) write(text string) {
	c.b.WriteString(text)
	c.runes += utf8.RuneCountInString(text)
}

func compose(found []candidate) cite.Answer {
	var c composer
	c.write(lead + "\n")
	for _, f := range found {
		c.write("\n- ")
		begin, text := c.runes, f.quote()
		c.write("“" + text + "”")
		c.cite(f, cite.Segment{Begin: begin, End: c.runes, Excerpt: text})
	}
	c.write("\n\n" + remark)
	c.Text = c.b.String()
	return c.Answer
}

// cite adds a segment to the source of its document.
func (c *composer) cite(f candidate, s cite.Segment) {
	p := f.page.Passage
	s.Media, s.MediaType = p.Media, p.MediaType
	for i := range c.Sources {
		if o := &c.Sources[i]; o.Document == p.Document && o.Index == p.Index && o.DataSource == p.DataSource && o.Upload == p.Upload {
			o.Segments = append(o.Segments, s)
			return
		}
	}
	snippet := cite.Clip(p.Text[f.page.sentences[f.first].Begin:], longSnippet)
	c.Sources = append(c.Sources, cite.Source{Number: len(c.Sources) + 1, Passage: p, Snippet: snippet, Segments: []cite.Segment{s}})
}
