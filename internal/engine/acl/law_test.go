package acl

import (
	"encoding/json"
	"math/rand"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// aPrincipal is one of few, so that lists and sets have some in common.
func aPrincipal(t *rapid.T) Principal {
	return Principal{
		Group:  rapid.Bool().Draw(t, "group"),
		Name:   rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "name"),
		Source: rapid.SampledFrom([]string{"", "", "s"}).Draw(t, "source"),
	}
}

func anEntry(t *rapid.T) Entry {
	return Entry{Principal: aPrincipal(t), Deny: rapid.IntRange(0, 3).Draw(t, "deny") == 0}
}

func aControl(t *rapid.T) Control {
	return Control{
		All:     rapid.Bool().Draw(t, "all of a control"),
		Entries: rapid.SliceOfN(rapid.Custom(anEntry), 0, 5).Draw(t, "entries"),
	}
}

func aList(t *rapid.T) *List {
	return &List{
		All:      rapid.Bool().Draw(t, "all"),
		Controls: rapid.SliceOfN(rapid.Custom(aControl), 0, 4).Draw(t, "controls"),
	}
}

func aSet(t *rapid.T) Set {
	return SetOf(rapid.SliceOfN(rapid.Custom(aPrincipal), 0, 8).Draw(t, "who")...)
}

// part is the entries of one kind as a formula: how a document's ACL is shown by
// CheckDocumentAccess. It is the definition, written plainly; holds is the code.
func part(l *List, deny bool) (conditions [][]Principal, all []bool) {
	for _, c := range l.Controls {
		var named []Principal
		for _, e := range c.Entries {
			if e.Deny == deny {
				named = append(named, e.Principal)
			}
		}
		if len(named) > 0 {
			conditions, all = append(conditions, named), append(all, c.All)
		}
	}
	return conditions, all
}

// defined is what Allows should say.
func defined(l *List, who Set) bool {
	satisfied := func(deny, none bool) bool {
		conditions, all := part(l, deny)
		if len(conditions) == 0 {
			return none
		}
		n := 0
		for i, named := range conditions {
			had := 0
			for _, p := range named {
				if who.Has(p) {
					had++
				}
			}
			if all[i] && had == len(named) || !all[i] && had > 0 {
				n++
			}
		}
		return l.All && n == len(conditions) || !l.All && n > 0
	}
	return satisfied(false, true) && !satisfied(true, false) && (len(who) > 0 || l.Public())
}

// TestAllowsIsAsDefined: Allows against the formula.
func TestAllowsIsAsDefined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, who := aList(t), aSet(t)
		if got, want := l.Allows(who), defined(l, who); got != want {
			t.Fatalf("Allows = %v, want %v", got, want)
		}
	})
}

// TestOrderNeverMatters: shuffled, and said twice, a list means the same and has
// the same ID.
func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, who := aList(t), aSet(t)
		r := rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))
		o := &List{All: l.All}
		for _, c := range append(slices.Clone(l.Controls), l.Controls...) {
			entries := append(slices.Clone(c.Entries), c.Entries...)
			r.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
			o.Controls = append(o.Controls, Control{All: c.All, Entries: entries})
		}
		r.Shuffle(len(o.Controls), func(i, j int) { o.Controls[i], o.Controls[j] = o.Controls[j], o.Controls[i] })
		if o.ID() != l.ID() {
			t.Fatal("the ID depends on the order")
		}
		if o.Allows(who) != l.Allows(who) || l.Canonical().Allows(who) != l.Allows(who) {
			t.Fatal("the answer depends on the order")
		}
	})
}

// TestDenyNeverAdds: nobody sees a document because of an entry that denies, nor
// by being somebody whom only such entries name; and nobody sees less by being
// somebody whom only entries that allow name. That they are somebody may show more.
func TestDenyNeverAdds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, who := aList(t), aSet(t)
		if l.Allows(who) {
			without := &List{All: l.All}
			for _, c := range l.Controls {
				c.Entries = slices.DeleteFunc(slices.Clone(c.Entries), func(e Entry) bool { return e.Deny })
				without.Controls = append(without.Controls, c)
			}
			if !without.Allows(who) {
				t.Fatal("visible only because of a denial")
			}
		}
		p := aPrincipal(t)
		allows, denies := false, false
		l.each(func(e Entry) {
			if e.Principal == p {
				allows, denies = allows || !e.Deny, denies || e.Deny
			}
		})
		had, nobody := l.Allows(who), len(who) == 0
		who[p] = struct{}{}
		if has := l.Allows(who); !allows && has && !had && !nobody {
			t.Fatalf("visible because of %v, whom no entry allows", p)
		} else if !denies && had && !has {
			t.Fatalf("hidden because of %v, whom no entry denies", p)
		}
	})
}

// TestBookIsEveryList: through any history of a book, what is visible is what each
// list allows, and numbers are never used again.
func TestBookIsEveryList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Book
		type had struct {
			list  *List
			count int
		}
		held, numbers := map[string]*had{}, map[uint32]*List{}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				l := aList(t)
				id := l.ID()
				n := b.Add(id, l)
				if h := held[id]; h != nil {
					h.count++
				} else if id != "" {
					if numbers[n] != nil || n == 0 {
						t.Fatalf("number %d was given before", n)
					}
					held[id], numbers[n] = &had{l, 1}, l
				}
			},
			"drop": func(t *rapid.T) {
				if len(held) == 0 {
					t.Skip("nothing to drop")
				}
				ids := slices.Sorted(func(yield func(string) bool) {
					for id := range held {
						if !yield(id) {
							return
						}
					}
				})
				id := rapid.SampledFrom(ids).Draw(t, "id")
				b.Drop(id)
				if held[id].count--; held[id].count == 0 {
					delete(held, id)
				}
			},
			"": func(t *rapid.T) {
				who := aSet(t)
				v, visible := b.Visible(who), 1
				for id, h := range held {
					n, ok := b.Number(id)
					if !ok || v.Has(n) != h.list.Allows(who) {
						t.Fatalf("list %d (there: %v) is visible: %v", n, ok, v.Has(n))
					}
					if v.Has(n) {
						visible++
					}
				}
				if v.Len() != visible || !v.Has(0) || b.Len() != len(held) {
					t.Fatalf("%d visible of %d lists, want %d of %d", v.Len(), b.Len(), visible, len(held))
				}
			},
		})
	})
}

// FuzzList: whatever is read as a list has one canonical form, one ID, and means
// what that means, also after it was stored; and a book agrees.
func FuzzList(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `{"controls":null}`, `{"controls":[{}]}`, `{"controls":[{"entries":[]}]}`,
		`{"all":true,"controls":[{"entries":[{"name":"a"},{"group":true,"name":"b","source":"s","deny":true}]},{"all":true,"entries":[{"group":true,"name":"c"}]}]}`,
		`{"controls":[{"entries":[{"name":"\u0000\ufffd"}]}]}`,
		`{"controls":[{"all":true,"entries":[{"name":"a"},{"name":"a"},{"name":"a","deny":true}]}]}`,
	} {
		f.Add([]byte(seed), "a", "s")
	}
	f.Fuzz(func(t *testing.T, data []byte, name, source string) {
		var l List
		if json.Unmarshal(data, &l) != nil {
			return
		}
		who := SetOf(Principal{Name: name}, Principal{Group: true, Name: name}, Principal{Name: name, Source: source})
		stored, err := json.Marshal(&l)
		if err != nil {
			t.Fatal(err)
		}
		var back List
		if err := json.Unmarshal(stored, &back); err != nil {
			t.Fatal(err)
		}
		canonical := l.Canonical()
		if back.ID() != l.ID() || canonical.ID() != l.ID() {
			t.Fatalf("three IDs: %q, stored %q, canonical %q", l.ID(), back.ID(), canonical.ID())
		}
		if diff := cmp.Diff(canonical, canonical.Canonical()); diff != "" {
			t.Fatal("the canonical form has another:\n", diff)
		}
		want := defined(&l, who)
		var b Book
		n := b.Add(l.ID(), &l)
		if l.Allows(who) != want || back.Allows(who) != want || canonical.Allows(who) != want || b.Visible(who).Has(n) != want {
			t.Fatalf("a list and its forms differ; it should allow: %v", want)
		}
		b.Drop(l.ID())
		if b.Len() != 0 || len(b.postings) != 0 {
			t.Fatal("a dropped list leaves something in the book")
		}
	})
}

// TestBoth: what both lists let somebody see, and nothing else, alone and in a
// book; stored, it is the same.
func TestBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, who := aList(t), aList(t), aSet(t)
		both := Both(a, b)
		want := a.Allows(who) && b.Allows(who)
		if got := both.Allows(who); got != want {
			t.Errorf("%+v: %t, want %t", both, got, want)
		}
		var book Book
		for _, l := range []*List{a, b, both} {
			book.Add(l.ID(), l.Canonical())
		}
		if n, ok := book.Number(both.ID()); !ok || book.Visible(who).Has(n) != want {
			t.Errorf("in the book: %t, want %t", !want, want)
		}
		text, err := json.Marshal(both.Canonical())
		if err != nil {
			t.Fatal(err)
		}
		var kept *List
		if err := json.Unmarshal(text, &kept); err != nil {
			t.Fatal(err)
		}
		if kept.ID() != both.ID() || kept.Allows(who) != want {
			t.Errorf("%s is another list than %+v", text, both)
		}
		book.Drop(both.ID())
		if n, ok := book.Number(a.ID()); !ok || book.Visible(who).Has(n) != a.Allows(who) {
			t.Error("a list beside it changed when it went")
		}
		third := aList(t)
		if got, want := Both(both, third).Allows(who), a.Allows(who) && third.Allows(who); got && !want {
			t.Errorf("with a third list: %t", got)
		}
	})
}
