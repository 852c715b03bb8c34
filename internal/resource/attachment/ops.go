package attachment

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// Service reads and keeps attached files.
type Service struct {
	DB    *store.DB
	Apps  *application.Service
	Pages *page.Tokens
	NewID func() string // a UUID in lower case
	Now   func() time.Time

	// Extract reads a document (fence.Fence); nil: in this process.
	Extract func(ctx context.Context, data []byte, name string, t extract.Type, l extract.Limits) (*extract.Document, error)
	// Licensed makes sure that a person's subscription gives at least a tier
	// (subscription.Service). nil: everyone may.
	Licensed func(ctx context.Context, c op.Caller, application string, p op.Person, least api.SubscriptionType) error
}

var errSkeleton = errors.New("attachment: not there yet")

// Read reads the files of a message.
func (s *Service) Read(ctx context.Context, p Place, uploads []Upload) ([]File, error) {
	return nil, errSkeleton
}

// Save writes files that were read.
func (s *Service) Save(tx *store.Tx, p Place, files []File) error { return errSkeleton }

// Of returns the readable files of a conversation, the newest first.
func (s *Service) Of(tx *store.Tx, p Place) ([]File, error) { return nil, errSkeleton }

// Media is one image.
func Media(tx *store.Tx, p Place, id string) (File, error) { return File{}, errSkeleton }

// RemoveParts removes up to limit rows of a conversation that is gone.
func RemoveParts(tx *store.Tx, p Place, limit int) (more bool, err error) { return false, errSkeleton }

// PurgeApplication removes up to limit rows of an application that is being
// deleted.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	return false, errSkeleton
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {}
