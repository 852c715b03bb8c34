package identitycenter

import (
	"context"
	"log/slog"

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
// sign-in page. It is safe for concurrent use.
type Service struct {
	DB      *store.DB
	Keys    *seal.Keys // seals assertions, requests of the sign-in page and the signing key
	Jobs    *job.Queue
	Pages   *page.Tokens
	Replays *replay.Book
	People  *people.Service
	Tokens  *oidc.Verifier // of trusted token issuers
	Log     *slog.Logger

	// Grants are the policies that speak for a caller (principal.Service.Grants).
	Grants func(ctx context.Context, c op.Caller) (policy.Set, error)

	// PublicURL is where browsers reach this server, and the issuer of its ID
	// tokens. Without one the issuer is named as AWS does, and publishes nothing.
	PublicURL string
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	s.People.Mount(r)
}

// Work registers the jobs.
func (s *Service) Work() {}
