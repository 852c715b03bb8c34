package action

import (
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"regexp/syntax"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// arguments makes valid arguments of a: all that is required, and now and then
// what is not.
func arguments(r *rand.Rand, a *openapi.Action) Args {
	args, l := Args{}, lay(a)
	for i := range l.slots {
		s := &l.slots[i]
		if s.readOnly || len(s.path) > 0 || !s.required && r.IntN(2) == 0 {
			continue
		}
		sample := sampler{Rand: r, tame: s.parameter != nil}
		if v, ok := sample.value(s.schema, 0); ok {
			args[s.key] = v.json()
		}
	}
	if a.Body != nil && l.firstOfBody() != nil && len(l.firstOfBody().path) > 0 && (a.Body.Required || r.IntN(2) == 0) {
		l.leaves(r, args)
	}
	return args
}

// leaves takes a sample of the body apart, since which leaves go together is
// said by the schema of the whole.
func (l *layout) leaves(r *rand.Rand, args Args) {
	whole, _ := (sampler{Rand: r}).value(l.action.Body.Schema, 0)
	for i := range l.slots {
		s, v := &l.slots[i], &whole
		for _, name := range s.path {
			if v != nil {
				v = v.member(name)
			}
		}
		if len(s.path) > 0 && v != nil && !s.readOnly {
			args[s.key] = v.json()
		}
	}
}

// A sampler makes values that fit a schema.
type sampler struct {
	*rand.Rand

	tame bool // for a URL or a header: no text that only a body can hold in every part
}

const sampleDepth = 6

func (r sampler) value(s *openapi.Schema, depth int) (value, bool) {
	for range 8 { // some schemas are hard to hit
		if v, ok := r.once(s, depth); ok && len(validate(s, v)) == 0 {
			return v, true
		}
	}
	return value{}, false
}

func (r sampler) once(s *openapi.Schema, depth int) (value, bool) {
	switch {
	case s == nil:
		return textValue("any"), true
	case s.Const != nil:
		return decode(s.Const)
	case len(s.Enum) > 0:
		return decode(s.Enum[r.IntN(len(s.Enum))])
	}
	if s.Default != nil && r.IntN(8) == 0 {
		return decode(s.Default)
	}
	var base value
	if len(s.Choices) > 0 {
		v, ok := r.value(s.Choices[r.IntN(len(s.Choices))], depth+1)
		if !ok || v.sort != object {
			return v, ok
		}
		base = v
	}
	switch typeOf(s) {
	case "integer", "number":
		return r.number(s), true
	case "boolean":
		return value{sort: boolean, text: []string{"true", "false"}[r.IntN(2)]}, true
	case "array":
		return r.list(s, depth)
	case "object":
		return r.object(s, base, depth)
	case "null":
		return value{}, true
	}
	if len(s.Properties) > 0 || base.sort == object {
		return r.object(s, base, depth)
	}
	return r.text(s), true
}

func (r sampler) text(s *openapi.Schema) value {
	switch s.Format {
	case "date":
		return textValue("2026-11-22")
	case "date-time":
		return textValue("2026-11-22T09:30:00Z")
	case "email":
		return textValue("mary@example.com")
	case "uuid":
		return textValue("123e4567-e89b-12d3-a456-426614174000")
	case "uri":
		return textValue("https://example.com/a?b=c")
	case "ipv4":
		return textValue("192.0.2.1")
	case "ipv6":
		return textValue("2001:db8::1")
	case "byte":
		return textValue("aGVsbG8=")
	}
	if s.Pattern != "" {
		if tree, err := syntax.Parse(s.Pattern, syntax.Perl); err == nil {
			least := 0
			if s.MinLength != nil {
				least = r.IntN(*s.MinLength + 1)
			}
			return textValue(r.matching(tree, least))
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
		return textValue("")
	}
	return textValue(b.String())
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

func (r sampler) number(s *openapi.Schema) value {
	least, ok := decimal(s.Minimum.String())
	if !ok {
		least, ok = decimal(s.ExclusiveMinimum.String())
		if ok {
			least = new(big.Rat).Add(least, big.NewRat(1, 1))
		}
	}
	if !ok {
		least = big.NewRat(int64(r.IntN(1000)), 1)
		if most, ok := decimal(s.Maximum.String()); ok && least.Cmp(most) > 0 {
			least = most
		}
	}
	n := new(big.Rat).Add(least, big.NewRat(int64(r.IntN(3)), 1))
	if step, ok := decimal(s.MultipleOf.String()); ok && step.Sign() > 0 {
		times := new(big.Rat).Quo(n, step)
		whole := new(big.Int).Quo(times.Num(), times.Denom())
		n = new(big.Rat).Mul(new(big.Rat).SetInt(whole), step)
	}
	if n.IsInt() {
		return value{sort: number, text: n.Num().String()}
	}
	if typeOf(s) == "integer" {
		return value{sort: number, text: new(big.Int).Add(new(big.Int).Quo(n.Num(), n.Denom()), big.NewInt(1)).String()}
	}
	return value{sort: number, text: strings.TrimRight(n.FloatString(12), "0")}
}

func (r sampler) list(s *openapi.Schema, depth int) (value, bool) {
	n := 1 + r.IntN(2)
	if s.MinItems != nil {
		n = max(n, *s.MinItems)
	}
	if s.MaxItems != nil {
		n = min(n, *s.MaxItems)
	}
	out := value{sort: list}
	for range n {
		if depth > sampleDepth {
			break
		}
		v, ok := r.value(s.Items, depth+1)
		if !ok {
			return value{}, false
		}
		out.items = append(out.items, v)
	}
	return out, true
}

func (r sampler) object(s *openapi.Schema, base value, depth int) (value, bool) {
	out := value{sort: object, members: base.members}
	for _, p := range s.Properties {
		must := false
		for _, name := range s.Required {
			must = must || name == p.Name
		}
		if out.member(p.Name) != nil || p.Schema.ReadOnly || !must && (depth > sampleDepth || r.IntN(3) > 0) {
			continue
		}
		v, ok := r.value(p.Schema, depth+1)
		switch {
		case ok:
			out.members = append(out.members, member{p.Name, v})
		case must:
			return value{}, false
		}
	}
	if len(s.Properties) == 0 && len(out.members) == 0 && !s.Closed && !s.Cut && depth <= sampleDepth {
		if v, ok := r.value(s.Additional, depth+1); ok {
			out.members = append(out.members, member{"key", v})
		}
	}
	return out, true
}

func raw(s string) json.RawMessage { return json.RawMessage(s) }
