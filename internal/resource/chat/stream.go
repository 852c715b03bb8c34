package chat

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// Chat answers one message, confirmation or sign-in of a user, and tells of the
// answer while it comes. An error after the first event ends the stream; the
// conversation goes on all the same. What comes after the endOfInputEvent is not
// read: clients may leave their side open.
func (s *Service) Chat(ctx context.Context, c op.Caller, in *api.ChatInput, d Duplex) error {
	asker, err := s.greet(ctx, c, in)
	if err != nil {
		return err
	}
	leave, err := s.admit(asker)
	if err != nil {
		return err
	}
	defer leave()
	r, err := s.hear(ctx, c, in, d)
	if err != nil {
		return inEvents(err)
	}
	v := &voice{send: d.Send}
	out, err := s.talk(ctx, r, v)
	if err != nil {
		return inEvents(err)
	}
	return v.end(ctx, out)
}

// greet refuses who may not talk here at all, and a conversation that is not theirs,
// before anything is received: that is still an ordinary answer, which the SDKs know
// as a typed error, and nobody uploads files for nothing.
func (s *Service) greet(ctx context.Context, c op.Caller, in *api.ChatInput) (*request, error) {
	r := &request{
		caller: c, named: application.Named{User: in.UserID, Groups: in.UserGroups},
		conversation: value(in.ConversationID),
	}
	r.tenant, r.application = c.Tenant(), in.ApplicationID
	if err := s.introduce(ctx, r); err != nil || r.conversation == "" {
		return r, err
	}
	return r, s.DB.View(ctx, func(tx *store.Tx) error {
		_, err := find(tx, r.place())
		return err
	})
}

// hear receives what a client has to say. Whoever it is about is found anew: they may
// have taken their time.
func (s *Service) hear(ctx context.Context, c op.Caller, in *api.ChatInput, d Duplex) (*request, error) {
	said, err := collect(ctx, in, d)
	if err != nil {
		return nil, err
	}
	if c.Token, err = tokenOf(c.Token, said); err != nil {
		return nil, err
	}
	r, err := newRequest(c, said)
	if err != nil {
		return nil, err
	}
	return r, s.introduce(ctx, r)
}

// tokenOf is the idempotency token of a Chat: the same is meant by it when the same
// was said, through whichever of the two operations.
func tokenOf(t *op.Token, said *api.ChatSyncInput) (*op.Token, error) {
	if t == nil {
		return nil, nil
	}
	bare := *said
	bare.ClientToken = nil
	b, err := json.Marshal(&bare) //nolint:gosec // the token is left out, and only the digest stays
	if err != nil {
		return nil, err
	}
	own := *t
	own.Input = sha256.Sum256(b)
	return &own, nil
}
