package session

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

const (
	target1  = "arn:aws:iam::111122223333:role/target"
	ownRoot  = "arn:aws:iam::111122223333:root"
	farRoot  = "arn:aws:iam::444455556666:root"
	ownUser  = "arn:aws:iam::111122223333:user/ann"
	ownPlain = "arn:aws:iam::111122223333:user/plain"
	farUser  = "arn:aws:iam::444455556666:user/bob"
	farPlain = "arn:aws:iam::444455556666:user/pete"
)

// decision is a request to assume a role under a trust policy.
type decision struct {
	name   string
	who    string // a caller of cast
	trust  []string
	in     func(in *sts.AssumeRoleInput)
	refuse string // the action that is not allowed; empty: none
}

func decisions() []decision {
	all := "sts:AssumeRole sts:TagSession sts:SetSourceIdentity sts:SetContext"
	tags := func(in *sts.AssumeRoleInput) { in.Tags = []sts.Tag{{Key: "tenant", Value: "acme"}} }
	external := func(id string) func(*sts.AssumeRoleInput) {
		return func(in *sts.AssumeRoleInput) { in.ExternalID = &id }
	}
	source := func(in *sts.AssumeRoleInput) { in.SourceIdentity = new("ann") }
	contexts := func(in *sts.AssumeRoleInput) {
		in.ProvidedContexts = []sts.ProvidedContext{{ProviderARN: new(contextProvider), ContextAssertion: new("assertion")}}
	}
	one := func(s string) []string { return []string{s} }
	return []decision{
		// Who, in the account and outside it.
		{"own user named, without policies", "plain", one(trust(ownPlain, "sts:AssumeRole")), nil, ""},
		{"own account, allowed", "ann", one(trust(ownRoot, "sts:AssumeRole")), nil, ""},
		{"own account by its number", "ann", one(trust(own, "sts:AssumeRole")), nil, ""},
		{"own account, without policies", "plain", one(trust(ownRoot, "sts:AssumeRole")), nil, "sts:AssumeRole"},
		{"another user is named", "ann", one(trust(ownPlain, "sts:AssumeRole")), nil, "sts:AssumeRole"},
		{"far user named, allowed", "bob", one(trust(farUser, "sts:AssumeRole")), nil, ""},
		{"far user named, without policies", "pete", one(trust(farPlain, "sts:AssumeRole")), nil, "sts:AssumeRole"},
		{"far account, allowed", "bob", one(trust(farRoot, "sts:AssumeRole")), nil, ""},
		{"far account, without policies", "pete", one(trust(farRoot, "sts:AssumeRole")), nil, "sts:AssumeRole"},
		{"far user, trust names own account", "bob", one(trust(ownRoot, "sts:AssumeRole")), nil, "sts:AssumeRole"},
		{"everyone, in the account", "plain", one(trust("*", "sts:AssumeRole")), nil, ""},
		{"everyone, far and allowed", "bob", one(trust("*", "sts:AssumeRole")), nil, ""},
		{"everyone, far without policies", "pete", one(trust("*", "sts:AssumeRole")), nil, "sts:AssumeRole"},
		{"a service alone", "ann", one(`{"Effect":"Allow","Principal":{"Service":"qbusiness.amazonaws.com"},"Action":"sts:AssumeRole"}`), nil, "sts:AssumeRole"},
		{"a federated provider alone", "ann", one(`{"Effect":"Allow","Principal":{"Federated":"idp.example.com"},"Action":"sts:AssumeRole"}`), nil, "sts:AssumeRole"},
		{"root of the account, named", "root", one(trust(ownRoot, "sts:AssumeRole")), nil, ""},
		{"root of the account, not named", "root", one(trust(ownPlain, "sts:AssumeRole")), nil, "sts:AssumeRole"},
		{"root of another account, named", "far root", one(trust(farRoot, "sts:AssumeRole")), nil, ""},
		{"root of another account, not named", "far root", one(trust(ownRoot, "sts:AssumeRole")), nil, "sts:AssumeRole"},
		{"session of a named role", "session", one(trust("arn:aws:iam::111122223333:role/caller", "sts:AssumeRole")), nil, ""},
		{"session, named itself", "session", one(trust("arn:aws:sts::111122223333:assumed-role/caller/ann", "sts:AssumeRole")), nil, ""},
		{"another session is named", "session", one(trust("arn:aws:sts::111122223333:assumed-role/caller/bob", "sts:AssumeRole")), nil, "sts:AssumeRole"},
		{"session with a policy that lacks it", "limited", one(trust("arn:aws:iam::111122223333:role/caller", "sts:AssumeRole")), nil, "sts:AssumeRole"},

		// Denied.
		{"denied by trust", "ann", []string{trust(ownRoot, "sts:AssumeRole"), strings.Replace(trust(ownUser, "sts:*"), "Allow", "Deny", 1)}, nil, "sts:AssumeRole"},
		{"denied by identity", "denied", one(trust("arn:aws:iam::111122223333:user/denied", all)), nil, "sts:AssumeRole"},
		{"another action is trusted", "ann", one(trust(ownRoot, "sts:TagSession")), nil, "sts:AssumeRole"},
		{"beyond the boundary", "bounded", one(trust(ownRoot, "sts:AssumeRole")), nil, "sts:AssumeRole"},

		// External ID: the confused deputy.
		{"external ID", "bob", one(trust(farRoot, "sts:AssumeRole", when("StringEquals", "sts:ExternalId", "t-1"))), external("t-1"), ""},
		{"another external ID", "bob", one(trust(farRoot, "sts:AssumeRole", when("StringEquals", "sts:ExternalId", "t-1"))), external("t-2"), "sts:AssumeRole"},
		{"external ID in other letters", "bob", one(trust(farRoot, "sts:AssumeRole", when("StringEquals", "sts:ExternalId", "t-1"))), external("T-1"), "sts:AssumeRole"},
		{"no external ID", "bob", one(trust(farRoot, "sts:AssumeRole", when("StringEquals", "sts:ExternalId", "t-1"))), nil, "sts:AssumeRole"},
		{"external ID nobody asked for", "bob", one(trust(farRoot, "sts:AssumeRole")), external("t-1"), ""},

		// Tags.
		{"tags, trusted and allowed", "ann", one(trust(ownRoot, all)), tags, ""},
		{"tags, not trusted", "ann", one(trust(ownRoot, "sts:AssumeRole")), tags, "sts:TagSession"},
		{"tags, far and not allowed", "bob", one(trust(farRoot, all)), tags, "sts:TagSession"},
		{"the tag is the one", "ann", one(trust(ownRoot, all, when("StringEquals", "aws:RequestTag/tenant", "acme"))), tags, ""},
		{"the tag is another", "ann", one(trust(ownRoot, all, when("StringEquals", "aws:RequestTag/tenant", "other"))), tags, "sts:AssumeRole"},
		{"the tag is missing", "ann", one(trust(ownRoot, all, when("StringEquals", "aws:RequestTag/tenant", "acme"))), nil, "sts:AssumeRole"},
		{"its key is one of those", "ann", one(trust(ownRoot, all, when("ForAllValues:StringEquals", "aws:TagKeys", "tenant user"))), tags, ""},
		{"its key is none of those", "ann", one(trust(ownRoot, all, when("ForAllValues:StringEquals", "aws:TagKeys", "user"))), tags, "sts:AssumeRole"},
		{"transitive key", "ann", one(trust(ownRoot, all, when("ForAnyValue:StringEquals", "sts:TransitiveTagKeys", "tenant"))), func(in *sts.AssumeRoleInput) {
			tags(in)
			in.TransitiveTagKeys = []string{"tenant"}
		}, ""},
		{"no transitive key", "ann", one(trust(ownRoot, all, when("ForAnyValue:StringEquals", "sts:TransitiveTagKeys", "tenant"))), tags, "sts:AssumeRole"},
		{"a tag for TagSession alone", "ann", []string{trust(ownRoot, "sts:AssumeRole"), trust(ownRoot, "sts:TagSession", when("StringEquals", "aws:RequestTag/tenant", "other"))}, tags, "sts:TagSession"},

		// Source identity and contexts.
		{"source identity", "ann", one(trust(ownRoot, all)), source, ""},
		{"source identity, not trusted", "ann", one(trust(ownRoot, "sts:AssumeRole")), source, "sts:SetSourceIdentity"},
		{"source identity is the one", "ann", one(trust(ownRoot, all, when("StringEquals", "sts:SourceIdentity", "ann"))), source, ""},
		{"source identity is another", "ann", one(trust(ownRoot, all, when("StringEquals", "sts:SourceIdentity", "bob"))), source, "sts:AssumeRole"},
		{"source identity is missing", "ann", one(trust(ownRoot, all, when("StringLike", "sts:SourceIdentity", "*"))), nil, "sts:AssumeRole"},
		{"context", "ann", one(trust(ownRoot, all)), contexts, ""},
		{"context, not trusted", "ann", one(trust(ownRoot, "sts:AssumeRole")), contexts, "sts:SetContext"},
		{"context of the provider", "ann", one(trust(ownRoot, all, when("ForAllValues:ArnEquals", "sts:RequestContextProviders", contextProvider))), contexts, ""},
		{"context of the user", "ann", one(trust(ownRoot, all, when("StringEquals", "sts:RequestContext/identitystore:UserId", "u-1"))), contexts, ""},
		{"context of another user", "ann", one(trust(ownRoot, all, when("StringEquals", "sts:RequestContext/identitystore:UserId", "u-2"))), contexts, "sts:AssumeRole"},

		// What else conditions are about.
		{"session name is the user's", "ann", one(trust(ownRoot, "sts:AssumeRole", when("StringEquals", "sts:RoleSessionName", "${aws:username}"))), nil, ""},
		{"session name is another's", "ann", one(trust(ownRoot, "sts:AssumeRole", when("StringEquals", "sts:RoleSessionName", "bob"))), nil, "sts:AssumeRole"},
		{"with MFA only", "ann", one(trust(ownRoot, "sts:AssumeRole", when("Bool", "aws:MultiFactorAuthPresent", "true"))), nil, "sts:AssumeRole"},
		{"with MFA only, a session", "session", one(trust(ownRoot, "sts:AssumeRole", when("Bool", "aws:MultiFactorAuthPresent", "true"))), nil, "sts:AssumeRole"},
		{"from here", "ann", one(trust(ownRoot, "sts:AssumeRole", when("IpAddress", "aws:SourceIp", "192.0.2.0/24"))), nil, ""},
		{"from elsewhere", "ann", one(trust(ownRoot, "sts:AssumeRole", when("IpAddress", "aws:SourceIp", "198.51.100.0/24"))), nil, "sts:AssumeRole"},
		{"tag of the user", "ann", one(trust(ownRoot, "sts:AssumeRole", when("StringEquals", "aws:PrincipalTag/team", "search"))), nil, ""},
		{"tag of the user is another", "ann", one(trust(ownRoot, "sts:AssumeRole", when("StringEquals", "aws:PrincipalTag/team", "sales"))), nil, "sts:AssumeRole"},
		{"tag of the role", "tagged", one(trust(ownRoot, "sts:AssumeRole")), nil, ""},
		{"tag of the role is another", "untagged", one(trust(ownRoot, "sts:AssumeRole")), nil, "sts:AssumeRole"},

		// Nobody learns whether the role is there.
		{"no such role", "ann", one(trust(ownRoot, all)), func(in *sts.AssumeRoleInput) { in.RoleARN += "-not" }, "sts:AssumeRole"},
		{"no such path", "ann", one(trust(ownRoot, all)), func(in *sts.AssumeRoleInput) { in.RoleARN = "arn:aws:iam::111122223333:role/path/target" }, "sts:AssumeRole"},
		{"no such account", "ann", one(trust(ownRoot, all)), func(in *sts.AssumeRoleInput) { in.RoleARN = "arn:aws:iam::999999999999:role/target" }, "sts:AssumeRole"},
	}
}

// cast is who asks.
func cast(w *world) map[string]op.Caller {
	caller := w.role(own, "caller", trust(own, "sts:*"), allow("sts:*"))
	session, _ := w.assume(optest.Root(own), into(caller.ARN()))
	in := into(caller.ARN())
	in.Policy = new(document(allow("sts:GetCallerIdentity")))
	limited, _ := w.assume(optest.Root(own), in)
	bounded := w.user(own, "bounded", allow("sts:*"))
	boundary := optest.Must(w.t, w.calls, optest.Root(own), iam.CreatePolicy, &iam.CreatePolicyInput{PolicyName: "boundary", PolicyDocument: document(allow("iam:*"))})
	optest.Must(w.t, w.calls, optest.Root(own), iam.PutUserPermissionsBoundary, &iam.PutUserPermissionsBoundaryInput{UserName: "bounded", PermissionsBoundary: *boundary.Policy.ARN})
	tagged := func(team string) string {
		return `{"Effect":"Allow","Resource":"*","Action":"sts:*",` + when("StringEquals", "iam:ResourceTag/team", team) + `}`
	}
	return map[string]op.Caller{
		"root": optest.Root(own), "far root": optest.Root(other), "session": session, "limited": limited, "bounded": bounded,
		"ann": w.user(own, "ann", allow("sts:*")), "plain": w.user(own, "plain"),
		"bob": w.user(other, "bob", allow("sts:AssumeRole")), "pete": w.user(other, "pete"),
		"denied": w.user(own, "denied", allow("sts:*"), strings.Replace(allow("sts:AssumeRole"), "Allow", "Deny", 1)),
		"tagged": w.user(own, "tagged", tagged("search")), "untagged": w.user(own, "untagged", tagged("sales")),
	}
}

func TestTrust(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		callers := cast(w)
		role := w.role(own, "target", trust(own, "sts:AssumeRole"))
		for _, d := range decisions() {
			w.trusts(role, d.trust...)
			c, in := callers[d.who], into(target1)
			if d.in != nil {
				d.in(in)
			}
			out, err := optest.Call(t, w.calls, c, sts.AssumeRole, in)
			switch {
			case d.refuse != "":
				want := "User: " + c.Principal + " is not authorized to perform: " + d.refuse + " on resource: " + in.RoleARN
				if f := fault.As(err); f == nil || f.Code != fault.AccessDenied || f.Message != want {
					t.Errorf("%s: %v\nwant AccessDenied: %s", d.name, err, want)
				}
			case err != nil:
				t.Errorf("%s: %v", d.name, err)
			case out.AssumedRoleUser.ARN != "arn:aws:sts::111122223333:assumed-role/target/ann" || out.AssumedRoleUser.AssumedRoleID != role.ID+":ann":
				t.Errorf("%s: the session is %+v", d.name, out.AssumedRoleUser)
			}
		}
	})
}

// TestDecisionsAreTold to the record and the figures, and no word of them to who
// asks.
func TestDecisionsAreTold(t *testing.T) {
	w := alone(t)
	var counted []string
	w.Denied = func(action, layer string) { counted = append(counted, action+", "+layer) }
	role := w.role(own, "target", trust(own, "sts:AssumeRole", `"Sid":"Own"`))
	ask := func(c op.Caller, in *sts.AssumeRoleInput) (op.Trail, error) {
		c.Trail = new(op.Trail)
		_, err := optest.Call(t, w.calls, c, sts.AssumeRole, in)
		return *c.Trail, err
	}
	allowed, bare := w.user(own, "ann", allow("sts:*")), w.user(own, "bob")
	tagged := into(role.ARN())
	tagged.Tags = []sts.Tag{{Key: "a", Value: "b"}}
	for _, tt := range []struct {
		c     op.Caller
		in    *sts.AssumeRoleInput
		want  op.Trail
		count []string
	}{
		{allowed, into(role.ARN()), op.Trail{Decided: true, Allowed: true, Layer: "identity-based policy"}, nil},
		{bare, into(role.ARN()), op.Trail{Decided: true, Layer: "identity-based policy"}, []string{"sts:AssumeRole, identity-based policy"}},
		{allowed, tagged, op.Trail{Decided: true, Layer: "role trust policy"}, []string{"sts:TagSession, role trust policy"}},
		{allowed, into(role.ARN() + "s"), op.Trail{Decided: true, Layer: "role trust policy"}, []string{"sts:AssumeRole, role trust policy"}},
	} {
		counted = nil
		got, err := ask(tt.c, tt.in)
		tt.want.Owner, tt.want.Resources = own, []string{tt.in.RoleARN}
		if diff := cmp.Diff(tt.want, got); diff != "" || (err == nil) != got.Allowed {
			t.Errorf("%s of %s: %v\n%s", tt.c.Principal, tt.in.RoleARN, err, diff)
		}
		if diff := cmp.Diff(tt.count, counted); diff != "" {
			t.Error(diff)
		}
	}
}
