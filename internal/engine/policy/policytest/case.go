// Package policytest makes random pairs of policies and requests, so that two
// evaluators of AWS policies can be compared with one another.
//
// It owns the form of a pair ([Case]) and the generator ([Generate]). It knows
// no evaluator: what the right answer is, the evaluators say (engine/policy, and
// engine/policy/differential, which was written from the documentation alone).
//
// # Where the documentation is silent
//
// Both evaluators answer these questions alike; each is an assumption, not a
// fact about AWS:
//
//   - A condition operator without ForAllValues or ForAnyValue, on a key that
//     has several values: a positive operator holds when any value of the
//     request matches any value of the policy; a negated one is its exact
//     opposite. With a set operator, each value of the request is tested alone:
//     it passes a positive operator when it matches any value of the policy, a
//     negated one when it matches none.
//   - A negated operator (NotEquals, NotLike, NotIpAddress) is the exact
//     opposite of the positive one also when the value of the request cannot be
//     read as a number, a date or an address. A positive one, and LessThan and
//     its siblings, do not hold then.
//   - A key is null when it is absent, has no value, or has only empty strings.
//     Null and the set operators go by that: ForAllValues holds for a null key,
//     ForAnyValue does not. Every other operator, and IfExists, ask whether the
//     key has any value, be it an empty string.
//   - A policy variable has a value when its key has exactly one, and that is
//     not empty; otherwise its default is taken, and without a default the value
//     it stands in matches nothing. What a variable brings in is literal: an
//     asterisk in it is no wildcard.
//   - Resource: an asterisk that is the last character of a segment matches
//     everything, colons too. (The user guide's page on Resource says so; older
//     editions do not.) Before the fifth colon of the pattern, any other
//     asterisk, and a question mark, match no colon; behind it, every wildcard
//     matches colons, for the resource part is one segment, whatever colons are
//     in it. The pattern "*" matches every resource. In Arn operators no wildcard
//     crosses the first five colons, and behind them every one does.
//   - Dates are the forms of the W3C profile of ISO 8601, or seconds since 1970
//     with an optional fraction; four digits are a year. Times that are given
//     with minutes need a zone. Numbers are an optional minus, digits,
//     and an optional point with digits (so neither +1 nor 1e3), compared exactly. Bool compares true and false in any case.
//     An IPv4 address that is mapped into IPv6 (::ffff:203.0.113.7) is that IPv4
//     address, in the request and in the policy.
//   - StringEquals and its negation and the forms that ignore case know no
//     wildcards. Variables are read in string, ARN and Bool operators and behind
//     the fifth colon of a resource, and only where Version is 2012-10-17. In a
//     document of 2008, which one without Version is, they are literal text,
//     whose asterisk and question mark are wildcards where wildcards are.
//   - Principal types of a role session: an entry of Principal matches the
//     account (its id or its root ARN), the role, the session, the identity
//     provider of the session, and everyone ("*"). Of a federated user: the
//     account, the user who federated, the session, everyone. "*" stands for
//     services and anonymous callers too.
//   - NotPrincipal with Deny applies unless every layer of the principal is
//     listed: account and user; account, role and session; account, user who
//     federated and session; the account alone for its root user; the name of a
//     service; the provider of a federated identity. A listed provider counts as
//     the session; a listed canonical user id as the account. NotPrincipal with
//     Allow applies only when no layer is listed. "*" lists all. An anonymous
//     caller has no layer: only "*" lists it. A Deny with NotPrincipal always
//     applies to a principal with a permissions boundary (that much is
//     documented).
//   - The same account: a resource-based policy that names the user, the session
//     (or its provider), or everyone (also by NotPrincipal) allows by itself.
//     One that names the role, or the user who federated, needs no identity
//     policy, but boundary and session policies (if there are any) have to
//     allow. One that names the account or its canonical user id adds nothing to
//     what identity policies say.
//   - A federated user without a session policy is allowed only what a
//     resource-based policy gives to the session or to everyone.
//   - The root user has everything in its own account and, in its account's
//     part of a request to another one, everything too, as if it had an identity
//     policy that allows all. A service, an anonymous caller and a federated
//     identity are allowed what the resource-based policy allows them, whatever
//     the account.
//   - Every policy that is given is weighed: SCPs and RCPs whoever asks, and a
//     Deny wherever it stands.
//
// # What is refused
//
// A case with a document that breaks one of these is decided by neither:
//
//   - An element, an operator, or a key of Principal that the language does not
//     have, or not for that kind of policy; a name that occurs twice (keys of
//     conditions: in any case); NullIfExists and Null with a set operator.
//   - An empty list or object anywhere, Statement too, but for an empty Condition,
//     which is none. Control policies have to have "Version": "2012-10-17". Two
//     statements of a document have two Sids.
//   - A value that the operator cannot read: no number, date, base64, address;
//     for Arn operators one that is no ARN of six parts, unless it has a variable.
//   - An action that is not service:Name or "*"; a resource that is not "*" nor
//     an ARN of six parts (or fewer, from the fourth on, if it ends with an
//     asterisk), or that has a wildcard for its service or a variable before its
//     fifth colon; a malformed variable; a principal with wildcards, but "*".
//   - In a resource control policy: NotAction, NotPrincipal, any Principal but
//     "*", and an Allow that is not exactly the one of RCPFullAWSAccess.
package policytest

// A Case is policies and a request to be decided under them.
type Case struct {
	Policies Policies `json:"policies"`
	Request  Request  `json:"request"`
}

// Policies are JSON documents of the IAM policy language, by what they are
// attached to. All of them can be read without error.
type Policies struct {
	// Identity are the policies of the user or role, and of the user's groups.
	// It is enough when one allows.
	Identity []string `json:"identity,omitempty"`
	// Boundary is the permissions boundary; at most one. Only users, role
	// sessions and federated users have one.
	Boundary []string `json:"boundary,omitempty"`
	// Session are the policies passed when the session began. It is enough when
	// one allows. Only sessions have them.
	Session []string `json:"session,omitempty"`
	// Resource are the resource-based policies of the resource, which have
	// Principal or NotPrincipal. It is enough when one allows.
	Resource []string `json:"resource,omitempty"`
	// SCP are service control policies of the principal's account. Each is a
	// level of its own: every one has to allow. None: no organization.
	SCP []string `json:"scp,omitempty"`
	// RCP are resource control policies of the resource's account, each a level
	// of its own like SCP.
	RCP []string `json:"rcp,omitempty"`
}

// Request is who asks to do what.
type Request struct {
	Principal Principal `json:"principal"`
	// Action is service:Name in any case.
	Action string `json:"action"`
	// Resource is one ARN, or "*" for an action without a resource.
	Resource string `json:"resource"`
	// ResourceAccount is the account that owns the resource. The request is
	// within one account when it equals Principal.Account.
	ResourceAccount string `json:"resourceAccount"`
	// Context holds the values of the condition keys; nothing is added to it
	// from the other members. The case of a key means nothing, and no two keys
	// differ in case alone. The value of a binary key is its bytes.
	Context map[string][]string `json:"context,omitempty"`
}

// PrincipalType says what kind of principal asks.
type PrincipalType string

// The types there are.
const (
	Root          PrincipalType = "Root"          // the root user of Account; ARN is its ARN
	User          PrincipalType = "User"          // ARN is the user's
	RoleSession   PrincipalType = "RoleSession"   // ARN is the role's, SessionARN that of the assumed-role session
	FederatedUser PrincipalType = "FederatedUser" // ARN is that of the user who federated, SessionARN the federated user's
	Service       PrincipalType = "Service"       // Service is the name, such as lambda.amazonaws.com; no ARN, no account
	Federated     PrincipalType = "Federated"     // whoever an identity provider vouches for, before there is a session: Provider
	Anonymous     PrincipalType = "Anonymous"     // nobody: no member is set
)

// Principal is who asks.
type Principal struct {
	Type PrincipalType `json:"type"`
	// Account is the twelve digits of the principal's account.
	Account string `json:"account,omitempty"`
	// ARN is that of the user, the role, or the root user.
	ARN string `json:"arn,omitempty"`
	// SessionARN is that of the session, for a session.
	SessionARN string `json:"sessionArn,omitempty"`
	// CanonicalID is the canonical user id of the account, if it has one.
	CanonicalID string `json:"canonicalId,omitempty"`
	// Service is the name of a service.
	Service string `json:"service,omitempty"`
	// Provider is the identity provider, as Principal's Federated names it: of a
	// federated identity, or of a role session that began with one.
	Provider string `json:"provider,omitempty"`
}
