package login

import (
	"fmt"
	"testing"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

// BenchmarkAuthorize is what a plugin call of a user who is signed in waits for:
// one of a thousand users, on the embedded store.
func BenchmarkAuthorize(b *testing.B) {
	clock := storetest.NewClock()
	db, err := store.Open(b.Context(), store.Config{Dir: b.TempDir(), Now: clock.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	w := newWorld(b, db, clock)
	target := w.target("tickets:read")
	x, err := w.open(b.Context(), w.target().reads(holder()))
	if err != nil {
		b.Fatal(err)
	}
	parts, err := w.choose(holder(), target, x)
	if err != nil {
		b.Fatal(err)
	}
	users := make([]Holder, 1000)
	err = db.Update(b.Context(), func(tx *store.Tx) error {
		for i := range users {
			users[i] = holder()
			users[i].User = fmt.Sprintf("user-%d@example.com", i)
			g := grant{Access: oauthtest.Canary, Refresh: oauthtest.Canary, Asked: []string{"tickets:read"}}
			if err := w.put(tx, held{grant: g, key: users[i].key(parts[0].client), revision: "1"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := w.Authorize(b.Context(), users[i%len(users)], chat, target); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
