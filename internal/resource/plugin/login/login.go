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
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
)

// Service authorizes calls. It is safe for concurrent use and must not be copied.
type Service struct {
	DB      *store.DB
	Keys    *seal.Keys // seals tokens and the state that a browser carries
	Secrets Secrets
	Out     *outbound.Client // for token requests
	Jobs    *job.Queue
	Log     *slog.Logger

	// Wait pauses between looks at what another server is doing.
	Wait func(ctx context.Context, d time.Duration) error
	// CallbackURL is where the browser comes back to when a secret names no
	// redirect_uri. Optional.
	CallbackURL string
}

// Secrets are where the secretArn of an authConfiguration is resolved. Its
// errors must not quote a secret.
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

// A Pass authorizes one call.
type Pass struct {
	// Server is to be called in place of the Target's, if not empty: the token
	// endpoint named it (Salesforce's instance_url).
	Server string
}

// Apply puts the credentials into a request.
func (p *Pass) Apply(r *http.Request) error { return errors.New("login: not built") }

// Authorize makes a Pass for a call. A ChallengeError says that the person has
// to sign in first.
func (s *Service) Authorize(ctx context.Context, h Holder, conversation string, t Target) (*Pass, error) {
	return nil, errors.New("login: not built")
}

// Reject tells that the third party answered 401 to a Pass: the next Authorize
// renews the token, or asks for a new sign-in.
func (s *Service) Reject(ctx context.Context, h Holder, t Target, p *Pass) error {
	return errors.New("login: not built")
}

// Respond takes the responseMap of an authChallengeResponse.
func (s *Service) Respond(ctx context.Context, h Holder, conversation string, t Target, response map[string]string) error {
	return errors.New("login: not built")
}

// Landed says what a sign-in that ended in the browser was for.
type Landed struct {
	Plugin string // its displayName
	User   string // who began the sign-in
}

// Callback takes the query with which the third party sends the browser back.
func (s *Service) Callback(ctx context.Context, query url.Values) (Landed, error) {
	return Landed{}, errors.New("login: not built")
}

// Forget drops the tokens of one user at one plugin.
func (s *Service) Forget(ctx context.Context, h Holder) error {
	return errors.New("login: not built")
}

// PurgePlugin leaves the tokens and sign-ins of a plugin that is deleted in tx
// to a job.
func (s *Service) PurgePlugin(tx *store.Tx, tenant, application, plugin string) error {
	return errors.New("login: not built")
}

// PurgeApplication removes up to limit rows of an application that is being
// deleted, and reports whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	return false, errors.New("login: not built")
}

// Work registers the jobs.
func (s *Service) Work() {}
