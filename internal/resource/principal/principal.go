// Package principal keeps who may sign requests, beside the root credential of
// the server: roles of any account, their tags, and their access keys.
//
// It owns what a role and a key may look like, and the rows roles and
// access_keys. Their tenant is the account alone, without the Region that other
// families have: identities are global in AWS, and a key is found by the account
// that its ID carries, so that looking one up reads one row of one tenant.
//
// It does not decide what a principal may do, nor does it know the root
// credential: that is edge/access.
package principal

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// Role is a principal of an account. Its name is unique in the account whatever
// its path, as in IAM.
type Role struct {
	Account    string // 12 digits
	Path       string // "/" or "/…/"
	Name       string
	ID         string // AROA…; a role that is made again has another
	Tags       map[string]string
	Trust      string        // its trust policy, JSON
	Boundary   string        // ARN of its permissions boundary, or ""
	MaxSession time.Duration // of sessions that AssumeRole makes
	CreatedAt  time.Time
}

// ARN names the role, as a statement of a policy does.
func (r Role) ARN() string {
	return fmt.Sprintf("arn:%s:iam::%s:role%s%s", op.Partition, r.Account, r.Path, r.Name)
}

// Limits of IAM (user guide, "IAM and AWS STS quotas", and CreateRole). The
// characters of a path are those that the Principal of a permission admits.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
	maxPath     = 512
	// MaxKeys of a role: two, so that one can be replaced while the other works.
	MaxKeys = 2
)

// No package variable is written after this.
var (
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	nameForm    = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	pathForm    = regexp.MustCompile(`^/([\w+=,.@-]+/)*$`)
)

// IsAccount reports whether s is an account ID: 12 digits.
func IsAccount(s string) bool { return accountForm.MatchString(s) }

// newRole makes a role from its account and its name, which may begin with a
// path: "analysts" or "partners/acme/search".
func newRole(account, name string) (Role, error) {
	if err := checkAccount(account); err != nil {
		return Role{}, err
	}
	path := "/"
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		path, name = "/"+strings.TrimPrefix(name[:i+1], "/"), name[i+1:]
	}
	switch {
	case !nameForm.MatchString(name):
		return Role{}, fault.InvalidField("role", "a role name has 1 to 64 letters, digits and _+=,.@- (and may follow a path, such as partners/search); got %q", name)
	case !pathForm.MatchString(path), len(path) > maxPath:
		return Role{}, fault.InvalidField("role", "the path of a role has at most %d letters, digits and _+=,.@- between slashes; got %q", maxPath, path)
	}
	return Role{Account: account, Path: path, Name: name}, nil
}

func checkAccount(account string) error {
	if IsAccount(account) {
		return nil
	}
	return fault.InvalidField("account", "an account ID has 12 digits, such as 111122223333; got %q", account)
}

// tag sets tags over those that the role has.
func (r *Role) tag(tags map[string]string) error {
	merged := make(map[string]string, len(r.Tags)+len(tags))
	held := make(map[string]string, len(r.Tags)+len(tags)) // by lower case: IAM tells keys apart without it
	for k, v := range r.Tags {
		merged[k], held[strings.ToLower(k)] = v, k
	}
	for k, v := range tags {
		if err := checkTag(k, v); err != nil {
			return err
		}
		if old, ok := held[strings.ToLower(k)]; ok && old != k {
			return fault.InvalidField("tags", "the tag keys %q and %q differ in letter case only, which IAM does not tell apart", old, k)
		}
		merged[k], held[strings.ToLower(k)] = v, k
	}
	if len(merged) > maxTags {
		return fault.Quota("role", r.Name, "A role has at most %d tags; %s would have %d.", maxTags, r.Name, len(merged))
	}
	r.Tags = merged
	return nil
}

func checkTag(key, value string) error {
	switch n := utf8.RuneCountInString(key); {
	case n == 0 || n > maxTagKey:
		return fault.InvalidField("tags", "a tag key has 1 to %d characters; %q has %d", maxTagKey, key, n)
	case utf8.RuneCountInString(value) > maxTagValue:
		return fault.InvalidField("tags", "a tag value has at most %d characters; that of %q has %d", maxTagValue, key, utf8.RuneCountInString(value))
	case strings.ContainsFunc(key+value, foreign):
		return fault.InvalidField("tags", "a tag has letters, digits, spaces and _.:/=+-@ only; got %q = %q", key, value)
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return fault.InvalidField("tags", "tag keys that begin with aws: are reserved; got %q", key)
	}
	return nil
}

// foreign reports whether a tag may not hold r: IAM's pattern is
// [\p{L}\p{Z}\p{N}_.:/=+\-@]*.
func foreign(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", r)
}
