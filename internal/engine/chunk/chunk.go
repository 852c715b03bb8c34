// Package chunk parts a document's text into passages that can be found and cited.
//
// It owns where a passage begins and ends. It does not own the text, which is
// engine/extract's, nor finding passages, which is platform/retrieval's.
package chunk

import (
	"strings"

	"github.com/parleyhq/parley/internal/engine/extract"
)

// Passage is a part of a document's text: Text[Begin:End].
type Passage struct {
	Begin    int      `json:"begin"` // bytes of UTF-8
	End      int      `json:"end"`
	Page     int      `json:"page,omitzero"`     // on which it begins, from 1; 0 if there are none
	Headings []string `json:"headings,omitzero"` // that it stands under, the highest first, and the one it begins with
}

// Options say how long passages are, in words. In scripts without spaces between
// words two characters of Chinese, Japanese or Korean, and four of Thai, Lao, Khmer
// or Burmese, count as a word; so does every 16th character of a longer one.
// The zero value is the default.
type Options struct {
	Target int // words that a passage has if the text allows; 220
	Most   int // words that none has more of, and at least 8; 350
}

func (o Options) orDefault() Options {
	if o.Target <= 0 {
		o.Target = 220
	}
	if o.Most <= 0 {
		o.Most = o.Target * 35 / 22
	}
	o.Most = max(o.Most, 8)
	o.Target = min(o.Target, o.Most)
	return o
}

// Split parts a document into passages, in the order of its text. All of the text
// is in a passage but white space between them, and none is in two. A passage ends
// where a paragraph does rather than where a row or an item does, there rather
// than where a sentence does, and never in a character. A section is parted from
// the next if it is worth a passage.
func Split(d *extract.Document, o Options) []Passage {
	o = o.orDefault()
	s := splitter{text: d.Text, target: o.Target * word, most: o.Most * word}
	blocks := d.Blocks
	if len(blocks) == 0 {
		blocks = []extract.Block{{Kind: extract.Text, End: len(d.Text)}}
	}
	for i, b := range blocks {
		begin := b.Begin
		if i == 0 {
			begin = 0 // what is before the first block is white space
		}
		s.block(b, begin)
	}
	s.flush()
	return s.passages
}

// word is how much a word weighs: a character of a script without spaces weighs a
// part of it.
const word = 4

// small is what a section may weigh, as a part of the target, to be put together
// with the next.
const small = 4

// unit is text that is not parted further.
type unit struct {
	begin, end int
	weight     int
	bond       int // to what follows: the larger, the better a passage ends here
	page       int
	headings   []string
}

// The ends of units, as places for a passage to end.
const (
	afterHeading   = -300
	withinSentence = 0
	afterSentence  = 40
	afterLine      = 50 // a row, an item, or a line that ends a sentence
	afterParagraph = 65
)

// splitter gathers units until there are enough for a passage.
type splitter struct {
	text         string
	target, most int

	path     []level
	headings []string // the path's, shared by the passages beneath it

	units    []unit
	weight   int // of all of them
	passages []Passage
	last     int // the weight of the last passage, if the section goes on; else 0
}

// level is a heading on the way to the current place.
type level struct {
	level int
	text  string
}

func (s *splitter) block(b extract.Block, begin int) {
	scan := scanner{text: s.text, at: begin, end: b.End, most: s.most / 2}
	switch b.Kind {
	case extract.Heading:
		if s.weight >= s.target/small {
			s.flush()
		}
		s.enter(b)
		scan.closing = afterHeading
	case extract.Table, extract.List, extract.Code:
		scan.lines, scan.closing = true, afterParagraph
	default:
		scan.closing = afterParagraph
	}
	for scan.at < scan.end {
		u := scan.next()
		u.page, u.headings = b.Page, s.headings
		s.add(u)
	}
}

// enter makes a heading the current one.
func (s *splitter) enter(b extract.Block) {
	n := len(s.path)
	for n > 0 && s.path[n-1].level >= b.Level {
		n--
	}
	s.path = append(s.path[:n:n], level{b.Level, shown(s.text[b.Begin:b.End])})
	s.headings = make([]string, 0, len(s.path))
	for _, l := range s.path {
		s.headings = append(s.headings, l.text)
	}
}

// shown is a heading as one line of bearable length.
func shown(heading string) string {
	const most = 200 // bytes
	heading = strings.Trim(heading[:min(len(heading), 4*most)], "# \t\n=-")
	heading = strings.Join(strings.Fields(heading), " ")
	return strings.ToValidUTF8(heading[:min(len(heading), most)], "")
}

func (s *splitter) add(u unit) {
	s.units = append(s.units, u)
	s.weight += u.weight
	for s.weight > s.most {
		s.cut()
	}
}

// cut ends a passage at the best place among the units that fit into one.
func (s *splitter) cut() {
	best, most := 0, -1<<30
	weight := 0
	for i, u := range s.units[:len(s.units)-1] {
		if weight += u.weight; weight > s.most {
			break
		}
		distance := weight - s.target
		if distance < 0 {
			distance = -distance
		}
		if score := u.bond - 100*distance/s.target; score > most {
			best, most = i, score
		}
	}
	s.emit(best + 1)
}

// emit makes a passage of the first units.
func (s *splitter) emit(n int) {
	first := s.units[0]
	p := Passage{Begin: first.begin, End: s.units[n-1].end, Page: first.page, Headings: first.headings}
	body := s.text[p.Begin:p.End]
	p.Begin += len(body) - len(strings.TrimLeft(body, space))
	p.End -= len(body) - len(strings.TrimRight(body, space))
	s.last = 0
	for _, u := range s.units[:n] {
		s.last += u.weight
	}
	s.weight -= s.last
	s.units = s.units[:copy(s.units, s.units[n:])]
	if p.Begin < p.End {
		s.passages = append(s.passages, p)
	}
}

// space is what passages have none of at their ends.
const space = " \t\n"

// flush makes a passage of what there is, at the end of a section. A little rest is
// put to the passage before it.
func (s *splitter) flush() {
	if len(s.units) == 0 {
		s.last = 0
		return
	}
	before, rest := s.last, s.weight
	s.emit(len(s.units))
	if n := len(s.passages); before > 0 && rest < s.target/small && before+rest <= s.most && n > 1 {
		s.passages[n-2].End = s.passages[n-1].End
		s.passages = s.passages[:n-1]
	}
	s.last = 0
}
