// Package openapi understands an OpenAPI 3 document as the description of a
// plugin: which server it names, which actions it offers, what each takes, how
// a caller is authorized, and what is wrong with it, to the line and column.
//
// It owns the reading (JSON and YAML, bounded in time and memory before any
// library sees a byte), the rules for what can be called, and the wording of
// every finding. It is pure: bytes in, a Document and findings out; no network,
// no file, no clock. It does not own requests (engine/action builds them), nor
// where a document comes from, nor what a finding means for a plugin
// (resource/plugin decides both).
//
// A document passes four stations, each in its own files:
//
//	gate      size, encoding                                  gate.go
//	scan      bytes to a tree of nodes that know their place  scanjson.go, scanyaml.go
//	tidy      the tree against OpenAPI's own grammar; what is
//	          of the wrong kind is set aside, references are
//	          collected and followed                          grammar.go, tidy.go, refs.go
//	read      our rules, operation by operation               rules.go, operation.go, input.go, body.go, flatten.go,
//	                                                          call.go, extend.go, security.go, naming.go, example.go
//	          schemas of inputs, bounded                      build.go, parts.go, keywords.go, bounds.go, fit.go,
//	                                                          choices.go, schema.go
//
// Tidied writes the tidied tree for other readers of OpenAPI: hoist.go, writer.go,
// tidied.go. Tests give it to kin-openapi, for a second opinion.
//
// Two grades of finding: refused (cannot be called at all) and advice (works
// here, but Amazon Q Business would not take it or a model will do badly).
package openapi

// Limits bounds what a document may cost. A field that is zero takes the value
// of DefaultLimits.
type Limits struct {
	Bytes      int // length of the source
	Operations int // operations under paths
	Depth      int // nesting of objects and arrays
	Nodes      int // values in the document, aliases expanded
	Aliases    int // uses of YAML aliases
	Key        int // bytes in one member name
	Work       int // sum over all values of bytes times depth: what nested decoding costs
	Findings   int // findings kept of each grade
}

// DefaultLimits returns the service's quotas (1 MB, 20 operations) and bounds
// of our own, an order of magnitude above what published documents need.
func DefaultLimits() Limits {
	return Limits{
		Bytes:      1 << 20,
		Operations: 20,
		Depth:      100,
		Nodes:      200_000,
		Aliases:    2_000,
		Key:        1_024,
		Work:       16 << 20,
		Findings:   200,
	}
}

// Parse understands src. The Document is nil when src is refused as a whole;
// otherwise every operation is among its Actions, and those with a fault of
// their own have Callable false. Findings are sorted by position. The same
// bytes always give the same answer.
func Parse(src []byte, lim Limits) (*Document, []Finding) {
	r := read(src, lim.orDefault())
	return r.document, r.findings
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ have, fallback *int }{
		{&l.Bytes, &d.Bytes}, {&l.Operations, &d.Operations}, {&l.Depth, &d.Depth}, {&l.Nodes, &d.Nodes},
		{&l.Aliases, &d.Aliases}, {&l.Key, &d.Key}, {&l.Work, &d.Work}, {&l.Findings, &d.Findings},
	} {
		if *f.have <= 0 {
			*f.have = *f.fallback
		}
	}
	return l
}

// A reading is everything one pass over a document yields; Parse and Lint show
// different sides of it.
type reading struct {
	document   *Document
	operations []*operation
	findings   []Finding
	title      string
	server     string
	unserved   Finding // why there is no server
	version    string
	spent      int // steps, of those that the limits allow
}

func read(src []byte, lim Limits) reading {
	found := &findings{max: lim.Findings}
	root := scan(src, lim, found)
	if root == nil {
		return reading{findings: found.sorted()}
	}
	rd := &reader{lim: lim, found: found, tree: newTree(root)}
	return rd.read()
}
