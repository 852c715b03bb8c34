package access

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// everything is what a caller's own policies allow it: all there is.
func everything(t testing.TB) policy.Set {
	return policy.Set{Identity: []*policy.Policy{allow(t, [3]string{"*", "*", ""})}}
}

// TestAnotherAccountIsAdmittedByBothSides: the application's statements and the
// policies of the caller, neither without the other.
func TestAnotherAccountIsAdmittedByBothSides(t *testing.T) {
	them, w := session(abroad), newWorld()
	refused := func(action string) string { return noIdentity(them, action, arnOf(abroad, app)) }
	ask := func(owner, refusal string) {
		t.Helper()
		w.asks(t, them, api.GetPlugin.Route, getPlugin(app), owner, refusal)
	}
	ask("", refused("qbusiness:GetPlugin"))
	w.statements[app] = []*policy.Policy{shares(t, them.Role, "", "qbusiness:GetPlugin")}
	ask("", refused("qbusiness:GetPlugin"))
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:GetPlugin", arnOf(home, app), ""})}
	ask("", refused("qbusiness:GetPlugin"))
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:GetPlugin", arnOf(home, app), ""}, [3]string{"qbusiness:GetPlugin", arnOf(home, app) + "/plugin/*", ""})}
	ask(home, "")
	w.asks(t, them, api.GetApplication.Route, getApp(app), "", refused("qbusiness:GetApplication"))
	w.statements[app] = nil
	ask("", refused("qbusiness:GetPlugin"))

	w.statements[app] = []*policy.Policy{shares(t, them.Role, "", "qbusiness:GetPlugin")}
	for name, limit := range map[string]func(*policy.Set){
		"a boundary":       func(s *policy.Set) { s.Boundary = allow(t, [3]string{"iam:*", "*", ""}) },
		"a session policy": func(s *policy.Set) { s.Session = []*policy.Policy{allow(t, [3]string{"iam:*", "*", ""})} },
		"an explicit deny": func(s *policy.Set) { s.Identity = append(s.Identity, allow(t, [3]string{"!*", arnOf(home, app), ""})) },
		"a deny on what is ours": func(s *policy.Set) {
			s.Identity = append(s.Identity, allow(t, [3]string{"!*", arnOf(home, app) + "/*", ""}))
		},
	} {
		w.grants = everything(t)
		limit(&w.grants)
		got, err := w.authorizer().Authorize(t.Context(), them, api.GetPlugin.Route, getPlugin(app))
		if fault.As(err) == nil || got != "" || strings.Contains(err.Error(), home) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestConditionsOfStatements(t *testing.T) {
	const tenant = `"StringEquals": {"aws:PrincipalTag/qbusiness-dataaccessor:ExternalId": "acme"}`
	them, w := session(abroad), newWorld()
	w.grants = everything(t)
	w.statements[app] = []*policy.Policy{shares(t, them.Role, tenant, "qbusiness:SearchRelevantContent")}
	in := &api.SearchRelevantContentInput{ApplicationID: app}
	for tag, owner := range map[string]string{"acme": home, "other": "", "": "", "Acme": ""} {
		them.Tags = nil
		if tag != "" {
			them.Tags = map[string]string{"qbusiness-dataaccessor:ExternalId": tag}
		}
		refusal := ""
		if owner == "" {
			refusal = noResource(them, "qbusiness:SearchRelevantContent", arnOf("*", app))
		}
		w.asks(t, them, api.SearchRelevantContent.Route, in, owner, refusal)
	}
	other := session(abroad)
	other.Role += "2"
	other.Tags = map[string]string{"qbusiness-dataaccessor:ExternalId": "acme"}
	w.asks(t, other, api.SearchRelevantContent.Route, in, "", noResource(other, "qbusiness:SearchRelevantContent", arnOf("*", app)))
}

// TestAConditionOnATagOfTheOwnersResource sees the owner's tags.
func TestAConditionOnATagOfTheOwnersResource(t *testing.T) {
	them, w := session(abroad), newWorld()
	w.grants = everything(t)
	w.tags[arnOf(home, app)] = map[string]string{"shared": "yes"}
	w.statements[app] = []*policy.Policy{shares(t, them.Role, `"StringEquals": {"aws:ResourceTag/shared": "yes"}`, "qbusiness:GetApplication")}
	w.asks(t, them, api.GetApplication.Route, getApp(app), home, "")
	w.tags = nil
	w.asks(t, them, api.GetApplication.Route, getApp(app), "", noResource(them, "qbusiness:GetApplication", arnOf("*", app)))
}

// TestNobodyWidensItsOwnGrant: the actions that change a policy depend on one
// that no statement can give.
func TestNobodyWidensItsOwnGrant(t *testing.T) {
	them, w := session(abroad), newWorld()
	w.grants = everything(t)
	w.statements[app] = []*policy.Policy{shares(t, them.Role, "", "qbusiness:AssociatePermission", "qbusiness:DisassociatePermission")}
	w.asks(t, them, api.AssociatePermission.Route, &api.AssociatePermissionInput{ApplicationID: app, Actions: []string{"qbusiness:GetPlugin"}}, "",
		noResource(them, "qbusiness:AssociatePermission", arnOf("*", app)))
}

// TestAGuestHandsOverNoRoleOfTheOwner, and no statement lets it.
func TestAGuestHandsOverNoRoleOfTheOwner(t *testing.T) {
	them, w := session(abroad), newWorld()
	w.grants = everything(t)
	w.statements[app] = []*policy.Policy{shares(t, them.Role, "", "qbusiness:UpdateApplication", "iam:PassRole")}
	update := func(role string) *api.UpdateApplicationInput {
		return &api.UpdateApplicationInput{ApplicationID: app, RoleARN: &role}
	}
	w.asks(t, them, api.UpdateApplication.Route, update("arn:aws:iam::"+abroad+":role/reader"), home, "")
	role := "arn:aws:iam::" + home + ":role/reader"
	w.asks(t, them, api.UpdateApplication.Route, update(role), "", noResource(them, "iam:PassRole", role))
}

// answer is all that a caller learns of a request.
func (w *world) answer(c op.Caller, route *smithy.Route, in any) string {
	c.Trail = &op.Trail{}
	owner, err := w.authorizer().Authorize(context.Background(), c, route, in)
	if err == nil {
		return "goes on in " + owner
	}
	return err.Error()
}

// TestWhatIsNotSharedIsNowhere: of an application that another account keeps and
// does not share with it, a caller learns what it learns of one that nobody has.
func TestWhatIsNotSharedIsNowhere(t *testing.T) {
	const tenant = `"StringEquals": {"aws:PrincipalTag/tenant": "acme"}`
	elsewhere := session(abroad)
	elsewhere.Region = "eu-west-1"
	shared := newWorld()
	shared.statements[app] = []*policy.Policy{
		shares(t, "arn:aws:iam::"+abroad+":role/somebody", "", "qbusiness:*"), shares(t, session(abroad).Role, tenant, "qbusiness:*"),
	}
	shared.tags[arnOf(home, app)] = map[string]string{"team": "search"}
	nowhere := newWorld()
	nowhere.owners = map[string]string{}
	requests := []struct {
		route *smithy.Route
		in    any
	}{
		{api.GetApplication.Route, getApp(app)}, {api.GetPlugin.Route, getPlugin(app)}, {api.DeleteApplication.Route, &api.DeleteApplicationInput{ApplicationID: app}},
		{api.UpdateApplication.Route, &api.UpdateApplicationInput{ApplicationID: app, RoleARN: new("arn:aws:iam::" + home + ":role/r")}},
		{api.AssociatePermission.Route, &api.AssociatePermissionInput{ApplicationID: app}},
		{api.TagResource.Route, &api.TagResourceInput{ResourceARN: arnOf(home, app), Tags: []api.Tag{{Key: "a", Value: "b"}}}},
		{api.ListTagsForResource.Route, &api.ListTagsForResourceInput{ResourceARN: arnOf(abroad, app)}},
		{api.ListTagsForResource.Route, &api.ListTagsForResourceInput{ResourceARN: arnOf("999999999999", app) + "/plugin/x"}},
	}
	for name, grants := range map[string]policy.Set{
		"nothing":             {},
		"everything":          everything(t),
		"one action":          {Identity: []*policy.Policy{allow(t, [3]string{"qbusiness:GetApplication", "*", ""})}},
		"on what is theirs":   {Identity: []*policy.Policy{allow(t, [3]string{"*", "arn:aws:qbusiness:*:" + home + ":*", ""})}},
		"on what is its own":  {Identity: []*policy.Policy{allow(t, [3]string{"*", "arn:aws:qbusiness:*:" + abroad + ":*", ""})}},
		"on a tag":            {Identity: []*policy.Policy{allow(t, [3]string{"*", "*", `"StringEquals": {"aws:ResourceTag/team": "search"}`})}},
		"but not on a tag":    {Identity: []*policy.Policy{allow(t, [3]string{"*", "*", ""}, [3]string{"!*", "*", `"StringEquals": {"aws:ResourceTag/team": "search"}`})}},
		"within a boundary":   {Identity: everything(t).Identity, Boundary: allow(t, [3]string{"qbusiness:*", "*", ""})},
		"by a session policy": {Identity: everything(t).Identity, Session: []*policy.Policy{allow(t, [3]string{"iam:*", "*", ""})}},
	} {
		for _, landlord := range []bool{true, false} {
			for _, c := range []op.Caller{session(abroad), elsewhere} {
				for _, r := range requests {
					for _, w := range []*world{shared, nowhere} {
						w.grants, w.landlords = grants, map[string]bool{home: true, abroad: landlord}
					}
					want, got := nowhere.answer(c, r.route, r.in), shared.answer(c, r.route, r.in)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s, landlord %t, %s in %s (-nowhere +not shared):\n%s", name, landlord, r.route.Name, c.Region, diff)
					}
					if f, ok := r.in.(*api.GetApplicationInput); ok && strings.Contains(got, home) {
						t.Errorf("%s: the owner of %s is told: %s", name, f.ApplicationID, got)
					}
				}
			}
		}
	}
}

// TestWhoMayAskButNotHere is told by its own account: one that keeps
// applications is sent on, and finds none of that ID there.
func TestWhoMayAskButNotHere(t *testing.T) {
	them, w := session(abroad), newWorld()
	w.grants = everything(t)
	w.asks(t, them, api.GetPlugin.Route, getPlugin(app), "", noResource(them, "qbusiness:GetPlugin", arnOf("*", app)))
	w.asks(t, them, api.ListApplications.Route, &api.ListApplicationsInput{}, abroad, "")
	w.asks(t, them, api.CreateApplication.Route, &api.CreateApplicationInput{DisplayName: "a"}, abroad, "")
	w.landlords[abroad] = true
	w.asks(t, them, api.GetPlugin.Route, getPlugin(app), abroad, "")
	w.asks(t, them, api.GetPlugin.Route, getPlugin(absent), abroad, "")
	w.grants = policy.Set{}
	w.asks(t, them, api.GetPlugin.Route, getPlugin(absent), "", noIdentity(them, "qbusiness:GetPlugin", arnOf(abroad, absent)))
}

// TestAnARNSaysWhoseItIs: one that names another account than the owner's leads
// nowhere, whatever that owner shares.
func TestAnARNSaysWhoseItIs(t *testing.T) {
	them, w := session(abroad), newWorld()
	w.grants = everything(t)
	w.statements[app] = []*policy.Policy{shares(t, them.Role, "", "qbusiness:ListTagsForResource")}
	w.landlords[abroad] = true
	list := func(arn string) *api.ListTagsForResourceInput {
		return &api.ListTagsForResourceInput{ResourceARN: arn}
	}
	route := api.ListTagsForResource.Route
	w.asks(t, them, route, list(arnOf(home, app)), home, "")
	w.asks(t, them, route, list(arnOf(home, app)+"/plugin/"+plugin), home, "")
	w.asks(t, them, route, list(arnOf(abroad, app)), abroad, "")
	for _, arn := range []string{arnOf("999999999999", app), arnOf(home, absent), strings.Replace(arnOf(home, app), "us-east-1", "eu-west-1", 1)} {
		w.asks(t, them, route, list(arn), "", noResource(them, "qbusiness:ListTagsForResource", arn))
	}
}

// TestNothingIsLookedUpInAnotherAccount: neither the full name of a secret nor
// the tags of anything.
func TestNothingIsLookedUpInAnotherAccount(t *testing.T) {
	them, w := session(abroad), newWorld()
	const secret = "arn:aws:secretsmanager:us-east-1:" + home + ":secret:jira"
	w.names[secret] = secret + "-AbCdEf"
	w.tags[secret] = map[string]string{"shared": "yes"}
	w.tags[secret+"-AbCdEf"] = w.tags[secret]
	w.grants = policy.Set{Identity: []*policy.Policy{allow(t, [3]string{"*", "*", ""}, [3]string{"!*", "*", `"StringEquals": {"aws:ResourceTag/shared": "yes"}`})}}
	w.asks(t, them, secretsmanager.GetSecretValue.Route, &secretsmanager.GetSecretValueInput{SecretID: secret}, "",
		noResource(them, "secretsmanager:GetSecretValue", secret))
	if len(w.looked) > 0 {
		t.Errorf("looked up %v", w.looked)
	}
}

func TestEveryFactThatFailsIsAnInternalError(t *testing.T) {
	broken := errors.New("the store is gone")
	for name, breaks := range map[string]func(a *Authorizer){
		"Owner": func(a *Authorizer) {
			a.Facts.Owner = func(context.Context, string, string) (string, error) { return "", broken }
		},
		"Statements": func(a *Authorizer) {
			a.Facts.Statements = func(context.Context, string, string, string) ([]*policy.Policy, error) { return nil, broken }
		},
		"Landlord": func(a *Authorizer) {
			a.Facts.Landlord = func(context.Context, string) (bool, error) { return false, broken }
		},
	} {
		w := newWorld()
		w.grants = everything(t)
		a := w.authorizer()
		breaks(a)
		c := session(abroad)
		for _, in := range []*api.GetApplicationInput{getApp(app), getApp(absent)} {
			_, err := a.Authorize(t.Context(), c, api.GetApplication.Route, in)
			if name == "Statements" && in.ApplicationID == absent {
				continue
			}
			if !errors.Is(err, broken) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
