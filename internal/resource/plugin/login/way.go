package login

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Kinds of openapi.Scheme, and identity: the user's own token, passed on.
const (
	authorizationCode = "authorizationCode"
	clientCredentials = "clientCredentials"
	basic             = "basic"
	bearer            = "bearer"
	apiKey            = "apiKey"
	identity          = "identity"
)

// A demand is one scheme that a call has to meet.
type demand struct {
	openapi.Scheme
	scopes []string
}

// A way meets several demands together. One without demands is no authorization.
type way []demand

// ways are what would authorize a call, the preferred first.
//
// A built-in type is authorized as its kind of authConfiguration says, with the
// scopes of the whole type, so that a person is asked once. A custom plugin is
// authorized as the action's security says; one whose document declares no
// schemes at all as its authConfiguration says.
func (t Target) ways() []way {
	switch {
	case t.Auth.IDCAuthConfiguration != nil:
		return []way{{{Scheme: openapi.Scheme{Kind: identity}}}}
	case t.secretARN() == "":
		return []way{{}}
	case t.custom() && len(t.Schemes) > 0:
		return t.declared()
	}
	return []way{{t.configured()}}
}

// custom reports whether the plugin brought its own document.
func (t Target) custom() bool {
	return t.Type.Name == "" || t.Type.Name == string(api.PluginTypeCustom)
}

// configured is the scheme that the authConfiguration stands for by itself.
func (t Target) configured() demand {
	kind := authorizationCode
	switch {
	case t.Auth.BasicAuthConfiguration != nil:
		kind = basic
	case !t.custom() && t.Type.AuthorizationURL == "":
		kind = clientCredentials // the first generation's Salesforce
	}
	return demand{openapi.Scheme{Kind: kind}, t.Type.Scopes}
}

// declared are the alternatives of the action, in the document's order. No
// authorization at all comes last: a plugin is given a secret to use it.
func (t Target) declared() []way {
	var ways []way
	anonymous := len(t.Security) == 0
	for _, r := range t.Security {
		if len(r.Schemes) == 0 {
			anonymous = true
			continue
		}
		var w way
		for _, use := range r.Schemes {
			w = append(w, demand{t.scheme(use.Scheme), use.Scopes})
		}
		ways = append(ways, w)
	}
	if anonymous {
		ways = append(ways, way{})
	}
	return ways
}

// scheme is a scheme of the document; one that it does not have is of no kind.
func (t Target) scheme(name string) openapi.Scheme {
	if i := slices.IndexFunc(t.Schemes, func(s openapi.Scheme) bool { return s.Name == name }); i >= 0 {
		return t.Schemes[i]
	}
	return openapi.Scheme{Name: name}
}

// secretARN is the secret of the authConfiguration; "" where it has none.
func (t Target) secretARN() string {
	switch {
	case t.Auth.BasicAuthConfiguration != nil:
		return t.Auth.BasicAuthConfiguration.SecretARN
	case t.Auth.OAuth2ClientCredentialConfiguration != nil:
		return t.Auth.OAuth2ClientCredentialConfiguration.SecretARN
	}
	return ""
}

// roleARN is the role that reads it.
func (t Target) roleARN() string {
	switch {
	case t.Auth.BasicAuthConfiguration != nil:
		return t.Auth.BasicAuthConfiguration.RoleARN
	case t.Auth.OAuth2ClientCredentialConfiguration != nil:
		return t.Auth.OAuth2ClientCredentialConfiguration.RoleARN
	}
	return ""
}

// A part meets one demand: by a credential that is at hand, or by a token of an
// OAuth 2.0 client.
type part struct {
	credential credential
	client     *client
	scopes     []string
}

// choose takes the first way that can be gone, with what the secret has.
func (s *Service) choose(h Holder, t Target, x secret) ([]part, error) {
	var first []string
	for _, w := range t.ways() {
		parts, problems := s.parts(h, t, x, w)
		if len(problems) == 0 {
			return parts, nil
		}
		if first == nil {
			first = problems
		}
	}
	return nil, external("The plugin %s cannot be authorized: %s.", t.Name, strings.Join(first, "; "))
}

func (s *Service) parts(h Holder, t Target, x secret, w way) (parts []part, problems []string) {
	headers := 0
	for _, d := range w {
		p, bad := s.part(h, t, x, d)
		problems = append(problems, bad...)
		parts = append(parts, p)
		if d.Kind != apiKey {
			headers++
		}
	}
	if headers > 1 {
		problems = append(problems, "two of the schemes that the action asks for together need the header Authorization")
	}
	return parts, problems
}

// part meets a demand, or says what is missing for it.
func (s *Service) part(h Holder, t Target, x secret, d demand) (part, []string) {
	switch d.Kind {
	case authorizationCode, clientCredentials:
		c, problems := s.client(t, x, d)
		return part{client: c, scopes: d.scopes}, problems
	case basic:
		return x.basic(t.Type.Name)
	case bearer:
		return x.bearer(d.Scheme)
	case apiKey:
		return x.apiKey(d.Scheme)
	case identity:
		if h.IdentityToken == "" {
			return part{}, []string{"it passes the user's own identity token on, and this request was made without one"}
		}
		return part{credential: bearing(h.IdentityToken)}, nil
	}
	return part{}, []string{fmt.Sprintf("the security scheme %.100q of its document cannot be met", d.Name)}
}

// An endpoint is one of the two URLs of an authorization server.
type endpoint struct {
	member                       string // of authConfiguration and of an OAuth flow
	configured, declared, inType string
}

// find is the URL: the authConfiguration's, else the document's, else the one
// that is known of the plugin's type.
func (e endpoint) find(server string) (*url.URL, []string) {
	text := e.configured
	if text == "" {
		text = e.declared
	}
	if text == "" {
		text = strings.ReplaceAll(e.inType, "{server}", strings.TrimRight(server, "/"))
	}
	if text == "" {
		return nil, []string{fmt.Sprintf("neither its authConfiguration nor its document names a %s", e.member)}
	}
	u, err := url.Parse(text)
	if base, bad := url.Parse(server); err == nil && bad == nil {
		u = base.ResolveReference(u) // OpenAPI 3.1 lets it be relative
	}
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return nil, []string{fmt.Sprintf("its %s is not a URL that begins with https:// (or http://) and a host", e.member)}
	}
	u.Fragment = ""
	return u, nil
}

// external is a fault of what an administrator has set up, or of the third party.
func external(format string, args ...any) *fault.Error {
	return &fault.Error{Code: fault.ExternalResource, Message: fmt.Sprintf(format, args...)}
}
