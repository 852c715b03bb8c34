package subscription

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	lite     = api.SubscriptionTypeQLite
	business = api.SubscriptionTypeQBusiness
)

// moment draws a time, often one at the edge of a month, in any zone.
func moment(t *rapid.T, label string) time.Time {
	at := time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(t, label), rapid.Int64Range(0, 999_999).Draw(t, label+" µs")*1000)
	if rapid.Bool().Draw(t, label+" at an edge") {
		at = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, rapid.IntRange(-1, 1).Draw(t, label+" beside")*1000, time.UTC)
	}
	return at.In(time.FixedZone("", rapid.IntRange(-14*3600, 14*3600).Draw(t, label+" zone")))
}

func TestNextMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := moment(t, "at")
		next := nextMonth(at)
		if !next.After(at) {
			t.Errorf("%s is not after %s", next, at)
		}
		if next.Location() != time.UTC || next.Day() != 1 || next.Hour()+next.Minute()+next.Second()+next.Nanosecond() != 0 {
			t.Errorf("%s is not the start of a month", next)
		}
		if before := next.Add(-1); before.Month() != at.UTC().Month() || before.Year() != at.UTC().Year() {
			t.Errorf("%s is not in the month of %s", before, at.UTC())
		}
		if days := next.Sub(at) / (24 * time.Hour); days > 31 {
			t.Errorf("from %s to %s it is %d days", at, next, days)
		}
	})
}

// ledger is a subscription kept by somebody who looks in at every month's
// start, as a job would.
type ledger struct {
	month     int // number of the month it was looked at last
	now, next api.SubscriptionType
}

func monthOf(t time.Time) int { return t.UTC().Year()*12 + int(t.UTC().Month()) }

func (a *ledger) look(at time.Time) {
	for ; a.month < monthOf(at); a.month++ {
		a.now = a.next
	}
}

func (a *ledger) ask(tier api.SubscriptionType, at time.Time) {
	a.look(at)
	a.next = tier
	if order := map[api.SubscriptionType]int{none: 0, lite: 1, business: 2}; order[tier] > order[a.now] {
		a.now = tier
	}
}

// TestTermsAreWhatAJobWouldMakeOfThem asks for tiers at times that only grow, and
// compares with somebody who changes what is due at each month's start.
func TestTermsAreWhatAJobWouldMakeOfThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := moment(t, "first")
		first := rapid.SampledFrom([]api.SubscriptionType{lite, business}).Draw(t, "tier")
		terms := terms{}.change(first, at)
		kept := ledger{month: monthOf(at), now: first, next: first}
		for i := range rapid.IntRange(0, 12).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "to the edge") {
				at = nextMonth(at).Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "beside")) * time.Microsecond)
			} else {
				at = at.Add(time.Duration(rapid.Int64Range(0, int64(90*24*time.Hour)).Draw(t, "later")))
			}
			if kept.look(at); kept.now != none && rapid.Bool().Draw(t, "ask") {
				tier := rapid.SampledFrom([]api.SubscriptionType{none, lite, business}).Draw(t, "tier")
				terms = terms.change(tier, at)
				kept.ask(tier, at)
			}
			if got := terms.at(at); got.Now != kept.now || got.Next != kept.next {
				t.Fatalf("step %d, %s: %q then %q, want %q then %q", i, at, got.Now, got.Next, kept.now, kept.next)
			}
			if alive := terms.endsAt() > store.Micros(at); alive != (kept.now != none) {
				t.Fatalf("step %d, %s: the row is alive: %t, and the tier is %q", i, at, alive, kept.now)
			}
		}
	})
}

func TestTermsAtTheMonthsEnd(t *testing.T) {
	day := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for name, tt := range map[string]struct {
		terms     terms
		at        string
		now, next api.SubscriptionType
	}{
		"the last moment":               {terms{business, lite, day("2026-01-31T23:59:59Z")}, "2026-01-31T23:59:59Z", business, lite},
		"the first of the next":         {terms{business, lite, day("2026-01-31T23:59:59Z")}, "2026-02-01T00:00:00Z", lite, lite},
		"years later":                   {terms{business, lite, day("2026-01-31T23:59:59Z")}, "2029-07-04T12:00:00Z", lite, lite},
		"at the turn of the year":       {terms{business, none, day("2026-12-05T10:00:00Z")}, "2027-01-01T00:00:00Z", none, none},
		"before it":                     {terms{business, none, day("2026-12-05T10:00:00Z")}, "2026-12-31T23:59:59Z", business, none},
		"in February of a leap year":    {terms{lite, none, day("2028-02-01T00:00:00Z")}, "2028-02-29T23:59:59Z", lite, none},
		"asked where it is March":       {terms{lite, none, day("2028-03-01T01:00:00+02:00")}, "2028-03-01T00:00:00Z", none, none},
		"by a clock that was set back":  {terms{lite, none, day("2026-05-20T00:00:00Z")}, "2026-03-01T00:00:00Z", lite, none},
		"nothing has been asked of it":  {terms{lite, lite, day("2026-05-20T00:00:00Z")}, "2027-03-01T00:00:00Z", lite, lite},
		"an upgrade forgets the change": {terms{business, lite, day("2026-05-20T00:00:00Z")}.change(business, day("2026-05-21T00:00:00Z")), "2026-06-01T00:00:00Z", business, business},
	} {
		if got := tt.terms.at(day(tt.at)); got.Now != tt.now || got.Next != tt.next {
			t.Errorf("%s: %q then %q, want %q then %q", name, got.Now, got.Next, tt.now, tt.next)
		}
	}
	if got := (terms{lite, lite, day("2026-05-20T00:00:00Z")}).endsAt(); got != math.MaxInt64 {
		t.Errorf("one that goes on ends at %d", got)
	}
}

// TestTiersAreTheModels keeps rank from forgetting one.
func TestTiersAreTheModels(t *testing.T) {
	seen := map[int]string{rank(none): "none"}
	for _, m := range api.CreateSubscription.Input.Members {
		if m.Name != "type" {
			continue
		}
		for _, v := range m.Shape.Values {
			n := rank(api.SubscriptionType(v))
			if other, twice := seen[n]; twice {
				t.Errorf("%s ranks as %s does", v, other)
			}
			seen[n] = v
		}
	}
	if fmt.Sprint(seen) != "map[0:none 1:Q_LITE 2:Q_BUSINESS]" {
		t.Errorf("%v", seen)
	}
}
