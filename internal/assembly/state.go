package assembly

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
)

// open opens the store and the master key, and makes sure that they belong
// together.
func (s State) open(ctx context.Context) (*store.DB, *seal.Keys, error) {
	db, err := store.Open(ctx, store.Config{Dir: s.Dir, URL: s.URL, Now: s.Now, Log: s.Log})
	if err != nil {
		return nil, nil, err
	}
	keys, err := s.unlock(ctx, db)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, keys, nil
}

// unlock finds the master key that this store's secrets are under. A store that
// has none yet takes the one that is given or made; servers that start on one
// PostgreSQL at the same time take the one that came first.
func (s State) unlock(ctx context.Context, db *store.DB) (*seal.Keys, error) {
	remembered, err := recall(ctx, db, masterKeyCheck)
	if err != nil {
		return nil, err
	}
	if err := s.findable(remembered); err != nil {
		return nil, err
	}
	keys, err := s.keys()
	if err != nil {
		return nil, err
	}
	if remembered == "" {
		if remembered, err = settle(ctx, db, masterKeyCheck, keys.Check()); err != nil {
			return nil, err
		}
	}
	return keys, keys.Recognise(remembered)
}

// keys opens the master key. Without a directory the state is scratch, and so
// is its key.
func (s State) keys() (*seal.Keys, error) {
	if s.Dir == "" && s.MasterKey == "" {
		return seal.Random(), nil
	}
	return seal.Open(s.Dir, s.MasterKey)
}

// findable keeps seal.Open from making a new key for a store whose own is gone.
func (s State) findable(remembered string) error {
	if remembered == "" || s.MasterKey != "" || s.Dir == "" {
		return nil
	}
	path := filepath.Join(s.Dir, seal.MasterFile)
	_, err := os.Stat(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	remedy := "put it back"
	if s.URL != "" {
		remedy = "copy it from another server of this database"
	}
	return fmt.Errorf("the secrets in this store are encrypted under a master key, and %s is not there: %s, or give the key in PARLEY_MASTER_KEY", path, remedy)
}
