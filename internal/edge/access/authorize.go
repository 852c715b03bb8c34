package access

import (
	"context"
	"slices"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Facts are what an Authorizer asks of the families. Each has to answer from the
// truth.
type Facts struct {
	// Grants are the policies that speak for a caller: identity-based ones, the
	// permissions boundary, and session policies.
	Grants func(ctx context.Context, c op.Caller) (policy.Set, error)
	// Who is the caller as policies see it.
	Who func(c op.Caller) policy.Principal
	// Keys are the global condition keys of a request by the caller; the context
	// is the Authorizer's to fill further.
	Keys func(c op.Caller) policy.Context

	// Owner is the account that has an application in a Region; "" when none has.
	Owner func(ctx context.Context, region, application string) (account string, err error)
	// Statements are the resource-based policies of an account's application.
	Statements func(ctx context.Context, account, region, application string) ([]*policy.Policy, error)
	// Landlord says whether an account keeps, or ever kept, applications here.
	Landlord func(ctx context.Context, account string) (bool, error)

	// Tags are, by service, the tags of the resource with an ARN; none when it is
	// not there.
	Tags map[string]func(ctx context.Context, arn string) (map[string]string, error)
	// Names are, by service, the full ARN of a resource of which the request
	// gives a part, such as the name of a secret; the ARN as it is when there is
	// no such resource.
	Names map[string]func(ctx context.Context, arn string) (string, error)

	// Boundary is the ARN of the permissions boundary of the user or role with an
	// ARN; "" when it has none, or is not there. Nil: nobody has one.
	Boundary func(ctx context.Context, arn string) (string, error)
}

// Authorizer decides who may. What is revoked is refused on the next request: a
// decision is remembered only as long as no row in the store changes.
//
// An application in another account is found by its ID, and its statements
// decide together with the policies of the caller's account. Who is not admitted
// there is answered as if the application were nowhere.
type Authorizer struct {
	Facts Facts

	// Denied is told of every request that is refused: the action, and what kind
	// of policy refused it. Nil: nobody is.
	Denied func(action, layer string)

	// DB is the store in which the facts are. Nil: no decision is remembered.
	DB *store.DB

	layouts layouts
	permits store.Memo[matter, permit]
}

var _ op.Authorizer = (*Authorizer)(nil)

// Authorize returns the account whose resources the caller may use, or a
// fault.AccessDenied in the words of AWS (IAM user guide, "Troubleshoot access
// denied error messages"). A root may do everything in its account.
func (a *Authorizer) Authorize(ctx context.Context, c op.Caller, route *smithy.Route, in any) (string, error) {
	if route.Own || route.Unsigned {
		return c.Account, nil
	}
	if c.Root {
		if c.Trail != nil {
			c.Trail.Asked(true, policy.RootUser.String(), "", op.Resources(c, route, in))
		}
		return c.Account, nil
	}
	p, err := a.remembered(ctx, c, route, in)
	if err != nil {
		return "", err
	}
	c.Trail.Asked(true, p.layer, p.sid, p.resources)
	return p.owner, nil
}

// A verdict is a decision, and the request that it is about.
type verdict struct {
	decision policy.Decision
	request  policy.Request
	owner    string // account whose resources were asked about
}

// resources are the ARNs that were asked about, each once.
func (v *verdict) resources() []string {
	arns := make([]string, 0, len(v.request.Targets))
	for i := range v.request.Targets {
		if arn := v.request.Targets[i].ARN; !slices.Contains(arns, arn) {
			arns = append(arns, arn)
		}
	}
	return arns
}

// deny tells of a refusal, and words it.
func (a *Authorizer) deny(q *question, v verdict) error {
	layer := v.decision.Layer.String()
	q.caller.Trail.Asked(false, layer, v.decision.Sid, v.resources())
	if a.Denied != nil {
		a.Denied(v.request.Action, layer)
	}
	return &fault.Error{Code: fault.AccessDenied, Message: v.decision.Message(&v.request)}
}

// decide asks in the account that has the application, and in the caller's own
// when it is not admitted there.
func (a *Authorizer) decide(ctx context.Context, q *question) (verdict, error) {
	own := q.caller.Account
	owner, err := a.owner(ctx, q)
	if err != nil {
		return verdict{}, err
	}
	if owner != "" && owner != own {
		v, err := a.within(ctx, q, owner)
		if err != nil || v.decision.Allowed {
			return v, err
		}
		owner = ""
	}
	q.absent = q.application != "" && owner == ""
	v, err := a.within(ctx, q, own)
	if err != nil || !v.decision.Allowed || !q.absent {
		return v, err
	}
	return a.stranger(ctx, v)
}

// owner is the account that has the application that is asked about, if any. One
// that the caller names by an ARN is in that account or nowhere.
func (a *Authorizer) owner(ctx context.Context, q *question) (string, error) {
	if q.application == "" {
		return "", nil
	}
	owner, err := a.Facts.Owner(ctx, q.caller.Region, q.application)
	if q.named != "" && owner != q.named {
		owner = ""
	}
	return owner, err
}

// stranger is the verdict on a caller who may do what it asks, but not with an
// application that exists as far as it may know. An account that keeps
// applications goes on, and is told that it has none of that ID. To any other
// the ID can only be that of somebody else's, which nobody shares with it.
func (a *Authorizer) stranger(ctx context.Context, v verdict) (verdict, error) {
	keeps, err := a.Facts.Landlord(ctx, v.owner)
	if err != nil || keeps {
		return v, err
	}
	v.decision = policy.Decision{Layer: policy.ResourceBasedPolicy, Policy: -1, Statement: -1}
	v.request.Targets = []policy.Target{{ARN: anonymous(v.request.Targets[0].ARN)}}
	return v, nil
}

// depended are the resources of the actions that an operation depends on: the
// application, wherever the operation's own is below it (service authorization
// reference).
func depended(targets []policy.Target) []policy.Target { return targets[:min(1, len(targets))] }

// within asks whether the caller may do what it asks with the resources of an
// account: the action of the operation, those it depends on, and to hand over
// the roles that it names.
func (a *Authorizer) within(ctx context.Context, q *question, owner string) (verdict, error) {
	set, targets, err := a.apply(ctx, q, owner)
	if err != nil {
		return verdict{}, err
	}
	v := verdict{owner: owner, request: policy.Request{Principal: q.principal, Context: q.keys, Targets: targets}}
	var last policy.Decision
	for _, action := range q.actions {
		v.request.Action = action
		if last = set.Decide(&v.request); !last.Allowed {
			v.decision = last
			return v, nil
		}
		if action == q.actions[0] {
			v.decision = last                     // what permits the operation itself
			v.request.Targets = depended(targets) // of the others
		}
	}
	v.request.Targets = targets
	set.Resource = nil // the application's statements are about it alone
	for _, role := range q.roles {
		pass := a.pass(q, role, targets)
		if last = set.Decide(&pass); !last.Allowed {
			return verdict{owner: owner, request: pass, decision: last}, nil
		}
	}
	v.request.Action = q.actions[0]
	return v, nil
}
