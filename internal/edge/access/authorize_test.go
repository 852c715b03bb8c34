package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/policy"
)

const (
	home   = "111122223333"
	abroad = "444455556666"
	app    = "a1000000-0000-4000-8000-000000000001"
	absent = "a1000000-0000-4000-8000-000000000009"
	plugin = "b1000000-0000-4000-8000-000000000001"
)

// a world is facts that a test sets.
type world struct {
	grants     policy.Set
	statements map[string][]*policy.Policy // by application
	owners     map[string]string           // by application
	landlords  map[string]bool
	tags       map[string]map[string]string // by ARN
	names      map[string]string            // full ARN by partial ARN
	failure    error                        // of every fact
	looked     []string                     // ARNs whose tags were looked up
	denied     []string                     // action and layer
}

func newWorld() *world {
	return &world{
		statements: map[string][]*policy.Policy{}, owners: map[string]string{app: home}, landlords: map[string]bool{home: true},
		tags: map[string]map[string]string{}, names: map[string]string{},
	}
}

func (w *world) authorizer() *Authorizer {
	tags := func(_ context.Context, arn string) (map[string]string, error) {
		w.looked = append(w.looked, arn)
		return w.tags[arn], w.failure
	}
	names := func(_ context.Context, arn string) (string, error) {
		if full, ok := w.names[arn]; ok {
			return full, w.failure
		}
		return arn, w.failure
	}
	return &Authorizer{
		Facts: Facts{
			Grants: func(context.Context, op.Caller) (policy.Set, error) { return w.grants, w.failure },
			Who: func(c op.Caller) policy.Principal {
				return policy.Principal{Type: policy.RoleSession, Account: c.Account, ARN: c.Role, SessionARN: c.Principal, Tags: c.Tags}
			},
			Keys: func(c op.Caller) (keys policy.Context) {
				who := policy.Principal{Type: policy.RoleSession, Account: c.Account, ARN: c.Role, SessionARN: c.Principal, Tags: c.Tags}
				who.Keys(&keys)
				return keys
			},
			Owner: func(_ context.Context, region, application string) (string, error) {
				if region != "us-east-1" {
					return "", w.failure
				}
				return w.owners[application], w.failure
			},
			Statements: func(_ context.Context, account, _, application string) ([]*policy.Policy, error) {
				if w.owners[application] != account {
					return nil, w.failure
				}
				return w.statements[application], w.failure
			},
			Landlord: func(_ context.Context, account string) (bool, error) { return w.landlords[account], w.failure },
			Tags: map[string]func(context.Context, string) (map[string]string, error){
				"qbusiness": tags, "secretsmanager": tags, "iam": tags,
			},
			Names: map[string]func(context.Context, string) (string, error){"secretsmanager": names, "iam": names},
		},
		Denied: func(action, layer string) { w.denied = append(w.denied, action+" "+layer) },
	}
}

// allow is an identity-based policy; every argument is a statement's action,
// resource and condition.
func allow(t testing.TB, statements ...[3]string) *policy.Policy {
	t.Helper()
	var all []string
	for _, s := range statements {
		effect := "Allow"
		action, deny := strings.CutPrefix(s[0], "!")
		if deny {
			effect = "Deny"
		}
		condition := ""
		if s[2] != "" {
			condition = `, "Condition": {` + s[2] + `}`
		}
		all = append(all, fmt.Sprintf(`{"Effect": %q, "Action": %q, "Resource": %q%s}`, effect, action, s[1], condition))
	}
	return parsed(t, policy.Identity, all)
}

func parsed(t testing.TB, kind policy.Kind, statements []string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(`{"Version": "2012-10-17", "Statement": [`+strings.Join(statements, ",")+`]}`), kind)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shares is a statement of an application of home, as resource/permission
// writes it.
func shares(t testing.TB, role, condition string, actions ...string) *policy.Policy {
	t.Helper()
	if condition != "" {
		condition = `, "Condition": {` + condition + `}`
	}
	return parsed(t, policy.Resource, []string{fmt.Sprintf(
		`{"Effect": "Allow", "Principal": {"AWS": %q}, "Action": ["%s"], "Resource": [%q, %q]%s}`,
		role, strings.Join(actions, `","`), arnOf(home, app), arnOf(home, app)+"/*", condition)})
}

func arnOf(account, application string) string {
	return "arn:aws:qbusiness:us-east-1:" + account + ":application/" + application
}

func session(account string) op.Caller {
	return op.Caller{
		Account: account, Region: "us-east-1", Role: "arn:aws:iam::" + account + ":role/worker",
		Principal: "arn:aws:sts::" + account + ":assumed-role/worker/monday",
	}
}

// message is a refusal in the words of AWS.
func message(c op.Caller, action, resource, because string) string {
	return "User: " + c.Principal + " is not authorized to perform: " + action + " on resource: " + resource + " " + because
}

func noIdentity(c op.Caller, action, resource string) string {
	return message(c, action, resource, "because no identity-based policy allows the "+action+" action")
}

func noResource(c op.Caller, action, resource string) string {
	return message(c, action, resource, "because no resource-based policy allows the "+action+" action")
}

// asks authorizes a request, and asserts the owner or the refusal.
func (w *world) asks(t *testing.T, c op.Caller, route *smithy.Route, in any, owner, refusal string) {
	t.Helper()
	got, err := w.authorizer().Authorize(t.Context(), c, route, in)
	if refusal == "" {
		if err != nil || got != owner {
			t.Errorf("%s: owner %q, %v; want %q", route.Name, got, err, owner)
		}
		return
	}
	f := fault.As(err)
	if f == nil || f.Code != fault.AccessDenied || f.Message != refusal || got != "" {
		t.Errorf("%s: owner %q\n%v\nwant %s: %s", route.Name, got, err, fault.AccessDenied, refusal)
	}
}

func getApp(application string) *api.GetApplicationInput {
	return &api.GetApplicationInput{ApplicationID: application}
}

func getPlugin(application string) *api.GetPluginInput {
	return &api.GetPluginInput{ApplicationID: application, PluginID: plugin}
}

func TestTheCallersOwnPoliciesDecideInItsAccount(t *testing.T) {
	us := session(home)
	w := newWorld()
	get := api.GetPlugin.Route
	w.asks(t, us, get, getPlugin(app), "", noIdentity(us, "qbusiness:GetPlugin", arnOf(home, app)))
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:Get*", arnOf(home, app), ""})}
	w.asks(t, us, get, getPlugin(app), "", noIdentity(us, "qbusiness:GetPlugin", arnOf(home, app)+"/plugin/"+plugin))
	w.grants.Identity = append(w.grants.Identity, allow(t, [3]string{"qbusiness:*Plugin", arnOf(home, app) + "/plugin/*", ""}))
	w.asks(t, us, get, getPlugin(app), home, "")
	w.asks(t, us, api.DeletePlugin.Route, &api.DeletePluginInput{ApplicationID: app, PluginID: plugin}, "",
		noIdentity(us, "qbusiness:DeletePlugin", arnOf(home, app)))
	w.asks(t, us, api.ListApplications.Route, &api.ListApplicationsInput{}, "", noIdentity(us, "qbusiness:ListApplications", "*"))

	w.grants.Boundary = allow(t, [3]string{"qbusiness:List*", "*", ""})
	w.asks(t, us, get, getPlugin(app), "", message(us, "qbusiness:GetPlugin", arnOf(home, app), "because no permissions boundary allows the qbusiness:GetPlugin action"))
	w.grants.Boundary = nil
	w.grants.Session = []*policy.Policy{allow(t, [3]string{"qbusiness:GetPlugin", arnOf(home, app), ""})}
	w.asks(t, us, get, getPlugin(app), "", message(us, "qbusiness:GetPlugin", arnOf(home, app)+"/plugin/"+plugin, "because no session policy allows the qbusiness:GetPlugin action"))
	w.grants.Session = nil
	w.grants.Identity = append(w.grants.Identity, allow(t, [3]string{"!qbusiness:*", arnOf(home, app), ""}))
	w.asks(t, us, get, getPlugin(app), "", message(us, "qbusiness:GetPlugin", arnOf(home, app), "with an explicit deny in an identity-based policy"))

	want := []string{
		"qbusiness:GetPlugin identity-based policy", "qbusiness:GetPlugin identity-based policy", "qbusiness:DeletePlugin identity-based policy",
		"qbusiness:ListApplications identity-based policy", "qbusiness:GetPlugin permissions boundary", "qbusiness:GetPlugin session policy",
		"qbusiness:GetPlugin identity-based policy",
	}
	if diff := cmp.Diff(want, w.denied); diff != "" {
		t.Errorf("what was counted (-want +got):\n%s", diff)
	}
}

// TestTheAccountOfAResourceIsAKey: its owner's, wherever the caller is.
func TestTheAccountOfAResourceIsAKey(t *testing.T) {
	us, them := session(home), session(abroad)
	w := newWorld()
	w.statements[app] = []*policy.Policy{shares(t, them.Role, "", "qbusiness:GetApplication")}
	own := [3]string{"!*", "*", `"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}`}
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"*", "*", ""}, own)}
	w.asks(t, us, api.GetApplication.Route, getApp(app), home, "")
	w.asks(t, us, api.ListApplications.Route, &api.ListApplicationsInput{}, home, "")
	w.asks(t, us, iam.GetRole.Route, &iam.GetRoleInput{RoleName: "r"}, home, "")
	w.asks(t, them, api.GetApplication.Route, getApp(app), "", noResource(them, "qbusiness:GetApplication", arnOf("*", app)))
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"*", "*", `"StringEquals": {"aws:ResourceAccount": "` + home + `"}`})}
	w.asks(t, them, api.GetApplication.Route, getApp(app), home, "")
}

// TestAStatementCanAdmitARoleOfTheSameAccount, whose own policies say nothing.
func TestAStatementCanAdmitARoleOfTheSameAccount(t *testing.T) {
	us, w := session(home), newWorld()
	w.statements[app] = []*policy.Policy{shares(t, us.Role, "", "qbusiness:GetPlugin")}
	w.asks(t, us, api.GetPlugin.Route, getPlugin(app), home, "")
	w.asks(t, us, api.GetApplication.Route, getApp(app), "", noIdentity(us, "qbusiness:GetApplication", arnOf(home, app)))
}

func TestNobodyIsAskedWhereTheFamilyDecides(t *testing.T) {
	w := newWorld()
	w.failure = errors.New("asked")
	w.asks(t, session(home), sts.GetCallerIdentity.Route, &sts.GetCallerIdentityInput{}, home, "")
	w.asks(t, op.Caller{}, sts.AssumeRoleWithWebIdentity.Route, &sts.AssumeRoleWithWebIdentityInput{}, "", "")
}

func TestARootMayEverythingInItsAccount(t *testing.T) {
	w := newWorld()
	w.failure = errors.New("asked")
	root := op.Caller{Account: home, Region: "us-east-1", Root: true, Principal: "arn:aws:iam::" + home + ":root", Trail: &op.Trail{}}
	w.asks(t, root, api.GetPlugin.Route, getPlugin(app), home, "")
	want := &op.Trail{Decided: true, Allowed: true, Layer: "root user", Resources: []string{arnOf(home, app), arnOf(home, app) + "/plugin/" + plugin}}
	if diff := cmp.Diff(want, root.Trail); diff != "" {
		t.Error(diff)
	}
	root.Trail = nil
	w.asks(t, root, api.GetApplication.Route, getApp(absent), home, "")
}

func TestAFactThatFailsIsNoRefusal(t *testing.T) {
	w := newWorld()
	w.failure = errors.New("the store is gone")
	_, err := w.authorizer().Authorize(t.Context(), session(home), api.GetApplication.Route, getApp(app))
	if !errors.Is(err, w.failure) || fault.As(err) != nil {
		t.Errorf("%v, want the fact's own error", err)
	}
}

// TestATrailOfEachDecision is what the audit record shows.
func TestATrailOfEachDecision(t *testing.T) {
	us, w := session(home), newWorld()
	us.Trail = &op.Trail{}
	w.asks(t, us, api.GetApplication.Route, getApp(app), "", noIdentity(us, "qbusiness:GetApplication", arnOf(home, app)))
	if diff := cmp.Diff(&op.Trail{Decided: true, Layer: "identity-based policy", Resources: []string{arnOf(home, app)}}, us.Trail); diff != "" {
		t.Error(diff)
	}
	w.grants.Identity = []*policy.Policy{parsed(t, policy.Identity, []string{`{"Sid": "all", "Effect": "Allow", "Action": "*", "Resource": "*"}`})}
	us.Trail = &op.Trail{}
	w.asks(t, us, api.GetApplication.Route, getApp(app), home, "")
	if diff := cmp.Diff(&op.Trail{Decided: true, Allowed: true, Layer: "identity-based policy", Sid: "all", Resources: []string{arnOf(home, app)}}, us.Trail); diff != "" {
		t.Error(diff)
	}
}

func TestTagsOfResourcesAreLookedUpWhenAPolicyAsks(t *testing.T) {
	us, w := session(home), newWorld()
	w.tags[arnOf(home, app)] = map[string]string{"Team": "search"}
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:*", "*", ""})}
	w.asks(t, us, api.GetPlugin.Route, getPlugin(app), home, "")
	if len(w.looked) != 0 {
		t.Errorf("looked up without need: %v", w.looked)
	}
	on := func(condition string) {
		w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:*", "*", condition})}
	}
	on(`"StringEquals": {"aws:ResourceTag/team": "search"}`)
	w.asks(t, us, api.GetApplication.Route, getApp(app), home, "")
	w.asks(t, us, api.GetPlugin.Route, getPlugin(app), "", noIdentity(us, "qbusiness:GetPlugin", arnOf(home, app)+"/plugin/"+plugin))
	if want := []string{arnOf(home, app), arnOf(home, app), arnOf(home, app) + "/plugin/" + plugin}; !slices.Equal(w.looked, want) {
		t.Errorf("looked up %v", w.looked)
	}
	on(`"StringEquals": {"aws:ResourceTag/team": "sales"}`)
	w.asks(t, us, api.GetApplication.Route, getApp(app), "", noIdentity(us, "qbusiness:GetApplication", arnOf(home, app)))
	on(`"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}`)
	us.Tags = map[string]string{"team": "search"}
	w.asks(t, us, api.GetApplication.Route, getApp(app), home, "")
}

func TestTagsThatTheRequestGives(t *testing.T) {
	us, w := session(home), newWorld()
	on := func(condition string) {
		w.grants.Identity = []*policy.Policy{allow(t, [3]string{"*", "*", condition})}
	}
	const red = `"StringEquals": {"aws:RequestTag/color": "red"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["color"]}`
	create := func(tags ...api.Tag) *api.CreateApplicationInput {
		return &api.CreateApplicationInput{DisplayName: "a", Tags: tags}
	}
	on(red)
	w.asks(t, us, api.CreateApplication.Route, create(api.Tag{Key: "color", Value: "red"}), home, "")
	for _, tags := range [][]api.Tag{nil, {{Key: "color", Value: "blue"}}, {{Key: "color", Value: "red"}, {Key: "size", Value: "1"}}} {
		w.asks(t, us, api.CreateApplication.Route, create(tags...), "", noIdentity(us, "qbusiness:CreateApplication", "*"))
	}
	w.asks(t, us, api.TagResource.Route, &api.TagResourceInput{ResourceARN: arnOf(home, app), Tags: []api.Tag{{Key: "color", Value: "red"}}}, home, "")
	w.asks(t, us, secretsmanager.CreateSecret.Route, &secretsmanager.CreateSecretInput{Name: "s", Tags: []secretsmanager.Tag{{Key: new("color"), Value: new("red")}}}, home, "")
	w.asks(t, us, iam.CreateUser.Route, &iam.CreateUserInput{UserName: "u", Tags: []iam.Tag{{Key: "color", Value: "red"}}}, home, "")
	on(`"ForAllValues:StringEquals": {"aws:TagKeys": ["color"]}`)
	w.asks(t, us, api.UntagResource.Route, &api.UntagResourceInput{ResourceARN: arnOf(home, app), TagKeys: []string{"color"}}, home, "")
	w.asks(t, us, api.UntagResource.Route, &api.UntagResourceInput{ResourceARN: arnOf(home, app), TagKeys: []string{"color", "size"}}, "",
		noIdentity(us, "qbusiness:UntagResource", arnOf(home, app)))
}

func TestKeysThatMembersGive(t *testing.T) {
	us, w := session(home), newWorld()
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"*", "*", `"StringEquals": {"identitystore:UserId": "u-1"}`})}
	subscribe := func(p api.SubscriptionPrincipal) *api.CreateSubscriptionInput {
		return &api.CreateSubscriptionInput{ApplicationID: app, Principal: p, Type: api.SubscriptionTypeQLite}
	}
	route := api.CreateSubscription.Route
	w.asks(t, us, route, subscribe(api.SubscriptionPrincipal{User: new("u-1")}), home, "")
	refused := noIdentity(us, "qbusiness:CreateSubscription", arnOf(home, app))
	w.asks(t, us, route, subscribe(api.SubscriptionPrincipal{User: new("u-2")}), "", refused)
	w.asks(t, us, route, subscribe(api.SubscriptionPrincipal{Group: new("u-1")}), "", refused)
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"*", "*", `"StringEquals": {"identitystore:GroupId": "u-1"}`})}
	w.asks(t, us, route, subscribe(api.SubscriptionPrincipal{Group: new("u-1")}), home, "")

	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"iam:*", "*", `"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}`})}
	attach := func(arn string) *iam.AttachUserPolicyInput {
		return &iam.AttachUserPolicyInput{UserName: "ann", PolicyARN: arn}
	}
	w.asks(t, us, iam.AttachUserPolicy.Route, attach("arn:aws:iam::aws:policy/ReadOnlyAccess"), home, "")
	w.asks(t, us, iam.AttachUserPolicy.Route, attach("arn:aws:iam::aws:policy/AdministratorAccess"), "",
		noIdentity(us, "iam:AttachUserPolicy", "arn:aws:iam::"+home+":user/ann"))
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"secretsmanager:*", "*", `"Bool": {"secretsmanager:ForceDeleteWithoutRecovery": "false"}`})}
	w.asks(t, us, secretsmanager.DeleteSecret.Route, &secretsmanager.DeleteSecretInput{SecretID: "s", ForceDeleteWithoutRecovery: new(false)}, home, "")
	w.asks(t, us, secretsmanager.DeleteSecret.Route, &secretsmanager.DeleteSecretInput{SecretID: "s", ForceDeleteWithoutRecovery: new(true)}, "",
		noIdentity(us, "secretsmanager:DeleteSecret", "arn:aws:secretsmanager:us-east-1:"+home+":secret:s"))
}

func TestDependentActionsAreAskedToo(t *testing.T) {
	us, w := session(home), newWorld()
	associate := &api.AssociatePermissionInput{ApplicationID: app, StatementID: "s", Principal: us.Role, Actions: []string{"qbusiness:GetPlugin"}}
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:AssociatePermission", "*", ""})}
	w.asks(t, us, api.AssociatePermission.Route, associate, "", noIdentity(us, "qbusiness:PutResourcePolicy", arnOf(home, app)))
	w.grants.Identity = append(w.grants.Identity, allow(t, [3]string{"qbusiness:PutResourcePolicy", arnOf(home, app), ""}))
	w.asks(t, us, api.AssociatePermission.Route, associate, home, "")

	accessor := func(kind api.DataAccessorAuthenticationType) *api.CreateDataAccessorInput {
		return &api.CreateDataAccessorInput{ApplicationID: app, Principal: us.Role, AuthenticationDetail: &api.DataAccessorAuthenticationDetail{AuthenticationType: kind}}
	}
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:CreateDataAccessor", "*", ""})}
	w.asks(t, us, api.CreateDataAccessor.Route, accessor("AWS_IAM_IDC_AUTH_CODE"), home, "")
	w.asks(t, us, api.CreateDataAccessor.Route, &api.CreateDataAccessorInput{ApplicationID: app}, home, "")
	w.asks(t, us, api.CreateDataAccessor.Route, accessor("AWS_IAM_IDC_TTI"), "", noIdentity(us, "qbusiness:CreateDataAccessorWithTti", arnOf(home, app)))
	w.grants.Identity = append(w.grants.Identity, allow(t, [3]string{"qbusiness:CreateDataAccessorWithTti", "*", ""}))
	w.asks(t, us, api.CreateDataAccessor.Route, accessor("AWS_IAM_IDC_TTI"), home, "")

	const index = "b2000000-0000-4000-8000-000000000002"
	source := func(config string) *api.CreateDataSourceInput {
		return &api.CreateDataSourceInput{ApplicationID: app, IndexID: index, Configuration: []byte(config)}
	}
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:CreateDataSource", "*", ""})}
	for _, config := range []string{``, `[]`, `{"type":"S3"}`, `{"additionalProperties":[]}`, `{"additionalProperties":{"isCrawlAcl":true}}`, `{"additionalProperties":{"isCrawlAcl":null}}`} {
		w.asks(t, us, api.CreateDataSource.Route, source(config), home, "")
	}
	for _, config := range []string{`{"additionalProperties":{"isCrawlAcl":false}}`, `{"additionalProperties":{"isCrawlAcl":"false"}}`} {
		w.asks(t, us, api.CreateDataSource.Route, source(config), "", noIdentity(us, "qbusiness:DisableAclOnDataSource", arnOf(home, app)))
	}
	w.grants.Identity = append(w.grants.Identity, allow(t, [3]string{"qbusiness:DisableAclOnDataSource", arnOf(home, app), ""}))
	w.asks(t, us, api.CreateDataSource.Route, source(`{"additionalProperties":{"isCrawlAcl":false}}`), home, "")
}

func TestRolesThatAreHandedOverAreAskedFor(t *testing.T) {
	us, w := session(home), newWorld()
	role := func(account, name string) string { return "arn:aws:iam::" + account + ":role/" + name }
	update := func(arn *string) *api.UpdateApplicationInput {
		return &api.UpdateApplicationInput{ApplicationID: app, RoleARN: arn}
	}
	route := api.UpdateApplication.Route
	own := [3]string{"qbusiness:*", "*", ""}
	w.grants.Identity = []*policy.Policy{allow(t, own)}
	w.asks(t, us, route, update(nil), home, "")
	w.asks(t, us, route, update(new("")), home, "")
	w.asks(t, us, route, update(new(role(home, "reader"))), "", noIdentity(us, "iam:PassRole", role(home, "reader")))
	for condition, owner := range map[string]string{
		"": home,
		`"StringEquals": {"iam:PassedToService": "qbusiness.amazonaws.com"}`:                         home,
		`"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}`:                               "",
		`"ArnLike": {"iam:AssociatedResourceArn": "arn:aws:qbusiness:*:` + home + `:application/*"}`: home,
		`"ArnLike": {"iam:AssociatedResourceArn": "arn:aws:qbusiness:*:` + abroad + `:*"}`:           "",
	} {
		w.grants.Identity = []*policy.Policy{allow(t, own, [3]string{"iam:PassRole", role(home, "read*"), condition})}
		refused := ""
		if owner == "" {
			refused = noIdentity(us, "iam:PassRole", role(home, "reader"))
		}
		w.asks(t, us, route, update(new(role(home, "reader"))), owner, refused)
		w.asks(t, us, route, update(new(role(home, "writer"))), "", noIdentity(us, "iam:PassRole", role(home, "writer")))
	}
	// A role of another account cannot be handed over.
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"*", "*", ""})}
	w.asks(t, us, route, update(new(role(abroad, "reader"))), "", noResource(us, "iam:PassRole", role(abroad, "reader")))
}

// TestWhereRolesAreHandedOver is the list of operations whose input has a role,
// with a role at every place where the model has one.
func TestWhereRolesAreHandedOver(t *testing.T) {
	want := map[string]int{
		"BatchPutDocument": 3, "CreateApplication": 1, "CreateDataSource": 3, "CreatePlugin": 3, "CreateRetriever": 1,
		"CreateWebExperience": 2, "PutGroup": 1, "UpdateApplication": 1, "UpdateDataSource": 3, "UpdatePlugin": 3,
		"UpdateRetriever": 1, "UpdateWebExperience": 3,
	}
	got := map[string]int{}
	for _, r := range api.Routes {
		if n := places(newLayout(r).roles, r.Input, nil); n > 0 {
			got[r.Name] = n
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, s := range []*smithy.Service{secretsmanager.Service, iam.Service} {
		for _, r := range s.Routes {
			if newLayout(r).roles != nil {
				t.Errorf("%s hands no role over to a service", r.Action())
			}
		}
	}
}

// places counts the ways to a role's ARN.
func places(roles map[*smithy.Shape]bool, s *smithy.Shape, above []*smithy.Shape) (n int) {
	if !roles[s] || slices.Contains(above, s) {
		return 0
	}
	if s.Name == roleShape {
		return 1
	}
	for _, b := range below(s) {
		n += places(roles, b, append(above, s))
	}
	return n
}

func TestRolesAreFoundAtAnyDepth(t *testing.T) {
	in := &api.CreateDataSourceInput{
		RoleARN: new("r-1"),
		DocumentEnrichmentConfiguration: &api.DocumentEnrichmentConfiguration{
			PreExtractionHookConfiguration:  &api.HookConfiguration{RoleARN: new("r-2")},
			PostExtractionHookConfiguration: &api.HookConfiguration{RoleARN: new("r-1")},
		},
	}
	l := newLayout(api.CreateDataSource.Route)
	if got := l.rolesIn(api.CreateDataSource.Route, in); !slices.Equal(got, []string{"r-1", "r-2"}) {
		t.Errorf("got %v", got)
	}
	oauth := &api.CreatePluginInput{AuthConfiguration: api.PluginAuthConfiguration{
		OAuth2ClientCredentialConfiguration: &api.OAuth2ClientCredentialConfiguration{RoleARN: "r-3"},
	}}
	if got := newLayout(api.CreatePlugin.Route).rolesIn(api.CreatePlugin.Route, oauth); !slices.Equal(got, []string{"r-3"}) {
		t.Errorf("got %v", got)
	}
	page := &api.UpdateWebExperienceInput{
		RoleARN:                       new("r-4"),
		AuthenticationConfiguration:   &api.WebExperienceAuthConfiguration{SAMLConfiguration: &api.SAMLConfiguration{RoleARN: "r-5"}},
		IdentityProviderConfiguration: &api.IdentityProviderConfiguration{OpenIDConnectConfiguration: &api.OpenIDConnectProviderConfiguration{SecretsRole: "r-6"}},
	}
	if got := newLayout(api.UpdateWebExperience.Route).rolesIn(api.UpdateWebExperience.Route, page); !slices.Equal(got, []string{"r-4", "r-5", "r-6"}) {
		t.Errorf("got %v", got)
	}
}

// TestShapesThatLeadBackToThemselves are gone through once, and lose nothing.
func TestShapesThatLeadBackToThemselves(t *testing.T) {
	role, plain := &smithy.Shape{Name: roleShape}, &smithy.Shape{Name: "Name"}
	list := &smithy.Shape{Name: "List", Kind: smithy.List}
	node := &smithy.Shape{Name: "Node", Kind: smithy.Structure, Members: []smithy.Member{{Shape: list}, {Shape: plain}, {Shape: role}}}
	list.Elem = node
	held := holding(node)
	for s, want := range map[*smithy.Shape]bool{node: true, list: true, role: true, plain: false} {
		if held[s] != want {
			t.Errorf("%s: %t", s.Name, held[s])
		}
	}
	node.Members = node.Members[:2]
	if held := holding(node); held != nil {
		t.Errorf("no role, but %v", held)
	}
}

func TestNamesBecomeARNsBeforePoliciesAreAsked(t *testing.T) {
	us, w := session(home), newWorld()
	const partial = "arn:aws:secretsmanager:us-east-1:" + home + ":secret:jira"
	w.names[partial] = partial + "-AbCdEf"
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"secretsmanager:*", partial + "-??????", ""})}
	get := func(id string) *secretsmanager.GetSecretValueInput {
		return &secretsmanager.GetSecretValueInput{SecretID: id}
	}
	route := secretsmanager.GetSecretValue.Route
	w.asks(t, us, route, get("jira"), home, "")
	w.asks(t, us, route, get(partial), home, "")
	w.asks(t, us, route, get("zendesk"), "", noIdentity(us, "secretsmanager:GetSecretValue", strings.Replace(partial, "jira", "zendesk", 1)))
	other := strings.Replace(partial, home, abroad, 1)
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"*", "*", ""})}
	w.asks(t, us, route, get(other), "", noResource(us, "secretsmanager:GetSecretValue", other))

	w.names["arn:aws:iam::"+home+":role/reader"] = "arn:aws:iam::" + home + ":role/service/reader"
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"iam:GetRole", "arn:aws:iam::" + home + ":role/service/*", ""})}
	w.asks(t, us, iam.GetRole.Route, &iam.GetRoleInput{RoleName: "reader"}, home, "")
	w.asks(t, us, iam.GetRole.Route, &iam.GetRoleInput{RoleName: "other"}, "", noIdentity(us, "iam:GetRole", "arn:aws:iam::"+home+":role/other"))
}

func TestWhoNamesNoUserIsItself(t *testing.T) {
	ann := op.Caller{Account: home, Region: "us-east-1", Principal: "arn:aws:iam::" + home + ":user/team/ann"}
	w := newWorld()
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"iam:*", "arn:aws:iam::" + home + ":user/team/${aws:PrincipalTag/name}", ""})}
	ann.Tags = map[string]string{"name": "ann"}
	w.asks(t, ann, iam.GetUser.Route, &iam.GetUserInput{}, home, "")
	w.asks(t, ann, iam.ListUsers.Route, &iam.ListUsersInput{}, "", noIdentity(ann, "iam:ListUsers", "arn:aws:iam::"+home+":user/"))
	us := session(home)
	w.asks(t, us, iam.GetUser.Route, &iam.GetUserInput{}, "", noIdentity(us, "iam:GetUser", us.Principal))
}
