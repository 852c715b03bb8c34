package openapi

import (
	"encoding/json"
	"math"
	"strconv"
)

// applyBound takes a bound, where it is narrower than the one there is.
func applyBound(s *Schema, k *node) bool {
	switch k.key {
	case "minLength":
		atLeast(&s.MinLength, k)
	case "maxLength":
		atMost(&s.MaxLength, k)
	case "minItems":
		atLeast(&s.MinItems, k)
	case "maxItems":
		atMost(&s.MaxItems, k)
	case "minimum":
		bound(&s.Minimum, k, 1)
	case "maximum":
		bound(&s.Maximum, k, -1)
	case "multipleOf":
		if s.MultipleOf == "" && k.is(numberKind) && isFinite(k.text) && numberOf(k.text) > 0 {
			s.MultipleOf = json.Number(k.text)
		}
	default:
		return false
	}
	return true
}

func countOf(k *node) (int, bool) {
	if !k.is(numberKind) {
		return 0, false
	}
	n, err := strconv.ParseUint(k.text, 10, 64)
	return int(min(n, math.MaxInt32)), err == nil
}

func atLeast(to **int, k *node) {
	if n, ok := countOf(k); ok && (*to == nil || **to < n) {
		*to = &n
	}
}

func atMost(to **int, k *node) {
	if n, ok := countOf(k); ok && (*to == nil || **to > n) {
		*to = &n
	}
}

// bound keeps the greater of two numbers when sign is 1, the lesser when it is -1.
func bound(to *json.Number, k *node, sign float64) {
	if k.is(numberKind) && isFinite(k.text) && (*to == "" || sign*numberOf(k.text) > sign*numberOf(string(*to))) {
		*to = json.Number(k.text)
	}
}

func numberOf(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return f
}

// exclusive takes exclusiveMinimum and exclusiveMaximum: in OpenAPI 3.0 they
// say of the bound beside them what it is, in 3.1 they are bounds themselves.
func exclusive(s *Schema, t *tree, n *node) {
	for _, e := range []struct {
		key, beside   string
		bound, strict *json.Number
		sign          float64
	}{
		{"exclusiveMinimum", "minimum", &s.Minimum, &s.ExclusiveMinimum, 1},
		{"exclusiveMaximum", "maximum", &s.Maximum, &s.ExclusiveMaximum, -1},
	} {
		k := t.member(n, e.key)
		if k.isTrue() {
			if k = t.member(n, e.beside); k != nil && string(*e.bound) == k.text {
				*e.bound = ""
			}
		}
		if k.is(numberKind) {
			bound(e.strict, k, e.sign)
		}
	}
}
