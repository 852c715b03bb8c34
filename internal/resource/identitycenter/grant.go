package identitycenter

import (
	"context"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// The grant types, by shorter names than the model's.
const (
	grantCode     = ssoadmin.GrantTypeAuthorizationCode
	grantRefresh  = ssoadmin.GrantTypeRefreshToken
	grantBearer   = ssoadmin.GrantTypeUrnIetfParamsOauthGrantTypeJwtBearer
	grantExchange = ssoadmin.GrantTypeUrnIetfParamsOauthGrantTypeTokenExchange
)

// maxURI is the length of a redirect URI in bytes.
const maxURI = 2048

// PutGrant says how users may have signed in.
func (s *Service) PutGrant(ctx context.Context, c op.Caller, in *ssoadmin.PutApplicationGrantInput) (*ssoadmin.PutApplicationGrantOutput, error) {
	if err := checkGrant(in.GrantType, in.Grant); err != nil {
		return nil, err
	}
	err := s.change(ctx, c, in.ApplicationARN, func(tx *store.Tx, a *application) error {
		if err := issuersThere(tx, a.Account, in.Grant.JwtBearer); err != nil {
			return err
		}
		if a.Grants == nil {
			a.Grants = map[ssoadmin.GrantType]ssoadmin.Grant{}
		}
		a.Grants[in.GrantType] = in.Grant
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.PutApplicationGrantOutput{}, nil
}

// checkGrant holds a grant to the rules that the model does not state.
func checkGrant(kind ssoadmin.GrantType, g ssoadmin.Grant) error {
	switch {
	case kind == grantExchange:
		return fault.InvalidField("GrantType", "token exchange is not built here; the grants are authorization_code, refresh_token and %s", grantBearer)
	case kind == grantCode && g.AuthorizationCode != nil:
		return checkRedirects(g.AuthorizationCode.RedirectUris)
	case kind == grantBearer && g.JwtBearer != nil:
		return checkIssuers(g.JwtBearer.AuthorizedTokenIssuers)
	case kind == grantRefresh && g.RefreshToken != nil:
		return nil
	}
	return fault.InvalidField("Grant", "the member that is set is not that of the grant type %s", kind)
}

func checkRedirects(uris []string) error {
	if len(uris) == 0 {
		return fault.InvalidField("Grant.AuthorizationCode.RedirectUris", "name where browsers are sent after a sign-in")
	}
	for _, uri := range uris {
		if !redirectable(uri) {
			return fault.InvalidField("Grant.AuthorizationCode.RedirectUris",
				"%q: a redirect URI is a whole http or https URL of a host, without user, password or fragment, of at most %d bytes", uri, maxURI)
		}
	}
	return nil
}

// hostLetters are the characters of host names and addresses that a redirect URI
// may have: the host stands in a header of the sign-in page.
const hostLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]"

// redirectable reports whether a browser may be sent to a URI (RFC 6749, section
// 3.1.2: absolute, no fragment).
func redirectable(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && len(uri) <= maxURI && (u.Scheme == "https" || u.Scheme == "http") &&
		u.Hostname() != "" && strings.Trim(u.Host, hostLetters) == "" &&
		u.User == nil && u.Fragment == "" && !strings.Contains(uri, "#")
}

// sameRedirect reports whether a URI is the registered one: to the letter, but that
// a loopback address may have any port (RFC 8252, section 7.3).
func sameRedirect(registered, uri string) bool {
	if registered == uri {
		return true
	}
	a, errA := url.Parse(registered)
	b, errB := url.Parse(uri)
	if errA != nil || errB != nil || a.Scheme != "http" || !net.ParseIP(a.Hostname()).IsLoopback() || a.Hostname() != b.Hostname() {
		return false
	}
	a.Host, b.Host = "", ""
	return *a == *b && redirectable(uri)
}

func checkIssuers(list []ssoadmin.AuthorizedTokenIssuer) error {
	if len(list) == 0 {
		return fault.InvalidField("Grant.JwtBearer.AuthorizedTokenIssuers", "name the issuers whose tokens are taken")
	}
	for _, i := range list {
		if i.TrustedTokenIssuerARN == nil || len(i.AuthorizedAudiences) == 0 {
			return fault.InvalidField("Grant.JwtBearer.AuthorizedTokenIssuers", "each names a TrustedTokenIssuerArn and the AuthorizedAudiences that its tokens are for")
		}
	}
	return nil
}

// issuersThere refuses a grant whose issuers are not all there.
func issuersThere(tx *store.Tx, account string, g *ssoadmin.JwtBearerGrant) error {
	if g == nil {
		return nil
	}
	for _, i := range g.AuthorizedTokenIssuers {
		if _, err := findIssuer(tx, account, *i.TrustedTokenIssuerARN); err != nil {
			return err
		}
	}
	return nil
}

// GetGrant returns a grant.
func (s *Service) GetGrant(ctx context.Context, c op.Caller, in *ssoadmin.GetApplicationGrantInput) (*ssoadmin.GetApplicationGrantOutput, error) {
	a, err := s.read(ctx, c, in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	g, ok := a.Grants[in.GrantType]
	if !ok {
		return nil, refuse(fault.ResourceNotFound, "The application has no grant %s.", in.GrantType)
	}
	return &ssoadmin.GetApplicationGrantOutput{Grant: g}, nil
}

// ListGrants returns all grants, ordered by type.
func (s *Service) ListGrants(ctx context.Context, c op.Caller, in *ssoadmin.ListApplicationGrantsInput) (*ssoadmin.ListApplicationGrantsOutput, error) {
	a, err := s.read(ctx, c, in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	all := []ssoadmin.GrantItem{}
	for _, kind := range slices.Sorted(maps.Keys(a.Grants)) {
		all = append(all, ssoadmin.GrantItem{GrantType: kind, Grant: a.Grants[kind]})
	}
	shown, next, err := page.Slice(s.Pages, page.ScopeOf(ssoadmin.ListApplicationGrants.Route, c, a.ID), all, in.NextToken, maxPage)
	if err != nil {
		return nil, err
	}
	return &ssoadmin.ListApplicationGrantsOutput{Grants: shown, NextToken: next}, nil
}

// DeleteGrant takes a grant away. That there is none is no error.
func (s *Service) DeleteGrant(ctx context.Context, c op.Caller, in *ssoadmin.DeleteApplicationGrantInput) (*ssoadmin.DeleteApplicationGrantOutput, error) {
	err := s.change(ctx, c, in.ApplicationARN, func(_ *store.Tx, a *application) error {
		delete(a.Grants, in.GrantType)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.DeleteApplicationGrantOutput{}, nil
}
