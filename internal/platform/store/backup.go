package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a copy of the embedded store to the new file dst, as it is at
// one moment, while the store is in use. The copy is complete and on disk when
// Backup returns nil, and dst does not exist otherwise. An existing dst is
// refused with fs.ErrExist. To use the copy, put it into an empty data
// directory as parley.db.
func (db *DB) Backup(ctx context.Context, dst string) error {
	if _, err := os.Lstat(dst); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fs.ErrExist
		}
		return fmt.Errorf("store: backup to %s: %w", dst, err)
	}
	part, err := os.MkdirTemp(filepath.Dir(dst), ".parley-backup-")
	if err != nil {
		return fmt.Errorf("store: backup to %s: %w", dst, err)
	}
	defer os.RemoveAll(part)
	copied := filepath.Join(part, fileName)
	if err := db.engine.backup(ctx, copied); err != nil {
		return err
	}
	if err := publish(copied, dst); err != nil {
		return fmt.Errorf("store: backup to %s: %w", dst, err)
	}
	return nil
}

// publish gives a finished file its name, unless that is taken, and waits until
// both are on disk.
func publish(from, to string) error {
	if err := os.Chmod(from, 0o600); err != nil {
		return err
	}
	if err := syncPath(from); err != nil {
		return err
	}
	err := os.Link(from, to) // unlike a rename it never replaces
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = os.Rename(from, to) // a file system without links
	}
	if err != nil {
		return err
	}
	return syncPath(filepath.Dir(to))
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// backup runs on a connection of its own, which holds a snapshot meanwhile and
// keeps no one from writing.
func (e *embedded) backup(ctx context.Context, path string) error {
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	_, err = conn.ExecContext(ctx, "VACUUM INTO ?", path)
	if err := errors.Join(err, conn.Close()); err != nil {
		return fmt.Errorf("store: backup of %s: %w", e.path, err)
	}
	return nil
}
