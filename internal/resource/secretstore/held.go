package secretstore

import (
	"bytes"
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
)

// held is what a version holds: a letter for its kind, then its bytes. It prints
// as nothing of itself.
type held []byte

const (
	kindString = 's'
	kindBinary = 'b'
)

// newHeld is what a request wants kept, or nil when it gives neither kind.
func newHeld(text *string, binary []byte) (held, error) {
	switch {
	case text != nil && binary != nil:
		return nil, invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret: give SecretString or SecretBinary.")
	case text != nil && len(*text) > maxHeld:
		return nil, invalidParameter("SecretString: the text has %d bytes; at most %d are allowed.", len(*text), maxHeld)
	case text != nil:
		return append(held{kindString}, *text...), nil
	case binary != nil:
		return append(held{kindBinary}, binary...), nil
	}
	return nil, nil
}

func (h held) equal(other held) bool {
	return bytes.Equal(h[:1], other[:1]) && subtle.ConstantTimeCompare(h, other) == 1
}

// text is the bytes, of whichever kind.
func (h held) text() string { return string(h[1:]) }

// fill puts what is held into the member of its kind.
func (h held) fill(out *secretsmanager.GetSecretValueOutput) {
	if h[0] == kindBinary {
		out.SecretBinary = h[1:]
		return
	}
	text := h.text()
	out.SecretString = &text
}

// Format keeps secrets out of messages, whatever the verb.
func (held) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "secretstore.held(hidden)") }
