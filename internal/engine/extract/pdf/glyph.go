package pdf

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// glyphs are names that are not composed of a letter and an accent.
const glyphs = ` exclam ! quotedbl " numbersign # dollar $ percent % ampersand & quotesingle ' parenleft ( parenright ) asterisk * plus + comma , ` +
	`hyphen - minus − period . slash / zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 colon : semicolon ; less < equal = ` +
	`greater > question ? at @ bracketleft [ backslash \ bracketright ] asciicircum ^ underscore _ grave ` + "`" + ` braceleft { bar | braceright } asciitilde ~ ` +
	`exclamdown ¡ cent ¢ sterling £ currency ¤ yen ¥ brokenbar ¦ section § dieresis ¨ copyright © ordfeminine ª guillemotleft « logicalnot ¬ registered ® ` +
	`macron ¯ degree ° plusminus ± acute ´ mu µ paragraph ¶ periodcentered · cedilla ¸ ordmasculine º guillemotright » onequarter ¼ onehalf ½ threequarters ¾ ` +
	`questiondown ¿ multiply × divide ÷ AE Æ ae æ OE Œ oe œ Oslash Ø oslash ø Lslash Ł lslash ł Dcroat Đ dcroat đ Eth Ð eth ð Thorn Þ thorn þ germandbls ß dotlessi ı ` +
	`quoteleft ‘ quoteright ’ quotesinglbase ‚ quotedblleft “ quotedblright ” quotedblbase „ dagger † daggerdbl ‡ bullet • ellipsis … perthousand ‰ ` +
	`guilsinglleft ‹ guilsinglright › fraction ⁄ Euro € trademark ™ endash – emdash — florin ƒ circumflex ˆ tilde ˜ caron ˇ breve ˘ dotaccent ˙ ring ˚ ogonek ˛ hungarumlaut ˝ ` +
	`fi ﬁ fl ﬂ ff ﬀ ffi ﬃ ffl ﬄ sfthyphen - softhyphen - ` +
	`Alpha Α Beta Β Gamma Γ Delta Δ Epsilon Ε Zeta Ζ Eta Η Theta Θ Iota Ι Kappa Κ Lambda Λ Mu Μ Nu Ν Xi Ξ Omicron Ο Pi Π Rho Ρ Sigma Σ Tau Τ Upsilon Υ Phi Φ Chi Χ Psi Ψ Omega Ω ` +
	`alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ nu ν xi ξ omicron ο pi π rho ρ sigma σ sigma1 ς tau τ upsilon υ phi φ chi χ psi ψ omega ω ` +
	`infinity ∞ lessequal ≤ greaterequal ≥ notequal ≠ approxequal ≈ summation ∑ product ∏ integral ∫ radical √ partialdiff ∂ element ∈ arrowright → arrowleft ← arrowup ↑ arrowdown ↓ `

// accents are the combining characters of names such as eacute.
var accents = map[string]rune{
	"grave": 0x300, "acute": 0x301, "circumflex": 0x302, "tilde": 0x303, "macron": 0x304, "breve": 0x306, "dotaccent": 0x307, "dieresis": 0x308,
	"ring": 0x30a, "hungarumlaut": 0x30b, "caron": 0x30c, "cedilla": 0x327, "commaaccent": 0x326, "ogonek": 0x328,
}

// glyphText is the text that a glyph's name stands for (Adobe Glyph List
// Specification), or nothing.
func glyphText(glyph string) string {
	glyph, _, _ = strings.Cut(glyph, ".")
	var b strings.Builder
	for part := range strings.SplitSeq(glyph, "_") {
		if b.Len() < 64 {
			b.WriteString(partText(part))
		}
	}
	return b.String()
}

// partText is the text of a name without underscores.
func partText(glyph string) string {
	switch {
	case len(glyph) <= 1:
		return glyph
	case glyph == "space" || glyph == "nbspace" || glyph == "nonbreakingspace":
		return " "
	}
	if _, rest, ok := strings.Cut(glyphs, " "+glyph+" "); ok {
		text, _, _ := strings.Cut(rest, " ")
		return unligate.Replace(text)
	}
	if text := numbered(glyph); text != "" {
		return text
	}
	for accent, mark := range accents {
		if letter, ok := strings.CutSuffix(glyph, accent); ok && utf8.RuneCountInString(letter) == 1 {
			return norm.NFC.String(letter + string(mark))
		}
	}
	return ""
}

// numbered is names that say their character's number: uni20AC, u1F600.
func numbered(glyph string) string {
	if digits, ok := strings.CutPrefix(glyph, "uni"); ok && len(digits) >= 4 && len(digits)%4 == 0 {
		return utf16be(string(unhex([]byte(digits))))
	}
	if digits, ok := strings.CutPrefix(glyph, "u"); ok && len(digits) >= 4 && len(digits) <= 6 {
		if n, err := strconv.ParseUint(digits, 16, 32); err == nil && n >= ' ' && utf8.ValidRune(rune(n)) {
			return string(rune(n))
		}
	}
	return ""
}
