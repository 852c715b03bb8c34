package wire

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/smithy"
)

// endpoint is an operation as the wire sees it: where it is found, and how
// much of a body it takes.
type endpoint struct {
	*smithy.Route

	title   string   // in logs and figures
	labels  []string // for each segment of the path its label, or ""
	query   []string // parameters that the request's query must have: sync, or mode=fast
	limit   int64    // bytes of a request body
	streams bool     // the input is an event stream, which the operation reads
	socket  bool     // over a WebSocket

	document *smithy.Shape // of a socket's input
}

// newEndpoint makes the endpoint of an operation, wherever it is found.
func newEndpoint(route *smithy.Route) *endpoint {
	return &endpoint{Route: route, title: title(route), limit: bodyLimit(route), streams: streamed(route.Input)}
}

// title names an operation in logs and figures: those of neighbours with their
// service, because a name such as TagResource is that of many.
func title(route *smithy.Route) string {
	if route.Service == "qbusiness" {
		return route.Name
	}
	return route.Action()
}

// table finds the endpoint of a request: a tree with a level for each segment
// of a path. A literal segment is preferred to a label.
type table struct{ root node }

type node struct {
	literals  map[string]*node
	label     *node
	endpoints []*endpoint // of paths that end here, those with more query first
}

func newTable(routes []*smithy.Route) *table {
	t := new(table)
	for _, route := range routes {
		t.add(route)
	}
	return t
}

func (t *table) add(route *smithy.Route) {
	path, query, _ := strings.Cut(route.URI, "?")
	e := newEndpoint(route)
	if query != "" {
		e.query = strings.Split(query, "&")
	}
	n := &t.root
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		label := ""
		if strings.HasPrefix(segment, "{") {
			label = strings.Trim(segment, "{}")
		}
		e.labels = append(e.labels, label)
		n = n.child(segment, label)
	}
	n.endpoints = append(n.endpoints, e)
	slices.SortStableFunc(n.endpoints, func(a, b *endpoint) int {
		return cmp.Or(cmp.Compare(len(b.query), len(a.query)), cmp.Compare(strings.Count(b.URI, "="), strings.Count(a.URI, "=")))
	})
}

// child returns the node below n for a segment, made if need be.
func (n *node) child(literal, label string) *node {
	if label != "" {
		if n.label == nil {
			n.label = new(node)
		}
		return n.label
	}
	if n.literals == nil {
		n.literals = map[string]*node{}
	}
	if n.literals[literal] == nil {
		n.literals[literal] = new(node)
	}
	return n.literals[literal]
}

// find returns the endpoint of a request, or a refusal: 404 for a path that no
// operation has, 405 for one that others have. Escapes count: %2F is part of a
// segment. An empty segment is an empty label, so that the answer can name the
// member that is missing; a slash too many after a literal is another path.
func (t *table) find(method string, u *url.URL) (*endpoint, error) {
	path, rooted := strings.CutPrefix(u.EscapedPath(), "/")
	if !rooted {
		return nil, unknownPath(method)
	}
	if e := t.root.find(path, func(e *endpoint) bool { return e.Method == method && hasAll(u.RawQuery, e.query) }); e != nil {
		return e, nil
	}
	var methods []string
	t.root.find(path, func(e *endpoint) bool {
		if hasAll(u.RawQuery, e.query) {
			methods = append(methods, e.Method)
		}
		return false
	})
	if methods == nil {
		return nil, unknownPath(method)
	}
	slices.Sort(methods)
	return nil, wrongMethod(method, slices.Compact(methods))
}

// find returns the first endpoint at the end of path that is wanted, or nil.
func (n *node) find(path string, wanted func(*endpoint) bool) *endpoint {
	segment, rest, more := strings.Cut(path, "/")
	for _, next := range [...]*node{n.literals[segment], n.label} {
		if next == nil {
			continue
		}
		if more {
			if e := next.find(rest, wanted); e != nil {
				return e
			}
			continue
		}
		if i := slices.IndexFunc(next.endpoints, wanted); i >= 0 {
			return next.endpoints[i]
		}
	}
	return nil
}

// fill puts the labels of a path that find matched into labels, as they were
// sent.
func (e *endpoint) fill(labels map[string]string, path string) {
	path = strings.TrimPrefix(path, "/")
	for _, label := range e.labels {
		var segment string
		segment, path, _ = strings.Cut(path, "/")
		if label != "" {
			labels[label] = segment
		}
	}
}

// hasAll reports whether a raw query has each of the parameters. One without a
// value in the model may have any.
func hasAll(query string, wanted []string) bool {
	for _, w := range wanted {
		if !has(query, w) {
			return false
		}
	}
	return true
}

func has(query, wanted string) bool {
	name, value, valued := strings.Cut(wanted, "=")
	for pair := range strings.SplitSeq(query, "&") {
		gotName, gotValue, _ := strings.Cut(pair, "=")
		if decodesTo(gotName, name) && (!valued || decodesTo(gotValue, value)) {
			return true
		}
	}
	return false
}

func decodesTo(raw, want string) bool {
	if raw == want {
		return true
	}
	decoded, err := url.QueryUnescape(raw)
	return err == nil && decoded == want
}

// streamed reports whether a member of the shape is an event stream.
func streamed(s *smithy.Shape) bool {
	return slices.ContainsFunc(s.Members, func(m smithy.Member) bool { return m.Field == smithy.Streamed })
}
