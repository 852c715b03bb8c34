package extract

import (
	"bytes"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// rtf reads rich text: text, headings by their styles, tables and the title.
// Everything that is a destination of its own, such as pictures, is passed over.
func (r *reader) rtf(data []byte) error {
	begin := bytes.Index(data[:min(len(data), 1024)], []byte(`{\rtf`))
	if begin < 0 {
		return r.unreadable()
	}
	x := rtf{reader: r, data: data[begin:], page: charmap.Windows1252, charsets: map[int]encoding.Encoding{}, headings: map[int]int{}}
	x.state.skip = 1
	x.out.page = 1
	for x.at < len(x.data) {
		if err := x.token(); err != nil {
			return err
		}
		if x.begun && len(x.groups) == 0 {
			break
		}
	}
	x.flush()
	r.title = oneLine(x.titled.String())
	r.forgetOnlyPage()
	if len(x.groups) > 0 {
		return r.unreadable()
	}
	return nil
}

// rtf is the reading of a rich text file.
type rtf struct {
	*reader
	data []byte
	at   int

	begun  bool
	state  rtfState
	groups []rtfState // the states around the current group

	page     encoding.Encoding // of the file
	charsets map[int]encoding.Encoding
	headings map[int]int // levels, by style
	pending  []byte      // text in the current encoding that is not decoded yet
	high     uint16      // the first half of a character
	titled   strings.Builder
	name     []byte // of the style that is being read

	heading int  // level of the current paragraph
	lead    bool // what follows is an item of a list
	ended   bool // a paragraph ended, and nothing followed yet
}

// destination is where a group's text goes.
type destination int

const (
	intoText destination = iota
	intoNothing
	intoFonts
	intoStyles
	intoTitle
)

// rtfState is what a group hands on to the groups in it.
type rtfState struct {
	to    destination
	skip  int // characters that stand for a Unicode character after it
	font  int
	style int
	table bool
}

// token reads one token.
func (x *rtf) token() error {
	if err := x.check(); err != nil {
		return err
	}
	switch c := x.data[x.at]; c {
	case '{':
		x.at++
		x.begun = true
		x.flush()
		if err := x.deeper(len(x.groups) + 1); err != nil {
			return err
		}
		x.groups = append(x.groups, x.state)
	case '}':
		x.at++
		x.leave()
	case '\\':
		x.control()
	case '\r', '\n':
		x.at++
	default:
		x.at++
		x.char(c)
	}
	return nil
}

func (x *rtf) leave() {
	x.flush()
	if n := len(x.groups); n > 0 {
		x.state = x.groups[n-1]
		x.groups = x.groups[:n-1]
	}
}

// control reads what follows a backslash: a symbol, or a word with a number.
func (x *rtf) control() {
	x.at++
	if x.at >= len(x.data) {
		return
	}
	c := x.data[x.at]
	if !isLetter(c) {
		x.at++
		x.symbol(c)
		return
	}
	begin := x.at
	for x.at < len(x.data) && isLetter(x.data[x.at]) && x.at-begin < 32 {
		x.at++
	}
	word := string(x.data[begin:x.at])
	n, given := x.number()
	if x.at < len(x.data) && x.data[x.at] == ' ' {
		x.at++
	}
	if word == "bin" && given && n > 0 {
		x.at = min(len(x.data), x.at+n)
		return
	}
	x.word(word, n, given)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// number reads the parameter of a word.
func (x *rtf) number() (n int, given bool) {
	negative := false
	if x.at < len(x.data) && x.data[x.at] == '-' {
		negative = true
		x.at++
	}
	for digits := 0; x.at < len(x.data) && x.data[x.at] >= '0' && x.data[x.at] <= '9' && digits < 9; digits++ {
		n, given = n*10+int(x.data[x.at]-'0'), true
		x.at++
	}
	if negative {
		n = -n
	}
	return n, given
}

func (x *rtf) symbol(c byte) {
	switch c {
	case '\'':
		if x.at+2 <= len(x.data) {
			if b, ok := unhex(x.data[x.at], x.data[x.at+1]); ok {
				x.char(b)
			}
			x.at += 2
		}
	case '*':
		x.state.to = intoNothing
	case '~':
		x.char(' ')
	case '_':
		x.char('-')
	case '\\', '{', '}':
		x.char(c)
	case '\r', '\n':
		x.paragraph()
	}
}

func unhex(high, low byte) (byte, bool) {
	h, l := strings.IndexByte("0123456789abcdef", high|0x20), strings.IndexByte("0123456789abcdef", low|0x20)
	if h < 0 || l < 0 {
		return 0, false
	}
	return byte(h<<4 | l), true
}

// elsewhere are the destinations that are no text of the document.
var elsewhere = map[string]bool{
	"colortbl": true, "pict": true, "object": true, "info": true, "header": true, "headerl": true, "headerr": true,
	"headerf": true, "footer": true, "footerl": true, "footerr": true, "footerf": true, "fldinst": true, "bkmkstart": true,
	"bkmkend": true, "filetbl": true, "revtbl": true, "listtable": true, "listoverridetable": true, "generator": true, "themedata": true,
	"datastore": true, "latentstyles": true, "xmlnstbl": true, "rsidtbl": true, "objdata": true, "shpinst": true, "nonshppict": true,
	"annotation": true, "atnid": true, "atnauthor": true, "operator": true, "author": true, "company": true,
}

// spelled are the words that stand for characters.
var spelled = map[string]string{
	"tab": " ", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
	"emspace": " ", "enspace": " ",
}

func (x *rtf) word(word string, n int, given bool) {
	if s, ok := spelled[word]; ok {
		x.say(s)
		return
	}
	switch {
	case elsewhere[word]:
		x.state.to = intoNothing
	case word == "fonttbl":
		x.state.to = intoFonts
	case word == "stylesheet":
		x.state.to = intoStyles
	case word == "title" && x.state.to == intoNothing:
		x.flush()
		x.state.to = intoTitle
	case word == "u":
		x.unicode(n)
	case word == "uc" && n >= 0 && n < 32:
		x.state.skip = n
	case word == "ansicpg":
		x.codePage(n)
	case word == "mac":
		x.page = charmap.Macintosh
	case word == "f":
		x.flush()
		x.state.font = n
	case word == "fcharset" && x.state.to == intoFonts:
		x.charsets[x.state.font] = rtfCharsets[n]
	default:
		x.layout(word, n, given)
	}
}

// layout is words about paragraphs, tables and pages.
func (x *rtf) layout(word string, n int, given bool) {
	if x.state.to == intoStyles {
		x.styled(word, n)
		return
	}
	if x.state.to != intoText {
		return
	}
	switch word {
	case "par", "sect":
		x.paragraph()
	case "line":
		x.say(" ")
	case "page":
		x.paragraph()
		x.out.page++
	case "pard", "plain":
		x.flush()
		if word == "pard" {
			x.heading, x.state.table = 0, false
		}
	case "s":
		x.heading = x.headings[n]
	case "outlinelevel":
		if given && n >= 0 && n < 9 {
			x.heading = min(n+1, 6)
		}
	case "intbl":
		x.state.table = true
	case "cell":
		x.cell()
	case "row":
		x.flush()
		x.out.next()
	case "listtext", "pntext":
		x.state.to = intoNothing
		x.lead = true
	}
}

// styled reads the table of styles: {\s1 heading 1;}.
func (x *rtf) styled(word string, n int) {
	if word == "s" {
		x.name = x.name[:0]
		x.state.style = n
	}
}

// unicode is a character by its number, which is written as a signed one of 16
// bits; what stands for it in old readers follows it, and is passed over.
func (x *rtf) unicode(n int) {
	x.flush()
	unit := uint16(n)
	switch {
	case utf16.IsSurrogate(rune(unit)) && x.high == 0:
		x.high = unit
	case x.high != 0:
		x.say(string(utf16.DecodeRune(rune(x.high), rune(unit))))
		x.high = 0
	default:
		x.say(string(rune(unit)))
	}
	for left := x.state.skip; left > 0 && x.at < len(x.data); left-- {
		switch c := x.data[x.at]; {
		case c == '\\' && x.at+3 < len(x.data) && x.data[x.at+1] == '\'':
			x.at += 4
		case c == '\\' || c == '{' || c == '}':
			return
		default:
			x.at++
		}
	}
}

// char is a byte of text in the current encoding.
func (x *rtf) char(c byte) {
	switch x.state.to {
	case intoText, intoTitle:
		x.pending = append(x.pending, c)
	case intoStyles:
		x.styleName(c)
	case intoNothing, intoFonts:
	}
}

// styleName gathers a style's name, which ends in a semicolon.
func (x *rtf) styleName(c byte) {
	const longest = 64
	if c != ';' {
		if len(x.name) < longest {
			x.name = append(x.name, c)
		}
		return
	}
	if level := named(string(x.name)); level > 0 && len(x.headings) < 1000 {
		x.headings[x.state.style] = level
	}
	x.name = x.name[:0]
}

// flush decodes what was read.
func (x *rtf) flush() {
	if len(x.pending) == 0 {
		return
	}
	from := x.charsets[x.state.font]
	if from == nil {
		from = x.page
	}
	text, err := from.NewDecoder().Bytes(x.pending)
	x.pending = x.pending[:0]
	if err == nil {
		x.put(string(text))
	}
}

// say is text that needs no decoding.
func (x *rtf) say(s string) {
	x.flush()
	x.put(s)
}

// put writes text where the group's text goes.
func (x *rtf) put(s string) {
	switch x.state.to {
	case intoTitle:
		if x.titled.Len() < 1000 {
			x.titled.WriteString(s)
		}
	case intoText:
		x.place()
		x.out.write(s)
	case intoNothing, intoFonts, intoStyles:
	}
}

// place sees that the block is open that the paragraph's text belongs to.
func (x *rtf) place() {
	switch {
	case x.state.table:
		if !x.out.is(Table) {
			x.out.open(Table, 0)
		}
	case x.lead:
		if x.out.is(List) {
			x.out.next()
		} else {
			x.out.open(List, 0)
		}
		x.out.bullet()
	case x.out.is(Table), x.out.is(List) && x.ended:
		x.out.close()
	}
	if x.lead, x.ended = false, false; x.heading > 0 && !x.state.table && !x.out.is(Heading) {
		x.out.open(Heading, x.heading)
	}
}

func (x *rtf) paragraph() {
	x.flush()
	x.ended = true
	switch {
	case x.state.to != intoText:
	case x.state.table:
		x.out.space = true
	case x.out.is(List):
		x.out.space = true
	default:
		x.out.close()
	}
}

// cell ends a cell.
func (x *rtf) cell() {
	x.flush()
	if !x.out.is(Table) {
		x.out.open(Table, 0)
	}
	x.out.cell()
}

func (x *rtf) codePage(n int) {
	if e := codePages[n]; e != nil {
		x.page = e
	}
}

var codePages = map[int]encoding.Encoding{
	437: charmap.CodePage437, 850: charmap.CodePage850, 852: charmap.CodePage852, 866: charmap.CodePage866, 874: charmap.Windows874,
	932: japanese.ShiftJIS, 936: simplifiedchinese.GB18030, 949: korean.EUCKR, 950: traditionalchinese.Big5,
	1250: charmap.Windows1250, 1251: charmap.Windows1251, 1252: charmap.Windows1252, 1253: charmap.Windows1253,
	1254: charmap.Windows1254, 1255: charmap.Windows1255, 1256: charmap.Windows1256, 1257: charmap.Windows1257, 1258: charmap.Windows1258,
	10000: charmap.Macintosh,
}

// rtfCharsets are the encodings of \fcharset; one that is missing is the file's.
var rtfCharsets = map[int]encoding.Encoding{
	77: charmap.Macintosh, 128: japanese.ShiftJIS, 129: korean.EUCKR, 134: simplifiedchinese.GB18030, 136: traditionalchinese.Big5,
	161: charmap.Windows1253, 162: charmap.Windows1254, 163: charmap.Windows1258, 177: charmap.Windows1255, 178: charmap.Windows1256,
	186: charmap.Windows1257, 204: charmap.Windows1251, 222: charmap.Windows874, 238: charmap.Windows1250,
}
