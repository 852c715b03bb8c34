package op_test

import (
	stdcmp "cmp"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
)

const (
	appID    = "a1b2c3d4-5678-90ab-cdef-111122223333"
	pluginID = "b1b2c3d4-5678-90ab-cdef-111122223333"
)

func caller() op.Caller {
	return op.Caller{Account: "111122223333", Region: "eu-west-1", Principal: "arn:aws:iam::111122223333:role/tester", RequestID: "r-1"}
}

// guard permits what is not forbidden, and remembers what it was asked.
type guard struct {
	forbidden string // an action
	owner     string // whose resources they are; "" for the caller's own
	failure   error
	asked     []string
}

func (g *guard) Authorize(_ context.Context, c op.Caller, route *smithy.Route, in any) (string, error) {
	g.asked = append(g.asked, c.Principal+" "+route.Action()+" "+strings.Join(op.Resources(c, route, in), " "))
	if route.Action() == g.forbidden {
		return "", fault.Denied("no")
	}
	return stdcmp.Or(g.owner, c.Account), g.failure
}

// memory keeps answers by token, as platform/replay does.
type memory struct {
	kept    map[string]op.Kept
	failure error
	asked   int
}

func (m *memory) Find(_ context.Context, c op.Caller, t op.Token) (op.Kept, bool, error) {
	m.asked++
	kept, found := m.kept[c.Tenant()+" "+t.Operation+" "+t.Application+" "+t.Value]
	return kept, found, m.failure
}

func (m *memory) keep(c op.Caller, answer string) {
	if m.kept == nil {
		m.kept = map[string]op.Kept{}
	}
	t := c.Token
	m.kept[c.Tenant()+" "+t.Operation+" "+t.Application+" "+t.Value] = op.Kept{Input: t.Input, Answer: []byte(answer)}
}

// spoil cuts every answer short.
func (m *memory) spoil() {
	for token, kept := range m.kept {
		kept.Answer = kept.Answer[:1]
		m.kept[token] = kept
	}
}

func TestCallAuthorizesBeforeAnything(t *testing.T) {
	g, m := &guard{forbidden: "qbusiness:CreatePlugin"}, &memory{}
	r := &op.Registry{Access: g, Replays: m}
	called := false
	op.Handle(r, api.CreatePlugin, func(context.Context, op.Caller, *api.CreatePluginInput) (*api.CreatePluginOutput, error) {
		called = true
		return nil, nil
	})
	_, err := r.Call(t.Context(), caller(), api.CreatePlugin.Route, createPlugin("token"))
	if !fault.Is(err, fault.AccessDenied) {
		t.Errorf("error %v, want AccessDeniedException", err)
	}
	if called || m.asked > 0 {
		t.Errorf("called: %v, tokens looked up: %d; want neither before access is granted", called, m.asked)
	}
	want := []string{"arn:aws:iam::111122223333:role/tester qbusiness:CreatePlugin arn:aws:qbusiness:eu-west-1:111122223333:application/" + appID}
	if diff := cmp.Diff(want, g.asked); diff != "" {
		t.Error(diff)
	}
}

// TestAnOperationWithItsOwnTokens is called each time, token in hand.
func TestAnOperationWithItsOwnTokens(t *testing.T) {
	m := &memory{}
	r := &op.Registry{Access: &guard{}, Replays: m}
	var tokens []string
	op.HandleTokens(r, api.CreatePlugin, func(_ context.Context, c op.Caller, _ *api.CreatePluginInput) (*api.CreatePluginOutput, error) {
		tokens = append(tokens, c.Token.Value)
		return &api.CreatePluginOutput{}, nil
	})
	for range 2 {
		if _, err := r.Call(t.Context(), caller(), api.CreatePlugin.Route, createPlugin("token")); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"token", "token"}, tokens); diff != "" || m.asked > 0 {
		t.Errorf("%d look-ups, calls with (-want +got):\n%s", m.asked, diff)
	}
}

func TestCallAuthorizesWhatIsNotBuilt(t *testing.T) {
	g := &guard{forbidden: "qbusiness:GetPlugin"}
	r := &op.Registry{Access: g, Replays: &memory{}}
	in := &api.GetPluginInput{ApplicationID: appID, PluginID: pluginID}
	if _, err := r.Call(t.Context(), caller(), api.GetPlugin.Route, in); !fault.Is(err, fault.AccessDenied) {
		t.Errorf("error %v, want AccessDeniedException: who may not call learns no more", err)
	}
	g.forbidden = ""
	_, err := r.Call(t.Context(), caller(), api.GetPlugin.Route, in)
	if !fault.Is(err, fault.NotImplemented) || !strings.Contains(err.Error(), "GetPlugin is not built yet") {
		t.Errorf("error %v, want NotImplemented", err)
	}
}

// TestOperationsOfOneNameAreTwo: each API has its own TagResource.
func TestOperationsOfOneNameAreTwo(t *testing.T) {
	r := &op.Registry{Access: &guard{}, Replays: &memory{}}
	op.Handle(r, secretsmanager.TagResource, func(context.Context, op.Caller, *secretsmanager.TagResourceInput) (*secretsmanager.TagResourceOutput, error) {
		return &secretsmanager.TagResourceOutput{}, nil
	})
	if !r.Built(secretsmanager.TagResource.Route) || r.Built(api.TagResource.Route) {
		t.Error("only that of Secrets Manager is built")
	}
	if _, err := r.Call(t.Context(), caller(), api.TagResource.Route, &api.TagResourceInput{}); !fault.Is(err, fault.NotImplemented) {
		t.Errorf("error %v, want NotImplemented", err)
	}
}

func TestCallHandsOverInputAndOutput(t *testing.T) {
	r := &op.Registry{Access: &guard{}, Replays: &memory{}}
	in, out := &api.GetPluginInput{ApplicationID: appID, PluginID: pluginID}, &api.GetPluginOutput{}
	op.Handle(r, api.GetPlugin, func(_ context.Context, c op.Caller, got *api.GetPluginInput) (*api.GetPluginOutput, error) {
		if got != in || c.Token != nil || c.RequestID != "r-1" {
			t.Errorf("the function got %v for %+v", got, c)
		}
		return out, nil
	})
	if !r.Built(api.GetPlugin.Route) || r.Built(api.DeletePlugin.Route) {
		t.Error("only GetPlugin is built")
	}
	got, err := r.Call(t.Context(), caller(), api.GetPlugin.Route, in)
	if err != nil || got != any(out) {
		t.Errorf("answer %v, %v", got, err)
	}
}

// TestCallAnswersOnlyDeclaredErrors: what the model does not declare is an
// internal error, whose cause stays inside.
func TestCallAnswersOnlyDeclaredErrors(t *testing.T) {
	secret := errors.New("dial 10.0.0.7: password=hunter2")
	for _, test := range []struct {
		name   string
		answer error
		want   fault.Code
	}{
		{"declared", fault.NotFound("plugin", pluginID, "There is no such plugin."), fault.ResourceNotFound},
		{"undeclared", fault.Quota("plugin", pluginID, "Too many plugins."), fault.Internal},
		{"of another service", &fault.Error{Code: "NoSuchThing", Message: "hunter2"}, fault.Internal},
		{"no fault", secret, fault.Internal},
		{"wrapped", errors.Join(errors.New("while reading"), fault.InvalidField("displayName", "no")), fault.Validation},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &op.Registry{Access: &guard{}, Replays: &memory{}}
			op.Handle(r, api.GetPlugin, func(context.Context, op.Caller, *api.GetPluginInput) (*api.GetPluginOutput, error) {
				return nil, test.answer
			})
			out, err := r.Call(t.Context(), caller(), api.GetPlugin.Route, &api.GetPluginInput{ApplicationID: appID})
			f := fault.As(err)
			if f == nil || f.Code != test.want || out != nil {
				t.Fatalf("answer %v, error %v, want %s", out, err, test.want)
			}
			if !api.GetPlugin.Declares(string(f.Code)) {
				t.Errorf("GetPlugin does not declare %s", f.Code)
			}
			if test.want == fault.Internal && strings.Contains(f.Error(), "hunter2") {
				t.Errorf("the cause is shown: %s", f.Error())
			}
			if test.want == fault.Internal && !errors.Is(err, test.answer) {
				t.Errorf("the cause is lost for the log: %v", f.Cause)
			}
		})
	}
}

func TestCallHidesAFailedAuthorizer(t *testing.T) {
	failure := errors.New("the store is gone")
	r := &op.Registry{Access: &guard{failure: failure}, Replays: &memory{}}
	_, err := r.Call(t.Context(), caller(), api.GetPlugin.Route, &api.GetPluginInput{ApplicationID: appID})
	if !fault.Is(err, fault.Internal) || !errors.Is(err, failure) {
		t.Errorf("error %v, want an internal one with its cause", err)
	}
}

func TestHandleTwicePanics(t *testing.T) {
	r := &op.Registry{}
	mount := func() {
		op.Handle(r, api.GetPlugin, func(context.Context, op.Caller, *api.GetPluginInput) (*api.GetPluginOutput, error) { return nil, nil })
	}
	mount()
	defer func() {
		if p := recover(); p != "op: qbusiness:GetPlugin is mounted twice" {
			t.Errorf("panic %v", p)
		}
	}()
	mount()
}

func TestResources(t *testing.T) {
	const (
		arn    = "arn:aws:qbusiness:eu-west-1:444455556666:application/" + appID
		secret = "arn:aws:secretsmanager:eu-west-1:444455556666:secret:jira-AbCdEf"
	)
	for _, test := range []struct {
		route *smithy.Route
		in    any
		want  []string
	}{
		{api.ListApplications.Route, &api.ListApplicationsInput{}, []string{"*"}},
		{api.GetPlugin.Route, &api.GetPluginInput{ApplicationID: appID, PluginID: pluginID}, []string{
			"arn:aws:qbusiness:eu-west-1:111122223333:application/" + appID,
			"arn:aws:qbusiness:eu-west-1:111122223333:application/" + appID + "/plugin/" + pluginID}},
		{api.ListTagsForResource.Route, &api.ListTagsForResourceInput{ResourceARN: arn}, []string{arn}},
		{api.ListTagsForResource.Route, &api.ListTagsForResourceInput{ResourceARN: "{resourceARN}"}, []string{"arn:aws:qbusiness:eu-west-1:111122223333:{resourceARN}"}},
		{secretsmanager.DescribeSecret.Route, &secretsmanager.DescribeSecretInput{SecretID: "team/jira"}, []string{"arn:aws:secretsmanager:eu-west-1:111122223333:secret:team/jira"}},
		{secretsmanager.DescribeSecret.Route, &secretsmanager.DescribeSecretInput{SecretID: secret}, []string{secret}},
		{iam.CreateRole.Route, &iam.CreateRoleInput{RoleName: "ann", Path: new("/division/")}, []string{"arn:aws:iam::111122223333:role/division/ann"}},
		{iam.CreateRole.Route, &iam.CreateRoleInput{RoleName: "ann"}, []string{"arn:aws:iam::111122223333:role/ann"}},
		{iam.ListUsers.Route, &iam.ListUsersInput{}, []string{"arn:aws:iam::111122223333:user/"}},
		{iam.GetUser.Route, &iam.GetUserInput{UserName: new("ann")}, []string{"arn:aws:iam::111122223333:user/ann"}},
		{iam.GetUser.Route, &iam.GetUserInput{}, []string{caller().Principal}},
		{iam.ListAccessKeys.Route, &iam.ListAccessKeysInput{}, []string{caller().Principal}},
		{iam.CreateOpenIDConnectProvider.Route, &iam.CreateOpenIDConnectProviderInput{URL: "https://idp.example/tenant"}, []string{"arn:aws:iam::111122223333:oidc-provider/idp.example/tenant"}},
		{iam.CreatePolicy.Route, &iam.CreatePolicyInput{PolicyName: "p", Path: new("/a/b/")}, []string{"arn:aws:iam::111122223333:policy/a/b/p"}},
		{ssoadmin.CreateApplication.Route, &ssoadmin.CreateApplicationInput{ApplicationProviderARN: "arn:aws:sso::aws:applicationProvider/custom", InstanceARN: "arn:aws:sso:::instance/ssoins-1"},
			[]string{"arn:aws:sso::aws:applicationProvider/custom", "arn:aws:sso:::instance/ssoins-1"}},
		{iam.GetPolicy.Route, &iam.GetPolicyInput{PolicyARN: "arn:aws:iam::aws:policy/AdministratorAccess"}, []string{"arn:aws:iam::aws:policy/AdministratorAccess"}},
		{identitystore.CreateGroupMembership.Route, &identitystore.CreateGroupMembershipInput{
			IdentityStoreID: "d-1", GroupID: "g", MemberID: identitystore.MemberID{UserID: new("u")},
		}, []string{"arn:aws:identitystore::111122223333:identitystore/d-1", "arn:aws:identitystore:::group/g", "arn:aws:identitystore:::user/u"}},
	} {
		if diff := cmp.Diff(test.want, op.Resources(caller(), test.route, test.in)); diff != "" {
			t.Errorf("%s: %s", test.route.Name, diff)
		}
	}
}

func createPlugin(token string) *api.CreatePluginInput {
	in := &api.CreatePluginInput{ApplicationID: appID, DisplayName: "tickets", Type: api.PluginTypeCustom}
	if token != "" {
		in.ClientToken = &token
	}
	return in
}
