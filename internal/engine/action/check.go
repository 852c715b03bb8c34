package action

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Check says what is wrong with args once they are complete, in the order of the
// inputs; nil: Bind will make a request of them. Keys that are no inputs come
// last. The value of an input with a Lookup may be a name, so only its sort is
// looked at.
func Check(a *openapi.Action, args Args) []Problem {
	return prepare(a, args).problems
}

// An ArgumentError says why no request can be made of the arguments.
type ArgumentError struct{ Problems []Problem }

func (e *ArgumentError) Error() string {
	words := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		words[i] = p.Key + ": " + p.Message
	}
	return "the arguments do not fit the action: " + strings.Join(words, " ")
}

// A call is an action with arguments that are decoded, checked and written.
type call struct {
	*layout

	values   map[string]value // by key: complete, and as they are sent
	outside  []outside        // the parameters that are sent
	body     payload
	target   string // path and query
	unfilled string // a variable of the path that no value fills
	problems []Problem
}

// An outside is a parameter that is sent.
type outside struct {
	in string
	sent
}

// prepare does everything that can be done without knowing the server.
func prepare(a *openapi.Action, args Args) *call {
	c := &call{layout: lay(a)}
	args = c.complete(args)
	c.values = make(map[string]value, len(args))
	for i := range c.slots {
		c.take(&c.slots[i], args)
	}
	for i := range a.Parameters {
		c.parameter(&a.Parameters[i])
	}
	c.aim()
	if a.Body != nil {
		c.write()
	}
	slices.SortStableFunc(c.problems, func(x, y Problem) int { return c.place(x.Key) - c.place(y.Key) })
	for _, key := range slices.Sorted(maps.Keys(args)) {
		if c.find(key) == nil {
			c.problems = append(c.problems, Problem{key, "Leave this out: the action has no such input."})
		}
	}
	return c
}

func (c *call) place(key string) int {
	return slices.IndexFunc(c.slots, func(s slot) bool { return s.key == key })
}

// blame adds a problem, one for a key: the first is the one to mend first.
func (c *call) blame(key string, path []string, message string) {
	if !slices.ContainsFunc(c.problems, func(p Problem) bool { return p.Key == key }) {
		c.problems = append(c.problems, Problem{key, sentence(path, message)})
	}
}

// take decodes and checks the value of one slot. The leaves of a body with a
// schema are checked together, where it is written.
func (c *call) take(s *slot, args Args) {
	raw, given := args[s.key]
	if !given {
		if s.required {
			c.blame(s.key, nil, "this is required: give "+wanted(s.schema))
		}
		return
	}
	v, ok := decode(raw)
	if !ok {
		c.blame(s.key, nil, "give a value that is JSON")
		return
	}
	if s.in.Lookup != nil {
		c.lookedUp(s, v)
		return
	}
	if s.parameter != nil || c.action.Body.Schema == nil || isText(c.action.Body.MediaType) {
		for _, wrong := range validate(s.schema, v) {
			c.blame(s.key, wrong.path, wrong.message)
		}
	}
	c.values[s.key] = send(s.schema, v)
}

// lookedUp takes a name, a value or a list of them.
func (c *call) lookedUp(s *slot, v value) {
	for _, item := range wantedOf(v) {
		if item.sort != text && item.sort != number || strings.TrimSpace(item.text) == "" {
			c.blame(s.key, nil, "give the name of "+s.displayName())
			return
		}
	}
	c.values[s.key] = v
}

func wantedOf(v value) []value {
	if v.sort == list {
		return v.items
	}
	return []value{v}
}

// parameter writes one parameter.
func (c *call) parameter(p *openapi.Parameter) {
	key, v, given := c.valueOf(p)
	if !given {
		return
	}
	if p.In == "header" && !isToken(p.Name) || p.In == "cookie" && !isToken(p.Name) {
		c.blame(key, nil, "leave this out: a "+p.In+" of this name cannot be sent")
		return
	}
	out, some, err := write(p, v)
	switch {
	case err != nil:
		c.blame(key, nil, err.Error())
	case some:
		c.outside = append(c.outside, outside{p.In, out})
	case p.Required:
		c.blame(key, nil, "give at least one item, because nothing at all cannot be sent here")
	}
}

// valueOf is the value of a parameter: its argument, or what its clauses make.
func (c *call) valueOf(p *openapi.Parameter) (key string, v value, given bool) {
	var clauses []filled
	for i := range c.slots {
		s := &c.slots[i]
		if s.parameter != p {
			continue
		}
		v, given := c.values[s.key]
		if s.clause == nil {
			return s.key, v, given
		}
		if key == "" {
			key = s.key
		}
		if given {
			clauses = append(clauses, filled{s.key, s.clause, v})
		}
	}
	if p.Compose == nil {
		return key, value{}, false
	}
	text, wrong := compose(p.Compose, clauses)
	if wrong != nil {
		c.blame(wrong.Key, nil, wrong.Message)
	}
	if text == "" && p.Required && wrong == nil && key != "" {
		c.blame(key, nil, "give this or another part of "+p.Name)
	}
	return key, textValue(text), text != "" && wrong == nil
}

// isToken: the name of a header or cookie is a token of RFC 9110, section 5.6.2.
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7F || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// sentence makes a problem's message of what is wanted, and where inside of the
// value.
func sentence(path []string, message string) string {
	if len(path) == 0 {
		r, size := utf8.DecodeRuneInString(message)
		return string(unicode.ToUpper(r)) + message[size:] + "."
	}
	var where strings.Builder
	for i, step := range path {
		if i > 0 && !strings.HasPrefix(step, "[") {
			where.WriteByte('.')
		}
		where.WriteString(short(step))
	}
	return "In " + where.String() + ": " + message + "."
}
