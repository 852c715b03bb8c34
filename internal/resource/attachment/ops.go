package attachment

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// Service reads attached files, and answers the operations on them.
type Service struct {
	DB    *store.DB
	Apps  *application.Service
	Pages *page.Tokens
	NewID func() string // a UUID in lower case
	Now   func() time.Time

	// Extract reads a document (fence.Fence); nil: this process does. Its errors
	// are those of extract.Extract.
	Extract func(ctx context.Context, data []byte, name string, t extract.Type, l extract.Limits) (*extract.Document, error)
	// Patience is how long one file may take; zero: half a minute.
	Patience time.Duration
	// Memory is how many bytes of stored files turns hold at once; zero: 256 MiB.
	Memory int64
	// Licensed makes sure that a person's subscription gives at least a tier
	// (subscription.Service). Its errors: a LicenseNotFound, and a
	// ResourceNotFound when there is no such application. nil: everyone may.
	Licensed func(ctx context.Context, c op.Caller, application string, p op.Person, least api.SubscriptionType) error

	opening sync.Once // of the next
	room    *semaphore.Weighted
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.ListAttachments, s.List)
	op.Handle(r, api.DeleteAttachment, s.Delete)
}

// maxPage is the most files on a page of the list (model), and as many as a page
// has unless the caller asks for fewer.
const maxPage = 100

// List returns the user's files, the newest first, page by page: of one
// conversation if it is named, and otherwise of all of them. A conversation that is
// not the user's has none.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListAttachmentsInput) (*api.ListAttachmentsOutput, error) {
	p, person, err := s.user(ctx, c, in.ApplicationID, in.UserID)
	if err != nil {
		return nil, err
	}
	if in.ConversationID != nil {
		p.Conversation = *in.ConversationID
	}
	window, err := s.Pages.Window(page.ScopeOf(api.ListAttachments.Route, c, p.Application, p.User, p.Conversation), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	if err := s.licensed(ctx, c, in.ApplicationID, person); err != nil {
		return nil, err
	}
	var found []File
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		found, err = list(tx, p, window.After, window.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListAttachmentsOutput{Attachments: []api.Attachment{}}
	found, out.NextToken, err = page.Cut(window, found, func(f File) (time.Time, string) { return f.Created, f.ID })
	for _, f := range found {
		out.Attachments = append(out.Attachments, f.listed())
	}
	return out, err
}

// Delete removes a file from a conversation: the turns that begin from now on do
// not know it. One that is being answered goes on with what it has read, as the
// model declares no Conflict.
func (s *Service) Delete(ctx context.Context, c op.Caller, in *api.DeleteAttachmentInput) (*api.DeleteAttachmentOutput, error) {
	p, person, err := s.user(ctx, c, in.ApplicationID, in.UserID)
	if err != nil {
		return nil, err
	}
	p.Conversation = in.ConversationID
	if err := s.licensed(ctx, c, in.ApplicationID, person); err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		there, err := remove(tx, p, in.AttachmentID)
		if err == nil && !there {
			err = absent(p, in.AttachmentID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteAttachmentOutput{}, nil
}

// absent is the answer for another user's file too.
func absent(p Place, id string) error {
	return fault.NotFound("attachment", id, "You have no attachment with ID %s in a conversation %s of application %s.", id, p.Conversation, p.Application)
}

// user is whose files a request means. Applications without users keep none: that
// is an AccessDenied, and so is a user whom the caller may not speak for.
func (s *Service) user(ctx context.Context, c op.Caller, app string, named *string) (p Place, person op.Person, err error) {
	var u application.EndUser
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		u, err = s.Apps.Known(tx, c, app, application.Named{User: named})
		return err
	})
	return Place{Tenant: c.Tenant(), Application: app, User: u.Key()}, u.Person, err
}

// licensed makes sure that the user has a subscription: every tier has attachments
// (user guide, "Amazon Q Business subscription tiers and index types").
func (s *Service) licensed(ctx context.Context, c op.Caller, application string, p op.Person) error {
	if s.Licensed == nil {
		return nil
	}
	return s.Licensed(ctx, c, application, p, api.SubscriptionTypeQLite)
}
