package chat

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// Chat answers one message, confirmation or sign-in of a user, and tells of the
// answer while it comes. An error after the first event ends the stream; the
// conversation goes on all the same.
func (s *Service) Chat(ctx context.Context, c op.Caller, in *api.ChatInput, d Duplex) error {
	said, err := collect(ctx, in, d)
	if err != nil {
		return err
	}
	if c.Token, err = tokenOf(c.Token, said); err != nil {
		return err
	}
	r, err := newRequest(c, said)
	if err != nil {
		return inEvents(err)
	}
	ctx, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	go func() {
		if err := silent(ctx, d); err != nil {
			leave(err)
		}
	}()
	v := &voice{send: d.Send}
	out, err := s.talk(ctx, r, v)
	if late := context.Cause(ctx); fault.Is(late, fault.Validation) {
		return late
	}
	if err != nil {
		return inEvents(err)
	}
	return v.end(ctx, out)
}

// silent waits until a client that has ended its input closes its side. The error
// is a Validation when it says more instead.
func silent(ctx context.Context, d Duplex) error {
	for {
		event, err := d.Receive(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if f := fault.As(err); f != nil && f.Code == fault.Validation {
				return f
			}
			return nil // the client is gone: Send finds out
		}
		if name := nameOf(event); name != "" {
			return fault.InvalidField(name, "comes after the endOfInputEvent: send it in a new request")
		}
	}
}

// tokenOf is the idempotency token of a Chat: the same is meant by it when the same
// was said, through whichever of the two operations.
func tokenOf(t *op.Token, said *api.ChatSyncInput) (*op.Token, error) {
	if t == nil {
		return nil, nil
	}
	bare := *said
	bare.ClientToken = nil
	b, err := json.Marshal(&bare)
	if err != nil {
		return nil, err
	}
	own := *t
	own.Input = sha256.Sum256(b)
	return &own, nil
}
