package acl

import (
	"fmt"
	"math/rand"
	"testing"
)

// bookOf is a book of some lists over 1,000 groups: each allows five groups and one
// user, one in four denies a group too, and one in ten has an AND in it.
func bookOf(lists int) (*Book, []*List) {
	r := rand.New(rand.NewSource(1))
	one := func() Principal { return group(fmt.Sprintf("group-%03d", r.Intn(1000))) }
	var b Book
	all := make([]*List, lists)
	for i := range all {
		c := anyOf(allow(user(fmt.Sprintf("user-%d@example.com", i))))
		for range 5 {
			c.Entries = append(c.Entries, allow(one()))
		}
		if i%4 == 0 {
			c.Entries = append(c.Entries, deny(one()))
		}
		all[i] = either(c)
		if i%10 == 0 {
			all[i] = both(c, anyOf(allow(one()), allow(one())))
		}
		b.Add(all[i].ID(), all[i])
	}
	return &b, all
}

// someone is a user in so many of the 1,000 groups.
func someone(groups int) Set {
	r := rand.New(rand.NewSource(2))
	who := SetOf(user("user-7@example.com"))
	for _, n := range r.Perm(1000)[:groups] {
		who[group(fmt.Sprintf("group-%03d", n))] = struct{}{}
	}
	return who
}

func BenchmarkVisible(b *testing.B) {
	for _, lists := range []int{1_000, 10_000, 100_000} {
		for _, groups := range []int{50, 1000} {
			book, _ := bookOf(lists)
			who := someone(groups)
			b.Run(fmt.Sprintf("lists=%d/groups=%d", lists, groups), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					book.Visible(who)
				}
				b.ReportMetric(float64(book.Visible(who).Len()), "visible")
			})
		}
	}
}

// BenchmarkAllowsEach is the same question, asked of each list.
func BenchmarkAllowsEach(b *testing.B) {
	_, lists := bookOf(10_000)
	who := someone(50)
	for b.Loop() {
		for _, l := range lists {
			l.Allows(who)
		}
	}
}

func BenchmarkAddDrop(b *testing.B) {
	book, lists := bookOf(10_000)
	i := 0
	ids := make([]string, len(lists))
	for i, l := range lists {
		ids[i] = l.ID()
	}
	for b.Loop() {
		book.Drop(ids[i])
		book.Add(ids[i], lists[i])
		i = (i + 1) % len(lists)
	}
}

func BenchmarkID(b *testing.B) {
	_, lists := bookOf(10)
	for b.Loop() {
		lists[3].ID()
	}
}
