package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Bounds on what is drawn out of one operation's inputs. Past them the schema
// itself is still in the library's form.
const (
	maxFields     = 200 // of one body
	maxFieldDepth = 8
	maxType       = 32 // bytes of a type; the longest there is has 7
	adviseInputs  = 10 // the guide's advice, not a limit
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
	name, in := rd.tree.text(p, "name"), rd.tree.text(p, "in")
	if name == "" {
		rd.blame(op, p, refuse("parameter-name", "the parameter has no name", "add a name"))
		return
	}
	out := Parameter{Name: name, In: in, Input: rd.input(p, rd.parameterSchema(p), name)}
	out.Required = rd.tree.member(p, "required").isTrue()
	switch in {
	case "path":
		if slices.Contains(op.names, name) {
			out.Required = true
			break
		}
		out.In = "query" // as the guide's own best-practice document means it
		rd.blame(op, p, advise("parameter-path-query", fmt.Sprintf("the path has no {%.100s}; the parameter is sent in the query", name),
			`say in: query, or put the name into the path`))
	case "query":
	case "header":
		if rd.reserved(op, p, name) {
			return
		}
		rd.blame(op, p, advise("parameter-header", "header parameters are not documented for Amazon Q Business", "keep it if Parley is all you need"))
	case "cookie":
		rd.blame(op, p, advise("parameter-cookie", "cookie parameters are not documented for Amazon Q Business", "keep it if Parley is all you need"))
	default:
		rd.blame(op, p, refuse("parameter-location", fmt.Sprintf("the parameter %.100q is in %.40q, which OpenAPI 3 does not know", name, in),
			"say in: path, query, header or cookie; a body belongs in requestBody"))
		return
	}
	rd.inputAdvice(op, p, rd.parameterSchema(p))
	if out.Description == "" && len(out.Enum) == 0 {
		rd.blame(op, p, advise("parameter-description", fmt.Sprintf("the parameter %.100q has no description", name),
			"say what it is; the model fills it in by its description"))
	}
	op.action.Parameters = append(op.action.Parameters, out)
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

func (rd *reader) parameterSchema(p *node) *node {
	if s := rd.tree.member(p, "schema"); s != nil {
		return rd.tree.resolve(s)
	}
	for media := range rd.tree.member(p, "content").live() {
		return rd.tree.resolve(rd.tree.member(media, "schema"))
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
			Parameter{Name: name, In: "path", Input: Input{DisplayName: name, Type: "string", Required: true}})
	}
}

// body reads what the operation sends.
func (rd *reader) body(op *operation) {
	given := rd.tree.member(op.node, "requestBody")
	if given == nil {
		return
	}
	body := rd.tree.resolve(given)
	switch op.action.Method {
	case "GET", "HEAD":
		rd.blame(op, given, advise("body-ignored", "a "+op.action.Method+" request has no body; this one is not sent", "declare query parameters instead"))
		return
	case "DELETE":
		rd.blame(op, given, advise("body-delete", "Amazon Q Business wants no body on DELETE", "keep it if the API needs it and Parley is all you need"))
	}
	media := rd.media(op, given, rd.tree.member(body, "content"))
	if media == nil {
		return
	}
	schema := rd.tree.resolve(rd.tree.member(media, "schema"))
	out := &Body{MediaType: strings.Clone(media.key), Required: rd.tree.member(body, "required").isTrue(), Type: rd.typeOf(schema)}
	f := &flattener{rd: rd, op: op, open: map[*node]bool{}}
	if out.Type == "object" {
		f.object(schema, nil, out.Required)
	}
	rd.inputAdvice(op, media, schema)
	out.Fields = f.fields
	op.action.Body = out
}

// media picks the media type to send: JSON where there is a choice.
func (rd *reader) media(op *operation, given, content *node) *node {
	var best *node
	if content.is(objectKind) {
		for m := range content.live() {
			if rd.spend(1) && (best == nil || mediaRank(m.key) < mediaRank(best.key)) {
				best = m
			}
		}
	}
	switch {
	case best == nil:
		rd.blame(op, given, refuse("body-content", "the request body has no content", `add content: {"application/json": {"schema": …}}`))
		return nil
	case mediaRank(best.key) == rankNone:
		rd.blame(op, best, refuse("body-media-type", fmt.Sprintf("a body of type %.100q cannot be sent", best.key), "offer application/json"))
		return nil
	case mediaRank(best.key) > rankAnyJSON:
		rd.blame(op, best, advise("body-media-type", fmt.Sprintf("Amazon Q Business sends application/json only, not %.100q", best.key), "offer application/json too"))
	}
	return best
}

// Ranks of media types, the best first.
const (
	rankJSON = iota
	rankOtherJSON
	rankAnyJSON // */* and application/*
	rankForm
	rankMultipart
	rankText
	rankNone
)

func mediaRank(mediaType string) int {
	name, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	switch name = strings.TrimSpace(name); {
	case name == "application/json":
		return rankJSON
	case strings.HasSuffix(name, "+json"):
		return rankOtherJSON
	case name == "*/*" || name == "application/*":
		return rankAnyJSON
	case name == "application/x-www-form-urlencoded":
		return rankForm
	case name == "multipart/form-data":
		return rankMultipart
	case strings.HasPrefix(name, "text/"):
		return rankText
	}
	return rankNone
}

// input reads what is said of a value, in its holder (a parameter) first and in
// its schema second; for a property both are the schema.
func (rd *reader) input(holder, schema *node, name string) Input {
	t := rd.tree
	in := Input{
		DisplayName: cmp.Or(rd.prose(holder, "x-amzn-form-display-name"), rd.prose(schema, "x-amzn-form-display-name"), name),
		Description: cmp.Or(rd.prose(holder, "description"), rd.prose(schema, "description")),
		Type:        rd.typeOf(schema),
		Format:      rd.prose(schema, "format"),
		Hidden:      t.member(holder, "x-amzn-form-hide").isTrue() || t.member(schema, "x-amzn-form-hide").isTrue(),
		ReadOnly:    t.member(schema, "readOnly").isTrue(),
	}
	for v := range t.member(schema, "enum").live() {
		if rd.steps < 0 {
			break
		}
		in.Enum = append(in.Enum, rd.value(v))
	}
	if d := t.member(schema, "default"); d != nil {
		in.Default = rd.value(d)
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

// typeOf is the schema's type: the first that is not null of a list, and what
// the members say where no type is given.
func (rd *reader) typeOf(schema *node) string {
	t := rd.tree.member(schema, "type")
	switch {
	case t.is(stringKind):
		return t.head(maxType)
	case t.is(arrayKind):
		for k := range t.live() {
			if text := k.head(maxType); text != "null" {
				return text
			}
		}
	}
	switch {
	case rd.tree.member(schema, "properties") != nil, rd.tree.member(schema, "allOf") != nil:
		return "object"
	case rd.tree.member(schema, "items") != nil:
		return "array"
	}
	return ""
}

// inputAdvice says what Amazon Q Business would not take in an input.
func (rd *reader) inputAdvice(op *operation, at, schema *node) {
	if !schema.is(objectKind) {
		return
	}
	if rd.typeOf(schema) == "array" {
		rd.blame(op, at, advise("input-array", "Amazon Q Business takes no lists as input", "keep it if Parley is all you need, or take one value"))
	}
	for _, word := range []string{"allOf", "oneOf", "anyOf", "not"} {
		if rd.tree.member(schema, word) != nil {
			rd.blame(op, at, advise("input-composition", "Amazon Q Business takes no "+word+" in inputs", "keep it if Parley is all you need, or write the members out"))
		}
	}
}
