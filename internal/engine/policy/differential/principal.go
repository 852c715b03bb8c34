package differential

import (
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
