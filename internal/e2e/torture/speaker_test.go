package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/document"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// mostDialogues is how many conversations a speaker keeps before one is deleted.
const mostDialogues = 3

// speaker is a user who talks about documents, attaches files, orders tickets, says
// what they think of answers, and deletes conversations: one request at a time.
type speaker struct {
	orders

	stage       *stage
	api         *qbusiness.Client // that can stream
	app, plugin string
	random      *rand.Rand

	asked    int         // requests
	talks    []*dialogue // that are there, as acknowledged
	gone     []*dialogue // that were deleted, as acknowledged
	known    map[string]bool
	doubt    *plea // the request that got no answer, or nil
	happened *turn // that came of it, as it is seen

	tally
}

// tally counts what happened to speakers.
type tally struct {
	turns, files, confirmed, rated, erased   int // acknowledged
	doubtful, before, waiting, midway, whole int // without an answer; of these streams: before the IDs, before a word, in the middle; and those that had happened
	replayed                                 int
}

// dialogue is a conversation, as it was acknowledged.
type dialogue struct {
	id       string
	turns    []turn
	pleas    []*plea           // for its turns of this round
	subject  string            // of the ticket that the form shown last is about
	comments map[string]string // by message
}

// last is what the next turn follows.
func (d *dialogue) last() *turn { return &d.turns[len(d.turns)-1] }

// files are the names of all that was attached.
func (d *dialogue) files() (names []string) {
	for _, t := range d.turns {
		names = append(names, t.Files...)
	}
	return names
}

// next is what the speaker feels like.
func (s *speaker) next() *plea {
	var d *dialogue
	if len(s.talks) > 0 && s.random.IntN(8) > 0 {
		d = s.talks[s.random.IntN(len(s.talks))]
	}
	n := s.random.IntN(12)
	switch {
	case len(s.talks) > mostDialogues:
		return s.erase(s.talks[0])
	case d == nil:
		return s.ask(nil, n%2 == 0)
	case len(d.turns) >= mostTurns || n == 0:
		return s.erase(d)
	case d.subject != "" && n < 9:
		return s.confirm(d)
	case n == 1:
		return s.rate(d)
	case n < 4:
		return s.wish(d)
	}
	return s.ask(d, n < 6)
}

func (s *speaker) fresh() string {
	s.asked++
	return fmt.Sprintf("%s-%d", s.name, s.asked)
}

// turn is the plea for a turn that says something.
func (s *speaker) turn(k kind, d *dialogue, text string) *plea {
	p := newPlea(k)
	p.in, p.stream = d, s.random.IntN(2) == 0
	p.chat = qbusiness.ChatSyncInput{ApplicationId: &s.app, UserId: &s.name, ClientToken: new("t-" + s.fresh())}
	if text != "" {
		p.chat.UserMessage = &text
	}
	if d != nil {
		p.chat.ConversationId, p.chat.ParentMessageId = &d.id, &d.last().System
	}
	return p
}

// ask asks about a document, about a file that is attached now or was before, or
// about nothing in particular.
func (s *speaker) ask(d *dialogue, attach bool) *plea {
	switch n := s.random.IntN(4); {
	case attach:
		bird := "parrot" + strings.ReplaceAll(s.fresh(), "-", "x") + "x" // no name is the beginning of another
		p := s.turn(asking, d, "Which colour has the "+bird+"?")
		p.cites = bird + ".txt"
		p.chat.Attachments = []types.AttachmentInput{{Name: &p.cites, Data: []byte("The bird " + bird + " is green, and its wings are blue.")}}
		return p
	case d != nil && len(d.files()) > 0 && n == 0:
		file := pick(s.random, d.files())
		p := s.turn(asking, d, "Which colour has the "+strings.TrimSuffix(file, ".txt")+"?")
		p.cites = file
		return p
	case n == 1:
		p := s.turn(asking, d, "Make up a story of a bird.")
		p.chat.ChatMode = types.ChatModeCreatorMode
		return p
	}
	bird := canary(s.random.IntN(canaries))
	p := s.turn(asking, d, "In which mine does the "+bird+" sing?")
	p.chat.ChatMode, p.cites = types.ChatModeRetrievalMode, "About "+bird
	return p
}

// wish wishes for a ticket.
func (s *speaker) wish(d *dialogue) *plea {
	s.count++
	subject := fmt.Sprintf("%s-%d", s.name, s.count)
	p := s.turn(wishing, d, fmt.Sprintf("Create a ticket with the subject %q", subject))
	p.chat.ChatMode, p.subject = types.ChatModePluginMode, subject
	p.chat.ChatModeConfiguration = &types.ChatModeConfigurationMemberPluginConfiguration{Value: types.PluginConfiguration{PluginId: &s.plugin}}
	return p
}

func (s *speaker) confirm(d *dialogue) *plea {
	p := s.turn(confirming, d, "")
	p.subject = d.subject
	p.chat.ActionExecution = &types.ActionExecution{
		PluginId: &s.plugin, PayloadFieldNameSeparator: new("."),
		Payload: map[string]types.ActionExecutionPayloadField{"subject": {Value: document.NewLazyDocument(d.subject)}},
	}
	return p
}

func (s *speaker) rate(d *dialogue) *plea {
	p := newPlea(rating)
	p.in, p.comment = d, "comment-"+s.fresh()
	return p
}

func (s *speaker) erase(d *dialogue) *plea {
	p := newPlea(erasing)
	p.in = d
	return p
}

// load talks until a request gets no answer.
func (s *speaker) load(ctx context.Context) error {
	for {
		p := s.next()
		err := s.send(ctx, p, p.stream)
		switch {
		case answered(err), errors.Is(err, errUnended):
			return fmt.Errorf("%s: %w", p, err)
		case err != nil:
			s.doubt = p
			s.note(p)
			return nil //nolint:nilerr // a request without an answer is what the round is about
		}
		if err := s.take(p); err != nil {
			return err
		}
	}
}

// note counts where the server died.
func (s *speaker) note(p *plea) {
	s.doubtful++
	switch {
	case !p.stream:
	case p.heard.System == "":
		s.before++
	case p.heard.told.Len() == 0:
		s.waiting++
	default:
		s.midway++
	}
}

// send sends a plea; of a turn, what is heard of it stays with the plea.
func (s *speaker) send(ctx context.Context, p *plea, stream bool) (err error) {
	switch p.kind {
	case erasing:
		_, err = s.api.DeleteConversation(ctx, &qbusiness.DeleteConversationInput{ApplicationId: &s.app, UserId: &s.name, ConversationId: &p.in.id})
	case rating:
		_, err = s.api.PutFeedback(ctx, &qbusiness.PutFeedbackInput{
			ApplicationId: &s.app, UserId: &s.name, ConversationId: &p.in.id, MessageId: &p.in.last().System,
			MessageUsefulness: &types.MessageUsefulnessFeedback{Usefulness: types.MessageUsefulnessUseful, Comment: &p.comment, SubmittedAt: new(someday())},
		})
	case asking, wishing, confirming:
		p.heard, err = askFor(ctx, s.api, p.chat, stream)
	}
	return err
}

// take takes the answer to a plea for acknowledged.
func (s *speaker) take(p *plea) error {
	switch p.kind {
	case erasing:
		s.erased++
		s.talks = slices.DeleteFunc(s.talks, func(d *dialogue) bool { return d == p.in })
		s.gone = append(s.gone, p.in)
		return nil
	case rating:
		s.rated++
		p.in.comments[p.in.last().System] = p.comment
		return nil
	case asking, wishing, confirming:
	}
	h, d := p.heard, p.in
	if d == nil {
		d = &dialogue{id: h.Conversation, comments: map[string]string{}}
		s.talks, s.known[d.id] = append(s.talks, d), true
	}
	s.turns, s.files = s.turns+1, s.files+len(h.Files)
	d.turns, d.pleas, d.subject = append(d.turns, h.turn), append(d.pleas, p), ""
	switch {
	case h.Conversation != d.id:
		return fmt.Errorf("%s was answered in another conversation", p)
	case p.kind == wishing && h.Form != s.plugin:
		return fmt.Errorf("%s: no form, but %q", p, h.Text)
	case p.kind == wishing:
		d.subject = p.subject
	case p.kind == confirming && strings.Contains(h.Text, interrupted):
		s.unknown = append(s.unknown, p.subject)
	case p.kind == confirming:
		s.confirmed++
		s.done = append(s.done, p.subject)
	default:
		return p.whole()
	}
	return nil
}
