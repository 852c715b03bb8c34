package chunk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner finds the units of a block: sentences, or lines, or, of what has neither,
// words.
type scanner struct {
	text    string
	at, end int
	most    int  // a unit's weight
	lines   bool // a line is a unit
	closing int  // the bond of the block's last unit

	// of the current unit
	weight  int
	run     int // characters since the last change from words to space
	spaced  bool
	pause   int // after the last white space
	paused  int // the weight until there
	started bool
}

// next is the next unit; there is one while at < end.
func (s *scanner) next() unit {
	u := unit{begin: s.at}
	s.weight, s.run, s.spaced, s.pause, s.paused, s.started = 0, 0, true, 0, 0, false
	for s.at < s.end {
		if s.weight >= s.most {
			return s.tooLong(u)
		}
		if bond := s.step(); bond != 0 {
			s.skip()
			return s.done(u, bond)
		}
	}
	return s.done(u, s.closing)
}

// done ends the unit here.
func (s *scanner) done(u unit, bond int) unit {
	u.end, u.weight, u.bond = s.at, max(1, s.weight), bond
	if s.at >= s.end {
		u.bond = s.closing
	}
	return u
}

// tooLong ends the unit after the last word that fits, or if there is none, after
// a character.
func (s *scanner) tooLong(u unit) unit {
	if s.pause > u.begin && s.paused > 0 {
		s.at, s.weight = s.pause, s.paused
		return s.done(u, withinSentence)
	}
	for limit := s.at + 64; s.at < s.end; {
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		if !joins(r) || s.at > limit {
			break
		}
		s.at += size
	}
	return s.done(u, withinSentence)
}

// joins reports whether a character belongs to the one before it.
func joins(r rune) bool {
	return unicode.Is(unicode.M, r) || r == 0x200d || r >= 0x1f3fb && r <= 0x1f3ff
}

// step goes over a character, and returns the bond of a unit that ends with it, or 0.
func (s *scanner) step() int {
	c := s.text[s.at]
	if c >= utf8.RuneSelf {
		return s.wide()
	}
	s.at++
	switch c {
	case ' ', '\t':
		s.blank()
	case '\n':
		s.blank()
		return s.broken()
	case '.', '!', '?':
		s.letter()
		return s.stop(c)
	default:
		s.letter()
	}
	return 0
}

// blank counts white space.
func (s *scanner) blank() {
	if !s.spaced {
		s.spaced, s.run = true, 0
	}
	s.long()
	s.pause, s.paused = s.at, s.weight
}

// letter counts a character of a word.
func (s *scanner) letter() {
	if s.spaced {
		s.spaced, s.run, s.started = false, 0, true
		s.weight += word
	}
	s.long()
}

// long counts every 16th character of a run as a word.
func (s *scanner) long() {
	if s.run++; s.run%16 == 0 {
		s.weight += word
	}
}

// wide goes over a character that is no ASCII.
func (s *scanner) wide() int {
	r, size := utf8.DecodeRuneInString(s.text[s.at:])
	s.at += size
	switch {
	case r < 0xe00:
		s.letter()
	case unspaced(r):
		s.weight++
		s.spaced, s.started = true, true
	case ideograph(r):
		s.weight += word / 2
		s.spaced, s.started = true, true
	case r == 0x3000 || r >= 0x2000 && r <= 0x200b:
		s.blank()
	case r == '。' || r == '！' || r == '？' || r == '｡':
		s.pause, s.paused = s.at, s.weight
		s.weight++
		return afterSentence
	default:
		s.letter()
	}
	if r == '।' || r == '؟' || r == '۔' {
		return afterSentence
	}
	return 0
}

// unspaced are the scripts whose words have several characters, and no spaces
// between them: Thai, Lao, Burmese and Khmer.
func unspaced(r rune) bool {
	return r >= 0xe00 && r < 0xf00 || r >= 0x1000 && r < 0x10a0 || r >= 0x1780 && r < 0x1800
}

// ideograph reports characters of Chinese, Japanese and Korean.
func ideograph(r rune) bool {
	return r >= 0x3040 && r < 0xa000 || r >= 0xac00 && r < 0xd7b0 || r >= 0xf900 && r < 0xfb00 || r >= 0x20000 && r < 0x32000
}

// broken is what a line's end means.
func (s *scanner) broken() int {
	rest := strings.TrimLeft(s.text[s.at:s.end], " \t")
	switch {
	case !s.started:
		return 0
	case rest == "" || rest[0] == '\n':
		return afterParagraph
	case s.lines:
		return afterLine
	}
	return 0
}

// skip goes over the white space after a unit, which belongs to it.
func (s *scanner) skip() {
	for s.at < s.end && strings.IndexByte(space, s.text[s.at]) >= 0 {
		s.at++
		s.blank()
		if s.weight >= s.most {
			return
		}
	}
}

// stop reports whether a sentence ends with a mark: white space follows, perhaps
// after quotes and brackets, and then no small letter; and before a full stop there
// is no abbreviation.
func (s *scanner) stop(mark byte) int {
	after := s.at
	for after < s.end && strings.IndexByte(`"')]`, s.text[after]) >= 0 {
		after++
	}
	if after >= s.end || strings.IndexByte(space, s.text[after]) < 0 {
		return 0
	}
	follows := after
	for follows < s.end && strings.IndexByte(space, s.text[follows]) >= 0 && follows-after < 80 {
		follows++
	}
	if follows < s.end && s.text[follows] >= 'a' && s.text[follows] <= 'z' || mark == '.' && s.abbreviated() {
		return 0
	}
	lines := strings.Count(s.text[after:follows], "\n")
	s.at = after
	switch {
	case lines > 1:
		return afterParagraph
	case lines == 1:
		return afterLine
	}
	return afterSentence
}

// abbreviations are those that are followed by capitals and digits.
const abbreviations = " mr mrs ms dr prof st vs fig figs no nos vol pp eq eqs ref refs cf al approx dept inc e.g i.e sec ch ed eds nr abb bzw vgl z.b d.h u.a "

// abbreviated reports whether the word before the full stop is an initial or an
// abbreviation.
func (s *scanner) abbreviated() bool {
	dot := s.at - 1
	begin := dot
	for begin > 0 && dot-begin <= 7 && (isLetter(s.text[begin-1]) || s.text[begin-1] == '.') {
		begin--
	}
	w := s.text[begin:dot]
	if len(w) == 1 {
		return w != "I"
	}
	return w != "" && len(w) <= 6 && strings.Contains(abbreviations, " "+strings.ToLower(w)+" ")
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
