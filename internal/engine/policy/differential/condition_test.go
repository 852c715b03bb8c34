package differential

import (
	"encoding/json"
	"strings"
)

// A test is what one operator asks of one value of the request and one of the
// policy. An operator that is negated asks for the opposite
// (reference_policies_elements_condition_operators).
type test struct {
	compare func(request string, policy []letter) bool
	negated bool
	// readable says whether a value of the policy is one that the operator can
	// read; nil when every text is.
	readable func(text string) bool
	// variables says whether the operator knows policy variables, and wildcards
	// whether it knows * and ?.
	variables, wildcards bool
}

// testOf gives the operator of a name without its qualifiers.
func testOf(name string) (test, bool) {
	switch name {
	case "StringEquals":
		return test{compare: sameString, variables: true}, true
	case "StringNotEquals":
		return test{compare: sameString, variables: true, negated: true}, true
	case "StringEqualsIgnoreCase":
		return test{compare: sameStringInAnyCase, variables: true}, true
	case "StringNotEqualsIgnoreCase":
		return test{compare: sameStringInAnyCase, variables: true, negated: true}, true
	case "StringLike":
		return test{compare: likeString, variables: true, wildcards: true}, true
	case "StringNotLike":
		return test{compare: likeString, variables: true, wildcards: true, negated: true}, true
	case "ArnEquals", "ArnLike":
		return test{compare: likeARNString, variables: true, wildcards: true, readable: isARN}, true
	case "ArnNotEquals", "ArnNotLike":
		return test{compare: likeARNString, variables: true, wildcards: true, readable: isARN, negated: true}, true
	case "Bool":
		return test{compare: sameStringInAnyCase, variables: true, readable: isBool}, true
	case "BinaryEquals":
		return test{compare: sameBytes, readable: isBase64}, true
	case "IpAddress":
		return test{compare: inRange, readable: isRange}, true
	case "NotIpAddress":
		return test{compare: inRange, readable: isRange, negated: true}, true
	}
	if order, negated, ok := orderOf(name, "Numeric"); ok {
		return test{compare: ordered(number, order), readable: reads(number), negated: negated}, true
	}
	if order, negated, ok := orderOf(name, "Date"); ok {
		return test{compare: ordered(date, order), readable: reads(date), negated: negated}, true
	}
	return test{}, false
}

// orderOf gives the signs (of request compared with policy) that the operators
// of numbers and dates accept.
func orderOf(name, family string) (accepted []int, negated, ok bool) {
	rest, is := strings.CutPrefix(name, family)
	if !is {
		return nil, false, false
	}
	switch rest {
	case "Equals":
		return []int{0}, false, true
	case "NotEquals":
		return []int{0}, true, true
	case "LessThan":
		return []int{-1}, false, true
	case "LessThanEquals":
		return []int{-1, 0}, false, true
	case "GreaterThan":
		return []int{1}, false, true
	case "GreaterThanEquals":
		return []int{1, 0}, false, true
	}
	return nil, false, false
}

// An operator is a test with its qualifiers: ForAllValues: or ForAnyValue:
// before the name, IfExists behind it.
type operator struct {
	test
	forAll, forAny, ifExists bool
	null                     bool
}

func operatorOf(name string) (operator, error) {
	var o operator
	rest, forAll := strings.CutPrefix(name, "ForAllValues:")
	rest, forAny := strings.CutPrefix(rest, "ForAnyValue:")
	if forAll && forAny {
		return o, refuse("operator %q", name)
	}
	// IfExists goes with every operator except Null; that the set operators do
	// neither is not said, but Null asks nothing of values.
	if name == "Null" {
		return operator{null: true, test: test{readable: isBool}}, nil
	}
	base, ifExists := strings.CutSuffix(rest, "IfExists")
	t, ok := testOf(base)
	if !ok {
		return o, refuse("unknown operator %q", name)
	}
	return operator{test: t, forAll: forAll, forAny: forAny, ifExists: ifExists}, nil
}

// checkConditions refuses operators that are not known and values that the
// operator cannot read.
func checkConditions(s map[string]any, variables bool) error {
	raw, there := s["Condition"]
	if !there {
		return nil
	}
	block, ok := raw.(map[string]any)
	if !ok {
		return refuse("Condition is no object")
	}
	for name, inner := range block {
		o, err := operatorOf(name)
		if err != nil {
			return err
		}
		keys, ok := inner.(map[string]any)
		if !ok || len(keys) == 0 {
			return refuse("%s is no object", name)
		}
		seen := map[string]bool{}
		for key, raw := range keys {
			// The case of a key's name does not matter, so this is one key twice.
			if seen[strings.ToLower(key)] {
				return refuse("%s has the key %q twice", name, key)
			}
			seen[strings.ToLower(key)] = true
			if err := o.check(key, raw, variables); err != nil {
				return refuse("%s: %v", name, err)
			}
		}
	}
	return nil
}

// check refuses values that are none, or that the operator cannot read.
func (o operator) check(key string, raw any, variables bool) error {
	list, ok := scalars(raw)
	// A key has the prefix aws: or that of a service
	// (reference_policies_elements_condition).
	if prefix, name, colon := strings.Cut(key, ":"); !ok || !colon || prefix == "" || name == "" {
		return refuse("key %q, or its values", key)
	}
	for _, text := range list {
		variable := variables && o.variables && strings.Contains(text, "${")
		if variable {
			if err := checkVariables(text); err != nil {
				return err
			}
		}
		if o.readable != nil && !variable && !o.readable(text) {
			return refuse("%q of %q", text, key)
		}
	}
	return nil
}

// scalars reads the values of a condition: strings, and numbers and booleans
// whose quotation marks are left out (reference_policies_grammar).
func scalars(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, e := range list {
		switch e := e.(type) {
		case string:
			out = append(out, e)
		case json.Number:
			out = append(out, e.String())
		case bool:
			out = append(out, map[bool]string{true: "true", false: "false"}[e])
		default:
			return nil, false
		}
	}
	return out, len(out) > 0
}

// conditionsHold says whether every operator holds for every one of its keys: a
// logical AND (reference_policies_condition-logic-multiple-context-keys-or-values).
func conditionsHold(s map[string]any, variables bool, context map[string][]string) bool {
	block, _ := s["Condition"].(map[string]any)
	for name, inner := range block {
		o, _ := operatorOf(name)
		for key, raw := range inner.(map[string]any) {
			list, _ := scalars(raw)
			if !o.holds(lookup(context, key), list, variables, context) {
				return false
			}
		}
	}
	return true
}

// lookup finds the values of a key, the case of whose name does not matter
// (reference_policies_elements_condition).
func lookup(context map[string][]string, key string) []string {
	for name, values := range context {
		if strings.EqualFold(name, key) {
			return values
		}
	}
	return nil
}

func (o operator) holds(request, policy []string, variables bool, context map[string][]string) bool {
	null := strings.Join(request, "") == ""
	switch {
	case o.null:
		// true: the key does not exist; false: it exists and is not null
		// ("Condition operator to check existence of condition keys").
		for _, want := range policy {
			if strings.EqualFold(want, "true") == null {
				return true
			}
		}
		return false
	case o.ifExists && len(request) == 0:
		// "If the key is not present, evaluate the condition element as true."
		return true
	case o.forAll && null:
		// reference_policies_condition-single-vs-multi-valued-context-keys
		return true
	case o.forAny && null:
		return false
	case o.forAll:
		// Every value of the request passes.
		for _, v := range request {
			if o.any([]string{v}, policy, variables, context) == o.negated {
				return false
			}
		}
		return true
	case o.forAny:
		// At least one value of the request passes.
		for _, v := range request {
			if o.any([]string{v}, policy, variables, context) != o.negated {
				return true
			}
		}
		return false
	default:
		// The values of a policy are a logical OR, of a negated operator a NOR; a
		// key that is not there matches nothing.
		return o.any(request, policy, variables, context) != o.negated
	}
}

// any says whether a value of the request matches a value of the policy.
func (o operator) any(request, policy []string, variables bool, context map[string][]string) bool {
	for _, p := range policy {
		pattern, ok := expand(p, variables && o.variables, o.wildcards, context)
		if !ok {
			continue // "There is no equal or like value."
		}
		for _, v := range request {
			if o.compare(v, pattern) {
				return true
			}
		}
	}
	return false
}
