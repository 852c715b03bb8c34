package session

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, sts.AssumeRole, s.AssumeRole)
	op.Handle(r, sts.AssumeRoleWithSAML, s.AssumeRoleWithSAML)
	op.Handle(r, sts.AssumeRoleWithWebIdentity, s.AssumeRoleWithWebIdentity)
	op.Handle(r, sts.GetAccessKeyInfo, s.GetAccessKeyInfo)
	op.Handle(r, sts.GetCallerIdentity, s.GetCallerIdentity)
	op.Handle(r, sts.GetSessionToken, s.GetSessionToken)
}

// AssumeRole begins a session of a role that trusts the caller.
//
// In AWS a root user assumes no role. Here it may, where the role's trust policy
// names its account: who runs this on a laptop has no other credential.
func (s *Service) AssumeRole(ctx context.Context, c op.Caller, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	w, err := s.wish(ctx, c, in)
	if err != nil {
		return nil, err
	}
	grants, err := s.Principals.Grants(ctx, c)
	if err != nil {
		return nil, err
	}
	role, err := s.admit(ctx, &asker{
		who: principal.Who(c), grants: grants, keys: principal.Keys(c), action: "sts:AssumeRole", trail: c.Trail,
		refusal: func(action string) error {
			return fault.Denied("User: %s is not authorized to perform: %s on resource: %s", c.Principal, action, in.RoleARN)
		},
	}, w)
	if err != nil {
		return nil, err
	}
	made, err := s.begin(ctx, role, w, c.Role != "")
	if err != nil {
		return nil, err
	}
	return &sts.AssumeRoleOutput{
		Credentials: made.credentials(), AssumedRoleUser: made.user(), PackedPolicySize: w.packedSize(),
		SourceIdentity: optional(w.source),
	}, nil
}

// AssumeRoleWithWebIdentity begins a session of a role for whoever has a token of
// an OpenID Connect provider of the role's account.
func (s *Service) AssumeRoleWithWebIdentity(ctx context.Context, c op.Caller, in *sts.AssumeRoleWithWebIdentityInput) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	t, err := s.webToken(ctx, in)
	if err != nil {
		return nil, err
	}
	w, err := webWish(t, in)
	if err != nil {
		return nil, err
	}
	role, err := s.admit(ctx, stranger(c, t.provider.ARN(), "sts:AssumeRoleWithWebIdentity"), w)
	if err != nil {
		return nil, err
	}
	made, err := s.begin(ctx, role, w, false)
	if err != nil {
		return nil, err
	}
	return &sts.AssumeRoleWithWebIdentityOutput{
		Credentials: made.credentials(), AssumedRoleUser: made.user(), PackedPolicySize: w.packedSize(),
		SubjectFromWebIdentityToken: optional(t.claims.String("sub")), Provider: new(t.issuer), Audience: optional(t.audience()),
		SourceIdentity: optional(w.source),
	}, nil
}

// AssumeRoleWithSAML begins a session of a role for whom a SAML provider of the
// role's account vouches.
func (s *Service) AssumeRoleWithSAML(ctx context.Context, c op.Caller, in *sts.AssumeRoleWithSAMLInput) (*sts.AssumeRoleWithSAMLOutput, error) {
	a, err := s.assertion(ctx, c, in)
	if err != nil {
		return nil, err
	}
	w, err := samlWish(a, s.Now(), in)
	if err != nil {
		return nil, err
	}
	role, err := s.admit(ctx, stranger(c, a.provider.ARN(), "sts:AssumeRoleWithSAML"), w)
	if err != nil {
		return nil, err
	}
	made, err := s.begin(ctx, role, w, false)
	if err != nil {
		return nil, err
	}
	return &sts.AssumeRoleWithSAMLOutput{
		Credentials: made.credentials(), AssumedRoleUser: made.user(), PackedPolicySize: w.packedSize(),
		Subject: new(a.NameID), SubjectType: new(a.subjectType()), Issuer: new(a.Issuer), Audience: new(a.Recipient),
		NameQualifier: new(a.nameQualifier()), SourceIdentity: optional(w.source),
	}, nil
}

// GetAccessKeyInfo tells the account of an access key, which its ID carries. That
// there is such a key it does not say.
func (s *Service) GetAccessKeyInfo(ctx context.Context, c op.Caller, in *sts.GetAccessKeyInfoInput) (*sts.GetAccessKeyInfoOutput, error) {
	a := &asker{action: "sts:GetAccessKeyInfo", trail: c.Trail}
	r := policy.Request{Principal: principal.Who(c), Action: a.action, Context: principal.Keys(c)}
	grants, err := s.Principals.Grants(ctx, c)
	if err != nil {
		return nil, err
	}
	if d := grants.Decide(&r); !d.Allowed {
		a.refusal = func(string) error { return fault.Denied("%s", d.Message(&r)) }
		return nil, s.deny(a, a.action, d, "*")
	}
	account, ok := principal.AccountOf(longPrefix, in.AccessKeyID)
	if !ok {
		account, ok = accountOf(in.AccessKeyID)
	}
	if !ok {
		return nil, fault.InvalidField("AccessKeyId", "%q is no access key ID of this server", in.AccessKeyID)
	}
	return &sts.GetAccessKeyInfoOutput{Account: &account}, nil
}

// GetCallerIdentity tells who signed. No policy can deny it.
func (s *Service) GetCallerIdentity(_ context.Context, c op.Caller, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
	return &sts.GetCallerIdentityOutput{Account: &c.Account, ARN: &c.Principal, UserID: &c.ID}, nil
}

// optional is an output's member that may be missing.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
