package policy

import "fmt"

// layers are the names of layers as AWS's messages have them
// (troubleshoot_access-denied).
var layerNames = [...]struct{ name, article string }{
	NoLayer:               {"policy", "a"},
	IdentityBasedPolicy:   {"identity-based policy", "an"},
	PermissionsBoundary:   {"permissions boundary", "a"},
	SessionPolicy:         {"session policy", "a"},
	ResourceBasedPolicy:   {"resource-based policy", "a"},
	RoleTrustPolicy:       {"role trust policy", "the"},
	ServiceControlPolicy:  {"service control policy", "a"},
	ResourceControlPolicy: {"resource control policy", "a"},
	RootUser:              {"root user", "the"},
}

// String is the layer as messages name it, such as "identity-based policy".
func (l Layer) String() string { return layerNames[l].name }

// Message is what the caller of a request that is not allowed may read, in the
// words of AWS (troubleshoot_access-denied). It is "" when it is allowed.
//
// To a caller of another account it tells nothing of what policies stand on the
// resource's side: a deny there reads like a missing allow, and so does a
// resource that does not exist.
func (d Decision) Message(r *Request) string {
	if d.Allowed {
		return ""
	}
	target := Target{}
	if d.Target < len(r.Targets) {
		target = r.Targets[d.Target]
	}
	if target.ARN == "" {
		target.ARN = "*"
	}
	foreign := target.Account != "" && target.Account != r.Principal.Account
	if foreign && (d.Layer == ResourceBasedPolicy || d.Layer == RoleTrustPolicy || d.Layer == ResourceControlPolicy) {
		d = Decision{Layer: ResourceBasedPolicy}
	}
	return fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s", r.Principal.Name(), r.Action, target.ARN, d.because(r.Action))
}

// because is the part of a message that names the kind of policy.
func (d Decision) because(action string) string {
	if l := layerNames[d.Layer]; d.Explicit {
		return fmt.Sprintf("with an explicit deny in %s %s", l.article, l.name)
	}
	return fmt.Sprintf("because no %s allows the %s action", layerNames[d.Layer].name, action)
}

// Explain says what decided, for those who may know the policies: the layer and
// the statement.
func (d Decision) Explain() string {
	verdict := "denied: no " + layerNames[d.Layer].name + " allows it"
	switch {
	case d.Allowed && d.Layer == RootUser:
		return "allowed: the account is its root user's"
	case d.Allowed:
		verdict = "allowed by"
	case d.Explicit:
		verdict = "explicitly denied by"
	case d.Layer == ServiceControlPolicy || d.Layer == ResourceControlPolicy:
		return fmt.Sprintf("%s at level %d", verdict, d.Level)
	default:
		return verdict
	}
	return verdict + " " + place(d.Layer, d.Level, d.Policy, d.Statement, d.Sid)
}

// place names a statement.
func place(l Layer, level, policy, statement int, sid string) string {
	s := fmt.Sprintf("%s %d, statement %d", layerNames[l].name, policy, statement)
	if l == ServiceControlPolicy || l == ResourceControlPolicy {
		s = fmt.Sprintf("%s %d of level %d, statement %d", layerNames[l].name, policy, level, statement)
	}
	if sid != "" {
		s += fmt.Sprintf(" (%s)", sid)
	}
	return s
}
