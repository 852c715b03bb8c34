package op

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// Digest is the SHA-256 of an input without its token.
type Digest [sha256.Size]byte

// Token is an idempotency token as a client sent it. Whoever answers the
// request keeps the answer with it, in the transaction that does the work
// (platform/replay), so that the same request sent again is answered the same
// and done once.
type Token struct {
	Operation   string // of a neighbour with its service; and, after a slash, the account of a caller who is not of the owner's
	Application string // empty for operations above applications
	Value       string
	Input       Digest
}

// ErrReplayed says that the answer to this token was kept by another request
// while this one was being served. A function returns it as it is; Call then
// answers what was kept.
var ErrReplayed = errors.New("op: this token was answered meanwhile")

// once answers a request that carries a token: from what was kept, or by
// calling the operation.
func (r *Registry) once(ctx context.Context, c Caller, h handler, in any) (any, error) {
	if out, found, err := r.replay(ctx, c, h); found || err != nil {
		return out, err
	}
	out, err := h.call(ctx, c, in)
	if !errors.Is(err, ErrReplayed) {
		return out, err
	}
	out, found, err := r.replay(ctx, c, h)
	if err == nil && !found {
		err = fmt.Errorf("op: the answer kept for a token of %s is gone", h.route.Name)
	}
	return out, err
}

func (r *Registry) replay(ctx context.Context, c Caller, h handler) (out any, found bool, err error) {
	kept, found, err := r.Replays.Find(ctx, c, *c.Token)
	if err != nil || !found {
		return nil, false, err
	}
	if kept.Input != c.Token.Input {
		return nil, true, fault.Conflicts("clientToken", c.Token.Value,
			"The clientToken %s was used before with other parameters. Send a new token with a new request, or the same parameters with this one.", c.Token.Value)
	}
	out = h.output()
	if err := json.Unmarshal(kept.Answer, out); err != nil {
		return nil, true, fmt.Errorf("op: kept answer: %w", err)
	}
	return out, true, nil
}

// tokenOf reads the idempotency token of an input, if it has one. Accounts that
// call with the resources of one choose their tokens without knowing of each
// other.
func tokenOf(c Caller, route *smithy.Route, in any) *Token {
	m := route.Token()
	if m == nil {
		return nil
	}
	v := reflect.ValueOf(in).Elem()
	sent := v.Field(m.Field)
	if sent.IsNil() || sent.Elem().String() == "" {
		return nil
	}
	bare := reflect.New(v.Type())
	bare.Elem().Set(v)
	bare.Elem().Field(m.Field).SetZero()
	operation := route.Name
	if route.Service != "qbusiness" {
		operation = route.Action() // CreateApplication is one of IAM Identity Center too
	}
	if c.Account != c.Owns() {
		operation += "/" + c.Account
	}
	return &Token{
		Operation:   operation,
		Application: label(route.Input, in, "applicationId"),
		Value:       sent.Elem().String(),
		Input:       digest(bare.Interface()),
	}
}

// digest hashes an input. encoding/json sorts map keys, so equal inputs have
// equal digests.
func digest(in any) Digest {
	b, err := json.Marshal(in)
	if err != nil {
		panic(fmt.Sprintf("op: inputs are plain data, yet: %v", err)) // a validated input always marshals
	}
	return sha256.Sum256(b)
}
