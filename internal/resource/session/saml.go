package session

import (
	"context"
	"crypto/sha1" //nolint:gosec // the name qualifier is defined by it; nothing relies on it
	"encoding/base64"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/saml"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Attributes of an assertion that are about the session (IAM user guide,
// id_roles_providers_create_saml_assertions).
const (
	attribute           = "https://aws.amazon.com/SAML/Attributes/"
	roleAttribute       = attribute + "Role"
	nameAttribute       = attribute + "RoleSessionName"
	durationAttribute   = attribute + "SessionDuration"
	sourceAttribute     = attribute + "SourceIdentity"
	transitiveAttribute = attribute + "TransitiveTagKeys"
	tagAttribute        = attribute + "PrincipalTag:"
)

// expected is for whom an assertion has to be: for AWS, whose sign-in page of the
// Region, or of none, it may be sent to (AssumeRoleWithSAML; IAM user guide,
// id_roles_providers_enable-console-saml).
func expected(region string) saml.Expect {
	recipients := []string{"https://signin.aws.amazon.com/saml", "https://" + region + ".signin.aws.amazon.com/saml"}
	return saml.Expect{Audiences: append([]string{"urn:amazon:webservices"}, recipients...), Recipients: recipients}
}

// assertion is one that a provider of the role's account vouches for.
type assertion struct {
	*saml.Assertion
	provider principal.SAMLProvider
}

// assertion finds the provider, and verifies what it says.
func (s *Service) assertion(ctx context.Context, c op.Caller, in *sts.AssumeRoleWithSAMLInput) (a assertion, err error) {
	account, ok := accountIn(in.RoleARN)
	if !ok {
		return a, fault.InvalidField("RoleArn", "%q is no ARN of a role", in.RoleARN)
	}
	response, err := base64.StdEncoding.DecodeString(in.SAMLAssertion)
	if err != nil {
		return a, answer(invalidIdentityToken, "Invalid base64 SAMLResponse")
	}
	var found bool
	a.provider, found, err = s.Principals.SAMLProvider(ctx, in.PrincipalARN)
	switch {
	case err != nil:
		return a, err
	case !found || a.provider.Account != account:
		return a, answer(invalidIdentityToken, "No SAML provider found in the role's account for %s", in.PrincipalARN)
	}
	a.Assertion, err = saml.Verify(response, []byte(a.provider.Metadata), expected(c.Region), s.Now())
	switch {
	case errors.Is(err, saml.ErrExpired):
		return a, answer(expiredToken, "%v", err)
	case err != nil:
		return a, answer(invalidIdentityToken, "%v", err)
	case !a.names(in.RoleARN):
		return a, fault.Denied("Not authorized to perform sts:AssumeRoleWithSAML")
	}
	return a, nil
}

// names reports whether the assertion gives the role: one of the attribute's values
// is its ARN and the provider's, in either order.
func (a *assertion) names(role string) bool {
	provider := a.provider.ARN()
	return slices.ContainsFunc(a.Attributes[roleAttribute], func(pair string) bool {
		left, right, _ := strings.Cut(pair, ",")
		left, right = strings.TrimSpace(left), strings.TrimSpace(right)
		return left == role && right == provider || left == provider && right == role
	})
}

// samlWish reads the request of a stranger with an assertion.
func samlWish(a assertion, now time.Time, in *sts.AssumeRoleWithSAMLInput) (w *wish, err error) {
	w = &wish{role: in.RoleARN, seconds: in.DurationSeconds}
	if w.name, err = a.one(nameAttribute); err != nil {
		return nil, answer(invalidIdentityToken, "RoleSessionName is required in AuthnResponse")
	}
	if !isName(w.name) {
		return nil, answer(invalidIdentityToken, "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
	}
	if err := a.tags(w); err != nil {
		return nil, err
	}
	if w.source, err = a.optional(sourceAttribute); err != nil {
		return nil, err
	}
	if w.source != "" && !isName(w.source) {
		return nil, answer(invalidIdentityToken, `SourceIdentity in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"`)
	}
	if w.seconds, err = a.duration(w.seconds, now); err != nil {
		return nil, err
	}
	if w.limits, err = limits(in.RoleARN, in.Policy, in.PolicyARNs); err != nil {
		return nil, err
	}
	w.claims = a.described()
	maps.Copy(w.claims, a.keys())
	w.carried = a.keys()
	w.carried["aws:FederatedProvider"] = []string{a.provider.ARN()}
	if w.source != "" {
		w.carried["aws:SourceIdentity"] = []string{w.source}
	}
	w.person = &op.Person{Name: a.NameID, Email: w.tags[emailTag]}
	return w, nil
}

// tags reads the attributes that are session tags.
func (a *assertion) tags(w *wish) (err error) {
	w.tags = map[string]string{}
	for name := range a.Attributes {
		key, is := strings.CutPrefix(name, tagAttribute)
		if !is {
			continue
		}
		value, err := a.one(name)
		if err != nil {
			return err
		}
		if err := claimTag(w.tags, key, value); err != nil {
			return err
		}
	}
	w.transitive, err = transitiveOf(w.tags, a.Attributes[transitiveAttribute])
	if err != nil {
		return rejected(fault.As(err).Message)
	}
	return nil
}

// one is the value of an attribute that has to have one.
func (a *assertion) one(name string) (string, error) {
	values := a.Attributes[name]
	if len(values) != 1 {
		return "", rejected("the attribute " + name + " takes one value; got " + strconv.Itoa(len(values)))
	}
	return values[0], nil
}

// optional is the value of an attribute that may be missing.
func (a *assertion) optional(name string) (string, error) {
	if len(a.Attributes[name]) == 0 {
		return "", nil
	}
	return a.one(name)
}

// duration is the shortest of what the request and the assertion ask for, and of
// what is left of the session at the provider (AssumeRoleWithSAML, DurationSeconds).
func (a *assertion) duration(asked *int32, now time.Time) (*int32, error) {
	text, err := a.optional(durationAttribute)
	if err != nil {
		return nil, err
	}
	if text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < int64(minLife/time.Second) || n > int64(maxLife/time.Second) {
			return nil, rejected(durationAttribute + " takes 900 to 43200 seconds")
		}
		asked = shorter(asked, int32(n))
	}
	if left := a.SessionEnds.Sub(now); !a.SessionEnds.IsZero() && left < maxLife {
		asked = shorter(asked, int32(max(left, minLife)/time.Second))
	}
	return asked, nil
}

// shorter is the shorter of two durations, of which the first may be the usual one.
func shorter(asked *int32, n int32) *int32 {
	if asked == nil && n >= int32(usual/time.Second) || asked != nil && *asked <= n {
		return asked
	}
	return &n
}

// keys are the condition keys of an assertion (IAM user guide,
// reference_policies_iam-condition-keys, "Available keys for SAML-based AWS STS
// federation").
func (a *assertion) keys() map[string][]string {
	return map[string][]string{
		"saml:aud":           {a.Recipient},
		"saml:doc":           {a.provider.Account + "/" + a.provider.Name},
		"saml:iss":           {a.Issuer},
		"saml:namequalifier": {a.nameQualifier()},
		"saml:sub":           {a.NameID},
		"saml:sub_type":      {a.subjectType()},
	}
}

// subjectType is "persistent", "transient", or the format of the subject in full
// (AssumeRoleWithSAML, SubjectType).
func (a *assertion) subjectType() string {
	return strings.TrimPrefix(a.NameIDFormat, "urn:oasis:names:tc:SAML:2.0:nameid-format:")
}

// nameQualifier tells subjects of different providers apart (AssumeRoleWithSAML,
// NameQualifier).
func (a *assertion) nameQualifier() string {
	sum := sha1.Sum([]byte(a.Issuer + a.provider.Account + "/" + a.provider.Name)) //nolint:gosec // as above
	return base64.StdEncoding.EncodeToString(sum[:])
}
