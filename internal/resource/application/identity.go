package application

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// Identity says where an application's users come from. Its type is fixed for
// life, and decides which of the other fields are set.
type Identity struct {
	Type       api.IdentityType             `json:"type"`
	Instance   string                       `json:"instance,omitzero"`   // ARN of the Identity Center instance: AWS_IAM_IDC
	Provider   string                       `json:"provider,omitzero"`   // ARN of the IAM provider: AWS_IAM_IDP_SAML, AWS_IAM_IDP_OIDC
	ClientIDs  []string                     `json:"clientIds,omitzero"`  // AWS_IAM_IDP_OIDC
	QuickSight *api.QuickSightConfiguration `json:"quickSight,omitzero"` // AWS_QUICKSIGHT_IDP
}

// defaultIdentity is the type of an application whose creator names none: the
// API knew no other in its first year.
const defaultIdentity = api.IdentityTypeAwsIAMIDC

func identityTypeOf(in *api.CreateApplicationInput) api.IdentityType {
	if in.IdentityType == nil {
		return defaultIdentity
	}
	return *in.IdentityType
}

func identityOf(in *api.CreateApplicationInput) Identity {
	i := Identity{Type: identityTypeOf(in), ClientIDs: in.ClientIDsForOIDC, QuickSight: in.QuickSightConfiguration}
	if in.IdentityCenterInstanceARN != nil {
		i.Instance = *in.IdentityCenterInstanceARN
	}
	if in.IAMIdentityProviderARN != nil {
		i.Provider = *in.IAMIdentityProviderARN
	}
	return i
}

// federated reports whether users come through an IAM identity provider.
func (i Identity) federated() bool {
	return i.Type == api.IdentityTypeAwsIAMIDPSAML || i.Type == api.IdentityTypeAwsIAMIDPOIDC
}

// needs lists the members of CreateApplication that an identity type needs. It
// forbids those that only other types need.
func needs(t api.IdentityType) []string {
	switch t {
	case api.IdentityTypeAwsIAMIDC:
		return []string{"identityCenterInstanceArn"}
	case api.IdentityTypeAwsIAMIDPSAML:
		return []string{"iamIdentityProviderArn"}
	case api.IdentityTypeAwsIAMIDPOIDC:
		return []string{"iamIdentityProviderArn", "clientIdsForOIDC"}
	case api.IdentityTypeAwsQuicksightIDP:
		return []string{"quickSightConfiguration"}
	default:
		return nil // ANONYMOUS
	}
}

// checkIdentity reports what a create gives too much or too little of.
func checkIdentity(in *api.CreateApplicationInput) []fault.Field {
	t := identityTypeOf(in)
	needed := needs(t)
	var bad []fault.Field
	for _, m := range []struct {
		name  string
		given bool
	}{
		{"identityCenterInstanceArn", in.IdentityCenterInstanceARN != nil},
		{"iamIdentityProviderArn", in.IAMIdentityProviderARN != nil},
		{"clientIdsForOIDC", len(in.ClientIDsForOIDC) > 0},
		{"quickSightConfiguration", in.QuickSightConfiguration != nil},
	} {
		switch need := slices.Contains(needed, m.name); {
		case need && !m.given:
			bad = append(bad, fault.Field{Name: m.name, Message: fmt.Sprintf("is needed when identityType is %s", told(in))})
		case !need && m.given:
			bad = append(bad, fault.Field{Name: m.name, Message: fmt.Sprintf("does not go with identityType %s; leave it out, or choose the identityType that needs it", told(in))})
		}
	}
	return append(bad, checkProvider(t, in.IAMIdentityProviderARN)...)
}

// told is the identity type as a refusal names it.
func told(in *api.CreateApplicationInput) string {
	if in.IdentityType == nil {
		return string(defaultIdentity) + " (the default; ANONYMOUS needs nothing)"
	}
	return string(*in.IdentityType)
}

// checkProvider reports a provider of the other protocol.
func checkProvider(t api.IdentityType, provider *string) []fault.Field {
	if provider == nil {
		return nil
	}
	var want string
	switch t {
	case api.IdentityTypeAwsIAMIDPSAML:
		want = "saml-provider"
	case api.IdentityTypeAwsIAMIDPOIDC:
		want = "oidc-provider"
	default:
		return nil
	}
	if strings.Contains(*provider, ":"+want+"/") {
		return nil
	}
	return []fault.Field{{
		Name:    "iamIdentityProviderArn",
		Message: fmt.Sprintf("is not the ARN of a SAML or OIDC provider that goes with identityType %s, whose form is arn:%s:iam::ACCOUNT:%s/NAME", t, op.Partition, want),
	}}
}

// checkUpdate reports the members of an update that do not go with the identity
// type, which is fixed for life.
func (i Identity) checkUpdate(in *api.UpdateApplicationInput) []fault.Field {
	var bad []fault.Field
	if in.IdentityCenterInstanceARN != nil && i.Type != api.IdentityTypeAwsIAMIDC {
		bad = append(bad, fault.Field{
			Name:    "identityCenterInstanceArn",
			Message: fmt.Sprintf("does not go with the application's identityType, %s, which cannot be changed", i.Type),
		})
	}
	auto := in.AutoSubscriptionConfiguration
	if auto == nil {
		return bad
	}
	if !i.federated() {
		bad = append(bad, fault.Field{
			Name: "autoSubscriptionConfiguration",
			Message: fmt.Sprintf("is only for applications of identityType %s or %s; this one's is %s",
				api.IdentityTypeAwsIAMIDPSAML, api.IdentityTypeAwsIAMIDPOIDC, i.Type),
		})
	}
	if auto.AutoSubscribe == api.AutoSubscriptionStatusEnabled && auto.DefaultSubscriptionType == nil {
		bad = append(bad, fault.Field{
			Name:    "autoSubscriptionConfiguration.defaultSubscriptionType",
			Message: "is needed when autoSubscribe is ENABLED",
		})
	}
	return bad
}

// show fills in what GetApplication says of the identity.
func (i Identity) show(c op.Caller, application string, out *api.GetApplicationOutput) {
	out.IdentityType = &i.Type
	out.QuickSightConfiguration = i.QuickSight
	out.ClientIDsForOIDC = i.ClientIDs
	if i.Provider != "" {
		out.IAMIdentityProviderARN = &i.Provider
	}
	if i.Instance != "" {
		out.IdentityCenterApplicationARN = new(i.centerApplication(c, application))
	}
}

// centerApplication is the ARN under which the Identity Center instance knows
// the application: the id is made of the application's own, so that it stays
// the same.
func (i Identity) centerApplication(c op.Caller, application string) string {
	partition, instance, _ := strings.Cut(strings.TrimPrefix(i.Instance, "arn:"), ":sso:::instance/")
	return fmt.Sprintf("arn:%s:sso::%s:application/%s/apl-%s", partition, c.Owns(), instance,
		strings.ReplaceAll(application, "-", "")[:16])
}
