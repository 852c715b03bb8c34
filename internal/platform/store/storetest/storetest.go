// Package storetest gives tests a store: SQLite always, and every PostgreSQL
// that PARLEY_TEST_POSTGRES names, each test with a schema to itself. It holds
// every statement of a test to the SQL subset that both engines, and the
// distributed databases that speak PostgreSQL's protocol, understand; it counts
// the rows a transaction changes; and it injects the conflicts that such
// databases answer with. It owns no rows.
package storetest

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/parleyhq/parley/internal/platform/store"
)

// Variable names the environment variable with the URLs of the PostgreSQL
// databases to test on, separated by commas. The user must be allowed to create
// schemas there.
const Variable = "PARLEY_TEST_POSTGRES"

// Start is the time of a new Clock.
func Start() time.Time { return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC) }

// Clock is a clock that moves only when told. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock at Start.
func NewClock() *Clock { return &Clock{now: Start()} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Option changes how a test's store is opened.
type Option func(*options)

type options struct {
	now    func() time.Time
	inject *injector
}

// WithClock makes now the clock of the store; without it, the time stands at Start.
func WithClock(now func() time.Time) Option {
	return func(o *options) { o.now = now }
}

// New opens a SQLite store for t, with every statement linted.
func New(t testing.TB, opts ...Option) *store.DB {
	t.Helper()
	return open(t, embedded(t), opts)
}

// Each runs test on SQLite and on every PostgreSQL there is, on a store without
// rows, whose tables the test leaves as they are. Where there is no PostgreSQL it
// says so, and fails if it runs in CI.
func Each(t *testing.T, test func(t *testing.T, db *store.DB), opts ...Option) {
	t.Helper()
	onEach(t, embedded, lent, func(t *testing.T, c store.Config) { test(t, open(t, c, opts)) })
}

// EachConfig is Each for a test that opens its stores itself: every Open of the
// config reaches the same data, and the first one makes the tables. SQLite's is a
// directory of the test's.
func EachConfig(t *testing.T, test func(t *testing.T, c store.Config)) {
	t.Helper()
	onEach(t,
		func(t testing.TB) store.Config { return store.Config{Dir: t.TempDir(), Now: Start} },
		func(t testing.TB, database string) store.Config {
			return store.Config{URL: schema(t, database), Now: Start}
		},
		test)
}

// onEach runs test on a store of each kind.
func onEach(t *testing.T, sqlite func(testing.TB) store.Config, postgres func(testing.TB, string) store.Config, test func(*testing.T, store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t)) })
	urls, err := postgresURLs(os.Getenv(Variable), os.Getenv("CI") == "true")
	if err != nil {
		t.Fatal(err)
	}
	if len(urls) == 0 {
		t.Logf("%s is empty: not run on PostgreSQL", Variable)
	}
	for i, u := range urls {
		t.Run(fmt.Sprintf("postgres%d", i+1), func(t *testing.T) { test(t, postgres(t, u)) })
	}
}

// open opens what c names for t, linted.
func open(t testing.TB, c store.Config, opts []Option) *store.DB {
	t.Helper()
	o := options{now: Start}
	for _, opt := range opts {
		opt(&o)
	}
	c.Now = o.now
	c.Log = slog.New(slog.DiscardHandler)
	h := &hook{t: t, inject: o.inject}
	c.Hook = h
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("opening the store: %v", err)
	}
	t.Cleanup(func() {
		if c.URL == "" {
			h.off.Store(true)
			checkTypes(t, db)
		}
		if err := db.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	return db
}

// postgresURLs splits the value of Variable. An empty one is an error in CI.
func postgresURLs(list string, ci bool) ([]string, error) {
	if list != "" {
		return strings.Split(list, ","), nil
	}
	if ci {
		return nil, fmt.Errorf("%s is empty: in CI every test of rows must run on PostgreSQL too", Variable)
	}
	return nil, nil
}

// schema makes a schema for t, dropped at its end, and returns the URL for it.
func schema(t testing.TB, database string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	execute(t, database, "CREATE SCHEMA "+name)
	t.Cleanup(func() { execute(t, database, "DROP SCHEMA "+name+" CASCADE") })
	return inSchema(t, database, name)
}

// inSchema is the URL of a database for who is to know one schema alone.
func inSchema(t testing.TB, database, name string) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func execute(t testing.TB, database, statement string) {
	t.Helper()
	ctx := context.Background() // a test's own context is over when it cleans up
	conn := connect(t, database)
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func connect(t testing.TB, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), database)
	if err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	return conn
}
