// Package permission owns the resource-based policy of an application: the
// statements that let roles of other accounts call operations on it.
//
// Statements are kept as data and rendered when they are asked for. What they
// permit is decided by engine/policy; edge/access fetches the policies that they
// make with Policies.
//
// Rows: permission (one per statement).
package permission

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// MaxPolicy is how many characters a rendered policy may have, and so each of
// its statements: the bound that the API reference puts on both.
const MaxPolicy = 2048

// Statement allows one role some actions on an application.
type Statement struct {
	ID         string                    `json:"id"`
	Principal  string                    `json:"principal"` // ARN of a role
	Actions    []string                  `json:"actions"`   // each once, in the order of the request
	Conditions []api.PermissionCondition `json:"conditions,omitzero"`
}

// newStatement is the statement that an AssociatePermission asks for. Actions
// must be borne by an operation; a condition key can be given once only, because
// a policy's JSON has one place for it.
func newStatement(in *api.AssociatePermissionInput) (Statement, error) {
	if bad := append(checkActions(in.Actions), checkConditions(in.Conditions)...); len(bad) > 0 {
		return Statement{}, fault.Invalid(bad...)
	}
	s := Statement{ID: in.StatementID, Principal: in.Principal, Conditions: in.Conditions}
	for _, a := range in.Actions {
		if !slices.Contains(s.Actions, a) {
			s.Actions = append(s.Actions, a)
		}
	}
	return s, nil
}

func checkActions(actions []string) []fault.Field {
	var bad []fault.Field
	for i, a := range actions {
		if !slices.ContainsFunc(api.Routes, func(r *smithy.Route) bool { return r.Action() == a }) {
			bad = append(bad, fault.Field{Name: fmt.Sprintf("actions[%d]", i), Message: remedy(a)})
		}
	}
	return bad
}

// remedy is the refusal of an action, with the one that was meant if that can
// be told.
func remedy(action string) string {
	if strings.EqualFold(action, "qbusiness:GetRelevantContent") {
		return fmt.Sprintf("%s is the former name of %s; grant that", action, api.SearchRelevantContent.Action())
	}
	for _, r := range api.Routes {
		if strings.EqualFold(r.Action(), action) {
			return fmt.Sprintf("%s is not the action of an operation; did you mean %s?", action, r.Action())
		}
	}
	return fmt.Sprintf("%s is not the action of an operation, so granting it would permit nothing", action)
}

// checkConditions compares keys as IAM does, without regard to case.
func checkConditions(conditions []api.PermissionCondition) []fault.Field {
	var bad []fault.Field
	first := map[string]int{}
	for i, c := range conditions {
		folded := strings.ToLower(c.ConditionKey)
		if j, twice := first[folded]; twice {
			bad = append(bad, fault.Field{
				Name:    fmt.Sprintf("conditions[%d].conditionKey", i),
				Message: fmt.Sprintf("the key %s is given before, in conditions[%d]; a statement holds a condition key once", c.ConditionKey, j),
			})
			continue
		}
		first[folded] = i
	}
	return bad
}
