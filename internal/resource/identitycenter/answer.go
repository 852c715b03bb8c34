package identitycenter

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/ssooidc"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
)

// Where the server tells about its ID tokens, below its public URL (OpenID Connect
// Discovery 1.0, section 4). The sign-in page is the authorization endpoint.
const (
	AuthorizePath = "/authorize"
	DiscoveryPath = "/.well-known/openid-configuration"
	KeySetPath    = "/.well-known/jwks.json"

	tokenPath = "/token?aws_iam=t" //nolint:gosec // it is a path
)

// answer is what a client is given. The access token opens nothing on this server:
// what counts is the ID token's sts:identity_context.
func (s *Service) answer(ctx context.Context, c op.Caller, a *application, g given) (*ssooidc.CreateTokenWithIAMOutput, error) {
	assertion, err := s.assert(a, g.signin)
	if err != nil {
		return nil, err
	}
	id, err := s.idToken(ctx, c, a, g, assertion)
	if err != nil {
		return nil, err
	}
	out := &ssooidc.CreateTokenWithIAMOutput{
		AccessToken: new(rand.Text() + rand.Text()), TokenType: new("Bearer"), ExpiresIn: new(int32(tokenLife.Seconds())),
		IDToken: &id, IssuedTokenType: new("urn:ietf:params:oauth:token-type:access_token"), Scope: g.signin.Scopes,
		AwsAdditionalDetails: &ssooidc.AwsAdditionalDetails{IdentityContext: &assertion},
	}
	if g.refresh != "" {
		out.RefreshToken = &g.refresh
	}
	return out, nil
}

// idToken signs what a client may know of the user and the sign-in, and the context
// assertion for sts:AssumeRole.
func (s *Service) idToken(ctx context.Context, c op.Caller, a *application, g given, assertion string) (string, error) {
	key, err := s.signingKey(ctx)
	if err != nil {
		return "", err
	}
	now := s.Now()
	claims := oidc.Claims{
		"iss": s.issuer(a.Account), "aud": a.arn(), "sub": g.person.ID,
		"iat": now.Unix(), "exp": now.Add(tokenLife).Unix(), "auth_time": g.signin.At.Unix(),
		"act":                    map[string]any{"sub": c.Principal},
		"sts:identity_context":   assertion,
		"aws:identity_store_id":  people.StoreID(a.Account),
		"aws:identity_store_arn": people.StoreARN(a.Account),
		"aws:instance_arn":       InstanceARN(a.Account),
		"aws:instance_account":   a.Account,
		"aws:credential_id":      g.signin.ID,
	}
	if g.signin.Nonce != "" {
		claims["nonce"] = g.signin.Nonce
	}
	return oidc.Sign(key, claims)
}

// issuer names whoever signs ID tokens.
func (s *Service) issuer(account string) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/")
	}
	return "https://identitycenter.amazonaws.com/" + instanceOf(account)
}

// signingKey is the key that all servers of one store sign with. The first one that
// needs it makes it.
func (s *Service) signingKey(ctx context.Context) (oidc.Key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.key != nil {
		return *s.key, nil
	}
	sealed, err := s.sealedKey(ctx)
	if err != nil {
		return oidc.Key{}, err
	}
	plain, err := s.Keys.Open(sealed, keyPlace)
	if err != nil {
		return oidc.Key{}, err
	}
	key, err := oidc.ParseKey(plain)
	if err != nil {
		return oidc.Key{}, err
	}
	s.key = &key
	return key, nil
}

// keyPlace binds the sealed key to its row.
const keyPlace = "identitycenter/signing-key"

func (s *Service) sealedKey(ctx context.Context) (sealed []byte, err error) {
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		sealed, err = getKey(tx)
		return err
	})
	if !errors.Is(err, store.ErrNoRows) {
		return sealed, err
	}
	made, err := oidc.NewKey()
	if err != nil {
		return nil, err
	}
	plain, err := made.Marshal()
	if err != nil {
		return nil, err
	}
	fresh, err := s.Keys.Seal(plain, keyPlace)
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		sealed, err = settleKey(tx, fresh)
		return err
	})
	return sealed, err
}

// Discovery is the document at DiscoveryPath. ok is false without a public URL:
// tokens then name an issuer that publishes nothing.
func (s *Service) Discovery() (document map[string]any, ok bool) {
	if s.PublicURL == "" {
		return nil, false
	}
	base := s.issuer("")
	return map[string]any{
		"issuer":                                base,
		"authorization_endpoint":                base + AuthorizePath,
		"token_endpoint":                        base + tokenPath,
		"jwks_uri":                              base + KeySetPath,
		"response_types_supported":              []string{"code"},
		"grant_types_supported":                 []string{string(grantCode), string(grantRefresh), string(grantBearer)},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"},
		"code_challenge_methods_supported":      []string{"S256"},
		"scopes_supported":                      append([]string{scopeConversations, scopeContent}, always...),
		"claims_supported":                      []string{"iss", "aud", "sub", "iat", "exp", "auth_time", "nonce", "sts:identity_context"},

		"authorization_response_iss_parameter_supported": true,
	}, true
}

// KeySet is the document at KeySetPath: the public key under ID tokens.
func (s *Service) KeySet(ctx context.Context) ([]byte, error) {
	key, err := s.signingKey(ctx)
	if err != nil {
		return nil, err
	}
	return oidc.JWKS(key)
}
