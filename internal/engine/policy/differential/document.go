package differential

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	for key, value := range policy {
		switch key {
		case "Version":
			if value != "2008-10-17" && value != "2012-10-17" {
				return nil, refuse("Version %v", value)
			}
		case "Id":
			// "The id_block is allowed in resource-based policies, but not in
			// identity-based policies" (reference_policies_grammar).
			if _, ok := value.(string); !ok || of != resourceBased {
				return nil, refuse("Id")
			}
		case "Statement":
		default:
			return nil, refuse("unknown element %q", key)
		}
	}
	list, err := statements(policy)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, refuse("no statement")
	}
	// "Every SCP must include a Version element with the value 2012-10-17", and
	// every RCP (orgs_manage_policies_scps_syntax, orgs_manage_policies_rcps_syntax).
	if (of == serviceControl || of == resourceControl) && policy["Version"] != "2012-10-17" {
		return nil, refuse("a %s of another version", of)
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

// checkPrincipals: resource-based policies have Principal or NotPrincipal, the
// others neither; resource control policies have "*" and nothing else
// (reference_policies_grammar, reference_policies_elements_notprincipal,
// orgs_manage_policies_rcps_syntax).
func checkPrincipals(s map[string]any, of kind) error {
	_, has := s["Principal"]
	_, hasNot := s["NotPrincipal"]
	if of != resourceBased && of != resourceControl {
		if has || hasNot {
			return refuse("a %s has no Principal", of)
		}
		return nil
	}
	name, err := oneOf(s, "Principal", "NotPrincipal")
	if err != nil {
		return err
	}
	if s[name] == "*" && (of != resourceControl || has) {
		return nil
	}
	groups, ok := s[name].(map[string]any)
	if of == resourceControl && (hasNot || groups["AWS"] != "*" || len(groups) != 1) {
		return refuse(`the Principal of a %s is "*"`, of)
	}
	if !ok || len(groups) == 0 {
		return refuse("%s is no object", name)
	}
	for group, value := range groups {
		list, ok := stringsOf(value)
		if !ok {
			return refuse("%s of %s is no string and no list of strings", group, name)
		}
		for _, entry := range list {
			if err := checkPrincipal(group, entry); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	alphanumeric = regexp.MustCompile(`^[A-Za-z0-9]*$`)
	operation    = regexp.MustCompile(`^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$`)
	provider     = regexp.MustCompile(`^(arn:[a-z0-9-]+:iam::[0-9]{12}:(saml|oidc)-provider/.+|[a-z0-9-]+(\.[a-z0-9-]+)+)$`)
	account      = regexp.MustCompile(`^[0-9]{12}$`)
	principal    = regexp.MustCompile(`^arn:[a-z0-9-]+:(iam::[0-9]{12}:(root|(user|role)/.+)|sts::[0-9]{12}:(assumed-role/[^/]+/[^/]+|federated-user/.+))$`)
)

// checkPrincipal: an account, a user, a role, a session, or everyone; never a
// part of a name with a wildcard (reference_policies_elements_principal).
func checkPrincipal(group, entry string) error {
	switch group {
	case "AWS":
		if entry == "*" || account.MatchString(entry) {
			return nil
		}
		if !principal.MatchString(entry) || strings.ContainsAny(entry, "*?") {
			return refuse("principal %q", entry)
		}
	case "Federated":
		if !provider.MatchString(entry) || strings.ContainsAny(entry, "*?") {
			return refuse("identity provider %q", entry)
		}
	case "Service", "CanonicalUser":
		if entry == "" || strings.ContainsAny(entry, "*?") {
			return refuse("principal %q", entry)
		}
	default:
		return refuse("unknown type of principal %q", group)
	}
	return nil
}

// decode reads one JSON object. An element must not be there twice
// (reference_policies_grammar, "Policy grammar notes"): what was read has to
// have as many members as the text.
func decode(text string) (map[string]any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, refuse("no JSON: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, refuse("something follows the document")
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, refuse("the document is no object")
	}
	if members(v) != colons(text) {
		return nil, refuse("a member is there twice")
	}
	return object, nil
}

// members counts the members of a value and of all values within.
func members(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		for _, inner := range v {
			n += 1 + members(inner)
		}
	case []any:
		for _, inner := range v {
			n += members(inner)
		}
	}
	return n
}

// colons counts the colons of a JSON text that stand outside strings; each
// belongs to a member.
func colons(text string) int {
	n, quoted, escaped := 0, false, false
	for _, c := range text {
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			n++
		}
	}
	return n
}
