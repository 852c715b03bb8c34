package guard_test

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/guard"
)

func rules(phrases ...string) guard.Rules {
	return guard.Config{Phrases: phrases}.For(nil, nil)
}

func TestWhatHasAPhrase(t *testing.T) {
	for _, tt := range []struct {
		phrase, text string
		want         bool
	}{
		{"project falcon", "What is Project Falcon?", true},
		{"project falcon", "PROJECT  FALCON", true},
		{"project falcon", "project\n\t falcon", true},
		{"project falcon", "project-falcon, again", true},
		{"project falcon", "project... (falcon)", true},
		{"project falcon", "**project** _falcon_", true},
		{"project falcon", "project | falcon", true},
		{"project falcon", "`project` `falcon`", true},
		{"project falcon", "project 🦅 falcon", true},
		{"project falcon", "the project's falcon", false},
		{"project falcon", "projectfalcon", false},
		{"project falcon", "project the falcon", false},
		{"project falcon", "projects falcon", false},
		{"project falcon", "falcon project", false},
		{"project falcon", "project", false},
		{"Falcon", "falconry", false},
		{"Falcon", "gyrfalcon", false},
		{"Falcon", "falcon's nest", true},
		{"Falcon", "falcon’s nest", true},
		{"Falcon", "«FALCON»", true},
		{"the rapist", "my therapist", false},
		{"nowhere", "now here", false},

		// Accents, forms, case.
		{"café", "CAFE", true},
		{"cafe", "cafe\u0301", true},
		{"naive", "naïve", true},
		{"Straße", "STRASSE", true},
		{"strasse", "Straße", true},
		{"σοφός", "ΣΟΦΟΣ", true},
		{"istanbul", "İSTANBUL", true},
		{"Øresund", "oresund", true},
		{"Ångström", "\u212bngstrom", true},
		{"ﬁnance", "finance", true},
		{"TM", "Parley™", false},
		{"42", "４２", true},
		{"1,000", "1.000", true},
		{"1000", "1,000", false},
		{"ёлка", "елка", true},
		{"مُحَمَّد", "محمد", true},
		{"שלום", "שָׁלוֹם", true},
		{"хорошо", "ХОРОШО", true},

		// What people try.
		{"project falcon", "pro\u200bject fal\u00adcon", true},
		{"project falcon", "project\u200bfalcon", true},
		{"project falcon", "project\u2060\ufe0f\u180e falcon", true},
		{"project falcon", "ｐｒｏｊｅｃｔ　ｆａｌｃｏｎ", true},
		{"project falcon", "𝐩𝐫𝐨𝐣𝐞𝐜𝐭 𝒻𝒶𝓁𝒸𝑜𝓃", true},
		{"project falcon", "ⓟⓡⓞⓙⓔⓒⓣ ⒻⒶⓁⒸⓄⓃ", true},
		{"project falcon", "рrоjесt fаlсоn", true}, // Cyrillic р, о, е, с, а
		{"project falcon", "prοject fαlcοn", true}, // Greek ο, α
		{"project falcon", "p\u0335r\u0335o\u0335ject fal\u20ddcon", true},
		{"project falcon", "\U000e0070project\U000e0071 falcon", true},
		{"project falcon", "p\u3164roject falcon", true},
		{"project falcon", "p r o j e c t falcon", false}, // not read as words
		{"project falcon", "pr0ject f4lcon", false},       // nor are digits read as letters

		// Marks that Markdown does not show.
		{"project falcon", "pro**ject** fal*c*on", true},
		{"project falcon", "project fal~~co~~n and `fal`con", true},
		{"project falcon", "project f`alcon`", true},
		{"project falcon", "project*falcon", true},
		{"falcon", "fal_con", false}, // it is shown
		{"falcon", "_falcon_", true},
		{"a*b", "a b", true},
		{"a*b", "a*b", true},
		{"a*b", "ab", false},
		{"falcon", "fal +con", false},
		{"falcon", "fal *con*", false},
		{"c~d", "c~d", true},
		{"c~d", "cd", false},

		// Elements of HTML, which are not shown either.
		{"falcon", "fal<b></b>con", true},
		{"falcon", "<i>f</i>alcon", true},
		{"falcon", "fal<span class='x'>con</span>", true},
		{"falcon", "fal<b><i></i></b>con", true},
		{"project falcon", "pro<b>ject</b> fal<sub>con</sub>", true},
		{"project falcon", "project<br>falcon", true},
		{"project falcon", "project<br/><!-- x -->falcon", true},
		{"機密", "機<b>密</b>", true},
		{"falcon", "fal<1>con", false}, // no element
		{"falcon", "fal< b>con", false},
		{"falcon", "fal<>con", false},
		{"falcon", "fal<b con", false},
		{"falcon", "fal<" + strings.Repeat("b", 70) + ">con", false}, // longer than what is passed over
		{"a b", "a <b> c", true},
		{"a c", "a <b> c", true},
		{"a<b", "a<b", true},
		{"a>b", "a<b>b", false},

		// Scripts without spaces.
		{"機密", "これは機密です", true},
		{"機密", "機 密", true},
		{"機密", "機\u200b密", true},
		{"機 密", "機密", true},
		{"機密", "機会と密", false},
		{"機密 falcon", "機密falcon", true},
		{"falcon", "機密falcon計画", true},
		{"ガス", "ｶﾞｽ", true},
		{"か", "が", false},
		{"か", "か\u3099", false},
		{"비밀", "이것은 비밀입니다", true},
		{"비밀", "\u1107\u1175\u1106\u1175\u11af", true}, // the same in jamo
		{"가", "각", false},
		{"가", "\u1100\u1161\u11a8", false},
		{"ความลับ", "นี่คือความลับของเรา", true},
		{"कम", "काम", false},
		{"कम", "कमी", false},

		{"\uaaeb00", "\uaaeb00", true}, // it begins with what belongs to a character before
		{"00", "\uaaeb00", true},
		{"00", "a\uaaeb00", false},

		// Symbols.
		{"C++", "is C++ fast", true},
		{"C++", "is c fast", false},
		{"C#", "c# or f#", true},
		{"C#", "c major", false},
		{"C", "C++", true},
		{"$1000", "for $1000!", true},
		{"$1000", "for 1000", false},
		{"10%", "10 %", true},
		{"🚀", "to the 🚀", true},
		{"👍", "👍🏽", true},
		{"❤️", "❤", true},
		{"👍🏽", "👍", false},

		// Odd texts.
		{"falcon", "\xfffalcon\xff", true},
		{"falcon", "fal\xffcon", false},
		{"?!", "what?!", false},
		{"", "anything", false},
		{"falcon", "", false},
	} {
		if got := rules(tt.phrase).Question(tt.text).Blocked; got != tt.want {
			t.Errorf("%q in %q: %t", tt.phrase, tt.text, got)
		}
		if got := rules("something else", tt.phrase).Answer(tt.text).Blocked; got != tt.want {
			t.Errorf("%q in the answer %q: %t", tt.phrase, tt.text, got)
		}
	}
}

func TestPhrasesThatSayNothing(t *testing.T) {
	for phrase, want := range map[string]bool{"": false, " ": false, "?!": false, "\u200b": false, "\u0301": false, "a": true, "7": true, "機": true, "🚀": true, "#": true} {
		if got := guard.Says(phrase); got != want {
			t.Errorf("%q: %t", phrase, got)
		}
	}
}

func TestPhrasesThatAreTheSame(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"Project Falcon", "project-falcon", true},
		{"café", "CAFE", true},
		{" falcon ", "falcon!", true},
		{"機密", "機 密", true},
		{"project falcon", "projectfalcon", false},
		{"a", "b", false},
		{"a", "a b", false},
	} {
		if got := guard.Same(tt.a, tt.b); got != tt.want {
			t.Errorf("%q, %q: %t", tt.a, tt.b, got)
		}
	}
}

func TestWhatIsToldInsteadOfAPhrase(t *testing.T) {
	for want, c := range map[string]guard.Config{
		guard.DefaultMessage: {Phrases: []string{"falcon"}},
		"Ask Ann.":           {Phrases: []string{"falcon"}, Message: "Ask Ann."},
	} {
		v := c.For(nil, nil).Question("the falcon")
		if !v.Blocked || v.Message != want || v.Topic != "" || v.Only != nil {
			t.Errorf("%+v, want %q", v, want)
		}
	}
}
