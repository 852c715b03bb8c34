package directory

import (
	"maps"
	"slices"
	"sync"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/store"
)

// graph is which groups of an index are in which, as of one change. It is kept in
// memory, because everyone who searches walks through it, and never altered: the next
// one is made of it and of what changed.
type graph struct {
	change int64
	nodes  map[string]node                // by key
	within map[string]map[string]struct{} // a group's key to those of the groups it is a member of
}

// node is a group in the graph.
type node struct {
	group  acl.Principal
	live   int64    // the version that is in force
	nested []string // keys of the groups that are members of it
}

// circle names an index whose groups belong together.
type circle struct{ tenant, app, index string }

// maxGraphs bounds the indexes whose graphs are kept.
const maxGraphs = 256

// graphs are the latest graphs. The zero value is ready.
type graphs struct {
	mu   sync.Mutex
	held map[circle]*graph
}

// as returns the graph as a transaction sees it. It is read anew where a group that
// the one held knows may have gone without a trace, and by a transaction that is older
// than that: the members which it sees are not those of a later version.
func (gs *graphs) as(tx *store.Tx, in circle) (*graph, error) {
	change, floor, err := latestChange(tx, in)
	if err != nil {
		return nil, err
	}
	gs.mu.Lock()
	g := gs.held[in]
	gs.mu.Unlock()
	if g != nil && g.change == change {
		return g, nil
	}
	if g == nil || g.change > change || g.change < floor {
		g = &graph{}
	}
	g, err = g.next(tx, in, change)
	if err == nil {
		gs.keep(in, g)
	}
	return g, err
}

// keep holds a graph, unless a later one is there already.
func (gs *graphs) keep(in circle, g *graph) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if held := gs.held[in]; held != nil && held.change >= g.change {
		return
	}
	if gs.held == nil || len(gs.held) >= maxGraphs {
		gs.held = map[circle]*graph{}
	}
	gs.held[in] = g
}

// next is the graph as of a later change.
func (g *graph) next(tx *store.Tx, in circle, change int64) (*graph, error) {
	n := &graph{change, maps.Clone(g.nodes), maps.Clone(g.within)}
	if n.nodes == nil {
		n.nodes, n.within = map[string]node{}, map[string]map[string]struct{}{}
	}
	err := eachChanged(tx, in, g.change, n.set)
	return n, err
}

// set puts a group in place of what it was.
func (g *graph) set(key string, n node) {
	for _, member := range g.nodes[key].nested {
		g.link(member, key, false)
	}
	if n.live == 0 {
		delete(g.nodes, key)
		return
	}
	g.nodes[key] = n
	for _, member := range n.nested {
		g.link(member, key, true)
	}
}

// link makes a group a member of another, or no member any more. The set is a new
// one, because earlier graphs have the old.
func (g *graph) link(member, key string, on bool) {
	parents := maps.Clone(g.within[member])
	if parents == nil {
		parents = map[string]struct{}{}
	}
	if on {
		parents[key] = struct{}{}
	} else {
		delete(parents, key)
	}
	g.within[member] = parents
	if len(parents) == 0 {
		delete(g.within, member)
	}
}

// reach returns the groups that contain those of some keys, and them, as far as
// they are there: in any order, each once, and not more than limit.
func (g *graph) reach(keys []string, limit int) (groups []acl.Principal) {
	seen := map[string]bool{}
	for open := slices.Clone(keys); len(open) > 0 && len(groups) < limit; {
		key := open[len(open)-1]
		open = open[:len(open)-1]
		if seen[key] {
			continue
		}
		seen[key] = true
		if n, there := g.nodes[key]; there {
			groups = append(groups, n.group)
		}
		for parent := range g.within[key] {
			open = append(open, parent)
		}
	}
	return groups
}
