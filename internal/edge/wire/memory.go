package wire

import (
	"sync"
	"sync/atomic"
)

// budget is a number of bytes that may be held at once.
type budget struct {
	most int64
	held atomic.Int64
}

// take takes n bytes, or none and reports false.
func (b *budget) take(n int64) bool {
	if b.held.Add(n) > b.most {
		b.held.Add(-n)
		return false
	}
	return true
}

func (b *budget) give(n int64) { b.held.Add(-n) }

// shares are what the requests of each key hold of a budget. One key has three quarters
// of it at most: whoever uploads slowly, in many requests or in streams that stay open,
// leaves room for others.
type shares struct {
	most int64
	mu   sync.Mutex
	held map[string]int64
}

func (s *shares) take(key string, n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[key]+n > s.most {
		return false
	}
	s.held[key] += n
	return true
}

func (s *shares) give(key string, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[key] -= n; s.held[key] == 0 {
		delete(s.held, key)
	}
}

// purse is what the memory for bodies is taken from, for the key that a request names.
type purse struct {
	all  *budget
	each *shares
	key  string // empty: it names none
}

func (s *Server) purse(key string) purse { return purse{&s.held, &s.shares, key} }

// take takes n bytes, or none and reports false.
func (p purse) take(n int64) bool {
	if !p.all.take(n) {
		return false
	}
	if !p.each.take(p.key, n) {
		p.all.give(n)
		return false
	}
	return true
}

func (p purse) give(n int64) {
	if n > 0 {
		p.each.give(p.key, n)
		p.all.give(n)
	}
}
