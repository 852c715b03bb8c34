// Package store keeps Parley's rows: in an embedded SQLite file, or in
// PostgreSQL (or an engine that speaks its protocol) when several servers
// share one state. One SQL text, written in the rows.go of each family, runs on
// both; package storetest holds every statement to the subset that makes this
// true.
//
// It owns connections, transactions, the retry of conflicts, the grouped
// commit of the embedded store, migrations, the lock of a data directory,
// backup, dump and restore. Its own tables are store_version (the migrations
// applied) and store_meta (the migration lease, the mark of an unfinished
// restore). It owns no other rows: migrations/ is only where the families'
// tables are numbered.
//
// Engines differ in one thing that callers must mind: the order of TEXT is the
// database's collation on PostgreSQL and bytewise on SQLite. Keyset pages are
// right on both, as long as the comparison stays in SQL.
package store

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// Config says where the state is.
type Config struct {
	Dir  string           // folder of the embedded store (parley.db); made with mode 0700 when absent
	URL  string           // postgres://…; used instead of Dir when not empty
	Now  func() time.Time // required: the clock of every transaction
	Log  *slog.Logger     // nil: nothing is logged
	Hook Hook             // nil outside tests, see storetest
}

// DB is an open store. It is safe for concurrent use.
type DB struct {
	engine engine
	now    func() time.Time
	log    *slog.Logger
	hook   Hook
	where  string // for messages: the file, or the server without its password
	closed atomic.Bool
}

// Open opens the store and brings its tables to this binary's format. With
// neither Dir nor URL it makes a scratch store that Close removes: the same
// engine as Dir, without waiting for the disk. It takes no exclusive lock: a
// tool may open the embedded store of a running server (see Lock).
//
// A store written by a newer binary (ErrNewerFormat), or one in which a restore
// did not finish (ErrUnfinishedRestore), is refused.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.Now == nil {
		return nil, errors.New("store: Config.Now is missing")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	db := &DB{now: c.Now, log: c.Log, hook: c.Hook}
	var err error
	if c.URL != "" {
		db.engine, db.where, err = openPostgres(ctx, c.URL)
	} else {
		db.engine, db.where, err = openSQLite(ctx, c.Dir)
	}
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx); err != nil {
		_ = db.engine.close()
		return nil, err
	}
	return db, nil
}

// Close ends the store's connections, after the transactions still running. From
// then on Update and View answer ErrClosed; a second Close does nothing.
func (db *DB) Close() error {
	if db.closed.Swap(true) {
		return nil
	}
	return db.engine.close()
}

// Update runs fn in a transaction that may write, and returns once it is
// durable. Transactions are serializable on both engines. When the database
// answers with a conflict (40001, 40P01, busy) fn is run again, with a growing
// pause, until it succeeds or ctx ends: fn must have no effect but through tx.
//
// When fn fails, or panics, nothing of it stays. A statement that failed fails
// the transaction, even if fn goes on; only ErrNoRows leaves it whole. On the
// embedded store all writers share one turn, so fn must not wait for anything.
//
// What fn relies on it has to read: a row that only an ON CONFLICT DO NOTHING has
// found, PostgreSQL does not watch over, and another transaction may remove it and
// commit as well.
//
// Errors: fn's own; ErrDuplicate; ctx's, when it ended before the commit began.
// Once a commit has begun its outcome is waited for, so that the answer is true.
func (db *DB) Update(ctx context.Context, fn func(tx *Tx) error) error {
	return db.run(ctx, db.hook, updating, fn)
}

// View runs fn on one consistent snapshot. Conflicts are retried as in Update.
func (db *DB) View(ctx context.Context, fn func(tx *Tx) error) error {
	return db.run(ctx, db.hook, viewing, fn)
}

// ViewOne is View for a function that reads with a single statement, the
// cheapest there is: no transaction is opened for it. A second statement is
// refused.
func (db *DB) ViewOne(ctx context.Context, fn func(tx *Tx) error) error {
	return db.run(ctx, db.hook, viewingOne, fn)
}

// mode is what a transaction may do.
type mode int

const (
	viewing mode = iota
	viewingOne
	updating
)

// run makes attempts until one ends in something other than a conflict.
func (db *DB) run(ctx context.Context, hook Hook, m mode, fn func(tx *Tx) error) error {
	var tx *Tx
	once := func(s session) error {
		tx = newTx(ctx, s, moment(db.now), hook, m)
		return tx.run(fn)
	}
	attempt := db.engine.view
	switch m {
	case viewingOne:
		attempt = db.engine.viewOne
	case updating:
		attempt = db.engine.update
	}
	err := db.retry(ctx, func() error {
		if db.closed.Load() {
			return ErrClosed
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return attempt(ctx, once)
	})
	if err != nil {
		return err
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// moment is the clock's time as it can be stored: UTC, whole microseconds.
func moment(now func() time.Time) time.Time {
	return now().UTC().Truncate(time.Microsecond)
}

// Micros is t as a BIGINT column holds it: microseconds since 1970, UTC.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// FromMicros is the time that Micros made us from, in UTC.
func FromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }
