package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/platform/blob"
)

// Memory is a blob.Store in memory, for the tests of those who use one. It has
// the buckets that New was given. It is safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	objects map[string]map[string]object
	broken  map[string]error
	puts    int
}

type object struct {
	data     []byte
	modified time.Time
}

// New makes a store of buckets.
func New(buckets Buckets) *Memory {
	m := &Memory{objects: map[string]map[string]object{}, broken: map[string]error{}}
	for bucket, objects := range buckets {
		m.objects[bucket] = map[string]object{}
		for key, text := range objects {
			m.objects[bucket][key] = object{[]byte(text), written}
		}
	}
	return m
}

var written = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Break makes opening a key fail with err; nil mends it.
func (m *Memory) Break(key string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken[key] = err
}

// Remove deletes an object.
func (m *Memory) Remove(bucket, key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects[bucket], key)
}

// Puts counts what was written after New.
func (m *Memory) Puts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.puts
}

// Open opens an object.
func (m *Memory) Open(ctx context.Context, bucket, key string) (blob.Object, error) {
	objects, err := m.bucket(ctx, bucket)
	if err != nil {
		return blob.Object{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.broken[key]; err != nil {
		return blob.Object{}, err
	}
	o, ok := objects[key]
	if !ok {
		return blob.Object{}, fmt.Errorf("%w: %q", blob.ErrNoKey, key)
	}
	e := entryOf(key, o)
	return blob.Object{Body: io.NopCloser(bytes.NewReader(o.data)), Size: e.Size, ETag: e.ETag, LastModified: e.LastModified}, nil
}

// List lists objects.
func (m *Memory) List(ctx context.Context, bucket, prefix, after string, limit int) ([]blob.Entry, error) {
	objects, err := m.bucket(ctx, bucket)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var entries []blob.Entry
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		if key > after && strings.HasPrefix(key, prefix) && len(entries) < limit {
			entries = append(entries, entryOf(key, objects[key]))
		}
	}
	return entries, nil
}

// Put writes an object.
func (m *Memory) Put(ctx context.Context, bucket, key string, data []byte) error {
	objects, err := m.bucket(ctx, bucket)
	if err != nil {
		return err
	}
	if key == "" || len(key) > 1024 || !utf8.ValidString(key) {
		return fmt.Errorf("%w: %q", blob.ErrNoKey, key)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.puts++
	objects[key] = object{bytes.Clone(data), written.Add(time.Duration(m.puts) * time.Second)}
	return nil
}

func (m *Memory) bucket(ctx context.Context, bucket string) (map[string]object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	objects, ok := m.objects[bucket]
	if !ok {
		return nil, fmt.Errorf("%w: %q", blob.ErrNoBucket, bucket)
	}
	return objects, ctx.Err()
}

func entryOf(key string, o object) blob.Entry {
	sum := sha256.Sum256(o.data)
	return blob.Entry{Key: key, Size: int64(len(o.data)), ETag: hex.EncodeToString(sum[:16]), LastModified: o.modified}
}
