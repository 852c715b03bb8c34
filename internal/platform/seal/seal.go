// Package seal encrypts secrets at rest and derives keys from the master key.
//
// It owns the master key (a file in the data directory, or given) and every use
// of it: Seal and Open for secrets, MAC for signed tokens, Check for
// recognising the key again. It does not store what it seals, nor decide what
// is a secret: the families that own the rows do.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

const (
	// MasterSize is the length of a master key in bytes.
	MasterSize = 32
	// Overhead is how many bytes Seal adds: the format, a nonce and a tag.
	Overhead = 1 + 12 + 16

	formatV1 = 1 // AES-256-GCM, one HKDF-SHA256 subkey per context
)

var (
	// ErrOpen reports a sealed value that cannot be opened: altered, sealed
	// under another master key, or moved from another place.
	ErrOpen = errors.New("sealed value cannot be opened: it was altered, moved, or sealed under another master key")
	// ErrOtherKey reports a master key that is not the one the data was made with.
	ErrOtherKey = errors.New("the master key is not the one this data was sealed with: " +
		"start with the original master.key file (or its base64 text), or restore the data that belongs to this key")
)

// Keys holds the master key and derives every other key from it. It is safe for
// concurrent use, and prints as nothing of itself.
type Keys struct{ master [MasterSize]byte }

// New makes Keys of a master key of MasterSize bytes.
func New(master []byte) (*Keys, error) {
	if len(master) != MasterSize {
		return nil, fmt.Errorf("the master key must have %d bytes; it has %d", MasterSize, len(master))
	}
	return &Keys{master: [MasterSize]byte(master)}, nil
}

// Random makes Keys that die with the process, for a store that does too.
func Random() *Keys {
	k := &Keys{}
	rand.Read(k.master[:]) // never fails: crypto/rand ends the program instead
	return k
}

// Seal encrypts plain for one place. The context names that place, such as
// "secret/111122223333:us-east-1/1f0c…": only Open with the same context reads
// the result, so that a sealed value moved to another row is refused.
func (k *Keys) Seal(plain []byte, context string) ([]byte, error) {
	aead, err := k.aead(context)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	out := make([]byte, 1, len(plain)+Overhead)
	out[0] = formatV1
	return aead.Seal(out, nil, plain, additional(context)), nil
}

// Open returns what Seal was given. It fails with ErrOpen.
func (k *Keys) Open(sealed []byte, context string) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, ErrOpen
	}
	if sealed[0] != formatV1 {
		return nil, fmt.Errorf("%w (format %d; this version reads %d)", ErrOpen, sealed[0], formatV1)
	}
	aead, err := k.aead(context)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	plain, err := aead.Open(nil, nil, sealed[1:], additional(context))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// aead has its own key for each context, which keeps the number of random
// nonces under any one key far below what GCM allows.
func (k *Keys) aead(context string) (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.subkey("seal", context))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func additional(context string) []byte { return append([]byte{formatV1}, context...) }

// subkey derives 32 bytes for one purpose and name: HKDF-Expand with SHA-256
// (RFC 5869, section 2.3) of one block. The master key is uniformly random, so
// the extract step is left out, as section 3.3 has it.
func (k *Keys) subkey(purpose, name string) []byte {
	h := hmac.New(sha256.New, k.master[:])
	io.WriteString(h, "parley/"+purpose+"/v1\x00"+name+"\x01")
	return h.Sum(nil)
}

// MAC authenticates parts for one purpose: 32 bytes of HMAC-SHA256 under a key
// of that purpose alone. Where one part ends and the next begins counts.
func (k *Keys) MAC(purpose string, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, k.subkey("mac", purpose))
	for _, part := range parts {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write(part)
	}
	return h.Sum(nil)
}

// Check returns a value by which a store can recognise the master key later. It
// tells nothing about the key.
func (k *Keys) Check() string {
	return hex.EncodeToString(k.subkey("check", "")[:16])
}

// Recognise fails with ErrOtherKey when remembered is not this key's Check.
func (k *Keys) Recognise(remembered string) error {
	if subtle.ConstantTimeCompare([]byte(k.Check()), []byte(remembered)) != 1 {
		return ErrOtherKey
	}
	return nil
}

// Format keeps the master key out of every log and message.
func (Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "seal.Keys(hidden)") }
