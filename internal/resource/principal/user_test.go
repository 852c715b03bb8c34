package principal

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func TestUsers(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		arn := w.policy(t, "limit", readTopics)
		made := must(t, w, iam.CreateUser, &iam.CreateUserInput{
			UserName: "Ann", Path: new("/staff/"), PermissionsBoundary: &arn, Tags: []iam.Tag{{Key: "Team", Value: "red"}, {Key: "a", Value: ""}},
		}).User
		if !regexp.MustCompile(`^AIDA[A-Z2-7]{17}$`).MatchString(made.UserID) {
			t.Errorf("ID %q", made.UserID)
		}
		want := iam.User{
			Path: "/staff/", UserName: "Ann", UserID: made.UserID, ARN: "arn:aws:iam::111122223333:user/staff/Ann", CreateDate: storetest.Start(),
			PermissionsBoundary: &iam.AttachedPermissionsBoundary{PermissionsBoundaryType: new(iam.PermissionsBoundaryAttachmentTypePermissionsBoundaryPolicy), PermissionsBoundaryARN: &arn},
			Tags:                []iam.Tag{{Key: "Team", Value: "red"}, {Key: "a", Value: ""}},
		}
		got := must(t, w, iam.GetUser, &iam.GetUserInput{UserName: new("ann")}).User
		if diff := cmp.Diff([]iam.User{want, want}, []iam.User{*made, got}); diff != "" {
			t.Error(diff)
		}
		listed := must(t, w, iam.ListUsers, &iam.ListUsersInput{})
		want.Tags, want.PermissionsBoundary = nil, nil
		if diff := cmp.Diff(&iam.ListUsersOutput{Users: []iam.User{want}, IsTruncated: new(false)}, listed); diff != "" {
			t.Error(diff)
		}
		refused(t, w, iam.CreateUser, &iam.CreateUserInput{UserName: "ANN"}, codeExists, "User with name ANN already exists.")
		must(t, w, iam.DeleteUser, &iam.DeleteUserInput{UserName: "aNN"}) // a boundary does not keep it
		refused(t, w, iam.GetUser, &iam.GetUserInput{UserName: new("Ann")}, codeNoSuchEntity, "The user with name Ann cannot be found.")
		if again := must(t, w, iam.CreateUser, &iam.CreateUserInput{UserName: "Ann", Path: new("/staff/")}).User; again.UserID == made.UserID || again.PermissionsBoundary != nil {
			t.Errorf("a user that is made again has the ID or boundary of the first: %+v", again)
		}
	})
}

func TestCreateUserRefuses(t *testing.T) {
	w := oneWorld(t)
	for name, tt := range map[string]struct {
		in      iam.CreateUserInput
		code    fault.Code
		message string
	}{
		"slashes":       {iam.CreateUserInput{Path: new("/a//b/")}, fault.Validation, "The specified value for path is invalid. It must not have two slashes in a row."},
		"reserved path": {iam.CreateUserInput{Path: new("/aws-service-role/x/")}, fault.Validation, "The path prefix /aws-service-role/ is reserved for roles that services make for themselves."},
		"same tags":     {iam.CreateUserInput{Tags: []iam.Tag{{Key: "a", Value: "1"}, {Key: "A", Value: "2"}}}, codeInvalid, "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		"no boundary":   {iam.CreateUserInput{PermissionsBoundary: new(ownPrefix + "/none")}, codeNoSuchEntity, "Scope ARN: arn:aws:iam::111122223333:policy/none does not exist or is not attachable."},
		"bad boundary":  {iam.CreateUserInput{PermissionsBoundary: new("arn:aws:iam::111122223333:role/x")}, codeInvalid, "ARN arn:aws:iam::111122223333:role/x is not valid."},
		"of others":     {iam.CreateUserInput{PermissionsBoundary: new("arn:aws:iam::000000000007:policy/x")}, codeNoSuchEntity, "Scope ARN: arn:aws:iam::000000000007:policy/x does not exist or is not attachable."},
	} {
		t.Run(name, func(t *testing.T) {
			tt.in.UserName = "ann"
			refused(t, w, iam.CreateUser, &tt.in, tt.code, tt.message)
		})
	}
	if n := len(must(t, w, iam.ListUsers, &iam.ListUsersInput{}).Users); n != 0 {
		t.Errorf("%d refused users are kept", n)
	}
}

func TestAccountsAreApart(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.user(t, "ann")
		w.role(t, "r")
		arn := w.policy(t, "p", readTopics)
		there := optest.Root(other)
		there.Owner = us // whatever the pipeline says: IAM is about the caller's own account
		refusedFor(t, w, there, iam.GetUser, &iam.GetUserInput{UserName: new("ann")}, codeNoSuchEntity, "The user with name ann cannot be found.")
		refusedFor(t, w, there, iam.DeleteRole, &iam.DeleteRoleInput{RoleName: "r"}, codeNoSuchEntity, "The role with name r cannot be found.")
		refusedFor(t, w, there, iam.GetPolicy, &iam.GetPolicyInput{PolicyARN: arn}, codeNoSuchEntity, "Policy "+arn+" was not found.")
		optest.Must(t, w.calls, there, iam.CreateUser, &iam.CreateUserInput{UserName: "ann"})
		refusedFor(t, w, there, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: arn}, codeNoSuchEntity, "Policy "+arn+" does not exist or is not attachable.")
	})
}

// TestTheCallerIsTheUser: operations on users without a name are about the
// caller.
func TestTheCallerIsTheUser(t *testing.T) {
	w := oneWorld(t)
	ann := w.user(t, "ann")
	if got := optest.Must(t, w.calls, ann, iam.GetUser, &iam.GetUserInput{}).User; got.ARN != ann.Principal || got.UserID != ann.ID {
		t.Errorf("%+v", got)
	}
	want := iam.User{Path: "/", UserName: "root", UserID: us, ARN: "arn:aws:iam::111122223333:root", CreateDate: time.Unix(0, 0).UTC()}
	if diff := cmp.Diff(want, must(t, w, iam.GetUser, &iam.GetUserInput{}).User); diff != "" {
		t.Error(diff)
	}
	session := roleNamed(t, w.Service, us, w.role(t, "r").RoleName).Session("s")
	refusedFor(t, w, session, iam.GetUser, &iam.GetUserInput{}, fault.Validation, "Must specify userName when calling with non-User credentials")
	refused(t, w, iam.CreateAccessKey, &iam.CreateAccessKeyInput{}, fault.Validation, "The root's access key is not kept here: it is part of the server's configuration. Name a user with UserName.")
}

func TestUpdateUser(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		ann := w.user(t, "ann")
		w.user(t, "bob")
		arn := w.policy(t, "p", readTopics)
		must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: arn})
		must(t, w, iam.UpdateUser, &iam.UpdateUserInput{UserName: "ann", NewUserName: new("Anne"), NewPath: new("/x/")})
		c, _, found, err := w.Find(t.Context(), ann.AccessKeyID)
		if err != nil || !found || c.Principal != "arn:aws:iam::111122223333:user/x/Anne" || c.ID != ann.ID {
			t.Errorf("the key after: %+v, %t, %v", c, found, err)
		}
		if set, err := w.Grants(t.Context(), c); err != nil || len(set.Identity) != 1 {
			t.Errorf("the policies after: %+v, %v", set, err)
		}
		refused(t, w, iam.GetUser, &iam.GetUserInput{UserName: new("ann")}, codeNoSuchEntity, "The user with name ann cannot be found.")
		refused(t, w, iam.UpdateUser, &iam.UpdateUserInput{UserName: "Anne", NewUserName: new("BOB")}, codeExists, "User with name BOB already exists.")
		refused(t, w, iam.UpdateUser, &iam.UpdateUserInput{UserName: "Anne", NewPath: new("//")}, fault.Validation, "The specified value for path is invalid. It must not have two slashes in a row.")
		refused(t, w, iam.UpdateUser, &iam.UpdateUserInput{UserName: "carl"}, codeNoSuchEntity, "The user with name carl cannot be found.")
		must(t, w, iam.UpdateUser, &iam.UpdateUserInput{UserName: "anne", NewUserName: new("ANNE")})
		if got := must(t, w, iam.GetUser, &iam.GetUserInput{UserName: new("anne")}).User; got.UserName != "ANNE" || got.Path != "/x/" {
			t.Errorf("%+v", got)
		}
	})
}

func TestDeleteUserRefuses(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		key := w.user(t, "ann").AccessKeyID
		if out := must(t, w, iam.ListGroupsForUser, &iam.ListGroupsForUserInput{UserName: "Ann"}); len(out.Groups) != 0 || *out.IsTruncated {
			t.Errorf("there are no groups, and yet %+v", out)
		}
		refused(t, w, iam.ListGroupsForUser, &iam.ListGroupsForUserInput{UserName: "bob"}, codeNoSuchEntity, "The user with name bob cannot be found.")
		in := &iam.DeleteUserInput{UserName: "ann"}
		arn := w.policy(t, "p", readTopics)
		must(t, w, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: "ann", PolicyName: "own", PolicyDocument: readTopics})
		must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: arn})
		refused(t, w, iam.DeleteUser, in, codeConflict, "Cannot delete entity, must delete access keys first.")
		must(t, w, iam.DeleteAccessKey, &iam.DeleteAccessKeyInput{UserName: &in.UserName, AccessKeyID: key})
		refused(t, w, iam.DeleteUser, in, codeConflict, "Cannot delete entity, must delete policies first.")
		must(t, w, iam.DeleteUserPolicy, &iam.DeleteUserPolicyInput{UserName: "ann", PolicyName: "own"})
		refused(t, w, iam.DeleteUser, in, codeConflict, "Cannot delete entity, must detach all policies first.")
		must(t, w, iam.DetachUserPolicy, &iam.DetachUserPolicyInput{UserName: "ann", PolicyARN: arn})
		must(t, w, iam.DeleteUser, in)
		refused(t, w, iam.DeleteUser, in, codeNoSuchEntity, "The user with name ann cannot be found.")
	})
}

// TestPages: every user once, in pages of any size, with and without a prefix.
func TestPages(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		var all, staff []string
		for i := range 7 {
			path, name := "/", fmt.Sprintf("User-%d", i)
			if i%3 == 0 {
				path = "/staff/"
				staff = append(staff, name)
			}
			all = append(all, name)
			must(t, w, iam.CreateUser, &iam.CreateUserInput{UserName: name, Path: &path})
		}
		for prefix, want := range map[string][]string{"/": all, "/staff/": staff, "/nobody/": nil} {
			for size := int32(1); size < 9; size++ {
				if diff := cmp.Diff(want, w.userNames(t, prefix, size)); diff != "" {
					t.Errorf("%s by %d: %s", prefix, size, diff)
				}
			}
		}
		page := must(t, w, iam.ListUsers, &iam.ListUsersInput{MaxItems: new(int32(2))})
		words := "Invalid Marker: it is not one that this list gave to this caller; begin again without it."
		refused(t, w, iam.ListRoles, &iam.ListRolesInput{Marker: page.Marker}, fault.Validation, words)
		refused(t, w, iam.ListUsers, &iam.ListUsersInput{Marker: page.Marker, PathPrefix: new("/staff/")}, fault.Validation, words)
		refusedFor(t, w, optest.Root(other), iam.ListUsers, &iam.ListUsersInput{Marker: page.Marker}, fault.Validation, words)
		if n := len(*page.Marker); n > 320 {
			t.Errorf("a marker of %d characters, the model's bound is 320", n)
		}
	})
}

// userNames reads the whole list in pages of a size.
func (w *world) userNames(t *testing.T, prefix string, size int32) (names []string) {
	t.Helper()
	in := &iam.ListUsersInput{PathPrefix: &prefix, MaxItems: &size}
	for {
		out := must(t, w, iam.ListUsers, in)
		if len(out.Users) > int(size) || *out.IsTruncated != (out.Marker != nil) {
			t.Fatalf("%d users on a page of %d, truncated %t, marker %v", len(out.Users), size, *out.IsTruncated, out.Marker)
		}
		for _, u := range out.Users {
			names = append(names, u.UserName)
		}
		if in.Marker = out.Marker; in.Marker == nil {
			return names
		}
	}
}

// TestSiftReadsOn: a filter that few pass does not end the list.
func TestSiftReadsOn(t *testing.T) {
	w := oneWorld(t)
	err := w.DB.Update(t.Context(), func(tx *store.Tx) error {
		for i := range stretch + 5 {
			u := new(User)
			u.Entity = Entity{Account: us, Path: "/", Name: fmt.Sprintf("u%04d", i)}
			if i == stretch+3 {
				u.Path = "/staff/"
			}
			if err := insert(tx, u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"u0203"}, w.userNames(t, "/staff/", 1)); diff != "" {
		t.Error(diff)
	}
	if n := len(must(t, w, iam.ListUsers, &iam.ListUsersInput{}).Users); n != usualPage {
		t.Errorf("%d users on a page, want %d", n, usualPage)
	}
}

// TestMarkersOfTheLongestNamesFit into what requests may carry.
func TestMarkersOfTheLongestNamesFit(t *testing.T) {
	w := oneWorld(t)
	long := strings.Repeat("n", 128)
	for i := range 2 {
		w.policy(t, fmt.Sprint(long[:127], i), readTopics)
	}
	out := must(t, w, iam.ListPolicies, &iam.ListPoliciesInput{Scope: new(iam.PolicyScopeTypeLocal), MaxItems: new(int32(1))})
	if out.Marker == nil || len(*out.Marker) > 320 {
		t.Errorf("marker %v", out.Marker)
	}
}

func TestEntitiesPerAccount(t *testing.T) {
	w := oneWorld(t)
	err := w.DB.Update(t.Context(), func(tx *store.Tx) error {
		for i := range quotas[roleKind].most {
			r := new(Role)
			r.Entity = Entity{Account: us, Path: "/", Name: fmt.Sprint("r", i)}
			if err := insert(tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	refused(t, w, iam.CreateRole, &iam.CreateRoleInput{RoleName: "more", AssumeRolePolicyDocument: trustRoot}, codeLimit, "Cannot exceed quota for RolesPerAccount: 1000")
	optest.Must(t, w.calls, op.Caller{Account: other}, iam.CreateRole, &iam.CreateRoleInput{RoleName: "more", AssumeRolePolicyDocument: trustRoot})
}
