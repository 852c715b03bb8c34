package cite

import (
	"strings"
	"unicode/utf8"
)

// window is how much is held back at most, in bytes, of what could become a mark,
// a link, an image or a tag. What is longer is none; a URL that is longer is
// dropped.
const window = 2048

// Writer turns what a model writes into what a person reads, as it comes: safe
// for pieces cut anywhere, even within a character. It is for one goroutine.
//
// What is shown depends on the text alone and not on where it was cut: each step
// reads the text from where the last one ended, and waits until what it sees is
// decided, or window is full.
type Writer struct {
	passages []Passage
	known    []string
	links    map[string]bool // made when the first link is met

	rest   string // not yet read
	out    []byte // the answer so far
	runes  int    // characters of out
	shown  int    // bytes of out that were returned
	gap    gap    // white space not yet written
	cut    bool   // something was taken out after the last character
	skip   bool   // within a URL that is too long
	fence  fence
	inner  bool // of a link's text or a code span: for what stands within another
	depth  int
	claims claims
}

// NewWriter returns a Writer for an answer that was made from these passages: the
// mark [n] stands for passages[n-1]. Links stand if a passage or a known text,
// such as the person's message, has them.
func NewWriter(passages []Passage, known ...string) *Writer {
	return &Writer{passages: passages, known: known}
}

// Write takes the next piece and returns what there is to show of the answer,
// without a tail that could yet become a mark, a link or an image.
func (w *Writer) Write(piece string) (shown string) {
	w.rest += piece
	w.read(false)
	return w.take()
}

// Close ends the answer and returns what was held back, and the whole: its text is
// all that was shown, put together.
func (w *Writer) Close() (rest string, a Answer) {
	w.read(true)
	w.gap = gap{}
	return w.take(), Answer{Text: string(w.out), Sources: w.claims.sources}
}

func (w *Writer) take() string {
	s := string(w.out[w.shown:])
	w.shown = len(w.out)
	return s
}

// read takes steps as far as the text is decided.
func (w *Writer) read(ended bool) {
	for w.rest != "" {
		v := view{w.rest, ended}
		if len(v.text) >= window {
			v = view{v.text[:window], true}
		}
		n := w.step(v)
		if n == 0 {
			return
		}
		w.rest = w.rest[n:]
	}
}

// view is what a step may look at: the beginning of what is not yet read.
type view struct {
	text  string
	ended bool // nothing comes after it, or nothing that may matter
}

// gap is white space that waits for what follows it: around a mark that is taken
// out, one of two spaces has to go.
type gap struct {
	before, after []byte
	marked        bool
}

func (g *gap) add(c byte) {
	if g.marked {
		g.after = append(g.after, c)
		return
	}
	g.before = append(g.before, c)
}

// mark says that a mark was taken out here.
func (g *gap) mark() {
	g.before, g.after, g.marked = g.white(), nil, true
}

// white is the white space that stays: the part with more lines.
func (g *gap) white() []byte {
	before, after := count(g.before), count(g.after)
	if after > before || len(g.before) == 0 {
		return g.after
	}
	return g.before
}

func (g *gap) line() bool { return count(g.before)+count(g.after) > 0 }

func count(white []byte) int { return strings.Count(string(white), "\n") }

// emit writes text that was decided on, after the white space before it.
func (w *Writer) emit(s string) {
	if s == "" {
		return
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	white := w.gap.white()
	switch {
	case len(w.out) == 0:
		white = nil
	case w.gap.marked && count(white) == 0 && closes(s):
		white = nil
	case len(white) == 0 && w.parted(s):
		white = []byte{' '}
	}
	w.cut = w.cut && len(white) == 0 && strings.Trim(s, ".,:;!?") == ""
	w.out = append(append(w.out, white...), s...)
	w.runes += len(white) + utf8.RuneCountInString(s)
	w.gap = gap{}
}

// parted reports whether text must not follow what is before it directly: where
// something was taken out its neighbours could otherwise make a link.
func (w *Writer) parted(s string) bool {
	c, last := s[0], w.out[len(w.out)-1]
	if last == ']' && c == '(' && !w.code() {
		return true
	}
	return w.cut && last != '\n' && (alnum(c) || strings.IndexByte("/\\([@&#=?<", c) >= 0)
}

// closes reports text that no space belongs before.
func closes(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune(`.,;:!?)]}»”’。，、；：！？）」』】।؟،`, r)
}

// drop says that something was taken out here.
func (w *Writer) drop() {
	w.gap.mark()
	w.cut = true
}

// blank reads a character of white space.
func (w *Writer) blank(c byte) {
	w.gap.add(c)
	if len(w.gap.before)+len(w.gap.after) >= window {
		white := w.gap.white()
		if len(w.out) > 0 {
			w.out = append(w.out, white...)
			w.runes += len(white)
		}
		w.gap = gap{}
	}
}

// within returns what remains of a text that stands in another construct.
func (w *Writer) within(text string, code bool) string {
	const deepest = 4
	if w.depth == deepest {
		return ""
	}
	i := Writer{passages: w.passages, known: w.known, links: w.urls(), inner: true, depth: w.depth + 1}
	if code {
		i.fence.n = span
	}
	shown := i.Write(text)
	rest, _ := i.Close()
	return shown + rest
}
