package openapi

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// An operation is an action in the making.
type operation struct {
	action  Action
	node    *node
	items   []*node  // the path item, and the one it refers to
	path    *node    // the member of paths
	names   []string // the variables of the path
	reasons []Finding
	cut     bool // over the limit, and among those to leave out

	schemas  int  // made for its inputs
	cutShort bool // for want of room they do not say all
}

// blame makes a finding about op. A refused one takes op out of what can be
// called.
func (rd *reader) blame(op *operation, n *node, m note) {
	if rd.found.full(m.grade) && (m.grade == Advice || len(op.reasons) >= maxReasons) {
		return
	}
	f := m.at(n)
	rd.found.add(f)
	if m.grade == Refused {
		op.reasons = append(op.reasons, f)
	}
}

// operations lists the operations in document order, and marks what they reach.
func (rd *reader) operations(tidy *tidier) []*operation {
	paths := rd.tree.member(rd.tree.root, "paths")
	if !paths.is(objectKind) {
		return nil
	}
	tidy.unitOf(rd.tree.root).reach()
	var ops []*operation
	for p := range paths.live() {
		if strings.HasPrefix(p.key, "x-") {
			continue
		}
		if !strings.HasPrefix(p.key, "/") {
			rd.found.add(refuse("path-slash", fmt.Sprintf("the path %.200q does not begin with a slash; its operations are left out", p.key),
				"write it as /"+fmt.Sprintf("%.200s", p.key)).at(p))
			continue
		}
		tidy.unitOf(p).reach()
		items := []*node{p}
		if target := rd.tree.resolve(p); target != nil && target != p {
			items = append(items, target)
		}
		for _, n := range methodsOf(items) {
			tidy.unitOf(n).reach()
			ops = append(ops, &operation{
				node: n, items: items, path: p, names: templateNames(p.key),
				action: Action{Method: strings.ToUpper(n.key), Path: strings.Clone(p.key)},
			})
		}
	}
	return ops
}

func methodsOf(items []*node) []*node {
	var out []*node
	for _, item := range items {
		for k := range item.live() {
			if k.shape != operationShape {
				continue
			}
			if !slices.ContainsFunc(out, func(n *node) bool { return n.key == k.key }) {
				out = append(out, k)
			}
		}
	}
	return out
}

// operation reads one operation: its words, inputs, answers and authorization.
func (rd *reader) operation(op *operation) {
	n, a := op.node, &op.action
	if !rd.spend(1) {
		return
	}
	a.Description = cmp.Or(rd.prose(n, "description"), rd.prose(n, "summary"))
	a.Deprecated = rd.tree.member(n, "deprecated").isTrue()
	a.Internal = rd.tree.member(n, "x-amzn-action-internal").isTrue()
	rd.words(op)
	rd.template(op)
	rd.effect(op)
	rd.ownServer(op)
	rd.parameters(op)
	rd.body(op)
	rd.responses(op)
	rd.security(op)
	if a.Method == "TRACE" {
		rd.blame(op, n, refuse("method-trace", "TRACE requests are not sent", "use another method"))
	}
}

func (rd *reader) words(op *operation) {
	if rd.tree.member(op.node, "description").head(1) != "" {
		return
	}
	if rd.tree.member(op.node, "summary").head(1) == "" {
		op.action.Description = cmp.Or(words(rd.tree.member(op.node, "operationId").head(maxWords)), op.action.Method+" "+op.action.Path)
		rd.blame(op, op.node, advise("operation-description", "the operation has neither description nor summary; there is little to choose it by",
			"add a description that says what it does and when to use it"))
		return
	}
	rd.blame(op, op.node, advise("operation-description", "the operation has no description; its summary is used instead",
		"add a description that says what it does and when to use it"))
}

var templateVariable = regexp.MustCompile(`\{([^{}/]+)\}`)

// template looks at the path itself.
func (rd *reader) template(op *operation) {
	rest := templateVariable.ReplaceAllString(op.action.Path, "")
	if strings.ContainsAny(rest, "{}") {
		rd.blame(op, op.path, refuse("path-template", fmt.Sprintf("the braces in the path %.200q do not pair up around names", op.action.Path),
			"write each variable as {name}"))
	}
	if strings.ContainsAny(rest, "?#") {
		rd.blame(op, op.path, advise("path-query", "the path contains ? or #, which belongs to a query", "declare query parameters instead"))
	}
}

func templateNames(path string) []string {
	var names []string
	for _, m := range templateVariable.FindAllStringSubmatch(path, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

// responses reads the answers that went well: those of 2xx, or else the default.
func (rd *reader) responses(op *operation) {
	responses := rd.tree.member(op.node, "responses")
	if responses == nil {
		rd.blame(op, op.node, advise("operation-responses", "the operation has no responses, which Amazon Q Business asks for",
			`add them, at least responses: {"200": {"description": "…"}}`))
		return
	}
	good := false
	for r := range responses.live() {
		if rd.spend(1) && strings.HasPrefix(r.key, "2") {
			good = true
			rd.answer(op, r)
		}
	}
	if r := rd.tree.member(responses, "default"); r != nil && !good {
		good = true
		rd.answer(op, r)
	}
	if !good {
		rd.blame(op, responses, advise("response-success", "no response with a status of 200 to 299 is described; only such answers are shown",
			"describe the answer of a call that went well"))
	}
}

func (rd *reader) answer(op *operation, r *node) {
	content := rd.tree.member(rd.tree.resolve(r), "content")
	if content.size() == 0 || !rd.spend(content.size()) {
		return
	}
	rd.accepts(op, content)
	for _, m := range content.kids {
		if mediaRank(m.key) <= rankAnyJSON {
			return
		}
	}
	rd.blame(op, content, advise("response-media-type", "the answer is not JSON; it is shown as text", "offer application/json"))
}

// tooMany says how many operations must go, and proposes which: first those
// that cannot be called, then deprecated ones, then probes, then from the end.
func (rd *reader) tooMany(paths *node, ops []*operation) {
	order := slices.Clone(ops)
	slices.Reverse(order)
	slices.SortStableFunc(order, func(a, b *operation) int { return cmp.Compare(b.dispensable(), a.dispensable()) })
	surplus := len(ops) - rd.lim.Operations
	var names []string
	for i, op := range order[:surplus] {
		op.cut = true
		if i < 10 {
			names = append(names, op.action.Method+" "+op.action.Path)
		}
	}
	cut := strings.Join(names, ", ")
	if surplus > len(names) {
		cut += fmt.Sprintf(" and %d more", surplus-len(names))
	}
	rd.sink(paths, "operations-many", fmt.Sprintf("the document has %d operations; a plugin has at most %d", len(ops), rd.lim.Operations),
		fmt.Sprintf("take out %d, those the plugin can best do without (parley plugin cut keeps the ones you name); proposed: %s", surplus, cut))
}

func (op *operation) dispensable() int {
	switch {
	case len(op.reasons) > 0:
		return 3
	case op.action.Deprecated:
		return 2
	case op.action.Method == "HEAD" || op.action.Method == "OPTIONS":
		return 1
	}
	return 0
}
