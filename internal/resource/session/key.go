package session

import "strings"

// keyPrefix begins the ID of every temporary access key, as in AWS
// (reference_identifiers, "Unique identifiers").
const keyPrefix = "ASIA"

// IsKey reports whether an access key ID says of itself that it is temporary.
func IsKey(accessKeyID string) bool { return strings.HasPrefix(accessKeyID, keyPrefix) }
