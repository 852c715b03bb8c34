package connectortest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parleyhq/parley/internal/platform/connector"
)

// Memory is a kind of data source in memory, for the tests of those who crawl.
// All its sources have the same items. It is safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	items   map[string]connector.Item
	content map[string]string
	partial bool
}

// NewMemory makes a kind whose sources are empty.
func NewMemory() *Memory {
	return &Memory{items: map[string]connector.Item{}, content: map[string]string{}}
}

// maxText is what an item may have, in bytes.
const maxText = 1 << 10

// Put adds or changes an item by its ID. Version, Name, Size and Open are filled
// in where it has none.
func (m *Memory) Put(it connector.Item, text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if it.Version == "" {
		sum := sha256.Sum256(fmt.Append(nil, it.Title, it.Attributes, it.ACL.ID(), text))
		it.Version = hex.EncodeToString(sum[:8])
	}
	if it.Name == "" {
		it.Name = it.ID
	}
	it.Size = int64(len(text))
	if len(text) > maxText {
		it.Err = fmt.Errorf("it has %d bytes, at most %d are read", len(text), maxText)
	}
	m.items[it.ID], m.content[it.ID] = it, text
}

// Remove deletes an item.
func (m *Memory) Remove(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.items, id)
	delete(m.content, id)
}

// Break makes an item fail until it is put again.
func (m *Memory) Break(id string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	it := m.items[id]
	it.ID, it.Err = id, err
	m.items[id] = it
}

// Hide makes crawls end with ErrPartial.
func (m *Memory) Hide(some bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.partial = some
}

// Type is MEMORY.
func (m *Memory) Type() string { return "MEMORY" }

// Check takes what has the type.
func (m *Memory) Check(config json.RawMessage) []connector.Problem {
	s, problems := connector.SettingsOf(config)
	if s.Type != m.Type() {
		problems = append(problems, connector.Problem{Field: "type", Message: "must be MEMORY"})
	}
	return problems
}

// Open returns m itself.
func (m *Memory) Open(ctx context.Context, _ json.RawMessage, _ connector.Env) (connector.Source, error) {
	return m, ctx.Err()
}

// memoryCursor begins a cursor; the ID of the last item follows.
const memoryCursor = "after:"

// Crawl visits the items in the order of their IDs.
func (m *Memory) Crawl(ctx context.Context, after string, visit connector.Visit, progress func(string) error) error {
	last, ok := strings.CutPrefix(after, memoryCursor)
	if !ok && after != "" {
		return errors.New("that is no cursor of this source")
	}
	for _, id := range m.after(last) {
		if err := ctx.Err(); err != nil {
			return err
		}
		it, ok := m.item(id)
		if !ok {
			continue
		}
		if err := visit(ctx, it); err != nil {
			return connector.End(err, progress, memoryCursor+last)
		}
		last = id
		if err := progress(memoryCursor + last); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.partial {
		return connector.ErrPartial
	}
	return nil
}

func (m *Memory) after(last string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := slices.Sorted(maps.Keys(m.items))
	return slices.DeleteFunc(ids, func(id string) bool { return id <= last })
}

func (m *Memory) item(id string) (connector.Item, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	it, ok := m.items[id]
	if ok && it.Err == nil {
		it.Open = func(ctx context.Context) (io.ReadCloser, error) { return m.open(ctx, id) }
	}
	return it, ok
}

func (m *Memory) open(ctx context.Context, id string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, ok := m.content[id]
	if !ok {
		return nil, connector.ErrGone
	}
	return io.NopCloser(strings.NewReader(text)), ctx.Err()
}

// Env is what a source may use in a test that reaches nothing: the clock stands
// still, and waiting takes no time.
func Env(env connector.Env) connector.Env {
	if env.Now == nil {
		env.Now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	}
	if env.Wait == nil {
		env.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}
	return env
}
