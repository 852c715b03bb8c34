package principal

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// Whom roles are handed over to: the service itself, or its pages for browsers (user
// guide, "IAM role for an Amazon Q Business web experience").
const (
	Itself = "qbusiness.amazonaws.com"
	Pages  = "application.qbusiness.amazonaws.com"
)

// ServiceRoles decides whether the server may do something as a role that was
// handed over to it: one that reads a plugin's secret, for example.
type ServiceRoles struct {
	Principals *Service

	// TrustUnknown accepts roles that are not here, for whatever they are handed
	// over. Those that are here are looked at all the same.
	TrustUnknown bool
}

// Errand is what a role is handed over for.
type Errand struct {
	Role        string // ARN
	Account     string // that has the application
	Application string // ARN of the application for which the role is used
	Action      string // that the role has to allow, such as secretsmanager:GetSecretValue; "" for none
	Resource    string // ARN that the action is done to
	Service     string // that assumes the role; "" for Itself
	Users       bool   // people who sign in assume it, and not a service: whom it trusts is their provider's affair
}

func (e Errand) service() string { return cmp.Or(e.Service, Itself) }

// trusted is who has to be in the role's trust policy.
func (e Errand) trusted() string {
	if e.Users {
		return "the users' identity provider"
	}
	return e.service()
}

// A RoleError says why a role will not do for its errand, and what to do about
// it. It names nothing that the errand does not.
type RoleError struct {
	Errand Errand
	Reason RoleReason
	Why    string // of the decision, for those who may know the policies
}

// RoleReason is what is wrong with a role.
type RoleReason uint8

// The reasons there are.
const (
	RoleMalformed RoleReason = iota + 1 // no ARN of a role
	RoleForeign                         // of another account than the application's
	RoleUnknown                         // not here
	RoleDistrusts                       // its trust policy does not let the service assume it
	RoleForbids                         // its policies do not allow the action
)

// Error says what is missing, and how to mend it.
func (e *RoleError) Error() string {
	role, name := e.Errand.Role, e.Errand.Role[strings.LastIndexByte(e.Errand.Role, '/')+1:]
	switch e.Reason {
	case RoleMalformed:
		return fmt.Sprintf("%q is no ARN of a role, such as arn:%s:iam::%s:role/NAME", role, op.Partition, e.Errand.Account)
	case RoleForeign:
		return fmt.Sprintf("the role %s is not of the application's account, %s: hand over one of that account", role, e.Errand.Account)
	case RoleUnknown:
		return fmt.Sprintf("there is no role %s. Make it with \"aws iam create-role --role-name %s --assume-role-policy-document …\" at this endpoint, with %s as the one it trusts; "+
			"or start the server with --trust-unknown-roles (PARLEY_TRUST_UNKNOWN_ROLES=1), which accepts roles that are not here", role, name, e.Errand.trusted())
	case RoleDistrusts:
		return fmt.Sprintf("the role %s does not let %s assume it for %s: its trust policy has to allow sts:AssumeRole to {\"Service\": %q}, and its conditions on aws:SourceAccount and aws:SourceArn, if it has some, to hold (%s). "+
			"Mend it with \"aws iam update-assume-role-policy --role-name %s --policy-document …\"", role, e.Errand.service(), e.Errand.Application, e.Errand.service(), e.Why, name)
	case RoleForbids:
		return fmt.Sprintf("the role %s is not allowed to do %s on %s (%s). Allow it with \"aws iam put-role-policy --role-name %s --policy-name … --policy-document …\"",
			role, e.Errand.Action, e.Errand.Resource, e.Why, name)
	}
	return "the role " + role + " cannot be used"
}

// Check reads the role and its policies now: nothing of an earlier answer counts.
// A role that will not do is a *RoleError; any other error is an internal one.
func (s *ServiceRoles) Check(ctx context.Context, e Errand) error {
	at, ok := split(e.Role)
	switch {
	case !ok || at.kind != "role" || at.name == "":
		return &RoleError{Errand: e, Reason: RoleMalformed}
	case at.account != e.Account:
		return &RoleError{Errand: e, Reason: RoleForeign}
	case linked(at.path) && e.Action == "":
		return nil // nobody made it, and nobody need: it is the service's own
	}
	role, found, err := s.Principals.Role(ctx, e.Role)
	switch {
	case err != nil:
		return err
	case !found && s.TrustUnknown:
		return nil
	case !found:
		return &RoleError{Errand: e, Reason: RoleUnknown}
	}
	if !e.Users {
		err = role.trusts(e)
	}
	if err != nil || e.Action == "" {
		return err
	}
	return s.allows(ctx, role, e)
}

// linked reports whether the path is that of the roles which the service links to
// an account by itself.
func linked(path string) bool { return path == "/aws-service-role/"+Itself+"/" }

// trusts asks the role's trust policy, for the service and the application that
// the keys aws:SourceAccount and aws:SourceArn name (IAM user guide, "The
// confused deputy problem").
func (r Role) trusts(e Errand) error {
	trust, err := r.TrustPolicy()
	if err != nil {
		return fmt.Errorf("the trust policy of %s: %w", r.ARN(), err)
	}
	request := policy.Request{
		Principal: policy.Principal{Type: policy.Service, Service: e.service()},
		Action:    "sts:AssumeRole",
		Targets:   []policy.Target{{ARN: r.ARN(), Account: r.Account}},
		Context:   e.source(),
	}
	request.Principal.Keys(&request.Context)
	policies := policy.Set{Resource: []*policy.Policy{trust}, Trust: true}
	if d := policies.Decide(&request); !d.Allowed {
		return &RoleError{Errand: e, Reason: RoleDistrusts, Why: d.Explain()}
	}
	return nil
}

// source names whom the service asks for.
func (e Errand) source() policy.Context {
	return policy.NewContext(map[string][]string{"aws:SourceAccount": {e.Account}, "aws:SourceArn": {e.Application}})
}

// allows asks the role's own policies and its boundary.
func (s *ServiceRoles) allows(ctx context.Context, r Role, e Errand) error {
	ask := Ask{Action: e.Action, Targets: []policy.Target{{ARN: e.Resource, Account: op.AccountIn(e.Resource)}}}
	d, err := s.Principals.May(ctx, r.Session("AmazonQBusiness"), ask, nil)
	if err != nil || d.Allowed {
		return err
	}
	return &RoleError{Errand: e, Reason: RoleForbids, Why: d.Explain()}
}
