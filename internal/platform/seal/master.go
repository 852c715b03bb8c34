package seal

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// MasterFile is the name of the master key's file in the data directory.
const MasterFile = "master.key"

// Open returns the Keys of a data directory. A given master key (base64 of
// MasterSize bytes) is used as it is and nothing is read or written. Otherwise
// the file master.key is read, and made on first start: mode 0600, on disk
// before Open returns, and one key only however many servers start at once.
func Open(dir, given string) (*Keys, error) {
	if given != "" {
		return parse(given, "the given master key")
	}
	path := filepath.Join(dir, MasterFile)
	keys, err := read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := create(dir, path); err != nil {
		return nil, fmt.Errorf("make the master key: %w", err)
	}
	return read(path)
}

// parse reads a base64 master key, of whichever alphabet and padding.
func parse(text, what string) (*Keys, error) {
	text = strings.TrimRight(strings.TrimSpace(text), "=")
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	master, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil || len(master) != MasterSize {
		return nil, fmt.Errorf("%s must be %d bytes in base64 (44 characters), such as `head -c %d /dev/urandom | base64` prints",
			what, MasterSize, MasterSize)
	}
	return New(master)
}

// read refuses a file that others may read: what it protects would be open.
func read(path string) (*Keys, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the master key %s is not a regular file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("the master key %s can be read or changed by others (mode %04o): run `chmod 600 %s`, and consider the key known if others had access",
			path, mode, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	return parse(string(text), "the master key in "+path)
}

// create writes a new key beside path and links it there. The link, unlike a
// rename, fails when another server was first; its key is then the one to read.
func create(dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".master-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	var master [MasterSize]byte
	rand.Read(master[:])
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(master[:]) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name in dir survive a crash.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be opened for this there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
