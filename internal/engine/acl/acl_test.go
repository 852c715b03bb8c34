package acl

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func user(name string) Principal            { return Principal{Name: name} }
func group(name string) Principal           { return Principal{Group: true, Name: name} }
func local(source, name string) Principal   { return Principal{Name: name, Source: source} }
func localGroup(source, n string) Principal { return Principal{Group: true, Name: n, Source: source} }

func allow(p Principal) Entry { return Entry{Principal: p} }
func deny(p Principal) Entry  { return Entry{Principal: p, Deny: true} }

func anyOf(e ...Entry) Control { return Control{Entries: e} }
func allOf(e ...Entry) Control { return Control{All: true, Entries: e} }

func either(c ...Control) *List { return &List{Controls: c} }
func both(c ...Control) *List   { return &List{All: true, Controls: c} }

// TestAllows: what the API model says of accessConfiguration and of a document's
// ACL, case by case.
func TestAllows(t *testing.T) {
	ann, bob, carl := user("ann@example.com"), user("bob@example.com"), user("carl@example.com")
	staff, board := group("staff"), group("board")
	for _, c := range []struct {
		name string
		list *List
		who  []Principal
		want bool
	}{
		{"no list: everyone", nil, []Principal{ann}, true},
		{"no list: nobody too", nil, nil, true},
		{"a list without controls is none", either(), nil, true},
		{"a control without entries is none", either(anyOf()), nil, true},
		{"a user who is named", either(anyOf(allow(ann))), []Principal{ann}, true},
		{"a user who is not", either(anyOf(allow(ann))), []Principal{bob}, false},
		{"nobody", either(anyOf(allow(ann))), nil, false},
		{"by a group", either(anyOf(allow(staff))), []Principal{bob, staff}, true},
		{"a user of a group's name is not the group", either(anyOf(allow(staff))), []Principal{user("staff")}, false},
		{"a group of a user's name is not the user", either(anyOf(allow(user("staff")))), []Principal{staff}, false},
		{"a data source's own user", either(anyOf(allow(local("wiki", "ann")))), []Principal{local("wiki", "ann")}, true},
		{"is not that of another", either(anyOf(allow(local("wiki", "ann")))), []Principal{local("crm", "ann")}, false},
		{"nor that of the whole index", either(anyOf(allow(local("wiki", "ann")))), []Principal{user("ann")}, false},
		{"a data source's own group is not the index's", either(anyOf(allow(localGroup("wiki", "staff")))), []Principal{staff}, false},
		{"OR within a control", either(anyOf(allow(ann), allow(staff))), []Principal{carl, staff}, true},
		{"AND within a control: both", either(allOf(allow(ann), allow(staff))), []Principal{ann, staff}, true},
		{"AND within a control: one", either(allOf(allow(ann), allow(staff))), []Principal{ann}, false},
		{"OR of controls", either(anyOf(allow(board)), anyOf(allow(staff))), []Principal{staff}, true},
		{"AND of controls: both", both(anyOf(allow(board), allow(ann)), anyOf(allow(staff))), []Principal{ann, staff}, true},
		{"AND of controls: one", both(anyOf(allow(board)), anyOf(allow(staff))), []Principal{staff}, false},
		{"AND passes over a control without entries", both(anyOf(allow(staff)), anyOf()), []Principal{staff}, true},
		{"AND passes over a control that only denies", both(anyOf(allow(staff)), anyOf(deny(board))), []Principal{staff}, true},
		{"denied", either(anyOf(deny(ann))), []Principal{ann}, false},
		{"only denials: everyone else", either(anyOf(deny(ann))), []Principal{bob}, true},
		{"only denials: not nobody, who may be anybody", either(anyOf(deny(ann))), nil, false},
		{"deny beats allow, of the same", either(anyOf(allow(ann), deny(ann))), []Principal{ann}, false},
		{"deny by a group beats allow by name", either(anyOf(allow(ann), deny(staff))), []Principal{ann, staff}, false},
		{"deny of a user beats allow by a group", either(anyOf(allow(staff)), anyOf(deny(ann))), []Principal{ann, staff}, false},
		{"and leaves the others of the group", either(anyOf(allow(staff)), anyOf(deny(ann))), []Principal{bob, staff}, true},
		{"a denial in another control counts", either(anyOf(allow(ann)), anyOf(deny(ann), allow(bob))), []Principal{ann}, false},
		{"AND of denials: one is not enough", either(allOf(deny(ann), deny(staff))), []Principal{ann}, true},
		{"AND of denials: both are", either(allOf(deny(ann), deny(staff))), []Principal{ann, staff}, false},
		{"AND of controls that deny: one is not enough", both(anyOf(deny(ann)), anyOf(deny(staff))), []Principal{ann}, true},
		{"AND of controls that deny: both are", both(anyOf(deny(ann)), anyOf(deny(staff))), []Principal{ann, staff}, false},
		{"allowing and denying entries of AND are judged apart", either(allOf(allow(ann), allow(staff), deny(board))), []Principal{ann, staff}, true},
		{"two people in one AND are nobody", either(allOf(allow(ann), allow(bob))), []Principal{ann}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := SetOf(c.who...)
			if got := c.list.Allows(who); got != c.want {
				t.Errorf("Allows(%v) = %v, want %v", c.who, got, c.want)
			}
			var book Book
			if got := book.Visible(who).Has(book.Add(c.list.ID(), c.list)); got != (c.list.ID() == "") {
				t.Errorf("an answer from before the list was there has it: %v", got)
			}
			n, _ := book.Number(c.list.ID())
			if got := book.Visible(who).Has(n); got != c.want {
				t.Errorf("Visible(%v) has it: %v, want %v", c.who, got, c.want)
			}
		})
	}
}

// TestID: what is the same, and what is not.
func TestID(t *testing.T) {
	a, b, g := allow(user("a")), allow(user("b")), allow(group("a"))
	base := both(anyOf(a, b), allOf(g, a))
	same := map[string]*List{
		"entries in another order":  both(anyOf(b, a), allOf(a, g)),
		"controls in another order": both(allOf(g, a), anyOf(a, b)),
		"an entry twice":            both(anyOf(a, b, a), allOf(g, a)),
		"a control twice":           both(anyOf(a, b), allOf(g, a), anyOf(b, a)),
		"a control without entries": both(anyOf(), anyOf(a, b), allOf(g, a)),
		"its own canonical form":    base.Canonical(),
		"and the canonical of that": base.Canonical().Canonical(),
	}
	for name, l := range same {
		if l.ID() != base.ID() {
			t.Errorf("%s: the ID is another", name)
		}
	}
	seen := map[string]string{base.ID(): "the first"}
	for name, l := range map[string]*List{
		"OR of controls":         either(anyOf(a, b), allOf(g, a)),
		"AND in a control":       both(allOf(a, b), allOf(g, a)),
		"a denial":               both(anyOf(a, b), allOf(g, deny(user("a")))),
		"another control":        both(anyOf(a), anyOf(b), allOf(g, a)),
		"of a data source":       both(anyOf(a, b), allOf(g, allow(local("a", "a")))),
		"name and source, moved": both(anyOf(a, b), allOf(g, allow(local("aa", "")))),
	} {
		if other, ok := seen[l.ID()]; ok {
			t.Errorf("%s has the ID of %s", name, other)
		}
		seen[l.ID()] = name
	}
	for name, l := range map[string]*List{"nil": nil, "empty": {}, "AND of nothing": both(), "empty controls": either(anyOf(), allOf())} {
		if l.ID() != "" || l.Canonical() != nil || !l.Public() {
			t.Errorf("%s: ID %q, canonical %v: it should be public", name, l.ID(), l.Canonical())
		}
	}
	if n := len(base.ID()); n != 43 {
		t.Errorf("an ID has %d characters, want 43", n)
	}
}

// TestJSON: the form that is stored.
func TestJSON(t *testing.T) {
	l := both(anyOf(allow(user("ann@example.com")), deny(localGroup("wiki", "guests"))), allOf(allow(group("staff"))))
	const want = `{"all":true,"controls":[{"entries":[{"name":"ann@example.com"},{"group":true,"name":"guests","source":"wiki","deny":true}]},{"all":true,"entries":[{"group":true,"name":"staff"}]}]}`
	got, err := json.Marshal(l)
	if err != nil || string(got) != want {
		t.Fatalf("JSON: %s, %v\nwant  %s", got, err, want)
	}
	var back List
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(l, &back); diff != "" {
		t.Error("a list is another after it was stored:\n", diff)
	}
}

// TestBookCounts: a list is there as often as it was added, its number is its own
// for good, and what it leaves behind is nothing.
func TestBookCounts(t *testing.T) {
	ann := SetOf(user("ann"), group("staff"))
	first := either(anyOf(allow(user("ann")), allow(user("ann")), allow(group("staff"))))
	second := both(anyOf(allow(user("ann"))), anyOf(allow(group("staff")), deny(group("board"))))
	var b Book
	if b.Drop("none"); b.Len() != 0 || b.Visible(ann).Len() != 1 || !b.Visible(nil).Has(0) {
		t.Error("an empty book has more, or less, than the public list")
	}
	one, two := b.Add(first.ID(), first), b.Add(second.ID(), second)
	if again := b.Add(first.ID(), first); one == 0 || two == 0 || one == two || again != one {
		t.Fatalf("numbers %d, %d, and %d for the first again", one, two, again)
	}
	before := b.Visible(ann)
	b.Drop(first.ID())
	if n, ok := b.Number(first.ID()); !ok || n != one || !b.Visible(ann).Has(one) {
		t.Error("a list was gone while a document had it")
	}
	b.Drop(first.ID())
	if _, ok := b.Number(first.ID()); ok || b.Visible(ann).Has(one) || b.Len() != 1 {
		t.Error("a list that no document has is still there")
	}
	if n := b.Add(first.ID(), first); n == one || before.Has(n) {
		t.Errorf("a list that came anew has the number %d, which an older answer knows", n)
	}
	b.Drop(first.ID())
	b.Drop(second.ID())
	if b.Len() != 0 || len(b.postings) != 0 || b.Visible(ann).Len() != 1 {
		t.Errorf("an emptied book has %d lists, %d postings", b.Len(), len(b.postings))
	}
}
