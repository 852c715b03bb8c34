package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const lockName = "parley.lock"

// ErrLocked says that another process serves from the directory.
var ErrLocked = errors.New("in use by another parley")

// DirLock is the exclusive right to serve from a data directory. It goes with
// the process, however that ends.
type DirLock struct{ file *os.File }

// Lock takes the lock of dir, making the directory if there is none. When
// another process has it, the error is an ErrLocked and names that process.
func Lock(dir string) (*DirLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the data directory %s cannot be made: %w", dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data directory %s cannot be used: %w", dir, err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		defer f.Close()
		return nil, fmt.Errorf("the data directory %s is %w (process %s): stop it, or choose another directory", dir, ErrLocked, holder(f))
	}
	if err == nil {
		err = sign(f)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: locking %s: %w", dir, err), f.Close())
	}
	return &DirLock{f}, nil
}

// holder reads the process id that the holder left in the file.
func holder(f *os.File) string {
	b, err := io.ReadAll(io.LimitReader(f, 20))
	if pid := strings.TrimSpace(string(b)); err == nil && pid != "" {
		return pid
	}
	return "unknown"
}

func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
}

// Unlock gives the lock up. The file stays: removing it would let two
// processes hold locks on two files of one name.
func (l *DirLock) Unlock() error { return l.file.Close() }
