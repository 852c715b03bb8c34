package login

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/fault"
)

// A client is Parley as an authorization server knows it (RFC 6749, section 2).
type client struct {
	kind       string // authorizationCode or clientCredentials
	id, secret string
	arn        string   // where id and secret are from
	redirect   string   // of an authorization code
	authorize  *url.URL // likewise
	token      string   // URL of the token endpoint
	server     string   // origin that the tokens are sent to
	plugin     string   // displayName, for people
}

// client is the OAuth 2.0 client that a plugin's secret and URLs make up, or
// what is missing for it.
func (s *Service) client(t Target, x secret, d demand) (*client, []string) {
	var configured endpoints
	if o := t.Auth.OAuth2ClientCredentialConfiguration; o != nil {
		configured = endpoints{deref(o.AuthorizationURL), deref(o.TokenURL)}
	} else if d.Kind == authorizationCode {
		return nil, []string{"a person's sign-in needs an oAuth2ClientCredentialConfiguration"}
	}
	c := &client{kind: d.Kind, arn: x.arn, plugin: t.Name, server: origin(t.Server)}
	var problems, bad []string
	c.id, bad = x.need("client_id")
	problems = append(problems, bad...)
	c.secret, bad = x.need("client_secret")
	problems = append(problems, bad...)
	token, bad := endpoint{"tokenUrl", configured.token, d.TokenURL, t.Type.TokenURL}.find(t.Server)
	if problems = append(problems, bad...); token != nil {
		c.token = token.String()
	}
	if d.Kind == authorizationCode {
		if c.redirect, bad = x.need("redirect_uri"); bad != nil && s.CallbackURL != "" {
			c.redirect, bad = s.CallbackURL, nil
		}
		problems = append(problems, bad...)
		c.authorize, bad = endpoint{"authorizationUrl", configured.authorization, d.AuthorizationURL, t.Type.AuthorizationURL}.find(t.Server)
		if problems = append(problems, bad...); c.authorize != nil {
			c.authorize.RawQuery = withHabits(c.authorize, t.Type.AuthorizationURL)
		}
	}
	return c, problems
}

// endpoints are the URLs that an authConfiguration gives.
type endpoints struct{ authorization, token string }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// withHabits adds to the query of a plugin's authorizationUrl what the vendor is
// known to need there, such as Google's access_type, and the plugin does not say.
func withHabits(u *url.URL, known string) string {
	vendor, err := url.Parse(known)
	if err != nil || vendor.RawQuery == "" || vendor.Host != u.Host || vendor.Path != u.Path {
		return u.RawQuery
	}
	query, given := u.RawQuery, u.Query()
	for name, values := range vendor.Query() {
		if !given.Has(name) {
			query = withParameter(query, name, values[0])
		}
	}
	return query
}

// origin is the scheme and host of a URL, which tokens are bound to.
func origin(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// personal reports whether tokens belong to a person rather than to the plugin.
func (c *client) personal() bool { return c.kind == authorizationCode }

// digest names the client in the rows of its grants. Tokens are of no use, and
// must not be sent, after any of these has changed: who renews them, where they
// are renewed, whom they are for.
func (c *client) digest() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", []string{c.kind, c.id, c.token, c.server}))
	return hex.EncodeToString(sum[:16])
}

// signInURL is where a person signs in (RFC 6749, section 4.1.1). What the
// configured URL has in its query stays. There is no code challenge: providers
// are to be set up without PKCE, as the guide says for Salesforce.
func (c *client) signInURL(scopes []string, state string) string {
	u, query := *c.authorize, c.authorize.RawQuery
	query = withParameter(query, "response_type", "code")
	query = withParameter(query, "client_id", c.id)
	query = withParameter(query, "redirect_uri", c.redirect)
	if len(scopes) > 0 {
		query = withParameter(query, "scope", strings.Join(scopes, " "))
	}
	u.RawQuery = withParameter(query, "state", state)
	return u.String()
}

// union has every scope once, in order.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, scope := range b {
		if !slices.Contains(all, scope) {
			all = append(all, scope)
		}
	}
	return all
}

// covers reports whether every needed scope was asked for. What the person then
// allowed is the third party's to say: asking again would end the same.
func covers(asked, needed []string) bool {
	return !slices.ContainsFunc(needed, func(scope string) bool { return !slices.Contains(asked, scope) })
}

// rejected words a token request that did not end in tokens.
func (c *client) rejected(err error) *fault.Error {
	switch err := err.(type) { //nolint:errorlint // ask returns these two and nothing around them
	case *refusal:
		if err.ofClient() {
			return external("The authorization server %s does not accept the client in the secret %s of the plugin %s (%s). Correct client_id and client_secret.",
				origin(c.token), c.arn, c.plugin, err)
		}
		return external("The authorization server %s of the plugin %s gave no token: %s.", origin(c.token), c.plugin, err)
	case *unreachableError:
		return external("The authorization server %s of the plugin %s cannot be reached: %s.", origin(c.token), c.plugin, err)
	}
	return fault.Hidden(fmt.Errorf("login: asking for a token: %w", err))
}
