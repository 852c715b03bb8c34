package principal

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
)

var errNotYet = errors.New("principal: not built yet")

// TrustPolicy is the role's trust policy, parsed.
func (r Role) TrustPolicy() (*policy.Policy, error) {
	return policy.ParseWithin([]byte(r.Trust), policy.Trust, 4096)
}

// Grants are the policies that speak for a caller whom this server knows.
func (s *Service) Grants(ctx context.Context, c op.Caller) (policy.Set, error) {
	return policy.Set{}, errNotYet
}

// Ask is what May is asked about: an action on resources, with condition keys
// beside those of the caller.
type Ask struct {
	Action  string
	Targets []policy.Target
	Keys    map[string][]string
}

// May reports whether a caller may do something here; the decision explains
// itself. resource are the policies of the resource.
func (s *Service) May(ctx context.Context, c op.Caller, ask Ask, resource []*policy.Policy) (policy.Decision, error) {
	return policy.Decision{}, errNotYet
}

// Role finds a role by its ARN.
func (s *Service) Role(ctx context.Context, arn string) (r Role, found bool, err error) {
	return Role{}, false, errNotYet
}

// OIDCProvider is an OpenID Connect identity provider of an account.
type OIDCProvider struct {
	Account     string
	URL         string // without its scheme, as its ARN ends
	ClientIDs   []string
	Thumbprints []string
	Tags        map[string]string
}

// ARN names the provider.
func (p OIDCProvider) ARN() string {
	return "arn:" + op.Partition + ":iam::" + p.Account + ":oidc-provider/" + p.URL
}

// SAMLProvider is a SAML 2.0 identity provider of an account.
type SAMLProvider struct {
	Account  string
	Name     string
	Metadata string // XML
	Tags     map[string]string
}

// ARN names the provider.
func (p SAMLProvider) ARN() string {
	return "arn:" + op.Partition + ":iam::" + p.Account + ":saml-provider/" + p.Name
}

// OIDCProvider finds an OpenID Connect provider by its ARN.
func (s *Service) OIDCProvider(ctx context.Context, arn string) (p OIDCProvider, found bool, err error) {
	return OIDCProvider{}, false, errNotYet
}

// OIDCProviderFor finds the provider of an account that has the issuer.
func (s *Service) OIDCProviderFor(ctx context.Context, account, issuer string) (p OIDCProvider, found bool, err error) {
	return OIDCProvider{}, false, errNotYet
}

// SAMLProvider finds a SAML provider by its ARN.
func (s *Service) SAMLProvider(ctx context.Context, arn string) (p SAMLProvider, found bool, err error) {
	return SAMLProvider{}, false, errNotYet
}

// Tags are those of a user, role, policy or provider; found is false when there
// is none of that ARN.
func (s *Service) Tags(ctx context.Context, arn string) (tags map[string]string, found bool, err error) {
	return nil, false, errNotYet
}

// ARN is the ARN, with its path, of the "user", "role" or "policy" of an account
// that has the name; found is false when there is none.
func (s *Service) ARN(ctx context.Context, account, kind, name string) (arn string, found bool, err error) {
	return "", false, errNotYet
}
