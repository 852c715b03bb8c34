package retrieval

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// folderOf is the name of an index's folder.
func folderOf(key Key) string {
	sum := sha256.Sum256([]byte(key.Tenant + "\n" + key.Application + "\n" + key.Index))
	return hex.EncodeToString(sum[:16])
}

// shelf is the folder of an index: a folder for each edition, named by number,
// and a note about the one that answers. An empty path keeps editions in memory.
type shelf struct {
	dir  string
	last int // the highest number given
}

// open opens the newest edition that was completed, or else the newest, and
// removes the others. Where none can be opened it begins one.
func (s *shelf) open(epoch int64, log *slog.Logger) (*edition, error) {
	var best *edition
	for _, n := range s.numbers() {
		e, err := s.read(n, epoch, log)
		if errors.Is(err, errLocked) {
			log.Warn("another process has the folder of a search index: it is kept in memory", "folder", s.dir)
			s.dir = ""
			return openEdition("", epoch)
		}
		if err != nil {
			return nil, err
		}
		if best, err = s.better(best, e); err != nil {
			return nil, err
		}
	}
	if best != nil {
		return best, nil
	}
	return s.begin(epoch)
}

// read opens an edition. One that cannot be read is removed, and is nil.
func (s *shelf) read(number int, epoch int64, log *slog.Logger) (*edition, error) {
	e, err := openEdition(s.path(number), epoch)
	if err == nil || errors.Is(err, errLocked) {
		return e, err
	}
	log.Warn("a search index cannot be read: it is built anew", "folder", s.path(number), "error", err)
	return nil, os.RemoveAll(s.path(number))
}

// better keeps of two editions, each of which may be nil, the one that was
// completed, or else the first, and removes the other.
func (s *shelf) better(first, second *edition) (*edition, error) {
	switch {
	case second == nil:
		return first, nil
	case first == nil:
		return second, nil
	case second.state.Complete && !first.state.Complete:
		first, second = second, first
	}
	return first, s.discard(second)
}

// numbers are those of the editions there are, the newest first.
func (s *shelf) numbers() []int {
	if s.dir == "" {
		return nil
	}
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return nil
	}
	var numbers []int
	for _, f := range files {
		if n, err := strconv.Atoi(f.Name()); err == nil && n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	slices.Reverse(numbers)
	if len(numbers) > 0 {
		s.last = max(s.last, numbers[0])
	}
	return numbers
}

func (s *shelf) path(number int) string { return filepath.Join(s.dir, strconv.Itoa(number)) }

// begin begins an empty edition.
func (s *shelf) begin(epoch int64) (*edition, error) {
	if s.dir == "" {
		return openEdition("", epoch)
	}
	s.last++
	dir := s.path(s.last)
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return openEdition(dir, epoch)
}

// discard closes an edition and removes its folder.
func (s *shelf) discard(e *edition) error {
	err := e.close()
	if e.dir == "" {
		return err
	}
	return errors.Join(err, os.RemoveAll(e.dir))
}

// remove removes all there is.
func (s *shelf) remove() error {
	if s.dir == "" {
		return nil
	}
	return os.RemoveAll(s.dir)
}

// prune removes the folders of indexes that there are no more.
func prune(dir string, keys []Key) error {
	folders, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, k := range keys {
		known[folderOf(k)] = true
	}
	for _, f := range folders {
		if !known[f.Name()] {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, f.Name())))
		}
	}
	return err
}
