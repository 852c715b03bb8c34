package guard_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/guard"
)

// stream writes a text in pieces, and returns what had been shown after each, and
// at the end.
func stream(r guard.Rules, pieces []string) (shown []string, blocked bool) {
	f := r.NewFilter()
	all := ""
	for _, p := range pieces {
		piece, b := f.Write(p)
		all += piece
		shown, blocked = append(shown, all), blocked || b
	}
	rest, b := f.Close()
	return append(shown, all+rest), blocked || b
}

func TestAStream(t *testing.T) {
	for _, tt := range []struct {
		phrases, pieces []string
		shown           []string // after each piece, and at the end
		blocked         bool
	}{
		{[]string{"project falcon"}, []string{"the ", "pro", "ject", " fal", "con", " is"},
			[]string{"the ", "the ", "the ", "the ", "the ", "the ", "the "}, true},
		{[]string{"project falcon"}, []string{"the ", "pro", "gram", "me"},
			[]string{"the ", "the ", "the program", "the programme", "the programme"}, false},
		{[]string{"project falcon"}, []string{"the pro"}, []string{"the ", "the pro"}, false},
		{[]string{"project falcon"}, []string{"project ", "fal", "con"}, []string{"", "", "", ""}, true},
		{[]string{"project falcon"}, []string{"project ", "falcon", "s"}, []string{"", "", "project falcons", "project falcons"}, false},
		{[]string{"project falcon", "falcon"}, []string{"project ", "fal", "con."}, []string{"", "", "", ""}, true},
		{[]string{"falcon nest", "falcon"}, []string{"a ", "falcon", " nest"}, []string{"a ", "a ", "a ", "a "}, true},
		{[]string{"falcon"}, []string{"a \xf0\x9f", "\x90\xa6 b"}, []string{"a ", "a 🐦 b", "a 🐦 b"}, false},
		{[]string{"falcon"}, []string{"a \xf0\x9f"}, []string{"a ", "a \xf0\x9f"}, false},
		{[]string{"falcon"}, []string{"falcon\xf0\x9f"}, []string{"", ""}, true},
		{[]string{"機密"}, []string{"これは機", "会"}, []string{"これは", "これは機会", "これは機会"}, false},
		{[]string{"機密"}, []string{"これは機", "密"}, []string{"これは", "これは", "これは"}, true},
		{nil, []string{"as ", "it \xf0", "is"}, []string{"as ", "as it \xf0", "as it \xf0is", "as it \xf0is"}, false},
		{[]string{"?!"}, []string{"as ", "it is?!"}, []string{"as ", "as it is?!", "as it is?!"}, false},
	} {
		shown, blocked := stream(rules(tt.phrases...), tt.pieces)
		if diff := cmp.Diff(tt.shown, shown); diff != "" || blocked != tt.blocked {
			t.Errorf("%q of %q: blocked %t (-want +got):\n%s", tt.phrases, tt.pieces, blocked, diff)
		}
	}
}

func TestAfterAPhraseNothingIsShown(t *testing.T) {
	f := rules("falcon").NewFilter()
	f.Write("falcon.")
	for range 2 {
		if shown, blocked := f.Write("more"); shown != "" || !blocked {
			t.Errorf("%q, %t", shown, blocked)
		}
		if rest, blocked := f.Close(); rest != "" || !blocked {
			t.Errorf("at the end %q, %t", rest, blocked)
		}
	}
}

// letters are the alphabet of the laws: what is written, and what it is compared
// as. There ~ is soft, ^ soft in a text and hard in a phrase, a space hard, + a symbol,
// % one that is soft where no phrase has it, a capital a word of its own, and v, t and
// w belong to the character before.
func letters() map[string]string {
	return map[string]string{
		"a": "a", "B": "b", "b": "b", "á": "a", "а": "a", "ａ": "a", "\u0301": "",
		" ": " ", "-": " ", "\n": " ", "\xff": " ", "\u200b": "~", "'": "~", "+": "+", "*": "^", "`": "%",
		"機": "K", "密": "M", "가": "Gv", "각": "Gvt", "か": "Q", "が": "Qw", "\u3099": "w",
	}
}

func texts(most int) *rapid.Generator[[]string] {
	return rapid.SliceOfN(rapid.SampledFrom(slices.Sorted(maps.Keys(letters()))), 0, most)
}

func folded(text []string) string {
	var b strings.Builder
	for _, l := range text {
		b.WriteString(letters()[l])
	}
	return b.String()
}

// expect is the law in another way: whether a text has a phrase, by a regular
// expression over what both are compared as.
func expect(phrase, text string) bool {
	pattern, last, gap := "", ' ', false
	for _, c := range strings.TrimLeft(phrase, " ~^vtw") {
		switch {
		case c == '~':
			continue
		case c == ' ', c == '^':
			gap = true
			continue
		case last == ' ':
		case !small(last) || !small(c):
			pattern += "[ ~+^%]*"
		case gap:
			pattern += "[ ~+^%]+"
		default:
			pattern += "[~^%]*"
		}
		pattern += regexp.QuoteMeta(string(c))
		last, gap = c, false
	}
	if pattern == "" {
		return false
	}
	if small(last) {
		pattern += "($|[^abvtw])"
	} else {
		pattern += "($|[^vtw])"
	}
	re := regexp.MustCompile("^" + pattern)
	for i := range text {
		inWord := i > 0 && small(rune(text[i-1])) && small(rune(text[i]))
		if !inWord && re.MatchString(text[i:]) {
			return true
		}
	}
	return false
}

func small(c rune) bool { return c == 'a' || c == 'b' }

// Whatever a text is cut into: what is shown never has a phrase, nor the beginning
// of one that is complete; it is a beginning of the text; without a phrase it is
// the text. Nothing depends on where the cuts are.
func TestLawsOfAStream(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var phrases, compared []string
		for _, p := range rapid.SliceOfN(texts(6), 0, 4).Draw(t, "phrases") {
			phrases, compared = append(phrases, strings.Join(p, "")), append(compared, folded(p))
		}
		drawn := texts(40).Draw(t, "text")
		text := strings.Join(drawn, "")
		r := rules(phrases...)

		has := false
		for _, p := range compared {
			has = has || expect(p, folded(drawn))
		}
		if got := r.Question(text).Blocked; got != has {
			t.Fatalf("%q of %q in %q: %t", phrases, compared, folded(drawn), got)
		}
		whole, _ := stream(r, []string{text})
		shown, blocked := stream(r, cut(t, text))
		end := shown[len(shown)-1]
		if blocked != has || end != whole[len(whole)-1] {
			t.Fatalf("blocked %t, shown %q, and %q of the whole", blocked, end, whole)
		}
		if !has && end != text {
			t.Fatalf("%q of %q", end, text)
		}
		for _, s := range shown {
			if !strings.HasPrefix(text, s) || r.Question(s).Blocked {
				t.Fatalf("%q of %q", s, text)
			}
		}
	})
}

// cut cuts a text anywhere, within characters too.
func cut(t *rapid.T, text string) (pieces []string) {
	for text != "" {
		n := rapid.IntRange(1, min(len(text), 7)).Draw(t, "cut")
		pieces, text = append(pieces, text[:n]), text[n:]
	}
	return pieces
}

// What is held back is no longer than the longest phrase: with a space between its
// words, and with all that is passed over.
func TestHowMuchIsHeldBack(t *testing.T) {
	const words = 12
	r := rules(strings.Repeat("ab ", words), "ab abab", "b b c")
	for name, tt := range map[string]struct {
		piece string
		most  int // characters
	}{
		"half of it":      {"ab ab ab ab bb ", 3 * words},
		"other words":     {"bab a bbab ", 3 * words},
		"nothing between": {"ab" + strings.Repeat("\u200b", 1000), 2 * words * 65},
		"accents":         {"a" + strings.Repeat("\u0301", 1000) + "b", 2 * words * 65},
		"symbols":         {"a" + strings.Repeat("+", 1000), 2 * words * 65},
		"spaces":          {"ab" + strings.Repeat(" ", 64) + "ab" + strings.Repeat(" ", 65), 2 * words * 65},
	} {
		f := r.NewFilter()
		written, shown := 0, 0
		for _, c := range strings.Repeat(tt.piece, 5) {
			piece, blocked := f.Write(string(c))
			written, shown = written+1, shown+utf8.RuneCountInString(piece)
			if blocked || written-shown > tt.most {
				t.Fatalf("%s: blocked %t, %d characters are held back", name, blocked, written-shown)
			}
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"project falcon", "機密", "C++", "가", "か", "\u200b", "Straße", "\xff"} {
		f.Add(s, "a "+s+" b", 3)
		f.Add(s, s+s, 1)
		f.Add(s, strings.ToUpper(s)+"\u0301", 2)
		f.Add(s, "<b>"+s[:len(s)/2]+"</b><!-- x -->"+s[len(s)/2:]+"<", 2)
	}
	f.Fuzz(func(t *testing.T, phrase, text string, n int) {
		r := rules(phrase)
		var pieces []string
		for rest, n := text, 1+max(0, n)%9; rest != ""; {
			k := min(n, len(rest))
			pieces, rest = append(pieces, rest[:k]), rest[k:]
		}
		shown, blocked := stream(r, pieces)
		has := r.Question(text).Blocked
		end := shown[len(shown)-1]
		if blocked != has || !has && end != text || !strings.HasPrefix(text, end) || r.Question(end).Blocked {
			t.Fatalf("%q of %q: blocked %t, has %t", end, text, blocked, has)
		}
		if len(phrase) < 60 && guard.Says(phrase) != r.Question(phrase).Blocked {
			t.Fatalf("whether %q is found in itself: %t", phrase, !guard.Says(phrase))
		}
	})
}

// A token of an answer, with twenty phrases to look for.
func BenchmarkFilter(b *testing.B) {
	var phrases []string
	for i := range 20 {
		phrases = append(phrases, "the secret project number "+string(rune('a'+i)))
	}
	r := rules(phrases...)
	for name, tokens := range map[string][]string{
		"English":  strings.SplitAfter("The travel policy of the company says that the secret of a good trip is to book early, and that costs above the limit are paid after approval. ", " "),
		"Russian":  strings.SplitAfter("Политика поездок компании гласит, что секрет хорошей поездки в том, чтобы бронировать заранее. ", " "),
		"Japanese": strings.SplitAfter("会社の、旅行規定では、早めに、予約することが、大切だと、されて、います。", "、"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			f := r.NewFilter()
			for i := 0; b.Loop(); i++ {
				f.Write(tokens[i%len(tokens)])
			}
		})
	}
}
