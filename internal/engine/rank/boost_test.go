package rank

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/facet"
)

func day(n int) time.Time { return time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.UTC) }

// newest is the latest date of every attribute here.
func newest(string) time.Time { return day(100) }

func days(n int) *time.Duration { return new(time.Duration(n) * 24 * time.Hour) }

func TestFactors(t *testing.T) {
	sources := map[string]Level{"wiki": One, "mail": Two, "chat": Five}
	date := func(l Level) Boost {
		return Boost{Attribute: "date", Kind: facet.Date, Level: l, Duration: days(10)}
	}
	number := Boost{Attribute: "views", Kind: facet.Number, Level: VeryHigh}
	source := Boost{Attribute: "source", Kind: facet.String, Level: One, Values: sources}
	for name, tt := range map[string]struct {
		version int
		boost   Boost
		value   facet.Value
		want    float64
	}{
		"no level":                  {1, date(None), facet.OfDate(day(100)), 1},
		"the newest":                {1, date(High), facet.OfDate(day(100)), 1.5},
		"later than the newest":     {1, date(High), facet.OfDate(day(200)), 1.5},
		"half of the duration":      {1, date(High), facet.OfDate(day(95)), 1.25},
		"the end of the duration":   {1, date(High), facet.OfDate(day(90)), 1},
		"before it":                 {1, date(High), facet.OfDate(day(89)), 1},
		"no duration is a year":     {1, Boost{Attribute: "date", Kind: facet.Date, Level: VeryHigh}, facet.OfDate(day(100).Add(-year / 4)), 1.75},
		"a duration of nothing":     {1, Boost{Attribute: "date", Kind: facet.Date, Level: Low, Duration: days(0)}, facet.OfDate(day(100)), 1.1},
		"and a second before it":    {1, Boost{Attribute: "date", Kind: facet.Date, Level: Low, Duration: days(0)}, facet.OfDate(day(100).Add(-time.Second)), 1},
		"the newest of version 2":   {2, date(One), facet.OfDate(day(100)), 1.5},
		"the end of version 2":      {2, date(One), facet.OfDate(day(90)), 1.3},
		"outside of version 2":      {2, date(One), facet.OfDate(day(90).Add(-1)), 1},
		"the second of version 2":   {2, date(Two), facet.OfDate(day(100)), 1.25},
		"another kind of value":     {1, date(High), facet.OfNumber(7), 1},
		"a first source":            {2, source, facet.OfString("wiki"), 1.5},
		"a second source":           {2, source, facet.OfString("mail"), 1.45},
		"the last source":           {2, source, facet.OfString("chat"), 1.3},
		"no source of the order":    {2, source, facet.OfString("else"), 1},
		"a value's own level":       {1, Boost{Attribute: "x", Kind: facet.String, Level: Low, Values: map[string]Level{"a": VeryHigh}}, facet.OfString("a"), 2},
		"under a level of none":     {1, Boost{Attribute: "x", Kind: facet.String, Level: None, Values: map[string]Level{"a": VeryHigh}}, facet.OfString("a"), 1},
		"a value without a level":   {1, Boost{Attribute: "x", Kind: facet.String, Level: Low, Values: map[string]Level{"a": VeryHigh}}, facet.OfString("asked"), 1},
		"a value that is asked for": {1, Boost{Attribute: "x", Kind: facet.String, Level: Medium}, facet.OfString("Asked, FOR"), 1.25},
		"part of a value is not":    {1, Boost{Attribute: "x", Kind: facet.String, Level: Medium}, facet.OfString("asked twice"), 1},
		"nothing is not asked for":  {1, Boost{Attribute: "x", Kind: facet.String, Level: Medium}, facet.OfString(" - "), 1},
		"one of a list":             {1, Boost{Attribute: "x", Kind: facet.StringList, Level: High}, facet.OfList("else", "asked"), 1.5},
		"none of a list":            {1, Boost{Attribute: "x", Kind: facet.StringList, Level: High}, facet.OfList("else", ""), 1},
		"a thousand":                {1, number, facet.OfNumber(1000), 1.5},
		"none":                      {1, number, facet.OfNumber(0), 1},
		"less than none":            {1, number, facet.OfNumber(math.MinInt64), 1},
		"small values":              {1, Boost{Attribute: "x", Kind: facet.Number, Level: High, Smaller: true}, facet.OfNumber(0), 1.5},
		"a title is another matter": {1, Boost{Attribute: Title, Kind: facet.String, Level: VeryHigh}, facet.OfString("asked"), 1},
	} {
		b := New(tt.version, tt.boost).Asking("What is asked for?")
		if got := b.Factor(facet.Values{tt.boost.Attribute: tt.value}, newest); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
		if got := b.Factor(facet.Values{"other": tt.value}, newest); got != 1 {
			t.Errorf("%s, absent: %v", name, got)
		}
	}
}

func TestNoBoosts(t *testing.T) {
	var none *Boosts
	if f := none.Asking("x").Factor(facet.Values{"date": facet.OfDate(day(1))}, newest); f != 1 || none.TitleWeight() != 1 {
		t.Errorf("%v, %v", f, none.TitleWeight())
	}
	nowhere := func(string) time.Time { return time.Time{} }
	b := New(1, Boost{Attribute: "date", Kind: facet.Date, Level: VeryHigh})
	if f := b.Factor(facet.Values{"date": facet.OfDate(time.Time{})}, nowhere); f != 1 {
		t.Errorf("no date is the newest: %v", f)
	}
}

func TestWhichAttributesCount(t *testing.T) {
	b := New(1, Boost{Attribute: "b", Kind: facet.Date, Level: None}, Boost{Attribute: Title, Kind: facet.String, Level: Low}, Boost{Attribute: "a", Kind: facet.Number, Level: Low})
	if got := b.Asking("x").Attributes(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%v", got)
	}
	if got := (*Boosts)(nil).Attributes(); got != nil {
		t.Errorf("none has %v", got)
	}
}

func TestTitles(t *testing.T) {
	for level, want := range map[Level]float64{None: 1, Low: 1.1, Medium: 1.25, High: 1.5, VeryHigh: 2} {
		if got := New(1, Boost{Attribute: Title, Kind: facet.String, Level: level}).TitleWeight(); got != want {
			t.Errorf("%s: %v, want %v", level, got, want)
		}
	}
	if got := New(2).TitleWeight(); got != 1 {
		t.Errorf("none: %v", got)
	}
}

// boosts draws a few for a document, and the document.
func boosts(t *rapid.T) (*Boosts, facet.Values) {
	version := rapid.IntRange(1, 2).Draw(t, "version")
	levels := []Level{None, Low, Medium, High, VeryHigh}
	if version == 2 {
		levels = []Level{One, Two}
	}
	v := facet.Values{}
	var all []Boost
	for _, name := range []string{"a", "b", "c", "d", "e", "f"}[:rapid.IntRange(0, 6).Draw(t, "n")] {
		b := Boost{Attribute: name, Level: rapid.SampledFrom(levels).Draw(t, "level"), Smaller: rapid.Bool().Draw(t, "smaller"),
			Duration: new(time.Duration(rapid.Int64Range(0, 999_999_999).Draw(t, "seconds")) * time.Second)}
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			b.Kind, v[name] = facet.Date, facet.OfDate(time.Unix(rapid.Int64().Draw(t, "date"), 0))
		case 1:
			b.Kind, v[name] = facet.Number, facet.OfNumber(rapid.Int64().Draw(t, "number"))
		case 2:
			b.Kind, v[name] = facet.String, facet.OfString("asked")
		default:
			b.Kind, v[name] = facet.StringList, facet.OfList("asked")
		}
		all = append(all, b)
	}
	return New(version, all...).Asking("asked"), v
}

// TestFactorsAreBounded: from 1 to Most, the same each time, whatever a document has.
func TestFactorsAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, v := boosts(t)
		f := b.Factor(v, newest)
		if !(f >= 1 && f <= Most) || f != b.Factor(v, newest) {
			t.Fatalf("%v, then %v", f, b.Factor(v, newest))
		}
	})
}

// TestFactorsAreMonotone: a newer date, and a larger number (or a smaller one,
// where those are wanted), never count less.
func TestFactorsAreMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.IntRange(1, 2).Draw(t, "version")
		smaller := rapid.Bool().Draw(t, "smaller")
		level := rapid.SampledFrom([]Level{Low, High, One, Two}).Draw(t, "level")
		dated := New(version, Boost{Attribute: "x", Kind: facet.Date, Level: level, Duration: days(rapid.IntRange(0, 200).Draw(t, "days"))})
		counted := New(version, Boost{Attribute: "x", Kind: facet.Number, Level: level, Smaller: smaller})
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		a, b = min(a, b), max(a, b)
		factor := func(of *Boosts, v facet.Value) float64 { return of.Factor(facet.Values{"x": v}, newest) }
		older, newer := facet.OfDate(day(int(a%200))), facet.OfDate(day(int(b%200)))
		if older.Time.After(newer.Time) {
			older, newer = newer, older
		}
		if factor(dated, older) > factor(dated, newer) {
			t.Fatalf("%v counts more than %v", older.Time, newer.Time)
		}
		less, more := factor(counted, facet.OfNumber(a)), factor(counted, facet.OfNumber(b))
		if smaller {
			less, more = more, less
		}
		if less > more {
			t.Fatalf("%d and %d: %v and %v", a, b, less, more)
		}
	})
}

// TestTheFirstComesFirst: in version 2, whatever fits the attribute of level ONE
// counts for more than anything that fits the one of level TWO alone.
func TestTheFirstComesFirst(t *testing.T) {
	order := []Level{One, Two, Three, Four, Five}
	rapid.Check(t, func(t *rapid.T) {
		values := map[string]Level{}
		for i, l := range order {
			values[string(rune('a'+i))] = l
		}
		first, second := One, Two
		if rapid.Bool().Draw(t, "date first") {
			first, second = Two, One
		}
		b := New(2, Boost{Attribute: "source", Kind: facet.String, Level: first, Values: values},
			Boost{Attribute: "date", Kind: facet.Date, Level: second, Duration: days(50)})
		sourced := b.Factor(facet.Values{"source": facet.OfString(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "source"))}, newest)
		dated := b.Factor(facet.Values{"date": facet.OfDate(day(rapid.IntRange(50, 100).Draw(t, "date")))}, newest)
		if (first == One) != (sourced > dated) {
			t.Fatalf("source %v, date %v", sourced, dated)
		}
	})
}
