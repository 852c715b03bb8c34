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
	"strings"
)

// A dump is lines of JSON, the same for both engines:
//
//	{"parley":"dump","version":1,"format":6,"created":1767225600000000}
//	{"table":"jobs","columns":[["tenant","TEXT"],["due_at","BIGINT"],…]}
//	["123456789012:us-east-1",1767225600000000,…]
//	{"rows":1,"sha256":"…"}
//
// TEXT is a string, BIGINT a number, BOOLEAN a boolean, BYTEA base64. The last
// line counts the rows and has the hash of every byte before it.
const dumpVersion = 1

type dumpHeader struct {
	Parley  string `json:"parley"`
	Version int    `json:"version"`
	Format  int64  `json:"format"`
	Created int64  `json:"created"`
}

type dumpTable struct {
	Table   string      `json:"table"`
	Columns [][2]string `json:"columns"`
}

type dumpTrailer struct {
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Dump writes every row of the store to w, as of one moment, holding one row at
// a time. Encrypted columns stay encrypted: the key is not in the dump.
func (db *DB) Dump(ctx context.Context, w io.Writer) error {
	var begun bool
	return db.run(ctx, nil, viewing, func(tx *Tx) error {
		if begun {
			return errors.New("store: the snapshot of the dump was lost: dump again")
		}
		begun = true
		d := &dumper{tx: tx, hash: sha256.New()}
		d.out = bufio.NewWriterSize(w, 1<<16)
		if err := d.all(db.engine); err != nil {
			return err
		}
		return d.out.Flush()
	})
}

type dumper struct {
	tx   *Tx
	out  *bufio.Writer
	hash hash.Hash
	rows int64
}

func (d *dumper) all(e engine) error {
	h := dumpHeader{Parley: "dump", Version: dumpVersion, Created: Micros(d.tx.Now())}
	if err := d.tx.Row(`SELECT COALESCE(MAX(version), 0) FROM store_version`).Scan(&h.Format); err != nil {
		return err
	}
	if err := d.line(h); err != nil {
		return err
	}
	tables, err := tablesIn(d.tx, e)
	if err != nil {
		return err
	}
	for _, t := range families(tables) {
		if err := d.table(t); err != nil {
			return fmt.Errorf("store: dumping %s: %w", t.name, err)
		}
	}
	return d.line(dumpTrailer{Rows: d.rows, SHA256: hex.EncodeToString(d.hash.Sum(nil))})
}

func (d *dumper) table(t table) error {
	h := dumpTable{Table: t.name}
	var names, absent []string
	for _, c := range t.columns {
		h.Columns = append(h.Columns, [2]string{c.name, c.kind})
		names = append(names, c.name)
		absent = append(absent, c.name+" IS NULL")
	}
	cells, err := newCells(t.columns)
	if err != nil {
		return err
	}
	if err := d.line(h); err != nil {
		return err
	}
	query := "SELECT " + strings.Join(append(names, absent...), ", ") + " FROM " + t.name
	if len(t.key) > 0 {
		query += " ORDER BY " + strings.Join(t.key, ", ")
	}
	return d.tx.Each(query, nil, func(r *Rows) error {
		row, err := cells.read(r)
		if err != nil {
			return err
		}
		d.rows++
		return d.line(row)
	})
}

// line writes v as one line, and adds it to the hash.
func (d *dumper) line(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	d.hash.Write(b.Bytes())
	_, err := d.out.Write(b.Bytes())
	return err
}

// cells is room for one row followed by whether each of its columns is NULL,
// which the SQLite driver does not tell from an empty BYTEA.
type cells struct {
	values []any
	absent []bool
	all    []any // pointers to both
}

func newCells(columns []column) (*cells, error) {
	c := &cells{absent: make([]bool, len(columns))}
	for _, col := range columns {
		v, err := cell(col.kind)
		if err != nil {
			return nil, err
		}
		c.values = append(c.values, v)
	}
	c.all = append(c.all, c.values...)
	for i := range c.absent {
		c.all = append(c.all, &c.absent[i])
	}
	return c, nil
}

// read is the row at hand, to be encoded before the next is read.
func (c *cells) read(r *Rows) ([]any, error) {
	if err := r.Scan(c.all...); err != nil {
		return nil, err
	}
	for i, v := range c.values {
		if b, ok := v.(*[]byte); ok && *b == nil && !c.absent[i] {
			*b = []byte{}
		}
	}
	return c.values, nil
}

// cell is where a value of a column type is scanned to and decoded into; a
// pointer to a nil one is SQL's NULL.
func cell(kind string) (any, error) {
	switch kind {
	case "TEXT":
		return new(*string), nil
	case "BIGINT":
		return new(*int64), nil
	case "BOOLEAN":
		return new(*bool), nil
	case "BYTEA":
		return new([]byte), nil
	}
	return nil, fmt.Errorf("the type %q is not one of TEXT, BIGINT, BOOLEAN, BYTEA", kind)
}
