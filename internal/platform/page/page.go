// Package page makes and reads page tokens.
//
// It owns the nextToken's form: opaque, signed, and good only for the
// operation, caller and filter it was given to. For rows it holds a keyset (the
// key of the last row shown), never an offset. The steps that lists share
// (Window, Cut, Slice) answer another list's token with a ValidationException
// on nextToken; Decode leaves the answer to its caller. The query that
// continues after the keyset is the family's.
package page

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/seal"
)

const (
	// MaxToken is the longest token in characters: the model's bound on
	// nextToken.
	MaxToken = 800
	// MaxKey is how many bytes a keyset may take, each of its parts counting
	// its length and at most two more.
	MaxKey = MaxToken/4*3 - macSize - 1

	macSize  = 16
	formatV1 = 1
	purpose  = "page"
)

var (
	// ErrBad reports a token that this server did not make for this scope, or
	// that was altered.
	ErrBad = errors.New("the page token is not one that this operation, caller and filter were given")
	// ErrTooLong reports a keyset over MaxKey. The family has to order its rows
	// by a shorter key.
	ErrTooLong = errors.New("page: the keyset does not fit into a token")
)

// Scope is what a token is bound to. A token made for one Scope is refused for
// every other.
type Scope struct {
	Operation string
	Tenant    string // op.Caller.Tenant
	Principal string // ARN
	Filter    []string
}

// Tokens makes and reads page tokens. It is safe for concurrent use.
type Tokens struct{ keys *seal.Keys }

// New makes Tokens signed under keys; servers that share keys share tokens.
func New(keys *seal.Keys) *Tokens { return &Tokens{keys} }

// Encode makes a token for the row after key. It fails only with ErrTooLong.
func (t *Tokens) Encode(scope Scope, key []string) (string, error) {
	payload := []byte{formatV1}
	for _, part := range key {
		payload = binary.AppendUvarint(payload, uint64(len(part)))
		payload = append(payload, part...)
	}
	if size := len(payload) - 1; size > MaxKey {
		return "", fmt.Errorf("%w: %d bytes, at most %d", ErrTooLong, size, MaxKey)
	}
	return base64.RawURLEncoding.EncodeToString(append(t.mac(scope, payload), payload...)), nil
}

// Decode returns the key that Encode was given for the same scope. Any other
// token fails with ErrBad.
func (t *Tokens) Decode(scope Scope, token string) ([]string, error) {
	if len(token) > MaxToken {
		return nil, ErrBad
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) <= macSize {
		return nil, ErrBad
	}
	payload := raw[macSize:]
	if subtle.ConstantTimeCompare(raw[:macSize], t.mac(scope, payload)) != 1 || payload[0] != formatV1 {
		return nil, ErrBad
	}
	return split(payload[1:])
}

// mac signs payload for scope.
func (t *Tokens) mac(scope Scope, payload []byte) []byte {
	parts := [][]byte{payload, []byte(scope.Operation), []byte(scope.Tenant), []byte(scope.Principal)}
	for _, f := range scope.Filter {
		parts = append(parts, []byte(f))
	}
	return t.keys.MAC(purpose, parts...)[:macSize:macSize]
}

// split undoes the length-prefixed form.
func split(b []byte) ([]string, error) {
	var key []string
	for len(b) > 0 {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return nil, ErrBad
		}
		key = append(key, string(b[n:n+int(size)]))
		b = b[n+int(size):]
	}
	return key, nil
}
