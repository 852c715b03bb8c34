package chatcontrol

import (
	"fmt"
	"log/slog"
	"testing"

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
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// us is the root of the account that has everything here.
func us() op.Caller { return optest.Root("111122223333") }

// rig is one server's chat controls, in an application whose users are of
// Identity Center, with one index. Its data sources are those in sources.
type rig struct {
	*Service
	*op.Registry
	clock    *storetest.Clock
	jobs     *job.Queue
	app, idx string
}

// nowhere is an ID that nothing has; there and also are those of data sources.
const (
	nowhere = "ffffffff-0000-4000-8000-000000000000"
	there   = "dddddddd-0000-4000-8000-000000000001"
	also    = "dddddddd-0000-4000-8000-000000000002"
)

func newRig(t testing.TB, db *store.DB, clock *storetest.Clock) *rig {
	t.Helper()
	n := 0
	newID := func() string { n++; return fmt.Sprintf("c4000000-0000-4000-8000-%012d", n) }
	keys := seal.Random()
	pages, replays, jobs := page.New(keys), &replay.Book{DB: db}, job.New(db, slog.New(slog.DiscardHandler), clock.Now)
	apps := &application.Service{
		DB: db, Jobs: jobs, Pages: pages, Replays: replays, NewID: newID,
		Roles:  &principal.ServiceRoles{Principals: &principal.Service{DB: db}, TrustUnknown: true},
		People: &people.Service{DB: db, Keys: keys, Pages: pages, NewID: newID}, Below: []application.Purger{PurgeApplication},
	}
	indexes := &index.Service{DB: db, Apps: apps, Jobs: jobs, Replays: replays, Pages: pages, NewID: newID}
	r := &rig{clock: clock, jobs: jobs, Registry: &op.Registry{Access: optest.Anyone{}, Replays: replays}}
	r.Service = &Service{
		DB: db, Apps: apps, Indexes: indexes, Replays: replays, Pages: pages, NewID: newID,
		Sources: func(_ *store.Tx, _, application, index, source string) (bool, error) {
			return application == r.app && index == r.idx && (source == there || source == also), nil
		},
	}
	(&tag.Service{DB: db, Kinds: map[string]tag.Kind{"application/chat-response-configuration": Kind}}).Mount(r.Registry)
	r.Service.Mount(r.Registry)
	apps.Mount(r.Registry)
	apps.Work()
	indexes.Mount(r.Registry)
	indexes.Work()
	r.app = r.application(t, "app", api.CreateApplicationInput{IdentityType: new(api.IdentityTypeAwsIAMIDPSAML), IAMIdentityProviderARN: new("arn:aws:iam::111122223333:saml-provider/us")})
	r.idx = *must(t, r, api.CreateIndex, &api.CreateIndexInput{ApplicationID: r.app, DisplayName: "docs"}).IndexID
	return r
}

func (r *rig) application(t testing.TB, name string, in api.CreateApplicationInput) string {
	t.Helper()
	in.DisplayName = name
	return *must(t, r, api.CreateApplication, &in).ApplicationID
}

func each(t *testing.T, test func(t *testing.T, r *rig)) {
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newRig(t, db, clock)) }, storetest.WithClock(clock.Now))
}

func call[In, Out any](t *testing.T, r *rig, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, us(), o, in)
}

func must[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, r.Registry, us(), o, in)
}

// get is GetChatControlsConfiguration of the application.
func (r *rig) get(t *testing.T) *api.GetChatControlsConfigurationOutput {
	t.Helper()
	return must(t, r, api.GetChatControlsConfiguration, &api.GetChatControlsConfigurationInput{ApplicationID: r.app})
}

// update is UpdateChatControlsConfiguration of the application.
func (r *rig) update(t *testing.T, in api.UpdateChatControlsConfigurationInput) {
	t.Helper()
	in.ApplicationID = r.app
	must(t, r, api.UpdateChatControlsConfiguration, &in)
}

func conflict(resourceType, id string) fault.Error {
	return fault.Error{Code: fault.Conflict, ResourceType: resourceType, ResourceID: id}
}

func absent(resourceType, id string) fault.Error {
	return fault.Error{Code: fault.ResourceNotFound, ResourceType: resourceType, ResourceID: id}
}

func full(resourceType, id string) fault.Error {
	return fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: resourceType, ResourceID: id}
}
