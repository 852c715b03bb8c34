package differential

import (
	"regexp"
	"strings"

	"github.com/parleyhq/parley/internal/engine/policy/policytest"
)

// A naming is the ways in which a statement names the principal
// (reference_policies_elements_principal).
type naming struct {
	everyone bool // "*"
	account  bool // the account, by its number, its root user, or its canonical id
	issuer   bool // the role of a session, or the user who federated
	self     bool // the user, the session, the service, or the provider
}

func (n naming) any() bool { return n.everyone || n.account || n.issuer || n.self }

func (n naming) or(m naming) naming {
	return naming{n.everyone || m.everyone, n.account || m.account, n.issuer || m.issuer, n.self || m.self}
}

// concerns says how a statement names the principal. One without Principal and
// NotPrincipal is of a policy attached to the principal, or to everyone.
func (q question) concerns(s map[string]any) naming {
	if p, there := s["Principal"]; there {
		return named(q.Principal, p)
	}
	p, there := s["NotPrincipal"]
	if !there {
		return naming{everyone: true}
	}
	listed := named(q.Principal, p)
	if s["Effect"] == "Allow" {
		return naming{everyone: !listed.any()}
	}
	// reference_policies_elements_notprincipal: a Deny "will always deny any IAM
	// principal that has a permissions boundary policy attached, regardless of
	// the values".
	return naming{everyone: q.has(boundary) || !excepted(q.Principal, listed)}
}

// excepted says whether a NotPrincipal lists the principal wholly: the account,
// then the role, then the session are looked at, and each has to be listed
// (reference_policies_elements_notprincipal, "Key points").
func excepted(p policytest.Principal, listed naming) bool {
	if listed.everyone {
		return true
	}
	switch p.Type {
	case policytest.Root:
		return listed.account
	case policytest.User:
		return listed.account && listed.self
	case policytest.RoleSession, policytest.FederatedUser:
		return listed.account && listed.issuer && listed.self
	case policytest.Service, policytest.Federated:
		return listed.self
	default:
		return false
	}
}

// named says how the value of a Principal or NotPrincipal names the principal.
func named(p policytest.Principal, value any) naming {
	if value == "*" {
		return naming{everyone: true}
	}
	var out naming
	groups, _ := value.(map[string]any)
	for group, raw := range groups {
		list, _ := stringsOf(raw)
		for _, entry := range list {
			out = out.or(namedBy(p, group, entry))
		}
	}
	return out
}

func namedBy(p policytest.Principal, group, entry string) naming {
	switch group {
	case "AWS":
		return namedByAWS(p, entry)
	case "CanonicalUser":
		return naming{account: entry == p.CanonicalID}
	case "Service":
		return naming{self: entry == p.Service}
	case "Federated":
		return naming{self: entry == p.Provider}
	}
	return naming{}
}

// namedByAWS: everyone, an account in either of its two forms, a role, a user,
// or a session.
func namedByAWS(p policytest.Principal, entry string) naming {
	if entry == "*" {
		return naming{everyone: true}
	}
	switch p.Type {
	case policytest.Root:
		return naming{account: ofAccount(p, entry)}
	case policytest.User:
		return naming{account: ofAccount(p, entry), self: entry == p.ARN}
	case policytest.RoleSession, policytest.FederatedUser:
		return naming{account: ofAccount(p, entry), issuer: entry == p.ARN, self: entry == p.SessionARN}
	default:
		return naming{}
	}
}

// ofAccount says whether an entry is the number of the principal's account or
// the ARN of its root user, in the principal's own partition.
func ofAccount(p policytest.Principal, entry string) bool {
	parts := strings.SplitN(p.ARN, ":", 3)
	return entry == p.Account || len(parts) == 3 && entry == "arn:"+parts[1]+":iam::"+p.Account+":root"
}

// checkPrincipals: resource-based policies have Principal or NotPrincipal, the
// others neither; resource control policies have a Principal of "*" and nothing
// else (reference_policies_grammar, reference_policies_elements_notprincipal,
// orgs_manage_policies_rcps_syntax).
func checkPrincipals(s map[string]any, of kind) error {
	_, has := s["Principal"]
	_, hasNot := s["NotPrincipal"]
	switch {
	case of == resourceControl:
		groups, _ := s["Principal"].(map[string]any)
		if hasNot || s["Principal"] != "*" && (len(groups) != 1 || groups["AWS"] != "*") {
			return refuse(`the Principal of a %s is "*"`, of)
		}
		return nil
	case of != resourceBased && (has || hasNot):
		return refuse("a %s has no Principal", of)
	case of != resourceBased:
		return nil
	}
	name, err := oneOf(s, "Principal", "NotPrincipal")
	if err != nil {
		return err
	}
	return checkGroups(s[name])
}

// checkGroups: "*", or an object of types of principals and principals.
func checkGroups(value any) error {
	if value == "*" {
		return nil
	}
	groups, ok := value.(map[string]any)
	if !ok || len(groups) == 0 {
		return refuse("a Principal is no object")
	}
	for group, value := range groups {
		list, ok := stringsOf(value)
		if !ok {
			return refuse("%s is no string and no list of strings", group)
		}
		for _, entry := range list {
			if err := checkPrincipal(group, entry); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	provider  = regexp.MustCompile(`^(arn:[a-z0-9-]+:iam::[0-9]{12}:(saml|oidc)-provider/.+|[a-z0-9-]+(\.[a-z0-9-]+)+)$`)
	account   = regexp.MustCompile(`^[0-9]{12}$`)
	principal = regexp.MustCompile(`^arn:[a-z0-9-]+:(iam::[0-9]{12}:(root|(user|role)/.+)|sts::[0-9]{12}:(assumed-role/[^/]+/[^/]+|federated-user/.+))$`)
)

// checkPrincipal: an account, a user, a role, a session, or everyone; never a
// part of a name with a wildcard (reference_policies_elements_principal).
func checkPrincipal(group, entry string) error {
	switch group {
	case "AWS":
		if entry == "*" || account.MatchString(entry) {
			return nil
		}
		if !principal.MatchString(entry) || strings.ContainsAny(entry, "*?") {
			return refuse("principal %q", entry)
		}
	case "Federated":
		if !provider.MatchString(entry) || strings.ContainsAny(entry, "*?") {
			return refuse("identity provider %q", entry)
		}
	case "Service", "CanonicalUser":
		if entry == "" || strings.ContainsAny(entry, "*?") {
			return refuse("principal %q", entry)
		}
	default:
		return refuse("unknown type of principal %q", group)
	}
	return nil
}
