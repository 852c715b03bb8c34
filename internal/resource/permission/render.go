package permission

import (
	"encoding/json"
)

// policyVersion is the version of the policy language.
const policyVersion = "2012-10-17"

// policyJSON is a policy as GetPolicy shows it. The order of members here and
// below is the order in which AWS writes them.
type policyJSON struct {
	Version   string          `json:"Version"`
	Statement []statementJSON `json:"Statement"`
}

// statementJSON is a statement as AssociatePermission answers it.
type statementJSON struct {
	Sid       string        `json:"Sid"`
	Effect    string        `json:"Effect"`
	Principal principalJSON `json:"Principal"`
	Action    oneOrMany     `json:"Action"`
	Resource  []string      `json:"Resource"`
	// Condition holds values by operator and key; keys appear sorted.
	Condition map[string]map[string]oneOrMany `json:"Condition,omitempty"`
}

type principalJSON struct {
	AWS string `json:"AWS"`
}

// oneOrMany is written as a bare string when it holds one.
type oneOrMany []string

// MarshalJSON returns a JSON string or array.
func (v oneOrMany) MarshalJSON() ([]byte, error) {
	if len(v) == 1 {
		return json.Marshal(v[0])
	}
	return json.Marshal([]string(v))
}

// form is the statement as it is written, about the resource of that ARN.
func (s Statement) form(arn string) statementJSON {
	f := statementJSON{
		Sid:       s.ID,
		Effect:    "Allow",
		Principal: principalJSON{AWS: s.Principal},
		Action:    s.Actions,
		Resource:  []string{arn},
	}
	for _, c := range s.Conditions {
		if f.Condition == nil {
			f.Condition = map[string]map[string]oneOrMany{}
		}
		operator := string(c.ConditionOperator)
		if f.Condition[operator] == nil {
			f.Condition[operator] = map[string]oneOrMany{}
		}
		f.Condition[operator][c.ConditionKey] = c.ConditionValues
	}
	return f
}

// render returns the statement as JSON.
func (s Statement) render(arn string) (string, error) {
	b, err := json.Marshal(s.form(arn))
	return string(b), err
}

// renderPolicy returns the policy that the statements make up, as JSON. Without
// statements it is the empty policy.
func renderPolicy(statements []Statement, arn string) (string, error) {
	p := policyJSON{Version: policyVersion, Statement: []statementJSON{}}
	for _, s := range statements {
		p.Statement = append(p.Statement, s.form(arn))
	}
	b, err := json.Marshal(p)
	return string(b), err
}
