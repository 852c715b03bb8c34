package attachment

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
)

// TestRoom: stored files that turns read at once have a bound, which a request of a
// few bytes cannot get around by copying.
func TestRoom(t *testing.T) {
	r := one(t)
	p := r.at("jo", talkID)
	photo := Upload{Name: "photo.jpg", Data: append(jpegOf(t, 30, 20), make([]byte, 100_000)...)}
	files := r.attach(t, p, text("book.txt", strings.Repeat("a", 1000)), photo, text("bad.txt", ""))
	r.Memory, r.Patience = int64(2*len(photo.Data)+4*1000), time.Millisecond
	enter := func(p Place, uploads ...Upload) func() {
		t.Helper()
		leave, err := r.Room(t.Context(), p, uploads)
		if err != nil {
			t.Fatal(err)
		}
		return leave
	}
	copied := Upload{From: &Origin{talkID, files[1].ID}}
	first := enter(p)
	for name, wait := range map[string]struct {
		p       Place
		uploads []Upload
	}{
		"the same conversation": {p, nil}, "a copy": {r.at("jo", ""), []Upload{copied, {From: &Origin{talkID, files[0].ID}}}},
	} {
		if leave, err := r.Room(t.Context(), wait.p, wait.uploads); leave != nil || !fault.Is(err, fault.Throttling) {
			t.Errorf("%s: %v", name, err)
		}
	}
	enter(r.at("jo", ""))()                                         // a new one
	enter(r.at("jo", otherID))()                                    // without files
	enter(r.at("jo", ""), photo)()                                  // whose bytes the request has
	enter(r.at("jo", ""), Upload{From: &Origin{talkID, nowhere}})() // not there
	enter(r.at("mia", ""), copied)()                                // not hers
	enter(r.at("jo", ""), copied)()                                 // there is room for one more
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := r.Room(ctx, p, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("who has left: %v", err)
	}
	first()
	enter(p)()
	enter(p, copied)() // more than there is: alone
}
