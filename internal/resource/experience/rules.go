package experience

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/saml"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// request is what CreateWebExperience and UpdateWebExperience have in common. A
// member that is nil was not given.
type request struct {
	title, subtitle, welcome *string
	prompts                  *api.WebExperienceSamplePromptsControlMode
	origins                  []string
	role                     *string
	provider                 *api.IdentityProviderConfiguration
	legacy                   *api.WebExperienceAuthConfiguration
	extensions               *api.BrowserExtensionConfiguration
	customization            *api.CustomizationConfiguration
}

// check reports what the model cannot say, for an application with users of a type.
func (r request) check(t api.IdentityType, now time.Time) []fault.Field {
	bad := checkOrigins(r.origins)
	bad = append(bad, checkProvider(t, r.provider)...)
	bad = append(bad, checkLegacy(t, r.legacy, now)...)
	bad = append(bad, checkExtensions(r.extensions)...)
	return append(bad, checkCustomization(r.customization)...)
}

// checkOrigins reports origins that no browser would send. The model's pattern
// takes any five digits for a port, and a host of dots.
func checkOrigins(origins []string) []fault.Field {
	var bad []fault.Field
	refuse := func(i int, message string) {
		bad = append(bad, fault.Field{Name: fmt.Sprintf("origins[%d]", i), Message: message})
	}
	for i, origin := range origins {
		u, err := url.Parse(origin)
		switch {
		case err != nil || strings.Trim(u.Hostname(), ".-_") != u.Hostname() || u.Hostname() == "":
			refuse(i, "is not an origin such as https://intranet.example.com")
		case u.Port() != "" && !isPort(u.Port()):
			refuse(i, "has no port between 1 and 65535")
		case slices.Contains(origins[:i], origin):
			refuse(i, "is given before; give each origin once")
		}
	}
	return bad
}

func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n > 0 && n <= 65535
}

// checkProvider reports a provider of another protocol than the application's.
func checkProvider(t api.IdentityType, p *api.IdentityProviderConfiguration) []fault.Field {
	if p == nil {
		return nil
	}
	given, goesWith := "samlConfiguration", api.IdentityTypeAwsIAMIDPSAML
	if p.OpenIDConnectConfiguration != nil {
		given, goesWith = "openIDConnectConfiguration", api.IdentityTypeAwsIAMIDPOIDC
	}
	name := "identityProviderConfiguration." + given
	if t != goesWith {
		return []fault.Field{{Name: name, Message: fmt.Sprintf("goes with applications of identityType %s; this one's is %s", goesWith, t)}}
	}
	if p.SAMLConfiguration == nil {
		return nil
	}
	u, err := url.Parse(p.SAMLConfiguration.AuthenticationURL)
	if err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil {
		return nil
	}
	return []fault.Field{{Name: name + ".authenticationUrl", Message: "is not a URL that a browser can be sent to; give one that begins with https:// and a host, without a user"}}
}

// maxMetadata is how long metadata may be, in bytes. The model takes 10 million
// characters; the largest that providers give have some ten thousand.
const maxMetadata = 512 << 10

// checkLegacy reports metadata by which nobody could be signed in.
func checkLegacy(t api.IdentityType, c *api.WebExperienceAuthConfiguration, now time.Time) []fault.Field {
	if c == nil {
		return nil
	}
	const name = "authenticationConfiguration.samlConfiguration"
	if t != api.IdentityTypeAwsIAMIDPSAML {
		return []fault.Field{{Name: name, Message: fmt.Sprintf("goes with applications of identityType %s; this one's is %s", api.IdentityTypeAwsIAMIDPSAML, t)}}
	}
	metadata := c.SAMLConfiguration.MetadataXML
	if len(metadata) > maxMetadata {
		return []fault.Field{{Name: name + ".metadataXML", Message: fmt.Sprintf("has %d bytes; at most %d are taken", len(metadata), maxMetadata)}}
	}
	if err := saml.CheckMetadata([]byte(metadata), now); err != nil {
		return []fault.Field{{Name: name + ".metadataXML", Message: err.Error()}}
	}
	return nil
}

func checkExtensions(c *api.BrowserExtensionConfiguration) []fault.Field {
	if c == nil {
		return nil
	}
	var bad []fault.Field
	for i, e := range c.EnabledBrowserExtensions {
		if slices.Contains(c.EnabledBrowserExtensions[:i], e) {
			bad = append(bad, fault.Field{
				Name:    fmt.Sprintf("browserExtensionConfiguration.enabledBrowserExtensions[%d]", i),
				Message: fmt.Sprintf("%s is given before; give each browser once", e),
			})
		}
	}
	return bad
}

// checkCustomization reports URLs that the model's patterns take and no browser
// could fetch. An empty one takes an earlier one away.
func checkCustomization(c *api.CustomizationConfiguration) []fault.Field {
	if c == nil {
		return nil
	}
	var bad []fault.Field
	for _, m := range []struct {
		name  string
		given *string
	}{
		{"customCSSUrl", c.CustomCSSURL}, {"logoUrl", c.LogoURL}, {"fontUrl", c.FontURL}, {"faviconUrl", c.FaviconURL},
	} {
		if m.given == nil || *m.given == "" {
			continue
		}
		if u, err := url.Parse(*m.given); err != nil || u.Host == "" {
			bad = append(bad, fault.Field{Name: "customizationConfiguration." + m.name, Message: "is not a URL that a browser can fetch; give one with a host"})
		}
	}
	return bad
}

// checkRoles refuses roles that will not do. The experience's own is assumed by the
// service's pages (user guide, "IAM role for an Amazon Q Business web experience"),
// or by people who sign in to a federated application.
func (s *Service) checkRoles(ctx context.Context, c op.Caller, application string, t api.IdentityType, r request) error {
	federated := t == api.IdentityTypeAwsIAMIDPSAML || t == api.IdentityTypeAwsIAMIDPOIDC
	own := principal.Errand{Service: principal.Pages, Users: federated}
	check := func(name string, role *string, e principal.Errand) error {
		if role == nil {
			return nil
		}
		e.Role, e.Account, e.Application = *role, c.Owns(), c.ARN("application/%s", application)
		err := s.Roles.Check(ctx, e)
		if why, ok := errors.AsType[*principal.RoleError](err); ok {
			return fault.InvalidField(name, "%s", why.Error())
		}
		return err
	}
	if err := check("roleArn", r.role, own); err != nil {
		return err
	}
	if r.legacy != nil {
		return check("authenticationConfiguration.samlConfiguration.roleArn", &r.legacy.SAMLConfiguration.RoleARN, principal.Errand{Users: true})
	}
	if r.provider == nil || r.provider.OpenIDConnectConfiguration == nil {
		return nil
	}
	o := r.provider.OpenIDConnectConfiguration
	return check("identityProviderConfiguration.openIDConnectConfiguration.secretsRole", &o.SecretsRole, reads(o))
}

// reads is what the role of an OpenID Connect provider is for.
func reads(o *api.OpenIDConnectProviderConfiguration) principal.Errand {
	return principal.Errand{Role: o.SecretsRole, Action: "secretsmanager:GetSecretValue", Resource: o.SecretsARN}
}

// apply takes over what the request names, and leaves the rest. What is given takes
// the place of all that was there (model: UpdateWebExperience).
func (e *Experience) apply(r request) {
	set(&e.Look.Title, r.title)
	set(&e.Look.Subtitle, r.subtitle)
	set(&e.Look.Welcome, r.welcome)
	set(&e.Look.Prompts, r.prompts)
	set(&e.Role, r.role)
	if r.origins != nil {
		e.Origins = r.origins
	}
	if r.extensions != nil {
		e.Extensions = r.extensions
	}
	if r.customization != nil {
		e.Look.Customization = r.customization
	}
	if r.legacy != nil {
		e.Legacy = legacy(r.legacy)
	}
	if r.provider != nil {
		e.Provider = r.provider
	}
	if r.provider != nil || e.Error != nil { // a failed experience is tried again by any update
		e.Revision++
		e.Checking, e.Error = e.oidc() != nil, nil
	}
}

// set takes over a value that was given.
func set[T any](to *T, given *T) {
	if given != nil {
		*to = *given
	}
}
