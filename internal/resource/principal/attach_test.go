package principal

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
)

func TestAttachPolicies(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.user(t, "ann")
		w.role(t, "r")
		arn := *must(t, w, iam.CreatePolicy, &iam.CreatePolicyInput{PolicyName: "topics", Path: new("/team/"), PolicyDocument: readTopics}).Policy.ARN
		for range 2 { // a second time is no error
			must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "Ann", PolicyARN: arn})
			must(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "R", PolicyARN: arn})
		}
		w.clock.Advance(1e9)
		must(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "r", PolicyARN: AdministratorAccess})
		topics := iam.AttachedPolicy{PolicyName: new("topics"), PolicyARN: new("arn:aws:iam::111122223333:policy/team/topics")}
		admin := iam.AttachedPolicy{PolicyName: new("AdministratorAccess"), PolicyARN: new(AdministratorAccess)}
		if diff := cmp.Diff([]iam.AttachedPolicy{topics}, must(t, w, iam.ListAttachedUserPolicies, &iam.ListAttachedUserPoliciesInput{UserName: "ann"}).AttachedPolicies); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]iam.AttachedPolicy{topics, admin}, must(t, w, iam.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: "r"}).AttachedPolicies); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]iam.AttachedPolicy{topics}, must(t, w, iam.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: "r", PathPrefix: new("/team/")}).AttachedPolicies); diff != "" {
			t.Error(diff)
		}
		first := must(t, w, iam.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: "r", MaxItems: new(int32(1))})
		second := must(t, w, iam.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: "r", Marker: first.Marker})
		if diff := cmp.Diff([]iam.AttachedPolicy{topics, admin}, append(first.AttachedPolicies, second.AttachedPolicies...)); diff != "" {
			t.Error(diff)
		}
		must(t, w, iam.DetachUserPolicy, &iam.DetachUserPolicyInput{UserName: "ann", PolicyARN: arn})
		must(t, w, iam.DetachRolePolicy, &iam.DetachRolePolicyInput{RoleName: "r", PolicyARN: AdministratorAccess})
		refused(t, w, iam.DetachUserPolicy, &iam.DetachUserPolicyInput{UserName: "ann", PolicyARN: arn}, codeNoSuchEntity, "Policy "+arn+" was not found.")
		if n := len(must(t, w, iam.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: "r"}).AttachedPolicies); n != 1 {
			t.Errorf("%d are left, want 1", n)
		}
	})
}

func TestAttachRefuses(t *testing.T) {
	w := oneWorld(t)
	w.user(t, "ann")
	w.role(t, "r")
	arn := w.policy(t, "Topics", readTopics)
	for _, bad := range []string{"arn:aws:iam::111122223333:role/x", "arn:aws:iam::1:policy/x", "arn:aws:iam::111122223333:policy/", "policy/topics-of-the-team", "arn:aws:s3::111122223333:policy/x"} {
		words := "ARN " + bad + " is not valid."
		refused(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: bad}, codeInvalid, words)
		refused(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "r", PolicyARN: bad}, codeInvalid, words)
		refused(t, w, iam.DetachUserPolicy, &iam.DetachUserPolicyInput{UserName: "ann", PolicyARN: bad}, codeInvalid, words)
		refused(t, w, iam.DetachRolePolicy, &iam.DetachRolePolicyInput{RoleName: "r", PolicyARN: bad}, codeInvalid, words)
	}
	for _, none := range []string{ownPrefix + "/none", ownPrefix + "/topics", ownPrefix + "/x/Topics", awsPrefix + "/NoSuchAccess", "arn:aws:iam::000000000007:policy/Topics"} {
		words := "Policy " + none + " does not exist or is not attachable."
		refused(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: none}, codeNoSuchEntity, words)
		refused(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "r", PolicyARN: none}, codeNoSuchEntity, words)
	}
	const noUser, noRole = "The user with name bob cannot be found.", "The role with name none cannot be found."
	refused(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "bob", PolicyARN: arn}, codeNoSuchEntity, noUser)
	refused(t, w, iam.DetachUserPolicy, &iam.DetachUserPolicyInput{UserName: "bob", PolicyARN: arn}, codeNoSuchEntity, noUser)
	refused(t, w, iam.ListAttachedUserPolicies, &iam.ListAttachedUserPoliciesInput{UserName: "bob"}, codeNoSuchEntity, noUser)
	refused(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "none", PolicyARN: arn}, codeNoSuchEntity, noRole)
	refused(t, w, iam.DetachRolePolicy, &iam.DetachRolePolicyInput{RoleName: "none", PolicyARN: arn}, codeNoSuchEntity, noRole)
	refused(t, w, iam.ListAttachedRolePolicies, &iam.ListAttachedRolePoliciesInput{RoleName: "none"}, codeNoSuchEntity, noRole)
}

func TestAttachQuotas(t *testing.T) {
	w := oneWorld(t)
	w.user(t, "ann")
	w.role(t, "r")
	var last string
	for i := range maxAttached + 1 {
		last = w.policy(t, fmt.Sprint("p", i), readTopics)
		if i < maxAttached {
			must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: last})
			must(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "r", PolicyARN: last})
		}
	}
	refused(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: last}, codeLimit, "Cannot exceed quota for PoliciesPerUser: 10")
	refused(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "r", PolicyARN: last}, codeLimit, "Cannot exceed quota for PoliciesPerRole: 10")
	must(t, w, iam.PutRolePermissionsBoundary, &iam.PutRolePermissionsBoundaryInput{RoleName: "r", PermissionsBoundary: last}) // counts apart
}

func TestBoundaries(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.user(t, "ann")
		w.role(t, "r")
		first, second := w.policy(t, "first", readTopics), w.policy(t, "second", readTopics)
		uses := func(arn string) int32 {
			return *must(t, w, iam.GetPolicy, &iam.GetPolicyInput{PolicyARN: arn}).Policy.PermissionsBoundaryUsageCount
		}
		for _, arn := range []string{first, first, second} {
			must(t, w, iam.PutUserPermissionsBoundary, &iam.PutUserPermissionsBoundaryInput{UserName: "ann", PermissionsBoundary: arn})
			must(t, w, iam.PutRolePermissionsBoundary, &iam.PutRolePermissionsBoundaryInput{RoleName: "r", PermissionsBoundary: arn})
		}
		if uses(first) != 0 || uses(second) != 2 {
			t.Errorf("first is used %d times, second %d", uses(first), uses(second))
		}
		if b := must(t, w, iam.GetRole, &iam.GetRoleInput{RoleName: "r"}).Role.PermissionsBoundary; b == nil || *b.PermissionsBoundaryARN != second {
			t.Errorf("%+v", b)
		}
		for arn, want := range map[string]string{
			"arn:aws:iam::111122223333:user/ann": second, "arn:aws:iam::111122223333:role/r": second,
			"arn:aws:iam::111122223333:user/bob": "", "arn:aws:iam::111122223333:role/none": "", first: "", "": "",
		} {
			if got, err := w.Boundary(t.Context(), arn); err != nil || got != want {
				t.Errorf("%s: %q, %v", arn, got, err)
			}
		}
		refused(t, w, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: second}, codeConflict, "Cannot delete a policy attached to entities.")
		for range 2 { // a second time is no error
			must(t, w, iam.DeleteUserPermissionsBoundary, &iam.DeleteUserPermissionsBoundaryInput{UserName: "ann"})
			must(t, w, iam.DeleteRolePermissionsBoundary, &iam.DeleteRolePermissionsBoundaryInput{RoleName: "r"})
		}
		if b := must(t, w, iam.GetUser, &iam.GetUserInput{UserName: new("ann")}).User.PermissionsBoundary; b != nil || uses(second) != 0 {
			t.Errorf("%+v, used %d times", b, uses(second))
		}
		must(t, w, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: second})
		gone := "Scope ARN: " + second + " does not exist or is not attachable."
		refused(t, w, iam.PutUserPermissionsBoundary, &iam.PutUserPermissionsBoundaryInput{UserName: "ann", PermissionsBoundary: second}, codeNoSuchEntity, gone)
		refused(t, w, iam.PutRolePermissionsBoundary, &iam.PutRolePermissionsBoundaryInput{RoleName: "r", PermissionsBoundary: second}, codeNoSuchEntity, gone)
		refused(t, w, iam.PutUserPermissionsBoundary, &iam.PutUserPermissionsBoundaryInput{UserName: "bob", PermissionsBoundary: first}, codeNoSuchEntity, "The user with name bob cannot be found.")
		refused(t, w, iam.PutRolePermissionsBoundary, &iam.PutRolePermissionsBoundaryInput{RoleName: "none", PermissionsBoundary: first}, codeNoSuchEntity, "The role with name none cannot be found.")
		refused(t, w, iam.DeleteUserPermissionsBoundary, &iam.DeleteUserPermissionsBoundaryInput{UserName: "bob"}, codeNoSuchEntity, "The user with name bob cannot be found.")
		refused(t, w, iam.DeleteRolePermissionsBoundary, &iam.DeleteRolePermissionsBoundaryInput{RoleName: "none"}, codeNoSuchEntity, "The role with name none cannot be found.")
		refused(t, w, iam.PutRolePermissionsBoundary, &iam.PutRolePermissionsBoundaryInput{RoleName: "r", PermissionsBoundary: "no-arn-of-a-policy-at-all"}, codeInvalid, "ARN no-arn-of-a-policy-at-all is not valid.")
	})
}
