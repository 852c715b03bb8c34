package retrieval

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parleyhq/parley/internal/engine/facet"
)

// scope is what one search may take notice of: the documents that the asker may
// see and that pass the filter. All measures that go into scores are taken over
// these and no others, so that a result is the one of an index that has nothing
// else (Büttcher and Clarke, 2005, show what measures over everything tell).
type scope struct {
	sums
	admitted  bitset // by ordinal
	languages []string

	mu     sync.Mutex
	newest map[string]time.Time // by attribute, found when asked for
}

// scopes are those of the latest askers, as long as nothing changes.
type scopes struct {
	mu  sync.Mutex
	all map[string]*scope
}

// reset forgets all: something changed.
func (s *scopes) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = nil
}

// of returns the scope of a query.
func (s *scopes) of(q *Query, l *ledger) *scope {
	const many = 64
	key, ok := q.scopeKey()
	if !ok {
		return l.scope(q)
	}
	s.mu.Lock()
	found := s.all[key]
	s.mu.Unlock()
	if found != nil {
		return found
	}
	found = l.scope(q)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= many || s.all == nil {
		s.all = map[string]*scope{}
	}
	s.all[key] = found
	return found
}

// scopeKey is the same for queries of the same scope, and no others. A filter
// with a date that cannot be written has none.
func (q *Query) scopeKey() (key string, ok bool) {
	who := make([]string, 0, len(q.Who))
	for p := range q.Who {
		who = append(who, fmt.Sprintf("%t %q %q", p.Group, p.Name, p.Source))
	}
	slices.Sort(who)
	filter, err := json.Marshal(q.Filter) //nolint:musttag // it is only compared
	return strings.Join(who, "\n") + "\n\n" + string(filter), err == nil
}

// scope finds what a query may take notice of.
func (l *ledger) scope(q *Query) *scope {
	s := &scope{admitted: make(bitset, 0, len(l.lists)/64+1), newest: map[string]time.Time{}}
	visible := l.book.Visible(q.Who)
	names := compared(q.Filter)
	values := facet.Values{}
	for i, list := range l.lists {
		if list == nobody || !visible.Has(list) {
			continue
		}
		ordinal := uint32(i)
		if q.Filter != nil {
			if l.names.read(ordinal, names, values); !q.Filter.Match(values) {
				continue
			}
		}
		m := &l.measures[i]
		s.admitted.set(ordinal)
		s.sums.join(m.sums)
		s.languages = with(s.languages, m.language)
	}
	return s
}

// compared are the attributes that a filter compares.
func compared(f *facet.Filter) []string {
	var names []string
	for c := range f.Comparisons {
		if !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// latest returns the newest date of an attribute within the scope.
func (l *ledger) latest(s *scope, attribute string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, known := s.newest[attribute]; known {
		return t
	}
	var newest time.Time
	for _, c := range l.names[attribute] {
		if c.kind != facet.Date {
			continue
		}
		for i := range l.lists {
			if v, ok := c.value(uint32(i)); ok && s.admitted.has(uint32(i)) && v.Time.After(newest) {
				newest = v.Time
			}
		}
	}
	s.newest[attribute] = newest
	return newest
}
