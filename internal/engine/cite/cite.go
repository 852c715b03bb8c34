// Package cite turns the marks that a model writes after its claims, such as [2],
// into citations: which stretch of the answer rests on which passage.
//
// It owns what a mark is, which claim it stands for, where that claim begins and
// ends in the text that a person reads, and what may be said there: no image,
// and no link that neither a passage nor the person named. It does not find
// passages, which is platform/retrieval's, does not judge whether a passage
// bears a claim out, which is engine/ground's, and knows no model.
//
// # Marks
//
// A mark is [1], [1, 3], [1-3], 【1】 or 【1†source】, with numbers from 1 to 999. It is
// taken out, with the white space and the parentheses that only it needed; numbers that no passage has
// cite nothing, and a mark of such numbers alone goes without a trace. Everything
// else between brackets stays: [0], [2024], [x], footnotes such as [^1], and all
// that is code, such as a[1] between backticks.
//
// A mark stands for the claim before it. That begins where the sentence does in
// which it ends, or after the mark before it if that is in the same sentence, and
// it ends at the mark, be that before or after the full stop. Signs of items, white
// space and punctuation at its beginning are none of it. If there is nothing
// between two marks, both stand for one claim. A mark that begins a line and has
// text after it is an item of a list of sources, and stands for nothing.
//
// # Links
//
// A link or a bare URL stands if a passage's text, its URL or a known text has the
// same one, compared whole but for http and https, capitals in the host and a last
// slash. Of others the text stays and the URL goes; of images, the text that
// describes them. So it is with HTML, of which elements without attributes stay.
// Where something was taken out, what was on both sides of it cannot make a link
// together. A host's name alone, such as example.com, is no link.
package cite

import "time"

// Passage is a piece of a document, or of an attached file, that an answer may
// rest on.
type Passage struct {
	Document, Index, DataSource string // IDs; DataSource may be empty
	Title, URL                  string
	Updated                     time.Time
	Text                        string // of an image: empty
	Begin, End                  int    // bytes of the document's text
	Upload                      bool   // of an attached file
	Media, MediaType            string // of an image: the ID that GetMedia takes
	Score                       float64
}

// Segment is a stretch of an answer that a passage bears out: Begin and End are
// characters, which is Unicode code points, of the answer's text, from zero, End
// exclusive.
type Segment struct {
	Begin, End       int
	Excerpt          string // the part of the passage that the stretch rests on
	Media, MediaType string // of an image
}

// Source is a document that an answer cites, by its passage that was cited first.
type Source struct {
	Number int // from 1, in the order of first use
	Passage
	Snippet  string    // the passage's part that bears the first segment out
	Segments []Segment // in the order of the text
}

// Answer is what a person reads, and what it rests on.
type Answer struct {
	Text    string
	Sources []Source
}
