package principal

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Service answers the operations of IAM, finds who a key belongs to, and gathers
// the policies that speak for a caller. It is safe for concurrent use and must not
// be copied.
type Service struct {
	DB    *store.DB
	Keys  *seal.Keys // seals the secrets
	Pages *page.Tokens
	Now   func() time.Time

	opened  secrets
	read    readings
	noted   notes
	known   store.Memo[string, credential] // by access key
	granted store.Memo[identity, policy.Set]
	roles   store.Memo[string, *Role] // by ARN
	users   store.Memo[string, *User] // likewise
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	s.mountUsers(r)
	s.mountRoles(r)
	s.mountPolicies(r)
	s.mountProviders(r)
}

func (s *Service) mountUsers(r *op.Registry) {
	op.Handle(r, iam.CreateUser, s.CreateUser)
	op.Handle(r, iam.GetUser, s.GetUser)
	op.Handle(r, iam.ListUsers, s.ListUsers)
	op.Handle(r, iam.UpdateUser, s.UpdateUser)
	op.Handle(r, iam.DeleteUser, s.DeleteUser)
	op.Handle(r, iam.TagUser, s.TagUser)
	op.Handle(r, iam.UntagUser, s.UntagUser)
	op.Handle(r, iam.ListUserTags, s.ListUserTags)
	op.Handle(r, iam.PutUserPermissionsBoundary, s.PutUserBoundary)
	op.Handle(r, iam.DeleteUserPermissionsBoundary, s.DeleteUserBoundary)
	op.Handle(r, iam.PutUserPolicy, s.PutUserPolicy)
	op.Handle(r, iam.GetUserPolicy, s.GetUserPolicy)
	op.Handle(r, iam.ListUserPolicies, s.ListUserPolicies)
	op.Handle(r, iam.DeleteUserPolicy, s.DeleteUserPolicy)
	op.Handle(r, iam.AttachUserPolicy, s.AttachUserPolicy)
	op.Handle(r, iam.DetachUserPolicy, s.DetachUserPolicy)
	op.Handle(r, iam.ListAttachedUserPolicies, s.ListAttachedUserPolicies)
	op.Handle(r, iam.CreateAccessKey, s.CreateAccessKey)
	op.Handle(r, iam.ListAccessKeys, s.ListAccessKeys)
	op.Handle(r, iam.UpdateAccessKey, s.UpdateAccessKey)
	op.Handle(r, iam.DeleteAccessKey, s.DeleteAccessKey)
	op.Handle(r, iam.GetAccessKeyLastUsed, s.GetAccessKeyLastUsed)
	op.Handle(r, iam.ListGroupsForUser, s.ListGroupsForUser)
}

func (s *Service) mountRoles(r *op.Registry) {
	op.Handle(r, iam.CreateRole, s.CreateRole)
	op.Handle(r, iam.GetRole, s.GetRole)
	op.Handle(r, iam.ListRoles, s.ListRoles)
	op.Handle(r, iam.UpdateRole, s.UpdateRole)
	op.Handle(r, iam.UpdateRoleDescription, s.UpdateRoleDescription)
	op.Handle(r, iam.DeleteRole, s.DeleteRole)
	op.Handle(r, iam.UpdateAssumeRolePolicy, s.UpdateTrust)
	op.Handle(r, iam.TagRole, s.TagRole)
	op.Handle(r, iam.UntagRole, s.UntagRole)
	op.Handle(r, iam.ListRoleTags, s.ListRoleTags)
	op.Handle(r, iam.PutRolePermissionsBoundary, s.PutRoleBoundary)
	op.Handle(r, iam.DeleteRolePermissionsBoundary, s.DeleteRoleBoundary)
	op.Handle(r, iam.PutRolePolicy, s.PutRolePolicy)
	op.Handle(r, iam.GetRolePolicy, s.GetRolePolicy)
	op.Handle(r, iam.ListRolePolicies, s.ListRolePolicies)
	op.Handle(r, iam.DeleteRolePolicy, s.DeleteRolePolicy)
	op.Handle(r, iam.AttachRolePolicy, s.AttachRolePolicy)
	op.Handle(r, iam.DetachRolePolicy, s.DetachRolePolicy)
	op.Handle(r, iam.ListAttachedRolePolicies, s.ListAttachedRolePolicies)
	op.Handle(r, iam.ListInstanceProfilesForRole, s.ListInstanceProfiles)
}

func (s *Service) mountPolicies(r *op.Registry) {
	op.Handle(r, iam.CreatePolicy, s.CreatePolicy)
	op.Handle(r, iam.GetPolicy, s.GetPolicy)
	op.Handle(r, iam.ListPolicies, s.ListPolicies)
	op.Handle(r, iam.DeletePolicy, s.DeletePolicy)
	op.Handle(r, iam.CreatePolicyVersion, s.CreatePolicyVersion)
	op.Handle(r, iam.GetPolicyVersion, s.GetPolicyVersion)
	op.Handle(r, iam.ListPolicyVersions, s.ListPolicyVersions)
	op.Handle(r, iam.DeletePolicyVersion, s.DeletePolicyVersion)
	op.Handle(r, iam.SetDefaultPolicyVersion, s.SetDefaultPolicyVersion)
	op.Handle(r, iam.TagPolicy, s.TagPolicy)
	op.Handle(r, iam.UntagPolicy, s.UntagPolicy)
	op.Handle(r, iam.ListPolicyTags, s.ListPolicyTags)
	op.Handle(r, iam.ListEntitiesForPolicy, s.ListEntitiesForPolicy)
	op.Handle(r, iam.SimulateCustomPolicy, s.SimulateCustomPolicy)
	op.Handle(r, iam.SimulatePrincipalPolicy, s.SimulatePrincipalPolicy)
	op.Handle(r, iam.GetContextKeysForCustomPolicy, s.GetContextKeysForCustomPolicy)
	op.Handle(r, iam.GetContextKeysForPrincipalPolicy, s.GetContextKeysForPrincipalPolicy)
}

func (s *Service) mountProviders(r *op.Registry) {
	op.Handle(r, iam.CreateOpenIDConnectProvider, s.CreateOIDCProvider)
	op.Handle(r, iam.GetOpenIDConnectProvider, s.GetOIDCProvider)
	op.Handle(r, iam.ListOpenIDConnectProviders, s.ListOIDCProviders)
	op.Handle(r, iam.DeleteOpenIDConnectProvider, s.DeleteOIDCProvider)
	op.Handle(r, iam.AddClientIDToOpenIDConnectProvider, s.AddClientID)
	op.Handle(r, iam.RemoveClientIDFromOpenIDConnectProvider, s.RemoveClientID)
	op.Handle(r, iam.UpdateOpenIDConnectProviderThumbprint, s.UpdateThumbprints)
	op.Handle(r, iam.TagOpenIDConnectProvider, s.TagOIDCProvider)
	op.Handle(r, iam.UntagOpenIDConnectProvider, s.UntagOIDCProvider)
	op.Handle(r, iam.ListOpenIDConnectProviderTags, s.ListOIDCProviderTags)
	op.Handle(r, iam.CreateSAMLProvider, s.CreateSAMLProvider)
	op.Handle(r, iam.GetSAMLProvider, s.GetSAMLProvider)
	op.Handle(r, iam.ListSAMLProviders, s.ListSAMLProviders)
	op.Handle(r, iam.UpdateSAMLProvider, s.UpdateSAMLProvider)
	op.Handle(r, iam.DeleteSAMLProvider, s.DeleteSAMLProvider)
	op.Handle(r, iam.TagSAMLProvider, s.TagSAMLProvider)
	op.Handle(r, iam.UntagSAMLProvider, s.UntagSAMLProvider)
	op.Handle(r, iam.ListSAMLProviderTags, s.ListSAMLProviderTags)
}

// bearer is a pointer to a type of entity that policies speak for.
type bearer[E any] interface {
	kept[E]
	identity() *Identity
	guard() error // refuses changes to one that only a service may change
}

func (i *Identity) identity() *Identity { return i }

func (*User) guard() error { return nil }

func (r *Role) guard() error {
	if strings.HasPrefix(r.Path, reservedPath) {
		return refusal("UnmodifiableEntityException",
			"Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", []any{r.Name})
	}
	return nil
}

// create writes a new entity. taken is the refusal when the account has one of
// its name.
func create[E any, P kept[E]](tx *store.Tx, p P, taken error) error {
	e := p.entity()
	_, err := get[E, P](tx, e.Account, e.Name)
	switch {
	case err == nil:
		return taken
	case !errors.Is(err, store.ErrNoRows):
		return err
	}
	n, err := count(tx, e.Account, p.kind())
	if err != nil {
		return err
	}
	if q := quotas[p.kind()]; n >= q.most {
		return quotaExceeded(q.name, q.most)
	}
	return insert[E](tx, p)
}

// find reads a user or role; NoSuchEntity when there is none of that name.
func find[E any, P kept[E]](tx *store.Tx, account, name string) (P, error) {
	p, err := get[E, P](tx, account, name)
	if err != nil {
		return nil, missing(err, noSuchEntity("The %s with name %s cannot be found.", p.kind(), name))
	}
	return p, nil
}

// change runs fn on a user or role, and keeps what it made of it.
func change[E any, P kept[E]](ctx context.Context, s *Service, c op.Caller, name string, fn func(tx *store.Tx, p P) error) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := find[E, P](tx, c.Account, name)
		if err != nil {
			return err
		}
		if err := fn(tx, p); err != nil {
			return err
		}
		return put[E](tx, p)
	})
}

// alter is change for one that may be changed by its account.
func alter[E any, P bearer[E]](ctx context.Context, s *Service, c op.Caller, name string, fn func(tx *store.Tx, p P) error) error {
	return change(ctx, s, c, name, func(tx *store.Tx, p P) error {
		if err := p.guard(); err != nil {
			return err
		}
		return fn(tx, p)
	})
}

// view runs fn on a user or role that is read.
func view[E any, P kept[E]](ctx context.Context, s *Service, c op.Caller, name string, fn func(tx *store.Tx, p P) error) error {
	return s.DB.View(ctx, func(tx *store.Tx) error {
		p, err := find[E, P](tx, c.Account, name)
		if err != nil {
			return err
		}
		return fn(tx, p)
	})
}
