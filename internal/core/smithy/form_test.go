package smithy

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// onlyWords compares problems by their paths and messages; TestRules looks at
// the rest.
func onlyWords() cmp.Option { return cmpopts.IgnoreFields(Problem{}, "Rule", "Shape") }

// TestRules: a problem says which rule of which shape is broken.
func TestRules(t *testing.T) {
	for member, want := range map[string]struct {
		rule  Rule
		shape string
	}{
		`"short":"ab"`:           {Length, "Short"},
		`"data":"aGkhaGkh"`:      {Length, "Data"},
		`"words":[]`:             {Length, "Words"},
		`"code":"AbC"`:           {Matching, "Code"},
		`"color":"red"`:          {OneOf, "Color"},
		`"level":0`:              {Range, "Level"},
		`"ratio":100.5`:          {Range, "Ratio"},
		`"child":{}`:             {Required, ""},
		`"child":{"name":null}`:  {Required, ""},
		`"count":"7"`:            {0, ""},
		`"pairs":{"toolong":1}`:  {Length, "Name"},
		`"inside":[{"key":""}]`:  {Length, "Name"},
		`"choices":{"GREEN":""}`: {OneOf, "Color"},
	} {
		_, problems := decodeZoo(`{"name":"a",` + member + `}`)
		if len(problems) != 1 {
			t.Errorf("%s: %v, want one problem", member, problems)
			continue
		}
		shape := ""
		if problems[0].Shape != nil {
			shape = problems[0].Shape.Name
		}
		if problems[0].Rule != want.rule || shape != want.shape {
			t.Errorf("%s: rule %d of %q, want %d of %q", member, problems[0].Rule, shape, want.rule, want.shape)
		}
	}
}

// pairsOf cuts a form whose names and values hold nothing that is escaped.
func pairsOf(form string) []Pair {
	var out []Pair
	for part := range strings.SplitSeq(form, "&") {
		name, text, _ := strings.Cut(part, "=")
		out = append(out, Pair{name, text})
	}
	return out
}

func decodeForm(form string) (zoo, []Problem) {
	var z zoo
	var p Problems
	DecodeForm(zooShape(), pairsOf(form), &z, &p)
	return z, p.List()
}

func TestDecodeForm(t *testing.T) {
	deep := strings.Repeat("child.", MaxFormDepth)
	for form, want := range map[string]zoo{
		"name=a":                                                      {Name: "a"},
		"name=a&Action=Feed&X-Amz-Date=x&z.y.z=":                      {Name: "a"},
		"name=a&color=BLUE&flag=true":                                 {Name: "a", Color: new(color("BLUE")), Flag: new(true)},
		"name=a&count=-7&big=9223372036854775807":                     {Name: "a", Count: new(int32(-7)), Big: new(int64(math.MaxInt64))},
		"name=a&ratio=1e2&exact=-Infinity":                            {Name: "a", Ratio: new(float32(100)), Exact: new(math.Inf(-1))},
		"name=a&data=aGkh":                                            {Name: "a", Data: []byte("hi!")},
		"name=a&short=":                                               {Name: "a", Short: new("")},
		"name=a&at=2026-11-22T08:00:00.5Z":                            {Name: "a", At: new(time.Date(2026, 11, 22, 8, 0, 0, 5e8, time.UTC))},
		"name=a&words.member.1=x&words.member.2=y":                    {Name: "a", Words: []string{"x", "y"}},
		"words.member.10=y&name=a&words.member.9=x":                   {Name: "a", Words: []string{"x", "y"}},
		"name=a&inside=":                                              {Name: "a", Inside: []inner{}},
		"name=a&inside.member.1.key=k":                                {Name: "a", Inside: []inner{{Key: "k"}}},
		"name=a&pairs.entry.1.key=p&pairs.entry.1.value=3":            {Name: "a", Pairs: map[string]int32{"p": 3}},
		"name=a&keyed.entry.2.value.key=v&keyed.entry.2.key=some.key": {Name: "a", Keyed: map[string]inner{"some.key": {Key: "v"}}},
		"name=a&either.left=l":                                        {Name: "a", Either: &either{Left: new("l")}},
		"name=a&child.child.name=c&child.name=b":                      {Name: "a", Child: &zoo{Name: "b", Child: &zoo{Name: "c"}}},
		"name=a&" + deep + "name=x":                                   {Name: "a"}, // nobody nests as deep
	} {
		got, problems := decodeForm(form)
		if len(problems) > 0 {
			t.Errorf("%s: refused: %v", form, problems)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s: %s", form, diff)
		}
	}
}

// TestDecodeFormRefuses: each form has one fault, and is refused with one
// sentence at its place.
func TestDecodeFormRefuses(t *testing.T) {
	const parse, broken = true, false
	for _, test := range []struct {
		form    string
		path    string
		parse   bool
		message string
	}{
		{"short=ab", "short", broken, "The text must have at most 1 character; it has 2."},
		{"short=a&short=a", "short", parse, "This value is given 2 times, or has parts."},
		{"short.member.1=a", "short", parse, "A single value was expected here, and one with parts was found."},
		{"color=red", "color", broken, `The text must be one of RED, BLUE; "red" was found.`},
		{"flag=1", "flag", parse, `true or false was expected here; "1" was found.`},
		{"count=0x10", "count", parse, `A whole number was expected here; "0x10" was found.`},
		{"level=11", "level", broken, "The number must be at least 1 and at most 10; 11 was found."},
		{"data=-_-_", "data", parse, "The text is not base64 (RFC 4648, section 4, with padding)."},
		{"at=1515531081", "at", parse, `A time in UTC, written like 2026-11-22T08:00:00Z, was expected here; "1515531081" was found.`},
		{"doc=x", "doc", parse, "This member cannot be given as text."},
		{"secret=12x", "secret", broken, "The text must match the pattern [0-9]* as a whole."},
		{"words=", "words", broken, "The list must have at least 1 and at most 3 entries; it has 0."},
		{"words=x", "words", parse, "The parts of the name must be member and a number, and others were found."},
		{"words.1=x", "words", parse, "The parts of the name must be member and a number, and others were found."},
		{"words.member.0=x", "words", parse, "A number from 1 was expected in the name."},
		{"words.member.01=x", "words", parse, "A number from 1 was expected in the name."},
		{"words.member.+1=x", "words", parse, "A number from 1 was expected in the name."},
		{"words.member.99999999999=x", "words", parse, "A number from 1 was expected in the name."},
		{"words.member=x", "words", parse, "A number from 1 was expected in the name."},
		{"words.member.1=x&words.member.1=y", "words[0]", parse, "This value is given 2 times, or has parts."},
		{"words.member.1=&words.member.2=b", "words[0]", broken, "The text must have at least 1 and at most 5 characters; it has 0."},
		{"words.member.1=a&words.member.2=b&words.member.3=c&words.member.4=", "words", broken, "The list must have at least 1 and at most 3 entries; it has 4."},
		{"inside.member.1.value=v", "inside[0].key", broken, "This member is required."},
		{"pairs.entry.1.key=a", "pairs", parse, "An entry of a map must have one key and a value."},
		{"pairs.entry.1.value=1", "pairs", parse, "An entry of a map must have one key and a value."},
		{"pairs.entry.1.key=a&pairs.entry.1.key=b&pairs.entry.1.value=1", "pairs", parse, "An entry of a map must have one key and a value."},
		{"pairs.entry.1.key.x=a&pairs.entry.1.value=1", "pairs", parse, "An entry of a map must have one key and a value."},
		{"pairs.entry.1.key=a&pairs.entry.1.value=1&pairs.entry.2.key=a&pairs.entry.2.value=2", "pairs.a", parse, "This key is given twice."},
		{"pairs.entry.1.key=a&pairs.entry.1.value=0", "pairs.a", broken, "The number must be at least 1 and at most 10; 0 was found."},
		{"choices.entry.1.key=GREEN&choices.entry.1.value=", "choices.GREEN", broken, `The name must be one of RED, BLUE; "GREEN" was found.`},
		{"either=", "either", parse, "Exactly one of left, right must be set; here are 0."},
		{"either.left=l&either.right=1", "either", parse, "Exactly one of left, right must be set; here are 2."},
		{"child.short=x", "child.name", broken, "This member is required."},
	} {
		_, problems := decodeForm("name=a&" + test.form)
		want := []Problem{{Path: test.path, Message: test.message, Parse: test.parse}}
		if diff := cmp.Diff(want, problems, onlyWords()); diff != "" {
			t.Errorf("%s: %s", test.form, diff)
		}
	}
}

// TestDecodeFormKeepsNoMoreThanAllowed: what a list may not hold costs no memory.
func TestDecodeFormKeepsNoMoreThanAllowed(t *testing.T) {
	var form strings.Builder
	form.WriteString("name=a")
	for range 100 {
		form.WriteString("&words.member.2147483647=x")
	}
	got, problems := decodeForm(form.String())
	if cap(got.Words) > 3 || len(problems) != 1 {
		t.Errorf("kept %d, refused with %v", cap(got.Words), problems)
	}
}
