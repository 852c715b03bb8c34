package torture

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/google/go-cmp/cmp"
)

// settle checks the restarted server against what the speaker knows, sends again
// what got no answer, and what did, and checks once more.
func (s *speaker) settle(ctx context.Context) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	if err := s.resolve(ctx); err != nil {
		return err
	}
	if err := s.again(ctx); err != nil {
		return err
	}
	return errors.Join(s.look(ctx), s.counts())
}

// look demands that all conversations are as acknowledged, that those that were
// deleted are gone, and that there are no others. The request without an answer
// may have happened.
func (s *speaker) look(ctx context.Context) error {
	s.happened = nil
	listed, err := s.listed(ctx)
	if err != nil {
		return err
	}
	for _, d := range s.talks {
		doubted := s.doubt != nil && s.doubt.in == d
		switch there := slices.Contains(listed, d.id); {
		case !there && doubted && s.doubt.kind == erasing:
			err = s.vanished(ctx, d)
		case !there:
			err = fmt.Errorf("conversation %s is lost", d.id)
		case doubted && s.doubt.turn():
			s.happened, err = s.inspect(ctx, d, s.doubt)
		default:
			_, err = s.inspect(ctx, d, nil)
		}
		if err != nil {
			return err
		}
	}
	if err := s.unexpected(ctx, listed); err != nil {
		return err
	}
	for _, d := range s.gone[max(0, len(s.gone)-mostDialogues):] {
		if err := s.vanished(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// listed are the IDs of all conversations.
func (s *speaker) listed(ctx context.Context) (ids []string, err error) {
	in := &qbusiness.ListConversationsInput{ApplicationId: &s.app, UserId: &s.name, MaxResults: new(int32(2))}
	for pages := qbusiness.NewListConversationsPaginator(s.api, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range page.Conversations {
			ids = append(ids, *c.ConversationId)
		}
	}
	return ids, nil
}

// unexpected looks for conversations that nobody acknowledged: at most that of the
// request without an answer is there, with its one turn.
func (s *speaker) unexpected(ctx context.Context, listed []string) (err error) {
	for _, id := range listed {
		switch {
		case s.known[id] && !slices.ContainsFunc(s.gone, func(d *dialogue) bool { return d.id == id }):
		case s.doubt == nil || s.doubt.in != nil || s.happened != nil:
			return fmt.Errorf("conversation %s is there, and nobody was told so", id)
		default:
			if s.happened, err = s.inspect(ctx, &dialogue{id: id}, s.doubt); err != nil {
				return err
			}
			if s.happened == nil {
				return fmt.Errorf("conversation %s is empty", id)
			}
		}
	}
	return nil
}

// inspect demands that a conversation has its turns, as they were answered, and its
// files. The doubtful one may be there, and is returned then.
func (s *speaker) inspect(ctx context.Context, d *dialogue, doubt *plea) (happened *turn, err error) {
	var messages []types.Message
	in := &qbusiness.ListMessagesInput{ApplicationId: &s.app, ConversationId: &d.id, UserId: &s.name}
	for pages := qbusiness.NewListMessagesPaginator(s.api, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		messages = append(messages, page.Messages...)
	}
	seen, problem := pairs(d.id, messages)
	if problem == "" {
		happened, problem = judge(d.turns, seen, doubt)
	}
	if problem != "" {
		return nil, fmt.Errorf("conversation %s: %s", d.id, problem)
	}
	there, err := s.attached(ctx, d)
	if err != nil {
		return nil, err
	}
	if want := (&dialogue{turns: seen}).files(); !cmp.Equal(slices.Sorted(slices.Values(want)), there) {
		return nil, fmt.Errorf("conversation %s has the files %q and not %q", d.id, there, want)
	}
	return happened, nil
}

// attached are the names of the files that a conversation has, in order.
func (s *speaker) attached(ctx context.Context, d *dialogue) (names []string, err error) {
	in := &qbusiness.ListAttachmentsInput{ApplicationId: &s.app, ConversationId: &d.id, UserId: &s.name}
	for pages := qbusiness.NewListAttachmentsPaginator(s.api, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range page.Attachments {
			if a.Status != types.AttachmentStatusSuccess {
				return nil, fmt.Errorf("%s is %s", *a.Name, a.Status)
			}
			names = append(names, *a.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// vanished demands that nothing of a conversation can be had, and nothing added.
func (s *speaker) vanished(ctx context.Context, d *dialogue) error {
	_, err := s.api.ListMessages(ctx, &qbusiness.ListMessagesInput{ApplicationId: &s.app, ConversationId: &d.id, UserId: &s.name})
	if !refusedAs(err, "ResourceNotFoundException") {
		return fmt.Errorf("messages of the deleted conversation %s: %w", d.id, err)
	}
	if files, err := s.attached(ctx, d); err != nil || len(files) > 0 {
		return fmt.Errorf("files of the deleted conversation %s: %q (%w)", d.id, files, err)
	}
	err = s.send(ctx, s.rate(d), false)
	if !refusedAs(err, "ResourceNotFoundException") {
		return fmt.Errorf("feedback in the deleted conversation %s: %w", d.id, err)
	}
	return nil
}

// resolve sends the request that got no answer again.
func (s *speaker) resolve(ctx context.Context) error {
	p, happened := s.doubt, s.happened
	if p == nil {
		return nil
	}
	s.doubt, s.happened = nil, nil
	stream := s.random.IntN(2) == 0
	err := s.stage.patiently(ctx, func() error { return s.send(ctx, p, stream) })
	switch {
	case p.kind == erasing && refusedAs(err, "ResourceNotFoundException"):
		return s.take(p)
	case err != nil:
		return fmt.Errorf("%s, which got no answer, sent again: %w", p, err)
	case happened != nil && !cmp.Equal(*happened, p.heard.turn):
		return fmt.Errorf("%s is there, and is answered differently when it is sent again:\n%s", p, cmp.Diff(*happened, p.heard.turn))
	case happened != nil:
		s.whole++
	}
	if err := s.take(p); err != nil || p.kind != confirming {
		return err
	}
	return s.insist(ctx, p)
}

// insist confirms a form that was confirmed, which must be refused.
func (s *speaker) insist(ctx context.Context, done *plea) error {
	p := s.confirm(done.in)
	p.chat.ParentMessageId, p.chat.ActionExecution = done.chat.ParentMessageId, done.chat.ActionExecution
	if err := s.send(ctx, p, p.stream); !refusedAs(err, "ConflictException") {
		return fmt.Errorf("the form of %s, confirmed again, is answered with %w", done.subject, err)
	}
	return nil
}

// again repeats the turns of this round, through the other of the two operations:
// each token must be answered as it was.
func (s *speaker) again(ctx context.Context) error {
	for _, d := range s.talks {
		for _, p := range d.pleas {
			h, err := askFor(ctx, s.api, p.chat, !p.stream)
			if err != nil {
				return fmt.Errorf("%s, sent again with its token: %w", p, err)
			}
			if !cmp.Equal(p.heard.turn, h.turn) {
				return fmt.Errorf("%s is answered differently when it is sent again with its token:\n%s", p, cmp.Diff(p.heard.turn, h.turn))
			}
			s.replayed++
		}
		d.pleas = nil
	}
	return nil
}

// String sums up.
func (n tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d turns (%d files, %d writes), %d ratings and %d deletions acknowledged; ", n.turns, n.files, n.confirmed, n.rated, n.erased)
	fmt.Fprintf(&b, "%d requests without an answer (streams: %d before the IDs, %d before a word, %d in the middle), of which %d had become whole turns; ",
		n.doubtful, n.before, n.waiting, n.midway, n.whole)
	fmt.Fprintf(&b, "%d turns sent again", n.replayed)
	return b.String()
}

// add adds up.
func (n *tally) add(m tally) {
	n.turns, n.files, n.confirmed, n.rated, n.erased = n.turns+m.turns, n.files+m.files, n.confirmed+m.confirmed, n.rated+m.rated, n.erased+m.erased
	n.doubtful, n.before, n.waiting, n.midway, n.whole = n.doubtful+m.doubtful, n.before+m.before, n.waiting+m.waiting, n.midway+m.midway, n.whole+m.whole
	n.replayed += m.replayed
}
