package smithy

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func field(t *testing.T, z *zoo, name string) (*Shape, reflect.Value) {
	t.Helper()
	s := zooShape()
	i := s.member([]byte(name), false, 0)
	if i < 0 {
		t.Fatalf("no member %s", name)
	}
	return s.Members[i].Shape, reflect.ValueOf(z).Elem().Field(s.Members[i].Field)
}

func TestParseText(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, text string
		want       zoo
	}{
		{"name", "a b", zoo{Name: "a b"}},
		{"short", "", zoo{Short: new("")}},
		{"color", "RED", zoo{Color: new(color("RED"))}},
		{"flag", "true", zoo{Flag: new(true)}},
		{"flag", "false", zoo{Flag: new(false)}},
		{"count", "-7", zoo{Count: new(int32(-7))}},
		{"big", "9223372036854775807", zoo{Big: new(int64(math.MaxInt64))}},
		{"ratio", "1.5", zoo{Ratio: new(float32(1.5))}},
		{"exact", "-1e-3", zoo{Exact: new(-1e-3)}},
		{"exact", "NaN", zoo{Exact: new(math.NaN())}},
		{"ratio", "-Infinity", zoo{Ratio: new(float32(math.Inf(-1)))}},
		{"data", "aGkh", zoo{Data: []byte("hi!")}},
		{"at", "2026-11-22T12:00:00Z", zoo{At: &noon}},
		{"at", "2026-11-22T12:00:00.5Z", zoo{At: new(noon.Add(500 * time.Millisecond))}},
		{"at", "2026-11-22T12:00:00.0009Z", zoo{At: &noon}},
	} {
		var got zoo
		var p Problems
		s, v := field(t, &got, test.name)
		ParseText(s, test.text, v, test.name, &p)
		if p.List() != nil {
			t.Errorf("%s %q: %+v", test.name, test.text, p.List())
		}
		if diff := cmp.Diff(test.want, got, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s %q: %s", test.name, test.text, diff)
		}
	}
}

func TestParseTextRefuses(t *testing.T) {
	const parse, broken = true, false
	for _, test := range []struct {
		name, text string
		parse      bool
		message    string
	}{
		{"name", "", broken, "The text must have at least 1 and at most 5 characters; it has 0."},
		{"color", "GREEN", broken, `The text must be one of RED, BLUE; "GREEN" was found.`},
		{"secret", "ab", broken, "The text must match the pattern [0-9]* as a whole."},
		{"flag", "True", parse, `true or false was expected here; "True" was found.`},
		{"flag", "", parse, `true or false was expected here; "" was found.`},
		{"count", "", parse, `A whole number was expected here; "" was found.`},
		{"count", "+1", parse, `A whole number was expected here; "+1" was found.`},
		{"count", "1_0", parse, `A whole number was expected here; "1_0" was found.`},
		{"count", "0x1", parse, `A whole number was expected here; "0x1" was found.`},
		{"count", " 1", parse, `A whole number was expected here; " 1" was found.`},
		{"count", "1.0", parse, "A whole number, without a fraction or an exponent, was expected here; 1.0 was found."},
		{"count", "2147483648", parse, "A whole number from -2147483648 to 2147483647 was expected here; 2147483648 was found."},
		{"level", "0", broken, "The number must be at least 1 and at most 10; 0 was found."},
		{"exact", "inf", parse, `A number was expected here; "inf" was found.`},
		{"exact", "1e999", parse, "The number does not fit into a floating-point number of 64 bits."},
		{"data", "-_==", parse, "The text is not base64 (RFC 4648, section 4, with padding)."},
		{"at", "1763812800", parse, `A time in UTC, written like 2026-11-22T08:00:00Z, was expected here; "1763812800" was found.`},
		{"at", "2026-11-22T12:00:00+01:00", parse, `A time in UTC, written like 2026-11-22T08:00:00Z, was expected here; "2026-11-22T12:00:00+01:00" was found.`},
		{"at", "2026-11-22T1:00:00.0Z", parse, `A time in UTC, written like 2026-11-22T08:00:00Z, was expected here; "2026-11-22T1:00:00.0Z" was found.`},
		{"at", "2026-11-22T12:00:00,5Z", parse, `A time in UTC, written like 2026-11-22T08:00:00Z, was expected here; "2026-11-22T12:00:00,5Z" was found.`},
		{"at", "2026-02-30T12:00:00Z", parse, `A time in UTC, written like 2026-11-22T08:00:00Z, was expected here; "2026-02-30T12:00:00Z" was found.`},
		{"at", "0000-01-01T00:00:00Z", parse, `A time in UTC, written like 2026-11-22T08:00:00Z, was expected here; "0000-01-01T00:00:00Z" was found.`},
		{"pairs", "{}", parse, "This member cannot be given as text."},
	} {
		var z zoo
		var p Problems
		s, v := field(t, &z, test.name)
		ParseText(s, test.text, v, "here", &p)
		if diff := cmp.Diff([]Problem{{Path: "here", Message: test.message, Parse: test.parse}}, p.List(), onlyWords()); diff != "" {
			t.Errorf("%s %q: %s", test.name, test.text, diff)
		}
	}
}

func TestParseTexts(t *testing.T) {
	for _, test := range []struct {
		texts string
		want  []string
		paths []string
	}{
		{"a b", []string{"a", "b"}, nil},
		{"a toolong b", []string{"a", "toolong", "b"}, []string{"words[1]"}},
		{"a b c d e", []string{"a", "b", "c"}, []string{"words"}},
	} {
		var z zoo
		var p Problems
		s, v := field(t, &z, "words")
		ParseTexts(s, strings.Fields(test.texts), v, "words", &p)
		var paths []string
		for _, problem := range p.List() {
			paths = append(paths, problem.Path)
		}
		if diff := cmp.Diff(test.want, z.Words) + cmp.Diff(test.paths, paths); diff != "" {
			t.Errorf("%s: %s", test.texts, diff)
		}
	}
}

func TestFormatText(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	z := zoo{
		Name: "a b", Color: new(color("RED")), Flag: new(true), Count: new(int32(-7)), Big: new(int64(8)), Ratio: new(float32(0.1)),
		Exact: new(math.Inf(-1)), Data: []byte("hi!"), At: &noon,
	}
	for name, want := range map[string]string{
		"name": "a b", "color": "RED", "flag": "true", "count": "-7", "big": "8", "ratio": "0.1", "exact": "-Infinity",
		"data": "aGkh", "at": "2026-11-22T11:00:00.123Z",
	} {
		s, v := field(t, &z, name)
		if got := string(FormatText(nil, s, reflect.Indirect(v))); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
