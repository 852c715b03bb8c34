package document

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/acl"
)

// seenBy are those of some people who see the document with the title.
func (f *follower) seenBy(t testing.TB, title string, people ...string) (seen []string) {
	t.Helper()
	f.follow(t)
	for _, c := range f.docs {
		for _, p := range people {
			if c.Title == title && c.ACL.Allows(acl.SetOf(acl.Principal{Name: p})) {
				seen = append(seen, p)
			}
		}
	}
	return seen
}

// TestAListCountsAtOnce: while the next version of a document waits, and when it
// cannot be read, the version before is seen by those alone whom both lists let
// in; then the next list counts.
func TestAListCountsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const ann, bob, cat = "ann@example.com", "bob@example.com", "cat@example.com"
		wants := func(what string, f *follower, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, f.seenBy(t, "A", ann, bob, cat)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
			if diff := cmp.Diff(want, r.follower().seenBy(t, "A", ann, bob, cat)); diff != "" {
				t.Errorf("%s, from the log's beginning (-want +got):\n%s", what, diff)
			}
		}
		f := r.follower()
		r.indexed(t, text("a", "for everybody", titled("A")))
		wants("public", f, ann, bob, cat)
		r.put(t, text("a", "for two", titled("A"), only(ann, bob)))
		wants("closed, not read yet", f, ann, bob)
		r.work(t)
		wants("closed", f, ann, bob)
		r.put(t, text("a", "for two others", titled("A"), only(bob, cat)))
		wants("others, not read yet", f, bob)
		r.put(t, text("a", "for one", titled("A"), only(cat)))
		wants("another, not read yet", f)
		r.work(t)
		wants("another", f, cat)
		r.put(t, text("a", "for everybody again", titled("A")))
		wants("opened, not read yet", f, cat)
		r.work(t)
		wants("opened", f, ann, bob, cat)
		bad := text("a", "%PDF-1.7 nothing", titled("A"), only(ann))
		bad.ContentType = new(api.ContentTypePdf)
		r.indexed(t, bad)
		wants("closed, and cannot be read", f, ann)
		r.indexed(t, text("a", "at last", titled("A"), only(bob)))
		wants("at last", f, bob)
		if n := r.rows(t, "acl"); n != 1 {
			t.Errorf("%d lists are kept", n)
		}
		r.erase(t, "a")
		r.work(t)
		if n := r.rows(t, "acl"); n != 0 {
			t.Errorf("%d lists are left", n)
		}
	})
}
