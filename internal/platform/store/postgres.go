package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	poolConnections = 16 // unless the URL says pool_max_conns
	endTimeout      = 30 * time.Second
)

// postgres is the engine for PostgreSQL and what speaks its protocol.
type postgres struct {
	pool *pgxpool.Pool
	std  *sql.DB // over the same pool, for migrations
}

// openPostgres also returns how to name the server in messages.
func openPostgres(ctx context.Context, url string) (*postgres, string, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, "", fmt.Errorf("store: the database URL cannot be used: %w", err) // pgx leaves the password out
	}
	if !strings.Contains(url, "pool_max_conns") {
		c.MaxConns = poolConnections
	}
	where := fmt.Sprintf("%s:%d/%s", c.ConnConfig.Host, c.ConnConfig.Port, c.ConnConfig.Database)
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, where, fmt.Errorf("store: %s: %w", where, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, where, fmt.Errorf("store: the database %s cannot be reached: %w", where, lastTryError{err})
	}
	return &postgres{pool: pool, std: stdlib.OpenDBFromPool(pool)}, where, nil
}

// lastTryError is an error of connecting without the tries before, of which pgx tells
// each in a line of its own: one for every address, with TLS and without.
type lastTryError struct{ error }

// Error is one line.
func (e lastTryError) Error() string {
	text := e.error.Error()
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}

// Unwrap returns all that pgx said.
func (e lastTryError) Unwrap() error { return e.error }

func (p *postgres) raw() *sql.DB { return p.std }

func (p *postgres) announced() (n uint64, known bool) { return 0, false }

func (p *postgres) committed(context.Context) (n uint64, err error) { return 0, nil }

func (p *postgres) forget() { p.pool.Reset() }

func (p *postgres) close() error {
	err := p.std.Close()
	p.pool.Close()
	return err
}

func (p *postgres) backup(context.Context, string) error {
	return errors.New("store: backup copies the embedded store; for PostgreSQL use pg_dump, or parley dump")
}

// update is serializable, because callers count and look before they write, as
// they may on the embedded store with its single writer.
func (p *postgres) update(ctx context.Context, fn func(session) error) error {
	return p.transact(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable}, fn)
}

func (p *postgres) view(ctx context.Context, fn func(session) error) error {
	return p.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
}

// viewOne sends the statement by itself: one round trip instead of three.
func (p *postgres) viewOne(ctx context.Context, fn func(session) error) error {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return notBegun(ctx, err)
	}
	defer conn.Release()
	err = fn(pgSession{conn})
	if err != nil && conn.Conn().IsClosed() {
		return notBegun(ctx, err) // nothing was written, so it may be asked again
	}
	return err
}

// notBegun tells a database that is out of reach from a caller who has gone.
func notBegun(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", errBegin, err)
}

func (p *postgres) transact(ctx context.Context, options pgx.TxOptions, fn func(session) error) error {
	tx, err := p.pool.BeginTx(ctx, options)
	if err != nil {
		return notBegun(ctx, err)
	}
	defer func() {
		ctx, cancel := ending(ctx)
		defer cancel()
		_ = tx.Rollback(ctx) // after a commit it does nothing, after a panic there is no one to tell
	}()
	if err := fn(pgSession{tx}); err != nil {
		return err
	}
	ctx, cancel := ending(ctx)
	defer cancel()
	return tx.Commit(ctx)
}

// ending is the context of a transaction's last statement: a commit that was
// sent is waited for even when the caller has gone.
func ending(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
}

func (p *postgres) catalog() string {
	return `SELECT c.table_name::text, c.column_name::text, c.data_type::text, COALESCE(k.ordinal_position, 0)::bigint
		FROM information_schema.columns c
		LEFT JOIN information_schema.table_constraints t
			ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.constraint_type = 'PRIMARY KEY'
		LEFT JOIN information_schema.key_column_usage k
			ON k.constraint_schema = t.constraint_schema AND k.constraint_name = t.constraint_name
			AND k.table_name = t.table_name AND k.column_name = c.column_name
		WHERE c.table_schema = current_schema()
		ORDER BY c.table_name, c.ordinal_position`
}

// pgSession is a session on a transaction, or on a connection outside of one.
type pgSession struct {
	tx interface {
		Exec(ctx context.Context, query string, args ...any) (pgconn.CommandTag, error)
		Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
	}
}

func (s pgSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	tag, err := s.tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

func (s pgSession) query(ctx context.Context, query string, args []any) (cursor, error) {
	return s.tx.Query(ctx, query, args...)
}
