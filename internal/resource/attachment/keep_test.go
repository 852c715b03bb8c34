package attachment

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// everyField compares files; bytes at once, as there are many.
func everyField() cmp.Option {
	return cmp.Options{cmp.AllowUnexported(File{}), cmp.Comparer(bytes.Equal)}
}

// TestFilesAreKept in pieces, as they were read: text of more than a piece with
// characters across the borders, and images.
func TestFilesAreKept(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.at("jo", talkID)
		book := "a" + strings.Repeat("語", partSize/3+1000)
		photo := append(jpegOf(t, 300, 200), make([]byte, 2*partSize)...)
		first := r.attach(t, r.at("jo", talkID), text("book.txt", book), Upload{Name: "photo.jpg", Data: photo}, text("bad.txt", ""))
		r.clock.Advance(time.Second)
		second := r.attach(t, p, text("notes.md", "# Notes\n\nBread."))
		want := []File{second[0], first[1], first[0]} // without the one that failed
		for i := range want {
			want[i].chars = int64(len([]rune(want[i].Text)))
		}
		if diff := cmp.Diff(want, r.of(t, p), everyField()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, f := range append(first, second...) {
			if f.Conversation != talkID || *f.Output().ConversationID != talkID {
				t.Errorf("%s is of the conversation %q", f.Name, f.Conversation)
			}
		}
		if files, parts := r.rows(t); files != 4 || parts != 2+3+1 {
			t.Errorf("%d files in %d parts", files, parts)
		}
	})
}

// TestAFileOfANewConversation learns when it is saved which one that is.
func TestAFileOfANewConversation(t *testing.T) {
	r := one(t)
	files := r.read1(t, r.at("jo", ""), text("a.txt", "a"))
	if o := files[0].Output(); o.ConversationID != nil {
		t.Errorf("of %q already", *o.ConversationID)
	}
	r.update(t, func(tx *store.Tx) error { return r.Save(tx, r.at("jo", talkID), files) })
	if got := *files[0].Output().ConversationID; got != talkID {
		t.Errorf("of %q", got)
	}
	if got := r.of(t, r.at("jo", talkID)); len(got) != 1 || got[0].Conversation != talkID {
		t.Errorf("%d files", len(got))
	}
}

// TestFilesAreOfOnePlace: nobody meets another user's, application's or
// conversation's.
func TestFilesAreOfOnePlace(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.at("jo", talkID)
		mine := r.attach(t, p, Upload{Name: "a.png", Data: pngOf(t, 3, 3)})[0]
		elsewhere := []Place{
			{"999999999999", r.app, "jo", talkID}, {p.Tenant, nowhere, "jo", talkID},
			r.at("al", talkID), r.at("", talkID), r.at("jo", otherID), r.at("jo", ""),
		}
		for _, other := range elsewhere {
			if got := r.of(t, other); len(got) != 0 {
				t.Errorf("%+v has %d files", other, len(got))
			}
			err := r.DB.View(t.Context(), func(tx *store.Tx) error {
				_, err := Media(tx, other, mine.ID)
				return err
			})
			optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "media", ResourceID: mine.ID})
		}
		if got := r.of(t, p); len(got) != 1 {
			t.Errorf("%d files of one's own", len(got))
		}
	})
}

func TestMedia(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, picture := r.at("jo", talkID), pngOf(t, 3, 3)
		files := r.attach(t, p, Upload{Name: "a.png", Data: picture}, text("a.txt", "a"), Upload{Name: "b.png", Data: picture[:20]})
		media := func(id string) (f File, err error) {
			err = r.DB.View(t.Context(), func(tx *store.Tx) error {
				f, err = Media(tx, p, id)
				return err
			})
			return f, err
		}
		got, err := media(files[0].ID)
		if err != nil || got.MediaType != "image/png" || !bytes.Equal(got.Image, picture) {
			t.Errorf("%s, %d bytes, %v", got.MediaType, len(got.Image), err)
		}
		for _, id := range []string{files[1].ID, files[2].ID, nowhere} {
			_, err := media(id)
			optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "media", ResourceID: id})
		}
	})
}

// TestTextOfAConversation: what is more than fits fails, and what comes behind it
// and fits does not.
func TestTextOfAConversation(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.at("jo", talkID)
		long := strings.Repeat("é", maxText-10) // characters are counted, and not bytes
		files := r.attach(t, p, text("a.txt", long), text("b.txt", "eleven char"), text("c.txt", "four"), Upload{Name: "d.png", Data: pngOf(t, 3, 3)})
		fails(t, files[1], api.ErrorCodeInvalidRequest, "The file has 11 characters of text, and there is room for 10: all files of a conversation together may have 665000. Delete one with DeleteAttachment, or begin a new conversation.")
		for _, f := range []File{files[0], files[2], files[3]} {
			if f.Failed != nil {
				t.Errorf("%s: %s", f.Name, *f.Failed.ErrorMessage)
			}
		}
		r.clock.Advance(time.Second)
		later := r.attach(t, p, text("e.txt", "sevenxx"), text("f.txt", "sixsix"))
		fails(t, later[0], api.ErrorCodeInvalidRequest, "there is room for 6")
		if later[1].Failed != nil {
			t.Errorf("f.txt: %s", *later[1].Failed.ErrorMessage)
		}
		if got := r.read1(t, r.at("jo", otherID), text("g.txt", long)); got[0].Failed != nil {
			t.Errorf("in another conversation: %s", *got[0].Failed.ErrorMessage)
		}
		r.update(t, func(tx *store.Tx) error { _, err := remove(tx, p, files[0].ID); return err })
		if got := r.read1(t, p, text("g.txt", long)); got[0].Failed != nil {
			t.Errorf("after one was deleted: %s", *got[0].Failed.ErrorMessage)
		}
	})
}

// TestMessagesReadAtTheSameTime may together have more text than a turn is given:
// it has the latest.
func TestMessagesReadAtTheSameTime(t *testing.T) {
	r := one(t)
	p := r.at("jo", talkID)
	for _, name := range []string{"a.txt", "b.txt", "c.txt"} {
		files := r.read1(t, r.at("jo", otherID), text(name, strings.Repeat("a", maxText/2)))
		r.update(t, func(tx *store.Tx) error { return r.Save(tx, p, files) })
		r.clock.Advance(time.Second)
	}
	if got := names(r.of(t, p)); !slices.Equal(got, []string{"c.txt", "b.txt"}) {
		t.Errorf("got %q", got)
	}
}

func TestFilesOfAConversation(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.at("jo", talkID)
		for i := range 4 {
			var some []Upload
			for j := range 5 {
				some = append(some, text(fmt.Sprintf("%d.txt", 5*i+j), "a"))
			}
			r.attach(t, p, append(some[:4:4], text("bad.txt", ""))...) // a failed one takes no room
			r.clock.Advance(time.Second)
			r.attach(t, p, some[4])
			r.clock.Advance(time.Second)
		}
		if got := names(r.of(t, p)); len(got) != maxHeld || got[0] == "bad.txt" || got[maxHeld-1] != "0.txt" {
			t.Errorf("has %q", got)
		}
		more := r.attach(t, p, text("more.txt", "a"))
		fails(t, more[0], api.ErrorCodeInvalidRequest, "The conversation has 20 files already, as many as it may.")
	})
}

// TestATurnSeesTheLatestImages, and all texts beside them.
func TestATurnSeesTheLatestImages(t *testing.T) {
	r := one(t)
	p, picture := r.at("jo", talkID), pngOf(t, 3, 3)
	r.attach(t, p, text("first.txt", "a"))
	var want []string
	for i := range 7 {
		r.clock.Advance(time.Second)
		name := fmt.Sprintf("%d.png", i)
		r.attach(t, p, Upload{Name: name, Data: picture})
		want = append([]string{name}, want...)
	}
	want = append(want[:maxSeen:maxSeen], "first.txt")
	if diff := cmp.Diff(want, names(r.of(t, p))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCopies(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p, picture := r.at("jo", talkID), pngOf(t, 3, 3)
		origins := r.attach(t, p, text("notes.txt", "bread"), Upload{Name: "chart.png", Data: picture}, text("bad.txt", ""))
		foreign := r.attach(t, r.at("al", talkID), text("diary.txt", "secret"))[0]
		r.clock.Advance(time.Minute)
		from := func(id string) *Origin { return &Origin{talkID, id} }
		to := r.at("jo", otherID)
		copies := r.attach(t, to,
			Upload{From: from(origins[0].ID)}, Upload{From: from(origins[1].ID), Name: "renamed.png"}, Upload{From: from(origins[2].ID)},
			Upload{From: from(foreign.ID), Name: "diary.txt"}, text("own.txt", "own"))
		want := origins[0]
		want.ID, want.Conversation, want.Created, want.From = copies[0].ID, otherID, r.clock.Now(), from(origins[0].ID)
		want.chars = 5
		held := r.of(t, to)
		if diff := cmp.Diff(want, held[len(held)-1], everyField()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := names(held); !slices.Equal(got, []string{"own.txt", "renamed.png", "notes.txt"}) {
			t.Errorf("got %q", got)
		}
		if !bytes.Equal(held[1].Image, picture) || held[1].MD5 != origins[1].MD5 || held[1].Type != "png" {
			t.Errorf("the copied image: %+v", held[1])
		}
		fails(t, copies[2], api.ErrorCodeInvalidRequest, "The file could not be read where it was attached: The file is empty.")
		fails(t, copies[3], api.ErrorCodeResourceNotFound, "You have no attachment "+foreign.ID+" in a conversation "+talkID+".")

		r.update(t, func(tx *store.Tx) error { _, err := RemoveParts(tx, p, 1000); return err })
		if got := r.of(t, to); len(got) != 3 || got[2].Text != "bread" {
			t.Errorf("after the origin is gone: %q", names(got))
		}
		gone := r.read1(t, to, Upload{From: from(origins[0].ID)})[0]
		fails(t, gone, api.ErrorCodeResourceNotFound, origins[0].ID)
		if o := gone.Output(); o.Name != nil || *o.Status != api.AttachmentStatusFailed {
			t.Errorf("shown as %+v", o)
		}
	})
}

// TestCopiesCount as the files that they are.
func TestCopiesCount(t *testing.T) {
	r := one(t)
	p := r.at("jo", talkID)
	long := r.attach(t, p, text("long.txt", strings.Repeat("a", maxText/2+1)))[0]
	again := r.read1(t, p, Upload{From: &Origin{talkID, long.ID}})[0]
	fails(t, again, api.ErrorCodeInvalidRequest, "The file has 332501 characters of text, and there is room for 332499")
}
