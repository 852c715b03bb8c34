package store

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

//go:embed migrations/*.sql
var files embed.FS

const (
	versionTable = "store_version"
	metaTable    = "store_meta"

	migrationLease = "migration" // rows of store_meta
	restoreMark    = "restore"

	leaseTime = 2 * time.Minute
	leasePoll = 50 * time.Millisecond
)

// Migrations are the numbered files that make the tables, in one series for
// both engines. The number of the last one is the format of the store.
func Migrations() fs.FS {
	dir, err := fs.Sub(files, "migrations")
	if err != nil {
		return files // fs.Sub fails on an invalid name only
	}
	return dir
}

// migrate brings the store to this binary's format. Servers that start together
// wait for the one that got the lease; the lease spares them the race, while
// the safety lies in each migration committing together with its row in
// store_version.
func (db *DB) migrate(ctx context.Context) error {
	latest, err := latestFormat()
	if err != nil {
		return err
	}
	if err := db.bootstrap(ctx); err != nil {
		return err
	}
	owner := uuid.NewString()
	for {
		format, err := db.format(ctx)
		if err != nil {
			return err
		}
		if err := db.usable(ctx, format, latest); err != nil || format == latest {
			return err
		}
		leased, err := db.lease(ctx, owner)
		if err != nil {
			return err
		}
		if leased {
			break
		}
		if err := sleep(ctx, leasePoll); err != nil {
			return fmt.Errorf("store: %s: waiting for another process that migrates it: %w", db.where, err)
		}
	}
	err = db.migrateTo(ctx, latest)
	return cmp.Or(err, db.release(context.WithoutCancel(ctx), owner)) // a lease that stays ends by itself
}

// usable refuses what this binary must not touch.
func (db *DB) usable(ctx context.Context, format, latest int64) error {
	if format > latest {
		return fmt.Errorf("store: %s has format %d, a %w than this binary's %d: run a parley at least as new as the one that wrote it",
			db.where, format, ErrNewerFormat, latest)
	}
	_, marked, err := db.meta(ctx, restoreMark)
	if err == nil && marked {
		err = fmt.Errorf("store: %s holds an %w: remove its data and restore again", db.where, ErrUnfinishedRestore)
	}
	return err
}

// bootstrap makes the two tables that migrations need themselves. PostgreSQL
// lets CREATE TABLE IF NOT EXISTS fail when two try at once; by then one did it.
func (db *DB) bootstrap(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		tables, err := db.tables(ctx)
		if err != nil {
			return err
		}
		if hasTable(tables, metaTable) && hasTable(tables, versionTable) {
			return nil
		}
		err = db.run(ctx, nil, updating, func(tx *Tx) error {
			if _, err := tx.Exec(`CREATE TABLE IF NOT EXISTS store_meta
				(name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, expires_at BIGINT NOT NULL)`); err != nil {
				return err
			}
			_, err := tx.Exec(createVersions)
			return err
		})
		if err != nil && attempt == 5 {
			return fmt.Errorf("store: %s: %w", db.where, err)
		}
	}
}

// format is the number of the last migration applied; 0 before the first.
func (db *DB) format(ctx context.Context) (format int64, err error) {
	err = db.run(ctx, nil, viewing, func(tx *Tx) error {
		return tx.Row(`SELECT COALESCE(MAX(version), 0) FROM store_version`).Scan(&format)
	})
	return format, err
}

func latestFormat() (int64, error) {
	names, err := fs.Glob(Migrations(), "*.sql")
	if err != nil || len(names) == 0 {
		return 0, errors.Join(errors.New("store: this binary has no migrations"), err)
	}
	return goose.NumericComponent(slices.Max(names))
}

// migrateTo applies what is missing up to a format, each migration in a
// transaction of its own.
func (db *DB) migrateTo(ctx context.Context, format int64) error {
	p, err := goose.NewProvider(goose.DialectCustom, db.engine.raw(), Migrations(),
		goose.WithStore(versions{db.now}), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	results, err := p.UpTo(ctx, format)
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		return fmt.Errorf("store: %s: the migration %s failed: %w", db.where, partial.Failed.Source.Path, partial.Err)
	}
	if err != nil {
		return fmt.Errorf("store: migrating %s: %w", db.where, err)
	}
	var took time.Duration
	for _, r := range results {
		took += r.Duration
		db.log.Debug("migration", "store", db.where, "migration", r.Source.Path, "took", r.Duration)
	}
	db.log.Info("migrated", "store", db.where, "format", format, "migrations", len(results), "took", took.Round(time.Millisecond))
	db.engine.forget()
	return nil
}

// lease tries to become the one that migrates.
func (db *DB) lease(ctx context.Context, owner string) (leased bool, err error) {
	err = db.run(ctx, nil, updating, func(tx *Tx) error {
		now := Micros(tx.Now())
		if _, err := tx.Exec(`INSERT INTO store_meta (name, value, expires_at) VALUES ($1, '', 0) ON CONFLICT (name) DO NOTHING`,
			migrationLease); err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE store_meta SET value = $1, expires_at = $2 WHERE name = $3 AND expires_at <= $4`,
			owner, now+leaseTime.Microseconds(), migrationLease, now)
		leased = n == 1
		return err
	})
	return leased, err
}

func (db *DB) release(ctx context.Context, owner string) error {
	return db.run(ctx, nil, updating, func(tx *Tx) error {
		_, err := tx.Exec(`DELETE FROM store_meta WHERE name = $1 AND value = $2`, migrationLease, owner)
		return err
	})
}

func (db *DB) meta(ctx context.Context, name string) (value string, ok bool, err error) {
	err = db.run(ctx, nil, viewing, func(tx *Tx) error {
		err := tx.Row(`SELECT value FROM store_meta WHERE name = $1`, name).Scan(&value)
		ok = err == nil
		if errors.Is(err, ErrNoRows) {
			return nil
		}
		return err
	})
	return value, ok, err
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

const createVersions = `CREATE TABLE IF NOT EXISTS store_version (version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)`

// versions is goose's table of applied migrations, in the SQL subset: goose's
// own uses a sequence and the database's clock on PostgreSQL.
type versions struct{ now func() time.Time }

func (versions) Tablename() string { return versionTable }

func (versions) CreateVersionTable(ctx context.Context, db database.DBTxConn) error {
	_, err := db.ExecContext(ctx, createVersions)
	return err
}

func (v versions) Insert(ctx context.Context, db database.DBTxConn, r database.InsertRequest) error {
	_, err := db.ExecContext(ctx, `INSERT INTO store_version (version, applied_at) VALUES ($1, $2)`, r.Version, Micros(v.now()))
	return err
}

func (versions) Delete(context.Context, database.DBTxConn, int64) error {
	return errors.New("store: migrations go forward only")
}

func (versions) GetMigration(ctx context.Context, db database.DBTxConn, version int64) (*database.GetMigrationResult, error) {
	var us int64
	err := db.QueryRowContext(ctx, `SELECT applied_at FROM store_version WHERE version = $1`, version).Scan(&us)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, database.ErrVersionNotFound
	}
	return &database.GetMigrationResult{Timestamp: FromMicros(us), IsApplied: true}, err
}

func (versions) GetLatestVersion(ctx context.Context, db database.DBTxConn) (int64, error) {
	var v sql.NullInt64
	err := db.QueryRowContext(ctx, `SELECT MAX(version) FROM store_version`).Scan(&v)
	if err == nil && !v.Valid {
		err = database.ErrVersionNotFound
	}
	return v.Int64, err
}

func (versions) ListMigrations(ctx context.Context, db database.DBTxConn) (list []*database.ListMigrationsResult, err error) {
	rows, err := db.QueryContext(ctx, `SELECT version FROM store_version ORDER BY version DESC`)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, rows.Close()) }()
	for rows.Next() {
		m := &database.ListMigrationsResult{IsApplied: true}
		if err := rows.Scan(&m.Version); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, rows.Err()
}
