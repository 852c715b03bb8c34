package differential

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/engine/policy/policytest"
)

var (
	pairs = flag.Int("pairs", 20_000, "how many generated pairs of policies and request both evaluators decide")
	seed  = flag.Uint64("seed", 1, "what the pairs are generated from")
)

// chunk is how many pairs come from one source of random numbers, so that the
// pairs of a seed are the same on every machine.
const chunk = 1_000

// A difference is a case that the two evaluators decide differently.
type difference struct {
	number        int // of the pair
	of            policytest.Case
	first, second Decision
}

// TestDifferential decides generated pairs with both evaluators, of which some
// have a document that is spoilt, and shows where they differ.
func TestDifferential(t *testing.T) {
	began := time.Now()
	decided, differences := compare(*pairs, *seed)
	total := max(1, decided[Allow]+decided[ExplicitDeny]+decided[ImplicitDeny]+decided[Refused])
	t.Logf("seed %d: %d pairs in %s: %s", *seed, total, time.Since(began).Round(time.Second), shares(decided, total))
	for i, d := range differences {
		if i == 5 {
			break
		}
		small := shrink(d)
		_, why := Decide(small)
		text, err := json.MarshalIndent(small, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		t.Errorf("pair %d: the engine says %s, the reference says %s (%s):\n%s", d.number, d.first, d.second, why, text)
	}
	if len(differences) > 0 {
		t.Errorf("%d of %d pairs are decided differently", len(differences), total)
	}
	if decided[Allow]*5 < total {
		t.Errorf("fewer than one in five pairs is allowed")
	}
}

func shares(decided map[Decision]int, total int) string {
	out := ""
	for _, d := range []Decision{Allow, ExplicitDeny, ImplicitDeny, Refused} {
		out += fmt.Sprintf("%s %.1f %%  ", d, 100*float64(decided[d])/float64(total))
	}
	return out
}

// compare decides n pairs on all processors.
func compare(n int, seed uint64) (map[Decision]int, []difference) {
	var (
		next        atomic.Int64
		group       sync.WaitGroup
		guard       sync.Mutex
		decided     = map[Decision]int{}
		differences []difference
	)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for {
				start := int(next.Add(chunk)) - chunk
				if start >= n {
					return
				}
				counts, found := compareChunk(start, min(n, start+chunk), seed)
				guard.Lock()
				for d, count := range counts {
					decided[d] += count
				}
				differences = append(differences, found...)
				guard.Unlock()
			}
		})
	}
	group.Wait()
	slices.SortFunc(differences, func(a, b difference) int { return a.number - b.number })
	return decided, differences
}

func compareChunk(start, end int, seed uint64) (map[Decision]int, []difference) {
	r := rand.New(rand.NewPCG(seed, uint64(start)))
	decided := map[Decision]int{}
	var found []difference
	for number := start; number < end; {
		p, requests := generate(r)
		first, second := engine(p, requests), reference(p, requests)
		for i := 0; i < len(requests) && number < end; i, number = i+1, number+1 {
			decided[second[i]]++
			if first[i] != second[i] {
				c := policytest.Case{Policies: p, Request: requests[i]}
				found = append(found, difference{number, c, first[i], second[i]})
			}
		}
	}
	return decided, found
}

// reference decides requests with the second evaluator.
func reference(p policytest.Policies, requests []policytest.Request) []Decision {
	out := make([]Decision, len(requests))
	all, err := readAll(p)
	for i, r := range requests {
		if out[i] = Refused; err == nil {
			out[i], _ = decide(all, r)
		}
	}
	return out
}

// generate makes policies, of which one in a set is now and then spoilt, and
// requests to be decided under them: that which they were made for, and that one
// with a member of another. Most of the time goes into reading documents.
func generate(r *rand.Rand) (policytest.Policies, []policytest.Request) {
	c, other := policytest.Generate(r), policytest.Generate(r).Request
	if r.IntN(20) == 0 {
		spoil(r, &c)
	}
	requests := slices.Repeat([]policytest.Request{c.Request}, 5)
	requests[1].Context = other.Context
	requests[2].Action = other.Action
	requests[3].Resource = other.Resource
	requests[4].ResourceAccount = other.ResourceAccount
	if other.Principal.Type == c.Request.Principal.Type {
		requests[4].Principal = other.Principal
	}
	return c.Policies, requests
}

// TestCoverage shows what the generator meets, and wants all of the language met.
func TestCoverage(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 0))
	met := map[string]int{}
	for range 20_000 {
		c := policytest.Generate(r)
		for thing := range things(c) {
			met[thing]++
		}
	}
	for _, thing := range language() {
		t.Logf("%6d  %s", met[thing], thing)
		if met[thing] == 0 {
			t.Errorf("the generator never makes: %s", thing)
		}
	}
}
