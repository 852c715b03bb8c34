package pdf

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// font says what codes mean, and how wide their glyphs are.
type font struct {
	bold      bool
	unicode   *cmap // ToUnicode
	codes     *cmap // of a composite font: how long codes are
	composite bool
	wide      func(string) string // what a composite font's codes mean, if not by unicode
	simple    [256]string         // what those of a simple font mean
	narrow    [256]float64        // the widths of a simple font's glyphs
	widths    map[int]float64
	missing   float64 // the width of a glyph that widths has not
	scale     float64 // of widths; a thousandth but in fonts that are drawn
}

// mostFonts bounds how many are kept.
const mostFonts = 2000

// font reads a font, once.
func (f *File) font(o any) *font {
	r, isRef := o.(ref)
	if known := f.fonts[r]; isRef && known != nil {
		return known
	}
	d, ok := f.resolve(o).(dict)
	if !ok {
		return nil
	}
	loaded := f.loadFont(d)
	if isRef && len(f.fonts) < mostFonts {
		f.fonts[r] = loaded
	}
	return loaded
}

func (f *File) loadFont(d dict) *font {
	base, _ := f.resolve(d["BaseFont"]).(name)
	out := &font{bold: isBold(string(base)), scale: 1. / 1000, widths: map[int]float64{}}
	if s, ok := f.resolve(d["ToUnicode"]).(*stream); ok {
		out.unicode = f.cmap(s)
	}
	if f.resolve(d["Subtype"]) == name("Type0") {
		f.loadComposite(out, d)
	} else {
		f.loadSimple(out, d, string(base))
		for c := range out.narrow {
			out.narrow[c] = out.width(c)
		}
	}
	return out
}

func isBold(base string) bool {
	base = strings.ToLower(base)
	return strings.Contains(base, "bold") || strings.Contains(base, "black") || strings.Contains(base, "heavy")
}

// loadSimple reads a font of one byte a code (9.6).
func (f *File) loadSimple(out *font, d dict, base string) {
	out.simple = baseEncoding("", base)
	switch e := f.resolve(d["Encoding"]).(type) {
	case name:
		out.simple = baseEncoding(e, base)
	case dict:
		which, _ := f.resolve(e["BaseEncoding"]).(name)
		out.simple = baseEncoding(which, base)
		differences, _ := f.resolve(e["Differences"]).(array)
		code := 0
		for _, o := range differences {
			switch o := f.resolve(o).(type) {
			case float64:
				code = int(o)
			case name:
				if code >= 0 && code < 256 {
					out.simple[code] = glyphText(string(o))
				}
				code++
			}
		}
	}
	descriptor, _ := f.resolve(d["FontDescriptor"]).(dict)
	out.missing, _ = f.resolve(descriptor["MissingWidth"]).(float64)
	if m, ok := f.resolve(d["FontMatrix"]).(array); ok && len(m) == 6 {
		if a, ok := f.resolve(m[0]).(float64); ok && a > 0 {
			out.scale = a
		}
	}
	widths, ok := f.resolve(d["Widths"]).(array)
	if !ok {
		out.standardWidths(base)
		return
	}
	first, _ := f.resolve(d["FirstChar"]).(float64)
	for i, w := range widths[:min(len(widths), 256)] {
		if n, ok := f.resolve(w).(float64); ok {
			out.widths[int(first)+i] = n
		}
	}
}

// standardWidths are for the fonts that every program has, and that need not say
// their widths (9.6.2.2): those of Helvetica, which the others are near enough to.
func (out *font) standardWidths(base string) {
	factor, fixed := 1., strings.Contains(base, "Courier")
	if strings.Contains(base, "Times") {
		factor = 0.9
	}
	out.missing = 556 * factor
	for i := range helvetica {
		w := float64(helvetica[i]) * factor
		if fixed {
			w = 600
		}
		out.widths[' '+i] = w
	}
}

// loadComposite reads a font of several bytes a code (9.7).
func (f *File) loadComposite(out *font, d dict) {
	out.composite = true
	switch e := f.resolve(d["Encoding"]).(type) {
	case name:
		out.wide = legacy(string(e))
	case *stream:
		out.codes = f.cmap(e)
	}
	descendants := f.list(d["DescendantFonts"])
	if len(descendants) == 0 {
		return
	}
	below, _ := f.resolve(descendants[0]).(dict)
	out.missing = 1000
	if w, ok := f.resolve(below["DW"]).(float64); ok {
		out.missing = w
	}
	widths, _ := f.resolve(below["W"]).(array)
	f.wideWidths(out, widths)
}

// wideWidths reads widths by runs: "c [w1 w2]" or "first last w" (9.7.4.3).
func (f *File) wideWidths(out *font, widths array) {
	for i := 0; i+1 < len(widths); {
		first, _ := f.resolve(widths[i]).(float64)
		if each, ok := f.resolve(widths[i+1]).(array); ok {
			for j, w := range each {
				if n, ok := f.resolve(w).(float64); ok && len(out.widths) < 1<<16 {
					out.widths[int(first)+j] = n
				}
			}
			i += 2
			continue
		}
		if i+2 >= len(widths) {
			return
		}
		last, _ := f.resolve(widths[i+1]).(float64)
		w, _ := f.resolve(widths[i+2]).(float64)
		for c := int(first); c <= int(last) && len(out.widths) < 1<<16; c++ {
			out.widths[c] = w
		}
		i += 3
	}
}

// legacy is what codes mean in the encodings that have names (9.7.5.2), or nil: the
// code is then the number of a glyph.
func legacy(encodingName string) func(string) string {
	if strings.Contains(encodingName, "UCS2") || strings.Contains(encodingName, "UTF16") {
		return utf16be
	}
	for prefix, e := range map[string]encoding.Encoding{
		"90ms-RKSJ": japanese.ShiftJIS, "90pv-RKSJ": japanese.ShiftJIS, "EUC-H": japanese.EUCJP, "EUC-V": japanese.EUCJP,
		"GBK": simplifiedchinese.GB18030, "GB-EUC": simplifiedchinese.GB18030, "ETen-B5": traditionalchinese.Big5, "B5pc": traditionalchinese.Big5,
		"KSC": korean.EUCKR,
	} {
		if strings.HasPrefix(encodingName, prefix) {
			return func(s string) string {
				out, err := e.NewDecoder().String(s)
				if err != nil {
					return ""
				}
				return out
			}
		}
	}
	return nil
}

// decode is what a string says, how wide it is (in units of the font's size), and
// how many codes and spaces it has.
func (out *font) decode(s string) (decoded string, width float64, count, spaces int) {
	if out.composite {
		return out.decodeWide(s)
	}
	var b strings.Builder
	for i := range len(s) {
		c := int(s[i])
		if t, ok := out.unicode.lookup(c, 1); ok {
			b.WriteString(t)
		} else {
			b.WriteString(out.simple[c])
		}
		width += out.narrow[c]
		if c == ' ' {
			spaces++
		}
	}
	return b.String(), width * out.scale, len(s), spaces
}

func (out *font) decodeWide(s string) (decoded string, width float64, count, spaces int) {
	if out.wide != nil && out.unicode == nil {
		n := (len(s) + 1) / 2
		return out.wide(s), float64(n) * out.missing * out.scale, n, 0
	}
	var b strings.Builder
	for len(s) > 0 {
		n := min(out.codes.length(s), len(s))
		code := 0
		for i := range n {
			code = code<<8 | int(s[i])
		}
		if t, ok := out.unicode.lookup(code, n); ok {
			b.WriteString(t)
		} else if out.wide != nil {
			b.WriteString(out.wide(s[:n]))
		}
		width += out.width(code)
		count++
		if n == 1 && code == ' ' {
			spaces++
		}
		s = s[n:]
	}
	return b.String(), width * out.scale, count, spaces
}

func (out *font) width(code int) float64 {
	if w, ok := out.widths[code]; ok {
		return w
	}
	return out.missing
}

// baseEncoding is what codes mean before the differences (annex D).
func baseEncoding(which name, base string) (out [256]string) {
	from := charmap.Windows1252
	if which == "MacRomanEncoding" {
		from = charmap.Macintosh
	}
	for c := ' '; c < 256; c++ {
		if r := from.DecodeByte(byte(c)); r != '\ufffd' && r >= ' ' && (r < 0x7f || r > 0x9f) {
			out[c] = string(r)
		}
	}
	switch {
	case strings.HasSuffix(base, "Symbol") && which == "":
		code := 'A'
		for _, r := range symbolLetters {
			out[code&0xff] = string(r)
			code++
		}
		out[0xb7] = "•"
	case which == "" || which == "StandardEncoding":
		for c, r := range standardHigh {
			out[c] = string(r)
		}
		out['\''], out['`'] = "’", "‘"
	}
	return out
}

// symbolLetters are the letters of the font Symbol, from A to z.
const symbolLetters = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_ αβχδεφγηιϕκλμνοπθρστυϖωξψζ"

// standardHigh is where StandardEncoding differs from Windows-1252.
var standardHigh = map[int]rune{
	0xa4: '⁄', 0xa6: 'ƒ', 0xa8: '¤', 0xa9: '\'', 0xaa: '“', 0xac: '‹', 0xad: '›', 0xae: 'ﬁ', 0xaf: 'ﬂ', 0xb1: '–', 0xb2: '†', 0xb3: '‡',
	0xb4: '·', 0xb7: '•', 0xb8: '‚', 0xb9: '„', 0xba: '”', 0xbc: '…', 0xbd: '‰', 0xd0: '—', 0xe1: 'Æ', 0xe3: 'ª', 0xe8: 'Ł', 0xe9: 'Ø', 0xea: 'Œ',
	0xeb: 'º', 0xf1: 'æ', 0xf5: 'ı', 0xf8: 'ł', 0xf9: 'ø', 0xfa: 'œ', 0xfb: 'ß',
}

// helvetica is the widths of the characters from space to tilde.
var helvetica = [...]int16{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556,
	278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611,
	722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}
