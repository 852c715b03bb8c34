package openapi

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// A reader applies our rules to a tidied tree.
type reader struct {
	lim     Limits
	found   *findings
	tree    *tree
	schemes map[string]schemeVerdict
	steps   int  // what reading may still cost
	sunk    bool // refused as a whole

	siblings bool // what stands beside a $ref counts: OpenAPI 3.1 on
	schemas  *schemaBuilder
	lookups  []pendingLookup
	base     string  // the document's server
	unserved Finding // why it has none

	hoisted []hoisted        // referred to outside /components, in order
	renamed map[*node]string // and the references to it
}

// sink refuses the document as a whole.
func (rd *reader) sink(n *node, rule, message, remedy string) {
	rd.sunk = true
	rd.found.keep(refuse(rule, message, remedy).at(n))
}

// spend charges n steps. References let a small document say the same thing ten
// thousand times over; when reading it all would cost too much, the answer is
// false and the document is refused.
func (rd *reader) spend(n int) bool {
	rd.steps -= n
	return rd.steps >= 0
}

// prose is a text of the document, charged for by its length.
func (rd *reader) prose(n *node, key string) string {
	m := rd.tree.member(n, key)
	if m == nil || !rd.spend(1+len(m.text)/bytesPerStep) {
		return ""
	}
	return m.str()
}

const (
	stepsPerNode = 4
	bytesPerStep = 16
)

func (rd *reader) advise(n *node, rule, message, remedy string) {
	if !rd.found.full(Advice) {
		rd.found.add(advise(rule, message, remedy).at(n))
	}
}

func (rd *reader) read() reading {
	version := rd.specVersion()
	if rd.sunk {
		return reading{findings: rd.found.sorted()}
	}
	tidy := rd.tidied()
	rd.base = rd.server()
	out := reading{version: version, server: rd.base, unserved: rd.unserved, operations: rd.operations(tidy)}
	tidy.settle()
	rd.steps = stepsPerNode * rd.lim.Nodes
	rd.schemas = newSchemaBuilder(rd)
	rd.schemes = rd.readSchemes()
	root := rd.tree.root
	info := rd.tree.member(root, "info")
	out.title = rd.tree.text(info, "title")
	for _, op := range out.operations {
		op.reasons = append(op.reasons, tidy.unitOf(op.node).broken...)
		rd.operation(op)
	}
	if rd.steps < 0 {
		rd.sink(root, "too-costly", "references repeat parts of the document so often that reading it would cost too much",
			"keep fewer operations, or share fewer long parameter lists and descriptions")
	}
	nameOperations(rd, out.operations, out.title)
	rd.checkLookups(out.operations)
	rd.enough(out.operations)
	if !rd.sunk {
		out.document = rd.document(out, info)
	}
	out.findings = rd.found.sorted()
	out.spent = stepsPerNode*rd.lim.Nodes - rd.steps
	return out
}

// tidied holds the tree against the grammar and follows the references.
func (rd *reader) tidied() *tidier {
	root := rd.tree.root
	rd.siblings = !strings.HasPrefix(rd.tree.text(root, "openapi"), "3.0.")
	rd.renamed = map[*node]string{}
	tidy := &tidier{reader: rd, units: map[*node]*unit{}, hoistedAt: map[*node]hoisted{}}
	tidy.object(root, documentShape, tidy.unitOf(root))
	tidy.follow()
	return tidy
}

// document puts together what was read.
func (rd *reader) document(r reading, info *node) *Document {
	d := &Document{
		OpenAPI: r.version, Title: r.title, Server: r.server,
		Version: rd.tree.text(info, "version"), Description: rd.tree.text(info, "description"),
		Schemes: rd.usableSchemes(),
	}
	for _, op := range r.operations {
		op.action.Callable = len(op.reasons) == 0
		d.Actions = append(d.Actions, op.action)
	}
	return d
}

var openAPI3 = regexp.MustCompile(`^3\.[0-9]{1,3}(\.[0-9]{1,3})?(-[0-9A-Za-z.-]+)?$`)

// specVersion says which version of the specification the document claims, and
// refuses any but 3.
func (rd *reader) specVersion() string {
	root := rd.tree.root
	if !root.is(objectKind) {
		rd.sink(root, "not-an-object", "the document is "+root.kind.String()+", not an object",
			"give an OpenAPI 3 document: an object with openapi, servers and paths")
		return ""
	}
	v := rd.tree.member(root, "openapi")
	switch text := v.scalar(); {
	case v == nil && rd.tree.member(root, "swagger") != nil:
		rd.sink(rd.tree.member(root, "swagger"), "swagger-2", "this is a Swagger 2.0 document; a plugin needs OpenAPI 3",
			"convert it to OpenAPI 3, for example with the Swagger Editor (Edit, Convert to OpenAPI 3)")
	case v == nil:
		rd.sink(root, "openapi-missing", "the member openapi is missing, so this is not an OpenAPI 3 document",
			`begin the document with openapi: "3.0.3"`)
	case !openAPI3.MatchString(text):
		rd.sink(v, "openapi-version", fmt.Sprintf("openapi is %.40q; version 3.0.0 or higher of OpenAPI 3 is needed", text),
			`give openapi: "3.0.3", and what that version asks for`)
	case v.is(numberKind):
		rd.advise(v, "openapi-version-number", "openapi is a number", `put it in quotes and in full: "`+text+`.0"`)
		fallthrough
	default:
		if strings.Count(text, ".") == 1 {
			text += ".0"
		}
		v.kind, v.text = stringKind, text
		return text
	}
	return ""
}

// server returns the URL of the server to call. A document that has none is
// refused, and understood all the same: the plugin may know the address.
func (rd *reader) server() string {
	servers := rd.tree.member(rd.tree.root, "servers")
	address, why, at := rd.pick(servers, "")
	if address == "" && why.rule == "" {
		at = rd.tree.root
		if servers != nil {
			at = servers
		}
		why = refuse("server-missing", "the document names no server, so there is nothing to call",
			`add servers: [{"url": "https://…"}] with the API's address`)
	}
	if why.rule != "" {
		rd.unserved = why.at(at)
		rd.found.keep(rd.unserved)
		return ""
	}
	if len(servers.kids) > 1 {
		rd.advise(servers, "server-several", fmt.Sprintf("%d servers are named; a plugin calls one: %s", len(servers.kids), address),
			"keep only that one")
	}
	if strings.HasPrefix(address, "http://") {
		rd.advise(at, "server-plain-http", "the server is called without encryption", "use https")
	}
	return address
}

// pick returns the first server of a list that can be called over https, or
// else the first that can be called at all, and where it stands. Without any it
// says what is wrong with the first. A relative address begins at base.
func (rd *reader) pick(servers *node, base string) (address string, why note, at *node) {
	var plain *node
	for s := range servers.live() {
		text, problem, where := rd.serverURL(s, base)
		switch {
		case problem.rule != "":
			if why.rule == "" {
				why, at = problem, where
			}
		case strings.HasPrefix(text, "https://"):
			return text, note{}, s
		case plain == nil:
			address, plain = text, s
		}
	}
	if plain != nil {
		return address, note{}, plain
	}
	return "", why, at
}

var serverVariable = regexp.MustCompile(`\{([^{}]*)\}`)

// serverURL fills in the variables of one server and looks at what comes out.
func (rd *reader) serverURL(s *node, base string) (string, note, *node) {
	at := rd.tree.member(s, "url")
	if at == nil {
		return "", refuse("server-url-missing", "the server has no url", `give its address: "url": "https://…"`), s
	}
	var missing string
	text := serverVariable.ReplaceAllStringFunc(strings.TrimSpace(at.str()), func(m string) string {
		name := m[1 : len(m)-1]
		v := rd.tree.member(rd.tree.member(s, "variables"), name)
		value := rd.tree.text(v, "default")
		if value == "" {
			missing = name
		}
		return value
	})
	if missing != "" {
		return "", refuse("server-variable", fmt.Sprintf("the server variable %.100q has no default", missing),
			"give variables."+missing+".default, or write the address out"), at
	}
	text = absolute(text, base)
	problem := addressProblem(text)
	return strings.TrimRight(text, "/"), problem, at
}

// authority is the part of a URL where credentials can stand: as much as there
// is before the path.
func authority(text string) string {
	if _, rest, ok := strings.Cut(text, "//"); ok {
		text = rest
	}
	if end := strings.IndexAny(text, "/?#"); end >= 0 {
		text = text[:end]
	}
	return text
}

// addressProblem says what is wrong with an absolute address, if anything.
func addressProblem(text string) note {
	const remedy = "write the full address, such as https://api.example.com/v1"
	u, err := url.Parse(text)
	switch {
	case strings.Contains(authority(text), "@"): // told first, so that no other message repeats a password
		return refuse("server-credentials", "the server URL carries a user name or password", "take it out; credentials belong in the plugin's secret")
	case err != nil:
		return refuse("server-url", fmt.Sprintf("%.200q is not a URL", text), remedy)
	case u.Scheme == "" || u.Host == "" && (u.Scheme == "http" || u.Scheme == "https"):
		return refuse("server-relative", fmt.Sprintf("the server URL %.200q does not say which host to call", text), remedy)
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse("server-scheme", fmt.Sprintf("a server is called over https or http, not %.40q", u.Scheme), remedy)
	case u.Hostname() == "":
		return refuse("server-url", fmt.Sprintf("%.200q has no host", text), remedy)
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return refuse("server-query", "the server URL has a query or a fragment", "remove everything from ? or # on")
	}
	return note{}
}

// enough refuses a document with no operation to call, or with too many.
func (rd *reader) enough(ops []*operation) {
	root := rd.tree.root
	paths := rd.tree.member(root, "paths")
	if !paths.is(objectKind) {
		rd.sink(root, "paths-missing", "the document has no paths, so there is nothing to call", "add paths, with at least one operation")
		return
	}
	callable := 0
	for _, op := range ops {
		if len(op.reasons) == 0 {
			callable++
		}
	}
	switch {
	case len(ops) == 0:
		rd.sink(paths, "operations-none", "the document has no operation", "add at least one operation under paths")
	case callable == 0:
		rd.sink(paths, "operations-none-callable", fmt.Sprintf("none of the %d operations can be called", len(ops)),
			"correct at least one of them; each has its own finding")
	case len(ops) > rd.lim.Operations:
		rd.tooMany(paths, ops)
	}
}
