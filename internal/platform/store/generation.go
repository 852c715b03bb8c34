package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

const generationName = "parley.generation"

// generation tells every process that has an embedded store open, without asking
// the database, that something was committed.
//
// The number itself is in the database, as SQLite's user_version: a transaction
// that changes anything makes it one more, and so a reader who reads it first
// never takes what it reads then for newer than it is. Before such a transaction
// commits, its number is announced in memory that the processes share. What was
// read under a number is true as long as that number is the one announced:
// every later commit was announced before it could be seen, by whomever, and
// whenever its process was killed. A commit that fails, or is never made, leaves
// an announced number that no reader has read; then nothing is remembered until
// the next commit.
type generation struct{ announced *atomic.Uint64 }

// openGeneration shares the announced number with whoever opens the same folder.
func openGeneration(dir string) (*generation, error) {
	path := filepath.Join(dir, generationName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	defer f.Close()
	size := os.Getpagesize()
	if err := f.Truncate(int64(size)); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	mapped, err := unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("store: mapping %s: %w", path, err)
	}
	g := &generation{(*atomic.Uint64)(unsafe.Pointer(&mapped[0]))} //nolint:gosec // the beginning of a page, which is longer and aligned
	// Not when the store is closed: who asks at that moment must not fall into a hole.
	runtime.AddCleanup(g, func(mapped []byte) { _ = unix.Munmap(mapped) }, mapped)
	return g, nil
}

// lonely is the generation of a store that no other process opens.
func lonely() *generation { return &generation{new(atomic.Uint64)} }

// now is the announced number.
func (g *generation) now() uint64 {
	n := g.announced.Load()
	runtime.KeepAlive(g)
	return n
}

// committed is the number that a connection sees in the database.
func committed(c *connection) (n uint64, err error) {
	rows, err := c.query(context.Background(), "PRAGMA user_version", nil)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var version int32
	if !rows.Next() {
		return 0, errors.Join(errors.New("store: the database has no user_version"), rows.Err())
	}
	err = rows.Scan(&version)
	return uint64(uint32(version)), err
}

// announce gives the open transaction of c its number, in the database and to
// everyone. It counts in 32 bits, as SQLite keeps it.
func (g *generation) announce(c *connection) error {
	n, err := committed(c)
	if err != nil {
		return err
	}
	next := int32(uint32(n) + 1)
	if _, err := c.conn.ExecContext(context.Background(), "PRAGMA user_version = "+strconv.Itoa(int(next))); err != nil {
		return err
	}
	g.announced.Store(uint64(uint32(next)))
	runtime.KeepAlive(g)
	return nil
}

// changes is how many rows the connection has changed since it was opened.
func changes(c *connection) (n int64, err error) {
	rows, err := c.query(context.Background(), "SELECT total_changes()", nil)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&n)
	}
	return n, errors.Join(err, rows.Err())
}
