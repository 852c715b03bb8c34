package principal

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/policy"
)

func TestPolicies(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		at := w.clock.Now()
		made := must(t, w, iam.CreatePolicy, &iam.CreatePolicyInput{
			PolicyName: "Topics", Path: new("/team/"), PolicyDocument: readTopics, Description: new("reads"), Tags: []iam.Tag{{Key: "k", Value: "v"}},
		}).Policy
		if !regexp.MustCompile(`^ANPA[A-Z2-7]{17}$`).MatchString(*made.PolicyID) {
			t.Errorf("ID %q", *made.PolicyID)
		}
		arn := "arn:aws:iam::111122223333:policy/team/Topics"
		want := iam.Policy{
			PolicyName: new("Topics"), PolicyID: made.PolicyID, ARN: &arn, Path: new("/team/"), DefaultVersionID: new("v1"), IsAttachable: new(true),
			AttachmentCount: new(int32(0)), PermissionsBoundaryUsageCount: new(int32(0)), Description: new("reads"),
			CreateDate: &at, UpdateDate: &at, Tags: []iam.Tag{{Key: "k", Value: "v"}},
		}
		if diff := cmp.Diff(want, *made); diff != "" {
			t.Error(diff)
		}
		w.user(t, "ann")
		w.role(t, "r")
		must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: arn})
		must(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "r", PolicyARN: arn})
		must(t, w, iam.PutRolePermissionsBoundary, &iam.PutRolePermissionsBoundaryInput{RoleName: "r", PermissionsBoundary: arn})
		want.AttachmentCount, want.PermissionsBoundaryUsageCount = new(int32(2)), new(int32(1))
		if diff := cmp.Diff(&want, must(t, w, iam.GetPolicy, &iam.GetPolicyInput{PolicyARN: arn}).Policy); diff != "" {
			t.Error(diff)
		}
		want.Tags = nil
		if diff := cmp.Diff([]iam.Policy{want}, must(t, w, iam.ListPolicies, &iam.ListPoliciesInput{Scope: new(iam.PolicyScopeTypeLocal)}).Policies); diff != "" {
			t.Error(diff)
		}
		refused(t, w, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: arn}, codeConflict, "Cannot delete a policy attached to entities.")
		must(t, w, iam.DetachUserPolicy, &iam.DetachUserPolicyInput{UserName: "ann", PolicyARN: arn})
		must(t, w, iam.DeleteRolePermissionsBoundary, &iam.DeleteRolePermissionsBoundaryInput{RoleName: "r"})
		refused(t, w, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: arn}, codeConflict, "Cannot delete a policy attached to entities.")
		must(t, w, iam.DetachRolePolicy, &iam.DetachRolePolicyInput{RoleName: "r", PolicyARN: arn})
		must(t, w, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: arn})
		refused(t, w, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: arn}, codeNoSuchEntity, "Policy "+arn+" was not found.")
		w.policy(t, "topics", readTopics)
	})
}

func TestCreatePolicyRefuses(t *testing.T) {
	w := oneWorld(t)
	w.policy(t, "taken", readTopics)
	for name, tt := range map[string]struct {
		in      iam.CreatePolicyInput
		code    fault.Code
		message string
	}{
		"taken":  {iam.CreatePolicyInput{PolicyName: "TAKEN", PolicyDocument: readTopics}, codeExists, "A policy called TAKEN already exists. Duplicate names are not allowed."},
		"long":   {iam.CreatePolicyInput{PolicyName: "p", PolicyDocument: sized(6145, 0)}, codeLimit, "Cannot exceed quota for PolicySize: 6144"},
		"no":     {iam.CreatePolicyInput{PolicyName: "p", PolicyDocument: `{"Statement":{"Effect":"Maybe"}}`}, codeMalformed, `Statement.Effect (line 1, column 24): Effect is "Allow" or "Deny"; case matters`},
		"tags":   {iam.CreatePolicyInput{PolicyName: "p", PolicyDocument: readTopics, Tags: []iam.Tag{{Key: "aws:x"}}}, codeInvalid, `Tag keys that begin with aws: are reserved; got "aws:x".`},
		"slash":  {iam.CreatePolicyInput{PolicyName: "p", PolicyDocument: readTopics, Path: new("//")}, fault.Validation, "The specified value for path is invalid. It must not have two slashes in a row."},
		"spaces": {iam.CreatePolicyInput{PolicyName: "p", PolicyDocument: sized(6144, 200<<10)}, codeMalformed, "line 1, column 1: the document has 210944 bytes; a policy has at most 131072"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, w, iam.CreatePolicy, &tt.in, tt.code, tt.message) })
	}
	must(t, w, iam.CreatePolicy, &iam.CreatePolicyInput{PolicyName: "long", PolicyDocument: sized(6144, 3000)})
}

func TestPolicyVersions(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		arn := w.policy(t, "p", readTopics)
		at := w.clock.Now()
		w.clock.Advance(time.Second)
		later := w.clock.Now()
		second := must(t, w, iam.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyARN: arn, PolicyDocument: writeTopics}).PolicyVersion
		if diff := cmp.Diff(&iam.PolicyVersion{VersionID: new("v2"), IsDefaultVersion: new(false), CreateDate: &later}, second); diff != "" {
			t.Error(diff)
		}
		third := must(t, w, iam.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyARN: arn, PolicyDocument: writeTopics, SetAsDefault: new(true)}).PolicyVersion
		want := []iam.PolicyVersion{
			{VersionID: new("v3"), IsDefaultVersion: new(true), CreateDate: &later},
			{VersionID: new("v2"), IsDefaultVersion: new(false), CreateDate: &later},
			{VersionID: new("v1"), IsDefaultVersion: new(false), CreateDate: &at},
		}
		if diff := cmp.Diff(want[0], *third); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want, must(t, w, iam.ListPolicyVersions, &iam.ListPolicyVersionsInput{PolicyARN: arn}).Versions); diff != "" {
			t.Error(diff)
		}
		first := must(t, w, iam.GetPolicyVersion, &iam.GetPolicyVersionInput{PolicyARN: arn, VersionID: "v1"}).PolicyVersion
		want[2].Document = new(escaped(readTopics))
		if diff := cmp.Diff(want[2], *first); diff != "" {
			t.Error(diff)
		}
		if p := must(t, w, iam.GetPolicy, &iam.GetPolicyInput{PolicyARN: arn}).Policy; *p.DefaultVersionID != "v3" || *p.UpdateDate != later || *p.CreateDate != at {
			t.Errorf("%+v", p)
		}
		refused(t, w, iam.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyARN: arn, VersionID: "v3"}, codeConflict, "Cannot delete the default version of a policy.")
		refused(t, w, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: arn}, codeConflict,
			"This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		must(t, w, iam.SetDefaultPolicyVersion, &iam.SetDefaultPolicyVersionInput{PolicyARN: arn, VersionID: "v1"})
		must(t, w, iam.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyARN: arn, VersionID: "v3"})
		fourth := must(t, w, iam.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyARN: arn, PolicyDocument: writeTopics}).PolicyVersion
		if *fourth.VersionID != "v4" {
			t.Errorf("the number of a deleted version is given again: %s", *fourth.VersionID)
		}
		for range 2 {
			must(t, w, iam.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyARN: arn, PolicyDocument: writeTopics})
		}
		refused(t, w, iam.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyARN: arn, PolicyDocument: writeTopics}, codeLimit,
			"A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
		for _, v := range []string{"v2", "v4", "v5", "v6"} {
			must(t, w, iam.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyARN: arn, VersionID: v})
		}
		must(t, w, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: arn})
	})
}

func TestPolicyVersionsRefuse(t *testing.T) {
	w := oneWorld(t)
	arn, none := w.policy(t, "p", readTopics), ownPrefix+"/none"
	const bad = "arn:aws:iam::111122223333:user/p"
	for _, call := range []func(arn string, c fault.Code, m string){
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.GetPolicy, &iam.GetPolicyInput{PolicyARN: a}, c, m)
		},
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: a}, c, m)
		},
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyARN: a, PolicyDocument: readTopics}, c, m)
		},
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.GetPolicyVersion, &iam.GetPolicyVersionInput{PolicyARN: a, VersionID: "v1"}, c, m)
		},
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.ListPolicyVersions, &iam.ListPolicyVersionsInput{PolicyARN: a}, c, m)
		},
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyARN: a, VersionID: "v1"}, c, m)
		},
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.SetDefaultPolicyVersion, &iam.SetDefaultPolicyVersionInput{PolicyARN: a, VersionID: "v1"}, c, m)
		},
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.ListEntitiesForPolicy, &iam.ListEntitiesForPolicyInput{PolicyARN: a}, c, m)
		},
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.TagPolicy, &iam.TagPolicyInput{PolicyARN: a}, c, m)
		},
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.UntagPolicy, &iam.UntagPolicyInput{PolicyARN: a}, c, m)
		},
		func(a string, c fault.Code, m string) {
			refused(t, w, iam.ListPolicyTags, &iam.ListPolicyTagsInput{PolicyARN: a}, c, m)
		},
	} {
		call(none, codeNoSuchEntity, "Policy "+none+" was not found.")
		call(bad, codeInvalid, "ARN "+bad+" is not valid.")
	}
	words := "Policy " + arn + " version v7 does not exist or is not attachable."
	refused(t, w, iam.GetPolicyVersion, &iam.GetPolicyVersionInput{PolicyARN: arn, VersionID: "v7"}, codeNoSuchEntity, words)
	refused(t, w, iam.DeletePolicyVersion, &iam.DeletePolicyVersionInput{PolicyARN: arn, VersionID: "v7"}, codeNoSuchEntity, words)
	refused(t, w, iam.SetDefaultPolicyVersion, &iam.SetDefaultPolicyVersionInput{PolicyARN: arn, VersionID: "v7"}, codeNoSuchEntity, words)
	refused(t, w, iam.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyARN: arn, PolicyDocument: sized(6145, 0)}, codeLimit, "Cannot exceed quota for PolicySize: 6144")
	refused(t, w, iam.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyARN: arn, PolicyDocument: "[]"}, codeMalformed, "line 1, column 1: an identity-based policy has to be a JSON object")
}

// TestPoliciesOfAWS can be read and attached by everyone, and changed by nobody.
func TestPoliciesOfAWS(t *testing.T) {
	w := oneWorld(t)
	for _, p := range awsPolicies {
		if _, err := policy.Parse([]byte(p.document), policy.Identity); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
		got := must(t, w, iam.GetPolicy, &iam.GetPolicyInput{PolicyARN: p.arn()}).Policy
		if *got.ARN != "arn:aws:iam::aws:policy/"+p.name || *got.PolicyID != p.id || *got.DefaultVersionID != p.version || !*got.IsAttachable {
			t.Errorf("%+v", got)
		}
		v := must(t, w, iam.GetPolicyVersion, &iam.GetPolicyVersionInput{PolicyARN: p.arn(), VersionID: p.version}).PolicyVersion
		if *v.Document != escaped(p.document) || !*v.IsDefaultVersion {
			t.Errorf("%+v", v)
		}
		if all := must(t, w, iam.ListPolicyVersions, &iam.ListPolicyVersionsInput{PolicyARN: p.arn()}).Versions; len(all) != 1 || *all[0].VersionID != p.version {
			t.Errorf("%+v", all)
		}
		refused(t, w, iam.GetPolicyVersion, &iam.GetPolicyVersionInput{PolicyARN: p.arn(), VersionID: "v99"}, codeNoSuchEntity, "Policy "+p.arn()+" version v99 does not exist or is not attachable.")
	}
	denied := "User: arn:aws:iam::111122223333:root is not authorized to change " + AdministratorAccess + ": it is a managed policy of AWS"
	refused(t, w, iam.DeletePolicy, &iam.DeletePolicyInput{PolicyARN: AdministratorAccess}, fault.AccessDenied, denied)
	refused(t, w, iam.CreatePolicyVersion, &iam.CreatePolicyVersionInput{PolicyARN: AdministratorAccess, PolicyDocument: readTopics}, fault.AccessDenied, denied)
	refused(t, w, iam.TagPolicy, &iam.TagPolicyInput{PolicyARN: AdministratorAccess}, fault.AccessDenied, denied)
	if n := len(must(t, w, iam.ListPolicyTags, &iam.ListPolicyTagsInput{PolicyARN: AdministratorAccess}).Tags); n != 0 {
		t.Errorf("%d tags", n)
	}
	if out := must(t, w, iam.ListEntitiesForPolicy, &iam.ListEntitiesForPolicyInput{PolicyARN: AdministratorAccess}); len(out.PolicyRoles)+len(out.PolicyUsers) != 0 {
		t.Errorf("%+v", out)
	}
}

func TestListPolicies(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.user(t, "ann")
		bounds := *must(t, w, iam.CreatePolicy, &iam.CreatePolicyInput{PolicyName: "bounds", Path: new("/x/"), PolicyDocument: readTopics}).Policy.ARN
		w.policy(t, "Idle", readTopics)
		must(t, w, iam.PutUserPermissionsBoundary, &iam.PutUserPermissionsBoundaryInput{UserName: "ann", PermissionsBoundary: bounds})
		must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: AdministratorAccess})
		aws := []string{"AdministratorAccess", "IAMFullAccess", "IAMReadOnlyAccess", "PowerUserAccess"}
		for name, tt := range map[string]struct {
			in   iam.ListPoliciesInput
			want []string
		}{
			"all":         {iam.ListPoliciesInput{}, append(append([]string{}, aws...), "bounds", "Idle")},
			"also all":    {iam.ListPoliciesInput{Scope: new(iam.PolicyScopeTypeAll)}, append(append([]string{}, aws...), "bounds", "Idle")},
			"of AWS":      {iam.ListPoliciesInput{Scope: new(iam.PolicyScopeTypeAws)}, aws},
			"own":         {iam.ListPoliciesInput{Scope: new(iam.PolicyScopeTypeLocal)}, []string{"bounds", "Idle"}},
			"used":        {iam.ListPoliciesInput{OnlyAttached: new(true)}, []string{"AdministratorAccess", "bounds"}},
			"permissions": {iam.ListPoliciesInput{PolicyUsageFilter: new(iam.PolicyUsageTypePermissionsPolicy)}, []string{"AdministratorAccess"}},
			"boundaries":  {iam.ListPoliciesInput{PolicyUsageFilter: new(iam.PolicyUsageTypePermissionsBoundary)}, []string{"bounds"}},
			"under":       {iam.ListPoliciesInput{PathPrefix: new("/x/")}, []string{"bounds"}},
			"nothing":     {iam.ListPoliciesInput{PathPrefix: new("/y/")}, nil},
		} {
			for size := int32(1); size < 8; size += 2 {
				in := tt.in
				in.MaxItems = &size
				if diff := cmp.Diff(tt.want, w.policyNames(t, &in)); diff != "" {
					t.Errorf("%s by %d: %s", name, size, diff)
				}
			}
		}
		first := must(t, w, iam.ListPolicies, &iam.ListPoliciesInput{MaxItems: new(int32(1))})
		refused(t, w, iam.ListPolicies, &iam.ListPoliciesInput{Marker: first.Marker, OnlyAttached: new(true)}, fault.Validation,
			"Invalid Marker: it is not one that this list gave to this caller; begin again without it.")
	})
}

// policyNames reads the whole list in pages.
func (w *world) policyNames(t *testing.T, in *iam.ListPoliciesInput) (names []string) {
	t.Helper()
	for {
		out := must(t, w, iam.ListPolicies, in)
		for _, p := range out.Policies {
			names = append(names, *p.PolicyName)
		}
		if in.Marker = out.Marker; in.Marker == nil {
			return names
		}
	}
}

func TestListEntitiesForPolicy(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		arn := w.policy(t, "p", readTopics)
		for i := range 3 {
			name := fmt.Sprint("E", i)
			path := []string{"/", "/x/"}[i%2]
			must(t, w, iam.CreateUser, &iam.CreateUserInput{UserName: name, Path: &path})
			must(t, w, iam.CreateRole, &iam.CreateRoleInput{RoleName: name, Path: &path, AssumeRolePolicyDocument: trustRoot})
			must(t, w, iam.AttachUserPolicy, &iam.AttachUserPolicyInput{UserName: name, PolicyARN: arn})
			must(t, w, iam.PutRolePermissionsBoundary, &iam.PutRolePermissionsBoundaryInput{RoleName: name, PermissionsBoundary: arn})
		}
		must(t, w, iam.AttachRolePolicy, &iam.AttachRolePolicyInput{RoleName: "E1", PolicyARN: arn})
		for name, tt := range map[string]struct {
			in   iam.ListEntitiesForPolicyInput
			want []string
		}{
			"all":         {iam.ListEntitiesForPolicyInput{}, []string{"role E0", "role E1", "role E2", "user E0", "user E1", "user E2"}},
			"users":       {iam.ListEntitiesForPolicyInput{EntityFilter: new(iam.EntityTypeUser)}, []string{"user E0", "user E1", "user E2"}},
			"groups":      {iam.ListEntitiesForPolicyInput{EntityFilter: new(iam.EntityTypeGroup)}, nil},
			"boundaries":  {iam.ListEntitiesForPolicyInput{PolicyUsageFilter: new(iam.PolicyUsageTypePermissionsBoundary)}, []string{"role E0", "role E1", "role E2"}},
			"permissions": {iam.ListEntitiesForPolicyInput{EntityFilter: new(iam.EntityTypeRole), PolicyUsageFilter: new(iam.PolicyUsageTypePermissionsPolicy)}, []string{"role E1"}},
			"under":       {iam.ListEntitiesForPolicyInput{PathPrefix: new("/x/")}, []string{"role E1", "user E1"}},
		} {
			for size := int32(1); size < 9; size += 3 {
				in := tt.in
				in.PolicyARN, in.MaxItems = arn, &size
				if diff := cmp.Diff(tt.want, w.entityNames(t, &in)); diff != "" {
					t.Errorf("%s by %d: %s", name, size, diff)
				}
			}
		}
	})
}

// entityNames reads the whole list in pages.
func (w *world) entityNames(t *testing.T, in *iam.ListEntitiesForPolicyInput) (names []string) {
	t.Helper()
	for {
		out := optest.Must(t, w.calls, w.root, iam.ListEntitiesForPolicy, in)
		for _, r := range out.PolicyRoles {
			names = append(names, "role "+*r.RoleName)
		}
		for _, u := range out.PolicyUsers {
			names = append(names, "user "+*u.UserName)
		}
		if *out.IsTruncated != (out.Marker != nil) {
			t.Fatal("a page is truncated, or has a marker, alone")
		}
		if in.Marker = out.Marker; in.Marker == nil {
			return names
		}
	}
}
