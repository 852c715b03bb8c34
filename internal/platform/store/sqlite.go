package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const (
	fileName       = "parley.db"
	readers        = 4   // connections that read beside the writer
	statementsKept = 256 // prepared statements per connection
)

// embedded is the engine on a SQLite file: one connection that writes, a few
// that read, all in this process; other processes may have theirs.
type embedded struct {
	path       string
	scratch    string // a folder to remove at the end, for the scratch store
	db         *sql.DB
	generation *generation
	writer     *writer
	readers    chan *connection // nil: a reader not opened yet
}

// openSQLite also returns the path of the file, for messages.
func openSQLite(ctx context.Context, dir string) (_ *embedded, path string, err error) {
	e := &embedded{readers: make(chan *connection, readers), generation: lonely()}
	for range readers {
		e.readers <- nil
	}
	if dir == "" {
		if dir, err = os.MkdirTemp("", "parley-scratch-"); err != nil {
			return nil, "", fmt.Errorf("store: %w", err)
		}
		e.scratch = dir
	}
	e.path = filepath.Join(dir, fileName)
	if err := prepareFile(dir, e.path); err != nil {
		return nil, e.path, fmt.Errorf("store: %w", err)
	}
	if e.db, err = sql.Open("sqlite", e.dsn()); err != nil {
		return nil, e.path, fmt.Errorf("store: %s: %w", e.path, err)
	}
	c, err := e.connect(ctx, "PRAGMA busy_timeout = 50") // its turn is short: retry does the waiting
	if err != nil {
		_ = e.close()
		return nil, e.path, fmt.Errorf("store: %s: %w", e.path, err)
	}
	if e.scratch == "" {
		if e.generation, err = openGeneration(dir); err != nil {
			return nil, e.path, errors.Join(err, c.close(), e.db.Close())
		}
	}
	e.writer = &writer{conn: c, generation: e.generation}
	return e, e.path, nil
}

// prepareFile makes folder and file readable by their owner only; SQLite gives
// the files beside the database the mode of the database.
func prepareFile(dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// dsn names the file and what holds for every connection to it.
func (e *embedded) dsn() string {
	synchronous := "FULL"
	if e.scratch != "" {
		synchronous = "OFF"
	}
	pragmas := url.Values{"_pragma": {
		"busy_timeout(5000)",
		"journal_mode(WAL)",
		"synchronous(" + synchronous + ")",
		"cache_size(-8192)",
		"mmap_size(268435456)",
		"temp_store(MEMORY)",
		"journal_size_limit(67108864)",
		"wal_autocheckpoint(4000)", // 16 MiB: pages that are written again and again go to the file once
	}}
	abs, err := filepath.Abs(e.path)
	if err != nil {
		abs = e.path
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(abs), RawQuery: pragmas.Encode()}
	return u.String()
}

// connect opens a connection that is ours alone, so that its statements stay
// prepared and its transactions are plain statements.
func (e *embedded) connect(ctx context.Context, pragmas ...string) (*connection, error) {
	conn, err := e.dial(ctx)
	if err != nil {
		return nil, err
	}
	c := &connection{conn: conn, statements: map[string]*sql.Stmt{}}
	for _, pragma := range pragmas {
		if _, err := conn.ExecContext(ctx, pragma); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return c, nil
}

// dial opens the file. Whoever is first puts it into WAL mode, which SQLite lets
// no one wait for: the others are told that it is busy, and try again.
func (e *embedded) dial(ctx context.Context) (*sql.Conn, error) {
	const attempts = 50 // some seconds
	for n := 0; ; n++ {
		conn, err := e.db.Conn(ctx)
		if !conflict(err) || n == attempts {
			return conn, err
		}
		if ended := pause(ctx, n); ended != nil {
			return nil, ended
		}
	}
}

func (e *embedded) raw() *sql.DB { return e.db }

func (e *embedded) announced() (n uint64, known bool) {
	return e.generation.now(), true
}

func (e *embedded) committed(ctx context.Context) (n uint64, err error) {
	err = e.read(ctx, func(c *connection) error {
		n, err = committed(c)
		return err
	})
	return n, err
}

// forget has nothing to do: SQLite prepares statements again by itself.
func (e *embedded) forget() {}

func (e *embedded) update(ctx context.Context, fn func(session) error) error {
	return e.writer.update(ctx, fn)
}

func (e *embedded) view(ctx context.Context, fn func(session) error) error {
	return e.read(ctx, func(c *connection) error {
		if err := c.run("BEGIN"); err != nil {
			return err
		}
		defer c.run("COMMIT") //nolint:errcheck // a snapshot has nothing to lose
		return fn(c)
	})
}

func (e *embedded) viewOne(ctx context.Context, fn func(session) error) error {
	return e.read(ctx, func(c *connection) error { return fn(c) })
}

// read lends a reading connection to fn.
func (e *embedded) read(ctx context.Context, fn func(*connection) error) (err error) {
	var c *connection
	var open bool
	select {
	case c, open = <-e.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !open {
		return ErrClosed
	}
	defer func() { e.readers <- c }()
	if c == nil {
		if c, err = e.connect(ctx, "PRAGMA query_only = ON"); err != nil {
			return err
		}
	}
	return fn(c)
}

func (e *embedded) catalog() string {
	return `SELECT t.name, c.name, c.type, c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.cid`
}

func (e *embedded) close() error {
	var errs []error
	if e.writer != nil {
		errs = append(errs, e.writer.close())
	}
	for range readers {
		if c := <-e.readers; c != nil {
			errs = append(errs, c.close())
		}
	}
	close(e.readers)
	errs = append(errs, e.db.Close())
	if e.scratch != "" {
		errs = append(errs, os.RemoveAll(e.scratch))
	}
	return errors.Join(errs...)
}

// connection is a session on one connection to the file. Statements are not
// given the caller's context: SQLite answers an interrupted write by rolling
// back the whole transaction, which here may hold other callers' changes. Tx
// looks at the context before every statement and every row instead.
type connection struct {
	conn       *sql.Conn
	statements map[string]*sql.Stmt
}

func (c *connection) prepared(query string) (*sql.Stmt, error) {
	if s, ok := c.statements[query]; ok {
		return s, nil
	}
	for text, s := range c.statements {
		if len(c.statements) < statementsKept {
			break
		}
		delete(c.statements, text)
		if err := s.Close(); err != nil {
			return nil, err
		}
	}
	s, err := c.conn.PrepareContext(context.Background(), query)
	if err == nil {
		c.statements[query] = s
	}
	return s, err
}

func (c *connection) exec(_ context.Context, query string, args []any) (int64, error) {
	s, err := c.prepared(query)
	if err != nil {
		return 0, err
	}
	result, err := s.Exec(args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c *connection) query(_ context.Context, query string, args []any) (cursor, error) {
	s, err := c.prepared(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.Query(args...) //nolint:rowserrcheck // the cursor passes it on
	if err != nil {
		return nil, err
	}
	return sqlRows{rows}, nil
}

// run executes a statement of transaction control.
func (c *connection) run(query string) error {
	_, err := c.exec(context.Background(), query, nil)
	return err
}

func (c *connection) close() error {
	for _, s := range c.statements {
		_ = s.Close()
	}
	return c.conn.Close()
}

type sqlRows struct{ *sql.Rows }

func (r sqlRows) Close() { _ = r.Rows.Close() }
