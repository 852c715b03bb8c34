package policy

// A Layer is a kind of policy as decisions tell them apart.
type Layer uint8

// The layers there are.
const (
	NoLayer               Layer = iota
	IdentityBasedPolicy         // of the user or role and its groups
	PermissionsBoundary         // the permissions boundary
	SessionPolicy               // passed when the session began
	ResourceBasedPolicy         // of the resource
	RoleTrustPolicy             // of the role that is to be assumed
	ServiceControlPolicy        // of the organization of the principal
	ResourceControlPolicy       // of the organization of the resource
	RootUser                    // no policy: the account is its root user's
)

// A Set is the policies that apply to a request. Who gathers it leaves out none:
// what is not in it cannot deny.
type Set struct {
	Identity []*Policy   // it is enough when one allows
	Boundary *Policy     // nil: none
	Session  []*Policy   // none: the session was begun without; else it is enough when one allows
	Resource []*Policy   // it is enough when one allows
	SCPs     [][]*Policy // by level, from the root of the organization to the account: each has to allow
	RCPs     [][]*Policy // likewise, of the resource's account

	// Trust says that Resource is the trust policy of a role. It has to allow
	// also what an identity-based policy in the same account allows
	// (reference_policies_evaluation-logic_policy-eval-denyallow).
	Trust bool
}

// A Decision is whether a request is allowed, and what decided.
type Decision struct {
	Allowed bool

	// Explicit says that a statement denies it. A request that is not allowed
	// and not Explicit lacks an Allow in Layer.
	Explicit bool

	// Layer is what decided: what allows, what denies, or what lacks an Allow.
	Layer Layer

	// Target is the index of the target that decided: the first that is not
	// allowed, or else the last.
	Target int

	// Level is the index in SCPs or RCPs, and Policy that in its list; Statement
	// is the index in the policy, and Sid its Sid. Policy and Statement are -1
	// where no statement decided.
	Level, Policy, Statement int
	Sid                      string
}

// An evaluation is a request on one target, on its way.
type evaluation struct {
	request *Request
	target  *Target
	action  string // in lower case
	bounded bool   // the principal has a permissions boundary
	scratch []byte // where variables are expanded, kept from statement to statement
	owner   [1]string
}

// resourceAccount is the key that follows from the target
// (reference_policies_condition-keys, "Properties of the resource").
const resourceAccount = "aws:resourceaccount"

// values are those of a key in lower case: the resource's, or else the
// request's.
func (e *evaluation) values(key string) []string {
	v := e.target.Context.find(key)
	if v == nil {
		v = e.request.Context.find(key)
	}
	switch {
	case v != nil:
		return v.list()
	case key == resourceAccount:
		return e.account()
	}
	return nil
}

// account is who owns the resource: the principal's own, where nobody says. Nobody
// is no value.
func (e *evaluation) account() []string {
	e.owner[0] = e.target.Account
	if e.owner[0] == "" {
		e.owner[0] = e.request.Principal.Account
	}
	if e.owner[0] == "" {
		return nil
	}
	return e.owner[:]
}

// Decide weighs the policies of the set. An explicit deny in any of them
// decides; then every layer that has to allow is asked. Time grows with the
// number of statements; memory does not.
func (s *Set) Decide(r *Request) Decision {
	e := evaluation{request: r, action: lower(r.Action), bounded: s.Boundary != nil}
	if len(r.Targets) == 0 {
		e.target = &Target{}
		return s.decide(&e)
	}
	var d Decision
	for i := range r.Targets {
		e.target = &r.Targets[i]
		d = s.decide(&e)
		if d.Target = i; !d.Allowed {
			break
		}
	}
	return d
}

// A verdict is what the policies of a layer say to a request.
type verdict struct {
	named   bool // only what names a principal allows: a policy of another kind, put here by mistake, gives nothing
	present bool
	allow   found
	deny    found
	grant   grant // the best that an Allow gives
}

// found is a statement that applies. The zero value is none.
type found struct {
	ok                       bool
	level, policy, statement int
	sid                      string
}

// verdicts are those of all layers.
type verdicts [RootUser]verdict

// weigh looks for the statements of a list that apply.
func (v *verdict) weigh(list []*Policy, level int, e *evaluation) {
	v.present = v.present || len(list) > 0
	for i, p := range list {
		for _, j := range p.statements(e) {
			s := &p.Statements[j]
			g := s.applies(e)
			if g == noGrant {
				continue
			}
			at := found{true, level, i, j, s.Sid}
			switch {
			case s.Effect == Deny && !v.deny.ok:
				v.deny = at
			case s.Effect == Allow && g > v.grant && (s.principals != nil || !v.named):
				v.allow, v.grant = at, g
			}
		}
	}
}

// weighLevels weighs levels of which each has to allow. The first that does not
// is left in allow.level, with allow.ok false.
func (v *verdict) weighLevels(levels [][]*Policy, e *evaluation) {
	v.present = len(levels) > 0
	missing := -1
	for i, list := range levels {
		var one verdict
		one.weigh(list, i, e)
		if one.deny.ok && !v.deny.ok {
			v.deny = one.deny
		}
		if !one.allow.ok && missing < 0 {
			missing = i
		}
		v.allow = one.allow
	}
	if missing >= 0 {
		v.allow = found{level: missing}
	}
}

// lacks says whether a layer that limits is there and does not allow.
func (v *verdict) lacks() bool { return v.present && !v.allow.ok }

func (s *Set) decide(e *evaluation) Decision {
	var v verdicts
	v[IdentityBasedPolicy].weigh(s.Identity, 0, e)
	if s.Boundary != nil {
		v[PermissionsBoundary].weigh([]*Policy{s.Boundary}, 0, e)
	}
	v[SessionPolicy].weigh(s.Session, 0, e)
	v[ResourceBasedPolicy].named = true
	v[ResourceBasedPolicy].weigh(s.Resource, 0, e)
	v[ServiceControlPolicy].weighLevels(s.SCPs, e)
	v[ResourceControlPolicy].weighLevels(s.RCPs, e)
	d := s.combine(&v, e)
	if s.Trust && d.Layer == ResourceBasedPolicy {
		d.Layer = RoleTrustPolicy
	}
	return d
}

// denyOrder is the order in which an explicit deny is looked for, where several
// layers have one.
var denyOrder = [...]Layer{ResourceControlPolicy, ServiceControlPolicy, ResourceBasedPolicy, IdentityBasedPolicy, PermissionsBoundary, SessionPolicy}

// combine makes the decision of the verdicts
// (reference_policies_evaluation-logic_policy-eval-denyallow and
// reference_policies_evaluation-logic-cross-account).
func (s *Set) combine(v *verdicts, e *evaluation) Decision {
	for _, l := range denyOrder {
		if v[l].deny.ok {
			return v[l].deny.decision(l, false, true)
		}
	}
	for _, l := range [...]Layer{ResourceControlPolicy, ServiceControlPolicy} {
		if v[l].lacks() {
			return v.missing(l)
		}
	}
	who := &e.request.Principal
	switch {
	case who.outside():
		return v.byResource()
	case e.target.Account != "" && e.target.Account != who.Account:
		return v.across(who)
	case s.Trust && !v[ResourceBasedPolicy].allow.ok:
		return v.missing(ResourceBasedPolicy)
	}
	return v.within(who)
}

// outside says whether a principal belongs to no account, so that only policies
// of resources are about it.
func (who *Principal) outside() bool {
	return who.Type == Service || who.Type == Federated || who.Type == Anonymous
}

// across is the decision between two accounts: the policies of the principal's
// have to allow, and the policy of the resource.
func (v *verdicts) across(who *Principal) Decision {
	if d := v.byIdentity(who, noGrant); !d.Allowed {
		return d
	}
	return v.byResource()
}

// within is the decision in one account: the resource's policy can allow, and
// how it names the principal decides whether others limit it.
func (v *verdicts) within(who *Principal) Decision {
	if v[ResourceBasedPolicy].grant == direct {
		return v.byResource()
	}
	return v.byIdentity(who, v[ResourceBasedPolicy].grant)
}

// byResource is what the resource-based policy says.
func (v *verdicts) byResource() Decision {
	if !v[ResourceBasedPolicy].allow.ok {
		return v.missing(ResourceBasedPolicy)
	}
	return v[ResourceBasedPolicy].allow.decision(ResourceBasedPolicy, true, false)
}

// byIdentity is what the policies of the principal say, when the resource's
// policy gives it so much.
func (v *verdicts) byIdentity(who *Principal, g grant) Decision {
	allow := v[IdentityBasedPolicy].allow.decision(IdentityBasedPolicy, true, false)
	switch {
	case who.Type == Root:
		allow = Decision{Allowed: true, Layer: RootUser, Policy: -1, Statement: -1}
	case v[IdentityBasedPolicy].allow.ok:
	case g == limited:
		allow = v[ResourceBasedPolicy].allow.decision(ResourceBasedPolicy, true, false)
	default:
		return v.missing(IdentityBasedPolicy)
	}
	switch {
	case v[PermissionsBoundary].lacks():
		return v.missing(PermissionsBoundary)
	case v[SessionPolicy].lacks(), who.Type == FederatedUser && !v[SessionPolicy].present:
		return v.missing(SessionPolicy)
	}
	return allow
}

// missing is the decision that a layer lacks an Allow.
func (v *verdicts) missing(l Layer) Decision {
	return Decision{Layer: l, Level: v[l].allow.level, Policy: -1, Statement: -1}
}

func (f found) decision(l Layer, allowed, explicit bool) Decision {
	return Decision{Allowed: allowed, Explicit: explicit, Layer: l, Level: f.level, Policy: f.policy, Statement: f.statement, Sid: f.sid}
}
