package attachment

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"log/slog"
	"testing"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
)

const (
	talkID  = "c0000000-0000-4000-8000-000000000001" // a conversation
	otherID = "c0000000-0000-4000-8000-000000000002" // another
	nowhere = "ffffffff-0000-4000-8000-000000000000" // what nothing is called
)

// rig is the family on a store, with one application whose users are named.
type rig struct {
	*Service
	*op.Registry

	clock  *storetest.Clock
	caller op.Caller
	app    string
}

func newRig(t testing.TB, db *store.DB, clock *storetest.Clock) *rig {
	t.Helper()
	r := &rig{clock: clock, caller: optest.Root("111122223333")}
	pages, book := page.New(seal.Random()), &replay.Book{DB: db}
	apps := &application.Service{
		DB: db, Jobs: job.New(db, slog.New(slog.DiscardHandler), clock.Now), Pages: pages, Replays: book,
		NewID: uuid.NewString, Below: []application.Purger{PurgeApplication},
	}
	r.Service = &Service{DB: db, Apps: apps, Pages: pages, NewID: uuid.NewString, Now: clock.Now}
	r.Registry = &op.Registry{Access: optest.Anyone{}, Replays: book}
	apps.Mount(r.Registry)
	r.Service.Mount(r.Registry)
	apps.Work()
	r.app = r.newApp(t, &api.CreateApplicationInput{
		DisplayName: "app", IdentityType: new(api.IdentityTypeAwsIAMIDPOIDC), ClientIDsForOIDC: []string{"parley"},
		IAMIdentityProviderARN: new("arn:aws:iam::111122223333:oidc-provider/login.example.com"),
	})
	return r
}

func (r *rig) newApp(t testing.TB, in *api.CreateApplicationInput) string {
	t.Helper()
	return *must(t, r, api.CreateApplication, in).ApplicationID
}

func each(t *testing.T, test func(t *testing.T, r *rig), opts ...storetest.Option) {
	t.Helper()
	clock := storetest.NewClock()
	opts = append(opts, storetest.WithClock(clock.Now))
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newRig(t, db, clock)) }, opts...)
}

// one is each on SQLite alone, for tests of rules that have no rows of their own.
func one(t testing.TB) *rig {
	t.Helper()
	clock := storetest.NewClock()
	return newRig(t, storetest.New(t, storetest.WithClock(clock.Now)), clock)
}

func try[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, r.caller, o, in)
}

func must[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, r.Registry, r.caller, o, in)
}

// at is a user's conversation.
func (r *rig) at(user, conversation string) Place {
	return Place{r.caller.Tenant(), r.app, user, conversation}
}

// attach reads files and saves them.
func (r *rig) attach(t testing.TB, p Place, uploads ...Upload) []File {
	t.Helper()
	files := r.read1(t, p, uploads...)
	r.update(t, func(tx *store.Tx) error { return r.Save(tx, p, files) })
	return files
}

// read1 reads files that are no Validation.
func (r *rig) read1(t testing.TB, p Place, uploads ...Upload) []File {
	t.Helper()
	files, err := r.Read(t.Context(), p, uploads)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(uploads) {
		t.Fatalf("%d files of %d", len(files), len(uploads))
	}
	return files
}

func (r *rig) update(t testing.TB, f func(tx *store.Tx) error) {
	t.Helper()
	if err := r.DB.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) of(t testing.TB, p Place) (files []File) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		files, err = r.Of(tx, p)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// rows counts what is stored, of files and of their parts.
func (r *rig) rows(t testing.TB) (files, parts int) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) error {
		for table, n := range map[string]*int{"attachment": &files, "attachment_part": &parts} {
			err := tx.Row(`SELECT COUNT(*) FROM ` + table + ` /* every tenant: a test counts */`).Scan(n)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, parts
}

func text(name, content string) Upload { return Upload{Name: name, Data: []byte(content)} }

func names(files []File) []string {
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.Name
	}
	return names
}

// drawn is a picture of noise, which does not pack well.
func drawn(width, height int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	seed := uint32(1)
	for i := range m.Pix {
		seed = seed*1664525 + 1013904223
		m.Pix[i] = byte(seed >> 24)
	}
	m.Set(0, 0, color.Black)
	return m
}

func pngOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, drawn(width, height)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, drawn(width, height), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
