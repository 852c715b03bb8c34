package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrNoRows: the query of a Row had no result.
	ErrNoRows = errors.New("store: no rows")
	// ErrDuplicate: a primary key or unique index has that row already.
	ErrDuplicate = errors.New("store: duplicate key")
	// ErrReadOnly: a statement of a View wants to write.
	ErrReadOnly = errors.New("store: a view cannot write")
	// ErrClosed: the store was closed before.
	ErrClosed = errors.New("store: closed")
	// ErrText: a string holds a NUL character or is not UTF-8.
	ErrText = errors.New("text with a NUL character or invalid UTF-8 cannot be stored")
	// ErrNewerFormat: the store was written by a newer binary.
	ErrNewerFormat = errors.New("newer format")
	// ErrUnfinishedRestore: a restore into this store was cut short.
	ErrUnfinishedRestore = errors.New("unfinished restore")
)

var (
	errNested = errors.New("store: a statement inside the scan function of Each: collect the rows first, then ask")
	errSecond = errors.New("store: a second statement in a ViewOne: use View, whose statements see one snapshot")
	// errBegin: no transaction could be begun, so nothing was done.
	errBegin = errors.New("store: the database cannot be reached")
	// errGroupLost: a neighbour's failure took the whole group with it.
	errGroupLost = errors.New("store: the transaction's group was rolled back")
)

// SQLSTATE codes, https://www.postgresql.org/docs/current/errcodes-appendix.html
const (
	stateUniqueViolation      = "23505"
	stateSerializationFailure = "40001"
	stateDeadlockDetected     = "40P01"
)

// conflict reports whether err means that the same transaction may well succeed
// when run again, with nothing of this attempt left behind.
func conflict(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == stateSerializationFailure || pg.Code == stateDeadlockDetected
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY // another process has the turn
	}
	return errors.Is(err, errGroupLost)
}

// translate adds the package's own error to a driver's.
func translate(err error) error {
	if duplicate(err) {
		return fmt.Errorf("%w: %w", ErrDuplicate, err)
	}
	return err
}

func duplicate(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == stateUniqueViolation
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
	}
	return false
}

const (
	firstPause   = time.Millisecond
	longestPause = 200 * time.Millisecond
	maxBegins    = 20 // more than a pool may hold of connections that died with their server
	warnEvery    = 50 // attempts
)

// retry calls attempt until its error is not a conflict, or ctx ends. A database
// that cannot be reached is tried for a second or two: long enough for one that
// is restarted.
func (db *DB) retry(ctx context.Context, attempt func() error) error {
	begins := 0
	for n := 0; ; n++ {
		err := attempt()
		switch {
		case conflict(err):
		case errors.Is(err, errBegin) && begins < maxBegins:
			begins++
		default:
			return err
		}
		if n%warnEvery == warnEvery-1 {
			db.log.WarnContext(ctx, "a transaction keeps meeting conflicts", "store", db.where, "attempts", n+1, "error", err)
		}
		if ended := pause(ctx, n); ended != nil {
			return fmt.Errorf("store: %w after %d attempts; the last: %w", ended, n+1, err)
		}
	}
}

// pause waits a random part of a time that doubles with n.
func pause(ctx context.Context, n int) error {
	most := longestPause
	if n < 8 {
		most = min(longestPause, firstPause<<n)
	}
	timer := time.NewTimer(rand.N(most))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
