package identitycenter

import (
	"context"
	"sync"
	"time"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/api/ssooidc"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
)

// Service answers the operations of sso-admin and sso-oauth, and the requests of the
// sign-in page. It is safe for concurrent use and must not be copied.
type Service struct {
	DB      *store.DB
	Keys    *seal.Keys // seals assertions, requests of the sign-in page and the signing key
	Jobs    *job.Queue
	Pages   *page.Tokens
	Replays *replay.Book
	People  *people.Service
	Tokens  *oidc.Verifier // of trusted token issuers
	NewID   func() string  // a UUID
	Now     func() time.Time

	// Grants are the policies that speak for a caller (principal.Service.Grants).
	Grants func(ctx context.Context, c op.Caller) (policy.Set, error)

	// PublicURL is where browsers reach this server, and the issuer of its ID
	// tokens. Without one the issuer is named as AWS does, and publishes nothing.
	PublicURL string

	// Denied is told of every refusal by a policy: the action, and what kind of policy
	// refused it. Nil: nobody is.
	Denied func(action, layer string)

	mu  sync.Mutex
	key *oidc.Key // that signs ID tokens, once it was read
}

// Mount registers the operations, with those of the identity store.
func (s *Service) Mount(r *op.Registry) {
	s.People.Mount(r)
	op.Handle(r, ssooidc.CreateTokenWithIAM, s.CreateToken)
	op.Handle(r, ssoadmin.ListInstances, s.ListInstances)
	op.Handle(r, ssoadmin.DescribeInstance, s.DescribeInstance)
	op.Handle(r, ssoadmin.CreateApplication, s.CreateApplication)
	op.Handle(r, ssoadmin.DescribeApplication, s.DescribeApplication)
	op.Handle(r, ssoadmin.ListApplications, s.ListApplications)
	op.Handle(r, ssoadmin.UpdateApplication, s.UpdateApplication)
	op.Handle(r, ssoadmin.DeleteApplication, s.DeleteApplication)
	op.Handle(r, ssoadmin.PutApplicationAuthenticationMethod, s.PutAuthenticationMethod)
	op.Handle(r, ssoadmin.GetApplicationAuthenticationMethod, s.GetAuthenticationMethod)
	op.Handle(r, ssoadmin.ListApplicationAuthenticationMethods, s.ListAuthenticationMethods)
	op.Handle(r, ssoadmin.DeleteApplicationAuthenticationMethod, s.DeleteAuthenticationMethod)
	op.Handle(r, ssoadmin.PutApplicationGrant, s.PutGrant)
	op.Handle(r, ssoadmin.GetApplicationGrant, s.GetGrant)
	op.Handle(r, ssoadmin.ListApplicationGrants, s.ListGrants)
	op.Handle(r, ssoadmin.DeleteApplicationGrant, s.DeleteGrant)
	op.Handle(r, ssoadmin.PutApplicationAccessScope, s.PutScope)
	op.Handle(r, ssoadmin.GetApplicationAccessScope, s.GetScope)
	op.Handle(r, ssoadmin.ListApplicationAccessScopes, s.ListScopes)
	op.Handle(r, ssoadmin.DeleteApplicationAccessScope, s.DeleteScope)
	op.Handle(r, ssoadmin.PutApplicationAssignmentConfiguration, s.PutAssignmentConfiguration)
	op.Handle(r, ssoadmin.GetApplicationAssignmentConfiguration, s.GetAssignmentConfiguration)
	op.Handle(r, ssoadmin.CreateApplicationAssignment, s.CreateAssignment)
	op.Handle(r, ssoadmin.DeleteApplicationAssignment, s.DeleteAssignment)
	op.Handle(r, ssoadmin.DescribeApplicationAssignment, s.DescribeAssignment)
	op.Handle(r, ssoadmin.ListApplicationAssignments, s.ListAssignments)
	op.Handle(r, ssoadmin.CreateTrustedTokenIssuer, s.CreateIssuer)
	op.Handle(r, ssoadmin.DescribeTrustedTokenIssuer, s.DescribeIssuer)
	op.Handle(r, ssoadmin.ListTrustedTokenIssuers, s.ListIssuers)
	op.Handle(r, ssoadmin.UpdateTrustedTokenIssuer, s.UpdateIssuer)
	op.Handle(r, ssoadmin.DeleteTrustedTokenIssuer, s.DeleteIssuer)
}
