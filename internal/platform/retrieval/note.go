package retrieval

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// noteFile is where a volume notes how far it is, for whoever may not open its
// editions since a server has them.
const noteFile = "status.json"

// noteEvery is how often at most.
const noteEvery = time.Second

// Status is how far an index on a server's disk is.
type Status struct {
	Head      `json:"head"`
	Documents int       `json:"documents"`
	Passages  int       `json:"passages"`
	At        time.Time `json:"at"` // when it was written down, at most a second late
	Bytes     int64     `json:"-"`  // on disk
}

// StatusOf reads how far the index of a key in a data directory is, also while a
// server has it. It reports false when there is none.
func StatusOf(dir string, key Key) (s Status, found bool, err error) {
	folder := filepath.Join(dir, folderName, folderOf(key))
	b, err := os.ReadFile(filepath.Join(folder, noteFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Status{}, false, nil
	}
	if err != nil {
		return Status{}, false, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return Status{}, false, err
	}
	s.Bytes, err = size(folder)
	return s, true, err
}

// size is how many bytes the files in a folder have. Files come and go.
func size(folder string) (total int64, err error) {
	err = filepath.WalkDir(folder, func(_ string, f fs.DirEntry, err error) error {
		if err == nil && !f.IsDir() {
			var info fs.FileInfo
			if info, err = f.Info(); err == nil {
				total += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return total, err
}

// note writes down how far the current edition is, when that changed, unless it
// did just before. It is for people to read: that it cannot be written is no
// failure.
func (v *volume) note() {
	now := v.c.Now()
	if v.shelf.dir == "" || now.Sub(v.noted.At) < noteEvery {
		return
	}
	v.writeNote(now)
}

func (v *volume) writeNote(now time.Time) {
	at := v.current.at()
	head := Head{Seq: at.Seq, Epoch: at.Epoch}
	if v.shelf.dir == "" || head == v.noted.Head {
		return
	}
	documents, passages := v.current.count()
	v.noted = Status{Head: head, Documents: documents, Passages: passages, At: now.UTC()}
	if err := v.noted.write(filepath.Join(v.shelf.dir, noteFile)); err != nil {
		v.log.Debug("the state of a search index cannot be noted", "error", err)
	}
}

// write replaces a file with the status.
func (s *Status) write(file string) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
