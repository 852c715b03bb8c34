package principal

import (
	"context"
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

func TestRoles(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		document := "{\"Version\": \"2012-10-17\",\n \"Statement\": {\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"qbusiness.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}}"
		made := must(t, w, iam.CreateRole, &iam.CreateRoleInput{
			RoleName: "Reader", Path: new("/apps/"), AssumeRolePolicyDocument: document, Description: new("reads"),
			MaxSessionDuration: new(int32(7200)), PermissionsBoundary: new(AdministratorAccess), Tags: []iam.Tag{{Key: "k", Value: "v"}},
		}).Role
		if !regexp.MustCompile(`^AROA[A-Z2-7]{17}$`).MatchString(made.RoleID) {
			t.Errorf("ID %q", made.RoleID)
		}
		want := iam.Role{
			Path: "/apps/", RoleName: "Reader", RoleID: made.RoleID, ARN: "arn:aws:iam::111122223333:role/apps/Reader", CreateDate: storetest.Start(),
			Description: new("reads"), MaxSessionDuration: new(int32(7200)), Tags: []iam.Tag{{Key: "k", Value: "v"}},
			AssumeRolePolicyDocument: new("%7B%22Version%22%3A%20%222012-10-17%22%2C%0A%20%22Statement%22%3A%20%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22qbusiness.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D"),
			PermissionsBoundary:      &iam.AttachedPermissionsBoundary{PermissionsBoundaryType: new(iam.PermissionsBoundaryAttachmentTypePermissionsBoundaryPolicy), PermissionsBoundaryARN: new(AdministratorAccess)},
		}
		got := must(t, w, iam.GetRole, &iam.GetRoleInput{RoleName: "reader"}).Role
		if diff := cmp.Diff([]iam.Role{want, want}, []iam.Role{made, got}); diff != "" {
			t.Error(diff)
		}
		want.Tags, want.PermissionsBoundary = nil, nil
		if diff := cmp.Diff([]iam.Role{want}, must(t, w, iam.ListRoles, &iam.ListRolesInput{PathPrefix: new("/apps/")}).Roles); diff != "" {
			t.Error(diff)
		}
		held, found, err := w.Role(t.Context(), want.ARN)
		if err != nil || !found || held.Trust != document || held.MaxSession != 2*time.Hour || held.Boundary != AdministratorAccess || held.ID != made.RoleID {
			t.Errorf("%+v, %t, %v", held, found, err)
		}
		for _, arn := range []string{"arn:aws:iam::111122223333:role/Reader", "arn:aws:iam::111122223333:role/apps/reader", "arn:aws:iam::000000000007:role/apps/Reader", "arn:aws:iam::111122223333:user/apps/Reader", "Reader", ""} {
			if _, found, err := w.Role(t.Context(), arn); found || err != nil {
				t.Errorf("%s: found %t, %v", arn, found, err)
			}
		}
	})
}

func TestCreateRoleRefuses(t *testing.T) {
	w := oneWorld(t)
	w.role(t, "taken")
	long := fmt.Sprintf(`{"Statement":{"Sid":"%s","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`, strings.Repeat("s", maxTrust))
	for name, tt := range map[string]struct {
		in      iam.CreateRoleInput
		code    fault.Code
		message string
	}{
		"taken":        {iam.CreateRoleInput{RoleName: "Taken"}, codeExists, "Role with name Taken already exists."},
		"no JSON":      {iam.CreateRoleInput{AssumeRolePolicyDocument: "trust me"}, codeMalformed, "line 1, column 1: this is no JSON: invalid character 's' in literal true (expecting 'e')"},
		"no principal": {iam.CreateRoleInput{AssumeRolePolicyDocument: readTopics}, codeMalformed, `Statement.Resource (line 1, column 86): a statement of a role trust policy has no element "Resource" here; remove it (names are case-sensitive)`},
		"not of STS":   {iam.CreateRoleInput{AssumeRolePolicyDocument: `{"Statement":[{"Effect":"Allow","Principal":"*","Action":["STS:AssumeRole","qbusiness:*"]}]}`}, codeMalformed, `AssumeRole policy may only specify STS AssumeRole actions; got "qbusiness:*"`},
		"everything":   {iam.CreateRoleInput{AssumeRolePolicyDocument: `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}`}, codeMalformed, `AssumeRole policy may only specify STS AssumeRole actions; got "*"`},
		"long":         {iam.CreateRoleInput{AssumeRolePolicyDocument: long}, codeLimit, "Cannot exceed quota for ACLSizePerRole: 2048"},
		"boundary":     {iam.CreateRoleInput{PermissionsBoundary: new(ownPrefix + "/none")}, codeInvalid, "Scope ARN: arn:aws:iam::111122223333:policy/none does not exist or is not attachable."},
		"path":         {iam.CreateRoleInput{Path: new("/aws-service-role/x/")}, fault.Validation, "The path prefix /aws-service-role/ is reserved for roles that services make for themselves."},
		"tags":         {iam.CreateRoleInput{Tags: []iam.Tag{{Key: "aws:a", Value: "1"}}}, codeInvalid, `Tag keys that begin with aws: are reserved; got "aws:a".`},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.in.AssumeRolePolicyDocument == "" {
				tt.in.AssumeRolePolicyDocument = trustRoot
			}
			if tt.in.RoleName == "" {
				tt.in.RoleName = "r"
			}
			refused(t, w, iam.CreateRole, &tt.in, tt.code, tt.message)
		})
	}
	if n := len(must(t, w, iam.ListRoles, &iam.ListRolesInput{}).Roles); n != 1 {
		t.Errorf("%d roles, want the one that was made", n)
	}
}

func TestChangeRoles(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.role(t, "r")
		must(t, w, iam.UpdateRole, &iam.UpdateRoleInput{RoleName: "R", Description: new("first"), MaxSessionDuration: new(int32(3601))})
		must(t, w, iam.UpdateRole, &iam.UpdateRoleInput{RoleName: "r"}) // changes nothing
		if r := must(t, w, iam.GetRole, &iam.GetRoleInput{RoleName: "r"}).Role; *r.Description != "first" || *r.MaxSessionDuration != 3601 {
			t.Errorf("%+v", r)
		}
		if r := must(t, w, iam.UpdateRoleDescription, &iam.UpdateRoleDescriptionInput{RoleName: "r", Description: "second"}).Role; *r.Description != "second" {
			t.Errorf("%+v", r)
		}
		trust := strings.Replace(trustRoot, us, other, 1)
		must(t, w, iam.UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: trust})
		r := roleNamed(t, w.Service, us, "r")
		if p, err := r.TrustPolicy(); err != nil || r.Trust != trust || len(p.Statements) != 1 {
			t.Errorf("%s, %v", r.Trust, err)
		}
		refused(t, w, iam.UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{RoleName: "r", PolicyDocument: "{}"}, codeMalformed, "line 1, column 1: there is no Statement; add one")
		for _, call := range []func(string, fault.Code, string){
			func(n string, c fault.Code, m string) {
				refused(t, w, iam.UpdateRole, &iam.UpdateRoleInput{RoleName: n}, c, m)
			},
			func(n string, c fault.Code, m string) {
				refused(t, w, iam.UpdateRoleDescription, &iam.UpdateRoleDescriptionInput{RoleName: n}, c, m)
			},
			func(n string, c fault.Code, m string) {
				refused(t, w, iam.UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{RoleName: n, PolicyDocument: trust}, c, m)
			},
			func(n string, c fault.Code, m string) {
				refused(t, w, iam.DeleteRole, &iam.DeleteRoleInput{RoleName: n}, c, m)
			},
		} {
			call("none", codeNoSuchEntity, "The role with name none cannot be found.")
		}
		if out := must(t, w, iam.ListInstanceProfilesForRole, &iam.ListInstanceProfilesForRoleInput{RoleName: "r"}); len(out.InstanceProfiles) != 0 || *out.IsTruncated {
			t.Errorf("%+v", out)
		}
		refused(t, w, iam.ListInstanceProfilesForRole, &iam.ListInstanceProfilesForRoleInput{RoleName: "none"}, codeNoSuchEntity, "The role with name none cannot be found.")
	})
}

func TestDeleteRole(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		key, _ := add(t, w.Service, us, "r", nil)
		first := roleNamed(t, w.Service, us, "r")
		in := &iam.DeleteRoleInput{RoleName: "r"}
		must(t, w, iam.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: "r", PolicyName: "own", PolicyDocument: readTopics})
		must(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "r", PolicyARN: AdministratorAccess})
		refused(t, w, iam.DeleteRole, in, codeConflict, "Cannot delete entity, must delete policies first.")
		must(t, w, iam.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: "r", PolicyName: "own"})
		refused(t, w, iam.DeleteRole, in, codeConflict, "Cannot delete entity, must detach all policies first.")
		must(t, w, iam.DetachRolePolicy, &iam.DetachRolePolicyInput{RoleName: "r", PolicyARN: AdministratorAccess})
		must(t, w, iam.DeleteRole, in)
		if _, _, found, err := w.Find(t.Context(), key.ID); found || err != nil {
			t.Errorf("a key outlives its role: %t, %v", found, err)
		}
		w.role(t, "r")
		must(t, w, iam.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: "r", PolicyName: "own", PolicyDocument: readTopics})
		if set, err := w.Grants(t.Context(), first.Session("s")); err != nil || len(set.Identity) != 0 {
			t.Errorf("a session of the role before has the policies of the role after: %+v, %v", set, err)
		}
	})
}

// TestServiceLinkedRoles cannot be changed by their account.
func TestServiceLinkedRoles(t *testing.T) {
	w := oneWorld(t)
	_, r, _, err := w.Add(t.Context(), us, "aws-service-role/qbusiness.amazonaws.com/Linked", nil, Granted{})
	if err != nil {
		t.Fatal(err)
	}
	words := "Cannot perform the operation on the protected role 'Linked' - this role is only modifiable by AWS"
	for name, call := range map[string]func(context.Context, op.Caller) error{
		"UpdateRole": func(ctx context.Context, c op.Caller) error {
			_, err := w.calls.Call(ctx, c, iam.UpdateRole.Route, &iam.UpdateRoleInput{RoleName: r.Name})
			return err
		},
		"UpdateRoleDescription": func(ctx context.Context, c op.Caller) error {
			_, err := w.calls.Call(ctx, c, iam.UpdateRoleDescription.Route, &iam.UpdateRoleDescriptionInput{RoleName: r.Name})
			return err
		},
		"DeleteRole": func(ctx context.Context, c op.Caller) error {
			_, err := w.calls.Call(ctx, c, iam.DeleteRole.Route, &iam.DeleteRoleInput{RoleName: r.Name})
			return err
		},
		"UpdateAssumeRolePolicy": func(ctx context.Context, c op.Caller) error {
			_, err := w.calls.Call(ctx, c, iam.UpdateAssumeRolePolicy.Route, &iam.UpdateAssumeRolePolicyInput{RoleName: r.Name, PolicyDocument: trustRoot})
			return err
		},
		"PutRolePolicy": func(ctx context.Context, c op.Caller) error {
			_, err := w.calls.Call(ctx, c, iam.PutRolePolicy.Route, &iam.PutRolePolicyInput{RoleName: r.Name, PolicyName: "p", PolicyDocument: readTopics})
			return err
		},
		"DeleteRolePolicy": func(ctx context.Context, c op.Caller) error {
			_, err := w.calls.Call(ctx, c, iam.DeleteRolePolicy.Route, &iam.DeleteRolePolicyInput{RoleName: r.Name, PolicyName: "p"})
			return err
		},
		"AttachRolePolicy": func(ctx context.Context, c op.Caller) error {
			_, err := w.calls.Call(ctx, c, iam.AttachRolePolicy.Route, &iam.AttachRolePolicyInput{RoleName: r.Name, PolicyARN: AdministratorAccess})
			return err
		},
		"DetachRolePolicy": func(ctx context.Context, c op.Caller) error {
			_, err := w.calls.Call(ctx, c, iam.DetachRolePolicy.Route, &iam.DetachRolePolicyInput{RoleName: r.Name, PolicyARN: AdministratorAccess})
			return err
		},
		"PutRolePermissionsBoundary": func(ctx context.Context, c op.Caller) error {
			_, err := w.calls.Call(ctx, c, iam.PutRolePermissionsBoundary.Route, &iam.PutRolePermissionsBoundaryInput{RoleName: r.Name, PermissionsBoundary: AdministratorAccess})
			return err
		},
		"DeleteRolePermissionsBoundary": func(ctx context.Context, c op.Caller) error {
			_, err := w.calls.Call(ctx, c, iam.DeleteRolePermissionsBoundary.Route, &iam.DeleteRolePermissionsBoundaryInput{RoleName: r.Name})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { wantFault(t, call(t.Context(), w.root), "UnmodifiableEntityException", words) })
	}
	optest.Must(t, w.calls, w.root, iam.TagRole, &iam.TagRoleInput{RoleName: r.Name, Tags: []iam.Tag{{Key: "a", Value: "b"}}})
}

// TestRolesOfEarlierVersions have no ID, trust policy or session length in their
// rows.
func TestRolesOfEarlierVersions(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		err := w.DB.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO iam_entity (tenant, kind, name, doc, created_at) VALUES ($1, 'role', 'old', '{"name":"old","path":"/"}', 1)`, us)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		r := must(t, w, iam.GetRole, &iam.GetRoleInput{RoleName: "old"}).Role
		if r.RoleID != "AROAUGGD5IRMEB63NCNFY" || *r.MaxSessionDuration != 3600 || r.AssumeRolePolicyDocument != nil {
			t.Errorf("%+v", r)
		}
		must(t, w, iam.TagRole, &iam.TagRoleInput{RoleName: "old", Tags: []iam.Tag{{Key: "a", Value: "b"}}})
		if again := must(t, w, iam.GetRole, &iam.GetRoleInput{RoleName: "old"}).Role; again.RoleID != r.RoleID {
			t.Errorf("the ID was %s and is %s", r.RoleID, again.RoleID)
		}
		p, err := roleNamed(t, w.Service, us, "old").TrustPolicy()
		if err != nil || len(p.Statements) != 0 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
