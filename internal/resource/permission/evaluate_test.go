package permission

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// decides asks the policies of the application about a request of the ISV.
func decides(t *testing.T, r *rig, action, resource string, tags map[string]string) bool {
	t.Helper()
	all, err := r.permissions.Policies(t.Context(), us().Account, us().Region, app)
	if err != nil {
		t.Fatal(err)
	}
	grants, err := policy.Parse([]byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`), policy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	q := policy.Request{
		Principal: policy.Principal{Type: policy.RoleSession, Account: "444455556666", ARN: isv, SessionARN: "arn:aws:sts::444455556666:assumed-role/search/s", Tags: tags},
		Action:    action, Targets: []policy.Target{{ARN: resource, Account: us().Account}},
	}
	q.Principal.Keys(&q.Context)
	set := policy.Set{Identity: []*policy.Policy{grants}, Resource: all}
	return set.Decide(&q).Allowed
}

// TestWhatStatementsPermit: an application and everything below it, under the
// statement's conditions, until it is disassociated.
func TestWhatStatementsPermit(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		acme, other := map[string]string{"qbusiness-dataaccessor:ExternalId": "acme"}, map[string]string{"qbusiness-dataaccessor:ExternalId": "other"}
		permits := func(when string, want bool, action, resource string, tags map[string]string) {
			t.Helper()
			if got := decides(t, r, action, resource, tags); got != want {
				t.Errorf("%s: %s on %s with %v: %t, want %t", when, action, resource, tags, got, want)
			}
		}
		permits("before", false, search, arn, acme)
		must(t, r, api.AssociatePermission, when(allow("s", search, "qbusiness:GetPlugin"), tagKey, "acme"))
		permits("granted", true, search, arn, acme)
		permits("below", true, "qbusiness:GetPlugin", arn+"/plugin/p", acme)
		permits("another tag", false, search, arn, other)
		permits("no tag", false, search, arn, nil)
		permits("another action", false, "qbusiness:GetApplication", arn, acme)
		permits("another application", false, search, arn[:len(arn)-1]+"2", acme)
		permits("one that begins alike", false, search, arn+"2", acme)
		must(t, r, api.AssociatePermission, when(allow("t", search), tagKey, "other"))
		permits("a second statement", true, search, arn, other)
		must(t, r, api.DisassociatePermission, drop("s"))
		permits("revoked", false, search, arn, acme)
		permits("still there", true, search, arn, other)
	})
}

func TestPoliciesOfNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r, api.AssociatePermission, allow("s", search))
		for _, tt := range [][3]string{{us().Account, us().Region, "b" + app[1:]}, {us().Account, "eu-west-1", app}, {"999999999999", us().Region, app}} {
			all, err := r.permissions.Policies(t.Context(), tt[0], tt[1], tt[2])
			if len(all) != 0 || err != nil {
				t.Errorf("%v: %d policies, %v", tt, len(all), err)
			}
		}
	})
}

// TestAStatementThatCannotBeEvaluatedIsRefused, and one that was kept before
// permits nothing, and no other any less.
func TestAStatementThatCannotBeEvaluatedIsRefused(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		bad := allow("bad", search)
		bad.Principal += "/"
		_, err := call(t, r, us(), api.AssociatePermission, bad)
		optest.Refused(t, err, optest.Invalid("principal"))
		if m := fault.As(err).Message; !strings.Contains(m, "no principal") {
			t.Errorf("%q does not say why", m)
		}
		must(t, r, api.AssociatePermission, allow("good", search))
		err = r.db.Update(t.Context(), func(tx *store.Tx) error {
			return insert(tx, us().Tenant(), app, Statement{ID: "old", Principal: bad.Principal, Actions: []string{"qbusiness:GetApplication"}})
		})
		if err != nil {
			t.Fatal(err)
		}
		if decides(t, r, "qbusiness:GetApplication", arn, nil) || !decides(t, r, search, arn, nil) {
			t.Error("the statement that is none counts")
		}
	})
}

func TestParsedStatementsAreBounded(t *testing.T) {
	var p parsed
	for i := range maxParsed + 10 {
		if _, err := p.get(Statement{ID: fmt.Sprint("s", i), Principal: isv, Actions: []string{search}}, arn); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(p.held); n > maxParsed {
		t.Errorf("%d remembered, want at most %d", n, maxParsed)
	}
}
