package wire

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/smithy"
)

// violations is the message of a ValidationError, in the words of services of
// awsQuery: how many constraints a request breaks, and each of them.
func violations(list []smithy.Problem, more int) string {
	told := make([]string, len(list))
	for i, p := range list {
		told[i] = "Value at '" + parameter(p.Path) + "' failed to satisfy constraint: " + constraint(p)
	}
	detected := "1 validation error detected: "
	if n := len(list) + more; n > 1 {
		detected = fmt.Sprintf("%d validation errors detected: ", n)
	}
	return detected + strings.Join(told, "; ")
}

// parameter names a member the way those services do: Tags[0].Key is
// tags.1.member.key.
func parameter(path string) string {
	var b strings.Builder
	for i, part := range strings.Split(path, ".") {
		if i > 0 {
			b.WriteByte('.')
		}
		name, rest, indexed := strings.Cut(part, "[")
		r, size := utf8.DecodeRuneInString(name)
		b.WriteString(string(unicode.ToLower(r)) + name[size:])
		for indexed {
			var index string
			var n int
			index, rest, _ = strings.Cut(rest, "]")
			if _, err := fmt.Sscan(index, &n); err != nil {
				return path // a key of a map, which may look like anything
			}
			fmt.Fprintf(&b, ".%d.member", n+1)
			_, rest, indexed = strings.Cut(rest, "[")
		}
	}
	return b.String()
}

// constraint words what a value had to be.
func constraint(p smithy.Problem) string {
	switch p.Rule {
	case smithy.Required:
		return "Member must not be null"
	case smithy.Length:
		return "Member must have length " + within(p.Shape)
	case smithy.Range:
		return "Member must have value " + within(p.Shape)
	case smithy.Matching:
		return "Member must satisfy regular expression pattern: " + p.Shape.Pattern.String()
	case smithy.OneOf:
		return "Member must satisfy enum value set: [" + strings.Join(p.Shape.Values, ", ") + "]"
	}
	return strings.TrimSuffix(p.Message, ".")
}

// within words the bounds of a length or a value.
func within(s *smithy.Shape) string {
	switch {
	case s.Min.Set && s.Max.Set:
		return fmt.Sprintf("between %d and %d, inclusive", s.Min.N, s.Max.N)
	case s.Min.Set:
		return fmt.Sprintf("greater than or equal to %d", s.Min.N)
	}
	return fmt.Sprintf("less than or equal to %d", s.Max.N)
}
