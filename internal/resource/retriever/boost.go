package retriever

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/engine/rank"
)

// Boosting is what raises documents, by attribute, as the API has it.
type Boosting map[string]api.DocumentAttributeBoostingConfiguration

// boost is one entry of a Boosting.
type boost struct {
	rank.Boost
	member string // of the union, that is set
}

// boosts are the entries, by attribute.
func (b Boosting) boosts() []boost {
	var all []boost
	for _, name := range slices.Sorted(maps.Keys(b)) {
		all = append(all, boostOf(name, b[name]))
	}
	return all
}

func boostOf(name string, c api.DocumentAttributeBoostingConfiguration) boost {
	b := rank.Boost{Attribute: name}
	switch {
	case c.NumberConfiguration != nil:
		b.Kind, b.Level = facet.Number, rank.Level(c.NumberConfiguration.BoostingLevel)
		t := c.NumberConfiguration.BoostingType
		b.Smaller = t != nil && *t == api.NumberAttributeBoostingTypePrioritizeSmallerValues
		return boost{b, "numberConfiguration"}
	case c.DateConfiguration != nil:
		b.Kind, b.Level = facet.Date, rank.Level(c.DateConfiguration.BoostingLevel)
		if seconds := c.DateConfiguration.BoostingDurationInSeconds; seconds != nil {
			b.Duration = new(time.Duration(*seconds) * time.Second)
		}
		return boost{b, "dateConfiguration"}
	case c.StringListConfiguration != nil:
		b.Kind, b.Level = facet.StringList, rank.Level(c.StringListConfiguration.BoostingLevel)
		return boost{b, "stringListConfiguration"}
	}
	b.Kind, b.Level = facet.String, rank.Level(c.StringConfiguration.BoostingLevel)
	b.Values = make(map[string]rank.Level, len(c.StringConfiguration.AttributeValueBoosting))
	for value, level := range c.StringConfiguration.AttributeValueBoosting {
		b.Values[value] = rank.Level(level)
	}
	return boost{b, "stringConfiguration"}
}

// version is the one that the levels are of: words are version 1, numbers 2. A
// configuration without boosts is of version 2, as that of a new application is
// (user guide, "Tuning the query results based on document attribute relevancy").
func (b Boosting) version() int {
	for _, boost := range b.boosts() {
		if !numbered(boost.Level) {
			return 1
		}
	}
	return 2
}

func numbered(l rank.Level) bool { return l == rank.One || l == rank.Two }

// rank is what the boosts do to a score. Beside them stands what the service does
// by itself: matches in titles count a little more (user guide, "Amazon Q Business
// boosting types").
func (b Boosting) rank(kinds map[string]kind) *rank.Boosts {
	made := []rank.Boost{{Attribute: rank.Title, Kind: facet.String, Level: rank.Low}}
	if _, own := b[rank.Title]; own {
		made = nil
	}
	for _, boost := range b.boosts() {
		if fits(boost, kinds) == "" { // as it was, when the retriever was made
			made = append(made, boost.Boost)
		}
	}
	return rank.New(b.version(), made...)
}

// kind is what an index says of an attribute.
type kind struct {
	facet.Kind
	searched bool
}

// fits says what is wrong with boosting by an attribute of an index; nothing: "".
func fits(b boost, kinds map[string]kind) string {
	of, known := kinds[b.Attribute]
	switch {
	case !known:
		return "is no attribute of the index; make it one with documentAttributeConfigurations of UpdateIndex"
	case of.Kind != b.Kind:
		return fmt.Sprintf("is of type %s in the index, which %s does not go with", of.Kind, b.member)
	case (b.Kind == facet.String || b.Kind == facet.StringList) && !of.searched:
		return fmt.Sprintf("is not enabled for search, which boosting by a %s needs; set search to ENABLED with UpdateIndex", of.Kind)
	}
	return ""
}

const overridePath = "configuration.nativeIndexConfiguration.boostingOverride"

// check reports boosts that the index's attributes, or the version, do not allow
// (user guide, "Amazon Q Business boosting types" and "Tuning the query results
// based on document attribute relevancy"; API model: NativeIndexConfiguration).
func (b Boosting) check(kinds map[string]kind) (bad []fault.Field) {
	version := b.version()
	for _, boost := range b.boosts() {
		at := overridePath + "." + boost.Attribute
		if why := fits(boost, kinds); why != "" {
			bad = append(bad, fault.Field{Name: at, Message: why})
			continue
		}
		if version == 1 {
			bad = append(bad, checkWords(at+"."+boost.member, boost)...)
		} else {
			bad = append(bad, checkTiers(at, boost)...)
		}
	}
	if version == 2 && len(bad) == 0 {
		bad = b.checkOrder()
	}
	return bad
}

// checkWords are the rules of version 1.
func checkWords(at string, b boost) (bad []fault.Field) {
	if numbered(b.Level) {
		bad = append(bad, fault.Field{Name: at + ".boostingLevel", Message: "ONE and TWO do not go together with levels in words; use either for all attributes"})
	}
	for _, value := range slices.Sorted(maps.Keys(b.Values)) {
		if tier(b.Values[value]) > 0 {
			bad = append(bad, fault.Field{Name: at + ".attributeValueBoosting." + value, Message: fmt.Sprintf("%s goes with a boostingLevel of ONE or TWO; use LOW, MEDIUM, HIGH or VERY_HIGH", b.Values[value])})
		}
	}
	return bad
}

// tier is the place of a level in numbers; 0 for one in words.
func tier(l rank.Level) int {
	return slices.Index([]rank.Level{rank.One, rank.Two, rank.Three, rank.Four, rank.Five}, l) + 1
}

// mostTiers is how many values version 2 puts in order.
const mostTiers = 5

// checkTiers are the rules of version 2 for one attribute.
func checkTiers(at string, b boost) []fault.Field {
	refuse := func(format string, args ...any) []fault.Field {
		return []fault.Field{{Name: at, Message: fmt.Sprintf(format, args...)}}
	}
	switch {
	case b.Kind == facet.Number || b.Kind == facet.StringList:
		return refuse("is of type %s, which the levels ONE and TWO do not go with; use NONE, LOW, MEDIUM, HIGH or VERY_HIGH for all attributes", b.Kind)
	case b.Kind == facet.Date && b.Attribute != "_created_at" && b.Attribute != "_last_updated_at":
		return refuse("cannot have the level %s; of the dates, _created_at or _last_updated_at can", b.Level)
	case b.Kind == facet.Date:
		return nil
	case b.Attribute != "_data_source_id":
		return refuse("cannot have the level %s; of the strings, _data_source_id can", b.Level)
	case len(b.Values) == 0 || len(b.Values) > mostTiers:
		return refuse("needs attributeValueBoosting with 1 to %d data sources, the first of level ONE; it has %d", mostTiers, len(b.Values))
	}
	places := make([]bool, len(b.Values))
	for _, value := range slices.Sorted(maps.Keys(b.Values)) {
		place := tier(b.Values[value])
		if place == 0 || place > len(places) || places[place-1] {
			return refuse("has %s as the level of %s; %d values are put in order by the levels from ONE on, each given once", b.Values[value], value, len(b.Values))
		}
		places[place-1] = true
	}
	return nil
}

// checkOrder is the rule of version 2 for the attributes together: at most one
// date and one string, of which one comes first.
func (b Boosting) checkOrder() []fault.Field {
	seen := map[facet.Kind]string{}
	levels := map[rank.Level]bool{}
	for _, boost := range b.boosts() {
		if other, twice := seen[boost.Kind]; twice {
			return []fault.Field{{Name: overridePath, Message: fmt.Sprintf("has %s and %s; with the levels ONE and TWO there is one attribute of type %s", other, boost.Attribute, boost.Kind)}}
		}
		seen[boost.Kind] = boost.Attribute
		levels[boost.Level] = true
	}
	switch {
	case len(seen) == 1 && levels[rank.Two]:
		return []fault.Field{{Name: overridePath, Message: "has one attribute, the level of which can only be ONE"}}
	case len(seen) == 2 && len(levels) == 1:
		return []fault.Field{{Name: overridePath, Message: "has two attributes of one level; give ONE to the one that comes first and TWO to the other"}}
	}
	return nil
}
