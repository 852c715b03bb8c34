package principal

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// OIDCProvider is an OpenID Connect identity provider of an account: an issuer of
// tokens that roles may trust. Its name is its URL.
type OIDCProvider struct {
	Entity
	URL         string   `json:"url"`             // without the scheme, as its ARN ends
	Plain       bool     `json:"plain,omitempty"` // http, on this machine
	ClientIDs   []string `json:"clientIds,omitempty"`
	Thumbprints []string `json:"thumbprints,omitempty"`
}

func (*OIDCProvider) kind() kind { return oidcKind }

// ARN names the provider.
func (p OIDCProvider) ARN() string { return p.arn(oidcKind) }

// Issuer is the whole URL, as tokens have it in iss.
func (p OIDCProvider) Issuer() string {
	if p.Plain {
		return "http://" + p.URL
	}
	return "https://" + p.URL
}

// Limits of an OpenID Connect provider (reference_iam-quotas;
// CreateOpenIDConnectProvider).
const (
	maxClientIDs   = 100
	maxThumbprints = 5
)

// newOIDCProvider makes a provider of a request.
func newOIDCProvider(c op.Caller, in *iam.CreateOpenIDConnectProviderInput) (*OIDCProvider, error) {
	u, err := url.Parse(in.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && !local(u):
		return nil, invalid("Invalid Open ID Connect Provider URL: it begins with https:// (http:// only for an address of this machine).")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.ContainsAny(in.URL, "#\\") || strings.ContainsFunc(in.URL, blank):
		return nil, invalid("Invalid Open ID Connect Provider URL: it has a host and may have a path, and nothing else.")
	}
	p := &OIDCProvider{
		URL: strings.TrimPrefix(in.URL[len(u.Scheme):], "://"), Plain: u.Scheme == "http",
		ClientIDs: once(in.ClientIDList), Thumbprints: in.ThumbprintList,
	}
	p.Entity = Entity{Account: c.Account, Path: "/", Name: p.URL}
	return p, errors.Join(p.tag(in.Tags), checkClientIDs(p.ClientIDs), checkThumbprints(p.Thumbprints))
}

// local reports whether a URL is http on this machine, as issuers for tests are.
func local(u *url.URL) bool {
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback())
}

func blank(r rune) bool { return r <= ' ' || r > '~' }

// once is a list without what it says again.
func once(list []string) (short []string) {
	for _, one := range list {
		if !slices.Contains(short, one) {
			short = append(short, one)
		}
	}
	return short
}

func checkClientIDs(ids []string) error {
	if len(ids) > maxClientIDs {
		return quotaExceeded("ClientIdsPerOpenIdConnectProvider", maxClientIDs)
	}
	return nil
}

func checkThumbprints(list []string) error {
	if len(list) > maxThumbprints {
		return invalidInput("Thumbprint list must contain fewer than %d entries.", maxThumbprints+1)
	}
	for _, t := range list {
		if strings.Trim(strings.ToLower(t), "0123456789abcdef") != "" {
			return invalidInput("A thumbprint is 40 hexadecimal digits; got %q.", t)
		}
	}
	return nil
}

// oidcOf finds a provider of the caller's account by its ARN.
func oidcOf(c op.Caller, arn string) func(tx *store.Tx) (*OIDCProvider, error) {
	return func(tx *store.Tx) (*OIDCProvider, error) {
		at, ok := split(arn)
		if !ok || kind(at.kind) != oidcKind || at.name == "" {
			return nil, invalidInput("ARN %s is not valid.", arn)
		}
		told := noSuchEntity("OpenIDConnect Provider not found for arn %s", arn)
		if at.account != c.Account {
			return nil, told
		}
		p, err := get[OIDCProvider](tx, c.Account, at.name)
		if err == nil && p.ARN() != arn {
			return nil, told
		}
		return p, missing(err, told)
	}
}

// CreateOIDCProvider registers an issuer. Its certificate is checked against the
// authorities of this machine, so that thumbprints are kept and no more.
func (s *Service) CreateOIDCProvider(ctx context.Context, c op.Caller, in *iam.CreateOpenIDConnectProviderInput) (*iam.CreateOpenIDConnectProviderOutput, error) {
	p, err := newOIDCProvider(c, in)
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		return create(tx, p, exists("Provider with url %s already exists.", in.URL))
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreateOpenIDConnectProviderOutput{OpenIDConnectProviderARN: new(p.ARN()), Tags: p.someTags()}, nil
}

// GetOIDCProvider tells of an issuer.
func (s *Service) GetOIDCProvider(ctx context.Context, c op.Caller, in *iam.GetOpenIDConnectProviderInput) (*iam.GetOpenIDConnectProviderOutput, error) {
	var p *OIDCProvider
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		p, err = oidcOf(c, in.OpenIDConnectProviderARN)(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &iam.GetOpenIDConnectProviderOutput{
		URL: &p.URL, ClientIDList: p.ClientIDs, ThumbprintList: p.Thumbprints, CreateDate: &p.CreatedAt, Tags: p.someTags(),
	}, nil
}

// ListOIDCProviders tells of every issuer of the account.
func (s *Service) ListOIDCProviders(ctx context.Context, c op.Caller, _ *iam.ListOpenIDConnectProvidersInput) (*iam.ListOpenIDConnectProvidersOutput, error) {
	out := &iam.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: []iam.OpenIDConnectProviderListEntry{}}
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := list[OIDCProvider](tx, c.Account, "", quotas[oidcKind].most)
		for _, p := range all {
			out.OpenIDConnectProviderList = append(out.OpenIDConnectProviderList, iam.OpenIDConnectProviderListEntry{ARN: new(p.ARN())})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteOIDCProvider forgets an issuer: its tokens make no session any more.
func (s *Service) DeleteOIDCProvider(ctx context.Context, c op.Caller, in *iam.DeleteOpenIDConnectProviderInput) (*iam.DeleteOpenIDConnectProviderOutput, error) {
	return &iam.DeleteOpenIDConnectProviderOutput{}, s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := oidcOf(c, in.OpenIDConnectProviderARN)(tx)
		if err != nil {
			return err
		}
		return remove(tx, p)
	})
}

// changeOIDC runs fn on an issuer, and keeps what it made of it.
func (s *Service) changeOIDC(ctx context.Context, c op.Caller, arn string, fn func(p *OIDCProvider) error) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := oidcOf(c, arn)(tx)
		if err != nil {
			return err
		}
		if err := fn(p); err != nil {
			return err
		}
		return put(tx, p)
	})
}

// AddClientID lets an issuer's tokens be for one client more. One that is there
// is no error.
func (s *Service) AddClientID(ctx context.Context, c op.Caller, in *iam.AddClientIDToOpenIDConnectProviderInput) (*iam.AddClientIDToOpenIDConnectProviderOutput, error) {
	return &iam.AddClientIDToOpenIDConnectProviderOutput{}, s.changeOIDC(ctx, c, in.OpenIDConnectProviderARN, func(p *OIDCProvider) error {
		p.ClientIDs = once(append(p.ClientIDs, in.ClientID))
		return checkClientIDs(p.ClientIDs)
	})
}

// RemoveClientID undoes AddClientID. One that is not there is no error.
func (s *Service) RemoveClientID(ctx context.Context, c op.Caller, in *iam.RemoveClientIDFromOpenIDConnectProviderInput) (*iam.RemoveClientIDFromOpenIDConnectProviderOutput, error) {
	return &iam.RemoveClientIDFromOpenIDConnectProviderOutput{}, s.changeOIDC(ctx, c, in.OpenIDConnectProviderARN, func(p *OIDCProvider) error {
		p.ClientIDs = slices.DeleteFunc(p.ClientIDs, func(id string) bool { return id == in.ClientID })
		return nil
	})
}

// UpdateThumbprints replaces the thumbprints of an issuer.
func (s *Service) UpdateThumbprints(ctx context.Context, c op.Caller, in *iam.UpdateOpenIDConnectProviderThumbprintInput) (*iam.UpdateOpenIDConnectProviderThumbprintOutput, error) {
	if err := checkThumbprints(in.ThumbprintList); err != nil {
		return nil, err
	}
	return &iam.UpdateOpenIDConnectProviderThumbprintOutput{}, s.changeOIDC(ctx, c, in.OpenIDConnectProviderARN, func(p *OIDCProvider) error {
		p.Thumbprints = in.ThumbprintList
		return nil
	})
}

// OIDCProvider finds an OpenID Connect provider by its ARN.
func (s *Service) OIDCProvider(ctx context.Context, arn string) (p OIDCProvider, found bool, err error) {
	held, err := one[OIDCProvider](ctx, s, arn)
	if held == nil || err != nil {
		return OIDCProvider{}, false, err
	}
	return *held, true, nil
}

// OIDCProviderFor finds the provider of an account whose tokens have an issuer:
// the whole URL, scheme and all.
func (s *Service) OIDCProviderFor(ctx context.Context, account, issuer string) (p OIDCProvider, found bool, err error) {
	_, address, ok := strings.Cut(issuer, "://")
	if !ok || address == "" || !IsAccount(account) {
		return OIDCProvider{}, false, nil
	}
	made := OIDCProvider{Entity: Entity{Account: account, Path: "/", Name: address}}
	p, found, err = s.OIDCProvider(ctx, made.ARN())
	if err != nil || !found || p.Issuer() != issuer {
		return OIDCProvider{}, false, err
	}
	return p, true, nil
}
