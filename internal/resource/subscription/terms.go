package subscription

import (
	"math"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/store"
)

// none is the tier of whoever has no subscription.
const none api.SubscriptionType = ""

// rank orders the tiers: one has everything that those below it have.
func rank(t api.SubscriptionType) int {
	switch t {
	case api.SubscriptionTypeQBusiness:
		return 2
	case api.SubscriptionTypeQLite:
		return 1
	}
	return 0
}

// terms is what a subscription was when it last changed. What it is at any time
// follows, without anybody carrying it out.
type terms struct {
	Now   api.SubscriptionType `json:"now"`           // until the end of the month of Since
	Next  api.SubscriptionType `json:"next,omitzero"` // from the month after on; none: cancelled
	Since time.Time            `json:"since"`
}

// at is what the terms are at that moment. From the next month on, Now is what
// Next was; it is none once a cancelled subscription has ended.
func (t terms) at(now time.Time) terms {
	if !now.Before(nextMonth(t.Since)) {
		t.Now = t.Next
	}
	return t
}

// change is what the terms are once another tier was asked for. More is given at
// once, less at the start of the next month (API reference, UpdateSubscription
// and CancelSubscription, which asks for none).
func (t terms) change(asked api.SubscriptionType, now time.Time) terms {
	t = t.at(now)
	if rank(asked) >= rank(t.Now) {
		t.Now = asked
	}
	t.Next, t.Since = asked, now
	return t
}

// endsAt is the moment from which there is no subscription, as its column holds
// it.
func (t terms) endsAt() int64 {
	if t.Next != none {
		return math.MaxInt64
	}
	return store.Micros(nextMonth(t.Since))
}

// nextMonth is the first moment of the month after, in UTC.
func nextMonth(t time.Time) time.Time {
	year, month, _ := t.UTC().Date()
	return time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
}
