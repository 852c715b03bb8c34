package audit

import (
	"reflect"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/smithy"
)

// What of an input is said in a record: identifiers and what cannot hold a text.
// The rule is the model's, so that a member which is added to it is left out
// unless it fits:
//
//   - numbers, truth values, times and closed sets of words;
//   - strings whose pattern admits no sentence, and those that are named as an
//     identifier (…Id, …Arn, …Name) or are what a policy compares;
//   - structures and lists of them.
//
// Never what the model calls sensitive, blobs, documents, maps, or what is named
// as a secret, a URL (which may hold one) or content, whatever it is made of.
const (
	maxDepth      = 6
	maxEntries    = 20
	maxValue      = 512
	maxParameters = 8 << 10
)

// noSentence is what an identifier's pattern refuses.
const noSentence = "Two words, and a stop.\n"

// unsaid are words in the names of members that are never said.
var unsaid = [...]string{
	"secret", "password", "token", "url", "assertion", "verifier", "code", "answer", "response",
	"document", "message", "attachment", "content", "text", "payload", "body", "schema", "metadata",
	"description", "comment", "prompt", "instruction", "query", "filter", "expression", "template", "value",
}

// said are endings of the names of identifiers.
var said = [...]string{"Id", "Ids", "Arn", "Arns", "ARN", "Name", "Names", "Action", "Identifier", "ID", "Boundary", "conditionValues"}

// plan is which members of a structure are said.
type plan []step

type step struct {
	name  string // as CloudTrail writes it: in camel case
	field int
	shape *smithy.Shape
	below plan // of a structure, or of the elements of a list
}

// plan is the one of a route, made on first use.
func (b *Book) plan(r *smithy.Route) plan {
	if known, ok := b.plans.Load(r); ok {
		return known.(plan)
	}
	made, _ := b.plans.LoadOrStore(r, planOf(r.Input, 0))
	return made.(plan)
}

func planOf(s *smithy.Shape, depth int) (p plan) {
	if depth == maxDepth {
		return nil
	}
	for i := range s.Members {
		m := &s.Members[i]
		if m.Field == smithy.Streamed || m.Token {
			continue
		}
		below, ok := sayable(m.Name, m.Shape, depth)
		if ok {
			p = append(p, step{camel(m.Name), m.Field, m.Shape, below})
		}
	}
	return p
}

// sayable reports whether a member of that name is said, and which of its own.
func sayable(name string, s *smithy.Shape, depth int) (below plan, ok bool) {
	if s.Sensitive || !identifies(name) && isUnsaid(name) {
		return nil, false
	}
	switch s.Kind {
	case smithy.Boolean, smithy.Integer, smithy.Long, smithy.Float, smithy.Double, smithy.Timestamp, smithy.Enum:
		return nil, true
	case smithy.String:
		return nil, identifies(name) || s.Pattern != nil && !s.Pattern.Matches(noSentence) && !s.Pattern.Matches("two words")
	case smithy.Structure, smithy.Union:
		below = planOf(s, depth+1)
		return below, len(below) > 0
	case smithy.List:
		return sayable(name, s.Elem, depth)
	}
	return nil, false
}

// identifies reports whether a name is that of an identifier.
func identifies(name string) bool {
	return slices.ContainsFunc(said[:], func(end string) bool { return strings.HasSuffix(name, end) || strings.EqualFold(name, end) })
}

func isUnsaid(name string) bool {
	lower := strings.ToLower(name)
	return slices.ContainsFunc(unsaid[:], func(word string) bool { return strings.Contains(lower, word) })
}

func camel(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// parameters appends what is said of an input; null where it could not be read,
// or is too long to be kept.
func (l *line) parameters(p plan, in any) {
	if in == nil {
		l.raw("requestParameters", "null")
		return
	}
	before := len(l.b)
	l.open("requestParameters")
	l.members(p, reflect.ValueOf(in).Elem())
	l.shut()
	if len(l.b)-before > maxParameters {
		l.b = l.b[:before]
		l.open("requestParameters")
		l.flag("omitted", true)
		l.shut()
	}
}

func (l *line) members(p plan, v reflect.Value) {
	for i := range p {
		s := &p[i]
		field := v.Field(s.field)
		switch field.Kind() {
		case reflect.Pointer:
			if field.IsNil() {
				continue
			}
			field = field.Elem()
		case reflect.Slice:
			if field.IsNil() {
				continue
			}
		}
		l.name(s.name)
		l.value(s.shape, s.below, field)
	}
}

func (l *line) value(s *smithy.Shape, below plan, v reflect.Value) {
	switch s.Kind {
	case smithy.Structure, smithy.Union:
		l.b = append(l.b, '{')
		l.members(below, v)
		l.shut()
	case smithy.List:
		l.b = append(l.b, '[')
		for i := range min(v.Len(), maxEntries) {
			l.comma()
			l.value(s.Elem, below, v.Index(i))
		}
		l.b = append(l.b, ']')
	case smithy.String, smithy.Enum:
		l.b = smithy.AppendJSONString(l.b, clip(v.String(), maxValue))
	case smithy.Timestamp:
		l.b = append(smithy.FormatText(append(l.b, '"'), s, v), '"')
	case smithy.Float, smithy.Double:
		l.b = smithy.AppendJSONString(l.b, string(smithy.FormatText(nil, s, v)))
	default:
		l.b = smithy.FormatText(l.b, s, v)
	}
}

// member is a string member of a structure, or "".
func member(s *smithy.Shape, in any, name string) string {
	for i := range s.Members {
		if m := &s.Members[i]; m.Name == name && m.Shape.Kind == smithy.String {
			v := reflect.Indirect(reflect.ValueOf(in).Elem().Field(m.Field))
			if v.IsValid() {
				return v.String()
			}
		}
	}
	return ""
}
