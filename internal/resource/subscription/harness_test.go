package subscription

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/identitycenter"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
)

const account = "111122223333"

func us() op.Caller { return optest.Root(account) }

// rig is a server with one application and an identity store.
type rig struct {
	*Service
	*op.Registry
	clock *storetest.Clock
	jobs  *job.Queue
	app   string // of type AWS_IAM_IDC
}

// id is the n-th subscription's.
func id(n int) string { return fmt.Sprintf("5b000000-0000-4000-8000-%012d", n) }

// newRig makes a server on db. IDs of subscriptions are counted, so that tests
// can name them.
func newRig(t testing.TB, db *store.DB, clock *storetest.Clock) *rig {
	pages, book := page.New(seal.Random()), &replay.Book{DB: db}
	jobs := job.New(db, slog.New(slog.DiscardHandler), clock.Now)
	apps := &application.Service{
		DB: db, Replays: book, Pages: pages, NewID: uuid.NewString, Jobs: jobs,
		Below: []application.Purger{PurgeApplication},
	}
	apps.Work()
	directory := &people.Service{DB: db, Keys: seal.Random(), Pages: pages, NewID: uuid.NewString}
	var n atomic.Int64
	s := &Service{
		DB: db, Apps: apps, Replays: book, Pages: pages,
		Directory: &identitycenter.Service{DB: db, People: directory},
		NewID:     func() string { return id(int(n.Add(1))) },
	}
	r := &rig{s, &op.Registry{Access: optest.Anyone{}, Replays: book}, clock, jobs, ""}
	apps.Mount(r.Registry)
	directory.Mount(r.Registry)
	s.Mount(r.Registry)
	r.app = makeApplication(t, r, &api.CreateApplicationInput{IdentityCenterInstanceARN: new("arn:aws:sso:::instance/ssoins-0123456789abcdef")})
	return r
}

func each(t *testing.T, test func(t *testing.T, r *rig), opts ...storetest.Option) {
	clock := storetest.NewClock()
	opts = append(opts, storetest.WithClock(clock.Now))
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newRig(t, db, clock)) }, opts...)
}

func call[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, us(), o, in)
}

func must[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, r.Registry, us(), o, in)
}

// makeApplication makes an application of some name.
func makeApplication(t testing.TB, r *rig, in *api.CreateApplicationInput) string {
	t.Helper()
	in.DisplayName = "app-" + uuid.NewString()
	return *must(t, r, api.CreateApplication, in).ApplicationID
}

// someone makes a user of the identity store.
func someone(t testing.TB, r *rig, name string) string {
	t.Helper()
	return must(t, r, identitystore.CreateUser, &identitystore.CreateUserInput{
		IdentityStoreID: people.StoreID(account), UserName: &name, DisplayName: &name,
		Name: &identitystore.Name{GivenName: &name, FamilyName: &name},
	}).UserID
}

// team makes a group of the identity store.
func team(t testing.TB, r *rig, name string) string {
	t.Helper()
	return must(t, r, identitystore.CreateGroup, &identitystore.CreateGroupInput{
		IdentityStoreID: people.StoreID(account), DisplayName: &name,
	}).GroupID
}

// ask is the request that subscribes somebody.
func ask(r *rig, p api.SubscriptionPrincipal, tier api.SubscriptionType) *api.CreateSubscriptionInput {
	return &api.CreateSubscriptionInput{ApplicationID: r.app, Principal: p, Type: tier}
}

func ofUser(id string) api.SubscriptionPrincipal  { return api.SubscriptionPrincipal{User: &id} }
func ofGroup(id string) api.SubscriptionPrincipal { return api.SubscriptionPrincipal{Group: &id} }

// subscribe makes a subscription and returns its ID.
func subscribe(t testing.TB, r *rig, p api.SubscriptionPrincipal, tier api.SubscriptionType) string {
	t.Helper()
	return *must(t, r, api.CreateSubscription, ask(r, p, tier)).SubscriptionID
}

func cancel(t testing.TB, r *rig, id string) {
	t.Helper()
	must(t, r, api.CancelSubscription, &api.CancelSubscriptionInput{ApplicationID: r.app, SubscriptionID: id})
}

// shown is a subscription as the operations show it.
func shown(r *rig, id string, p api.SubscriptionPrincipal, now, next api.SubscriptionType) api.Subscription {
	return api.Subscription{
		SubscriptionID: &id, SubscriptionARN: new(us().ARN("application/%s/subscription/%s", r.app, id)),
		Principal: &p, CurrentSubscription: tier(now), NextSubscription: tier(next),
	}
}

func tier(t api.SubscriptionType) *api.SubscriptionDetails {
	if t == "" {
		return nil
	}
	return &api.SubscriptionDetails{Type: &t}
}

// listed are the subscriptions of an application.
func listed(t testing.TB, r *rig, app string) []api.Subscription {
	t.Helper()
	return must(t, r, api.ListSubscriptions, &api.ListSubscriptionsInput{ApplicationID: app}).Subscriptions
}

// toNextMonth moves the clock to the first moment of the next month.
func toNextMonth(r *rig) { r.clock.Advance(nextMonth(r.clock.Now()).Sub(r.clock.Now())) }

func absent(kind, id string) fault.Error {
	return fault.Error{Code: fault.ResourceNotFound, ResourceType: kind, ResourceID: id}
}

func conflict(kind, id string) fault.Error {
	return fault.Error{Code: fault.Conflict, ResourceType: kind, ResourceID: id}
}

const day = 24 * time.Hour
