package differential

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A refusal says why a document is not one of the policy language.
type refusal struct{ why string }

func (r *refusal) Error() string { return r.why }

func refuse(format string, args ...any) error {
	return &refusal{fmt.Sprintf(format, args...)}
}

// A kind is what a document is attached to, which decides what it may hold.
type kind string

const (
	identity        kind = "identity-based policy"
	boundary        kind = "permissions boundary"
	session         kind = "session policy"
	resourceBased   kind = "resource-based policy"
	serviceControl  kind = "service control policy"
	resourceControl kind = "resource control policy"
)

// read decodes a document and refuses what the grammar does not know
// (reference_policies_grammar).
func read(text string, of kind) (map[string]any, error) {
	policy, err := decode(text)
	if err != nil {
		return nil, err
	}
	if err := checkPolicy(policy, of); err != nil {
		return nil, err
	}
	list, err := statements(policy)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, refuse("no statement")
	}
	sids := map[any]bool{}
	for _, s := range list {
		if err := checkStatement(s, of, policy["Version"] == "2012-10-17"); err != nil {
			return nil, err
		}
		// A Sid is unique within a policy (reference_policies_elements_sid).
		if sid, there := s["Sid"]; there && sids[sid] {
			return nil, refuse("Sid %q is there twice", sid)
		}
		sids[s["Sid"]] = true
	}
	return policy, nil
}

// checkPolicy looks at what is around the statements.
func checkPolicy(policy map[string]any, of kind) error {
	for key := range policy {
		if key != "Version" && key != "Id" && key != "Statement" {
			return refuse("unknown element %q", key)
		}
	}
	// "The id_block is allowed in resource-based policies, but not in
	// identity-based policies" (reference_policies_grammar).
	id, hasID := policy["Id"]
	if _, ok := id.(string); hasID && (!ok || of != resourceBased) {
		return refuse("Id %v", id)
	}
	version, hasVersion := policy["Version"]
	if hasVersion && version != "2008-10-17" && version != "2012-10-17" {
		return refuse("Version %v", version)
	}
	// "Every SCP must include a Version element with the value 2012-10-17", and
	// every RCP (orgs_manage_policies_scps_syntax, orgs_manage_policies_rcps_syntax).
	if (of == serviceControl || of == resourceControl) && version != "2012-10-17" {
		return refuse("a %s of another version", of)
	}
	return nil
}

// statements are those of a policy: an array of them, or one alone.
func statements(policy map[string]any) ([]map[string]any, error) {
	switch v := policy["Statement"].(type) {
	case map[string]any:
		return []map[string]any{v}, nil
	case []any:
		var out []map[string]any
		for _, e := range v {
			s, ok := e.(map[string]any)
			if !ok {
				return nil, refuse("a statement is no object")
			}
			out = append(out, s)
		}
		return out, nil
	default:
		return nil, refuse("Statement is no object and no array")
	}
}

func checkStatement(s map[string]any, of kind, variables bool) error {
	known := []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
	for key := range s {
		if !slices.Contains(known, key) {
			return refuse("unknown element %q", key)
		}
	}
	if raw, there := s["Sid"]; there {
		// "For IAM policies", letters and digits; other services may allow more
		// (reference_policies_grammar).
		sid, ok := raw.(string)
		iam := of == identity || of == boundary || of == session
		if !ok || iam && !alphanumeric.MatchString(sid) {
			return refuse("Sid %v", raw)
		}
	}
	// reference_policies_elements_effect: Allow and Deny, in this case.
	if s["Effect"] != "Allow" && s["Effect"] != "Deny" {
		return refuse("Effect %v", s["Effect"])
	}
	if err := checkPrincipals(s, of); err != nil {
		return err
	}
	if err := checkActions(s); err != nil {
		return err
	}
	if _, not := s["NotAction"]; not && of == resourceControl {
		return refuse("a %s has no NotAction", of)
	}
	if of == resourceControl && s["Effect"] == "Allow" && (s["Action"] != "*" || s["Resource"] != "*" || s["Condition"] != nil) {
		// orgs_manage_policies_rcps_syntax: only RCPFullAWSAccess allows.
		return refuse("a %s allows", of)
	}
	if err := checkResources(s, variables); err != nil {
		return err
	}
	return checkConditions(s, variables)
}

// checkActions: an Action or a NotAction, of the form service:name, or * alone
// (reference_policies_elements_action, reference_policies_grammar).
func checkActions(s map[string]any) error {
	name, err := oneOf(s, "Action", "NotAction")
	if err != nil {
		return err
	}
	list, ok := stringsOf(s[name])
	if !ok {
		return refuse("%s is no string and no list of strings", name)
	}
	for _, action := range list {
		if action != "*" && action != "*:*" && !operation.MatchString(action) {
			return refuse("%s %q", name, action)
		}
	}
	return nil
}

// checkResources: a Resource or a NotResource, of ARNs or * alone. A variable
// stands behind the fifth colon only (reference_policies_variables, "Resource
// element").
func checkResources(s map[string]any, variables bool) error {
	name, err := oneOf(s, "Resource", "NotResource")
	if err != nil {
		return err
	}
	list, ok := stringsOf(s[name])
	if !ok {
		return refuse("%s is no string and no list of strings", name)
	}
	for _, resource := range list {
		if err := checkResource(resource, variables); err != nil {
			return refuse("%s %q: %v", name, resource, err)
		}
	}
	return nil
}

// checkResource: an ARN of six parts, of which a * that ends the pattern may
// stand for the last ones; the service has no wildcard
// (reference_policies_elements_resource).
func checkResource(resource string, variables bool) error {
	if resource == "*" {
		return nil
	}
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) < 4 || len(parts) < 6 && !strings.HasSuffix(resource, "*") {
		return refuse("no ARN")
	}
	if parts[0] != "arn" || parts[1] == "" || parts[2] == "" || strings.ContainsAny(parts[2], "*?") {
		return refuse("no ARN of a service")
	}
	if !variables {
		return nil
	}
	if strings.Contains(strings.Join(parts[:min(5, len(parts))], ":"), "${") {
		return refuse("a variable before the fifth colon")
	}
	return checkVariables(parts[len(parts)-1])
}

// oneOf gives the one of two elements that is there.
func oneOf(s map[string]any, a, b string) (string, error) {
	_, hasA := s[a]
	_, hasB := s[b]
	switch {
	case hasA == hasB:
		return "", refuse("a statement has one of %s and %s", a, b)
	case hasA:
		return a, nil
	default:
		return b, nil
	}
}

// stringsOf reads a string, or a list of one or more strings.
func stringsOf(v any) ([]string, bool) {
	if s, ok := v.(string); ok {
		return []string{s}, true
	}
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, false
	}
	var out []string
	for _, e := range list {
		s, ok := e.(string)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

var (
	alphanumeric = regexp.MustCompile(`^[A-Za-z0-9]*$`)
	operation    = regexp.MustCompile(`^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$`)
)
