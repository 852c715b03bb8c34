package permission

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api"
)

// anyStatement draws a statement of what the model's patterns admit.
func anyStatement(t *rapid.T) Statement {
	s := Statement{
		ID:        rapid.StringMatching(`[a-zA-Z0-9_-]{1,30}`).Draw(t, "id"),
		Principal: rapid.StringMatching(`arn:[a-z0-9-.]{1,9}:iam::[0-9]{12}:role/[a-zA-Z0-9_/+=,.@-]{1,30}`).Draw(t, "principal"),
		Actions: rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string {
			return rapid.SampledFrom(api.Routes).Draw(t, "action").Action()
		}), 1, 10, rapid.ID).Draw(t, "actions"),
	}
	keys := rapid.SliceOfNDistinct(rapid.StringMatching(`aws:[a-zA-Z][a-zA-Z0-9-/:]{0,20}`), 0, 10, strings.ToLower).Draw(t, "keys")
	for _, k := range keys {
		s.Conditions = append(s.Conditions, api.PermissionCondition{
			ConditionOperator: api.PermissionConditionOperatorStringEquals,
			ConditionKey:      k,
			ConditionValues:   []string{rapid.StringMatching(`[a-zA-Z0-9][a-zA-Z0-9._-]{0,20}`).Draw(t, "value")},
		})
	}
	return s
}

// read takes a statement back out of its JSON, as a client would, and returns
// it with the resource it is about.
func read(t *rapid.T, text []byte) (Statement, string) {
	var p struct {
		Sid, Effect string
		Principal   struct{ AWS string }
		Action      any
		Resource    []string
		Condition   map[string]map[string]string
	}
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	if p.Effect != "Allow" || len(p.Resource) != 1 {
		t.Fatalf("effect %q of resources %q", p.Effect, p.Resource)
	}
	s := Statement{ID: p.Sid, Principal: p.Principal.AWS}
	switch action := p.Action.(type) {
	case string:
		s.Actions = []string{action}
	case []any:
		if len(action) < 2 {
			t.Fatalf("a list of %d actions", len(action))
		}
		for _, a := range action {
			s.Actions = append(s.Actions, a.(string))
		}
	}
	for operator, values := range p.Condition {
		for k, v := range values {
			s.Conditions = append(s.Conditions, api.PermissionCondition{
				ConditionOperator: api.PermissionConditionOperator(operator), ConditionKey: k, ConditionValues: []string{v},
			})
		}
	}
	slices.SortFunc(s.Conditions, byKey)
	return s, p.Resource[0]
}

func byKey(a, b api.PermissionCondition) int { return strings.Compare(a.ConditionKey, b.ConditionKey) }

// members lists the names of a JSON object's members as they are written.
func members(t *rapid.T, text []byte) (names []string) {
	d := json.NewDecoder(strings.NewReader(string(text)))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name.(string))
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// TestAPolicyReadsBack: whatever was granted can be read out of the policy, in
// the order of the grants, its members in the order AWS writes them, and each
// statement of the policy is what AssociatePermission answered.
func TestAPolicyReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		granted := rapid.SliceOfN(rapid.Custom(anyStatement), 0, 5).Draw(t, "statements")
		text, err := renderPolicy(granted, arn)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"Version", "Statement"}, members(t, []byte(text))); diff != "" {
			t.Fatal(diff)
		}
		var p struct {
			Version   string
			Statement []json.RawMessage
		}
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		if p.Version != "2012-10-17" || len(p.Statement) != len(granted) || p.Statement == nil {
			t.Fatalf("version %q with %d statements of %d", p.Version, len(p.Statement), len(granted))
		}
		for i, want := range granted {
			checkStatement(t, want, p.Statement[i])
		}
	})
}

func checkStatement(t *rapid.T, want Statement, text []byte) {
	alone, err := want.render(arn)
	if err != nil || alone != string(text) {
		t.Fatalf("alone %s, in the policy %s, %v", alone, text, err)
	}
	order := []string{"Sid", "Effect", "Principal", "Action", "Resource"}
	if len(want.Conditions) > 0 {
		order = append(order, "Condition")
	}
	if diff := cmp.Diff(order, members(t, text)); diff != "" {
		t.Fatal(diff)
	}
	got, resource := read(t, text)
	slices.SortFunc(want.Conditions, byKey)
	if diff := cmp.Diff(want, got); diff != "" || resource != arn {
		t.Fatalf("about %s (-want +got):\n%s", resource, diff)
	}
}
