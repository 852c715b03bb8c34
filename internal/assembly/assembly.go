// Package assembly builds a server: every room once, with struct literals, in
// the order in which they stand on each other. New is the table of contents.
//
// It owns which rooms there are, that the store and its master key belong
// together, and the order in which a server starts and ends. It does not read
// flags, files named by a user, or the environment (cmd/parley), and decides
// nothing a room could decide. Its rows are settings: what the servers of one
// store have to agree on.
package assembly

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/api/ssooidc"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/edge/wire"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/fence"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/presence"
	"github.com/parleyhq/parley/internal/platform/remote"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/accessor"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/attachment"
	"github.com/parleyhq/parley/internal/resource/chat"
	"github.com/parleyhq/parley/internal/resource/chatcontrol"
	"github.com/parleyhq/parley/internal/resource/datasource"
	"github.com/parleyhq/parley/internal/resource/directory"
	"github.com/parleyhq/parley/internal/resource/document"
	"github.com/parleyhq/parley/internal/resource/experience"
	"github.com/parleyhq/parley/internal/resource/identitycenter"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/permission"
	"github.com/parleyhq/parley/internal/resource/plugin"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
	"github.com/parleyhq/parley/internal/resource/plugin/login"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/retriever"
	"github.com/parleyhq/parley/internal/resource/secretstore"
	"github.com/parleyhq/parley/internal/resource/session"
	"github.com/parleyhq/parley/internal/resource/subscription"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// State says where the state is, and under which key its secrets are.
type State struct {
	Dir       string           // data directory: the embedded store and the master key; empty: nothing outlives Close
	URL       string           // of a PostgreSQL that has the store; Dir then has the master key only
	MasterKey string           // base64 of 32 bytes; empty: the file master.key in Dir, made on first start
	Now       func() time.Time // required
	Log       *slog.Logger     // required
}

// Config says what a server is for.
type Config struct {
	State
	Root    access.Root // the server's own account and its credential
	Regions []string    // that signatures may name; the first is the usual one
	Buckets Buckets
	Secrets AWSSecrets // beside those in the store
	Quotas  Quotas
	Audit   Audit

	Reading   Reading
	Folders   map[string][]string // of this machine, that data sources may read, by their account
	Outbound  Outbound
	Model     Model
	Embedding Embedding
	Functions Functions
	PublicURL string               // where browsers reach the server
	Zone      *time.Location       // in which users mean "tomorrow"; nil: UTC
	Metrics   *prometheus.Registry // optional

	// Certificate makes the server speak TLS beside plain HTTP. Optional.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	RequireTLS  bool // of clients that are not on this machine

	TrustUnknownRoles    bool // service roles that are not here are accepted
	RequireSubscriptions bool // of users; otherwise everyone counts as subscribed
}

// Quotas bound what an account may make. Zero stands for the service's own.
type Quotas struct {
	Applications  int // in an account and Region
	Plugins       int // in an application
	PluginActions int // in a plugin's document
	SchemaBytes   int // of a plugin's document
	DocumentBytes int // of a document of an index
	DocumentText  int // bytes of text in it
}

// limits are those of a plugin's document.
func (q Quotas) limits() openapi.Limits {
	l := openapi.DefaultLimits()
	if q.SchemaBytes > 0 {
		l.Bytes = q.SchemaBytes
	}
	if q.PluginActions > 0 {
		l.Operations = q.PluginActions
	}
	return l
}

// Rooms is the state and the families on it: what operations and tools work with.
type Rooms struct {
	DB           *store.DB
	Keys         *seal.Keys
	Jobs         *job.Queue
	Servers      *presence.Roll // of this store
	Replays      *replay.Book
	Principals   *principal.Service
	Sessions     *session.Service
	Tags         *tag.Service
	Applications *application.Service
	Permissions  *permission.Service
	Plugins      *plugin.Service
	Secrets      *secretstore.Service
	Values       *secretstore.Resolver // of secrets, for plugins
	Logins       *login.Service
	Chats        *chat.Service
	Controls     *chatcontrol.Service
	Files        *attachment.Service // of conversations

	Experiences *experience.Service

	Center        *identitycenter.Service
	Accessors     *accessor.Service
	Subscriptions *subscription.Service

	Indexes    *index.Service
	Directory  *directory.Service
	Documents  *document.Service
	Sources    *datasource.Service
	Retrievers *retriever.Service
	Library    *retrieval.Library // what is searched; derived from the store
	Fence      *fence.Fence
}

// Open opens the state for a tool, beside a server that may be running on it.
func Open(ctx context.Context, s State) (*Rooms, error) {
	return furnish(ctx, Config{State: s})
}

// Close lets go of the state.
func (r *Rooms) Close() error { return errors.Join(r.unstock(), r.DB.Close()) }

// furnish opens the state and builds the rooms behind the wire.
func furnish(ctx context.Context, c Config) (*Rooms, error) {
	world, err := c.reach()
	if err != nil {
		return nil, err
	}
	types, err := catalogue.Load()
	if err != nil {
		return nil, err
	}
	db, keys, err := c.State.open(ctx)
	if err != nil {
		return nil, err
	}
	pages := page.New(keys)
	r := &Rooms{
		DB: db, Keys: keys,
		Jobs:       job.New(db, c.Log, c.Now),
		Replays:    &replay.Book{DB: db},
		Principals: &principal.Service{DB: db, Keys: keys, Pages: pages, Now: c.Now},
	}
	r.Sessions = &session.Service{
		DB: db, Keys: keys, Jobs: r.Jobs, Principals: r.Principals, Now: c.Now,
		OIDC: &oidc.Verifier{Out: world.out, Now: c.Now}, Contexts: r.identity,
	}
	roles := &principal.ServiceRoles{Principals: r.Principals, TrustUnknown: c.TrustUnknownRoles}
	r.Applications = &application.Service{
		DB: db, Jobs: r.Jobs, Pages: pages, Replays: r.Replays, Roles: roles, NewID: uuid.NewString,
		Quotas: application.Quotas{Applications: c.Quotas.Applications},
		Below: []application.Purger{
			chat.PurgeApplication, attachment.PurgeApplication, chatcontrol.PurgeApplication,
			login.PurgeApplication, plugin.PurgeApplication, permission.PurgeApplication,
		},
	}
	r.Permissions = &permission.Service{DB: db, Apps: r.Applications}
	r.invite(c, pages)
	r.Secrets = &secretstore.Service{DB: db, Keys: keys, Jobs: r.Jobs, Pages: pages}
	r.Values = &secretstore.Resolver{Own: r.Secrets, Remote: world.secrets}
	r.Logins = &login.Service{
		DB: db, Keys: keys, Jobs: r.Jobs, Secrets: r.Values, Roles: roles, Out: world.out, Log: c.Log, Wait: wait,
		CallbackURL: c.callbackURL(),
	}
	r.Plugins = &plugin.Service{
		DB: db, Jobs: r.Jobs, Pages: pages, Replays: r.Replays, Apps: r.Applications, Roles: roles,
		Catalogue: types, Objects: world.objects, NewID: uuid.NewString,
		Logins: r.Logins, Remote: &remote.Caller{Out: world.out, Now: c.Now, Wait: wait, Log: c.Log},
		Limits: c.Quotas.limits(), Quotas: plugin.Quotas{Plugins: c.Quotas.Plugins},
	}
	r.stock(c, world, pages, roles)
	r.talk(c, world, pages)
	r.front(c, pages, roles)
	r.Tags = &tag.Service{DB: db, Kinds: tagged()}
	r.Servers = &presence.Roll{
		DB: db, Log: c.Log, Self: r.Jobs.Server(), Alone: c.URL == "",
		Free: []presence.Freer{r.Jobs.Free, r.Chats.Free, r.Logins.Free},
	}
	return r, nil
}

// tagged are the kinds of things that have tags, by the form of their ARNs.
func tagged() map[string]tag.Kind {
	return map[string]tag.Kind{
		"application": application.Kind,
		"application/chat-response-configuration": chatcontrol.Kind,
		"application/data-accessor":               accessor.Kind,
		"application/index":                       index.Kind,
		"application/index/data-source":           datasource.Kind,
		"application/plugin":                      plugin.Kind,
		"application/retriever":                   retriever.Kind,
		"application/web-experience":              experience.Kind,
	}
}

// invite furnishes the rooms of the people an application is for: who they are,
// whom they let in, and what they are subscribed to.
func (r *Rooms) invite(c Config, pages *page.Tokens) {
	r.Center = &identitycenter.Service{
		DB: r.DB, Keys: r.Keys, Jobs: r.Jobs, Pages: pages, Replays: r.Replays, NewID: uuid.NewString, Now: c.Now,
		People: &people.Service{DB: r.DB, Keys: r.Keys, Pages: pages, NewID: uuid.NewString},
		Tokens: r.Sessions.OIDC, Grants: r.Principals.Grants, PublicURL: c.PublicURL,
	}
	r.Center.People.Removed = r.Center.Forget
	r.Accessors = &accessor.Service{
		DB: r.DB, Apps: r.Applications, Center: r.Center, Pages: pages, Replays: r.Replays, NewID: uuid.NewString,
	}
	r.Subscriptions = &subscription.Service{
		DB: r.DB, Apps: r.Applications, Directory: r.Center, Pages: pages, Replays: r.Replays, NewID: uuid.NewString,
		Required: c.RequireSubscriptions,
	}
	r.Applications.People = r.Center.People
	r.Applications.Below = append(r.Applications.Below, r.Accessors.PurgeApplication, subscription.PurgeApplication)
}

// New opens the state and builds a server on it. Serve runs it; Close is for a
// server that is not served.
func New(ctx context.Context, c Config) (*Server, error) {
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	r, err := furnish(ctx, c)
	if err != nil {
		return nil, err
	}
	book, err := c.Audit.open(c)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	services := Services()
	calls := &op.Registry{Access: noting{r.authorizer(c.Metrics), r.Principals, c.Log}, Replays: r.Replays}
	r.mount(calls)
	r.work()
	s := &Server{Rooms: r, audit: book, metrics: newMetrics(c.Metrics), log: c.Log}
	s.wire = wire.New(wire.Config{
		Services: services, Calls: calls, Pages: r.pages(c),
		Auth:  access.NewAuthenticator(names(services), c.Regions, c.Root, r.credential, c.Now),
		Ready: r.ready, Metrics: s.metrics, Audit: book, Log: c.Log, Now: c.Now, Region: c.Regions[0],
		Certificate: c.Certificate, RequireTLS: c.RequireTLS,
	})
	return s, nil
}

// mount registers the operations of every family.
func (r *Rooms) mount(calls *op.Registry) {
	r.Applications.Mount(calls)
	r.Permissions.Mount(calls)
	r.Plugins.Mount(calls)
	r.Tags.Mount(calls)
	r.Secrets.Mount(calls)
	r.Principals.Mount(calls)
	r.Sessions.Mount(calls)
	r.Chats.Mount(calls)
	r.Controls.Mount(calls)
	r.Files.Mount(calls)
	r.Accessors.Mount(calls)
	r.Subscriptions.Mount(calls)
	r.Center.Mount(calls)
	r.Indexes.Mount(calls)
	r.Directory.Mount(calls)
	r.Documents.Mount(calls)
	r.Sources.Mount(calls)
	r.Retrievers.Mount(calls)
	r.Experiences.Mount(calls)
}

// work registers the jobs of every room that has some.
func (r *Rooms) work() {
	r.Replays.Work(r.Jobs)
	r.Applications.Work()
	r.Plugins.Work()
	r.Secrets.Work()
	r.Sessions.Work()
	r.Logins.Work()
	r.Chats.Work()
	r.Center.Work()
	r.Indexes.Work()
	r.Directory.Work()
	r.Documents.Work()
	r.Sources.Work()
	r.Experiences.Work()
}

// Built reports whether this program has a function for an operation: the
// others answer that they are not there yet.
func Built(operation *smithy.Route) bool {
	var calls op.Registry
	r := &Rooms{
		Applications: &application.Service{}, Permissions: &permission.Service{},
		Plugins: &plugin.Service{}, Tags: &tag.Service{},
		Secrets: &secretstore.Service{}, Principals: &principal.Service{}, Sessions: &session.Service{},
		Accessors: &accessor.Service{}, Subscriptions: &subscription.Service{},
		Center:  &identitycenter.Service{People: &people.Service{}},
		Indexes: &index.Service{}, Directory: &directory.Service{}, Documents: &document.Service{},
		Sources: &datasource.Service{}, Retrievers: &retriever.Service{},
		Experiences: &experience.Service{}, Controls: &chatcontrol.Service{},
	}
	r.mount(&calls)
	return calls.Built(operation)
}

// Services are the APIs on the server's endpoint: its own, and the neighbours
// that it needs. They are told apart by the service that a signature names.
func Services() []*smithy.Service {
	return []*smithy.Service{
		api.Service, secretsmanager.Service,
		iam.Service, sts.Service, ssooidc.Service, ssoadmin.Service, identitystore.Service,
	}
}

// names are what signatures for the services carry.
func names(services []*smithy.Service) []string {
	names := []string{wire.SocketService}
	for _, s := range services {
		names = append(names, s.Name)
	}
	return names
}
