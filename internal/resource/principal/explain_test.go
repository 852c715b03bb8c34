package principal

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
)

// TestCaller names everybody who has an ARN, and nobody else.
func TestCaller(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		root := op.Caller{Account: roleAccount, Region: "us-east-1", Root: true, Principal: "arn:aws:iam::" + roleAccount + ":root"}
		role, err := s.CreateRole(t.Context(), root, &iam.CreateRoleInput{RoleName: "search", Path: new("/isv/"), AssumeRolePolicyDocument: trustsUs})
		if err != nil {
			t.Fatal(err)
		}
		user, err := s.CreateUser(t.Context(), root, &iam.CreateUserInput{UserName: "ann", Tags: []iam.Tag{{Key: "team", Value: "red"}}})
		if err != nil {
			t.Fatal(err)
		}
		arn := role.Role.ARN
		session := func(name string) *op.Caller {
			return &op.Caller{Account: roleAccount, Principal: "arn:aws:sts::111122223333:assumed-role/search/" + name, Role: arn, ID: role.Role.RoleID + ":" + name}
		}
		for text, want := range map[string]*op.Caller{
			root.Principal: {Account: roleAccount, Principal: root.Principal, Root: true},
			arn:            session("session"),
			"arn:aws:sts::111122223333:assumed-role/search/bob": session("bob"),
			user.User.ARN: {Account: roleAccount, Principal: user.User.ARN, ID: user.User.UserID, Tags: map[string]string{"team": "red"}},

			"arn:aws:iam::111122223333:role/search":           nil, // its path is missing
			"arn:aws:iam::111122223333:role/isv/none":         nil,
			"arn:aws:iam::444455556666:role/isv/search":       nil,
			"arn:aws:sts::111122223333:assumed-role/none/bob": nil,
			"arn:aws:sts::111122223333:assumed-role/search":   nil,
			"arn:aws:sts::111122223333:assumed-role/search/":  nil,
			"arn:aws:iam::111122223333:user/none":             nil,
			"arn:aws:iam::111122223333:policy/ann":            nil,
			"arn:aws:iam::ann:root":                           nil,
			"ann":                                             nil,
			"":                                                nil,
		} {
			got, found, err := s.Caller(t.Context(), text)
			if err != nil || found != (want != nil) {
				t.Errorf("%q: found %v, %v", text, found, err)
				continue
			}
			if len(got.Tags) == 0 {
				got.Tags = nil
			}
			if want != nil {
				if diff := cmp.Diff(*want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
					t.Errorf("%q: %s", text, diff)
				}
			}
		}
	})
}

// TestPolicyNames are in the order of the policies of Grants.
func TestPolicyNames(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		makeRole(t, s, trustsUs, readsSecret)
		root := op.Caller{Account: roleAccount, Region: "us-east-1", Root: true, Principal: "arn:aws:iam::" + roleAccount + ":root"}
		const power, admin = "arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws:iam::aws:policy/AdministratorAccess"
		for _, err := range []error{
			second(s.PutRolePolicy(t.Context(), root, &iam.PutRolePolicyInput{RoleName: "plugins", PolicyName: "bars", PolicyDocument: readsNone})),
			second(s.AttachRolePolicy(t.Context(), root, &iam.AttachRolePolicyInput{RoleName: "plugins", PolicyARN: power})),
			second(s.AttachRolePolicy(t.Context(), root, &iam.AttachRolePolicyInput{RoleName: "plugins", PolicyARN: admin})),
			second(s.PutRoleBoundary(t.Context(), root, &iam.PutRolePermissionsBoundaryInput{RoleName: "plugins", PermissionsBoundary: admin})),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		c, _, err := s.Caller(t.Context(), serviceRole)
		if err != nil {
			t.Fatal(err)
		}
		names, boundary, err := s.PolicyNames(t.Context(), c)
		if diff := cmp.Diff([]string{"bars", "reads", admin, power}, names); diff != "" || boundary != admin || err != nil {
			t.Errorf("%s, %v: %s", boundary, err, diff)
		}
		set, err := s.Grants(t.Context(), c)
		if err != nil || len(set.Identity) != 4 || set.Boundary == nil || set.Identity[0].Statements[0].Effect.String() != "Deny" {
			t.Errorf("the policies are others: %+v, %v", set, err)
		}
		if names, boundary, err = s.PolicyNames(t.Context(), root); names != nil || boundary != "" || err != nil {
			t.Errorf("a root has %q %q, %v", names, boundary, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }
