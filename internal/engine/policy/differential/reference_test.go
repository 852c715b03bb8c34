package differential

import (
	"fmt"
	"strings"

	"github.com/parleyhq/parley/internal/engine/policy/policytest"
)

// A Decision is what comes out.
type Decision string

// The decisions there are. Refused is that of a document that is not one of the
// policy language: nothing is allowed under it.
const (
	Allow        Decision = "allow"
	ExplicitDeny Decision = "explicit deny"
	ImplicitDeny Decision = "implicit deny"
	Refused      Decision = "refused"
)

// Allowed says whether a request is allowed, and why or why not.
func Allowed(c policytest.Case) (allowed bool, why string) {
	decision, why := Decide(c)
	return decision == Allow, why
}

// Decide decides a request under its policies.
func Decide(c policytest.Case) (decision Decision, why string) {
	all, err := readAll(c.Policies)
	if err != nil {
		return Refused, err.Error()
	}
	return decide(all, c.Request)
}

// decide goes the steps of
// reference_policies_evaluation-logic_policy-eval-denyallow, in their order.
func decide(all []attached, r policytest.Request) (decision Decision, why string) {
	q := question{r, all}

	// Deny evaluation: one Deny that applies, in any policy, is final.
	for _, p := range all {
		if q.says(p, "Deny") {
			return ExplicitDeny, "a Deny of the " + string(p.kind)
		}
	}
	// Resource control policies, then service control policies: without an Allow
	// in every one of them the decision is Deny. Every level of an organization
	// has to allow (orgs_manage_policies_scps_evaluation).
	for _, guard := range []kind{resourceControl, serviceControl} {
		for _, p := range all {
			if p.kind == guard && !q.says(p, "Allow") {
				return ImplicitDeny, "no Allow of a " + string(guard)
			}
		}
	}
	granted, why := q.granted()
	if granted {
		return Allow, why
	}
	return ImplicitDeny, why
}

// An attached is a document and what it is attached to.
type attached struct {
	kind     kind
	document map[string]any
}

func readAll(p policytest.Policies) ([]attached, error) {
	var out []attached
	for _, group := range []struct {
		kind      kind
		documents []string
	}{
		{identity, p.Identity}, {boundary, p.Boundary}, {session, p.Session},
		{resourceBased, p.Resource}, {serviceControl, p.SCP}, {resourceControl, p.RCP},
	} {
		for _, text := range group.documents {
			document, err := read(text, group.kind)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", group.kind, err)
			}
			out = append(out, attached{group.kind, document})
		}
	}
	return out, nil
}

// A question is a request and all policies that bear on it.
type question struct {
	policytest.Request
	policies []attached
}

// granted says whether someone gives the permission and nobody who may limit it
// does.
func (q question) granted() (bool, string) {
	var by naming
	for _, p := range q.policies {
		if p.kind == resourceBased {
			by = by.or(q.grants(p))
		}
	}
	switch q.Principal.Type {
	case policytest.Service, policytest.Anonymous, policytest.Federated:
		return by.any(), "only a resource-based policy can allow this principal"
	case policytest.User, policytest.RoleSession, policytest.FederatedUser, policytest.Root:
	default:
		return false, "unknown type of principal"
	}
	if q.Principal.Account != q.ResourceAccount {
		return q.grantedAcross(by)
	}
	return q.grantedWithin(by)
}

// grantedWithin decides a request within one account.
func (q question) grantedWithin(by naming) (bool, string) {
	switch {
	case q.Principal.Type == policytest.Root:
		// "… with the exception of the AWS account root user, which has full access."
		return true, "the root user has full access"
	case by.everyone || by.self:
		// Permissions granted directly to a user or a session are not limited by
		// an implicit deny elsewhere.
		return true, "a resource-based policy names the principal, or everyone"
	case by.issuer && q.withinLimits():
		// Those granted to a role, or to the user who federated, are limited by
		// boundary and session policy.
		return true, "a resource-based policy names the role, or the user who federated"
	default:
		// An account that is named delegates to its identity policies
		// (reference_policies_elements_principal, "AWS account principals").
		return q.grantedByIdentity()
	}
}

// grantedAcross decides a request to another account: there the resource-based
// policy allows, here the identity-based one, and what limits it
// (reference_policies_evaluation-logic-cross-account).
func (q question) grantedAcross(by naming) (bool, string) {
	if !by.any() {
		return false, "no resource-based policy of the other account allows"
	}
	if q.Principal.Type == policytest.Root {
		return true, "the root user has full access, and the other account allows"
	}
	return q.grantedByIdentity()
}

func (q question) grantedByIdentity() (bool, string) {
	if !q.anySays(identity, "Allow") {
		return false, "no identity-based policy allows"
	}
	if !q.withinLimits() {
		return false, "the boundary or the session policy does not allow"
	}
	return true, "an identity-based policy allows"
}

// withinLimits says whether boundary and session policy, where there are any,
// allow. A federated user has to have a session policy
// (id_credentials_temp_control-access_getfederationtoken).
func (q question) withinLimits() bool {
	if q.has(boundary) && !q.anySays(boundary, "Allow") {
		return false
	}
	if q.has(session) || q.Principal.Type == policytest.FederatedUser {
		return q.anySays(session, "Allow")
	}
	return true
}

func (q question) has(k kind) bool {
	for _, p := range q.policies {
		if p.kind == k {
			return true
		}
	}
	return false
}

func (q question) anySays(k kind, effect string) bool {
	for _, p := range q.policies {
		if p.kind == k && q.says(p, effect) {
			return true
		}
	}
	return false
}

// says whether a statement of this effect applies.
func (q question) says(p attached, effect string) bool {
	list, _ := statements(p.document)
	for _, s := range list {
		if s["Effect"] == effect && q.concerns(s).any() && q.applies(p, s) {
			return true
		}
	}
	return false
}

// grants says in what ways the Allows of a resource-based policy that apply name
// the principal.
func (q question) grants(p attached) (by naming) {
	list, _ := statements(p.document)
	for _, s := range list {
		if s["Effect"] == "Allow" && q.applies(p, s) {
			by = by.or(q.concerns(s))
		}
	}
	return by
}

// applies says whether action, resource and conditions of a statement are those
// of the request.
func (q question) applies(p attached, s map[string]any) bool {
	// Policy variables came with this version
	// (reference_policies_elements_version).
	variables := p.document["Version"] == "2012-10-17"
	return q.actionApplies(s) && q.resourceApplies(s, variables) && conditionsHold(s, variables, q.Context)
}

// actionApplies: prefix and name of an action are case-insensitive
// (reference_policies_elements_action); NotAction is everything except the list
// (reference_policies_elements_notaction).
func (q question) actionApplies(s map[string]any) bool {
	name, _ := oneOf(s, "Action", "NotAction")
	list, _ := stringsOf(s[name])
	listed := false
	for _, pattern := range list {
		if like(wild(strings.ToLower(pattern)), []rune(strings.ToLower(q.Action))) {
			listed = true
		}
	}
	return listed == (name == "Action")
}

// resourceApplies: a pattern with a variable that has no value matches no
// resource (reference_policies_variables, "Policy variables with no value");
// NotResource is everything except the list
// (reference_policies_elements_notresource).
func (q question) resourceApplies(s map[string]any, variables bool) bool {
	name, _ := oneOf(s, "Resource", "NotResource")
	list, _ := stringsOf(s[name])
	listed := false
	for _, text := range list {
		pattern, ok := q.resource(text, variables)
		if ok && likeResource(pattern, []rune(q.Resource)) {
			listed = true
		}
	}
	return listed == (name == "Resource")
}

// resource reads a pattern. Variables stand behind its fifth colon
// (reference_policies_variables, "Resource element"); before it their signs are
// text.
func (q question) resource(text string, variables bool) ([]letter, bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 {
		return wild(text), true
	}
	head := strings.Join(parts[:5], ":") + ":"
	tail, ok := expand(parts[5], variables, true, q.Context)
	return append(wild(head), tail...), ok
}
