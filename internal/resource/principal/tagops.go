package principal

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// retag runs fn on an entity, and keeps what it made of it.
func retag[E any, P kept[E]](ctx context.Context, s *Service, find func(tx *store.Tx) (P, error), fn func(e *Entity) error) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := find(tx)
		if err != nil {
			return err
		}
		if err := fn(p.entity()); err != nil {
			return err
		}
		return put[E](tx, p)
	})
}

// listTags tells of the tags of an entity.
func listTags[P interface{ entity() *Entity }](ctx context.Context, s *Service, c op.Caller, route *smithy.Route, p paging, find func(tx *store.Tx) (P, error)) ([]iam.Tag, leaf, error) {
	var e *Entity
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		e, err = entityOf(find(tx))
		return err
	})
	if err != nil {
		return nil, leaf{}, err
	}
	return cut(s, route, c, e.tags(), p, e.ID, e.Name)
}

// byName finds a user or role of the caller's account.
func byName[E any, P kept[E]](c op.Caller, name string) func(tx *store.Tx) (P, error) {
	return func(tx *store.Tx) (P, error) { return find[E, P](tx, c.Account, name) }
}

// TagUser sets tags of a user.
func (s *Service) TagUser(ctx context.Context, c op.Caller, in *iam.TagUserInput) (*iam.TagUserOutput, error) {
	return &iam.TagUserOutput{}, retag(ctx, s, byName[User](c, in.UserName), func(e *Entity) error { return e.tag(in.Tags) })
}

// UntagUser removes tags of a user.
func (s *Service) UntagUser(ctx context.Context, c op.Caller, in *iam.UntagUserInput) (*iam.UntagUserOutput, error) {
	return &iam.UntagUserOutput{}, retag(ctx, s, byName[User](c, in.UserName), func(e *Entity) error { return e.untag(in.TagKeys) })
}

// ListUserTags tells of the tags of a user.
func (s *Service) ListUserTags(ctx context.Context, c op.Caller, in *iam.ListUserTagsInput) (*iam.ListUserTagsOutput, error) {
	tags, rest, err := listTags(ctx, s, c, iam.ListUserTags.Route, paging{in.Marker, in.MaxItems}, byName[User](c, in.UserName))
	return &iam.ListUserTagsOutput{Tags: tags, IsTruncated: rest.truncated, Marker: rest.marker}, err
}

// TagRole sets tags of a role.
func (s *Service) TagRole(ctx context.Context, c op.Caller, in *iam.TagRoleInput) (*iam.TagRoleOutput, error) {
	return &iam.TagRoleOutput{}, retag(ctx, s, byName[Role](c, in.RoleName), func(e *Entity) error { return e.tag(in.Tags) })
}

// UntagRole removes tags of a role.
func (s *Service) UntagRole(ctx context.Context, c op.Caller, in *iam.UntagRoleInput) (*iam.UntagRoleOutput, error) {
	return &iam.UntagRoleOutput{}, retag(ctx, s, byName[Role](c, in.RoleName), func(e *Entity) error { return e.untag(in.TagKeys) })
}

// ListRoleTags tells of the tags of a role.
func (s *Service) ListRoleTags(ctx context.Context, c op.Caller, in *iam.ListRoleTagsInput) (*iam.ListRoleTagsOutput, error) {
	tags, rest, err := listTags(ctx, s, c, iam.ListRoleTags.Route, paging{in.Marker, in.MaxItems}, byName[Role](c, in.RoleName))
	return &iam.ListRoleTagsOutput{Tags: tags, IsTruncated: rest.truncated, Marker: rest.marker}, err
}

// TagPolicy sets tags of a policy.
func (s *Service) TagPolicy(ctx context.Context, c op.Caller, in *iam.TagPolicyInput) (*iam.TagPolicyOutput, error) {
	return &iam.TagPolicyOutput{}, retag(ctx, s, changeable(c, in.PolicyARN), func(e *Entity) error { return e.tag(in.Tags) })
}

// UntagPolicy removes tags of a policy.
func (s *Service) UntagPolicy(ctx context.Context, c op.Caller, in *iam.UntagPolicyInput) (*iam.UntagPolicyOutput, error) {
	return &iam.UntagPolicyOutput{}, retag(ctx, s, changeable(c, in.PolicyARN), func(e *Entity) error { return e.untag(in.TagKeys) })
}

// ListPolicyTags tells of the tags of a policy. AWS's have none.
func (s *Service) ListPolicyTags(ctx context.Context, c op.Caller, in *iam.ListPolicyTagsInput) (*iam.ListPolicyTagsOutput, error) {
	held := changeable(c, in.PolicyARN)
	if _, ok := awsPolicyOf(in.PolicyARN); ok {
		held = func(*store.Tx) (*Policy, error) { return new(Policy), nil }
	}
	tags, rest, err := listTags(ctx, s, c, iam.ListPolicyTags.Route, paging{in.Marker, in.MaxItems}, held)
	return &iam.ListPolicyTagsOutput{Tags: tags, IsTruncated: rest.truncated, Marker: rest.marker}, err
}

// TagOIDCProvider sets tags of an OpenID Connect provider.
func (s *Service) TagOIDCProvider(ctx context.Context, c op.Caller, in *iam.TagOpenIDConnectProviderInput) (*iam.TagOpenIDConnectProviderOutput, error) {
	return &iam.TagOpenIDConnectProviderOutput{}, retag(ctx, s, oidcOf(c, in.OpenIDConnectProviderARN), func(e *Entity) error { return e.tag(in.Tags) })
}

// UntagOIDCProvider removes tags of an OpenID Connect provider.
func (s *Service) UntagOIDCProvider(ctx context.Context, c op.Caller, in *iam.UntagOpenIDConnectProviderInput) (*iam.UntagOpenIDConnectProviderOutput, error) {
	return &iam.UntagOpenIDConnectProviderOutput{}, retag(ctx, s, oidcOf(c, in.OpenIDConnectProviderARN), func(e *Entity) error { return e.untag(in.TagKeys) })
}

// ListOIDCProviderTags tells of the tags of an OpenID Connect provider.
func (s *Service) ListOIDCProviderTags(ctx context.Context, c op.Caller, in *iam.ListOpenIDConnectProviderTagsInput) (*iam.ListOpenIDConnectProviderTagsOutput, error) {
	tags, rest, err := listTags(ctx, s, c, iam.ListOpenIDConnectProviderTags.Route, paging{in.Marker, in.MaxItems}, oidcOf(c, in.OpenIDConnectProviderARN))
	return &iam.ListOpenIDConnectProviderTagsOutput{Tags: tags, IsTruncated: rest.truncated, Marker: rest.marker}, err
}

// TagSAMLProvider sets tags of a SAML provider.
func (s *Service) TagSAMLProvider(ctx context.Context, c op.Caller, in *iam.TagSAMLProviderInput) (*iam.TagSAMLProviderOutput, error) {
	return &iam.TagSAMLProviderOutput{}, retag(ctx, s, samlOf(c, in.SAMLProviderARN), func(e *Entity) error { return e.tag(in.Tags) })
}

// UntagSAMLProvider removes tags of a SAML provider.
func (s *Service) UntagSAMLProvider(ctx context.Context, c op.Caller, in *iam.UntagSAMLProviderInput) (*iam.UntagSAMLProviderOutput, error) {
	return &iam.UntagSAMLProviderOutput{}, retag(ctx, s, samlOf(c, in.SAMLProviderARN), func(e *Entity) error { return e.untag(in.TagKeys) })
}

// ListSAMLProviderTags tells of the tags of a SAML provider.
func (s *Service) ListSAMLProviderTags(ctx context.Context, c op.Caller, in *iam.ListSAMLProviderTagsInput) (*iam.ListSAMLProviderTagsOutput, error) {
	tags, rest, err := listTags(ctx, s, c, iam.ListSAMLProviderTags.Route, paging{in.Marker, in.MaxItems}, samlOf(c, in.SAMLProviderARN))
	return &iam.ListSAMLProviderTagsOutput{Tags: tags, IsTruncated: rest.truncated, Marker: rest.marker}, err
}
