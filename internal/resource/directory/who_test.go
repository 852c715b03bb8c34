package directory

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// TestWhoIsAsOneWouldFindOut: through random changes of groups, cycles among them,
// everyone is in the groups that a walk over the members finds.
func TestWhoIsAsOneWouldFindOut(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const seed = 7
		rnd := rand.New(rand.NewSource(seed))
		name := func() string {
			if rnd.Intn(2) == 0 {
				return fmt.Sprintf("user-%d@example.com", rnd.Intn(6))
			}
			return fmt.Sprintf("g%d", rnd.Intn(12))
		}
		has := map[string][]string{}
		for range 400 {
			g := fmt.Sprintf("g%d", rnd.Intn(12))
			if _, there := has[g]; there && rnd.Intn(4) == 0 {
				r.erase(t, g)
				delete(has, g)
			} else {
				names := make([]string, rnd.Intn(4))
				for i := range names {
					names[i] = name()
				}
				r.group(t, g, names...)
				has[g] = names
			}
			if rnd.Intn(10) == 0 {
				r.work(t)
			}
			if rnd.Intn(3) > 0 {
				continue // nobody looks, so that much happens between two looks
			}
			user := fmt.Sprintf("user-%d@example.com", rnd.Intn(6))
			if diff := cmp.Diff(walk(has, user), r.groupsOf(t, user)); diff != "" {
				t.Fatalf("seed %d: %s (-want +got):\n%s", seed, user, diff)
			}
		}
	})
}

// walk finds the groups of somebody.
func walk(has map[string][]string, user string) string {
	found := map[string]bool{}
	for grown := true; grown; {
		grown = false
		for g, names := range has {
			in := slices.ContainsFunc(names, func(n string) bool { return n == user || found[n] })
			if in && !found[g] {
				found[g], grown = true, true
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(found)), " ")
}

// BenchmarkOf is who somebody is among 2,000 users and 1,000 groups that are nested
// five deep, where everyone is in 50.
func BenchmarkOf(b *testing.B) {
	clock := storetest.NewClock()
	r := newRig(b, storetest.New(b, storetest.WithClock(clock.Now)), clock)
	r.company(b, 2000, 1000)
	n, groups := 0, 0
	for b.Loop() {
		user := fmt.Sprintf("user-%d@example.com", n%2000)
		err := r.DB.View(b.Context(), func(tx *store.Tx) error {
			m, err := r.Of(tx, us().Tenant(), r.app, r.index, user)
			groups += len(m.Groups)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	b.ReportMetric(float64(groups)/float64(n), "groups")
}

// company makes users with an alias each, and groups of five levels: a group of a
// level has two of the one below, and those of the lowest have users.
func (r *rig) company(t testing.TB, users, groups int) {
	const levels, each = 5, 3
	rnd := rand.New(rand.NewSource(1))
	for u := range users {
		r.user(t, fmt.Sprintf("user-%d@example.com", u), at(r.index, fmt.Sprint("u", u)))
	}
	perLevel := groups / levels
	in := map[int][]string{}
	for u := range users {
		for range each {
			g := rnd.Intn(perLevel)
			in[g] = append(in[g], fmt.Sprintf("user-%d@example.com", u))
		}
	}
	for g := range groups {
		m := members(in[g]...)
		if g >= perLevel {
			below := (g/perLevel - 1) * perLevel
			for range 2 {
				m.MemberGroups = append(m.MemberGroups, api.MemberGroup{GroupName: fmt.Sprint("g", below+rnd.Intn(perLevel))})
			}
		}
		must(t, r, api.PutGroup, r.put(fmt.Sprint("g", g), m))
	}
}
