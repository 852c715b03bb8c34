package retrieval

import (
	"cmp"
	"container/heap"
	"context"
	"slices"
)

// candidate is a passage that was found.
type candidate struct {
	score   float64
	place   place
	matched uint8
}

// ranking gives candidates in order, the best first: by score, and among equals
// by document and passage, so that an order is the same every time. It is a heap,
// since few of many are asked for.
type ranking struct {
	all    []candidate
	ledger *ledger
}

func (r *ranking) Len() int           { return len(r.all) }
func (r *ranking) Less(i, j int) bool { return r.ledger.order(&r.all[i], &r.all[j]) < 0 }
func (r *ranking) Swap(i, j int)      { r.all[i], r.all[j] = r.all[j], r.all[i] }
func (r *ranking) Push(any)           {}

// Pop takes off the last one, for package heap.
func (r *ranking) Pop() any {
	last := len(r.all) - 1
	r.all = r.all[:last]
	return nil
}

// next takes off the best one.
func (r *ranking) next() (candidate, bool) {
	if len(r.all) == 0 {
		return candidate{}, false
	}
	best := r.all[0]
	heap.Pop(r)
	return best, true
}

// order compares candidates; what is negative comes first.
func (l *ledger) order(a, b *candidate) int {
	switch {
	case a.score > b.score:
		return -1
	case a.score < b.score:
		return 1
	case a.place.ordinal == b.place.ordinal:
		return cmp.Compare(a.place.n, b.place.n)
	}
	return cmp.Compare(l.entries[a.place.ordinal].document, l.entries[b.place.ordinal].document)
}

// behind reports whether a candidate comes after where a page ended.
func (l *ledger) behind(c *candidate, page *Cursor) bool {
	switch document := l.entries[c.place.ordinal].document; {
	case page == nil:
		return true
	case c.score != page.Score:
		return c.score < page.Score
	case document != page.Document:
		return document > page.Document
	}
	return int(c.place.n) > page.Passage
}

// page takes a page off a ranking. What says the same as something better is
// left out, and so are, when documents are asked for, all passages of a document
// but the best; for that every page looks at those before it.
func (l *ledger) page(ctx context.Context, r *ranking, q *Query, asked int) (res Results, err error) {
	var kept []*passage
	seen := map[uint32]bool{}
	for n := 1; ; n++ {
		const often = 256
		if n%often == 0 && ctx.Err() != nil {
			return Results{}, context.Cause(ctx)
		}
		c, ok := r.next()
		if !ok {
			return res, nil
		}
		p := &l.entries[c.place.ordinal].passages[c.place.n]
		if q.DocumentsOnly && seen[c.place.ordinal] || repeats(p, kept) {
			continue
		}
		seen[c.place.ordinal] = true
		kept = append(kept, p)
		if !l.behind(&c, q.After) {
			continue
		}
		if len(res.Hits) == q.Limit {
			last := res.Hits[q.Limit-1]
			res.Next = &Cursor{Score: last.Score, Document: last.Document, Passage: last.Passage}
			return res, nil
		}
		res.Hits = append(res.Hits, Hit{
			Document: l.entries[c.place.ordinal].document, Passage: int(c.place.n),
			Score: c.score, Matched: int(c.matched), Asked: asked,
		})
	}
}

func repeats(p *passage, kept []*passage) bool { return slices.ContainsFunc(kept, p.like) }
