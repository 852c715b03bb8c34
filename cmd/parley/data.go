package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/index"
)

type backupCmd struct {
	state
	File string `arg:"" name:"file" help:"The new file to write. It is not replaced if it exists."`
}

// Help says what the one-line help cannot.
func (backupCmd) Help() string {
	return `The copy is whole, as of one moment, whoever writes meanwhile. To use it, put it into an empty data directory as ` + storeFile + `, beside the ` + seal.MasterFile + ` of the original: secrets in the copy stay encrypted under that key, which is not in it.`
}

// Run writes the copy.
func (c backupCmd) Run(p *process) error {
	db, err := c.store(p)
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.Backup(p.ctx, c.File)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: a backup replaces nothing, name another file", c.File)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.err, "Wrote %s. Keep %s with it: the secrets in it are encrypted under that key.\n", c.File, c.masterKey(p))
	return err
}

// masterKey names where the master key is, for a person.
func (s state) masterKey(p *process) string {
	if p.env("PARLEY_MASTER_KEY") != "" {
		return "the value of PARLEY_MASTER_KEY"
	}
	return filepath.Join(s.Data, seal.MasterFile)
}

type dumpCmd struct {
	state
	File string `arg:"" optional:"" default:"-" help:"The new file to write; - for standard output."`
}

// Run writes the dump. A file that could not be finished is removed.
func (c dumpCmd) Run(p *process) error {
	db, err := c.store(p)
	if err != nil {
		return err
	}
	defer db.Close()
	if c.File == "-" {
		return db.Dump(p.ctx, p.out)
	}
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: a dump replaces nothing, name another file", c.File)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(db.Dump(p.ctx, f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.File))
	}
	_, err = fmt.Fprintf(p.err, "Wrote %s. Keep %s with it: the secrets in it are encrypted under that key.\n", c.File, c.masterKey(p))
	return err
}

type restoreCmd struct {
	state
	File string `arg:"" help:"A file that \"parley dump\" wrote; - for standard input."`
}

// Help says what the one-line help cannot.
func (restoreCmd) Help() string {
	return `The store must be new: no server may use it, and it must hold no rows. Put the original ` + seal.MasterFile + ` into the data directory, or set PARLEY_MASTER_KEY, before you serve from it.`
}

// Run reads the dump into the store, which no server may use meanwhile.
func (c restoreCmd) Run(p *process) error {
	if err := c.checkURL(); err != nil {
		return err
	}
	in, closeIn, err := input(p, c.File)
	if err != nil {
		return err
	}
	defer closeIn()
	if c.DatabaseURL == "" {
		lock, err := store.Lock(c.Data)
		if err != nil {
			return err
		}
		defer lock.Unlock()
	}
	db, err := store.Open(p.ctx, store.Config{Dir: c.Data, URL: c.DatabaseURL, Now: p.now, Log: quiet(p)})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Restore(p.ctx, in); err != nil {
		return err
	}
	if err := index.Renew(p.ctx, db); err != nil {
		return fmt.Errorf("restored, but search indexes that were built before may not notice: %w; run parley index rebuild", err)
	}
	_, err = fmt.Fprintf(p.err, "Restored. The secrets are encrypted under the original server's master key: put that at %s before you serve.\n", c.masterKey(p))
	return err
}

// input opens a file that the user named, or standard input for "-".
func input(p *process, name string) (io.Reader, func() error, error) {
	if name == "-" {
		return p.in, func() error { return nil }, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return f, f.Close, nil
}
