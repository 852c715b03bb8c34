package calling

import (
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// arguments makes valid arguments of a: all that is required, and now and then
// what is not.
func arguments(r *rand.Rand, a *openapi.Action) action.Args {
	args := action.Args{}
	inputs, separator := action.Inputs(a)
	leaves := leavesOf(a, inputs, separator)
	for _, in := range inputs {
		if _, isLeaf := leaves[in.Key]; isLeaf || !in.Required && r.IntN(2) == 0 {
			continue
		}
		sample := sampler{Rand: r, tame: in.Key != "body"}
		if v, ok := sample.value(in.Schema, 0); ok {
			args[in.Key] = text(v)
		}
	}
	if len(leaves) > 0 && (a.Body.Required || r.IntN(2) == 0) {
		whole, _ := sampler{Rand: r}.value(a.Body.Schema, 0)
		for key, path := range leaves {
			if v, ok := at(whole, path); ok {
				args[key] = text(v)
			}
		}
	}
	return args
}

// leavesOf are the inputs that are leaves of the body, and where in it. They are
// taken from a sample of the whole, since its schema says what goes together.
func leavesOf(a *openapi.Action, inputs []action.Input, separator string) map[string][]string {
	leaves := map[string][]string{}
	if a.Body == nil {
		return leaves
	}
	for _, f := range a.Body.Fields {
		key := strings.Join(f.Path, separator)
		for _, in := range slices.Backward(inputs) {
			if in.Schema == f.Schema && (in.Key == key || strings.HasPrefix(in.Key, "body"+separator+key)) {
				leaves[in.Key] = f.Path
				break
			}
		}
	}
	return leaves
}

func at(v any, path []string) (any, bool) {
	for _, name := range path {
		members, _ := v.(map[string]any)
		next, ok := members[name]
		if !ok {
			return nil, false
		}
		v = next
	}
	return v, true
}

func text(v any) json.RawMessage {
	out, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("null")
	}
	return out
}

// fits asks the package under test whether v is a value of s, in a place where
// every value can be written.
func fits(s *openapi.Schema, v any) bool {
	a := &openapi.Action{Parameters: []openapi.Parameter{{Name: "v", In: "query", MediaType: "application/json", Input: openapi.Input{Schema: s}}}}
	return len(action.Check(a, action.Args{"v": text(v)})) == 0
}

// A sampler makes values that fit a schema.
type sampler struct {
	*rand.Rand

	tame bool // for a URL or a header: no text that only a body can hold in every part
}

const sampleDepth = 6

func (r sampler) value(s *openapi.Schema, depth int) (any, bool) {
	for range 8 { // some schemas are hard to hit
		if v, ok := r.once(s, depth); ok && (s == nil || fits(s, v)) {
			return v, true
		}
	}
	return nil, false
}

func (r sampler) once(s *openapi.Schema, depth int) (any, bool) {
	switch {
	case s == nil:
		return "any", true
	case s.Const != nil:
		return s.Const, true
	case len(s.Enum) > 0:
		return s.Enum[r.IntN(len(s.Enum))], true
	case s.Default != nil && r.IntN(8) == 0:
		return s.Default, true
	}
	members := map[string]any{}
	if len(s.Choices) > 0 {
		choice := s.Choices[r.IntN(len(s.Choices))]
		v, ok := r.value(choice, depth+1)
		chosen, isObject := v.(map[string]any)
		if !isObject {
			return v, ok
		}
		members = chosen
		if p, ok := choice.Properties.Get(s.Discriminator); ok && members[s.Discriminator] == nil {
			members[s.Discriminator], _ = r.value(p, depth+1)
		}
	}
	switch s.Type {
	case "string":
		return r.text(s), true
	case "integer", "number":
		return r.number(s), true
	case "boolean":
		return r.IntN(2) == 0, true
	case "array":
		return r.list(s, depth)
	case "object":
		return r.object(s, members, depth)
	case "null":
		return nil, true
	}
	if len(s.Properties) > 0 || len(members) > 0 {
		return r.object(s, members, depth)
	}
	return r.text(s), true
}

func (r sampler) text(s *openapi.Schema) string {
	switch s.Format {
	case "date":
		return "2026-11-22"
	case "date-time":
		return "2026-11-22T09:30:00Z"
	case "email":
		return "mary@example.com"
	case "uuid":
		return "123e4567-e89b-12d3-a456-426614174000"
	case "uri":
		return "https://example.com/a?b=c"
	case "ipv4":
		return "192.0.2.1"
	case "ipv6":
		return "2001:db8::1"
	case "byte":
		return "aGVsbG8="
	}
	if s.Pattern != "" {
		if tree, err := syntax.Parse(s.Pattern, syntax.Perl); err == nil {
			least := 0
			if s.MinLength != nil {
				least = r.IntN(*s.MinLength + 1)
			}
			return r.matching(tree, least)
		}
	}
	letters := []rune("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_~")
	if !r.tame {
		letters = append(letters, []rune(" \"'\\<>&=+%/?#,;:|{}[]()\n\tüß€漢😀")...)
	}
	least, most := 1, 12
	if s.MinLength != nil {
		least = max(*s.MinLength, 1)
	}
	if s.MaxLength != nil {
		most = *s.MaxLength
	}
	var b strings.Builder
	for range least + r.IntN(max(1, min(most-least, 12))) {
		b.WriteRune(letters[r.IntN(len(letters))])
	}
	if most == 0 {
		return ""
	}
	return b.String()
}

// matching makes a text that a pattern finds, least characters long if its
// repeats allow that. What stands around the match is nothing, so anchors hold.
func (r sampler) matching(tree *syntax.Regexp, least int) string {
	var b strings.Builder
	switch tree.Op {
	case syntax.OpLiteral:
		return string(tree.Rune)
	case syntax.OpCharClass:
		i := 2 * r.IntN(len(tree.Rune)/2)
		for j := 0; j < len(tree.Rune); j += 2 { // letters and digits, if there are any
			if tree.Rune[j] >= '0' && tree.Rune[j] <= 'z' && r.IntN(3) > 0 {
				i = j
			}
		}
		width := min(int(tree.Rune[i+1]-tree.Rune[i])+1, 26)
		return string(tree.Rune[i] + rune(r.IntN(width)))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return string(rune('a' + r.IntN(26)))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range tree.Sub {
			b.WriteString(r.matching(sub, least))
		}
	case syntax.OpAlternate:
		return r.matching(tree.Sub[r.IntN(len(tree.Sub))], least)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		fewest, most := 1, 400
		switch tree.Op {
		case syntax.OpQuest:
			fewest, most = 0, 1
		case syntax.OpRepeat:
			fewest = tree.Min
			if tree.Max >= 0 {
				most = tree.Max
			}
		}
		for range min(most, max(fewest+r.IntN(2), least)) {
			b.WriteString(r.matching(tree.Sub[0], 0))
		}
	default: // anchors and the empty match
	}
	return b.String()
}

func (r sampler) number(s *openapi.Schema) json.Number {
	n := big.NewRat(int64(r.IntN(1000)), 1)
	if least, ok := rational(s.Minimum); ok {
		n = least
	} else if above, ok := rational(s.ExclusiveMinimum); ok {
		n = above.Add(above, big.NewRat(1, 1))
	} else if most, ok := rational(s.Maximum); ok && n.Cmp(most) > 0 {
		n = most
	}
	n.Add(n, big.NewRat(int64(r.IntN(3)), 1))
	if step, ok := rational(s.MultipleOf); ok && step.Sign() > 0 {
		times := new(big.Rat).Quo(n, step)
		n = step.Mul(step, new(big.Rat).SetInt(new(big.Int).Quo(times.Num(), times.Denom())))
	}
	switch {
	case n.IsInt():
		return json.Number(n.Num().String())
	case s.Type == "integer":
		return json.Number(new(big.Int).Add(new(big.Int).Quo(n.Num(), n.Denom()), big.NewInt(1)).String())
	}
	return json.Number(strings.TrimRight(n.FloatString(12), "0"))
}

func rational(n json.Number) (*big.Rat, bool) {
	if n == "" {
		return nil, false
	}
	return new(big.Rat).SetString(n.String())
}

func (r sampler) list(s *openapi.Schema, depth int) (any, bool) {
	n := 1 + r.IntN(2)
	if s.MinItems != nil {
		n = max(n, *s.MinItems)
	}
	if s.MaxItems != nil {
		n = min(n, *s.MaxItems)
	}
	if depth > sampleDepth {
		n = 0
	}
	out := []any{}
	for range n {
		v, ok := r.value(s.Items, depth+1)
		if !ok {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

func (r sampler) object(s *openapi.Schema, members map[string]any, depth int) (any, bool) {
	for _, p := range s.Properties {
		must := slices.Contains(s.Required, p.Name)
		if _, there := members[p.Name]; there || p.Schema.ReadOnly || !must && (depth > sampleDepth || r.IntN(3) > 0) {
			continue
		}
		v, ok := r.value(p.Schema, depth+1)
		switch {
		case ok:
			members[p.Name] = v
		case must:
			return nil, false
		}
	}
	if len(s.Properties) == 0 && len(members) == 0 && !s.Closed && !s.Cut && depth <= sampleDepth {
		if v, ok := r.value(s.Additional, depth+1); ok {
			members["key"] = v
		}
	}
	return members, true
}
