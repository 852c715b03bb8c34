package extract

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// candidate is an encoding that text without a declaration may have. Common are
// the letters that its languages use most: what a wrong encoding does not make.
type candidate struct {
	read   encoding.Encoding
	common string
	letter func(rune) bool
	latin  bool // of ASCII with accents, of which two in a row are rare
}

func in(table *unicode.RangeTable) func(rune) bool {
	return func(r rune) bool { return unicode.Is(table, r) }
}

func kana(r rune) bool { return unicode.In(r, unicode.Hiragana, unicode.Katakana) || ordinaryHan(r) }

func ordinaryHan(r rune) bool { return r >= 0x4e00 && r < 0x9fa6 || r >= 0x3000 && r < 0x3010 }

func accented(r rune) bool { return r >= 0xc0 && r < 0x250 && r != 0xd7 && r != 0xf7 }

// candidates stand in the order in which they win a draw.
var candidates = []candidate{
	{charmap.Windows1252, "éèàáäöüßçñóíúêâôîæøåãõÉÀÄÖÜ’“”–—«»", accented, true},
	{charmap.Windows1250, "ąćęłńóśźżčěřšžýáíéůúőűťďňľĺôășțŁŚŽŠČ„”’", accented, true},
	{charmap.Windows1251, "оеаинтсрвлкмдпуяыьгзб", in(unicode.Cyrillic), false},
	{charmap.KOI8R, "оеаинтсрвлкмдпуяыьгзб", in(unicode.Cyrillic), false},
	{charmap.Windows1253, "αοιετσνηυρπκμλςίόάέή", in(unicode.Greek), false},
	{charmap.Windows1254, "ıişğçöüİĞŞ", func(r rune) bool { return strings.ContainsRune("ıişğçöüİĞŞÇÖÜâîû", r) }, true},
	{charmap.Windows1255, "יוהלארתבשמנ", in(unicode.Hebrew), false},
	{charmap.Windows1256, "اليمونرتبةعدسفهك", in(unicode.Arabic), false},
	{charmap.Windows874, "านรอกเงมยลวดทสตะปบคห่้ัี", in(unicode.Thai), false},
	{japanese.ShiftJIS, "のにはをたがでてとしれさいるなかも、。", kana, false},
	{japanese.EUCJP, "のにはをたがでてとしれさいるなかも、。", kana, false},
	{simplifiedchinese.GB18030, "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能，。", ordinaryHan, false},
	{traditionalchinese.Big5, "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能，。", ordinaryHan, false},
	{korean.EUCKR, "이다는에의을를가고하은한로지기도서사", in(unicode.Hangul), false},
}

// guess is the encoding in which bytes that are no UTF-8 read best.
func guess(data []byte) encoding.Encoding {
	if shifts(data) {
		return japanese.ISO2022JP
	}
	sample := telling(data)
	best, most := encoding.Encoding(charmap.Windows1252), -1<<30
	for _, c := range candidates {
		text, err := c.read.NewDecoder().Bytes(sample)
		if err != nil {
			continue
		}
		if score := c.score(string(text)); score > most {
			best, most = c.read, score
		}
	}
	return best
}

// telling is a sample that begins near the first byte that is no ASCII.
func telling(data []byte) []byte {
	first := bytes.IndexFunc(data, func(r rune) bool { return r >= utf8.RuneSelf })
	begin := max(0, first-64)
	return data[begin:min(len(data), begin+16<<10)]
}

// score says how well text reads that was decoded as the candidate: in points per
// byte of the original it would be unfair to encodings of two bytes a letter, so
// letters of such count double.
func (c candidate) score(text string) int {
	score, before := 0, ' '
	for _, r := range text {
		if r >= utf8.RuneSelf {
			score += c.rune(r, before)
		}
		before = r
	}
	return score
}

func (c candidate) rune(r, before rune) int {
	var points int
	switch {
	case r == utf8.RuneError:
		return -40
	case unicode.IsControl(r) || unicode.Is(unicode.Co, r):
		return -20
	case c.latin && unicode.IsLetter(r) && unicode.IsLetter(before) && before >= utf8.RuneSelf:
		points = -3
	case !c.latin && utf8.RuneLen(r) == 2 && before < utf8.RuneSelf && unicode.IsLetter(before):
		points = -4 // one word in two scripts
	case strings.ContainsRune(c.common, r):
		points = 6
	case c.letter(r):
		points = 2
	case unicode.IsLetter(before) && !unicode.IsPunct(r) && !unicode.IsSpace(r):
		points = -6 // a sign within a word
	default:
		points = -1
	}
	if unicode.IsUpper(r) && unicode.IsLower(before) {
		points -= 6
	}
	if utf8.RuneLen(r) == 3 && !unicode.Is(unicode.Thai, r) && points > 0 {
		points *= 2
	}
	return points
}
