package chat

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/attachment"
	"github.com/parleyhq/parley/internal/resource/retriever"
)

// drive lets a turn go on to its end, and tells of it. A turn stops when the client
// leaves, unless it has a write to send.
func (s *Service) drive(ctx context.Context, t *turn, v *voice) *ending {
	life, stop := context.WithTimeout(t.life(ctx), turnTime)
	defer stop()
	e := &ending{}
	tell := func(event converse.Event) {
		e.take(event, s.Now)
		if v.event(ctx, event) != nil && t.write() == "" {
			stop() // nobody listens any more
		}
	}
	if v.begin(ctx, t) != nil && t.write() == "" {
		stop()
	}
	for move := s.first(life, t); ; move = s.next(life, t, move.Next, tell) {
		for _, event := range move.Events {
			tell(event)
		}
		if move.Next == nil {
			return e
		}
	}
}

// life is the context that a turn ends with, beside its time.
func (t *turn) life(ctx context.Context) context.Context {
	if t.write() == "" {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// first begins the machine of a turn.
func (s *Service) first(ctx context.Context, t *turn) converse.Move {
	machine := t.machine(s)
	err := s.DB.View(ctx, func(tx *store.Tx) error { return s.remember(tx, t, machine) })
	if err != nil {
		return failure(converse.Failure{Cause: err})
	}
	if t.run == nil {
		return machine.Ask()
	}
	if t.response != nil {
		live := t.of[t.run.Tool]
		if err := s.Plugins.Respond(ctx, t.caller, t.owner.user, t.home.conversation, live, t.response); err != nil {
			return failure(t.explain(ctx, err, converse.Call{Tool: t.run.Tool}))
		}
	}
	return machine.Run(*t.run)
}

// machine is the turn as the engine has it, without what was said and shown before.
func (t *turn) machine(s *Service) *converse.Turn {
	g := &t.setting
	m := &converse.Turn{
		Turn: plan.Turn{Now: t.user.Sent.In(s.Zone), Message: t.said, Tools: t.tools},
		Mode: t.kind(), Model: s.Model != nil, Blind: !s.Sees, Searchable: g.searchable,
		General: g.Scope == api.ResponseScopeExtendedKnowledgeEnabled || t.mode == api.ChatModeCreatorMode,
		Guard:   g.rules, Style: g.style,
		Check: g.Hallucination && len(t.tools) == 0, // not with orchestration or plugins (user guide, "Using global controls")
	}
	if g.Personal && !t.who.Anonymous {
		m.Person = converse.Person{Name: t.who.Name, Email: t.who.Email, Attributes: t.who.Profile}
	}
	return m
}

// remember tells a turn what was said and attached before.
func (s *Service) remember(tx *store.Tx, t *turn, m *converse.Turn) (err error) {
	m.Files = filesOf(t.files, true)
	if t.fresh {
		return nil
	}
	m.Summary = t.home.Summary.Text
	if m.History, err = s.history(tx, t); err != nil || t.plugins() {
		return err
	}
	before, err := s.Attachments.Of(tx, t.home.files())
	m.Files = append(m.Files, filesOf(before, false)...)
	return err
}

// filesOf are those files that could be read.
func filesOf(files []attachment.File, isNew bool) (read []converse.File) {
	for _, f := range files {
		if f.Failed != nil {
			continue
		}
		file := converse.File{ID: f.ID, Name: f.Name, Text: f.Text, New: isNew}
		if len(f.Image) > 0 {
			file.Image = &llm.Image{MediaType: f.MediaType, Data: f.Image}
		}
		read = append(read, file)
	}
	return read
}

// next does what the machine wants done.
func (s *Service) next(ctx context.Context, t *turn, effect converse.Effect, tell func(converse.Event)) converse.Move {
	switch effect := effect.(type) {
	case *converse.Decide:
		decision, err := s.Planner.Decide(ctx, effect.Turn)
		if err != nil {
			return effect.Failed(unsaid(ctx, err))
		}
		return effect.Decided(decision)
	case *converse.Invoke:
		return s.call(ctx, t, effect)
	case *converse.Search:
		return s.search(ctx, t, effect)
	case *converse.Generate:
		return s.generate(ctx, effect, tell)
	}
	return converse.Move{}
}

func (s *Service) call(ctx context.Context, t *turn, e *converse.Invoke) converse.Move {
	out, err := s.Plugins.Call(ctx, t.caller, t.owner.user, t.home.conversation, t.of[e.Tool], t.tools[e.Tool].Action, e.Args)
	if err != nil {
		return e.Failed(t.explain(ctx, err, e.Call))
	}
	if out.Challenge != "" {
		return e.SignIn(out.Challenge)
	}
	return e.Answered(converse.Answer{
		Status: out.Answer.Status, MediaType: out.Answer.MediaType, Body: out.Answer.Body, Size: out.Answer.Size,
		Truncated: out.Answer.Truncated, Binary: out.Answer.Binary, RequestID: out.Answer.RequestID,
	})
}

// search finds what the person may see at this moment.
func (s *Service) search(ctx context.Context, t *turn, e *converse.Search) converse.Move {
	q := retriever.Quest{Application: t.application, Asker: t.who, Query: e.Query, Filter: t.filter, Limit: e.Limit}
	if e.Only != nil {
		q.Only = make([]retriever.Source, len(e.Only))
	}
	for i, only := range e.Only {
		q.Only[i] = retriever.Source{Index: only.Index, ID: only.ID}
	}
	found, err := s.Documents.Gather(ctx, t.caller, q)
	if err != nil {
		return e.Failed(unfound(ctx, err))
	}
	passages := make([]cite.Passage, len(found))
	for i := range found {
		p := &found[i]
		passages[i] = cite.Passage{
			Document: p.ID, Index: p.Index, DataSource: p.Source, Title: p.Title, URL: p.Link(), Updated: p.UpdatedAt,
			Text: p.Text, Begin: p.Begin, End: p.End, Score: p.Score,
		}
	}
	return e.Found(passages)
}

// generate asks the language model, and tells of its answer as it comes.
func (s *Service) generate(ctx context.Context, g *converse.Generate, tell func(converse.Event)) converse.Move {
	for event, err := range s.Model.Stream(ctx, g.Request) {
		if err != nil {
			return g.Failed(unsaid(ctx, err))
		}
		for _, said := range g.Said(event) {
			tell(said)
		}
		if g.Enough() {
			break
		}
	}
	return g.Ended()
}

func failure(f converse.Failure) converse.Move { return converse.Move{Events: []converse.Event{f}} }
