package launch

import (
	"bytes"
	"sync"
)

// transcript collects a log that is still being written.
type transcript struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write appends p.
func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

// String returns what was written so far.
func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}
