package plan

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/action"
)

// A slot is an input that waits for its value, with all that tells which words
// are meant for it.
type slot struct {
	action.Input
	typ     string     // of the schema; of the items for an array
	phrases [][]string // stems that name it, the longest first
	about   []string   // stems of its description
	kinds   []string
	role    role
	values  [][]string // stems of each enum value
	soft    []string   // values that its description gives as examples
	shape   string     // of the example in its description: A-9
	example string     // what that begins with
	pattern *regexp.Regexp
	loose   bool // the pattern takes any word
	topic   int  // place in topics plus one; 0: not free text
	id      bool // tells one thing from the others
	value   json.RawMessage
	end     int // token behind the value
}

func (s *slot) open() bool  { return s.value == nil }
func (s *slot) array() bool { return s.Kind == action.Array }

// word says whether the slot takes a text of no particular form.
func (s *slot) word() bool {
	return s.typ == "string" && len(s.Enum) == 0 && s.Format == "" && (s.pattern == nil || s.loose)
}

func (s *slot) dated() bool {
	return s.typ == "string" && (s.Format == "date" || s.Format == "date-time")
}

func (s *slot) numeric() bool { return s.typ == "integer" || s.typ == "number" }

// tails are words at the end of a name that do not say what the thing is.
var tails = stems("id key number no nr name date on at time day type gid code or uuid address minutes slug")

// idWords end the names of inputs that tell one thing from the others.
var idWords = set("id key number gid uuid sku isbn")

// prepare makes the slots of an action.
func prepare(inputs []action.Input, separator string, compiled map[string]*regexp.Regexp) []slot {
	slots := make([]slot, len(inputs))
	for i, in := range inputs {
		s := &slots[i]
		s.Input = in
		s.typ = kindOf(in)
		if in.Lookup != nil && in.Schema != nil && in.Schema.Type != "string" {
			s.Format = "" // a name is looked up: it has not the form of the id
		}
		key := in.Key
		parent := ""
		if j := strings.LastIndex(key, separator); separator != "" && j >= 0 {
			parent, key = key[:j], key[j+len(separator):]
		}
		s.name(parent, key, separator)
		if s.numeric() || s.dated() {
			s.about = vocabulary(in.Description)
		}
		s.roles()
		for _, v := range in.Enum {
			s.values = append(s.values, choiceWords(textOf(v)))
		}
		s.exampleOf(in.Description)
		s.compile(compiled)
	}
	return slots
}

// choiceWords are what people say for a value: "1 - High" goes by its word.
func choiceWords(value string) []string {
	if number, word, ok := strings.Cut(value, " - "); ok && len(number) <= 2 {
		return vocabulary(word)
	}
	return vocabulary(value)
}

func kindOf(in action.Input) string {
	schema := in.Schema
	if in.Kind == action.Array && schema != nil && schema.Items != nil {
		return schema.Items.Type
	}
	if schema != nil && schema.Type != "" && in.Lookup == nil {
		return schema.Type
	}
	switch in.Kind {
	case action.Number:
		return "number"
	case action.Boolean:
		return "boolean"
	}
	return "string"
}

// name draws the phrases that stand for the slot from its key and label.
func (s *slot) name(parent, key, separator string) {
	words := vocabulary(key)
	display := vocabulary(s.DisplayName)
	if parent != "" && len(words) == 1 && tails[words[0]] {
		if i := strings.LastIndex(parent, separator); i >= 0 {
			parent = parent[i+len(separator):]
		}
		words = append(vocabulary(parent), words...)
	}
	s.id = len(words) > 0 && idWords[words[len(words)-1]]
	for _, p := range [][]string{display, words} {
		s.phrase(p)
		s.phrase(trimTails(p))
	}
	for i, topic := range topics {
		if topic == "name" && !s.called(topic) {
			continue // a customer's name is a name, not a text
		}
		if slices.Contains(words, topic) || slices.Contains(words, stem(topic)) {
			s.topic = i + 1
			break
		}
	}
	for _, w := range slices.Concat(words, display) {
		s.kinds = append(s.kinds, kinds[w]...)
	}
	slices.SortStableFunc(s.phrases, func(a, b []string) int { return len(b) - len(a) })
}

func (s *slot) phrase(p []string) {
	if len(p) == 0 || len(p) == 1 && stops[p[0]] && !upTo[p[0]] && p[0] != "from" {
		return
	}
	for _, have := range s.phrases {
		if slices.Equal(have, p) {
			return
		}
	}
	s.phrases = append(s.phrases, p)
}

func trimTails(p []string) []string {
	for len(p) > 1 && tails[p[len(p)-1]] && !slices.Contains([]string{"first", "last", "full"}, p[len(p)-2]) {
		p = p[:len(p)-1]
	}
	return p
}

var (
	beginnings = stems("start from begin first after since min earliest lower")
	endings    = stems("end to until till last before due by close deadline expire max latest upper")
)

func (s *slot) roles() {
	for _, p := range s.phrases {
		for _, w := range p {
			switch {
			case beginnings[w]:
				s.role = beginning
				return
			case endings[w]:
				s.role = ending
				return
			}
		}
	}
}

var suchAs = regexp.MustCompile(`(?:such as|for example:?|e\.g\.,?|like) ([^.;:()]*)`)

// exampleOf learns from a description: "such as OPS-7" gives a shape, "such as
// Task, Bug or Story" the values people use.
func (s *slot) exampleOf(description string) {
	if s.typ != "string" || !strings.Contains(description, "such as") {
		return
	}
	found := suchAs.FindStringSubmatch(description)
	if found == nil {
		return
	}
	for _, w := range strings.FieldsFunc(found[1], func(r rune) bool { return r == ',' || r == ' ' }) {
		w = strings.Trim(w, `"'`)
		switch {
		case w == "or" || w == "and" || w == "":
		case strings.ContainsAny(w, "0123456789"):
			s.shape, s.example = shapeOf(w), w[:strings.IndexAny(w, "0123456789")]
		case w == strings.ToUpper(w):
			s.shape = shapeOf(w)
		default:
			s.soft = append(s.soft, w)
		}
	}
}

// shapeOf is a code with its runs of capitals and digits made one: OPS-123 is
//
func shapeOf(s string) string {
	var b strings.Builder
	var last rune
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			r = '9'
		case r >= 'A' && r <= 'Z':
			r = 'A'
		case r >= 'a' && r <= 'z':
			r = 'a'
		}
		if r != last || r != '9' && r != 'A' && r != 'a' {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// compile reads the pattern, each of a turn's only once.
func (s *slot) compile(compiled map[string]*regexp.Regexp) {
	schema := s.Schema
	if schema != nil && s.array() {
		schema = schema.Items
	}
	if schema == nil || schema.Pattern == "" {
		return
	}
	re, ok := compiled[schema.Pattern]
	if !ok {
		re, _ = regexp.Compile(schema.Pattern)
		compiled[schema.Pattern] = re
	}
	if re == nil {
		return
	}
	open := re.MatchString("word") || re.MatchString("Word") || re.MatchString("a word")
	switch {
	case !open:
		s.pattern, s.shape = re, ""
	case s.shape == "":
		s.pattern, s.loose = re, true
	default:
		s.pattern = re // the example says more: both have to hold
	}
}

// takes is the text as the pattern or the shape wants it, in capitals if need
// be; false: it is not of that form.
func (s *slot) takes(text string) (string, bool) {
	if s.pattern == nil && s.shape == "" {
		return "", false
	}
	for _, t := range []string{text, strings.ToUpper(text)} {
		formed := s.pattern == nil || s.pattern.MatchString(t)
		if formed && (s.shape == "" || shapeOf(t) == s.shape) {
			return t, true
		}
	}
	return "", false
}

// textOf is the text in a JSON string, or the JSON of anything else.
func textOf(raw json.RawMessage) string {
	if n := len(raw); n > 1 && raw[0] == '"' && !bytes.ContainsAny(raw, "\\\ufffd") {
		return string(raw[1 : n-1])
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func jsonText(s string) json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return raw
}
