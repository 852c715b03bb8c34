package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
	"github.com/parleyhq/parley/internal/resource/plugin/login"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// tasks is a document with two actions, and one that only the planner uses.
const tasks = `{
  "openapi": "3.0.3",
  "info": {"title": "Tasks", "version": "2.1"},
  "servers": [{"url": "https://tasks.example.com/api"}],
  "paths": {
    "/tasks": {
      "get": {"operationId": "listTasks", "description": "Lists the tasks.", "responses": {"200": {"description": "ok"}}},
      "post": {"operationId": "createTask", "summary": "Create a task", "description": "Creates a task.", "responses": {"201": {"description": "made"}}}
    },
    "/lookups": {
      "get": {"operationId": "lookUp", "description": "Looks up ids.", "x-amzn-action-internal": true, "responses": {"200": {"description": "ok"}}}
    }
  }
}`

// bucket is a blob.Store in memory, of which objects are read.
type bucket struct {
	blob.None
	objects map[string]string
	down    error // what every Open answers, when set
}

func (b *bucket) Open(_ context.Context, name, key string) (blob.Object, error) {
	if b.down != nil {
		return blob.Object{}, b.down
	}
	body, ok := b.objects[name+"/"+key]
	if !ok {
		return blob.Object{}, fmt.Errorf("%w: s3://%s/%s", blob.ErrNoKey, name, key)
	}
	return blob.Object{Body: io.NopCloser(strings.NewReader(body)), Size: int64(len(body))}, nil
}

// bench is the family on a store, with what it stands on.
type bench struct {
	*op.Registry
	plugins *Service
	jobs    *job.Queue
	bucket  *bucket
	clock   *storetest.Clock
	caller  op.Caller
	app     string
}

func each(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		test(t, newBench(t, db, clock))
	}, storetest.WithClock(clock.Now))
}

func newBench(t *testing.T, db *store.DB, clock *storetest.Clock) *bench {
	t.Helper()
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	b := &bench{jobs: job.New(db, log, clock.Now), bucket: &bucket{objects: map[string]string{}}, clock: clock, caller: optest.Root("111122223333")}
	book, pages := &replay.Book{DB: db}, page.New(seal.Random())
	apps := &application.Service{DB: db, Jobs: b.jobs, Pages: pages, Replays: book, NewID: uuid.NewString}
	roles := &principal.ServiceRoles{Principals: &principal.Service{DB: db}, TrustUnknown: true}
	keys := seal.Random()
	b.plugins = &Service{
		Logins: &login.Service{DB: db, Keys: keys, Jobs: b.jobs, Roles: roles, Log: log},
		Roles:  roles,
		DB:     db, Apps: apps, Jobs: b.jobs, Replays: book, Pages: pages, Catalogue: types,
		Objects: b.bucket, NewID: uuid.NewString, Limits: openapi.DefaultLimits(),
	}
	apps.Below = []application.Purger{PurgeApplication}
	b.Registry = &op.Registry{Access: optest.Anyone{}, Replays: book}
	apps.Mount(b.Registry)
	b.plugins.Mount(b.Registry)
	apps.Work()
	b.plugins.Work()
	b.plugins.Logins.Work()
	b.app = b.newApplication(t, "helpdesk", api.IdentityTypeAnonymous)
	return b
}

func (b *bench) newApplication(t *testing.T, name string, identity api.IdentityType) string {
	t.Helper()
	out := optest.Must(t, b.Registry, b.caller, api.CreateApplication, &api.CreateApplicationInput{DisplayName: name, IdentityType: &identity})
	return *out.ApplicationID
}

// work runs every job that is due.
func (b *bench) work(t *testing.T) {
	t.Helper()
	if _, err := b.jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) custom(name string, schema *api.APISchema) *api.CreatePluginInput {
	return &api.CreatePluginInput{
		ApplicationID:     b.app,
		DisplayName:       name,
		Type:              api.PluginTypeCustom,
		AuthConfiguration: api.PluginAuthConfiguration{NoAuthConfiguration: &api.NoAuthConfiguration{}},
		CustomPluginConfiguration: &api.CustomPluginConfiguration{
			Description: "Tasks", APISchemaType: api.APISchemaTypeOpenAPIV3, APISchema: schema,
		},
	}
}

func inline(doc string) *api.APISchema { return &api.APISchema{Payload: &doc} }

func inBucket(key string) *api.APISchema {
	return &api.APISchema{S3: &api.S3{Bucket: "documents", Key: key}}
}

func (b *bench) create(t *testing.T, in *api.CreatePluginInput) string {
	t.Helper()
	return *optest.Must(t, b.Registry, b.caller, api.CreatePlugin, in).PluginID
}

func (b *bench) get(t *testing.T, id string) *api.GetPluginOutput {
	t.Helper()
	return optest.Must(t, b.Registry, b.caller, api.GetPlugin, &api.GetPluginInput{ApplicationID: b.app, PluginID: id})
}

// actions lists the display names of what a plugin can do.
func (b *bench) actions(t *testing.T, id string) []string {
	t.Helper()
	out := optest.Must(t, b.Registry, b.caller, api.ListPluginActions, &api.ListPluginActionsInput{ApplicationID: b.app, PluginID: id})
	names := []string{}
	for _, a := range out.Items {
		names = append(names, *a.DisplayName)
	}
	return names
}

func (b *bench) update(t *testing.T, in *api.UpdatePluginInput) error {
	t.Helper()
	in.ApplicationID = b.app
	_, err := optest.Call(t, b.Registry, b.caller, api.UpdatePlugin, in)
	return err
}

func TestACustomPluginIsReadyWithItsActions(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		out := optest.Must(t, b.Registry, b.caller, api.CreatePlugin, b.custom("tasks", inline(tasks)))
		if *out.BuildStatus != api.PluginBuildStatusReady {
			t.Errorf("buildStatus %s, want READY", *out.BuildStatus)
		}
		arn := "arn:aws:qbusiness:us-east-1:111122223333:application/" + b.app + "/plugin/" + *out.PluginID
		want := &api.GetPluginOutput{
			ApplicationID: &b.app, PluginID: out.PluginID, PluginARN: &arn,
			DisplayName: new("tasks"), Type: new(api.PluginTypeCustom), State: new(api.PluginStateEnabled),
			BuildStatus:       new(api.PluginBuildStatusReady),
			AuthConfiguration: &api.PluginAuthConfiguration{NoAuthConfiguration: &api.NoAuthConfiguration{}},
			CustomPluginConfiguration: &api.CustomPluginConfiguration{
				Description: "Tasks", APISchemaType: api.APISchemaTypeOpenAPIV3, APISchema: inline(tasks),
			},
			CreatedAt: new(b.clock.Now()), UpdatedAt: new(b.clock.Now()),
		}
		if diff := cmp.Diff(want, b.get(t, *out.PluginID)); diff != "" {
			t.Errorf("GetPlugin (-want +got):\n%s", diff)
		}
		list := optest.Must(t, b.Registry, b.caller, api.ListPluginActions, &api.ListPluginActionsInput{ApplicationID: b.app, PluginID: *out.PluginID})
		if len(list.Items) != 2 {
			t.Fatalf("%d actions, want 2: the internal one is not offered", len(list.Items))
		}
		if got, want := *list.Items[1].ActionIdentifier, "pa:"+*out.PluginID+":2.1:/tasks:POST"; got != want {
			t.Errorf("identifier %s, want %s", got, want)
		}
		if got := *list.Items[1].DisplayName; got != "Create a task" {
			t.Errorf("display name %q", got)
		}
		if *list.Items[1].InstructionExample == "" || *list.Items[1].Description != "Creates a task." {
			t.Errorf("example %q, description %q", *list.Items[1].InstructionExample, *list.Items[1].Description)
		}
	})
}

func TestADocumentIsRefusedWhereItIsWrong(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	broken := strings.Replace(tasks, `"servers": [{"url": "https://tasks.example.com/api"}],`, "", 1)
	_, err := optest.Call(t, b.Registry, b.caller, api.CreatePlugin, b.custom("tasks", inline(broken)))
	message := optest.Refused(t, err, optest.Invalid("customPluginConfiguration.apiSchema.payload"))
	for _, want := range []string{"line 1, column 1", "servers", "fix:"} {
		if !strings.Contains(message, want) {
			t.Errorf("%q does not say %q", message, want)
		}
	}
	if _, err := optest.Call(t, b.Registry, b.caller, api.CreatePlugin, b.custom("tasks", inline("{"))); fault.As(err) == nil {
		t.Errorf("half a document: %v", err)
	}
}

func TestADocumentInABucketIsBuiltByAJob(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.bucket.objects["documents/tasks.json"] = tasks
		out := optest.Must(t, b.Registry, b.caller, api.CreatePlugin, b.custom("tasks", inBucket("tasks.json")))
		if *out.BuildStatus != api.PluginBuildStatusCreateInProgress {
			t.Errorf("buildStatus %s, want CREATE_IN_PROGRESS", *out.BuildStatus)
		}
		if got := b.actions(t, *out.PluginID); len(got) != 0 {
			t.Errorf("actions %v before the build", got)
		}
		busy := b.update(t, &api.UpdatePluginInput{PluginID: *out.PluginID, State: new(api.PluginStateDisabled)})
		optest.Refused(t, busy, fault.Error{Code: fault.Conflict, ResourceType: "plugin", ResourceID: *out.PluginID})
		b.work(t)
		got := b.get(t, *out.PluginID)
		if *got.BuildStatus != api.PluginBuildStatusReady {
			t.Errorf("buildStatus %s, want READY", *got.BuildStatus)
		}
		if diff := cmp.Diff(inBucket("tasks.json"), got.CustomPluginConfiguration.APISchema); diff != "" {
			t.Errorf("apiSchema (-want +got):\n%s", diff)
		}
		if got := b.actions(t, *out.PluginID); len(got) != 2 {
			t.Errorf("actions %v, want 2", got)
		}
	})
}

func TestABuildFailsWithItsReason(t *testing.T) {
	for name, tt := range map[string]struct {
		key, body string
		says      string
	}{
		"no such object": {"absent.json", "", "s3://documents/absent.json"},
		"not a document": {"swagger.json", `{"swagger": "2.0"}`, "line 1, column"},
		"too large":      {"large.json", strings.Repeat(" ", 1<<20) + "{}", "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			clock := storetest.NewClock()
			b := newBench(t, storetest.New(t, storetest.WithClock(clock.Now)), clock)
			if tt.body != "" {
				b.bucket.objects["documents/"+tt.key] = tt.body
			}
			id := b.create(t, b.custom("tasks", inBucket(tt.key)))
			b.work(t)
			if got := *b.get(t, id).BuildStatus; got != api.PluginBuildStatusCreateFailed {
				t.Errorf("buildStatus %s, want CREATE_FAILED", got)
			}
			shown, err := b.plugins.Show(t.Context(), b.caller.Tenant(), b.app, id)
			if err != nil || !strings.Contains(shown.Plugin.Problem, tt.says) {
				t.Errorf("problem %q (%v) does not say %q", shown.Plugin.Problem, err, tt.says)
			}
		})
	}
}

func TestABucketThatIsAwayIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.bucket.objects["documents/tasks.json"] = tasks
		b.bucket.down = errors.New("connection refused")
		id := b.create(t, b.custom("tasks", inBucket("tasks.json")))
		b.work(t)
		if got := *b.get(t, id).BuildStatus; got != api.PluginBuildStatusCreateInProgress {
			t.Errorf("buildStatus %s after one failed attempt, want CREATE_IN_PROGRESS", got)
		}
		b.bucket.down = nil
		b.clock.Advance(10 * time.Second)
		b.work(t)
		if got := *b.get(t, id).BuildStatus; got != api.PluginBuildStatusReady {
			t.Errorf("buildStatus %s, want READY", got)
		}
	})
}

func TestUpdateReplacesTheActionsOnceTheyAreBuilt(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.create(t, b.custom("tasks", inline(tasks)))
		fewer := strings.Replace(tasks, `"get": {"operationId": "lookUp"`, `"put": {"operationId": "setLookup"`, 1)
		fewer = strings.Replace(fewer, `"x-amzn-action-internal": true, `, "", 1)
		described := func(s *api.APISchema) *api.CustomPluginConfiguration {
			return &api.CustomPluginConfiguration{Description: "Other", APISchemaType: api.APISchemaTypeOpenAPIV3, APISchema: s}
		}
		if err := b.update(t, &api.UpdatePluginInput{PluginID: id, CustomPluginConfiguration: described(inline(fewer))}); err != nil {
			t.Fatal(err)
		}
		if got := b.actions(t, id); len(got) != 3 {
			t.Errorf("actions %v, want 3", got)
		}
		if err := b.update(t, &api.UpdatePluginInput{PluginID: id, CustomPluginConfiguration: described(inBucket("absent"))}); err != nil {
			t.Fatal(err)
		}
		if got := *b.get(t, id).BuildStatus; got != api.PluginBuildStatusUpdateInProgress {
			t.Errorf("buildStatus %s, want UPDATE_IN_PROGRESS", got)
		}
		b.work(t)
		if got := *b.get(t, id).BuildStatus; got != api.PluginBuildStatusUpdateFailed {
			t.Errorf("buildStatus %s, want UPDATE_FAILED", got)
		}
		if got := b.actions(t, id); len(got) != 3 {
			t.Errorf("actions %v after a failed update, want the 3 there were", got)
		}
	})
}

func TestUpdateLeavesWhatItDoesNotName(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.create(t, b.custom("tasks", inline(tasks)))
		before := b.get(t, id)
		b.clock.Advance(time.Second)
		if err := b.update(t, &api.UpdatePluginInput{PluginID: id, State: new(api.PluginStateDisabled), DisplayName: new("todo")}); err != nil {
			t.Fatal(err)
		}
		want := *before
		want.State, want.DisplayName, want.UpdatedAt = new(api.PluginStateDisabled), new("todo"), new(b.clock.Now())
		if diff := cmp.Diff(&want, b.get(t, id)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestNamesAreUniqueInAnApplication(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		taken := fault.Error{Code: fault.Conflict, ResourceType: "plugin", ResourceID: "tasks"}
		b.create(t, b.custom("tasks", inline(tasks)))
		_, err := optest.Call(t, b.Registry, b.caller, api.CreatePlugin, b.custom("tasks", inline(tasks)))
		optest.Refused(t, err, taken)
		other := b.create(t, b.custom("other", inline(tasks)))
		optest.Refused(t, b.update(t, &api.UpdatePluginInput{PluginID: other, DisplayName: new("tasks")}), taken)
		b.app = b.newApplication(t, "elsewhere", api.IdentityTypeAnonymous)
		b.create(t, b.custom("tasks", inline(tasks)))
	})
}

func TestTheQuotaOfPlugins(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.plugins.Quotas.Plugins = 2
		first := b.create(t, b.custom("one", inline(tasks)))
		b.create(t, b.custom("two", inline(tasks)))
		_, err := optest.Call(t, b.Registry, b.caller, api.CreatePlugin, b.custom("three", inline(tasks)))
		optest.Refused(t, err, fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "plugin", ResourceID: b.app})
		optest.Must(t, b.Registry, b.caller, api.DeletePlugin, &api.DeletePluginInput{ApplicationID: b.app, PluginID: first})
		b.create(t, b.custom("three", inline(tasks)))
	})
}

func TestWhatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		nobody := "00000000-0000-4000-8000-000000000000"
		plugin := fault.Error{Code: fault.ResourceNotFound, ResourceType: "plugin", ResourceID: nobody}
		app := fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: nobody}
		for _, tt := range []struct {
			app  string
			want fault.Error
		}{{b.app, plugin}, {nobody, app}} {
			_, err := optest.Call(t, b.Registry, b.caller, api.GetPlugin, &api.GetPluginInput{ApplicationID: tt.app, PluginID: nobody})
			optest.Refused(t, err, tt.want)
			_, err = optest.Call(t, b.Registry, b.caller, api.DeletePlugin, &api.DeletePluginInput{ApplicationID: tt.app, PluginID: nobody})
			optest.Refused(t, err, tt.want)
			_, err = optest.Call(t, b.Registry, b.caller, api.ListPluginActions, &api.ListPluginActionsInput{ApplicationID: tt.app, PluginID: nobody})
			optest.Refused(t, err, tt.want)
			_, err = optest.Call(t, b.Registry, b.caller, api.UpdatePlugin, &api.UpdatePluginInput{ApplicationID: tt.app, PluginID: nobody})
			optest.Refused(t, err, tt.want)
		}
		_, err := optest.Call(t, b.Registry, b.caller, api.ListPlugins, &api.ListPluginsInput{ApplicationID: nobody})
		optest.Refused(t, err, app)
		id := b.create(t, b.custom("tasks", inline(tasks)))
		_, err = optest.Call(t, b.Registry, optest.Root("444455556666"), api.GetPlugin, &api.GetPluginInput{ApplicationID: b.app, PluginID: id})
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: b.app})
	})
}

func TestAReplayedCreateMakesOnePlugin(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		in := b.custom("tasks", inline(tasks))
		in.ClientToken = new("token-1")
		first, again := b.create(t, in), b.create(t, in)
		if first != again {
			t.Errorf("the same token made %s and %s", first, again)
		}
		in.DisplayName = "other"
		_, err := optest.Call(t, b.Registry, b.caller, api.CreatePlugin, in)
		optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: "clientToken", ResourceID: "token-1"})
	})
}

func TestListPagesNewestFirst(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		var want []string
		for i := range 5 {
			want = append(want, fmt.Sprintf("p%d", i))
			b.create(t, b.custom(want[i], inline(tasks)))
			b.clock.Advance(time.Second)
		}
		slices.Reverse(want)
		var got []string
		in := &api.ListPluginsInput{ApplicationID: b.app, MaxResults: new(int32(2))}
		for {
			out := optest.Must(t, b.Registry, b.caller, api.ListPlugins, in)
			for _, p := range out.Plugins {
				got = append(got, *p.DisplayName)
			}
			if out.NextToken == nil {
				break
			}
			in.NextToken = out.NextToken
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		elsewhere := b.newApplication(t, "elsewhere", api.IdentityTypeAnonymous)
		_, err := optest.Call(t, b.Registry, b.caller, api.ListPlugins, &api.ListPluginsInput{ApplicationID: elsewhere, NextToken: in.NextToken})
		optest.Refused(t, err, optest.Invalid("nextToken"))
	})
}

func TestPluginsGoWithTheirApplication(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		in := b.custom("tasks", inline(tasks))
		in.Tags = []api.Tag{{Key: "team", Value: "search"}}
		id := b.create(t, in)
		optest.Must(t, b.Registry, b.caller, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: b.app})
		_, err := optest.Call(t, b.Registry, b.caller, api.CreatePlugin, b.custom("late", inline(tasks)))
		optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: "application", ResourceID: b.app})
		b.work(t)
		_, err = optest.Call(t, b.Registry, b.caller, api.GetPlugin, &api.GetPluginInput{ApplicationID: b.app, PluginID: id})
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: b.app})
		found, err := b.has(id)
		if found || err != nil {
			t.Errorf("the row is there: %t, %v", found, err)
		}
	})
}

func (b *bench) has(id string) (found bool, err error) {
	err = b.plugins.DB.View(context.Background(), func(tx *store.Tx) error {
		found, err = Kind(tx, b.caller.Tenant(), []string{b.app, id})
		return err
	})
	return found, err
}
