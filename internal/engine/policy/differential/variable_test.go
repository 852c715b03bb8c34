package differential

import "strings"

// checkVariables refuses what begins like a variable and is none. Its forms are
// ${key}, ${key, 'default'}, and ${*}, ${?}, ${$}.
func checkVariables(text string) error {
	for {
		_, after, found := strings.Cut(text, "${")
		if !found {
			return nil
		}
		name, rest, closed := cutName(after)
		if !closed {
			return refuse("a variable without end: %q", text)
		}
		key, fallback, has := strings.Cut(name, ", ")
		quoted := len(fallback) > 1 && strings.HasPrefix(fallback, "'") && strings.HasSuffix(fallback, "'")
		special := name == "*" || name == "?" || name == "$"
		if key == "" || strings.ContainsAny(key, " ,'{*?$") && !special || has && !quoted {
			return refuse("variable %q", name)
		}
		text = rest
	}
}

// expand puts values for the variables of a text; ok is false when one of them
// has none. variables says whether the text may hold any: it stands in a policy
// of Version 2012-10-17, and where variables are known
// (reference_policies_variables).
func expand(text string, variables, wildcards bool, context map[string][]string) (pattern []letter, ok bool) {
	read := plain
	if wildcards {
		read = wild
	}
	for variables {
		before, after, found := strings.Cut(text, "${")
		if !found {
			break
		}
		name, rest, closed := cutName(after)
		if !closed {
			break
		}
		value, ok := variable(name, context)
		if !ok {
			return nil, false
		}
		pattern = append(pattern, read(before)...)
		pattern = append(pattern, plain(value)...)
		text = rest
	}
	return append(pattern, read(text)...), true
}

// cutName parts what is within the braces from what follows. A default in
// quotation marks may hold a brace.
func cutName(after string) (name, rest string, closed bool) {
	quoted := false
	for i, c := range after {
		switch {
		case c == '\'':
			quoted = !quoted
		case c == '}' && !quoted:
			return after[:i], after[i+1:], true
		}
	}
	return "", "", false
}

// variable gives the value of a variable: one of three special characters, that
// of a key with one value, or the default ("Special characters", "Specifying
// default values").
func variable(name string, context map[string][]string) (string, bool) {
	if name == "*" || name == "?" || name == "$" {
		return name, true
	}
	key, fallback, hasFallback := strings.Cut(name, ",")
	values := lookup(context, strings.TrimSpace(key))
	if len(values) == 1 && values[0] != "" {
		return values[0], true
	}
	if !hasFallback {
		return "", false
	}
	fallback = strings.TrimSpace(fallback)
	fallback = strings.TrimPrefix(fallback, "'")
	return strings.TrimSuffix(fallback, "'"), true
}
