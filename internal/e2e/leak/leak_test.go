package leak

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
)

var (
	documents = flag.Int("documents", 500, "documents at first")
	users     = flag.Int("users", 0, "users; 0 is 2,000 for 10,000 documents or more, and fewer otherwise")
	calls     = flag.Int("calls", 1500, "calls at least")
	seed      = flag.Uint64("seed", 0, "of everything that is by chance; 0 is another one each time")
	doubt     = flag.Int("doubt", -1, "a person about whom the model and the server are to be compared when they differ")
	about     = flag.Int("about", 0, "the document to ask about then")
	postgres  = flag.String("postgres", "", "URL of an empty PostgreSQL to keep the state in")
)

// askers is how many ask at once.
const askers = 4

// TestZeroLeak is what the package is for.
func TestZeroLeak(t *testing.T) {
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano()) % 1_000_000_000
	}
	t.Logf("-seed=%d", *seed)
	s := size{documents: *documents, users: *users, calls: *calls}
	if s.users == 0 {
		s.users = min(2000, max(60, s.documents/5))
	}
	s.groups = s.users / 2
	w := newWorld(s, *seed)
	begun := time.Now()
	h := &hunt{world: w, site: open(t, *postgres, w.persons), tally: &tally{calls: map[string]int{}}, talks: &talks{}}
	h.fill(t, w)
	t.Logf("%d documents, %d users and %d groups are there after %v", s.documents, s.users, s.groups, time.Since(begun).Round(time.Second))
	rounds := min(100, max(4, s.calls/400))
	for round := range rounds {
		h.change(t)
		h.ask(t, round, s.calls/rounds*6/10, &truth{library: h.library, moments: []*moment{{people: h.people}}}, func() {})
		if round%2 == 0 {
			h.whilePeopleChange(t, round, s.calls/rounds*4/10)
		} else {
			h.whilePapersChange(t, round, s.calls/rounds*4/10)
		}
		if round%10 == 9 {
			t.Logf("round %d of %d, after %v", round+1, rounds, time.Since(begun).Round(time.Second))
		}
	}
	t.Logf("after %v: %s", time.Since(begun).Round(time.Second), h.tally)
}

// hunt is a world and the server that should be like it.
type hunt struct {
	*world
	*site
	*tally
	*talks
}

// change makes some changes, and waits until all of them are there.
func (h *hunt) change(t *testing.T) {
	t.Helper()
	for range 12 {
		if h.r.IntN(2) == 0 {
			h.walk(t, h.world, h.peopleSteps(h.world, h.people)...)
		} else {
			h.changePapers(t, h.world)
		}
	}
	h.settle(t)
}

// ask asks so many questions, several at once, while something is done.
func (h *hunt) ask(t *testing.T, round, n int, tr *truth, do func()) {
	t.Helper()
	var failures atomic.Int64
	var all sync.WaitGroup
	for i := range askers {
		a := &asker{
			site: h.site, truth: tr, tally: h.tally, talks: h.talks, ctx: t.Context(),
			r: rand.New(rand.NewPCG(*seed, uint64(100*round+i))),
		}
		a.fail = func(format string, args ...any) {
			if failures.Add(1) <= 5 {
				t.Errorf("round %d: "+format, append([]any{round}, args...)...)
			}
		}
		all.Go(func() {
			for range n / askers {
				a.ask()
			}
		})
	}
	do()
	all.Wait()
	if failures.Load() > 0 && tr.quiet() && *doubt >= 0 {
		t.Log(h.explain(t, *doubt))
	}
	if failures.Load() > 0 {
		t.Fatalf("%d answers are wrong; -seed=%d", failures.Load(), *seed)
	}
}

// whilePeopleChange asks while groups and users change: an answer is that of one of
// the moments.
func (h *hunt) whilePeopleChange(t *testing.T, round, n int) {
	t.Helper()
	tr := &truth{library: h.library, moments: []*moment{{people: h.people}}}
	var steps []step
	for after := h.people; len(steps) < 5; {
		steps = append(steps, h.peopleSteps(h.world, after)...)
		after = steps[len(steps)-1].after
	}
	for _, s := range steps {
		tr.moments = append(tr.moments, &moment{people: s.after})
	}
	h.ask(t, round, n, tr, func() { h.walk(t, h.world, steps...) })
}

// whilePapersChange asks while documents get new versions: what is shown is one or
// the other, to whoever may see that one.
func (h *hunt) whilePapersChange(t *testing.T, round, n int) {
	t.Helper()
	tr := &truth{library: h.library, moments: []*moment{{people: h.people}}, coming: map[int]*paper{}}
	var batches [2][]*paper
	for len(batches[0]) < 10 && len(batches[1]) < 10 {
		old := h.anyPaper()
		p := h.paper(old.number, old.version+1)
		p.topics = old.topics
		if tr.coming[p.number] != nil {
			continue
		}
		tr.coming[p.number] = p
		b := &batches[map[bool]int{true: 1}[p.source]]
		*b = append(*b, p)
	}
	h.ask(t, round, n, tr, func() {
		for _, b := range batches {
			if len(b) > 0 {
				h.putPapers(t, h.world, b)
			}
		}
		h.settle(t)
	})
	for _, p := range tr.coming {
		h.put(p)
	}
}

// explain tells who somebody is to the model, and to the server.
func (h *hunt) explain(t *testing.T, who int) string {
	t.Helper()
	p := h.papers[*about]
	in := &qbusiness.CheckDocumentAccessInput{ApplicationId: &h.app, IndexId: &h.index, DocumentId: new(p.id()), UserId: &h.persons[who].address}
	if p.source {
		in.DataSourceId = &h.source
	}
	ctx, tape := taped(t.Context())
	if _, err := h.admin.CheckDocumentAccess(ctx, in); err != nil {
		t.Error(err)
	}
	return fmt.Sprintf("person %d is %q; to the server: %s", who, slices.Sorted(maps.Keys(h.names(who, h.within()))), tape.body)
}
