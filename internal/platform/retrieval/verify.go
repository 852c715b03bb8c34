package retrieval

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// rootFile says which segments there are. Each segment is a file of its own.
const rootFile = "root.bolt"

// lockTimeout is how long to wait for an edition that another process has.
const lockTimeout = 300 * time.Millisecond

// errLocked says that another process has an edition.
var errLocked = errors.New("another process has the index")

// verify reads through the files of an edition before anything trusts them. A
// folder without any is well. A segment that the root does not name was not written
// to its end when the process was killed: nothing reads it.
func verify(dir string) error {
	root := filepath.Join(dir, rootFile)
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	named, err := walk(root)
	if err != nil {
		return err
	}
	segments, err := filepath.Glob(filepath.Join(dir, "*.zap"))
	if err != nil {
		return err
	}
	for _, file := range segments {
		if !named[filepath.Base(file)] {
			continue
		}
		if err := checksum(file); err != nil {
			return err
		}
	}
	return nil
}

// walk reads all of the root file, and lists the segments that it names.
func walk(file string) (named map[string]bool, err error) {
	defer recovered(&err)
	defer faults()()
	db, err := bolt.Open(file, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockTimeout})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, errLocked
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	named = map[string]bool{}
	return named, db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bolt.Bucket) error { return descend(b, named) })
	})
}

func descend(b *bolt.Bucket, named map[string]bool) error {
	return b.ForEach(func(k, v []byte) error {
		switch {
		case v == nil:
			return descend(b.Bucket(k), named)
		case bytes.HasSuffix(v, []byte(".zap")):
			named[string(v)] = true
		}
		return nil
	})
}

// checksum compares a segment with the checksum that it ends with. Whether one is
// missing is found when the root is read.
func checksum(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h := crc32.NewIEEE()
	if _, err := io.CopyN(h, f, max(0, info.Size()-crc32.Size)); err != nil {
		return err
	}
	var sum [crc32.Size]byte
	if _, err := io.ReadFull(f, sum[:]); err != nil || binary.BigEndian.Uint32(sum[:]) != h.Sum32() {
		return fmt.Errorf("%w: %s does not have its checksum", errDamaged, filepath.Base(file))
	}
	return nil
}
