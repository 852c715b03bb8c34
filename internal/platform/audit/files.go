package audit

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A file's name is the time at which it was begun, which sorts, and letters at
// random: each process writes files of its own.
const (
	nameTime = "20060102T150405.000000Z"
	ending   = ".jsonl"
)

// writer writes lines to one file after the other.
type writer struct {
	config Config
	file   *os.File
	size   int64  // of file
	day    string // on which it was begun
	dirty  bool   // not all of it is on disk
	timed  bool   // the sync is due

	batch []byte // two buffers take turns: this one is being written
	rest  []byte // of a batch, when the disk failed
}

// write appends lines to the file, or to a new one when its turn is over. After
// an error rest are the lines that are still to be written.
func (w *writer) write(lines []byte) (rest []byte, err error) {
	now := w.config.Now().UTC()
	if w.file != nil && (w.day != now.Format(time.DateOnly) || w.size+int64(len(lines)) > w.most()) {
		if err := w.close(); err != nil {
			return lines, err
		}
	}
	if w.file == nil {
		if err := w.begin(now); err != nil {
			return lines, err
		}
	}
	n, err := w.file.Write(lines)
	if err != nil {
		return w.broken(lines, n), err
	}
	w.size += int64(n)
	w.dirty = true
	w.rest = w.rest[:0]
	return nil, nil
}

// broken gives the file up after n bytes of the lines, so that the next one
// begins with a whole line, and returns those that are not in it.
func (w *writer) broken(lines []byte, n int) (rest []byte) {
	whole := bytes.LastIndexByte(lines[:n], '\n') + 1
	_ = w.file.Truncate(w.size + int64(whole)) // a reader skips what is left of a line
	_ = w.close()
	return lines[whole:]
}

// most is the size of a file: four of them at least are kept.
func (w *writer) most() int64 { return min(maxFile, w.config.Keep/4) }

// begin makes the next file, and room for it.
func (w *writer) begin(now time.Time) error {
	name := filepath.Join(w.config.Dir, now.Format(nameTime)+"-"+strings.ToLower(rand.Text()[:8])+ending)
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w.file, w.size, w.day = f, 0, now.Format(time.DateOnly)
	return errors.Join(syncDir(w.config.Dir), w.forget(name))
}

// forget removes the oldest files until there is room for one more.
func (w *writer) forget(but string) error {
	all, err := list(w.config.Dir)
	if err != nil {
		return err
	}
	var total int64
	for _, f := range all {
		total += f.size
	}
	for _, f := range all {
		if total <= w.config.Keep-w.most() || f.path == but {
			return nil
		}
		if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		total -= f.size
	}
	return nil
}

// sync makes sure that the file is on disk. One that cannot be is given up.
func (w *writer) sync() error {
	if !w.dirty {
		return nil
	}
	w.dirty = false
	if err := w.file.Sync(); err != nil {
		_ = w.file.Close()
		w.file = nil
		return err
	}
	return nil
}

// probe tries whether a new file can be written.
func (w *writer) probe() error {
	if err := w.begin(w.config.Now().UTC()); err != nil {
		return err
	}
	w.dirty = true
	return w.sync()
}

func (w *writer) close() error {
	if w.file == nil {
		return nil
	}
	err := w.sync()
	if w.file != nil {
		err = errors.Join(err, w.file.Close())
	}
	w.file = nil
	return err
}

// file is a file of records.
type file struct {
	path    string
	size    int64
	changed time.Time
}

// list are the files of a directory, the oldest first.
func list(dir string) ([]file, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []file
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ending) || !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // another server's retention
		}
		if err != nil {
			return nil, err
		}
		all = append(all, file{filepath.Join(dir, e.Name()), info.Size(), info.ModTime()})
	}
	slices.SortFunc(all, func(a, b file) int { return strings.Compare(a.path, b.path) })
	return all, nil
}

// syncDir makes the name of a new file last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
