package plugin

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
)

// presence says whether a member must be there, may be, or must not.
type presence int

const (
	forbidden presence = iota
	optional
	required
)

// needs is what a plugin type asks of a request, besides the model.
type needs struct {
	auth   []string // the members of authConfiguration it works with
	urls   presence // authorizationUrl and tokenUrl of oAuth2ClientCredentialConfiguration
	server presence // serverUrl
	custom presence // customPluginConfiguration
}

// Members of the union PluginAuthConfiguration.
const (
	basic  = "basicAuthConfiguration"
	oauth2 = "oAuth2ClientCredentialConfiguration"
	none   = "noAuthConfiguration"
	idc    = "idcAuthConfiguration"
)

// needsOf says what each type needs (user guide, the page of each plugin). A
// type it does not name is one of the newer built-in ones: OAuth 2.0 by
// authorization code against a server of the customer's.
func needsOf(t api.PluginType) needs {
	switch t {
	case api.PluginTypeCustom: // the document names the server, and often the URLs
		return needs{auth: []string{none, oauth2}, urls: optional, custom: required}
	case api.PluginTypeServiceNow, api.PluginTypeJira, api.PluginTypeZendesk:
		return needs{auth: []string{basic}, server: required}
	case api.PluginTypeSalesforce: // client credentials, at an endpoint of the server
		return needs{auth: []string{oauth2}, urls: optional, server: required}
	case api.PluginTypeQuicksight:
		return needs{auth: []string{idc}}
	default:
		return needs{auth: []string{oauth2}, urls: required, server: required}
	}
}

// request is what CreatePlugin and UpdatePlugin have in common.
type request struct {
	auth   *api.PluginAuthConfiguration
	server *string
	custom *api.CustomPluginConfiguration
}

// check reports what a type forbids or, when a plugin is made of it, misses.
func (n needs) check(t api.PluginType, r request, creating bool) []fault.Field {
	var bad []fault.Field
	demand := func(p presence, name string, given bool) {
		switch {
		case p == required && creating && !given:
			bad = append(bad, fault.Field{Name: name, Message: fmt.Sprintf("is needed by a plugin of type %s", t)})
		case p == forbidden && given:
			bad = append(bad, fault.Field{Name: name, Message: fmt.Sprintf("does not go with a plugin of type %s; %s", t, insteadOf(name, t))})
		}
	}
	demand(n.server, "serverUrl", r.server != nil)
	demand(n.custom, "customPluginConfiguration", r.custom != nil)
	if r.custom != nil && n.custom != forbidden {
		demand(n.custom, "customPluginConfiguration.apiSchema", r.custom.APISchema != nil)
	}
	if r.server != nil && n.server != forbidden {
		bad = append(bad, checkURL("serverUrl", *r.server)...)
	}
	return append(bad, n.checkAuth(t, r.auth)...)
}

// insteadOf tells the remedy for a member that a type does not take.
func insteadOf(name string, t api.PluginType) string {
	switch {
	case name == "serverUrl" && t == api.PluginTypeCustom:
		return "name the server under servers in the OpenAPI document"
	case name == "customPluginConfiguration":
		return "leave it out, or make a plugin of type CUSTOM"
	}
	return "leave it out"
}

// checkAuth reports a way to sign in that the type does not work with.
func (n needs) checkAuth(t api.PluginType, auth *api.PluginAuthConfiguration) []fault.Field {
	if auth == nil {
		return nil
	}
	given := memberOf(*auth)
	if slices.Contains(n.auth, given) {
		return n.checkURLs(t, auth.OAuth2ClientCredentialConfiguration)
	}
	return []fault.Field{{
		Name:    "authConfiguration." + given,
		Message: fmt.Sprintf("does not go with a plugin of type %s, which takes %s", t, strings.Join(n.auth, " or ")),
	}}
}

// memberOf names the one member of the union that is set.
func memberOf(auth api.PluginAuthConfiguration) string {
	switch {
	case auth.BasicAuthConfiguration != nil:
		return basic
	case auth.OAuth2ClientCredentialConfiguration != nil:
		return oauth2
	case auth.IDCAuthConfiguration != nil:
		return idc
	}
	return none
}

// checkURLs reports the OAuth endpoints that a type needs and are missing, or
// that nobody could be sent to.
func (n needs) checkURLs(t api.PluginType, o *api.OAuth2ClientCredentialConfiguration) []fault.Field {
	if o == nil {
		return nil
	}
	var bad []fault.Field
	for _, u := range []struct {
		name string
		url  *string
	}{{"authorizationUrl", o.AuthorizationURL}, {"tokenUrl", o.TokenURL}} {
		name := "authConfiguration." + oauth2 + "." + u.name
		switch {
		case u.url == nil && n.urls == required:
			bad = append(bad, fault.Field{Name: name, Message: fmt.Sprintf("is needed by a plugin of type %s: its users sign in by OAuth 2.0 authorization code", t)})
		case u.url != nil:
			bad = append(bad, checkURL(name, *u.url)...)
		}
	}
	return bad
}

// checkURL reports a URL that no action could be sent to. The model takes ftp
// and file too.
func checkURL(name, text string) []fault.Field {
	u, err := url.Parse(text)
	if err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.Fragment == "" {
		return nil
	}
	return []fault.Field{{Name: name, Message: "is not a URL that requests can be sent to; give one that begins with https:// (or http://) and a host, without user or fragment"}}
}
