// Package experience owns web experiences: the page that an application has for
// browsers, what it says, who may embed it, and how people sign in to it; and the
// addresses that let somebody in to the page of an ANONYMOUS application once.
//
// It does not own how the page looks (edge/web), who an application's users are
// (resource/application), or what they ask (resource/chat). Roles are judged by
// resource/principal, and secrets read through resource/secretstore.
//
// Rows: web_experience (one per experience), web_experience_pass (one per address
// that was used, until it expires).
// Jobs: experience.check, experience.sweep.
package experience

import (
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
)

// typeName is what errors and ARNs call a web experience.
const typeName = "web-experience"

// Experience is a web experience as it is stored.
type Experience struct {
	Application string `json:"-"` // in the row's key
	ID          string `json:"-"` // likewise

	Identity  api.IdentityType `json:"identity"` // of the application, whose type is fixed for life
	Role      string           `json:"role,omitzero"`
	Look      Look             `json:"look"`
	Origins   []string         `json:"origins,omitzero"` // of the sites that may embed it
	CreatedAt time.Time        `json:"createdAt"`
	UpdatedAt time.Time        `json:"updatedAt"`

	Provider   *api.IdentityProviderConfiguration `json:"provider,omitzero"`
	Legacy     *Legacy                            `json:"legacy,omitzero"`
	Extensions *api.BrowserExtensionConfiguration `json:"extensions,omitzero"`

	// What is known of the provider's secret: the revision of the provider, whether
	// it is still to be looked at, or what was wrong with it.
	Revision int              `json:"revision,omitzero"`
	Checking bool             `json:"checking,omitzero"`
	Error    *api.ErrorDetail `json:"error,omitzero"`
}

// Look is what the page shows of itself. Empty texts stand for none.
type Look struct {
	Title         string                                    `json:"title,omitzero"`
	Subtitle      string                                    `json:"subtitle,omitzero"`
	Welcome       string                                    `json:"welcome,omitzero"`
	Prompts       api.WebExperienceSamplePromptsControlMode `json:"prompts"`
	Customization *api.CustomizationConfiguration           `json:"customization,omitzero"`
}

// Legacy is the authenticationConfiguration that the API had first: the
// application itself signs people in by SAML.
type Legacy struct {
	Role           string  `json:"role"`
	UserAttribute  string  `json:"userAttribute"`
	GroupAttribute *string `json:"groupAttribute,omitzero"`
	Metadata       string  `json:"-"` // XML; in a column of its own
}

// ARN names the experience, which is one of the caller's account and Region.
func (e *Experience) ARN(c op.Caller) string {
	return c.ARN("application/%s/%s/%s", e.Application, typeName, e.ID)
}

// status follows from what the experience has, and from what its application's
// users need to sign in. Without a role it rests in PENDING_AUTH_CONFIG, as it does
// at AWS.
func (e *Experience) status() api.WebExperienceStatus {
	switch {
	case e.Error != nil:
		return api.WebExperienceStatusFailed
	case e.Checking:
		return api.WebExperienceStatusCreating
	case !e.signsIn():
		return api.WebExperienceStatusPendingAuthConfig
	}
	return api.WebExperienceStatusActive
}

// signsIn reports whether the users of the application have all they need.
func (e *Experience) signsIn() bool {
	switch e.Identity {
	case api.IdentityTypeAnonymous:
		return true
	case api.IdentityTypeAwsIAMIDPSAML:
		return e.Legacy != nil || e.Role != "" && e.Provider != nil
	case api.IdentityTypeAwsIAMIDPOIDC:
		return e.Role != "" && e.Provider != nil
	}
	return e.Role != ""
}

// oidc is the OpenID Connect provider, or nil.
func (e *Experience) oidc() *api.OpenIDConnectProviderConfiguration {
	if e.Provider == nil {
		return nil
	}
	return e.Provider.OpenIDConnectConfiguration
}

// legacy is what an authenticationConfiguration says.
func legacy(c *api.WebExperienceAuthConfiguration) *Legacy {
	s := c.SAMLConfiguration
	return &Legacy{Role: s.RoleARN, UserAttribute: s.UserIDAttribute, GroupAttribute: s.UserGroupAttribute, Metadata: s.MetadataXML}
}

// configuration is what legacy took.
func (l *Legacy) configuration() *api.WebExperienceAuthConfiguration {
	return &api.WebExperienceAuthConfiguration{SAMLConfiguration: &api.SAMLConfiguration{
		MetadataXML: l.Metadata, RoleARN: l.Role, UserIDAttribute: l.UserAttribute, UserGroupAttribute: l.GroupAttribute,
	}}
}

// detail is what GetWebExperience shows; base is where browsers reach the server.
func (e *Experience) detail(c op.Caller, base string) *api.GetWebExperienceOutput {
	out := &api.GetWebExperienceOutput{
		ApplicationID:                 &e.Application,
		WebExperienceID:               &e.ID,
		WebExperienceARN:              new(e.ARN(c)),
		DefaultEndpoint:               new(endpoint(base, e.ID)),
		Status:                        new(e.status()),
		CreatedAt:                     &e.CreatedAt,
		UpdatedAt:                     &e.UpdatedAt,
		Title:                         &e.Look.Title,
		Subtitle:                      &e.Look.Subtitle,
		WelcomeMessage:                &e.Look.Welcome,
		SamplePromptsControlMode:      &e.Look.Prompts,
		Origins:                       e.Origins,
		IdentityProviderConfiguration: e.Provider,
		Error:                         e.Error,
		BrowserExtensionConfiguration: e.Extensions,
		CustomizationConfiguration:    e.Look.Customization,
	}
	if e.Role != "" {
		out.RoleARN = &e.Role
	}
	if e.Legacy != nil {
		out.AuthenticationConfiguration = e.Legacy.configuration()
	}
	return out
}

// summary is what ListWebExperiences shows.
func (e *Experience) summary(base string) api.WebExperience {
	return api.WebExperience{
		WebExperienceID: &e.ID,
		CreatedAt:       &e.CreatedAt,
		UpdatedAt:       &e.UpdatedAt,
		DefaultEndpoint: new(endpoint(base, e.ID)),
		Status:          new(e.status()),
	}
}
