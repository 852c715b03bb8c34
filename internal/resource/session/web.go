package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Claims of a token that are about the session (IAM user guide, id_session-tags and
// id_credentials_temp_control-access_monitor).
const (
	tagsClaim   = "https://aws.amazon.com/tags"
	sourceClaim = "https://aws.amazon.com/source_identity"
)

// emailTag is the tag that says who an end user is (Amazon Q Business user guide,
// "IAM role for an Amazon Q Business web experience using IAM Federation").
const emailTag = "Email"

// webToken is a token that its issuer vouches for.
type webToken struct {
	provider principal.OIDCProvider
	issuer   string
	claims   oidc.Claims
}

// webToken finds the provider of the role's account that is the token's issuer, and
// verifies the token.
func (s *Service) webToken(ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput) (t webToken, err error) {
	account, ok := accountIn(in.RoleARN)
	switch {
	case !ok:
		return t, fault.InvalidField("RoleArn", "%q is no ARN of a role", in.RoleARN)
	case in.ProviderID != nil:
		return t, fault.InvalidField("ProviderId", "is for OAuth 2.0 access tokens, which are not taken here; leave it out and pass an OpenID Connect ID token")
	}
	if t.issuer, err = oidc.Issuer(in.WebIdentityToken); err != nil {
		return t, tokenFault(err)
	}
	var found bool
	t.provider, found, err = s.Principals.OIDCProviderFor(ctx, account, t.issuer)
	switch {
	case err != nil:
		return t, err
	case !found:
		return t, answer(invalidIdentityToken, "No OpenIDConnect provider found in your account for %s", t.issuer)
	}
	if t.claims, err = s.OIDC.Verify(ctx, in.WebIdentityToken, t.issuer, t.provider.ClientIDs); err != nil {
		return t, tokenFault(err)
	}
	return t, nil
}

// tokenFault is what is wrong with a token, as STS names it.
func tokenFault(err error) error {
	switch {
	case errors.Is(err, oidc.ErrExpired):
		return answer(expiredToken, "%v", err)
	case errors.Is(err, oidc.ErrIssuer):
		return answer(providerUnreachable, "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements: %v", err)
	case errors.Is(err, oidc.ErrInvalid):
		return answer(invalidIdentityToken, "%v", err)
	}
	return err
}

// audience is for whom the token is: the client that asked for it, where it says so.
func (t *webToken) audience() string {
	if azp := t.claims.String("azp"); azp != "" {
		return azp
	}
	for _, aud := range t.claims.Strings("aud") {
		if slices.Contains(t.provider.ClientIDs, aud) {
			return aud
		}
	}
	return ""
}

// webWish reads the request of a stranger with a token.
func webWish(t webToken, in *sts.AssumeRoleWithWebIdentityInput) (w *wish, err error) {
	w = &wish{role: in.RoleARN, name: in.RoleSessionName, seconds: in.DurationSeconds, source: t.claims.String(sourceClaim)}
	if w.source != "" && !isName(w.source) {
		return nil, rejected(sourceClaim + " takes 2 to 64 letters, digits and _+=,.@-")
	}
	if w.tags, w.transitive, err = claimedTags(t.claims[tagsClaim]); err != nil {
		return nil, err
	}
	if w.limits, err = limits(in.RoleARN, in.Policy, in.PolicyARNs); err != nil {
		return nil, err
	}
	w.claims = t.keys()
	w.carried = map[string][]string{"aws:FederatedProvider": {t.provider.ARN()}}
	for _, claim := range []string{"amr", "aud", "email", "oaud", "sub"} {
		if values := w.claims[t.provider.URL+":"+claim]; values != nil {
			w.carried[t.provider.URL+":"+claim] = values
		}
	}
	if w.source != "" {
		w.carried["aws:SourceIdentity"] = []string{w.source}
	}
	w.person = t.person(w.tags)
	return w, nil
}

// keys are the condition keys that the claims are (IAM user guide,
// reference_policies_iam-condition-keys, "Available keys for AWS OIDC federation"):
// the issuer without its scheme, a colon, and the name of the claim. Of a token
// with azp, aud is azp, and oaud what aud was.
func (t *webToken) keys() map[string][]string {
	keys := map[string][]string{}
	for name, value := range t.claims {
		if values := texts(value); values != nil {
			keys[t.provider.URL+":"+name] = values
		}
	}
	if azp := t.claims.String("azp"); azp != "" {
		keys[t.provider.URL+":oaud"] = keys[t.provider.URL+":aud"]
		keys[t.provider.URL+":aud"] = []string{azp}
	}
	return keys
}

// texts are the values of a claim as a condition compares them; none of what is no
// string, truth or number, nor a list of those.
func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case bool:
		return []string{strconv.FormatBool(v)}
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	case fmt.Stringer: // json.Number
		return []string{v.String()}
	case []any:
		var all []string
		for _, one := range v {
			if _, nested := one.([]any); !nested {
				all = append(all, texts(one)...)
			}
		}
		return all
	}
	return nil
}

// person is who the token is about. An address that nobody verified says nothing.
func (t *webToken) person(tags map[string]string) *op.Person {
	p := &op.Person{Name: t.claims.String("sub"), Email: tags[emailTag]}
	verified := texts(t.claims["email_verified"])
	if p.Email == "" && len(verified) == 1 && verified[0] == "true" {
		p.Email = t.claims.String("email")
	}
	return p
}

// claimedTags reads the claim that has session tags (id_session-tags, "Passing
// session tags using AssumeRoleWithWebIdentity").
func claimedTags(claim any) (tags map[string]string, transitive []string, err error) {
	tags = map[string]string{}
	if claim == nil {
		return tags, nil, nil
	}
	said, ok := claim.(map[string]any)
	if !ok {
		return nil, nil, rejected(tagsClaim + " is no JSON object")
	}
	principalTags, ok := said["principal_tags"].(map[string]any)
	if !ok && said["principal_tags"] != nil {
		return nil, nil, rejected("principal_tags is no JSON object")
	}
	for _, key := range slices.Sorted(maps.Keys(principalTags)) {
		values := oidc.Claims(principalTags).Strings(key)
		if len(values) != 1 {
			return nil, nil, rejected(fmt.Sprintf("the principal tag %q takes one string; got %d", key, len(values)))
		}
		if err := claimTag(tags, key, values[0]); err != nil {
			return nil, nil, err
		}
	}
	transitive, err = transitiveOf(tags, oidc.Claims(said).Strings("transitive_tag_keys"))
	if err != nil {
		return nil, nil, rejected(fault.As(err).Message)
	}
	return tags, transitive, nil
}

// claimTag adds a tag that an identity provider sets.
func claimTag(tags map[string]string, key, value string) error {
	if hasFold(tags, key) {
		return rejected(fmt.Sprintf("it has the tag %q twice; the case of a key means nothing", key))
	}
	if err := checkTag(key, value); err != nil {
		return rejected(fault.As(err).Message)
	}
	if tags[key] = value; len(tags) > maxTags {
		return rejected(fmt.Sprintf("it has more than %d tags", maxTags))
	}
	return nil
}

// rejected says that what an identity provider claims cannot be had.
func rejected(why string) error {
	return answer(rejectedClaim, "The identity provider's claim cannot be used: %s.", strings.TrimSuffix(why, "."))
}
