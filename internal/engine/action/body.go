package action

import (
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A payload is a body as it goes out.
type payload struct {
	mediaType string // empty: there is no body
	content   []byte
}

// write puts the body together, checks it as a whole and writes it in its media
// type.
func (c *call) write() {
	b := c.action.Body
	v, given := c.assemble()
	if !given {
		return
	}
	if b.Schema != nil && !isText(b.MediaType) {
		c.checkBody(b.Schema, v)
	}
	switch mediaType := sentAs(b.MediaType); essence(mediaType) {
	case "application/x-www-form-urlencoded":
		c.form(mediaType, v)
	case "multipart/form-data":
		c.multipart(v)
	default:
		if v.sort == text && !isJSON(mediaType) || isText(mediaType) {
			c.body = payload{mediaType, []byte(v.plain())}
			return
		}
		c.body = payload{mediaType, v.appendJSON(nil)}
	}
}

// sentAs is the media type to send for the one of the document, which may be a
// range. A body of no known kind is JSON.
func sentAs(mediaType string) string {
	switch e := essence(mediaType); {
	case e == "text/*":
		return "text/plain"
	case strings.ContainsFunc(mediaType, isControl), strings.Contains(e, "*"), !strings.Contains(e, "/"):
		return "application/json"
	}
	return strings.TrimSpace(mediaType)
}

// isText says whether a body is text of a kind that only its writer knows, such
// as XML, so that it is one input.
func isText(mediaType string) bool { return strings.HasPrefix(essence(mediaType), "text/") }

// essence is a media type without its parameters.
func essence(mediaType string) string {
	name, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	return strings.TrimSpace(name)
}

// wholeOf is the input of a body that has no leaves. Text of a kind that only its
// writer knows, such as XML, is text whatever the document makes of it.
func wholeOf(b *openapi.Body) *openapi.Input {
	in := &openapi.Input{DisplayName: "Body", Type: b.Type, Schema: b.Schema, Required: b.Required}
	if isText(b.MediaType) && (b.Schema == nil || b.Schema.Type != "string") {
		in.Description = "The text to send, of type " + essence(b.MediaType)
		in.Type, in.Schema = "string", nil
	}
	if s := in.Schema; s != nil {
		in.Description, in.Format, in.Enum, in.Default = s.Description, s.Format, s.Enum, s.Default
	}
	return in
}

// branching says whether a body may be something else than an object: no list of
// leaves holds that, so it is asked for as a whole.
func branching(b *openapi.Body) bool {
	return b.Schema != nil && slices.ContainsFunc(b.Schema.Choices, func(c *openapi.Schema) bool {
		return c.Type != "" && c.Type != "object"
	})
}

// assemble makes the body of its leaves; false: nothing of it is given and it
// need not be there.
func (c *call) assemble() (value, bool) {
	var root value
	for i := range c.slots {
		s := &c.slots[i]
		v, given := c.values[s.key]
		if s.parameter != nil || !given {
			continue
		}
		if len(s.path) == 0 {
			return v, true
		}
		root.set(s.path, v)
	}
	flat := slices.ContainsFunc(c.slots, func(s slot) bool { return len(s.path) > 0 })
	if root.sort == null && !(flat && c.action.Body.Required) {
		return root, false
	}
	root.sort = object
	c.furnish(&root, c.action.Body.Schema, nil)
	return send(c.action.Body.Schema, root), true
}

// set puts w at a path below v, and makes objects on the way.
func (v *value) set(path []string, w value) {
	for _, name := range path {
		v.sort = object
		m := v.member(name)
		if m == nil {
			v.members = append(v.members, member{name: name})
			m = &v.members[len(v.members)-1].value
		}
		v = m
	}
	*v = w
}

// furnish adds the objects that are required but have no leaf of theirs given.
func (c *call) furnish(v *value, s *openapi.Schema, path []string) {
	if s == nil {
		return
	}
	for _, name := range s.Required {
		if below := append(slices.Clone(path), name); v.member(name) == nil && c.divided(below) {
			v.members = append(v.members, member{name, value{sort: object}})
		}
	}
	for i := range v.members {
		m := &v.members[i]
		if below := append(slices.Clone(path), m.name); m.value.sort == object && c.divided(below) {
			c.furnish(&m.value, property(s, m.name), below)
		}
	}
}

// divided says whether the object at path is given by leaves that can be sent.
func (c *call) divided(path []string) bool {
	return slices.ContainsFunc(c.slots, func(s slot) bool {
		return len(s.path) > len(path) && slices.Equal(s.path[:len(path)], path) && !s.readOnly
	})
}

// checkBody holds the whole body against its schema. Each violation is told of
// the leaf it is in, or of the first leaf below it.
func (c *call) checkBody(s *openapi.Schema, v value) {
	for _, wrong := range validate(s, v) {
		at, rest := c.leafAt(wrong.path)
		if at != nil && !(at.in.Lookup != nil && c.has(at.key)) {
			c.blame(at.key, rest, wrong.message)
		}
	}
}

func (c *call) has(key string) bool {
	_, given := c.values[key]
	return given
}

// leafAt is the leaf that a place in the body belongs to, and the way from there.
func (c *call) leafAt(path []string) (*slot, []string) {
	var below *slot
	for i := range c.slots {
		s := &c.slots[i]
		switch {
		case s.parameter != nil || s.readOnly:
		case len(s.path) <= len(path) && slices.Equal(s.path, path[:len(s.path)]):
			return s, path[len(s.path):]
		case below == nil && len(s.path) > len(path) && slices.Equal(path, s.path[:len(path)]):
			below = s
		}
	}
	if below == nil {
		below = c.firstOfBody()
	}
	return below, path
}

func (l *layout) firstOfBody() *slot {
	for i := range l.slots {
		if s := &l.slots[i]; s.parameter == nil && !s.readOnly {
			return s
		}
	}
	return nil
}
