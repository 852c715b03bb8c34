package policy

import (
	"maps"
	"strings"
	"sync/atomic"
)

// about remembers which statements of a policy are about an action: whoever
// decides asks about few actions, and often. What is remembered follows from the
// policy alone, which does not change.
type about struct {
	policy *Policy // a copy of it may have other statements
	held   atomic.Pointer[map[string][]int]
}

// maxAbout bounds the actions that are remembered of a policy.
const maxAbout = 128

// remember makes a policy that was read remember.
func (p *Policy) remember() *Policy {
	p.about = &about{policy: p}
	return p
}

// statements are the indexes of those whose Action or NotAction fits an action,
// which is in lower case.
func (p *Policy) statements(e *evaluation) []int {
	if p.about == nil || p.about.policy != p {
		return p.fitting(e)
	}
	held := p.about.held.Load()
	if held != nil {
		if list, ok := (*held)[e.action]; ok {
			return list
		}
	}
	list := p.fitting(e)
	if held == nil {
		held = &map[string][]int{}
	}
	if len(*held) < maxAbout {
		next := maps.Clone(*held) // readers have the other
		next[strings.Clone(e.action)] = list
		p.about.held.Store(&next)
	}
	return list
}

func (p *Policy) fitting(e *evaluation) []int {
	list := []int{}
	for i := range p.Statements {
		if p.Statements[i].actionFits(e) {
			list = append(list, i)
		}
	}
	return list
}
