package language_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/language"
)

func terms(code, text string) string {
	tokens, _ := language.New(code).Tokens(nil, text, 0)
	var all []string
	for _, t := range tokens {
		all = append(all, t.Term)
	}
	return strings.Join(all, " ")
}

func TestTokens(t *testing.T) {
	for _, c := range []struct{ code, text, want string }{
		{"en", "The runner's running shoes", "runner run shoe"},
		{"en", "Don't panic: O’Brien's 3.14, 1,000 and v1.2", "panic o'brien 3.14 1,000 v1.2"},
		{"en", "alice@example.com snake_case", "alic exampl com snake case"},
		{"en", "café Übung naïve", "cafe ubung naiv"},
		{"de", "Die Häuser der Straße", "haus strass"},
		{"fr", "L'amour de l’école jusqu'alors", "amour ecol alor"},
		{"sv", "Flickorna och böckerna", "flick bock"},
		{"ru", "Быстрые машины", "быстр машин"},
		{"tr", "IŞIK İstanbul", "ısık istanbul"},
		{"zh", "搜索引擎", "搜索 索引 引擎"},
		{"ja", "ｶﾅ 水", "カナ 水"},
		{"ko", "검색 엔진", "검색 엔진"},
		{"", "The Running", "the running"},
		{"xx", "The Running", "the running"},
		{"en", strings.Repeat("x", 97) + " ok", "ok"},
		{"en", "\xff\xfe broken \xc3", "broken"},
		{"en", "", ""},
	} {
		if got := terms(c.code, c.text); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.code, c.text, got, c.want)
		}
	}
}

func TestPositions(t *testing.T) {
	tokens, places := language.New("en").Tokens(nil, "state of the art", 10)
	want := []language.Token{{Term: "state", Position: 11}, {Term: "art", Position: 14}}
	if diff := cmp.Diff(want, tokens); diff != "" || places != 14 {
		t.Errorf("places %d, %s", places, diff)
	}
}

func TestGuess(t *testing.T) {
	for text, want := range map[string]string{
		"The quick brown fox jumps over the lazy dog and is gone.":     "en",
		"Der schnelle Fuchs springt über den faulen Hund und ist weg.": "de",
		"Le renard saute par-dessus le chien, et il est parti.":        "fr",
		"El zorro salta sobre el perro y se ha ido con los otros.":     "es",
		"De snelle vos springt over de luie hond en hij is weg.":       "nl",
		"Den snabba räven hoppar över hunden och är borta.":            "sv",
		"Быстрая лиса прыгает через собаку":                            "ru",
		"敏捷的棕色狐狸跳过懒狗":                                                  "zh",
		"素早い茶色の狐がのろまな犬を飛び越える":                                          "ja",
		"빠른 갈색 여우":         "ko",
		"Η γρήγορη αλεπού": "el",
		"":                 "en",
		"4711":             "en",
		"Error 42":         "en",
	} {
		if got := language.Guess(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	for tag, want := range map[string]string{"en-US": "en", "DE_de": "de", "nb": "no", "": "", "english": "", "4x": "", "fr": "fr"} {
		if got := language.Code(tag); got != want {
			t.Errorf("%q: %q, want %q", tag, got, want)
		}
	}
}

// What was typed is found again: a text has the same tokens as its words one by
// one, and all are valid.
func FuzzTokens(f *testing.F) {
	for _, s := range []string{"The state of the art", "l'été 3.14 O’Brien", "搜索引擎 x", "\xff\xfe", "İI ﬁ", "กขค", "a\u0301'b"} {
		f.Add("en", s)
		f.Add("fr", s)
		f.Add("tr", s)
		f.Add("ar", s)
	}
	f.Fuzz(func(t *testing.T, code, text string) {
		a := language.New(code)
		tokens, places := a.Tokens(nil, text, 0)
		again, _ := language.New(code).Tokens(nil, text, 0)
		if diff := cmp.Diff(tokens, again); diff != "" {
			t.Fatalf("not the same twice: %s", diff)
		}
		last := 0
		for _, k := range tokens {
			if k.Term == "" || k.Position <= last || k.Position > places || utf8.ValidString(text) && !utf8.ValidString(k.Term) {
				t.Fatalf("token %+v after %d, of %d places", k, last, places)
			}
			last = k.Position
		}
		language.Guess(text)
	})
}
