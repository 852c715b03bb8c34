package torture

import (
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"
)

// world is what one client's applications look like, by their IDs.
type world map[string]application

type application struct {
	Name, Description string
	Tags              map[string]string
	Statements        map[string][]string // actions by statement ID
	Plugins           map[string]plugin
}

type plugin struct {
	Name, State, Build string
	Paths              []string // of its actions, in order
	Tags               map[string]string
}

// clone is a copy that shares nothing with w.
func (w world) clone() world {
	out := world{}
	for id, a := range w {
		a.Tags = maps.Clone(a.Tags)
		a.Statements = maps.Clone(a.Statements)
		a.Plugins = maps.Clone(a.Plugins)
		for id, p := range a.Plugins {
			p.Tags = maps.Clone(p.Tags)
			p.Paths = slices.Clone(p.Paths)
			a.Plugins[id] = p
		}
		out[id] = a
	}
	return out
}

// change replaces an application by what edit makes of it.
func (w world) change(id string, edit func(*application)) {
	a := w[id]
	edit(&a)
	w[id] = a
}

// changePlugin replaces a plugin by what edit makes of it.
func (w world) changePlugin(app, id string, edit func(*plugin)) {
	p := w[app].Plugins[id]
	edit(&p)
	w[app].Plugins[id] = p
}

// verdict compares what is seen with what was acknowledged. doubt may be nil;
// otherwise it is the request that got no answer, and happened reports whether
// it was done. problem is empty when all is as it must be.
func verdict(sure, seen world, doubt *act) (happened bool, problem string) {
	lost := cmp.Diff(sure, seen)
	if lost == "" {
		return false, ""
	}
	if doubt == nil {
		return false, "acknowledged (-) and seen (+) differ:\n" + lost
	}
	after := sure.clone()
	id, there := doubt.found(seen)
	if !there {
		return false, "acknowledged (-) and seen (+) differ, though " + doubt.what + " did not happen:\n" + lost
	}
	doubt.apply(after, id)
	if half := cmp.Diff(after, seen); half != "" {
		return false, "neither before nor after " + doubt.what + ": the state after it (-) and what is seen (+):\n" + half
	}
	return true, ""
}
