package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Tx is a running transaction. It belongs to the function it was given to, and
// is of no use afterwards.
type Tx struct {
	ctx     context.Context
	session session
	now     time.Time
	watch   Watch // nil outside tests
	mode    mode
	used    bool  // a statement has run
	reading bool  // a scan function of Each is running
	err     error // the first statement that failed, other than by ErrNoRows
	after   []func()
}

func newTx(ctx context.Context, s session, now time.Time, hook Hook, m mode) *Tx {
	tx := &Tx{ctx: ctx, session: s, now: now, mode: m}
	if hook != nil {
		tx.watch = hook.Begin(m == updating)
	}
	return tx
}

// run calls fn and decides whether the transaction may commit.
func (tx *Tx) run(fn func(tx *Tx) error) error {
	err := fn(tx)
	if tx.err != nil && (err == nil || conflict(tx.err)) {
		return tx.err // fn went on, or wrapped a conflict beyond recognition
	}
	if err == nil && tx.watch != nil {
		err = tx.watch.Commit()
	}
	return err
}

// Now is the moment of the transaction, the same for all its statements: UTC,
// whole microseconds. A transaction that is run again has a new one.
func (tx *Tx) Now() time.Time { return tx.now }

// Context is the context that Update or View was called with.
func (tx *Tx) Context() context.Context { return tx.ctx }

// AfterCommit has f called once the transaction is durable; not when it fails.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// Exec runs a statement that returns nothing and says how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (rows int64, err error) {
	if tx.mode != updating {
		return 0, tx.fail(ErrReadOnly)
	}
	err = tx.statement(query, args, func(args []any) (int64, error) {
		rows, err = tx.session.exec(tx.ctx, query, args)
		return rows, err
	})
	return rows, err
}

// Row is the first row of a query's result. The query runs when Scan is called.
type Row struct {
	tx    *Tx
	query string
	args  []any
}

// Row prepares a query of which one row is wanted.
func (tx *Tx) Row(query string, args ...any) *Row { return &Row{tx, query, args} }

// Scan runs the query and copies its first row to dest, or returns ErrNoRows.
func (r *Row) Scan(dest ...any) error {
	return r.tx.statement(r.query, r.args, func(args []any) (int64, error) {
		c, err := r.tx.session.query(r.tx.ctx, r.query, args)
		if err != nil {
			return 0, err
		}
		defer c.Close()
		if !c.Next() {
			if err := c.Err(); err != nil {
				return 0, err
			}
			return 0, ErrNoRows
		}
		if err := c.Scan(dest...); err != nil {
			return 0, err
		}
		c.Close() // PostgreSQL tells of some failures only at the end
		return 1, c.Err()
	})
}

// Rows is the row at hand in a scan function of Each.
type Rows struct{ cursor cursor }

// Scan copies the columns of the row to dest.
func (r *Rows) Scan(dest ...any) error { return r.cursor.Scan(dest...) }

// Each calls scan for every row of the result, in order, holding one at a time,
// and stops at its first error, which it returns. scan must not use tx: on
// neither engine can a connection run a statement inside another's result.
func (tx *Tx) Each(query string, args []any, scan func(r *Rows) error) error {
	var stopped error
	err := tx.statement(query, args, func(args []any) (n int64, err error) {
		c, err := tx.session.query(tx.ctx, query, args)
		if err != nil {
			return 0, err
		}
		tx.reading = true
		defer func() { tx.reading = false; c.Close() }()
		rows := &Rows{c}
		for c.Next() {
			if err := tx.ctx.Err(); err != nil {
				return n, err
			}
			if stopped = scan(rows); stopped != nil {
				return n, nil
			}
			n++
		}
		return n, c.Err()
	})
	if err == nil {
		err = stopped
	}
	return err
}

// statement does what every statement needs around its run.
func (tx *Tx) statement(query string, args []any, run func(args []any) (int64, error)) error {
	if err := tx.ready(query); err != nil {
		return tx.fail(err)
	}
	args, err := checked(args)
	if err != nil {
		return tx.fail(err)
	}
	n, err := run(args)
	if err != nil {
		return tx.fail(translate(err))
	}
	if tx.watch != nil {
		tx.watch.Changed(query, n)
	}
	return nil
}

// ready reports why no statement can run now.
func (tx *Tx) ready(query string) error {
	if tx.err != nil {
		return tx.err
	}
	if tx.reading {
		return errNested
	}
	if tx.mode == viewingOne && tx.used {
		return errSecond
	}
	tx.used = true
	if err := tx.ctx.Err(); err != nil {
		return err
	}
	if tx.watch != nil {
		return tx.watch.Statement(query)
	}
	return nil
}

// fail remembers the transaction's first error: PostgreSQL refuses to go on
// after one, so the embedded store does too.
func (tx *Tx) fail(err error) error {
	if tx.err == nil && !errors.Is(err, ErrNoRows) {
		tx.err = err
	}
	return err
}

// checked brings arguments to the few types that mean the same on both engines:
// nil, bool, int64, string and []byte.
func checked(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		v, err := value(a)
		if err != nil {
			return nil, fmt.Errorf("store: argument $%d: %w", i+1, err)
		}
		out[i] = v
	}
	return out, nil
}

func value(a any) (any, error) {
	switch v := a.(type) {
	case string:
		return v, text(v)
	case int64, bool, []byte, nil:
		return v, nil
	case int:
		return int64(v), nil
	}
	v, err := driver.DefaultParameterConverter.ConvertValue(a)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case string:
		return v, text(v)
	case time.Time:
		return nil, errors.New("a time is stored as BIGINT: pass store.Micros(t)")
	case float64:
		return nil, errors.New("no column holds a floating-point number")
	}
	return v, nil
}

// text refuses what PostgreSQL cannot keep in a TEXT column.
func text(s string) error {
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return ErrText
	}
	return nil
}

// RemoveUpTo runs statements that delete rows, each with args and, as its last
// argument, how many rows it may delete, until limit are deleted. It reports whether
// there may be more.
func (tx *Tx) RemoveUpTo(limit int, args []any, statements []string) (more bool, err error) {
	for _, statement := range statements {
		n, err := tx.Exec(statement, append(slices.Clip(args), limit)...)
		if err != nil {
			return false, err
		}
		if limit -= int(n); limit <= 0 {
			return true, nil
		}
	}
	return false, nil
}
