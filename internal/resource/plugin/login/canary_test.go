package login

import (
	"bytes"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

// TestCanary sends client secrets, codes, access and refresh tokens through
// everything there is, and then looks for them in the logs, the errors, a dump
// of the rows and the files of the store.
func TestCanary(t *testing.T) {
	clock := storetest.NewClock()
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Now = clock.Now
		db, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		w := newWorld(t, db, clock)
		w.everything(t)

		discreet(t, w.logs.String())
		if !strings.Contains(w.logs.String(), "a token was not renewed") || !strings.Contains(w.logs.String(), "a sign-in gave no tokens") {
			t.Errorf("the failures are not logged, so the test proves nothing:\n%s", w.logs)
		}
		var dump bytes.Buffer
		if err := db.Dump(t.Context(), &dump); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(dump.String(), "ann@example.com") {
			t.Error("the dump has no sign-in in it, so the test proves nothing")
		}
		discreet(t, dump.String())
		w.holdsNothingSecret(t)
		if c.Dir != "" {
			filesAreDiscreet(t, os.DirFS(c.Dir))
		}
	})
}

// everything goes through each way in which a secret thing travels.
func (w *world) everything(t *testing.T) {
	w.third.Behave(func(b *oauthtest.Behaviour) { b.Life, b.Rotate = 3600, true })
	w.signIn(t, w.target())
	w.challenged(t, w.target("left open"))
	if _, err := w.Callback(t.Context(), w.third.Visit(w.challenged(t, w.target("read")))); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	reject(t, w, w.target("read"))
	w.pass(t, w.target("read"))
	w.pass(t, w.machine())

	for _, answer := range []string{`{"error":"` + oauthtest.Canary + `"}`, oauthtest.Canary, `{"access_token":"` + oauthtest.Canary + `\n"}`} {
		w.third.Behave(func(b *oauthtest.Behaviour) {
			b.Answer = func(url.Values) (int, string) { return 400, answer }
		})
		w.clock.Advance(2 * time.Hour)
		_, err := w.Authorize(t.Context(), holder(), chat, w.target("read"))
		w.quiet(t, err)
		_, err = w.Callback(t.Context(), w.third.Visit(w.challenged(t, w.target("read"))))
		w.quiet(t, err)
		_, err = w.Authorize(t.Context(), holder(), chat, w.machine())
		w.quiet(t, err)
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Answer = nil })
		w.signIn(t, w.target("read"))
	}
	w.vault.put(w.third.Secret()[1:])
	_, err := w.Authorize(t.Context(), holder(), chat, w.target("read"))
	w.quiet(t, err)
	w.vault.put(w.third.Secret())
}

// quiet fails t when there is no error, or one that tells a secret.
func (w *world) quiet(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("that went well")
	}
	for ; err != nil; err = errors.Unwrap(err) {
		discreet(t, err.Error())
	}
}

func filesAreDiscreet(t *testing.T, dir fs.FS) {
	t.Helper()
	seen := false
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dir, name)
		seen = seen || bytes.Contains(data, []byte("ann@example.com"))
		if bytes.Contains(data, []byte(oauthtest.Canary)) {
			t.Errorf("%s holds something secret", name)
		}
		return err
	})
	if err != nil || !seen {
		t.Errorf("the store's files have no sign-in in them: %v", err)
	}
}
