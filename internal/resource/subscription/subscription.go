// Package subscription owns subscriptions: which user or group of an application
// has which tier, what that will be next month, and who may therefore use the
// application.
//
// Nothing has to happen at the month's end: what a subscription is follows from
// what was asked of it and when (terms). Users and groups are those of the
// account's Identity Center, which resource/identitycenter knows; a user of a
// federated application is subscribed at first use, if the application says so,
// and known by e-mail address. Who a caller is, is decided before.
//
// Rows: subscription (one per subscription; one that has ended stays until its
// principal is subscribed again).
package subscription

import (
	"time"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
)

// typeName is what errors and ARNs call a subscription.
const typeName = "subscription"

// Subscription is a subscription as it is stored.
type Subscription struct {
	Application string    `json:"-"` // in the row's key
	ID          string    `json:"-"` // likewise
	Principal   principal `json:"-"` // two columns
	CreatedAt   time.Time `json:"-"` // a column

	Terms terms  `json:"terms"`
	Email string `json:"email,omitzero"` // of a federated user, who has no other name
}

// The kinds of principal.
const (
	user  = "user"
	group = "group"
)

// principal is who is subscribed.
type principal struct{ kind, id string }

// principalOf reads the union.
func principalOf(p api.SubscriptionPrincipal) principal {
	if p.Group != nil {
		return principal{group, *p.Group}
	}
	return principal{user, *p.User}
}

func (p principal) show() *api.SubscriptionPrincipal {
	if p.kind == group {
		return &api.SubscriptionPrincipal{Group: &p.id}
	}
	return &api.SubscriptionPrincipal{User: &p.id}
}

// federated is the principal of a user whom only an identity provider knows. Its
// ID is a UUID of version 5 (RFC 9562) of the mailto: URL, because the model
// wants an ID of the identity store's form.
func federated(email string) principal {
	return principal{user, uuid.NewSHA1(uuid.NameSpaceURL, []byte("mailto:"+email)).String()}
}

// ARN names the subscription, which is one of the caller's account and Region.
func (s *Subscription) ARN(c op.Caller) string {
	return c.ARN("application/%s/%s/%s", s.Application, typeName, s.ID)
}

// summary is what ListSubscriptions shows at that moment.
func (s *Subscription) summary(c op.Caller, now time.Time) api.Subscription {
	t := s.Terms.at(now)
	return api.Subscription{
		SubscriptionID: &s.ID, SubscriptionARN: new(s.ARN(c)), Principal: s.Principal.show(),
		CurrentSubscription: details(t.Now), NextSubscription: details(t.Next),
	}
}

// details shows a tier; none is left out.
func details(t api.SubscriptionType) *api.SubscriptionDetails {
	if t == none {
		return nil
	}
	return &api.SubscriptionDetails{Type: &t}
}
