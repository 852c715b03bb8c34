package leak

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// size is how much of everything there is.
type size struct{ documents, users, groups, calls int }

// maxTopic bounds the documents of a topic, so that one page has them all.
const maxTopic = 90

// world is what the server should have.
type world struct {
	size
	*people
	*library
	r *rand.Rand
}

func newWorld(s size, seed uint64) *world {
	w := &world{
		size: s, r: rand.New(rand.NewPCG(seed, 1)),
		people:  &people{groups: map[name][]name{}},
		library: &library{papers: map[int]*paper{}, about: map[string]map[int]*paper{}},
	}
	for n := range s.users {
		w.persons = append(w.persons, person{address: fmt.Sprintf("person-%d@example.com", n)})
	}
	return w
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// levels is how deep groups are nested.
const levels = 5

// groupName is a group of a level; every fourth one is the data source's.
func (w *world) groupName(level, n int) name {
	if n%4 == 3 {
		return fmt.Sprintf("local group l%d-%d", level, n)
	}
	return fmt.Sprintf("group l%d-%d", level, n)
}

func (w *world) anyGroup() (g name, level int) {
	level = w.r.IntN(levels)
	return w.groupName(level, w.r.IntN(w.size.groups/levels)), level
}

// userName is a user as a group or a list names them: by address, or by a name that
// somebody may have as an alias.
func (w *world) userName(local bool) name {
	n := w.r.IntN(w.users)
	switch {
	case local:
		return fmt.Sprintf("local user id-%d", n)
	case w.r.IntN(4) == 0:
		return fmt.Sprintf("user other-%d@example.com", n)
	}
	return fmt.Sprintf("user person-%d@example.com", n)
}

// members are those of a group: users of the lowest levels, groups of the level
// below, and now and then one of above, which makes a cycle.
func (w *world) members(g name, level int) (members []name) {
	local := g[:6] == "local "
	users := 2
	if level == 0 {
		users = 2 + w.r.IntN(2*w.users*levels/w.size.groups+3)
	}
	for range users {
		members = append(members, w.userName(local && w.r.IntN(2) == 0))
	}
	if level > 0 {
		for range 1 + w.r.IntN(3) {
			members = append(members, w.memberGroup(local, level-1))
		}
	}
	if w.r.IntN(20) == 0 {
		members = append(members, w.memberGroup(local, w.r.IntN(levels)))
	}
	slices.Sort(members)
	return slices.Compact(members)
}

// memberGroup is a group that may be a member: of the data source only in one that
// is of it too.
func (w *world) memberGroup(local bool, level int) name {
	for {
		g := w.groupName(level, w.r.IntN(w.size.groups/levels))
		if local || g[:6] != "local " {
			return g
		}
	}
}

// aliases are other names for somebody: some of those that groups and lists use.
func (w *world) aliases(who int) []name {
	all := []name{fmt.Sprintf("local user id-%d", who), fmt.Sprintf("user other-%d@example.com", who)}
	return all[w.r.IntN(2) : 1+w.r.IntN(2)]
}

// rights are those of a document.
func (w *world) rights(local bool) *rights {
	if w.r.IntN(8) == 0 {
		return nil
	}
	r := &rights{and: w.r.IntN(3) == 0}
	for range 1 + w.r.IntN(3) {
		c := control{and: w.r.IntN(4) == 0}
		for range 1 + w.r.IntN(3) {
			n := w.principal(local)
			switch {
			case slices.Contains(c.allow, n) || slices.Contains(c.deny, n):
			case w.r.IntN(5) == 0:
				c.deny = append(c.deny, n)
			default:
				c.allow = append(c.allow, n)
			}
		}
		r.controls = append(r.controls, c)
	}
	return r
}

func (w *world) principal(local bool) name {
	if w.r.IntN(4) == 0 {
		return w.userName(local && w.r.IntN(2) == 0)
	}
	for {
		if g, _ := w.anyGroup(); local || g[:6] != "local " {
			return g
		}
	}
}

// paper is a version of a document, by chance.
func (w *world) paper(number, version int) *paper {
	p := &paper{
		number: number, version: version, source: number%3 == 0,
		dept: fmt.Sprint("dept", w.r.IntN(6)), level: int64(w.r.IntN(10)), tags: []string{fmt.Sprint("tag", w.r.IntN(5))},
	}
	for len(p.topics) < 2 {
		if t := w.topic(); len(w.about[t]) < maxTopic && !slices.Contains(p.topics, t) {
			p.topics = append(p.topics, t)
		}
	}
	p.rights = w.rights(p.source)
	return p
}

func (w *world) topic() string { return fmt.Sprintf("topic%05d", w.r.IntN(2+w.documents/20)) }

// anyPaper is a document that is there.
func (w *world) anyPaper() *paper {
	for {
		if p := w.papers[w.r.IntN(w.next)]; p != nil {
			return p
		}
	}
}
