package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"reflect"
	"slices"
	"strings"
)

const (
	restoreRows  = 1000    // rows in one transaction
	restoreBytes = 4 << 20 // of lines in one transaction, about
	maxLine      = 1 << 26 // of one row
)

// ErrNotEmpty says that a restore would mix two stores.
var ErrNotEmpty = errors.New("the store is not empty")

// Restore reads a dump into this store, which must hold no rows (ErrNotEmpty).
// A dump of an older format is loaded as that format and then migrated; one of
// a newer format is refused (ErrNewerFormat). A dump that is cut short or
// damaged is refused, and leaves the store empty. If the process ends midway,
// Open refuses the store from then on (ErrUnfinishedRestore). Nothing else may
// use the store meanwhile.
func (db *DB) Restore(ctx context.Context, r io.Reader) error {
	latest, err := latestFormat()
	if err != nil {
		return err
	}
	l := &loader{db: db, in: bufio.NewReaderSize(r, 1<<16), hash: sha256.New()}
	header, err := l.header(latest)
	if err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	if err := db.empty(ctx); err != nil {
		return fmt.Errorf("store: restore into %s: %w", db.where, err)
	}
	if err := db.mark(ctx); err != nil {
		return err
	}
	if err := l.into(ctx, header.Format, latest); err != nil {
		clean := context.WithoutCancel(ctx)
		return errors.Join(fmt.Errorf("store: restore, line %d: %w", l.lines, err), db.rebuild(clean, latest), db.unmark(clean))
	}
	return db.unmark(ctx)
}

// empty checks that no family has a row.
func (db *DB) empty(ctx context.Context) error {
	return db.run(ctx, nil, viewing, func(tx *Tx) error {
		tables, err := tablesIn(tx, db.engine)
		if err != nil {
			return err
		}
		for _, t := range families(tables) {
			var n int64
			if err := tx.Row("SELECT COUNT(*) FROM " + t.name).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return fmt.Errorf("%w: %s has %d rows", ErrNotEmpty, t.name, n)
			}
		}
		return nil
	})
}

func (db *DB) mark(ctx context.Context) error {
	return db.run(ctx, nil, updating, func(tx *Tx) error {
		_, err := tx.Exec(`INSERT INTO store_meta (name, value, expires_at) VALUES ($1, $2, 0)`, restoreMark, "running")
		return err
	})
}

func (db *DB) unmark(ctx context.Context) error {
	return db.run(ctx, nil, updating, func(tx *Tx) error {
		_, err := tx.Exec(`DELETE FROM store_meta WHERE name = $1`, restoreMark)
		return err
	})
}

// rebuild makes the families' tables anew, empty, in a format.
func (db *DB) rebuild(ctx context.Context, format int64) error {
	tables, err := db.tables(ctx)
	if err != nil {
		return err
	}
	err = db.run(ctx, nil, updating, func(tx *Tx) error {
		for _, t := range families(slices.Clone(tables)) {
			if _, err := tx.Exec("DROP TABLE " + t.name); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`DELETE FROM store_version WHERE version > 0`)
		return err
	})
	if err != nil {
		return err
	}
	return db.migrateTo(ctx, format)
}

// loader reads one dump.
type loader struct {
	db    *DB
	in    *bufio.Reader
	hash  hash.Hash // of the lines read
	lines int64
	rows  int64
	table target
	batch []json.RawMessage
	bytes int
}

// target is the table whose rows are being read.
type target struct {
	insert string
	kinds  []string
}

// header reads the first line.
func (l *loader) header(latest int64) (h dumpHeader, err error) {
	line, err := l.line()
	if err != nil {
		return h, err
	}
	if json.Unmarshal(line, &h) != nil || h.Parley != "dump" || h.Version < 1 || h.Format < 1 {
		return h, errors.New("this is not a dump of Parley: its first line is another")
	}
	if h.Version > dumpVersion || h.Format > latest {
		return h, fmt.Errorf("the dump has version %d and format %d, a %w than this binary's %d and %d: restore it with a newer parley",
			h.Version, h.Format, ErrNewerFormat, dumpVersion, latest)
	}
	return h, nil
}

// into loads the rows into the dump's own format and brings them to the latest.
func (l *loader) into(ctx context.Context, format, latest int64) error {
	if format != latest {
		if err := l.db.rebuild(ctx, format); err != nil {
			return err
		}
	}
	tables, err := l.db.tables(ctx)
	if err != nil {
		return err
	}
	if err := l.body(ctx, families(tables)); err != nil {
		return err
	}
	if format == latest {
		return nil
	}
	return l.db.migrateTo(ctx, latest)
}

// body reads tables and rows up to the last line, and checks that one.
func (l *loader) body(ctx context.Context, tables []table) error {
	for {
		sum := hex.EncodeToString(l.hash.Sum(nil))
		line, err := l.line()
		if err != nil {
			return err
		}
		if line[0] == '[' {
			if err := l.row(ctx, line); err != nil {
				return err
			}
			continue
		}
		if err := l.flush(ctx); err != nil {
			return err
		}
		if !bytes.HasPrefix(line, []byte(`{"table"`)) {
			return l.trailer(line, sum)
		}
		if l.table, err = newTarget(line, tables); err != nil {
			return err
		}
	}
}

// line reads one line, without its end, and adds it to the hash. Input that
// ends here ends too early.
func (l *loader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			break
		}
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the dump is cut short: its last line is missing")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		if len(line) > maxLine {
			return nil, fmt.Errorf("a line is longer than %d bytes", maxLine)
		}
	}
	l.hash.Write(line)
	l.lines++
	if line = bytes.TrimSpace(line); len(line) == 0 {
		return nil, errors.New("the line is empty")
	}
	return line, nil
}

func (l *loader) trailer(line []byte, sum string) error {
	var t dumpTrailer
	if err := json.Unmarshal(line, &t); err != nil || t.SHA256 == "" {
		return errors.New("the line is no table, no row, and not the last line")
	}
	if t.Rows != l.rows || t.SHA256 != sum {
		return fmt.Errorf("the dump is damaged: it has %d rows with the hash %s, its last line says %d and %s", l.rows, sum, t.Rows, t.SHA256)
	}
	if _, err := l.in.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("there is something after the last line")
	}
	return nil
}

// newTarget reads the line that begins a table. Names are compared with the
// catalogue's before they become part of a statement.
func newTarget(line []byte, tables []table) (target, error) {
	var h dumpTable
	if err := json.Unmarshal(line, &h); err != nil {
		return target{}, err
	}
	i := slices.IndexFunc(tables, func(t table) bool { return t.name == h.Table })
	if i < 0 {
		return target{}, fmt.Errorf("there is no table %q", h.Table)
	}
	var t target
	var names, places []string
	for n, c := range h.Columns {
		if !slices.Contains(tables[i].columns, column{c[0], c[1]}) {
			return target{}, fmt.Errorf("the table %s has no column %q of type %q", h.Table, c[0], c[1])
		}
		names = append(names, c[0])
		places = append(places, fmt.Sprintf("$%d", n+1))
		t.kinds = append(t.kinds, c[1])
	}
	t.insert = "INSERT INTO " + h.Table + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(places, ", ") + ")"
	return t, nil
}

// row keeps a line until there are enough for a transaction.
func (l *loader) row(ctx context.Context, line []byte) error {
	if l.table.insert == "" {
		return errors.New("a row before any table")
	}
	l.batch = append(l.batch, line)
	l.bytes += len(line)
	l.rows++
	if len(l.batch) < restoreRows && l.bytes < restoreBytes {
		return nil
	}
	return l.flush(ctx)
}

func (l *loader) flush(ctx context.Context) error {
	if len(l.batch) == 0 {
		return nil
	}
	err := l.db.run(ctx, nil, updating, func(tx *Tx) error {
		for _, line := range l.batch {
			args, err := l.table.values(line)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(l.table.insert, args...); err != nil {
				return err
			}
		}
		return nil
	})
	l.batch, l.bytes = l.batch[:0], 0
	return err
}

// values decodes a row's line by its columns' types.
func (t target) values(line []byte) ([]any, error) {
	var cells []json.RawMessage
	if err := json.Unmarshal(line, &cells); err != nil {
		return nil, err
	}
	if len(cells) != len(t.kinds) {
		return nil, fmt.Errorf("the row has %d values, the table %d columns", len(cells), len(t.kinds))
	}
	args := make([]any, len(cells))
	for i, raw := range cells {
		v, err := cell(t.kinds[i])
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, v); err != nil {
			return nil, fmt.Errorf("column %d: %w", i+1, err)
		}
		args[i] = reflect.ValueOf(v).Elem().Interface()
	}
	return args, nil
}
