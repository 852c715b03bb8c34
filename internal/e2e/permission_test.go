package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

const partner = "arn:aws:iam::210987654321:role/partner"

// grant associates SearchRelevantContent, under a condition, with a statement.
func grant(app, statement string) *qbusiness.AssociatePermissionInput {
	return &qbusiness.AssociatePermissionInput{
		ApplicationId: &app, StatementId: &statement, Principal: new(partner),
		Actions: []string{"qbusiness:SearchRelevantContent"},
		Conditions: []types.PermissionCondition{{
			ConditionOperator: types.PermissionConditionOperatorStringEquals,
			ConditionKey:      new("aws:PrincipalTag/qbusiness-dataaccessor:ExternalId"),
			ConditionValues:   []string{"tenant-1"},
		}},
	}
}

func TestPermissionLife(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		created := must(s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{DisplayName: new("shared"), IdentityType: types.IdentityTypeAnonymous}))(t)
		app, arn := *created.ApplicationId, *created.ApplicationArn
		one := must(s.AssociatePermission(t.Context(), grant(app, "one")))(t)
		wantOne := `{"Sid":"one","Effect":"Allow","Principal":{"AWS":"` + partner + `"},"Action":"qbusiness:SearchRelevantContent","Resource":["` + arn +
			`"],"Condition":{"StringEquals":{"aws:PrincipalTag/qbusiness-dataaccessor:ExternalId":"tenant-1"}}}`
		if *one.Statement != wantOne {
			t.Errorf("statement\n%s\nwant\n%s", *one.Statement, wantOne)
		}
		again := must(s.AssociatePermission(t.Context(), grant(app, "one")))(t)
		if *again.Statement != wantOne {
			t.Errorf("an identical repeat answers %s", *again.Statement)
		}
		two := grant(app, "two")
		two.Actions, two.Conditions = []string{"qbusiness:GetIndex", "qbusiness:ListPlugins"}, nil
		wantTwo := `{"Sid":"two","Effect":"Allow","Principal":{"AWS":"` + partner + `"},"Action":["qbusiness:GetIndex","qbusiness:ListPlugins"],"Resource":["` + arn + `"]}`
		if got := must(s.AssociatePermission(t.Context(), two))(t); *got.Statement != wantTwo {
			t.Errorf("statement\n%s\nwant\n%s", *got.Statement, wantTwo)
		}
		s.policyIs(t, app, `{"Version":"2012-10-17","Statement":[`+wantOne+`,`+wantTwo+`]}`)
		for _, id := range []string{"one", "two"} {
			must(s.DisassociatePermission(t.Context(), &qbusiness.DisassociatePermissionInput{ApplicationId: &app, StatementId: &id}))(t)
		}
		s.policyIs(t, app, `{"Version":"2012-10-17","Statement":[]}`)
	})
}

func (s *site) policyIs(t *testing.T, app, want string) {
	t.Helper()
	if got := must(s.GetPolicy(t.Context(), &qbusiness.GetPolicyInput{ApplicationId: &app}))(t); *got.Policy != want {
		t.Errorf("policy\n%s\nwant\n%s", *got.Policy, want)
	}
}

func TestPermissionRefusals(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		app := s.application(t, "shared")
		must(s.AssociatePermission(t.Context(), grant(app, "one")))(t)

		other := grant(app, "one")
		other.Principal = new("arn:aws:iam::210987654321:role/somebody-else")
		_, err := s.AssociatePermission(t.Context(), other)
		fails[*types.ConflictException](t, err)

		unborne := grant(app, "unborne")
		unborne.Actions = []string{"qbusiness:SearchRelevantContent", "qbusiness:FlyToTheMoon"}
		_, err = s.AssociatePermission(t.Context(), unborne)
		refusedMember(t, err, "actions[1]")

		_, err = s.DisassociatePermission(t.Context(), &qbusiness.DisassociatePermissionInput{ApplicationId: &app, StatementId: new("never-there")})
		if e := fails[*types.ResourceNotFoundException](t, err); *e.ResourceId != "never-there" {
			t.Errorf("not found: type %q, id %q", *e.ResourceType, *e.ResourceId)
		}
		none := "0b6d8f4e-2f55-4c8e-9a52-7c1b2f6d3e90"
		_, err = s.GetPolicy(t.Context(), &qbusiness.GetPolicyInput{ApplicationId: &none})
		if e := fails[*types.ResourceNotFoundException](t, err); *e.ResourceId != none || *e.ResourceType != "application" {
			t.Errorf("not found: type %q, id %q", *e.ResourceType, *e.ResourceId)
		}
	})
}

// TestPolicyBound: a policy has at most 2,048 characters; the statement that
// would exceed them is refused and leaves the policy as it was.
func TestPolicyBound(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		app := s.application(t, "crowded")
		for i := 0; ; i++ {
			before := *must(s.GetPolicy(t.Context(), &qbusiness.GetPolicyInput{ApplicationId: &app}))(t).Policy
			_, err := s.AssociatePermission(t.Context(), grant(app, fmt.Sprintf("statement-%d", i)))
			if err == nil && i < 20 {
				continue
			}
			if e := fails[*types.ServiceQuotaExceededException](t, err); *e.ResourceId == "" || *e.ResourceType == "" {
				t.Errorf("quota: type %q, id %q", *e.ResourceType, *e.ResourceId)
			}
			s.policyIs(t, app, before)
			var policy struct{ Statement []any }
			if err := json.Unmarshal([]byte(before), &policy); err != nil || len(policy.Statement) != i || len(before) > 2048 {
				t.Errorf("%d statements in %d characters (%v), want %d", len(policy.Statement), len(before), err, i)
			}
			return
		}
	})
}
