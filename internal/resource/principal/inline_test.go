package principal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
)

func TestInlinePolicies(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.user(t, "ann")
		w.role(t, "r")
		spaced := "{\n  \"Statement\": {\"Effect\": \"Allow\", \"Action\": \"sns:*\", \"Resource\": \"*\"}\n}"
		for _, name := range []string{"b", "a"} {
			must(t, w, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: "ann", PolicyName: name, PolicyDocument: readTopics})
			must(t, w, iam.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: "r", PolicyName: name, PolicyDocument: readTopics})
		}
		must(t, w, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: "Ann", PolicyName: "a", PolicyDocument: spaced})
		must(t, w, iam.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: "R", PolicyName: "a", PolicyDocument: spaced})
		const encoded = "%7B%0A%20%20%22Statement%22%3A%20%7B%22Effect%22%3A%20%22Allow%22%2C%20%22Action%22%3A%20%22sns%3A%2A%22%2C%20%22Resource%22%3A%20%22%2A%22%7D%0A%7D"
		if diff := cmp.Diff(&iam.GetUserPolicyOutput{UserName: "ann", PolicyName: "a", PolicyDocument: encoded}, must(t, w, iam.GetUserPolicy, &iam.GetUserPolicyInput{UserName: "ann", PolicyName: "a"})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(&iam.GetRolePolicyOutput{RoleName: "r", PolicyName: "a", PolicyDocument: encoded}, must(t, w, iam.GetRolePolicy, &iam.GetRolePolicyInput{RoleName: "r", PolicyName: "a"})); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(&iam.ListUserPoliciesOutput{PolicyNames: []string{"a", "b"}, IsTruncated: new(false)}, must(t, w, iam.ListUserPolicies, &iam.ListUserPoliciesInput{UserName: "ann"})); diff != "" {
			t.Error(diff)
		}
		first := must(t, w, iam.ListRolePolicies, &iam.ListRolePoliciesInput{RoleName: "r", MaxItems: new(int32(1))})
		rest := must(t, w, iam.ListRolePolicies, &iam.ListRolePoliciesInput{RoleName: "R", Marker: first.Marker})
		if diff := cmp.Diff([]string{"a", "b"}, append(first.PolicyNames, rest.PolicyNames...)); diff != "" || !*first.IsTruncated || *rest.IsTruncated {
			t.Errorf("%s; truncated %t, %t", diff, *first.IsTruncated, *rest.IsTruncated)
		}
		must(t, w, iam.DeleteUserPolicy, &iam.DeleteUserPolicyInput{UserName: "ann", PolicyName: "a"})
		must(t, w, iam.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: "r", PolicyName: "b"})
		refused(t, w, iam.GetUserPolicy, &iam.GetUserPolicyInput{UserName: "ann", PolicyName: "a"}, codeNoSuchEntity, "The user policy with name a cannot be found.")
		refused(t, w, iam.GetRolePolicy, &iam.GetRolePolicyInput{RoleName: "r", PolicyName: "b"}, codeNoSuchEntity, "The role policy with name b cannot be found.")
	})
}

func TestInlinePoliciesRefuse(t *testing.T) {
	w := oneWorld(t)
	w.user(t, "ann")
	w.role(t, "r")
	const noUser, noRole = "The user with name bob cannot be found.", "The role with name none cannot be found."
	refused(t, w, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: "bob", PolicyName: "a", PolicyDocument: readTopics}, codeNoSuchEntity, noUser)
	refused(t, w, iam.GetUserPolicy, &iam.GetUserPolicyInput{UserName: "bob", PolicyName: "a"}, codeNoSuchEntity, noUser)
	refused(t, w, iam.ListUserPolicies, &iam.ListUserPoliciesInput{UserName: "bob"}, codeNoSuchEntity, noUser)
	refused(t, w, iam.DeleteUserPolicy, &iam.DeleteUserPolicyInput{UserName: "bob", PolicyName: "a"}, codeNoSuchEntity, noUser)
	refused(t, w, iam.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: "none", PolicyName: "a", PolicyDocument: readTopics}, codeNoSuchEntity, noRole)
	refused(t, w, iam.GetRolePolicy, &iam.GetRolePolicyInput{RoleName: "none", PolicyName: "a"}, codeNoSuchEntity, noRole)
	refused(t, w, iam.ListRolePolicies, &iam.ListRolePoliciesInput{RoleName: "none"}, codeNoSuchEntity, noRole)
	refused(t, w, iam.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: "none", PolicyName: "a"}, codeNoSuchEntity, noRole)
	refused(t, w, iam.DeleteUserPolicy, &iam.DeleteUserPolicyInput{UserName: "ann", PolicyName: "a"}, codeNoSuchEntity, "The user policy with name a cannot be found.")
	refused(t, w, iam.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: "r", PolicyName: "a"}, codeNoSuchEntity, "The role policy with name a cannot be found.")
	refused(t, w, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: "ann", PolicyName: "a", PolicyDocument: trustRoot}, codeMalformed,
		`Statement.Principal (line 1, column 67): a statement of an identity-based policy has no element "Principal" here; remove it (names are case-sensitive)`)
}

// sized is a policy that IAM finds so many characters long; spaces do not count.
func sized(n, spaces int) string {
	const frame = `{"Statement":{"Sid":"%s","Effect":"Allow","Action":"*","Resource":"*"}%s}`
	return fmt.Sprintf(frame, strings.Repeat("s", n-len(fmt.Sprintf(frame, "", ""))), strings.Repeat(" \n", spaces/2))
}

// TestInlineSizes: all inline policies of one count together, without their
// white space.
func TestInlineSizes(t *testing.T) {
	w := oneWorld(t)
	w.user(t, "ann")
	w.role(t, "r")
	user := func(name string, n, spaces int) *iam.PutUserPolicyInput {
		return &iam.PutUserPolicyInput{UserName: "ann", PolicyName: name, PolicyDocument: sized(n, spaces)}
	}
	role := func(name string, n, spaces int) *iam.PutRolePolicyInput {
		return &iam.PutRolePolicyInput{RoleName: "r", PolicyName: name, PolicyDocument: sized(n, spaces)}
	}
	must(t, w, iam.PutUserPolicy, user("a", 1024, 5000))
	must(t, w, iam.PutUserPolicy, user("b", 1024, 0))
	refused(t, w, iam.PutUserPolicy, user("b", 1025, 0), codeLimit, "Maximum policy size of 2048 bytes exceeded for user ann")
	must(t, w, iam.PutUserPolicy, user("a", 1023, 0))
	must(t, w, iam.PutUserPolicy, user("b", 1025, 0))
	must(t, w, iam.PutRolePolicy, role("a", 10240, 20))
	refused(t, w, iam.PutRolePolicy, role("b", 100, 0), codeLimit, "Maximum policy size of 10240 bytes exceeded for role r")
	must(t, w, iam.PutRolePolicy, role("a", 100, 100<<10))
	refused(t, w, iam.PutRolePolicy, role("b", 100, 100<<10), codeLimit, "The policies of role r have more than 131072 bytes, white space and all")
}
