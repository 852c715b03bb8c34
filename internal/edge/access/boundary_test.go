package access

import (
	"context"
	"errors"
	"testing"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// TestOnlyWhoIsBounded: a policy can let others change those alone who have a
// permissions boundary, which is the one that the request gives or else the one
// that the user or role has.
func TestOnlyWhoIsBounded(t *testing.T) {
	const limit = "arn:aws:iam::" + home + ":policy/limit"
	c := op.Caller{Account: home, Region: "us-east-1", Principal: "arn:aws:sts::" + home + ":assumed-role/admin/a", Role: "arn:aws:iam::" + home + ":role/admin"}
	w := newWorld()
	w.grants = policy.Set{Identity: []*policy.Policy{allow(t, [3]string{"iam:*", "*", `"StringEquals": {"iam:PermissionsBoundary": "` + limit + `"}`})}}
	asked := 0
	a := w.authorizer()
	a.Facts.Boundary = func(_ context.Context, arn string) (string, error) {
		asked++
		if arn == "arn:aws:iam::"+home+":role/bounded" {
			return limit, w.failure
		}
		return "", w.failure
	}
	for name, tt := range map[string]struct {
		route   *smithy.Route
		in      any
		allowed bool
		asked   int
	}{
		"bounded":         {iam.AttachRolePolicy.Route, &iam.AttachRolePolicyInput{RoleName: "bounded", PolicyARN: limit}, true, 1},
		"free":            {iam.AttachRolePolicy.Route, &iam.AttachRolePolicyInput{RoleName: "free", PolicyARN: limit}, false, 1},
		"made bounded":    {iam.CreateRole.Route, &iam.CreateRoleInput{RoleName: "new", PermissionsBoundary: new(limit)}, true, 0},
		"made otherwise":  {iam.CreateRole.Route, &iam.CreateRoleInput{RoleName: "new", PermissionsBoundary: new(limit + "2")}, false, 0},
		"made free":       {iam.CreateRole.Route, &iam.CreateRoleInput{RoleName: "new"}, false, 1},
		"bounded anew":    {iam.PutRolePermissionsBoundary.Route, &iam.PutRolePermissionsBoundaryInput{RoleName: "bounded", PermissionsBoundary: limit + "2"}, false, 0},
		"bounded by this": {iam.PutRolePermissionsBoundary.Route, &iam.PutRolePermissionsBoundaryInput{RoleName: "free", PermissionsBoundary: limit}, true, 0},
	} {
		asked = 0
		_, err := a.Authorize(t.Context(), c, tt.route, tt.in)
		if tt.allowed != (err == nil) || err != nil && !fault.Is(err, fault.AccessDenied) || asked != tt.asked {
			t.Errorf("%s: %v, asked %d times", name, err, asked)
		}
	}
	w.failure = errors.New("the store is gone")
	if err := a.bounds(t.Context(), &question{grants: w.grants}, &policy.Target{}); !errors.Is(err, w.failure) {
		t.Errorf("%v", err)
	}
	asked = 0
	if err := a.bounds(t.Context(), &question{}, &policy.Target{}); err != nil || asked > 0 {
		t.Errorf("asked though no policy mentions it: %v", err)
	}
}
