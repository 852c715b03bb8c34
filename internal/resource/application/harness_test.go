package application

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
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
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/tag"
)

const instance = "arn:aws:sso:::instance/ssoins-0123456789abcdef"

// us is who calls unless a test says otherwise.
func us() op.Caller {
	return op.Caller{Account: "111122223333", Region: "us-east-1", Principal: "arn:aws:iam::111122223333:root", Root: true}
}

// rig is one server's applications.
type rig struct {
	*Service
	*op.Registry
	clock *storetest.Clock
}

// newRig makes a server on db. IDs are counted, so that tests can name them.
func newRig(db *store.DB, clock *storetest.Clock) *rig {
	n := 0
	s := &Service{
		DB:      db,
		Jobs:    job.New(db, slog.New(slog.DiscardHandler), clock.Now),
		Pages:   page.New(seal.Random()),
		Replays: &replay.Book{DB: db},
		Roles:   &principal.ServiceRoles{Principals: &principal.Service{DB: db}, TrustUnknown: true},
		NewID:   func() string { n++; return id(n) },
	}
	s.Work()
	r := &op.Registry{Access: optest.Anyone{}, Replays: s.Replays}
	s.Mount(r)
	(&tag.Service{DB: db, Kinds: map[string]tag.Kind{"application": Kind}}).Mount(r)
	return &rig{s, r, clock}
}

// id is the n-th application's.
func id(n int) string { return fmt.Sprintf("a1000000-0000-4000-8000-%012d", n) }

func each(t *testing.T, test func(t *testing.T, r *rig), opts ...storetest.Option) {
	clock := storetest.NewClock()
	opts = append(opts, storetest.WithClock(clock.Now))
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newRig(db, clock)) }, opts...)
}

// call goes the whole way of a request behind the wire.
func call[In, Out any](t *testing.T, r *rig, c op.Caller, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, c, o, in)
}

// must is call for a request that succeeds.
func must[In, Out any](t *testing.T, r *rig, c op.Caller, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	out, err := call(t, r, c, o, in)
	if err != nil {
		t.Fatalf("%s: %v", o.Name, err)
	}
	return out
}

func conflict(resourceID string) fault.Error {
	return fault.Error{Code: fault.Conflict, ResourceType: "application", ResourceID: resourceID}
}

func absent(resourceID string) fault.Error {
	return fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: resourceID}
}

// anonymous is the smallest create.
func anonymous(name string) *api.CreateApplicationInput {
	return &api.CreateApplicationInput{DisplayName: name, IdentityType: new(api.IdentityTypeAnonymous)}
}

func create(t *testing.T, r *rig, name string) string {
	t.Helper()
	return *must(t, r, us(), api.CreateApplication, anonymous(name)).ApplicationID
}

func get(t *testing.T, r *rig, id string) *api.GetApplicationOutput {
	t.Helper()
	return must(t, r, us(), api.GetApplication, &api.GetApplicationInput{ApplicationID: id})
}

// work runs the jobs that are due.
func work(t *testing.T, r *rig) {
	t.Helper()
	if _, err := r.Jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// exhaust runs jobs until they have succeeded or were given up.
func exhaust(t *testing.T, r *rig) {
	t.Helper()
	for range 10 {
		work(t, r)
		r.clock.Advance(10 * time.Minute)
	}
}
