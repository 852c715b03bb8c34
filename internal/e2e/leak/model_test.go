package leak

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// name is how the model calls a user or a group: "user NAME", "group NAME", or
// "local user NAME" and "local group NAME" for those of the data source.
type name = string

// person is somebody who asks.
type person struct {
	address string // in the form in which it is compared
	aliases []name // other names, while there is a user in the directory; nil when there is none
	exists  bool   // the directory has a user of the address
}

// people are the users and groups as of one moment. They are copied to be changed.
type people struct {
	persons []person
	groups  map[name][]name // members by group
}

func (p *people) clone() *people {
	return &people{slices.Clone(p.persons), maps.Clone(p.groups)}
}

// within are the groups that a name is a member of.
func (p *people) within() map[name][]name {
	in := map[name][]name{}
	for group, members := range p.groups {
		for _, m := range members {
			in[m] = append(in[m], group)
		}
	}
	return in
}

// names are all names that somebody has: their own, and the groups of each of them.
func (p *people) names(who int, within map[name][]name) map[name]bool {
	has := map[name]bool{}
	open := append([]name{"user " + p.persons[who].address}, p.persons[who].aliases...)
	for len(open) > 0 {
		n := open[0]
		if open = open[1:]; !has[n] {
			has[n] = true
			open = append(open, within[n]...)
		}
	}
	return has
}

// rights are who may see a document: nil is everybody.
type rights struct {
	and      bool // of the controls
	controls []control
}

type control struct {
	and         bool // of the names
	allow, deny []name
}

// admit decides as the API model has it: what allows has to hold, if there is any,
// and what denies may not.
func (r *rights) admit(has map[name]bool) bool {
	if r == nil {
		return true
	}
	allows, allowed, denies, denied := 0, 0, 0, 0
	for _, c := range r.controls {
		if len(c.allow) > 0 {
			allows++
			allowed += holds(c.and, c.allow, has)
		}
		if len(c.deny) > 0 {
			denies++
			denied += holds(c.and, c.deny, has)
		}
	}
	if allows > 0 && (allowed == 0 || r.and && allowed < allows) {
		return false
	}
	return denied == 0 || r.and && denied < denies
}

// holds is 1 if one of the names is had, or all of them.
func holds(and bool, names []name, has map[name]bool) int {
	n := 0
	for _, name := range names {
		if has[name] {
			n++
		}
	}
	if n == len(names) || n > 0 && !and {
		return 1
	}
	return 0
}

// paper is a version of a document.
type paper struct {
	number  int
	version int
	source  bool // it is of the data source
	topics  []string
	dept    string
	level   int64
	tags    []string
	rights  *rights
}

func (p *paper) id() string { return fmt.Sprintf("doc-%07d", p.number) }

// canary is a word that only this version of the document has, in a place of it.
func (p *paper) canary(place string) string {
	return fmt.Sprintf("kanari%07dv%d%s", p.number, p.version, place)
}

// text is the content: its canary, its topics, and words by chance, so that no two
// are alike.
func (p *paper) text(r *rand.Rand) string {
	words := append([]string{p.canary("b")}, p.topics...)
	for range 30 {
		words = append(words, fmt.Sprintf("w%05d", r.IntN(20_000)))
	}
	return strings.Join(words, " ") + "."
}

// library is the documents as of one moment.
type library struct {
	papers map[int]*paper            // that are there
	about  map[string]map[int]*paper // by topic
	next   int                       // number of the next document
	gone   []*paper                  // versions that were there
}

func (l *library) put(p *paper) {
	l.remove(p.number)
	l.papers[p.number] = p
	for _, t := range p.topics {
		if l.about[t] == nil {
			l.about[t] = map[int]*paper{}
		}
		l.about[t][p.number] = p
	}
}

func (l *library) remove(number int) {
	if p := l.papers[number]; p != nil {
		for _, t := range p.topics {
			delete(l.about[t], number)
		}
		l.gone = append(l.gone, p)
	}
	delete(l.papers, number)
}

// sieve is a filter of attributes, as the model has it.
type sieve struct {
	dept  string
	level int64 // at least; 0 for any
	tag   string
	not   bool // the opposite
}

func (s *sieve) passes(p *paper) bool {
	if s == nil {
		return true
	}
	fits := (s.dept == "" || s.dept == p.dept) && p.level >= s.level && (s.tag == "" || slices.Contains(p.tags, s.tag))
	return fits != s.not
}
