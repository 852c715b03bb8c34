package pdf

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bullets are the marks that items of lists begin with.
const Bullets = "•◦▪‣●■○"

// Paragraph is lines of a page that belong together.
type Paragraph struct {
	Text string
	Size float64 // of most of its letters, in points
	Bold bool    // all of it
	Top  float64 // the height of its first line, in points
}

// line is runs on one baseline, from left to right.
type line struct {
	text             strings.Builder
	x, y, end        float64
	size             float64
	bold             bool
	rotation, letter int
}

// paragraphs puts runs together to lines, and lines to paragraphs. Runs are taken in
// the order in which the file shows them: it is that of reading in nearly all files,
// and keeps columns apart.
func paragraphs(runs []run) []Paragraph {
	var out []Paragraph
	var current *line
	var block blockOfLines
	for _, r := range runs {
		if current != nil && current.takes(r) {
			current.add(r)
			continue
		}
		out = block.next(out, current)
		current = begun(r)
	}
	out = block.next(out, current)
	return block.end(out)
}

func begun(r run) *line {
	l := &line{x: r.x, y: r.y, end: r.x, size: r.size, bold: r.bold, rotation: r.rotation}
	l.add(r)
	return l
}

// takes reports whether a run goes on with the line: it is on its baseline, or
// raised a little, and not far to the left of its end.
func (l *line) takes(r run) bool {
	size := math.Max(l.size, r.size)
	return r.rotation == l.rotation && math.Abs(r.y-l.y) < 0.45*size && r.x > l.end-0.6*size
}

// add appends a run, with a space where there is a gap.
func (l *line) add(r run) {
	const gap = 0.17 // of the size: less than the thinnest space between words
	if l.text.Len() > 0 && r.x-l.end > gap*math.Max(1, math.Min(l.size, r.size)) {
		l.text.WriteByte(' ')
	}
	l.text.WriteString(r.text)
	l.end = math.Max(l.end, r.x+r.width)
	if n := utf8.RuneCountInString(r.text); strings.TrimSpace(r.text) != "" {
		if n > l.letter {
			l.size, l.letter = r.size, n
		}
		l.bold = l.bold && r.bold
	}
}

// blockOfLines gathers lines of a paragraph.
type blockOfLines struct {
	text  strings.Builder
	last  *line
	pitch float64 // from one line to the next
	size  float64
	bold  bool
	top   float64
}

// next adds a line, after ending the paragraph if the line does not belong to it.
func (b *blockOfLines) next(out []Paragraph, l *line) []Paragraph {
	if l == nil {
		return out
	}
	text := strings.Join(strings.Fields(strings.ReplaceAll(l.text.String(), "\u00a0", " ")), " ")
	if text == "" {
		return out
	}
	if b.last != nil && !b.continues(l) {
		out = b.end(out)
	}
	if b.last == nil {
		b.size, b.bold, b.top, b.pitch = l.size, l.bold, l.y, 0
	} else if drop := b.last.y - l.y; drop > 0 {
		b.pitch = drop
	}
	b.bold = b.bold && l.bold
	b.join(text)
	b.last = l
	return out
}

// continues reports whether a line goes on with the paragraph.
func (b *blockOfLines) continues(l *line) bool {
	if l.rotation != b.last.rotation || math.Abs(l.size-b.size) > 0.12*math.Max(l.size, b.size) || l.bold != b.last.bold && l.bold {
		return false
	}
	drop := b.last.y - l.y
	first, _ := utf8.DecodeRuneInString(l.text.String())
	switch {
	case strings.ContainsRune(Bullets, first):
		return false
	case drop < -0.5*l.size: // up: another column, into which a sentence may go on
		return !b.ended()
	case math.Abs(drop) <= 0.45*l.size: // beside: another column or cell
		return false
	case b.pitch > 0:
		return drop < 1.3*b.pitch
	}
	return drop < 1.75*l.size
}

// ended reports whether the paragraph ends with a sentence.
func (b *blockOfLines) ended() bool {
	r, _ := utf8.DecodeLastRuneInString(b.text.String())
	return strings.ContainsRune(".!?:;)”\"。", r)
}

// join adds a line's text; a word that was broken at the line's end is put together.
func (b *blockOfLines) join(text string) {
	before := b.text.String()
	first, _ := utf8.DecodeRuneInString(text)
	switch {
	case before == "":
	case strings.HasSuffix(before, "\u00ad"):
		b.reset(strings.TrimSuffix(before, "\u00ad"))
	case broken(before) && unicode.IsLower(first):
		b.reset(before[:len(before)-1])
	case !wide(before, first):
		b.text.WriteByte(' ')
	}
	b.text.WriteString(text)
}

func (b *blockOfLines) reset(text string) {
	b.text.Reset()
	b.text.WriteString(text)
}

// broken reports whether text ends in a letter and a hyphen.
func broken(text string) bool {
	rest, ok := strings.CutSuffix(text, "-")
	if !ok {
		rest, ok = strings.CutSuffix(text, "‐")
	}
	last, _ := utf8.DecodeLastRuneInString(rest)
	return ok && unicode.IsLower(last) && strings.HasSuffix(text, "-")
}

// wide reports scripts that need no space where a line ended.
func wide(before string, first rune) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	spaceless := func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) || r >= 0x3000 && r < 0x3040
	}
	return spaceless(last) && spaceless(first)
}

// end ends the paragraph.
func (b *blockOfLines) end(out []Paragraph) []Paragraph {
	if b.last == nil {
		return out
	}
	out = append(out, Paragraph{Text: unligate.Replace(strings.ReplaceAll(b.text.String(), "\u00ad", "")), Size: b.size, Bold: b.bold, Top: b.top})
	*b = blockOfLines{}
	return out
}
