package smithy

import (
	"strings"
	"testing"
)

func TestPatternMatchesTheWhole(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{`[a-z]+`, "abc", true},
		{`[a-z]+`, "abc1", false},
		{`[a-z]+`, "1abc", false},
		{`[a-z]+`, "abc\n", false},
		{`[a-z]+`, "", false},
		{`a|b`, "ab", false},
		{`a|b`, "b", true},
		{`[\s\S]*`, "any\n\x00thing", true},
		{`\P{C}*`, "no control: ä😀", true},
		{`\P{C}*`, "a\tb", false},
		{`\P{C}*`, "a\u200db", false}, // a format character
		{`[\u0009\u0020-\u00FF]+`, "a\té", true},
		{`[\u0009\u0020-\u00FF]+`, "aĀ", false},
		{`[\u0020-\u10FFFF]+`, "a\U0010FFFF", true}, // six digits are one character
		{`[\u0020-\u10FFFF]+`, "a\n", false},
		{`https://.*`, "https://x\ny", false},
	} {
		if got := Match(test.pattern).Matches(test.text); got != test.want {
			t.Errorf("%s on %q: %v", test.pattern, test.text, got)
		}
	}
}

func TestGenericARN(t *testing.T) {
	p := Match(genericARN)
	for text, want := range map[string]bool{
		"arn:aws:qbusiness:us-east-1:123456789012:application/a1b2": true,
		"arn:aws:s3:::bucket":       true,
		"arn:a-b.c:::::":            true, // the last colon is the first character of the rest
		"arn:aws:::::x:y/z":         true,
		"arn:aws:::::" + "\n" + "x": false, // a dot takes no line break, though [^/] does
		"arn:aws::::\nx":            true,
		"arn:aws::::":               false,
		"arn:aws::::/x":             false,
		"arn:aws:iam::123:":         false,
		"arn::s3:::x":               false,
		"arn:AWS:s3:::x":            false,
		"ARN:aws:s3:::x":            false,
		"arn:aws:s3_x:::x":          false,
		"arn:aws:s3::":              false,
		"":                          false,
		" arn:aws:s3:::x":           false,
		"arn:" + strings.Repeat("a", 63) + "::::x":       true,
		"arn:" + strings.Repeat("a", 64) + "::::x":       false,
		"arn:aws:" + strings.Repeat("b", 64) + ":::x":    false,
		"arn:aws:::" + strings.Repeat("1", 64) + ":x":    false,
		"arn:aws::::x" + strings.Repeat("é", 1023):       true,
		"arn:aws::::x" + strings.Repeat("é", 1024):       false,
		"arn:aws::::é" + strings.Repeat("/", 1023):       true,
		"arn:aws::::x" + strings.Repeat("y", 100) + "\n": false,
	} {
		if got := p.Matches(text); got != want {
			t.Errorf("%.60q: %v", text, got)
		}
	}
	if p.String() != genericARN {
		t.Error("a pattern is shown as the model writes it")
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, source := range []string{`[a-z`, `a{0,2000}`, `(?=a)`} {
		if _, err := Compile(source); err == nil {
			t.Errorf("%s was compiled", source)
		}
	}
}
