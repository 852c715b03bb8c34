package store

import (
	"context"
	"database/sql"
)

// An engine runs one attempt of a transaction. Its errors are the driver's, so
// that conflict can tell which of them are worth another attempt.
type engine interface {
	update(ctx context.Context, fn func(session) error) error
	view(ctx context.Context, fn func(session) error) error
	// viewOne is view for a single statement, which is a snapshot by itself.
	viewOne(ctx context.Context, fn func(session) error) error

	// announced is a number that is another one as soon as anything may have been
	// changed, by any process; known is false when that cannot be known.
	announced() (n uint64, known bool)
	// committed is the number under which what is read from now on is true, for as
	// long as it is the announced one.
	committed(ctx context.Context) (n uint64, err error)

	// raw is a handle for statements outside transactions: migrations only.
	raw() *sql.DB
	// forget drops what connections remember of the tables, after these changed.
	forget()
	// catalog is a query for table, column, type, and place in the primary key
	// (0: not in it) of every column there is, in the columns' order.
	catalog() string
	// backup writes a copy of the embedded store to path, which does not exist.
	backup(ctx context.Context, path string) error
	close() error
}

// A session is the connection of one running transaction.
type session interface {
	exec(ctx context.Context, query string, args []any) (rows int64, err error)
	query(ctx context.Context, query string, args []any) (cursor, error)
}

// A cursor is the open result of one query; *sql.Rows and pgx.Rows are alike in
// all but Close.
type cursor interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// A Hook watches, and may disturb, every transaction. It is how tests lint
// statements and inject the failures of a distributed database.
type Hook interface {
	// Begin is called at the start of each attempt of a transaction; nil is a
	// watch that does nothing.
	Begin(write bool) Watch
}

// A Watch follows one attempt of a transaction.
type Watch interface {
	// Statement is called before each statement; its error becomes the statement's.
	Statement(query string) error
	// Changed is called after a statement with the rows it changed or returned.
	Changed(query string, rows int64)
	// Commit is called before the commit; its error becomes the commit's.
	Commit() error
}
