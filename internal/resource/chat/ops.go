package chat

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/attachment"
	"github.com/parleyhq/parley/internal/resource/plugin"
	"github.com/parleyhq/parley/internal/resource/retriever"
)

// Service answers the chat operations.
type Service struct {
	DB          *store.DB
	Apps        *application.Service
	Jobs        *job.Queue
	Pages       *page.Tokens
	Documents   Documents
	Attachments *attachment.Service
	Plugins     Plugins
	Planner     plan.Planner
	Model       llm.Model      // that answers; nil: answers are quotes
	Sees        bool           // it can look at images
	NewID       func() string  // a UUID in lower case
	Zone        *time.Location // in which people mean "tomorrow"
	Now         func() time.Time
	Quotas      Quotas
	Done        func(Told) // counts turns; nil: nobody does

	// Licensed makes sure that a person's subscription gives at least a tier
	// (subscription.Service). Its errors: a LicenseNotFound, and a
	// ResourceNotFound when there is no such application. nil: everyone may.
	Licensed func(ctx context.Context, c op.Caller, application string, p op.Person, least api.SubscriptionType) error

	crowd crowd
}

// Quotas bound what is answered. Zero means the default.
type Quotas struct {
	Media int // bytes of what GetMedia returns; default 4,000,000, beyond any image that can be attached
	Turns int // that a server answers one user at once; default 64, beyond what a person can read
}

func (q Quotas) media() int { return cmp.Or(q.Media, 4_000_000) }
func (q Quotas) turns() int { return cmp.Or(q.Turns, 64) }

// Documents is what a retriever.Service does for a turn.
type Documents interface {
	// Searchable reports whether there is anything to search. The error is a
	// Validation of a filter that cannot be applied.
	Searchable(tx *store.Tx, c op.Caller, application string, filter *api.AttributeFilter) (bool, error)
	// Gather finds what a person may see. Errors: an AccessDenied, a Throttling.
	Gather(ctx context.Context, c op.Caller, q retriever.Quest) ([]retriever.Piece, error)
	// Visible returns which of documents a person may see now.
	Visible(tx *store.Tx, c op.Caller, application string, u application.EndUser, documents []retriever.Known) (map[retriever.Known]bool, error)
	// Groups are those that a person is in by what was put into indexes.
	Groups(tx *store.Tx, c op.Caller, application string, u application.EndUser) ([]string, error)
}

// Plugins is what a plugin.Service does for a turn.
type Plugins interface {
	// Lives are the plugins of an application that can be used now.
	Lives(ctx context.Context, c op.Caller, application string) ([]*plugin.Live, error)
	// Live is a plugin that can be used now. It is a fault when it is missing,
	// disabled, not READY, or without actions.
	Live(ctx context.Context, c op.Caller, application, id string) (*plugin.Live, error)
	// Call calls an action for a user. The Outcome has an answer, or a challenge:
	// then nothing was done. Errors: a fault and an *action.ArgumentError, when
	// nothing was sent; an *outbound.RefusedError, likewise; a
	// *remote.StatusError and a *remote.UnreachableError.
	Call(ctx context.Context, c op.Caller, user, conversation string, l *plugin.Live, a *openapi.Action, args action.Args) (*plugin.Outcome, error)
	// Respond takes the user's authChallengeResponse. Errors are those of Call.
	Respond(ctx context.Context, c op.Caller, user, conversation string, l *plugin.Live, response map[string]string) error
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.HandleStream(r, api.Chat, s.Chat)
	op.HandleTokens(r, api.ChatSync, s.ChatSync)
	op.Handle(r, api.DeleteConversation, s.Delete)
	op.Handle(r, api.GetMedia, s.GetMedia)
	op.Handle(r, api.ListConversations, s.List)
	op.Handle(r, api.ListMessages, s.ListMessages)
	op.Handle(r, api.PutFeedback, s.PutFeedback)
}

// ChatSync answers one message, confirmation or sign-in of a user.
func (s *Service) ChatSync(ctx context.Context, c op.Caller, in *api.ChatSyncInput) (*api.ChatSyncOutput, error) {
	r, err := newRequest(c, in)
	if err != nil {
		return nil, err
	}
	if err := s.introduce(ctx, r); err != nil {
		return nil, err
	}
	leave, err := s.admit(r)
	if err != nil {
		return nil, err
	}
	defer leave()
	return s.talk(ctx, r, &voice{})
}

// maxPage is the most entries on a page of the lists here, and as many as a
// page has unless the caller asks for fewer.
const maxPage = 100

// List returns the user's conversations, the newest first, page by page.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListConversationsInput) (*api.ListConversationsOutput, error) {
	o, u, err := s.user(ctx, c, in.ApplicationID, application.Named{User: in.UserID})
	if err != nil {
		return nil, err
	}
	window, err := s.Pages.Window(page.ScopeOf(api.ListConversations.Route, c, o.application, o.user), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	if err := s.licensed(ctx, c, in.ApplicationID, u.Person, forConversations); err != nil {
		return nil, err
	}
	var found []*conversation
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		found, err = listConversations(tx, o, window.After, window.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListConversationsOutput{Conversations: []api.Conversation{}}
	found, out.NextToken, err = page.Cut(window, found, func(v *conversation) (time.Time, string) { return v.Started, v.conversation })
	for _, v := range found {
		out.Conversations = append(out.Conversations, v.summary())
	}
	return out, err
}

// ListMessages returns a conversation's messages, the newest first, page by page.
func (s *Service) ListMessages(ctx context.Context, c op.Caller, in *api.ListMessagesInput) (*api.ListMessagesOutput, error) {
	o, u, err := s.user(ctx, c, in.ApplicationID, application.Named{User: in.UserID})
	if err != nil {
		return nil, err
	}
	p := place{o, in.ConversationID}
	window, err := s.Pages.Window(page.ScopeOf(api.ListMessages.Route, c, p.application, p.user, p.conversation), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	if err := s.licensed(ctx, c, in.ApplicationID, u.Person, forConversations); err != nil {
		return nil, err
	}
	out := &api.ListMessagesOutput{Messages: []api.Message{}}
	var found []message
	var visible seen
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		if err := shown(tx, p); err != nil {
			return err
		}
		if found, err = listMessages(tx, p, window.After, window.Limit); err != nil {
			return err
		}
		found, out.NextToken, err = page.Cut(window, found, func(m message) (time.Time, string) { return m.Sent, m.ID })
		if err != nil {
			return err
		}
		visible, err = s.visible(tx, c, in.ApplicationID, u, found)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, m := range found {
		out.Messages = append(out.Messages, m.show(visible))
	}
	return out, nil
}

// Delete removes a conversation at once, and leaves what it consists of to a
// job.
func (s *Service) Delete(ctx context.Context, c op.Caller, in *api.DeleteConversationInput) (*api.DeleteConversationOutput, error) {
	o, u, err := s.user(ctx, c, in.ApplicationID, application.Named{User: in.UserID})
	if err != nil {
		return nil, err
	}
	p := place{o, in.ConversationID}
	if err := s.licensed(ctx, c, in.ApplicationID, u.Person, forConversations); err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		v, err := find(tx, p)
		if err != nil {
			return err
		}
		if v.Turn != nil && !v.dead(tx.Now()) {
			return busy(v.conversation)
		}
		return s.drop(tx, p)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteConversationOutput{}, nil
}

// find returns a conversation, or a ResourceNotFound. That of another user is
// not there.
func find(tx *store.Tx, p place) (*conversation, error) {
	v, err := loadConversation(tx, p)
	if errors.Is(err, store.ErrNoRows) {
		return nil, unheardOf(p)
	}
	return v, err
}

// shown is a ResourceNotFound of a conversation that is not to be seen: also while it
// has no messages yet.
func shown(tx *store.Tx, p place) error {
	v, err := find(tx, p)
	if err == nil && !v.begun() {
		err = unheardOf(p)
	}
	return err
}

func unheardOf(p place) error {
	return fault.NotFound("conversation", p.conversation, "You have no conversation with ID %s in application %s.", p.conversation, p.application)
}

func busy(id string) error {
	return fault.Conflicts("conversation", id, "A message of the conversation %s is still being answered. Wait for that answer, then try again.", id)
}
