package plugin

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
)

// presence says whether a member must be there, may be, or must not.
type presence int

const (
	forbidden presence = iota
	optional
	required
)

// request is what CreatePlugin and UpdatePlugin have in common.
type request struct {
	auth   *api.PluginAuthConfiguration
	server *string
	custom *api.CustomPluginConfiguration
}

// check reports what a plugin type forbids or, when a plugin is made of it,
// misses. Where a vendor has one server and one sign-in for everyone, the
// catalogue knows them, and a request may leave them out.
func (r request) check(t catalogue.Type, creating bool) []fault.Field {
	var bad []fault.Field
	demand := func(p presence, name string, given bool) {
		switch {
		case p == required && creating && !given:
			bad = append(bad, fault.Field{Name: name, Message: fmt.Sprintf("is needed by a plugin of type %s", t.Name)})
		case p == forbidden && given:
			bad = append(bad, fault.Field{Name: name, Message: fmt.Sprintf("does not go with a plugin of type %s; %s", t.Name, insteadOf(name, t))})
		}
	}
	demand(serverOf(t), "serverUrl", r.server != nil)
	demand(documentOf(t), "customPluginConfiguration", r.custom != nil)
	if r.custom != nil && documentOf(t) == required {
		demand(required, "customPluginConfiguration.apiSchema", r.custom.APISchema != nil)
	}
	if r.server != nil && serverOf(t) != forbidden {
		bad = append(bad, checkURL("serverUrl", r.server)...)
	}
	return append(bad, checkAuth(t, r.auth)...)
}

// serverOf says whether a plugin of the type names its server.
func serverOf(t catalogue.Type) presence {
	switch {
	case t.ServerURL == "": // the document of a custom plugin does, and QuickSight has none
		return forbidden
	case t.ServerURLRequired():
		return required
	}
	return optional
}

// documentOf says whether a plugin of the type brings a document.
func documentOf(t catalogue.Type) presence {
	if isCustom(t) {
		return required
	}
	return forbidden
}

func isCustom(t catalogue.Type) bool { return t.Name == string(api.PluginTypeCustom) }

// insteadOf tells the remedy for a member that a type does not take.
func insteadOf(name string, t catalogue.Type) string {
	switch {
	case name == "serverUrl" && isCustom(t):
		return "name the server under servers in the OpenAPI document"
	case name == "customPluginConfiguration":
		return "leave it out, or make a plugin of type CUSTOM"
	}
	return "leave it out"
}

// checkAuth reports a way to sign in that the type does not work with.
func checkAuth(t catalogue.Type, auth *api.PluginAuthConfiguration) []fault.Field {
	if auth == nil {
		return nil
	}
	if given := memberOf(*auth); !slices.Contains(t.Auth, given) {
		return []fault.Field{{
			Name:    "authConfiguration." + given,
			Message: fmt.Sprintf("does not go with a plugin of type %s, which takes %s", t.Name, strings.Join(t.Auth, " or ")),
		}}
	}
	if o := auth.OAuth2ClientCredentialConfiguration; o != nil {
		return append(checkURL(authorizationURL, o.AuthorizationURL), checkURL(tokenURL, o.TokenURL)...)
	}
	return nil
}

// checkSignIn reports what a custom plugin's users could not sign in without:
// an OAuth 2.0 endpoint that neither the document nor the request names. Where
// the document's schemes are others, the secret feeds those, and nobody signs in.
func checkSignIn(auth api.PluginAuthConfiguration, schemes []openapi.Scheme) []fault.Field {
	o := auth.OAuth2ClientCredentialConfiguration
	if o == nil {
		return nil
	}
	var declared openapi.Scheme
	i := slices.IndexFunc(schemes, func(s openapi.Scheme) bool { return s.Kind == "authorizationCode" })
	switch {
	case i >= 0:
		declared = schemes[i]
	case len(schemes) > 0:
		return nil
	}
	var bad []fault.Field
	if o.AuthorizationURL == nil && declared.AuthorizationURL == "" {
		bad = append(bad, fault.Field{Name: authorizationURL, Message: unnamed})
	}
	if o.TokenURL == nil && declared.TokenURL == "" {
		bad = append(bad, fault.Field{Name: tokenURL, Message: unnamed})
	}
	return bad
}

// The members that name OAuth 2.0 endpoints, and what is said when no one does.
const (
	authorizationURL = "authConfiguration." + catalogue.OAuth + ".authorizationUrl"
	tokenURL         = "authConfiguration." + catalogue.OAuth + ".tokenUrl"
	unnamed          = "is needed, because the document names none: give it here, or under an oauth2 scheme with an authorizationCode flow in components.securitySchemes of the document"
)

// memberOf names the one member of the union that is set.
func memberOf(auth api.PluginAuthConfiguration) string {
	switch {
	case auth.BasicAuthConfiguration != nil:
		return catalogue.BasicAuth
	case auth.OAuth2ClientCredentialConfiguration != nil:
		return catalogue.OAuth
	case auth.IDCAuthConfiguration != nil:
		return catalogue.IDCAuth
	}
	return catalogue.NoAuth
}

// checkURL reports a URL that no request could be sent to. The model takes ftp
// and file too.
func checkURL(name string, given *string) []fault.Field {
	if given == nil {
		return nil
	}
	u, err := url.Parse(*given)
	if err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.Fragment == "" {
		return nil
	}
	return []fault.Field{{Name: name, Message: "is not a URL that requests can be sent to; give one that begins with https:// (or http://) and a host, without user or fragment"}}
}
