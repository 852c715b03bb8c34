package session

import (
	"strings"

	"github.com/parleyhq/parley/internal/resource/principal"
)

// Prefixes of access key IDs, as in AWS (IAM user guide, reference_identifiers,
// "Unique identifiers").
const (
	keyPrefix  = "ASIA"
	longPrefix = "AKIA"
)

// IsKey reports whether an access key ID says of itself that it is temporary.
func IsKey(accessKeyID string) bool { return strings.HasPrefix(accessKeyID, keyPrefix) }

// accountOf reads the account out of a temporary access key ID.
func accountOf(accessKeyID string) (account string, ok bool) {
	return principal.AccountOf(keyPrefix, accessKeyID)
}
