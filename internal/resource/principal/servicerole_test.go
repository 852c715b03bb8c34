package principal

import (
	"errors"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
)

const (
	roleAccount = "111122223333"
	application = "arn:aws:qbusiness:us-east-1:111122223333:application/app-1"
	roleSecret  = "arn:aws:secretsmanager:us-east-1:111122223333:secret:jira-AbCdEf"
	serviceRole = "arn:aws:iam::111122223333:role/plugins"

	trustsUs  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"qbusiness.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	trustsApp = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"qbusiness.amazonaws.com"},"Action":"sts:AssumeRole",
		"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:qbusiness:us-east-1:111122223333:application/app-1"}}}}`
	readsSecret = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:us-east-1:111122223333:secret:jira-*"}}`
	readsNone   = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"secretsmanager:*","Resource":"*"}}`
)

// makeRole makes the role of the tests; no inline policy when reads is "".
func makeRole(t *testing.T, s *Service, trust, reads string) {
	t.Helper()
	c := op.Caller{Account: roleAccount, Region: "us-east-1", Root: true, Principal: "arn:aws:iam::" + roleAccount + ":root"}
	if _, err := s.CreateRole(t.Context(), c, &iam.CreateRoleInput{RoleName: "plugins", AssumeRolePolicyDocument: trust}); err != nil {
		t.Fatal(err)
	}
	if reads == "" {
		return
	}
	if _, err := s.PutRolePolicy(t.Context(), c, &iam.PutRolePolicyInput{RoleName: "plugins", PolicyName: "reads", PolicyDocument: reads}); err != nil {
		t.Fatal(err)
	}
}

func errand() Errand {
	return Errand{Role: serviceRole, Account: roleAccount, Application: application, Action: "secretsmanager:GetSecretValue", Resource: roleSecret}
}

// TestServiceRoles goes through what can be wrong with a role; each sentence
// says what is missing, and how to mend it.
func TestServiceRoles(t *testing.T) {
	const elsewhere = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	for name, test := range map[string]struct {
		trust, reads string // "" for a role that is not there
		change       func(e *Errand)
		trustUnknown bool
		want         RoleReason
		words        []string
	}{
		"good":                       {trustsUs, readsSecret, nil, false, 0, nil},
		"good for the application":   {trustsApp, readsSecret, nil, false, 0, nil},
		"good without an action":     {trustsApp, "", func(e *Errand) { e.Action, e.Resource = "", "" }, false, 0, nil},
		"unknown":                    {"", "", nil, false, RoleUnknown, []string{"there is no role " + serviceRole, "aws iam create-role --role-name plugins", "--trust-unknown-roles (PARLEY_TRUST_UNKNOWN_ROLES=1)"}},
		"unknown, and trusted":       {"", "", nil, true, 0, nil},
		"another path":               {trustsUs, readsSecret, func(e *Errand) { e.Role = "arn:aws:iam::111122223333:role/team/plugins" }, false, RoleUnknown, nil},
		"another service":            {elsewhere, readsSecret, nil, false, RoleDistrusts, []string{"does not let qbusiness.amazonaws.com assume it for " + application, "aws iam update-assume-role-policy --role-name plugins"}},
		"known, though trusted":      {elsewhere, readsSecret, nil, true, RoleDistrusts, nil},
		"another application":        {trustsApp, readsSecret, func(e *Errand) { e.Application = application + "0" }, false, RoleDistrusts, []string{"aws:SourceArn"}},
		"not allowed":                {trustsUs, "", nil, false, RoleForbids, []string{"is not allowed to do secretsmanager:GetSecretValue on " + roleSecret, "no identity-based policy allows it", "aws iam put-role-policy --role-name plugins"}},
		"not allowed, though known":  {trustsUs, "", nil, true, RoleForbids, nil},
		"another secret":             {trustsUs, readsSecret, func(e *Errand) { e.Resource = strings.Replace(roleSecret, "jira", "zendesk", 1) }, false, RoleForbids, nil},
		"denied":                     {trustsUs, readsNone, nil, false, RoleForbids, []string{"denied by identity-based policy"}},
		"another account's":          {trustsUs, readsSecret, func(e *Errand) { e.Account = "444455556666" }, false, RoleForeign, []string{"not of the application's account, 444455556666"}},
		"another account's, trusted": {"", "", func(e *Errand) { e.Role = "arn:aws:iam::444455556666:role/plugins" }, true, RoleForeign, nil},
		"a user":                     {trustsUs, readsSecret, func(e *Errand) { e.Role = "arn:aws:iam::111122223333:user/plugins" }, true, RoleMalformed, []string{"is no ARN of a role"}},
		"for the pages":              {strings.Replace(trustsUs, "qbusiness.", "application.qbusiness.", 1), readsSecret, func(e *Errand) { e.Service = Pages }, false, 0, nil},
		"not for the pages":          {trustsUs, readsSecret, func(e *Errand) { e.Service = Pages }, false, RoleDistrusts, []string{"does not let application.qbusiness.amazonaws.com assume it"}},
		"for users":                  {elsewhere, readsSecret, func(e *Errand) { e.Users = true }, false, 0, nil},
		"for users, unknown":         {"", "", func(e *Errand) { e.Users = true }, false, RoleUnknown, []string{"with the users' identity provider as the one it trusts"}},
		"for users, not allowed":     {elsewhere, "", func(e *Errand) { e.Users = true }, false, RoleForbids, nil},
		"nothing":                    {trustsUs, readsSecret, func(e *Errand) { e.Role = "" }, true, RoleMalformed, nil},
		"no name":                    {trustsUs, readsSecret, func(e *Errand) { e.Role = "arn:aws:iam::111122223333:role/" }, true, RoleMalformed, nil},
		"the service's own": {"", "", func(e *Errand) {
			e.Role, e.Action = "arn:aws:iam::111122223333:role/aws-service-role/qbusiness.amazonaws.com/AWSServiceRoleForQBusiness", ""
		}, false, 0, nil},
		"the service's own, for a secret": {"", "", func(e *Errand) {
			e.Role = "arn:aws:iam::111122223333:role/aws-service-role/qbusiness.amazonaws.com/AWSServiceRoleForQBusiness"
		}, false, RoleUnknown, nil},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, s *Service) {
				if test.trust != "" {
					makeRole(t, s, test.trust, test.reads)
				}
				e := errand()
				if test.change != nil {
					test.change(&e)
				}
				err := (&ServiceRoles{Principals: s, TrustUnknown: test.trustUnknown}).Check(t.Context(), e)
				got, _ := errors.AsType[*RoleError](err)
				switch {
				case test.want == 0 && err != nil:
					t.Errorf("refused: %v", err)
				case test.want != 0 && (got == nil || got.Reason != test.want):
					t.Errorf("%v, want reason %d", err, test.want)
				}
				for _, words := range test.words {
					if !strings.Contains(err.Error(), words) {
						t.Errorf("%q does not say %q", err, words)
					}
				}
			})
		})
	}
}

// TestARoleIsAskedEachTime: what was taken away is refused at once.
func TestARoleIsAskedEachTime(t *testing.T) {
	each(t, func(t *testing.T, s *Service) {
		makeRole(t, s, trustsUs, readsSecret)
		roles := &ServiceRoles{Principals: s}
		if err := roles.Check(t.Context(), errand()); err != nil {
			t.Fatal(err)
		}
		c := op.Caller{Account: roleAccount, Region: "us-east-1", Root: true}
		if _, err := s.DeleteRolePolicy(t.Context(), c, &iam.DeleteRolePolicyInput{RoleName: "plugins", PolicyName: "reads"}); err != nil {
			t.Fatal(err)
		}
		if why, ok := errors.AsType[*RoleError](roles.Check(t.Context(), errand())); !ok || why.Reason != RoleForbids {
			t.Errorf("%v, want RoleForbids", why)
		}
	})
}
