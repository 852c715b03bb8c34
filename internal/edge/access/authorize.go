package access

import (
	"context"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// Facts are what an Authorizer asks of the families, on every request. Each has
// to answer from the truth: nothing here remembers a decision.
type Facts struct {
	// Grants are the policies that speak for a caller: identity-based ones, the
	// permissions boundary, and session policies. Those of a root are none.
	Grants func(ctx context.Context, c op.Caller) (policy.Set, error)
	// Who is the caller as policies see it.
	Who func(c op.Caller) policy.Principal
	// Keys are the global condition keys of a request by the caller.
	Keys func(c op.Caller) policy.Context

	// Owner is the account that has an application in a Region; "" when none has.
	Owner func(ctx context.Context, region, application string) (account string, err error)
	// Statements are the resource-based policies of an application.
	Statements func(ctx context.Context, owner, region, application string) ([]*policy.Policy, error)
	// Landlord says whether an account keeps, or ever kept, applications here.
	Landlord func(ctx context.Context, account string) (bool, error)

	// Tags are the tags of the resource with an ARN; none when it is not there.
	Tags func(ctx context.Context, arn string) (map[string]string, error)
	// ARN is the full ARN of a resource that the request gives by a part of it,
	// as the name of a secret; what is not there stays as it is.
	ARN func(ctx context.Context, c op.Caller, arn string) (string, error)
}

// Authorizer decides who may.
type Authorizer struct {
	Facts Facts

	// Observe is told every decision that was made, with the ARNs that were
	// asked about; nil: nobody is. It must not keep the slice.
	Observe func(ctx context.Context, c op.Caller, route *smithy.Route, d policy.Decision, resources []string)
}

// Authorize returns the account whose resources the caller may use, or a
// fault.AccessDenied in the words of AWS (IAM user guide, "Troubleshoot access
// denied error messages").
func (a *Authorizer) Authorize(_ context.Context, c op.Caller, route *smithy.Route, in any) (string, error) {
	if c.Root {
		return c.Account, nil
	}
	action := route.Action()
	return "", fault.Denied("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
		c.Principal, action, mostSpecific(op.Resources(c, route, in)), action)
}

func mostSpecific(resources []string) string {
	if len(resources) == 0 {
		return "*"
	}
	return resources[len(resources)-1]
}
