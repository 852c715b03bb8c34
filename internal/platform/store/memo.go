package store

import (
	"context"
	"sync"
)

// maxMemo bounds what one Memo remembers, in entries.
const maxMemo = 1024

// Memo remembers what was read from the embedded store for as long as nothing is
// written to it, by this process or a tool beside it (see generation). It is for
// rows that are read far more often than anything changes. On PostgreSQL, where
// nobody tells when another server writes, it remembers nothing. Its zero value
// is ready; what it returns is shared and must not be changed.
type Memo[K comparable, V any] struct {
	mu   sync.RWMutex
	held map[K]remembered[V]
}

// remembered is a value and the store's generation before it was read.
type remembered[V any] struct {
	value      V
	generation uint64
}

// Get returns the value of key, from memory or by a read of one statement (see
// ViewOne). An error is not remembered.
func (m *Memo[K, V]) Get(ctx context.Context, db *DB, key K, read func(tx *Tx) (V, error)) (v V, err error) {
	return m.Derive(ctx, db, key, func() (v V, keep bool, err error) {
		err = db.ViewOne(ctx, func(tx *Tx) error {
			v, err = read(tx)
			return err
		})
		return v, true, err
	})
}

// Held returns the value of key if it is remembered.
func (m *Memo[K, V]) Held(db *DB, key K) (v V, ok bool) {
	announced, _ := db.engine.announced()
	if r, ok := m.find(key); ok && r.generation == announced {
		return r.value, true
	}
	return v, false
}

// Derive is Get for a value that follows from rows alone, which derive reads as it
// likes; it says whether the value may be kept.
func (m *Memo[K, V]) Derive(ctx context.Context, db *DB, key K, derive func() (v V, keep bool, err error)) (v V, err error) {
	if v, ok := m.Held(db, key); ok {
		return v, nil
	}
	_, known := db.engine.announced()
	generation, err := db.engine.committed(ctx)
	if err != nil {
		return v, err
	}
	v, keep, err := derive()
	if err == nil && keep && known {
		m.keep(key, remembered[V]{v, generation})
	}
	return v, err
}

func (m *Memo[K, V]) find(key K) (r remembered[V], ok bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	r, ok = m.held[key]
	return r, ok
}

// keep forgets everything when there is no room: what is in use comes back by
// itself.
func (m *Memo[K, V]) keep(key K, r remembered[V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil || len(m.held) >= maxMemo {
		m.held = map[K]remembered[V]{}
	}
	m.held[key] = r
}
