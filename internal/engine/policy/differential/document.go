package differential

import (
	"bytes"
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
			if _, ok := value.(string); !ok {
				return nil, refuse("Id is no string")
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
	for _, s := range list {
		if err := checkStatement(s, of); err != nil {
			return nil, err
		}
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

func checkStatement(s map[string]any, of kind) error {
	known := []string{"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
	for key := range s {
		if !slices.Contains(known, key) {
			return refuse("unknown element %q", key)
		}
	}
	if sid, there := s["Sid"]; there {
		if _, ok := sid.(string); !ok {
			return refuse("Sid is no string")
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
	if err := checkResources(s); err != nil {
		return err
	}
	return checkConditions(s)
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
		service, operation, colon := strings.Cut(action, ":")
		if action != "*" && (!colon || service == "" || operation == "") {
			return refuse("%s %q", name, action)
		}
	}
	return nil
}

// checkResources: a Resource or a NotResource, of ARNs or * alone. A variable
// stands behind the fifth colon only (reference_policies_variables, "Resource
// element").
func checkResources(s map[string]any) error {
	name, err := oneOf(s, "Resource", "NotResource")
	if err != nil {
		return err
	}
	list, ok := stringsOf(s[name])
	if !ok {
		return refuse("%s is no string and no list of strings", name)
	}
	for _, resource := range list {
		if resource != "*" && !strings.HasPrefix(resource, "arn:") {
			return refuse("%s %q", name, resource)
		}
	}
	return nil
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
	if of == resourceControl && s["Principal"] != "*" {
		return refuse(`the Principal of a %s is "*"`, of)
	}
	if s[name] == "*" {
		return nil
	}
	groups, ok := s[name].(map[string]any)
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
	account   = regexp.MustCompile(`^[0-9]{12}$`)
	principal = regexp.MustCompile(`^arn:[a-z0-9-]+:(iam::[0-9]{12}:(root|(user|role)/.+)|sts::[0-9]{12}:(assumed-role/[^/]+/[^/]+|federated-user/.+))$`)
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
	case "Federated", "Service", "CanonicalUser":
		if entry == "" || strings.ContainsAny(entry, "*?") {
			return refuse("principal %q", entry)
		}
	default:
		return refuse("unknown type of principal %q", group)
	}
	return nil
}

// decode reads one JSON object. An element must not be there twice
// (reference_policies_grammar, "Policy grammar notes").
func decode(text string) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	v, err := value(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, refuse("something follows the document")
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, refuse("the document is no object")
	}
	return object, nil
}

// value reads the next JSON value, whatever it is.
func value(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, refuse("no JSON: %v", err)
	}
	switch token {
	case json.Delim('{'):
		return object(d)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := value(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	default:
		return token, nil
	}
}

func object(d *json.Decoder) (any, error) {
	out := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, refuse("no JSON: %v", err)
		}
		key, _ := token.(string)
		if _, twice := out[key]; twice {
			return nil, refuse("%q is there twice", key)
		}
		if out[key], err = value(d); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return out, err
}
