// Package login owns how a user's call to a third party is authorized: OAuth 2.0
// sign-ins, the tokens they end in and their renewal, and the credentials that a
// plugin's secret holds.
//
// Authorize makes a Pass for one call, or says by a ChallengeError where the
// person has to sign in first. The person's answer comes back through the chat
// (Respond) or through the browser (Callback); a Pass that the third party did
// not honour goes to Reject. It neither keeps secrets (resource/secretstore) nor
// calls actions (platform/remote), and does not know who may use a plugin
// (resource/plugin).
//
// Rows: login_state (sign-ins that were begun) and login_grant (tokens, sealed).
package login

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Service authorizes calls. It is safe for concurrent use and must not be copied.
type Service struct {
	DB      *store.DB
	Keys    *seal.Keys // seals tokens and the state that a browser carries
	Secrets Secrets
	Roles   *principal.ServiceRoles // those with which secrets are read
	Out     *outbound.Client        // for token requests
	Jobs    *job.Queue
	Log     *slog.Logger

	// Wait pauses between looks at what another server is doing.
	Wait func(ctx context.Context, d time.Duration) error
	// CallbackURL is where the browser comes back to when a secret names no
	// redirect_uri. Optional.
	CallbackURL string

	renewals singleflight.Group // one at a time for each grant
}

// Secrets are where the secretArn of an authConfiguration is resolved
// (*secretstore.Service). It is asked at every use, so that a secret can be
// rotated: one that is far away keeps what it read for itself. Its errors do not
// quote a secret.
type Secrets interface {
	Value(ctx context.Context, tenant, arn string) (string, error)
}

// A Holder is who calls a plugin.
type Holder struct {
	Tenant, Application, Plugin, User string

	// IdentityToken is the user's own, from the identity provider: what a plugin
	// with idcAuthConfiguration passes on. Empty: the caller has none.
	IdentityToken string
}

// A Target is what is known of the call's authorization.
type Target struct {
	Name     string // the plugin's displayName, for people
	Server   string // the plugin's, also where the action names one of its own
	Auth     api.PluginAuthConfiguration
	Schemes  []openapi.Scheme      // of the document
	Security []openapi.Requirement // of the action
	Type     catalogue.Type        // the plugin's; its URLs and scopes stand in for those that Auth leaves out
}

// A ChallengeError says that the person has to sign in at AuthorizationURL first.
type ChallengeError struct{ AuthorizationURL string }

// Error does not quote the URL, which identifies the sign-in.
func (*ChallengeError) Error() string { return "the user has to sign in at the third party first" }

// A Pass authorizes one call. It is not kept.
type Pass struct {
	// Server is to be called in place of the Target's, if not empty: the token
	// endpoint named it (Salesforce's instance_url).
	Server string

	credentials []credential
	grants      []grantRevision // whose tokens are in it
	source      source          // of the credentials that came without a grant
}

// A credential puts itself into a request.
type credential func(r *http.Request)

// Apply puts the credentials into a request, over whatever the request had in
// their place.
func (p *Pass) Apply(r *http.Request) error {
	for _, c := range p.credentials {
		c(r)
	}
	return nil
}

// Landed says what a sign-in that ended in the browser was for.
type Landed struct {
	Plugin string // its displayName
	User   string // who began the sign-in
}

const (
	stateLife   = 10 * time.Minute // to sign in, and to answer the challenge then
	requestTime = 30 * time.Second // of one token request; outbound may be stricter
	leaseTime   = 75 * time.Second // two token requests and some, so that whoever lives ends in time
	workTime    = 3 * time.Minute  // of a renewal or exchange, waiting for another server's lease included
	margin      = time.Minute      // a token is renewed so long before it expires
	firstLook   = 50 * time.Millisecond
	longestLook = time.Second
)

// pause waits before look number n at what another server is doing.
func (s *Service) pause(ctx context.Context, n int) error {
	return s.Wait(ctx, min(longestLook, firstLook<<min(n, 10)))
}
