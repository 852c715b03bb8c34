package retrieval_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// world is a made-up collection of any size: words by Zipf's law, four passages
// of a hundred words to a document, each document for three of so many groups.
// It is a Source that makes its documents when they are read.
type world struct {
	documents int
	groups    int
	words     []string
}

const (
	passagesOf   = 4   // a document
	wordsOf      = 100 // a passage
	groupsOf     = 3   // a document
	groupsOfUser = 50
)

func newWorld(passages, groups int) *world {
	w := &world{documents: passages / passagesOf, groups: groups}
	r := rand.New(rand.NewPCG(1, 2))
	syllables := strings.Fields("ba co du fe gi ha jo ku le mi na po qui ra so tu ve wi xa yo zu lor mer tan kel")
	seen := map[string]bool{}
	for len(w.words) < 50_000 {
		var b strings.Builder
		for range 2 + r.IntN(3) {
			b.WriteString(syllables[r.IntN(len(syllables))])
		}
		if word := b.String(); !seen[word] {
			seen[word] = true
			w.words = append(w.words, word)
		}
	}
	return w
}

// random is a source of numbers for one thing, the same every time.
func random(what uint64, n int) *rand.Rand { return rand.New(rand.NewPCG(what, uint64(n))) }

func (w *world) sentence(r *rand.Rand, n int) string {
	zipf := rand.NewZipf(r, 1.1, 8, uint64(len(w.words)-1))
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.words[zipf.Uint64()])
	}
	return b.String()
}

func (w *world) document(n int) retrieval.Change {
	r := random(1, n)
	c := retrieval.Change{
		Seq: int64(n + 1), Document: fmt.Sprintf("%026d", n), Title: w.sentence(r, 8), Language: "en",
		ACL: w.list(r),
	}
	for i := range passagesOf {
		c.Passages = append(c.Passages, retrieval.Passage{N: i, Text: w.sentence(r, wordsOf)})
	}
	return c
}

func (w *world) list(r *rand.Rand) *acl.List {
	var control acl.Control
	for range groupsOf {
		control.Entries = append(control.Entries, acl.Entry{Principal: group(fmt.Sprint("group ", r.IntN(w.groups)))})
	}
	return &acl.List{Controls: []acl.Control{control}}
}

// user is somebody in fifty groups.
func (w *world) user(n int) acl.Set {
	r, s := random(2, n), acl.Set{}
	for len(s) < min(groupsOfUser, w.groups) {
		s[group(fmt.Sprint("group ", r.IntN(w.groups)))] = struct{}{}
	}
	return s
}

// query is three to eight words, like those of the texts but rarer: people leave
// out what every text has.
func (w *world) query(n int) string {
	r := random(3, n)
	zipf := rand.NewZipf(r, 1.1, 100, uint64(len(w.words)-1))
	var words []string
	for range 3 + r.IntN(6) {
		words = append(words, w.words[zipf.Uint64()])
	}
	return strings.Join(words, " ")
}

func (w *world) Indexes(context.Context) ([]retrieval.Key, error) { return []retrieval.Key{key}, nil }

func (w *world) Head(context.Context, retrieval.Key) (retrieval.Head, error) {
	return retrieval.Head{Seq: int64(w.documents)}, nil
}

func (w *world) Changes(_ context.Context, _ retrieval.Key, after int64, limit int) ([]retrieval.Change, error) {
	var changes []retrieval.Change
	for n := int(after); n < w.documents && len(changes) < limit; n++ {
		changes = append(changes, w.document(n))
	}
	return changes, nil
}
