// Package principal is the IAM of every account: users, roles, access keys,
// managed and inline policies, permissions boundaries, identity providers, and
// the operations of AWS IAM on them.
//
// It owns what these may look like, and the rows iam_entity, iam_attachment,
// iam_policy_version, iam_metadata and iam_key. Their tenant is the account
// alone, without the Region that other families have: identities are global in
// AWS, and a key is found by the account that its ID carries, so that looking one
// up reads one row of one tenant. It answers who a long-term key stands for
// (Service.Find), and which policies speak for a caller (Service.Grants).
//
// It does not decide on requests (edge/access), but for those that
// SimulatePrincipalPolicy and its like only suppose, nor read policies
// (engine/policy), nor make sessions (resource/session), nor know the root
// credential (edge/access).
//
// Rules: the IAM API reference and the IAM user guide, whose pages are cited by
// the last part of their address. Where IAM's words for a refusal are known, they
// are used.
package principal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// A kind is what an entity is, as its row and its ARN have it.
type kind string

// The kinds there are.
const (
	userKind   kind = "user"
	roleKind   kind = "role"
	policyKind kind = "policy"
	oidcKind   kind = "oidc-provider"
	samlKind   kind = "saml-provider"
)

// prefixes of unique IDs (reference_identifiers, "Understanding unique ID
// prefixes"). A SAML provider's has none.
var prefixes = map[kind]string{userKind: "AIDA", roleKind: "AROA", policyKind: "ANPA"}

// Entity is what everything in IAM has. Names are unique among the entities of
// a kind in an account, whatever their case and path.
type Entity struct {
	Account   string            `json:"-"`    // 12 digits
	Path      string            `json:"path"` // "/" or "/…/"
	Name      string            `json:"name"`
	ID        string            `json:"id"` // one that is made again has another
	Tags      map[string]string `json:"tags,omitempty"`
	CreatedAt time.Time         `json:"-"`

	key string // its row's name
}

func (e *Entity) entity() *Entity { return e }

// arn names the entity, as a statement of a policy does.
func (e *Entity) arn(k kind) string {
	return "arn:" + op.Partition + ":iam::" + e.Account + ":" + string(k) + e.Path + e.Name
}

// Identity is an entity that policies speak for.
type Identity struct {
	Entity
	Boundary string            `json:"boundary,omitempty"` // ARN of its permissions boundary
	Inline   map[string]string `json:"inline,omitempty"`   // its own policies: JSON documents by name
}

// User is an IAM user.
type User struct{ Identity }

func (*User) kind() kind { return userKind }

// ARN names the user.
func (u User) ARN() string { return u.arn(userKind) }

// Role is an IAM role.
type Role struct {
	Identity
	Description string        `json:"description,omitempty"`
	Trust       string        `json:"trust,omitempty"`      // its trust policy, JSON; empty: nobody may assume it
	MaxSession  time.Duration `json:"maxSession,omitempty"` // of sessions that AssumeRole makes; at least an hour
}

func (*Role) kind() kind { return roleKind }

// ARN names the role.
func (r Role) ARN() string { return r.arn(roleKind) }

// Limits of IAM (user guide, reference_iam-quotas).
const (
	maxPath = 512
	maxTags = 50

	// MaxKeys of a user or role: two, so that one can be replaced while the other
	// works.
	MaxKeys = 2
)

// quotas are how many entities of a kind an account may have.
var quotas = map[kind]struct {
	most int
	name string
}{
	userKind:   {5000, "UsersPerAccount"},
	roleKind:   {1000, "RolesPerAccount"},
	policyKind: {1500, "PoliciesPerAccount"},
	oidcKind:   {100, "OpenIdConnectProvidersPerAccount"},
	samlKind:   {100, "SAMLProvidersPerAccount"},
}

// IsAccount reports whether s is an account ID: 12 digits.
func IsAccount(s string) bool {
	return len(s) == accountDigits && strings.Trim(s, "0123456789") == ""
}

// fold is a name as it is compared.
func fold(name string) string { return strings.ToLower(name) }

// pathOf is the path that a request gives, "/" when it gives none.
func pathOf(given *string) string {
	if given == nil {
		return "/"
	}
	return *given
}

// reservedPath is of roles that services make for themselves.
const reservedPath = "/aws-service-role/"

// checkPath refuses a path that the model lets pass.
func checkPath(path string) error {
	switch {
	case strings.Contains(path, "//"):
		return invalid("The specified value for path is invalid. It must not have two slashes in a row.")
	case strings.HasPrefix(path, reservedPath):
		return invalid("The path prefix %s is reserved for roles that services make for themselves.", reservedPath)
	}
	return nil
}

// newID makes a unique ID: the prefix of its kind and 17 characters.
func newID(k kind) string {
	var random [11]byte
	rand.Read(random[:])
	return prefixes[k] + base32.StdEncoding.EncodeToString(random[:])[:17]
}

// oldID is the unique ID of a role that an earlier version made, which had none.
// It is made of what does not change while the role is there.
func oldID(e *Entity) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", e.Account, e.Name, e.CreatedAt.UnixMicro()))
	return prefixes[roleKind] + base32.StdEncoding.EncodeToString(sum[:11])[:17]
}

// The names that a tool gives are checked here; those of requests are by the
// model.
var (
	nameForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\w+=,.@-]{1,64}$`) })
	pathForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^/([\w+=,.@-]+/)*$`) })
)

// newRole makes a role from its account and its name, which may begin with a
// path: "analysts" or "partners/acme/search".
func newRole(account, name string) (*Role, error) {
	if err := checkAccount(account); err != nil {
		return nil, err
	}
	path := "/"
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		path, name = "/"+strings.TrimPrefix(name[:i+1], "/"), name[i+1:]
	}
	switch {
	case !nameForm().MatchString(name):
		return nil, fault.InvalidField("role", "a role name has 1 to 64 letters, digits and _+=,.@- (and may follow a path, such as partners/search); got %q", name)
	case !pathForm().MatchString(path), len(path) > maxPath:
		return nil, fault.InvalidField("role", "the path of a role has at most %d letters, digits and _+=,.@- between slashes; got %q", maxPath, path)
	}
	r := &Role{MaxSession: time.Hour, Trust: trustOf(account)}
	r.Entity = Entity{Account: account, Path: path, Name: name, ID: newID(roleKind)}
	return r, nil
}

func checkAccount(account string) error {
	if IsAccount(account) {
		return nil
	}
	return fault.InvalidField("account", "an account ID has 12 digits, such as 111122223333; got %q", account)
}

// trustOf is a trust policy that leaves it to an account who may assume a role.
func trustOf(account string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:` + op.Partition + `:iam::` + account + `:root"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
}
