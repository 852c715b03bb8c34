package session

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Bounds of a session (AssumeRole).
const (
	minLife = 15 * time.Minute
	maxLife = 12 * time.Hour // of a role
	// maxPacked bounds what session policies and tags take in a token, in bytes.
	// The service does not publish its own figure; with this one a token passes
	// the proxies that take 8 KiB for a header.
	maxPacked = 4 << 10
)

// Grant is what a session is made of.
type Grant struct {
	Role       principal.Role
	User       *principal.User // of a session of a user, in the place of Role; nil: it is of a role
	Name       string
	Tags       map[string]string   // of the session, over those of the role
	Transitive []string            // keys of Tags that sessions begun by this one take along
	Keys       map[string][]string // condition keys beside the tags
	Limits     []string            // session policies: JSON documents, or ARNs of managed policies
	Person     *op.Person          // for whom the session speaks, or nil; its groups are left out
	Life       time.Duration       // up to 12 hours, and 36 of a user
}

// Credentials are what signs the requests of a session.
type Credentials struct {
	AccessKeyID string
	Secret      string
	Token       string
	Expires     time.Time // a whole second
}

// Mint begins a session. It asks nobody whether it may.
//
// PackedPolicyTooLargeException when policies and tags are too large together.
func (s *Service) Mint(g Grant) (Credentials, error) {
	t := g.ticket()
	if most := t.longest(); g.Life <= 0 || g.Life > most {
		return Credentials{}, fmt.Errorf("session: a session lasts up to %s, not %s", most, g.Life)
	}
	if size := g.packed(); size > maxPacked {
		return Credentials{}, &fault.Error{Code: packedPolicyTooLarge, Message: fmt.Sprintf(
			"Packed size of session policy and tags consumes %d%% of allotted space. Pass fewer or shorter ones.", percent(size))}
	}
	id, secret, err := principal.MintKey(keyPrefix, g.account())
	if err != nil {
		return Credentials{}, err
	}
	now := s.Now()
	expires := now.Add(g.Life).Truncate(time.Second).UTC()
	t.Secret, t.Issued, t.Expires, t.Keys = secret, now.UnixMicro(), expires.UnixMicro(), sessionKeys(g.Keys, now)
	token, err := s.seal(id, t)
	return Credentials{AccessKeyID: id, Secret: secret, Token: token, Expires: expires}, err
}

// ticket is what the token of the session will say, but what it gets when it begins.
func (g *Grant) ticket() *ticket {
	t := &ticket{Name: g.Name, Tags: g.Tags, Transitive: g.Transitive, Limits: g.Limits, Person: personOf(g.Person)}
	if g.User != nil {
		t.User, t.UserID = g.User.ARN(), g.User.ID
	} else {
		t.Role, t.RoleID = g.Role.ARN(), g.Role.ID
	}
	return t
}

func (g *Grant) account() string {
	if g.User != nil {
		return g.User.Account
	}
	return g.Role.Account
}

// longest is how long a session of the kind may last.
func (t *ticket) longest() time.Duration {
	if t.User != "" {
		return maxUser
	}
	return maxLife
}

// sessionKeys are the condition keys that every session carries, beside its own
// (IAM user guide, reference_policies_condition-keys).
func sessionKeys(own map[string][]string, now time.Time) map[string][]string {
	keys := map[string][]string{}
	maps.Copy(keys, own)
	keys["aws:TokenIssueTime"] = []string{now.UTC().Format(time.RFC3339)}
	keys["aws:MultiFactorAuthPresent"] = []string{"false"}
	return keys
}

// packed is what session policies and tags take in the token, in bytes; nothing
// without any.
func (g *Grant) packed() int {
	if len(g.Tags)+len(g.Limits) == 0 {
		return 0
	}
	b, _ := json.Marshal(struct { //nolint:errchkjson // strings in lists and maps
		Tags       map[string]string `json:"tags,omitempty"`
		Transitive []string          `json:"transitive,omitempty"`
		Limits     []string          `json:"limits,omitempty"`
	}{g.Tags, g.Transitive, g.Limits})
	return len(b)
}

// percent is a packed size as answers have it, rounded up.
func percent(size int) int32 { return int32((100*size + maxPacked - 1) / maxPacked) }

// over puts tags over those there are. The case of a key means nothing (IAM user
// guide, id_tags). Neither map is changed.
func over(held, tags map[string]string) map[string]string {
	switch {
	case len(tags) == 0:
		return held
	case len(held) == 0:
		return tags
	}
	merged := maps.Clone(tags)
	for key, value := range held {
		if !hasFold(tags, key) {
			merged[key] = value
		}
	}
	return merged
}

func hasFold(tags map[string]string, key string) bool {
	if _, ok := tags[key]; ok {
		return true
	}
	for k := range tags {
		if sameKey(k, key) {
			return true
		}
	}
	return false
}

// sameKey reports whether two tag keys are one. Conditions compare keys in lower
// case (engine/policy), in which İ is an i; EqualFold knows it not.
func sameKey(a, b string) bool {
	return strings.EqualFold(a, b) || folded(a) == folded(b)
}

func folded(key string) string { return strings.ToLower(key) }
