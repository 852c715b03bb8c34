package acl

import (
	"math/bits"
	"slices"
)

// Book holds the distinct lists of an index, each counted as often as documents
// have it, and finds those that somebody satisfies: by inverted postings, from the
// principals that somebody is to the lists that name them, so that lists which have
// nothing to do with them cost nothing.
//
// A list has a number in the book, which is never given to another: an answer that
// is older than a change misleads nobody. The public list, whose ID is empty, is
// number 0 and always there. A Book is not safe for concurrent use: whoever owns it
// guards it. Its zero value is empty and ready.
type Book struct {
	held     map[string]*held
	next     uint32 // the last number given
	postings map[Principal]*posting
	named    uint32 // the last number given to a principal
	open     bitset // lists that allow everyone whom they do not deny
}

type held struct {
	number uint32
	count  int
	list   *List
	rules  []rule // of a list with an AND in it, by which it is judged whole
}

// posting is where a principal is named, by number.
type posting struct {
	number      uint32   // its own
	allow, deny []uint32 // in lists that are decided by one entry
	mixed       []*held  // in lists with an AND in them, which are judged whole
}

// Add counts a list once more and returns its number. The list must not change
// from then on.
func (b *Book) Add(id string, l *List) uint32 {
	if id == "" {
		return 0
	}
	if h, ok := b.held[id]; ok {
		h.count++
		return h.number
	}
	if b.held == nil {
		b.held, b.postings = map[string]*held{}, map[Principal]*posting{}
	}
	b.next++
	h := &held{number: b.next, count: 1, list: l}
	b.held[id] = h
	b.post(h)
	return h.number
}

// Drop takes back one Add. The last one takes the list out of the book.
func (b *Book) Drop(id string) {
	h, ok := b.held[id]
	if !ok {
		return
	}
	if h.count--; h.count > 0 {
		return
	}
	delete(b.held, id)
	b.unpost(h)
}

// Len is how many lists there are, without the public one.
func (b *Book) Len() int { return len(b.held) }

// Number returns the number of a list that is in the book.
func (b *Book) Number(id string) (n uint32, ok bool) {
	if id == "" {
		return 0, true
	}
	h, ok := b.held[id]
	if !ok {
		return 0, false
	}
	return h.number, true
}

func (b *Book) post(h *held) {
	if h.list.open() {
		b.open.set(h.number)
	}
	plain := h.list.plain()
	h.list.each(func(e Entry) {
		p := b.postings[e.Principal]
		if p == nil {
			b.named++
			p = &posting{number: b.named}
			b.postings[e.Principal] = p
		}
		switch {
		case !plain:
			p.mixed = with(p.mixed, h)
		case e.Deny:
			p.deny = with(p.deny, h.number)
		default:
			p.allow = with(p.allow, h.number)
		}
	})
	for l := h.list; !plain && l != nil; l = l.Also {
		h.rules = append(h.rules, b.rule(l))
	}
}

func (b *Book) unpost(h *held) {
	b.open.clear(h.number)
	h.list.each(func(e Entry) {
		p := b.postings[e.Principal]
		if p == nil {
			return
		}
		p.mixed, p.deny, p.allow = without(p.mixed, h), without(p.deny, h.number), without(p.allow, h.number)
		if len(p.mixed)+len(p.deny)+len(p.allow) == 0 {
			delete(b.postings, e.Principal)
		}
	})
}

// with appends, but not what an entry of the same list appended just before.
func with[T comparable](all []T, one T) []T {
	if n := len(all); n > 0 && all[n-1] == one {
		return all
	}
	return append(all, one)
}

// without removes one, and does not keep the order.
func without[T comparable](all []T, one T) []T {
	i := slices.Index(all, one)
	if i < 0 {
		return all
	}
	var none T
	last := len(all) - 1
	all[i], all[last] = all[last], none
	return all[:last]
}

// each calls f for every entry.
func (l *List) each(f func(Entry)) {
	for ; l != nil; l = l.Also {
		for _, c := range l.Controls {
			for _, e := range c.Entries {
				f(e)
			}
		}
	}
}

// open reports whether a list allows everyone whom it does not deny.
func (l *List) open() bool {
	for ; l != nil; l = l.Also {
		if _, given := l.holds(nil, false); given {
			return false
		}
	}
	return true
}

// plain reports whether one entry is enough to allow, and one to deny.
func (l *List) plain() bool {
	if l.Also != nil {
		return false
	}
	for _, deny := range []bool{false, true} {
		controls := 0
		for _, c := range l.Controls {
			entries := 0
			for _, e := range c.Entries {
				if e.Deny == deny {
					entries++
				}
			}
			if c.All && entries > 1 {
				return false
			}
			controls += min(entries, 1)
		}
		if l.All && controls > 1 {
			return false
		}
	}
	return true
}

// Visible returns the lists that let somebody see a document.
func (b *Book) Visible(who Set) Visible {
	var v Visible
	v.lists.set(0)
	if len(who) == 0 {
		return v
	}
	v.lists = append(make(bitset, 0, b.next/64+1), b.open...)
	v.lists.set(0)
	var mixed bitset
	found := make([]*posting, 0, len(who))
	is := make(bitset, 0, b.named/64+1)
	for p := range who {
		if p := b.postings[p]; p != nil {
			found = append(found, p)
			is.set(p.number)
		}
	}
	for _, p := range found {
		for _, n := range p.allow {
			v.lists.set(n)
		}
	}
	for _, p := range found {
		for _, n := range p.deny {
			v.lists.clear(n)
		}
		for _, h := range p.mixed {
			if !mixed.has(h.number) {
				mixed.set(h.number)
				v.lists.put(h.number, h.admits(is))
			}
		}
	}
	return v
}

// Visible is which lists of a book somebody satisfied when it was asked. Its zero
// value is none.
type Visible struct{ lists bitset }

// Has reports whether the list of a number was one of them. A list that came
// into the book later was not.
func (v Visible) Has(number uint32) bool { return v.lists.has(number) }

// Len is how many they were, with the public list.
func (v Visible) Len() int {
	n := 0
	for _, word := range v.lists {
		n += bits.OnesCount64(word)
	}
	return n
}

// bitset grows as it is set.
type bitset []uint64

func (s bitset) has(n uint32) bool {
	return int(n/64) < len(s) && s[n/64]&(1<<(n%64)) != 0
}

func (s *bitset) set(n uint32) {
	for int(n/64) >= len(*s) {
		*s = append(*s, 0)
	}
	(*s)[n/64] |= 1 << (n % 64)
}

func (s bitset) clear(n uint32) {
	if int(n/64) < len(s) {
		s[n/64] &^= 1 << (n % 64)
	}
}

func (s *bitset) put(n uint32, on bool) {
	if on {
		s.set(n)
	} else {
		s.clear(n)
	}
}
