package retrieval

import (
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
)

// rootFile says which segments there are. Each segment is a file of its own.
const rootFile = "root.bolt"

// lockTimeout is how long to wait for an edition that another process has.
const lockTimeout = 300 * time.Millisecond

// errLocked says that another process has an edition.
var errLocked = errors.New("another process has the index")

// verify reads through the files of an edition before anything trusts them. A
// folder without any is well.
func verify(dir string) error {
	root := filepath.Join(dir, rootFile)
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := walk(root); err != nil {
		return err
	}
	segments, err := filepath.Glob(filepath.Join(dir, "*.zap"))
	if err != nil {
		return err
	}
	for _, file := range segments {
		if err := checksum(file); err != nil {
			return err
		}
	}
	return nil
}

// walk reads all of the root file.
func walk(file string) (err error) {
	defer recovered(&err)
	defer faults()()
	db, err := bolt.Open(file, 0o600, &bolt.Options{ReadOnly: true, Timeout: lockTimeout})
	if errors.Is(err, bolt.ErrTimeout) { //nolint:staticcheck // the module that has the new name is no dependency of ours
		return errLocked
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bolt.Bucket) error { return descend(b) })
	})
}

func descend(b *bolt.Bucket) error {
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			return descend(b.Bucket(k))
		}
		return nil
	})
}

// checksum compares a segment with the checksum that it ends with. One that was
// not written to its end is left over, and nothing refers to it; whether it is
// missed is found when the root is read.
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
