package directory

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
)

const (
	wiki = "d0000000-0000-4000-8000-000000000001" // data sources of the first index
	crm  = "d0000000-0000-4000-8000-000000000002"
	role = "arn:aws:iam::111122223333:role/members"
)

func us() op.Caller { return optest.Root("111122223333") }

// rig is one server's directory, of an application with two indexes.
type rig struct {
	*Service
	*op.Registry
	clock        *storetest.Clock
	app          string // of federated users
	index, other string
	sources      map[string]string // data source to its index
	objects      objects
}

// objects is a blob.Store in memory; the errors are what reading an object ends with.
type objects struct {
	blob.None
	content  map[string]string
	failures map[string]error
}

func (o objects) Open(_ context.Context, bucket, key string) (blob.Object, error) {
	if err := o.failures[bucket+"/"+key]; err != nil {
		return blob.Object{}, err
	}
	content, ok := o.content[bucket+"/"+key]
	if !ok {
		return blob.Object{}, fmt.Errorf("s3://%s/%s: %w", bucket, key, blob.ErrNoKey)
	}
	return blob.Object{Body: io.NopCloser(strings.NewReader(content)), Size: int64(len(content))}, nil
}

func newRig(t testing.TB, db *store.DB, clock *storetest.Clock) *rig {
	t.Helper()
	pages, book := page.New(seal.Random()), &replay.Book{DB: db}
	jobs := job.New(db, slog.New(slog.DiscardHandler), clock.Now)
	roles := &principal.ServiceRoles{Principals: &principal.Service{DB: db}, TrustUnknown: true}
	apps := &application.Service{DB: db, Replays: book, Pages: pages, NewID: uuid.NewString, Jobs: jobs, Roles: roles}
	r := &rig{clock: clock, sources: map[string]string{}, objects: objects{content: map[string]string{}, failures: map[string]error{}}}
	r.Registry = &op.Registry{Access: optest.Anyone{}, Replays: book}
	indexes := &index.Service{DB: db, Apps: apps, Jobs: jobs, Replays: book, Pages: pages, NewID: uuid.NewString}
	r.Service = &Service{
		DB: db, Jobs: jobs, Pages: pages, Replays: book, Apps: apps, Indexes: indexes, Roles: roles, Objects: r.objects, NewID: uuid.NewString,
		Sources: func(_ *store.Tx, _, _, index, source string) (bool, error) { return r.sources[source] == index, nil },
	}
	apps.Mount(r.Registry)
	indexes.Mount(r.Registry)
	r.Mount(r.Registry)
	r.Work()
	r.app = r.application(t, &api.CreateApplicationInput{IdentityType: new(api.IdentityTypeAwsIAMIDPSAML), IAMIdentityProviderARN: new("arn:aws:iam::111122223333:saml-provider/p")})
	r.index, r.other = r.makeIndex(t, r.app), r.makeIndex(t, r.app)
	r.sources[wiki], r.sources[crm] = r.index, r.index
	return r
}

func each(t *testing.T, test func(t *testing.T, r *rig)) {
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newRig(t, db, clock)) }, storetest.WithClock(clock.Now))
}

func (r *rig) application(t testing.TB, in *api.CreateApplicationInput) string {
	t.Helper()
	in.DisplayName = "app-" + uuid.NewString()
	return *must(t, r, api.CreateApplication, in).ApplicationID
}

func (r *rig) makeIndex(t testing.TB, app string) string {
	t.Helper()
	return *must(t, r, api.CreateIndex, &api.CreateIndexInput{ApplicationID: app, DisplayName: "index-" + uuid.NewString()}).IndexID
}

func call[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, us(), o, in)
}

func must[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, r.Registry, us(), o, in)
}

// refused calls an operation that has to be refused so, and returns the sentence.
func refused[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In, want fault.Error) string {
	t.Helper()
	_, err := call(t, r, o, in)
	return optest.Refused(t, err, want)
}

// work runs the jobs that are due.
func (r *rig) work(t testing.TB) {
	t.Helper()
	if _, err := r.Jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// everywhere, at and of are aliases.
func everywhere(name string) api.UserAlias { return api.UserAlias{UserID: name} }
func at(index, name string) api.UserAlias  { return api.UserAlias{IndexID: &index, UserID: name} }
func of(source, name string) api.UserAlias {
	return api.UserAlias{DataSourceID: &source, UserID: name}
}

func (r *rig) user(t testing.TB, name string, aliases ...api.UserAlias) {
	t.Helper()
	must(t, r, api.CreateUser, &api.CreateUserInput{ApplicationID: r.app, UserID: name, UserAliases: aliases})
}

func (r *rig) aliases(t testing.TB, name string) []api.UserAlias {
	t.Helper()
	return must(t, r, api.GetUser, &api.GetUserInput{ApplicationID: r.app, UserID: name}).UserAliases
}

// members are those of a PutGroup; a name with an @ is a user's, another a group's.
func members(names ...string) api.GroupMembers {
	var m api.GroupMembers
	for _, n := range names {
		if strings.Contains(n, "@") {
			m.MemberUsers = append(m.MemberUsers, api.MemberUser{UserID: n})
		} else {
			m.MemberGroups = append(m.MemberGroups, api.MemberGroup{GroupName: n})
		}
	}
	return m
}

// put is the request that puts a group of the first index.
func (r *rig) put(name string, m api.GroupMembers) *api.PutGroupInput {
	return &api.PutGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: name, Type: api.MembershipTypeIndex, GroupMembers: m}
}

// putOf is likewise for a group of a data source.
func (r *rig) putOf(source, name string, m api.GroupMembers) *api.PutGroupInput {
	in := r.put(name, m)
	in.DataSourceID, in.Type = &source, api.MembershipTypeDatasource
	return in
}

// putFrom is likewise for members in an object.
func (r *rig) putFrom(name, key string) *api.PutGroupInput {
	in := r.put(name, api.GroupMembers{S3PathForGroupMembers: &api.S3{Bucket: "people", Key: key}})
	in.RoleARN = new(role)
	return in
}

func (r *rig) group(t testing.TB, name string, names ...string) {
	t.Helper()
	must(t, r, api.PutGroup, r.put(name, members(names...)))
}

func (r *rig) erase(t testing.TB, name string) {
	t.Helper()
	must(t, r, api.DeleteGroup, &api.DeleteGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: name})
}

func (r *rig) get(t testing.TB, name string) *api.GetGroupOutput {
	t.Helper()
	return must(t, r, api.GetGroup, &api.GetGroupInput{ApplicationID: r.app, IndexID: r.index, GroupName: name})
}

// statuses are a group's history.
func statuses(g *api.GetGroupOutput) (all []api.GroupStatus) {
	for _, s := range g.StatusHistory {
		all = append(all, *s.Status)
	}
	return all
}

// who is somebody in the first index.
func (r *rig) who(t testing.TB, user string, groups ...string) Member {
	t.Helper()
	return r.whoIn(t, r.index, user, groups...)
}

func (r *rig) whoIn(t testing.TB, index, user string, groups ...string) (m Member) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		m, err = r.Of(tx, us().Tenant(), r.app, index, user, groups...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(m.Groups, func(a, b acl.Principal) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Name, b.Name))
	})
	return m
}

// groupsOf are the names of the groups in which somebody is, those of data sources
// as SOURCE/NAME.
func (r *rig) groupsOf(t testing.TB, user string) string {
	t.Helper()
	var names []string
	for _, g := range r.who(t, user).Groups {
		name := g.Name
		switch g.Source {
		case wiki:
			name = "wiki/" + name
		case crm:
			name = "crm/" + name
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// count is how many rows a table has.
func (r *rig) count(t testing.TB, table string) (n int) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM `+table+` WHERE tenant = $1`, us().Tenant()).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func absent(kind, id string) fault.Error {
	return fault.Error{Code: fault.ResourceNotFound, ResourceType: kind, ResourceID: id}
}

func conflict(kind, id string) fault.Error {
	return fault.Error{Code: fault.Conflict, ResourceType: kind, ResourceID: id}
}

// moment is the clock's time.
func (r *rig) moment() time.Time { return r.clock.Now() }
