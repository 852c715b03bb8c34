package access

import (
	"context"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// Authorizer decides who may. The root of the server's account may do
// everything in it. Every other principal has no identity-based policy yet, and
// what is not allowed is denied; the statements of AssociatePermission are kept
// and will be weighed here.
type Authorizer struct{}

// Authorize returns nil or a fault.AccessDenied in the words of AWS (IAM user
// guide, "Troubleshoot access denied error messages"). The resource it names is
// the most specific one. It never looks whether that exists, so the answer says
// nothing about it.
func (Authorizer) Authorize(_ context.Context, c op.Caller, route *smithy.Route, in any) (string, error) {
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
