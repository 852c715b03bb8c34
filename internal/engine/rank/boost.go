package rank

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/parleyhq/parley/internal/engine/facet"
)

// Title is the attribute whose boost is a weight of matches in titles.
const Title = "_document_title"

// Most is the most that all boosts together multiply a score by.
const Most = 4

// Boost raises documents by one attribute.
type Boost struct {
	Attribute string
	Kind      facet.Kind
	Level     Level
	Values    map[string]Level // STRING: what each value is worth
	Smaller   bool             // NUMBER: it is small values that are raised
	Duration  *time.Duration   // DATE: how far back from the newest; nil: a year
}

// Boosts are what a retriever raises documents by. They are never changed once
// they are made.
type Boosts struct {
	version int
	by      []Boost // by attribute, so that every product is made in one order
	asked   map[string]bool
}

// New returns the boosts of a version, 1 or 2.
func New(version int, boosts ...Boost) *Boosts {
	by := slices.Clone(boosts)
	slices.SortFunc(by, func(a, b Boost) int { return cmp.Compare(a.Attribute, b.Attribute) })
	return &Boosts{version: version, by: by}
}

// Asking returns the boosts as they are for one query: a text attribute without
// levels for its values is raised where the query names its value.
func (b *Boosts) Asking(query string) *Boosts {
	if b == nil {
		return nil
	}
	asked := map[string]bool{}
	for _, w := range words(query) {
		asked[w] = true
	}
	return &Boosts{version: b.version, by: b.by, asked: asked}
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// Attributes are those that Factor looks at, in order.
func (b *Boosts) Attributes() (names []string) {
	if b == nil {
		return nil
	}
	for i := range b.by {
		if name := b.by[i].Attribute; name != Title {
			names = append(names, name)
		}
	}
	return names
}

// Factor is what the score of a document with those attributes is multiplied
// by: from 1, which is no boost, up to Most. It is the product of 1 + weight ×
// share over the boosts, where the weight goes by the level (LOW 0.1, MEDIUM
// 0.25, HIGH 0.5, VERY_HIGH 1; ONE 0.5, TWO 0.25) and the share, 0 to 1, by how
// well the attribute fits. newest is the latest date of an attribute among the
// documents that are searched; zero when none has it.
//
// No factor takes a document out of a result or brings one in. That of Title is
// not in it: TitleWeight has it.
func (b *Boosts) Factor(v facet.Values, newest func(attribute string) time.Time) float64 {
	factor := 1.0
	if b == nil {
		return factor
	}
	for i := range b.by {
		boost := &b.by[i]
		value, has := v[boost.Attribute]
		if boost.Attribute == Title || !has || value.Kind != boost.Kind {
			continue
		}
		factor *= 1 + b.worth(boost, value, newest)
	}
	return min(factor, Most)
}

// TitleWeight is what a match in a title counts for, beside what it does by
// itself: 1 without a boost.
func (b *Boosts) TitleWeight() float64 {
	if b != nil {
		for _, boost := range b.by {
			if boost.Attribute == Title {
				return 1 + weights[boost.Level]
			}
		}
	}
	return 1
}

// weights are what the levels add to a score at most.
var weights = map[Level]float64{Low: 0.1, Medium: 0.25, High: 0.5, VeryHigh: 1, One: 0.5, Two: 0.25}

// places are the shares of a value by its place in the order of version 2. The
// last one still lifts an attribute of level ONE above every value of level TWO.
var places = map[Level]float64{One: 1, Two: 0.9, Three: 0.8, Four: 0.7, Five: least}

// least is the smallest share of what is boosted at all in version 2.
const least = 0.6

// worth is what one boost adds for a value.
func (b *Boosts) worth(boost *Boost, value facet.Value, newest func(string) time.Time) float64 {
	weight := weights[boost.Level]
	switch value.Kind {
	case facet.Date:
		return weight * b.recency(boost, value.Time, newest(boost.Attribute))
	case facet.Number:
		return weight * size(value.Number, boost.Smaller)
	case facet.StringList:
		if slices.ContainsFunc(value.List, b.named) {
			return weight
		}
		return 0
	}
	level, listed := boost.Values[value.Text]
	switch {
	case weight == 0:
		return 0
	case listed && b.version == 1:
		return weights[level]
	case listed:
		return weight * places[level]
	case len(boost.Values) == 0 && b.named(value.Text):
		return weight
	}
	return 0
}

// named reports whether the query has all words of a value.
func (b *Boosts) named(value string) bool {
	of := words(value)
	return len(of) > 0 && !slices.ContainsFunc(of, func(w string) bool { return !b.asked[w] })
}

// year is how far back a date is boosted that no duration is given for.
const year = 365 * 24 * time.Hour

// recency is the share of a date: 1 for the newest, and less and less down to
// the end of the duration. In version 1 it tapers to nothing there; in version 2
// whatever is within the duration is boosted, and what is outside is not.
func (b *Boosts) recency(boost *Boost, at, newest time.Time) float64 {
	duration := year
	if boost.Duration != nil {
		duration = *boost.Duration
	}
	age := max(0, newest.Sub(at))
	if newest.IsZero() || age > duration {
		return 0
	}
	left := 1 - float64(age)/float64(max(duration, 1))
	if b.version == 1 {
		return left
	}
	return least + (1-least)*left
}

// middle is the number that has half the share of one without bound.
const middle = 1000

// size is the share of a number: it grows from 0, for 0 and below, with the
// number's logarithm, and is a half for 1000; or it falls like that from 1.
func size(n int64, smaller bool) float64 {
	log := math.Log1p(float64(max(0, n)))
	share := log / (log + math.Log1p(middle))
	if smaller {
		return 1 - share
	}
	return share
}
