package torture

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/document"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// mostTurns is how long a conversation gets before its talker begins another.
const mostTurns = 12

// talker is a user who asks a plugin for one ticket after another, and confirms
// each. It sends one request at a time.
type talker struct {
	orders

	stage       *stage
	api         *qbusiness.Client
	app, plugin string

	subject      string                    // of the ticket that is asked for now
	form         *qbusiness.ChatSyncOutput // its form, once it was shown
	doubt        *qbusiness.ChatSyncInput  // the request that got no answer, or nil
	conversation *string
	turns        []*qbusiness.ChatSyncOutput // acknowledged, of this conversation

	asked, confirmed, doubtful, refused int
}

// load asks and confirms until a request gets no answer.
func (k *talker) load(ctx context.Context) error {
	for {
		in := k.next()
		out, err := k.send(ctx, in)
		switch {
		case answered(err):
			return fmt.Errorf("%s: %w", k.subject, err)
		case err != nil:
			k.doubt = in
			k.doubtful++
			return nil //nolint:nilerr // a request without an answer is what the round is about
		}
		if err := k.take(in, out); err != nil {
			return err
		}
	}
}

// send sends a copy: the SDK writes into what it sends.
func (k *talker) send(ctx context.Context, in *qbusiness.ChatSyncInput) (*qbusiness.ChatSyncOutput, error) {
	again := *in
	return k.api.ChatSync(ctx, &again)
}

// next is the confirmation of the form, or else the wish for another ticket.
func (k *talker) next() *qbusiness.ChatSyncInput {
	if k.form != nil {
		return k.confirmation("confirm-" + k.subject)
	}
	if len(k.turns) >= mostTurns {
		k.conversation, k.turns = nil, nil
	}
	k.count++
	k.subject = fmt.Sprintf("%s-%d", k.name, k.count)
	in := k.request("ask-" + k.subject)
	in.UserMessage = new(fmt.Sprintf("Create a ticket with the subject %q", k.subject))
	in.ChatMode = types.ChatModePluginMode
	in.ChatModeConfiguration = &types.ChatModeConfigurationMemberPluginConfiguration{Value: types.PluginConfiguration{PluginId: &k.plugin}}
	if len(k.turns) > 0 {
		in.ConversationId, in.ParentMessageId = k.conversation, k.turns[len(k.turns)-1].SystemMessageId
	}
	return in
}

func (k *talker) request(token string) *qbusiness.ChatSyncInput {
	return &qbusiness.ChatSyncInput{ApplicationId: &k.app, UserId: &k.name, ClientToken: &token}
}

func (k *talker) confirmation(token string) *qbusiness.ChatSyncInput {
	in := k.request(token)
	in.ConversationId, in.ParentMessageId = k.form.ConversationId, k.form.SystemMessageId
	in.ActionExecution = &types.ActionExecution{
		PluginId: &k.plugin, PayloadFieldNameSeparator: k.form.ActionReview.PayloadFieldNameSeparator,
		Payload: map[string]types.ActionExecutionPayloadField{"subject": {Value: document.NewLazyDocument(k.subject)}},
	}
	return in
}

// interrupted is what the server says of a write that it does not know of.
const interrupted = "Whether it was carried out is not known"

// take takes an answer for acknowledged.
func (k *talker) take(in *qbusiness.ChatSyncInput, out *qbusiness.ChatSyncOutput) error {
	k.conversation, k.turns = out.ConversationId, append(k.turns, out)
	switch {
	case in.ActionExecution == nil && out.ActionReview == nil:
		return fmt.Errorf("%s: no form, but %q", k.subject, *out.SystemMessage)
	case in.ActionExecution == nil:
		k.asked++
		k.form = out
		return nil
	case strings.Contains(*out.SystemMessage, interrupted):
		k.unknown = append(k.unknown, k.subject)
	default:
		k.confirmed++
		k.done = append(k.done, k.subject)
	}
	k.form = nil
	return nil
}

// settle sends the request that got no answer again, tries to confirm it once
// more, and checks what is kept.
func (k *talker) settle(ctx context.Context) error {
	in, form := k.doubt, k.form
	k.doubt = nil
	if in != nil {
		var out *qbusiness.ChatSyncOutput
		err := k.stage.patiently(ctx, func() (err error) {
			out, err = k.send(ctx, in)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s, which got no answer, sent again: %w", *in.ClientToken, err)
		}
		if err := k.take(in, out); err != nil {
			return err
		}
		if in.ActionExecution != nil {
			if err := k.tryAgain(ctx, form); err != nil {
				return err
			}
		}
	}
	return errors.Join(k.counts(), k.kept(ctx))
}

// tryAgain confirms a form that was confirmed, as a person does who has lost
// patience. It must be refused.
func (k *talker) tryAgain(ctx context.Context, form *qbusiness.ChatSyncOutput) error {
	before := k.form
	k.form = form
	in := k.confirmation("again-" + k.subject)
	k.form = before
	if _, err := k.send(ctx, in); !refusedAs(err, "ConflictException") {
		return fmt.Errorf("the form of %s, confirmed again, is answered with %w", k.subject, err)
	}
	k.refused++
	return nil
}

// kept demands that a conversation consists of the acknowledged turns, each with
// both of its messages as they were answered, and of nothing else.
func (k *talker) kept(ctx context.Context) error {
	if k.conversation == nil {
		return nil
	}
	var got, want []string
	in := &qbusiness.ListMessagesInput{ApplicationId: &k.app, ConversationId: k.conversation, UserId: &k.name}
	for pages := qbusiness.NewListMessagesPaginator(k.api, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, m := range page.Messages {
			text := ""
			if m.Type == types.MessageTypeSystem {
				text = *m.Body
			}
			got = append(got, fmt.Sprint(m.Type, " ", *m.MessageId, " ", text))
		}
	}
	for _, out := range slices.Backward(k.turns) {
		want = append(want, fmt.Sprint("SYSTEM ", *out.SystemMessageId, " ", *out.SystemMessage), fmt.Sprint("USER ", *out.UserMessageId, " "))
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("conversation %s has the messages\n%s\nand not\n%s", *k.conversation, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}
