package login

import (
	"errors"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/resource/principal"
)

const (
	trusting = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"qbusiness.amazonaws.com"},"Action":"sts:AssumeRole",
		"Condition":{"ArnEquals":{"aws:SourceArn":"arn:aws:qbusiness:us-east-1:111122223333:application/app-1"}}}}`
	mayRead = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"` + arn + `"}}`
)

// strict makes the role of the tests a real one, without which nothing is read.
func (w *world) strict(t *testing.T) (owner op.Caller) {
	t.Helper()
	w.Roles.TrustUnknown = false
	owner = op.Caller{Account: "111122223333", Region: "us-east-1", Root: true}
	if _, err := w.Roles.Principals.CreateRole(t.Context(), owner, &iam.CreateRoleInput{RoleName: "plugins", AssumeRolePolicyDocument: trusting}); err != nil {
		t.Fatal(err)
	}
	w.allow(t, owner)
	return owner
}

func (w *world) allow(t *testing.T, owner op.Caller) {
	t.Helper()
	if _, err := w.Roles.Principals.PutRolePolicy(t.Context(), owner, &iam.PutRolePolicyInput{RoleName: "plugins", PolicyName: "reads", PolicyDocument: mayRead}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) forbid(t *testing.T, owner op.Caller) {
	t.Helper()
	if _, err := w.Roles.Principals.DeleteRolePolicy(t.Context(), owner, &iam.DeleteRolePolicyInput{RoleName: "plugins", PolicyName: "reads"}); err != nil {
		t.Fatal(err)
	}
}

// withheld demands the refusal of a role that may not read any more: the user
// learns neither its name nor the secret's, and the log has both.
func withheld(t *testing.T, err error) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Code != fault.ExternalResource {
		t.Fatalf("%v, want an ExternalResourceException", err)
	}
	if strings.Contains(f.Message, "role/plugins") || strings.Contains(f.Message, arn) || !strings.Contains(f.Message, "The plugin helpdesk cannot be authorized") {
		t.Errorf("the user reads: %s", f.Message)
	}
	if why, ok := errors.AsType[*principal.RoleError](f.Cause); !ok || why.Reason != principal.RoleForbids ||
		!strings.Contains(why.Error(), role) || !strings.Contains(why.Error(), arn) {
		t.Errorf("the log reads: %v", f.Cause)
	}
}

// TestARoleIsAskedAtEveryUse: of a secret that every user shares, at the
// beginning of a sign-in, at its end, and when a token is renewed.
func TestARoleIsAskedAtEveryUse(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.strict(t)
		target := w.target()
		at := w.third.Visit(w.challenged(t, target))
		w.forbid(t, owner)
		withheld(t, w.Respond(t.Context(), holder(), chat, target, first(at)))
		_, err := w.Authorize(t.Context(), holder(), chat, target)
		withheld(t, err)
		w.allow(t, owner)
		w.signIn(t, target)
		w.pass(t, target)
		w.forbid(t, owner)
		_, err = w.Authorize(t.Context(), holder(), chat, target)
		withheld(t, err)
		w.allow(t, owner)
		if header(t, w.pass(t, target)) == "" {
			t.Error("allowed again, and no token")
		}
	})
}

// TestARoleTrustsOneApplication: another of the account gets nothing by it.
func TestARoleTrustsOneApplication(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.strict(t)
		h := holder()
		h.Application = "app-2"
		_, err := w.Authorize(t.Context(), h, chat, w.target())
		if why, ok := errors.AsType[*principal.RoleError](err); !ok || why.Reason != principal.RoleDistrusts {
			t.Errorf("%v, want RoleDistrusts", err)
		}
	})
}

// TestWithoutASecretNoRoleIsAsked: there is nothing to read.
func TestWithoutASecretNoRoleIsAsked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Roles.TrustUnknown = false
		target := w.target()
		target.Auth.OAuth2ClientCredentialConfiguration, target.Security = nil, nil
		w.pass(t, target)
	})
}
