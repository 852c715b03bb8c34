// Package policy reads policies of AWS's IAM policy language and decides
// requests under them: who may do what, and why.
//
// [Parse] reads a document for its [Kind] and refuses whatever it does not know
// (an element, an operator, a type, a principal), with the place and the
// remedy. [Set.Decide] weighs the policies that apply to a [Request] as the IAM
// user guide describes ("Policy evaluation logic"): identity-based policies,
// permissions boundaries, session policies, resource-based policies, service
// control and resource control policies, within an account and across accounts.
// The answer is a [Decision] that names what decided; [Decision.Message] says it
// as AWS does, and [Set.Trace] says of each statement why it applied or not.
//
// The package is pure and stands alone: no clock, no network, no account
// directory, nothing but the standard library. It does not own which policies
// apply (the caller gathers a Set), which action and resource an operation
// stands for, or the values of condition keys (the caller fills a [Context];
// [Principal.Keys] has those that follow from the principal, and aws:ResourceAccount
// follows from a [Target]). It knows no
// service: an action or key that no service has is one that never occurs.
//
// Where the documentation is silent, the package answers as the doc of
// policytest says.
//
// Pages of the IAM user guide are cited by the last part of their address, as
// in "reference_policies_grammar".
package policy

import "slices"

// A Kind is what a policy is attached to. It decides which elements a document
// may and must have.
type Kind uint8

// The kinds there are.
const (
	Identity        Kind = iota // of a user, group or role; also a permissions boundary
	Session                     // passed when a session begins
	Resource                    // of a resource
	Trust                       // of a role: who may assume it
	ServiceControl              // of an organization, for the principals of its accounts
	ResourceControl             // of an organization, for the resources of its accounts
)

// kinds are the rules that differ by kind (reference_policies_grammar; the
// Organizations user guide, "SCP syntax" and "RCP syntax"; for the quotas
// reference_iam-quotas).
var kinds = [...]struct {
	name      string
	quota     int  // characters
	spaces    bool // white space counts
	principal bool // it has Principal
	not       bool // it may have NotPrincipal
	resource  bool // it has Resource or NotResource
	notAction bool
	id        bool // it may have Id
	latest    bool // it has to be of the latest version
	plainSids bool // only letters and digits
}{
	Identity:        {name: "an identity-based policy", quota: 6144, resource: true, notAction: true, plainSids: true},
	Session:         {name: "a session policy", quota: 2048, resource: true, notAction: true, plainSids: true},
	Resource:        {name: "a resource-based policy", quota: 20480, principal: true, not: true, resource: true, notAction: true, id: true},
	Trust:           {name: "a role trust policy", quota: 2048, principal: true, notAction: true, id: true, plainSids: true},
	ServiceControl:  {name: "a service control policy", quota: 5120, spaces: true, resource: true, notAction: true, latest: true},
	ResourceControl: {name: "a resource control policy", quota: 5120, spaces: true, principal: true, resource: true, latest: true},
}

// String is the kind in words, with its article.
func (k Kind) String() string { return kinds[k].name }

// Quota is how many characters AWS lets a document of the kind have: 6,144 for
// a managed policy, 20,480 for the policy of a bucket. White space counts only
// in control policies.
func (k Kind) Quota() int { return kinds[k].quota }

// The versions of the language. A document without Version is of the older one,
// which has no policy variables.
const (
	Version2008 = "2008-10-17"
	Version2012 = "2012-10-17"
)

// A Policy is a document that was read. It does not change, so many requests
// may be decided under it at once.
type Policy struct {
	Kind       Kind
	Version    string
	ID         string // the element Id
	Statements []Statement

	keys    []string // that the statements ask for, in lower case
	written []string // the same, as they were written first
	about   *about
}

// Keys are the condition keys that the statements ask for, in conditions and in
// policy variables, each once, as it was written first.
func (p *Policy) Keys() []string { return slices.Clone(p.written) }

// An Effect is what a statement does when it applies.
type Effect uint8

// The effects there are. The zero value denies.
const (
	Deny Effect = iota
	Allow
)

// String is the effect as documents have it.
func (e Effect) String() string {
	if e == Allow {
		return "Allow"
	}
	return "Deny"
}

// A Position is a place in a document.
type Position struct {
	Line   int // from 1
	Column int // in bytes, from 1
}

// A Statement is one statement of a policy.
type Statement struct {
	Sid    string
	Effect Effect
	Start  Position // of the first byte of its JSON
	End    Position // of what comes behind the last

	principals   []principal
	notPrincipal bool
	actions      []pattern
	notAction    bool
	resources    []pattern // none: whatever the policy is attached to
	notResource  bool
	conditions   []condition
}
