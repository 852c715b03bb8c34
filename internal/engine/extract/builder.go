package extract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// builder gathers text and blocks, and keeps to the limits. After an error it
// takes nothing more.
type builder struct {
	text      []byte
	blocks    []Block
	most      int // bytes of text
	blockMost int
	page      int
	current   Block
	inBlock   bool
	space     bool // white space was read that the text does not have yet
	item      bool // an item of a list has begun that has no text yet
	err       error
}

// open ends the current block and begins another.
func (b *builder) open(kind Kind, level int) {
	b.close()
	b.current = Block{Kind: kind, Level: level, Begin: -1, Page: b.page}
	b.inBlock = true
}

// is reports whether a block of the kind is open.
func (b *builder) is(kind Kind) bool { return b.inBlock && b.current.Kind == kind }

// add is a block of its own.
func (b *builder) add(kind Kind, level int, text string) {
	b.open(kind, level)
	b.write(text)
	b.close()
}

// write adds text to the current block; without one, to a new paragraph. Runs of
// white space become one space, but in code.
func (b *builder) write(s string) {
	if !b.inBlock {
		if strings.TrimSpace(s) == "" {
			return
		}
		b.open(Text, 0)
	}
	if b.current.Kind == Code {
		b.verbatim(s)
		return
	}
	for s != "" && b.err == nil {
		n := wordEnd(s)
		if n > 0 {
			b.word(s[:n])
			s = s[n:]
			continue
		}
		_, size := utf8.DecodeRuneInString(s)
		b.space = true
		s = s[size:]
	}
}

// wordEnd is where the text stops to be printable and valid.
func wordEnd(s string) int {
	for i := 0; i < len(s); {
		c := s[i]
		if c > ' ' && c < 0x7f {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			return i
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || unicode.IsSpace(r) || unicode.IsControl(r) {
			return i
		}
		i += size
	}
	return len(s)
}

// word adds printable text, after a space if one is due.
func (b *builder) word(s string) {
	b.begin()
	if n := len(b.text); b.space && n > b.current.Begin && b.text[n-1] != '\n' && b.text[n-1] != '\t' {
		b.put(" ")
	}
	if b.item {
		b.put("- ")
	}
	b.space, b.item = false, false
	b.put(s)
}

// bullet begins an item of a list: what is written next has a dash before it.
func (b *builder) bullet() { b.item = true }

// verbatim adds lines as they stand.
func (b *builder) verbatim(s string) {
	b.begin()
	b.put(clean(s))
}

// begin parts a block from the one before it with an empty line.
func (b *builder) begin() {
	if b.current.Begin >= 0 {
		return
	}
	if len(b.text) > 0 {
		b.put("\n\n")
	}
	b.current.Begin = len(b.text)
}

// next begins another row or item, or another line of text.
func (b *builder) next() {
	if b.inBlock && b.current.Begin >= 0 {
		b.trim(" \t")
		if n := len(b.text); n > b.current.Begin && b.text[n-1] != '\n' {
			b.put("\n")
		}
	}
	b.space = false
}

// cell begins another cell of a table's row.
func (b *builder) cell() {
	if b.inBlock {
		b.begin()
		b.put("\t")
	}
	b.space = false
}

// close ends the current block. One without text is none.
func (b *builder) close() {
	if !b.inBlock {
		return
	}
	b.inBlock, b.space, b.item = false, false, false
	if b.current.Begin < 0 {
		return
	}
	b.trim(" \t\n")
	b.current.End = len(b.text)
	if b.current.End == b.current.Begin {
		b.text = b.text[:max(0, b.current.Begin-len("\n\n"))]
		return
	}
	if len(b.blocks) >= b.blockMost {
		b.fail(refuse("The document has more than %d parts, which is not read.", b.blockMost))
		return
	}
	b.blocks = append(b.blocks, b.current)
}

// drop takes back the last block.
func (b *builder) drop() {
	last := len(b.blocks) - 1
	b.text = b.text[:max(0, b.blocks[last].Begin-len("\n\n"))]
	b.blocks = b.blocks[:last]
}

// trim removes what the current block ends with.
func (b *builder) trim(cutset string) {
	n := len(b.text)
	for n > b.current.Begin && strings.IndexByte(cutset, b.text[n-1]) >= 0 {
		n--
	}
	b.text = b.text[:n]
}

func (b *builder) put(s string) {
	if len(b.text)+len(s) > b.most {
		b.fail(refuse("The document has more than %s of text, which is not read.", megabytes(int64(b.most))))
		return
	}
	b.text = append(b.text, s...)
}

func (b *builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// clean makes text what Document promises: valid UTF-8, lines that end in a line
// feed, and no other control characters than tabs.
func clean(s string) string {
	if isClean(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i, r := range s {
		switch {
		case r == '\r':
			if !strings.HasPrefix(s[i+1:], "\n") {
				b.WriteByte('\n')
			}
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == '\f' || r == '\v' || r == 0x85 || r == 0x2028 || r == 0x2029:
			b.WriteByte('\n')
		case r == 0xfeff || unicode.IsControl(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isClean(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c == 0xc2 || c == 0xe2 && strings.HasPrefix(s[i:], "\u2028") || c == 0xe2 && strings.HasPrefix(s[i:], "\u2029") || c == 0xef {
			return false
		}
	}
	return utf8.ValidString(s)
}

// headline is a heading's text as one line of bearable length.
func headline(d *Document, b Block) string {
	return oneLine(strings.TrimLeft(d.Text[b.Begin:b.End], "# "))
}

// oneLine is text as a title: one line, and not longer than a title is.
func oneLine(s string) string {
	const most = 400 // bytes
	if len(s) > 2*most {
		s = s[:2*most]
	}
	s = strings.Join(strings.Fields(clean(strings.ToValidUTF8(s, ""))), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
