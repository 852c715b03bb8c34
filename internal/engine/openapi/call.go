package openapi

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// effect says whether calling the operation changes something: by its method,
// unless it says otherwise.
func (rd *reader) effect(op *operation) {
	a := &op.action
	a.Effect = Write
	if a.Method == "GET" || a.Method == "HEAD" {
		a.Effect = Read
	}
	if c := rd.tree.member(op.node, "x-openai-isConsequential"); c.is(boolKind) {
		a.Effect = Read
		if c.isTrue() {
			a.Effect = Write
		}
	}
	switch e := rd.tree.member(op.node, "x-parley-effect"); {
	case e == nil:
	case e.is(stringKind) && (e.text == string(Read) || e.text == string(Write)):
		a.Effect = Effect(e.text)
	default:
		rd.blame(op, e, refuse("effect-unknown", fmt.Sprintf("x-parley-effect is neither %q nor %q", Read, Write),
			"say whether calling the operation changes something"))
	}
}

// ownServer reads the servers of the operation or of its path, which stand in
// for the document's. A relative one begins where the document's server is.
func (rd *reader) ownServer(op *operation) {
	for _, holder := range append([]*node{op.node}, op.items...) {
		list := rd.tree.member(holder, "servers")
		if list.size() == 0 || !list.is(arrayKind) {
			continue
		}
		address, problem, at := rd.pick(list, rd.base)
		if problem.rule == "server-relative" && rd.base == "" {
			return // whoever knows the document's server knows this one
		}
		if problem.rule != "" {
			rd.blame(op, at, problem)
			return
		}
		if address != rd.base {
			op.action.Server = address
		}
		return
	}
}

// absolute resolves a relative server against base, when there is one. One that
// leaves the scheme open is called over https.
func absolute(text, base string) string {
	switch {
	case strings.HasPrefix(text, "//"):
		return "https:" + text
	case base == "" || strings.Contains(text, "://"):
		return text
	}
	from, err := url.Parse(base + "/")
	if err != nil {
		return text
	}
	to, err := from.Parse(text)
	if err != nil {
		return text
	}
	return to.String()
}

// style reads how a parameter is written, by the tables of OpenAPI 3.
func (rd *reader) style(op *operation, p *node, out *Parameter) {
	styles := []string{"form", "spaceDelimited", "pipeDelimited", "deepObject"}
	switch out.In {
	case "path":
		styles = []string{"simple", "label", "matrix"}
	case "header":
		styles = []string{"simple"}
	case "cookie":
		styles = []string{"form"}
	}
	out.Style = styles[0]
	if given := rd.tree.member(p, "style"); given != nil {
		if slices.Contains(styles, given.text) {
			out.Style = given.text
		} else {
			rd.blame(op, given, advise("parameter-style", fmt.Sprintf("the style %.40q does not exist for what is sent in the %s; %s is used", given.text, out.In, out.Style),
				"give one of: "+strings.Join(styles, ", ")))
		}
	}
	out.Explode = out.Style == "form"
	if explode := rd.tree.member(p, "explode"); explode != nil {
		out.Explode = explode.isTrue()
	}
	out.AllowReserved = rd.tree.member(p, "allowReserved").isTrue()
}

// maxAccept bounds the media types an operation asks for.
const maxAccept = 20

// accepts takes the media types of an answer that went well, JSON first.
func (rd *reader) accepts(op *operation, content *node) {
	a := &op.action
	for m := range content.live() {
		if len(a.Accept) < maxAccept && isMediaType(m.key) && !slices.Contains(a.Accept, m.key) {
			a.Accept = append(a.Accept, m.key)
		}
	}
	slices.SortStableFunc(a.Accept, func(x, y string) int { return min(mediaRank(x), rankAnyJSON) - min(mediaRank(y), rankAnyJSON) })
}

func isMediaType(s string) bool {
	main, sub, ok := strings.Cut(s, "/")
	return ok && main != "" && sub != "" && len(s) <= 200 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7F || r == ',' })
}
