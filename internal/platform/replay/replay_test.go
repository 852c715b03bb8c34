package replay

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

const app = "a1000000-0000-4000-8000-000000000001"

func token(value string) op.Token {
	return op.Token{Operation: "CreateIndex", Application: app, Value: value, Input: op.Digest{1, 2, 3}}
}

func caller(t op.Token) op.Caller {
	return op.Caller{Account: "111122223333", Region: "us-east-1", Token: &t}
}

func answer(id string) *api.CreateIndexOutput { return &api.CreateIndexOutput{IndexID: &id} }

func each(t *testing.T, test func(t *testing.T, b *Book, clock *storetest.Clock)) {
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, &Book{DB: db}, clock) }, storetest.WithClock(clock.Now))
}

// once runs a request that answers with id and does no work.
func once(t *testing.T, b *Book, c op.Caller, id string) error {
	t.Helper()
	return b.Once(t.Context(), c, answer(id), func(*store.Tx) error { return nil })
}

func mustOnce(t *testing.T, b *Book, c op.Caller, id string) {
	t.Helper()
	if err := once(t, b, c, id); err != nil {
		t.Fatal(err)
	}
}

// finds asserts what Find says of a token; "" is nothing.
func finds(t *testing.T, b *Book, c op.Caller, id string) {
	t.Helper()
	kept, found, err := b.Find(t.Context(), c, *c.Token)
	if err != nil {
		t.Fatal(err)
	}
	want := op.Kept{}
	if id != "" {
		want = op.Kept{Input: c.Token.Input, Answer: []byte(fmt.Sprintf(`{"indexId":%q}`, id))}
	}
	if diff := cmp.Diff(want, kept); diff != "" || found != (id != "") {
		t.Errorf("found = %t (-want +got):\n%s", found, diff)
	}
}

func TestAnAnswerIsKeptWithTheWork(t *testing.T) {
	each(t, func(t *testing.T, b *Book, _ *storetest.Clock) {
		c := caller(token("one"))
		finds(t, b, c, "")
		mustOnce(t, b, c, "first")
		finds(t, b, c, "first")
		work := caller(token("work"))
		err := b.Once(t.Context(), c, answer("second"), func(tx *store.Tx) error { return keep(tx, work, answer("done")) })
		if !errors.Is(err, op.ErrReplayed) {
			t.Errorf("got %v, want ErrReplayed", err)
		}
		finds(t, b, c, "first")
		finds(t, b, work, "") // undone
	})
}

// TestAFaultOfTheSecondIsNotSeen: the second of two requests runs into what the
// first has done, and is answered as the first was.
func TestAFaultOfTheSecondIsNotSeen(t *testing.T) {
	each(t, func(t *testing.T, b *Book, _ *storetest.Clock) {
		taken := fault.Conflicts("index", "x", "The name is taken.")
		fails := func(c op.Caller) error {
			return b.Once(t.Context(), c, answer("second"), func(*store.Tx) error { return taken })
		}
		c := caller(token("one"))
		mustOnce(t, b, c, "first")
		if err := fails(c); !errors.Is(err, op.ErrReplayed) {
			t.Errorf("the same token: got %v, want ErrReplayed", err)
		}
		if err := fails(caller(token("two"))); !errors.Is(err, taken) {
			t.Errorf("another token: got %v, want the fault", err)
		}
		c.Token = nil
		if err := fails(c); !errors.Is(err, taken) {
			t.Errorf("no token: got %v, want the fault", err)
		}
	})
}

func TestWorkThatFailsKeepsNoAnswer(t *testing.T) {
	each(t, func(t *testing.T, b *Book, _ *storetest.Clock) {
		c := caller(token("one"))
		broken := fault.Conflicts("index", "x", "no")
		err := b.Once(t.Context(), c, answer("first"), func(*store.Tx) error { return broken })
		if !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		finds(t, b, c, "")
		mustOnce(t, b, c, "second")
	})
}

func TestTokensDoNotMeet(t *testing.T) {
	each(t, func(t *testing.T, b *Book, _ *storetest.Clock) {
		c := caller(token("one"))
		mustOnce(t, b, c, "first")
		for name, other := range map[string]op.Caller{
			"another token":       caller(token("ONE")),
			"another operation":   caller(op.Token{Operation: "CreatePlugin", Application: app, Value: "one"}),
			"another application": caller(op.Token{Operation: "CreateIndex", Value: "one"}),
			"another account":     {Account: "999999999999", Region: "us-east-1", Token: c.Token},
			"another Region":      {Account: "111122223333", Region: "eu-west-1", Token: c.Token},
		} {
			t.Run(name, func(t *testing.T) {
				finds(t, b, other, "")
				mustOnce(t, b, other, name)
				finds(t, b, other, name)
			})
		}
		finds(t, b, c, "first")
	})
}

func TestWithoutATokenNothingIsKept(t *testing.T) {
	each(t, func(t *testing.T, b *Book, _ *storetest.Clock) {
		c := op.Caller{Account: "111122223333", Region: "us-east-1"}
		for range 2 {
			mustOnce(t, b, c, "any")
		}
		if n := rows(t, b); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestAnAnswerLivesForADay(t *testing.T) {
	each(t, func(t *testing.T, b *Book, clock *storetest.Clock) {
		c := caller(token("one"))
		mustOnce(t, b, c, "first")
		clock.Advance(Life - time.Microsecond)
		finds(t, b, c, "first")
		if err := once(t, b, c, "second"); !errors.Is(err, op.ErrReplayed) {
			t.Errorf("got %v, want ErrReplayed", err)
		}
		clock.Advance(time.Microsecond)
		finds(t, b, c, "")
		mustOnce(t, b, c, "second")
		finds(t, b, c, "second")
		if n := rows(t, b); n != 1 {
			t.Errorf("%d rows, want the new one in the place of the old", n)
		}
	})
}

func TestATokenNoDatabaseCanHoldIsRefused(t *testing.T) {
	each(t, func(t *testing.T, b *Book, _ *storetest.Clock) {
		for _, value := range []string{"a\x00b", "\xff"} {
			_, _, err := b.Find(t.Context(), caller(token(value)), token(value))
			want := &fault.Error{Code: fault.Validation, Reason: fault.FieldValidationFailed, Fields: []fault.Field{{Name: "clientToken"}}}
			words := cmpopts.IgnoreFields(fault.Error{}, "Message")
			if diff := cmp.Diff(want, fault.As(err), words, cmpopts.IgnoreFields(fault.Field{}, "Message")); diff != "" {
				t.Errorf("%q (-want +got):\n%s", value, diff)
			}
		}
	})
}

func TestSweepRemovesWhatExpired(t *testing.T) {
	each(t, func(t *testing.T, b *Book, clock *storetest.Clock) {
		q := job.New(b.DB, slog.New(slog.DiscardHandler), clock.Now)
		b.Work(q)
		run := func() {
			t.Helper()
			if _, err := q.RunDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		fill(t, b, batch+1)
		run()
		clock.Advance(Life / 2)
		young := caller(token("young"))
		mustOnce(t, b, young, "young")
		run()
		if n := rows(t, b); n != batch+2 {
			t.Fatalf("%d rows before any has expired", n)
		}
		clock.Advance(Life/2 + time.Hour)
		run()
		if n := rows(t, b); n != 1 {
			t.Errorf("%d rows left, want 1", n)
		}
		finds(t, b, young, "young")
	})
}

func TestPurgeTakesOneApplication(t *testing.T) {
	each(t, func(t *testing.T, b *Book, _ *storetest.Clock) {
		fill(t, b, 5)
		above := caller(op.Token{Operation: "CreateApplication", Value: "0"})
		mustOnce(t, b, above, "stays")
		for i, want := range []bool{true, true, false} {
			err := b.DB.Update(t.Context(), func(tx *store.Tx) error {
				more, err := PurgeApplication(tx, above.Tenant(), app, 2)
				if more != want {
					t.Errorf("step %d: more = %t, want %t", i, more, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		finds(t, b, above, "stays")
		if n := rows(t, b); n != 1 {
			t.Errorf("%d rows left, want 1", n)
		}
	})
}

// fill keeps n answers, some hundreds in a transaction.
func fill(t *testing.T, b *Book, n int) {
	t.Helper()
	for from := 0; from < n; from += 500 {
		err := b.DB.Update(t.Context(), func(tx *store.Tx) error {
			for i := from; i < min(n, from+500); i++ {
				if err := keep(tx, caller(token(fmt.Sprint(i))), answer("any")); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func rows(t *testing.T, b *Book) (n int) {
	t.Helper()
	err := b.DB.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(`SELECT COUNT(*) /* every tenant: a test counts */ FROM replay`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
