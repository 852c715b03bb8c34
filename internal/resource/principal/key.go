package principal

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Key is an access key of a user or role, without its secret.
type Key struct {
	ID        string
	Account   string
	Holder    string // name of the user or role
	Active    bool
	CreatedAt time.Time

	kind kind // of the holder
}

// An access key ID has 20 characters, as in AWS: a prefix, 40 bits of account
// and 40 bits at random, in base 32. The account is no secret; having it in the
// ID means that a key is read in its own tenant and nowhere else.
const (
	keyPrefix    = "AKIA"
	accountBytes = 5 // 10^12 < 2^40
	randomBytes  = 5
	secretBytes  = 30 // 40 characters of base 64
	keyLength    = len(keyPrefix) + (accountBytes+randomBytes)*8/5

	accountDigits = 12
)

// Mint makes an access key ID of an account and a secret access key, and stores
// neither. Validation when account is no account ID.
func Mint(account string) (id, secret string, err error) {
	return MintKey(keyPrefix, account)
}

// MintKey is Mint for an ID of another prefix of four letters, such as ASIA of
// temporary keys.
func MintKey(prefix, account string) (id, secret string, err error) {
	if err := checkAccount(account); err != nil {
		return "", "", err
	}
	n, err := strconv.ParseUint(account, 10, 8*accountBytes)
	if err != nil {
		return "", "", err
	}
	raw := make([]byte, accountBytes+randomBytes)
	for i := range accountBytes {
		raw[i] = byte(n >> (8 * (accountBytes - 1 - i)))
	}
	rand.Read(raw[accountBytes:])
	var random [secretBytes]byte
	rand.Read(random[:])
	return prefix + base32.StdEncoding.EncodeToString(raw), base64.StdEncoding.EncodeToString(random[:]), nil
}

// accountOf is AccountOf for IDs of long-term keys.
func accountOf(id string) (account string, ok bool) { return AccountOf(keyPrefix, id) }

// AccountOf reads the account out of an access key ID of a prefix of four
// letters; ok is false for what can be no ID of ours. It asks nobody whether
// there is such a key.
func AccountOf(prefix, id string) (account string, ok bool) {
	digits, found := strings.CutPrefix(id, prefix)
	if !found || len(id) != keyLength {
		return "", false
	}
	var raw [accountBytes + randomBytes]byte
	if got, err := base32.StdEncoding.Decode(raw[:], []byte(digits)); err != nil || got != len(raw) { // the decoder skips line ends
		return "", false
	}
	var n uint64
	for _, b := range raw[:accountBytes] {
		n = n<<8 | uint64(b)
	}
	return accountNumber(n)
}

// accountNumber is the account ID of a number: it is read on every request.
func accountNumber(n uint64) (account string, ok bool) {
	var digits [accountDigits]byte
	for i := range digits {
		digits[len(digits)-1-i] = byte('0' + n%10)
		n /= 10
	}
	return string(digits[:]), n == 0
}
