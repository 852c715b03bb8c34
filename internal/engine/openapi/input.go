package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const (
	maxType      = 32 // bytes of a type; the longest there is has 7
	adviseInputs = 10 // parameters; the guide's advice, not a limit
)

// parameters reads the operation's parameters over those of its path item, in
// that order of precedence, as OpenAPI joins them: by name and location.
func (rd *reader) parameters(op *operation) {
	var nodes []*node
	for _, holder := range append([]*node{op.node}, op.items...) {
		list := rd.tree.member(holder, "parameters")
		if !list.is(arrayKind) {
			continue
		}
		for p := range list.live() {
			if p = rd.tree.resolve(p); p.is(objectKind) && rd.spend(2) {
				nodes = append(nodes, p)
			}
		}
	}
	taken := map[[2]string]bool{}
	for _, p := range nodes {
		key := [2]string{rd.tree.text(p, "in"), rd.tree.text(p, "name")}
		if !taken[key] {
			taken[key] = true
			rd.parameter(op, p)
		}
	}
	rd.implied(op)
	if n := len(op.action.Parameters); n > adviseInputs {
		rd.blame(op, op.node, advise("parameter-count", fmt.Sprintf("the operation has %d parameters", n),
			"hide or remove those a person would not fill in; fewer than 5 work best"))
	}
}

func (rd *reader) parameter(op *operation, p *node) {
	name := rd.tree.text(p, "name")
	if name == "" {
		rd.blame(op, p, refuse("parameter-name", "the parameter has no name", "add a name"))
		return
	}
	where, ok := rd.location(op, p, name)
	if !ok {
		return
	}
	out := Parameter{Name: name, In: where}
	schema := rd.parameterSchema(p, &out)
	out.Input = rd.input(op, p, rd.schemas.schema(op, schema), name)
	out.Required = rd.tree.member(p, "required").isTrue() || where == "path"
	rd.style(op, p, &out)
	out.Compose = rd.compose(op, p)
	if len(out.Enum) == 0 && rd.tree.member(p, "description") == nil && out.Description == "" {
		rd.blame(op, p, advise("parameter-description", fmt.Sprintf("the parameter %.100q has no description", name),
			"say what it is; the model fills it in by its description"))
	}
	op.action.Parameters = append(op.action.Parameters, out)
}

// location says where a parameter is sent; not ok: it is not a parameter at all.
func (rd *reader) location(op *operation, p *node, name string) (where string, ok bool) {
	switch in := rd.tree.text(p, "in"); in {
	case "path":
		if slices.Contains(op.names, name) {
			return in, true
		}
		rd.blame(op, p, advise("parameter-path-query", fmt.Sprintf("the path has no {%.100s}; the parameter is sent in the query", name),
			`say in: query, or put the name into the path`))
		return "query", true // as the guide's own best-practice document means it
	case "query":
		return in, true
	case "header":
		if rd.reserved(op, p, name) {
			return in, false
		}
		rd.blame(op, p, advise("parameter-header", "header parameters are not documented for Amazon Q Business", "keep it if Parley is all you need"))
		return in, true
	case "cookie":
		rd.blame(op, p, advise("parameter-cookie", "cookie parameters are not documented for Amazon Q Business", "keep it if Parley is all you need"))
		return in, true
	default:
		rd.blame(op, p, refuse("parameter-location", fmt.Sprintf("the parameter %.100q is in %.40q, which OpenAPI 3 does not know", name, in),
			"say in: path, query, header or cookie; a body belongs in requestBody"))
		return in, false
	}
}

// reserved says whether a header is not a parameter at all: OpenAPI 3 ignores
// those that belong to content negotiation and authorization.
func (rd *reader) reserved(op *operation, p *node, name string) bool {
	switch strings.ToLower(name) {
	case "accept", "content-type", "authorization":
		rd.blame(op, p, advise("parameter-ignored", fmt.Sprintf("OpenAPI ignores a header parameter named %q", name),
			"remove it; it follows from the media types and the security scheme"))
		return true
	}
	return false
}

// parameterSchema finds the schema of a parameter: its own, that of its content,
// or the parameter itself, which many write as in Swagger 2.0.
func (rd *reader) parameterSchema(p *node, out *Parameter) *node {
	if s := rd.tree.member(p, "schema"); s != nil {
		return s
	}
	for media := range rd.tree.member(p, "content").live() {
		out.MediaType = media.key
		return rd.tree.member(media, "schema")
	}
	if rd.tree.member(p, "type") != nil {
		return p
	}
	return nil
}

// implied adds the variables of the path that no parameter describes.
func (rd *reader) implied(op *operation) {
	described := map[string]bool{}
	for _, p := range op.action.Parameters {
		described[p.Name] = described[p.Name] || p.In == "path"
	}
	for _, name := range op.names {
		if described[name] {
			continue
		}
		rd.blame(op, op.node, advise("parameter-implied", fmt.Sprintf("the path variable {%.100s} is not described; it is taken for a required string", name),
			"describe it under parameters, with in: path"))
		op.action.Parameters = append(op.action.Parameters,
			Parameter{Name: name, In: "path", Style: "simple", Input: Input{DisplayName: name, Type: "string", Required: true, Schema: &Schema{Type: "string"}}})
	}
}

// input reads what is said of a value of shape s, in its holder (a parameter, a
// clause) first; nil is a property, which its schema says all of.
func (rd *reader) input(op *operation, holder *node, s *Schema, name string) Input {
	in := Input{
		Description: cmp.Or(rd.prose(holder, "description"), s.Description),
		Type:        s.Type, Format: s.Format, ReadOnly: s.ReadOnly, Enum: s.Enum, Default: s.Default, Schema: s,
	}
	parts := rd.schemas.origin[s]
	if holder != nil {
		parts = append([]*node{holder}, parts...)
	}
	for _, p := range parts {
		first(&in.DisplayName, rd.prose(p, "x-amzn-form-display-name"))
		in.Hidden = in.Hidden || rd.tree.member(p, "x-amzn-form-hide").isTrue()
		if l := rd.tree.member(p, "x-parley-lookup"); l != nil && in.Lookup == nil {
			in.Lookup = rd.lookup(op, l)
		}
	}
	first(&in.DisplayName, name)
	if len(parts) > 0 {
		rd.inputAdvice(op, parts[0], s)
	}
	return in
}

// value is a value of the document as JSON, charged for by its length.
func (rd *reader) value(n *node) json.RawMessage {
	w := &writer{}
	if rd.steps > 0 {
		w.raw(n)
		rd.spend(1 + len(w.out)/bytesPerStep)
	} else {
		w.out = append(w.out, "null"...)
	}
	return w.out
}

// inputAdvice says what Amazon Q Business would not take in an input.
func (rd *reader) inputAdvice(op *operation, at *node, s *Schema) {
	if s.Type == "array" {
		rd.blame(op, at, advise("input-array", "Amazon Q Business takes no lists as input", "keep it if Parley is all you need, or take one value"))
	}
	for _, p := range rd.schemas.origin[s] {
		for _, word := range []string{"allOf", "oneOf", "anyOf", "not"} {
			if rd.tree.member(p, word) != nil {
				rd.blame(op, at, advise("input-composition", "Amazon Q Business takes no "+word+" in inputs", "keep it if Parley is all you need, or write the members out"))
			}
		}
	}
}
