package accessor

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
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
	"github.com/parleyhq/parley/internal/resource/permission"
	"github.com/parleyhq/parley/internal/resource/tag"
)

const (
	account = "111122223333"
	isv     = "arn:aws:iam::444455556666:role/isv/search"
	action  = "qbusiness:SearchRelevantContent"
)

func us() op.Caller { return optest.Root(account) }

// rig is a server with one application and an Identity Center.
type rig struct {
	*Service
	*op.Registry
	clock *storetest.Clock
	jobs  *job.Queue
	app   string
}

// id is the n-th accessor's.
func id(n int) string { return fmt.Sprintf("da000000-0000-4000-8000-%012d", n) }

func each(t *testing.T, test func(t *testing.T, r *rig), opts ...storetest.Option) {
	clock := storetest.NewClock()
	opts = append(opts, storetest.WithClock(clock.Now))
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newRig(t, db, clock)) }, opts...)
}

// newRig makes a server on db. IDs of accessors are counted, so that tests can
// name them.
func newRig(t *testing.T, db *store.DB, clock *storetest.Clock) *rig {
	keys, book := seal.Random(), &replay.Book{DB: db}
	pages, jobs := page.New(keys), job.New(db, slog.New(slog.DiscardHandler), clock.Now)
	center := &identitycenter.Service{
		DB: db, Keys: keys, Jobs: jobs, Pages: pages, Replays: book, NewID: uuid.NewString, Now: clock.Now,
		People: &people.Service{DB: db, Keys: keys, Pages: pages, NewID: uuid.NewString},
	}
	apps := &application.Service{DB: db, Replays: book, Pages: pages, NewID: uuid.NewString, Jobs: jobs}
	var n atomic.Int64
	s := &Service{
		DB: db, Apps: apps, Center: center, Replays: book, Pages: pages,
		NewID: func() string { return id(int(n.Add(1))) },
	}
	apps.Below = []application.Purger{s.PurgeApplication, permission.PurgeApplication}
	apps.Work()
	r := &rig{s, &op.Registry{Access: optest.Anyone{}, Replays: book}, clock, jobs, ""}
	apps.Mount(r.Registry)
	center.Mount(r.Registry)
	s.Mount(r.Registry)
	(&permission.Service{DB: db, Apps: apps}).Mount(r.Registry)
	(&tag.Service{DB: db, Kinds: map[string]tag.Kind{"application/data-accessor": Kind}}).Mount(r.Registry)
	r.app = makeApplication(t, r)
	return r
}

func call[In, Out any](t *testing.T, r *rig, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, us(), o, in)
}

func must[In, Out any](t *testing.T, r *rig, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, r.Registry, us(), o, in)
}

// instance is the account's Identity Center.
func instance(t *testing.T, r *rig, c op.Caller) string {
	t.Helper()
	return *optest.Must(t, r.Registry, c, ssoadmin.ListInstances, &ssoadmin.ListInstancesInput{}).Instances[0].InstanceARN
}

// makeApplication makes an application of type AWS_IAM_IDC.
func makeApplication(t *testing.T, r *rig) string {
	t.Helper()
	in := &api.CreateApplicationInput{DisplayName: "app-" + uuid.NewString(), IdentityCenterInstanceARN: new(instance(t, r, us()))}
	return *must(t, r, api.CreateApplication, in).ApplicationID
}

// issuer makes a trusted token issuer in an account's Identity Center.
func issuer(t *testing.T, r *rig, c op.Caller, name string) string {
	t.Helper()
	return *optest.Must(t, r.Registry, c, ssoadmin.CreateTrustedTokenIssuer, &ssoadmin.CreateTrustedTokenIssuerInput{
		InstanceARN: instance(t, r, c), Name: name, TrustedTokenIssuerType: ssoadmin.TrustedTokenIssuerTypeOIDCJwt,
		TrustedTokenIssuerConfiguration: ssoadmin.TrustedTokenIssuerConfiguration{OIDCJwtConfiguration: &ssoadmin.OIDCJwtConfiguration{
			IssuerURL: "https://" + name + ".example.com", ClaimAttributePath: "email", IdentityStoreAttributePath: "emails.value",
			JwksRetrievalOption: ssoadmin.JwksRetrievalOptionOpenIDDiscovery,
		}},
	}).TrustedTokenIssuerARN
}

// codes signs users in at this server.
func codes() *api.DataAccessorAuthenticationDetail {
	return &api.DataAccessorAuthenticationDetail{
		AuthenticationType: api.DataAccessorAuthenticationTypeAwsIAMIDCAuthCode, ExternalIDs: []string{"tenant-1"},
	}
}

// tokens trusts the tokens of an issuer.
func tokens(arn string) *api.DataAccessorAuthenticationDetail {
	return &api.DataAccessorAuthenticationDetail{
		AuthenticationType: api.DataAccessorAuthenticationTypeAwsIAMIDCTti, ExternalIDs: []string{"tenant-1"},
		AuthenticationConfiguration: &api.DataAccessorAuthenticationConfiguration{
			IDCTrustedTokenIssuerConfiguration: &api.DataAccessorIDCTrustedTokenIssuerConfiguration{IDCTrustedTokenIssuerARN: arn},
		},
	}
}

// on is a filter for the documents of a data source.
func on(source string) *api.AttributeFilter {
	return &api.AttributeFilter{EqualsTo: &api.DocumentAttribute{Name: "_data_source_id", Value: api.DocumentAttributeValue{StringValue: &source}}}
}

// under are the actions of an accessor that searches under a filter; nil: none.
func under(f *api.AttributeFilter) []api.ActionConfiguration {
	a := api.ActionConfiguration{Action: action}
	if f != nil {
		a.FilterConfiguration = &api.ActionFilterConfiguration{DocumentAttributeFilter: *f}
	}
	return []api.ActionConfiguration{a}
}

// ask is the request for an accessor.
func ask(r *rig, name string) *api.CreateDataAccessorInput {
	return &api.CreateDataAccessorInput{
		ApplicationID: r.app, DisplayName: name, Principal: isv, ActionConfigurations: under(nil), AuthenticationDetail: codes(),
	}
}

func create(t *testing.T, r *rig, in *api.CreateDataAccessorInput) *api.CreateDataAccessorOutput {
	t.Helper()
	return must(t, r, api.CreateDataAccessor, in)
}

func show(t *testing.T, r *rig, id string) *api.GetDataAccessorOutput {
	t.Helper()
	return must(t, r, api.GetDataAccessor, &api.GetDataAccessorInput{ApplicationID: r.app, DataAccessorID: id})
}

// centerApplications are the ARNs of all applications in Identity Center.
func centerApplications(t *testing.T, r *rig) (arns []string) {
	t.Helper()
	for _, a := range must(t, r, ssoadmin.ListApplications, &ssoadmin.ListApplicationsInput{InstanceARN: instance(t, r, us())}).Applications {
		arns = append(arns, *a.ApplicationARN)
	}
	return arns
}

func absent(kind, id string) fault.Error {
	return fault.Error{Code: fault.ResourceNotFound, ResourceType: kind, ResourceID: id}
}

func conflict(kind, id string) fault.Error {
	return fault.Error{Code: fault.Conflict, ResourceType: kind, ResourceID: id}
}
