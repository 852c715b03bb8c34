package chat

import (
	"context"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/guard"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/attachment"
	"github.com/parleyhq/parley/internal/resource/chatcontrol"
	"github.com/parleyhq/parley/internal/resource/plugin"
)

// talk answers a request of whom introduce has found: it is a ChatSync, and what a Chat
// tells of while it goes on. A token that was answered before is answered the same, but for sources that the
// person may not see any more, and v told nothing.
func (s *Service) talk(ctx context.Context, r *request, v *voice) (*api.ChatSyncOutput, error) {
	kept, err := s.recall(ctx, r)
	if kept != nil || err != nil {
		return s.again(ctx, r, kept, err)
	}
	leave, err := s.room(ctx, r)
	if err != nil {
		return nil, err
	}
	defer leave()
	t, err := s.prepare(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, t); err != nil {
		return nil, err
	}
	began := s.Now()
	e := s.drive(ctx, t, v)
	out, err := s.finish(ctx, t, e, v.begun())
	s.tally(t, e, began)
	return out, err
}

// turn is a turn, from its preparation on.
type turn struct {
	*request

	setting setting
	tools   []plan.Tool
	of      []*plugin.Live // the plugin of each of tools
	files   []attachment.File

	home   *conversation // as it was when the turn began
	fresh  bool          // home begins with this turn
	user   message
	system string // ID of the system message to be

	said string         // what the planner is asked
	run  *converse.Call // what an earlier turn ended in; nil: the planner begins
	uses string         // the message that run comes from
}

// setting is what an application's administrator has decided about its
// conversations.
type setting struct {
	application.Settings
	chatcontrol.Controls

	style      converse.Style
	rules      guard.Rules
	searchable bool
}

// prepare does what takes time before a turn begins, and refuses what the
// administrator does not allow.
func (s *Service) prepare(ctx context.Context, r *request) (*turn, error) {
	t := &turn{request: r, said: r.message, system: s.NewID(), home: &conversation{place: r.place()}}
	if t.fresh = r.conversation == ""; t.fresh {
		t.home.conversation = s.NewID()
	}
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		t.setting, err = s.heed(tx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := r.allowed(t.setting); err != nil {
		return nil, err
	}
	if err := s.equip(ctx, t); err != nil || len(r.uploads) == 0 {
		return t, err
	}
	t.files, err = s.Attachments.Read(ctx, t.home.files(), r.uploads)
	return t, err
}

// room waits for the memory that the files of a conversation need; with a plugin they
// are not read.
func (s *Service) room(ctx context.Context, r *request) (leave func(), err error) {
	if r.plugins() {
		return func() {}, nil
	}
	return s.Attachments.Room(ctx, r.place().files(), r.uploads)
}

// heed reads what holds for a request.
func (s *Service) heed(tx *store.Tx, r *request) (g setting, err error) {
	if g.Settings, err = s.Apps.Settings(tx, r.caller, r.application); err != nil {
		return g, err
	}
	if g.Controls, err = chatcontrol.Of(tx, r.tenant, r.application); err != nil {
		return g, err
	}
	if g.rules, err = s.rulesFor(tx, r, g.Guard); err != nil || r.plugins() {
		return g, err
	}
	if g.style, err = chatcontrol.StyleOf(tx, r.tenant, r.application); err != nil {
		return g, err
	}
	g.searchable, err = s.Documents.Searchable(tx, r.caller, r.application, r.filter)
	return g, err
}

// rulesFor are the administrator's rules that hold for whom a request is about. Groups
// that were put into an index count beside those of the identity store.
func (s *Service) rulesFor(tx *store.Tx, r *request, c guard.Config) (guard.Rules, error) {
	names, groups := []string{r.who.ID, r.who.Name, r.who.Email}, r.who.Groups
	if len(c.Topics) > 0 {
		more, err := s.Documents.Groups(tx, r.caller, r.application, r.who)
		if err != nil {
			return guard.Rules{}, err
		}
		groups = slices.Concat(groups, more)
	}
	return c.For(slices.DeleteFunc(names, func(name string) bool { return name == "" }), groups), nil
}

// allowed refuses what is switched off.
func (r *request) allowed(g setting) error {
	switch {
	case r.mode == api.ChatModeCreatorMode && !g.Creator:
		return fault.InvalidField("chatMode", "cannot be CREATOR_MODE: the administrator of the application has switched it off. Leave chatMode out, or send RETRIEVAL_MODE")
	case len(r.uploads) > 0 && !g.Attachments:
		return fault.InvalidField("attachments", "cannot be sent: the administrator of the application has switched them off")
	case len(r.uploads) > 0 && !g.Creator:
		return fault.InvalidField("attachments", "cannot be sent: they need the creator mode, which the administrator of the application has switched off")
	}
	return nil
}

// equip finds the actions that the turn may choose from: those of the plugin that
// is meant, or where the server is to decide what helps, those of all plugins.
func (s *Service) equip(ctx context.Context, t *turn) error {
	if t.plugins() {
		live, err := s.Plugins.Live(ctx, t.caller, t.application, t.plugin)
		if err == nil {
			t.bring(live)
		}
		return err
	}
	if !t.orchestrated() {
		return nil
	}
	lives, err := s.Plugins.Lives(ctx, t.caller, t.application)
	t.bring(lives...)
	return err
}

// orchestrated reports whether the server chooses between documents and actions.
// Plugins and files are not used in the same message (user guide, "Using Amazon Q
// Business web experiences").
func (t *turn) orchestrated() bool {
	return t.mode == "" && !t.plugins() && t.full && t.setting.Orchestration && len(t.uploads) == 0
}

// bring takes the actions of plugins that can be called.
func (t *turn) bring(lives ...*plugin.Live) {
	for _, l := range lives {
		for i := range l.Document.Actions {
			if a := &l.Document.Actions[i]; a.Callable && len(t.tools) < maxTools {
				t.tools = append(t.tools, plan.Tool{Plugin: l.Name, Document: l.Document, Action: a})
				t.of = append(t.of, l)
			}
		}
	}
}

// kind is the mode of the turn as the engine has it.
func (t *turn) kind() converse.Mode {
	switch {
	case t.plugins():
		return converse.Plugin
	case t.mode == api.ChatModeCreatorMode:
		return converse.Creator
	case t.mode == api.ChatModeRetrievalMode:
		return converse.Retrieval
	}
	return converse.Orchestrated // without tools: files just attached, or else documents
}

// files is the conversation as its files have it.
func (p place) files() attachment.Place {
	return attachment.Place{Tenant: p.tenant, Application: p.application, User: p.user, Conversation: p.conversation}
}
