package session

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/parleyhq/parley/internal/core/op"
)

// ticket is what a session token says: all of a session but its role or user, which
// is read each time.
type ticket struct {
	Secret     string              `json:"secret"`
	Role       string              `json:"role,omitempty"`   // ARN
	RoleID     string              `json:"roleId,omitempty"` // a role that is made again has another
	Name       string              `json:"name,omitempty"`   // of the session
	User       string              `json:"user,omitempty"`   // ARN, in the place of the three
	UserID     string              `json:"userId,omitempty"`
	Issued     int64               `json:"issued"`  // microseconds
	Expires    int64               `json:"expires"` // likewise
	Tags       map[string]string   `json:"tags,omitempty"`
	Transitive []string            `json:"transitive,omitempty"`
	Keys       map[string][]string `json:"keys,omitempty"`
	Limits     []string            `json:"limits,omitempty"`
	Person     *person             `json:"person,omitempty"`
}

// person is an op.Person without the groups, which change while a session lives.
type person struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

func personOf(p *op.Person) *person {
	if p == nil {
		return nil
	}
	return &person{p.ID, p.Name, p.Email}
}

func (p *person) who() *op.Person {
	if p == nil {
		return nil
	}
	return &op.Person{ID: p.ID, Name: p.Name, Email: p.Email}
}

func (t *ticket) over(now time.Time) bool { return now.UnixMicro() >= t.Expires }

// maxToken bounds what is opened, in characters: requests come from everywhere.
// It is above what the largest packed policy takes (maxPacked), with the keys of a
// federated session.
const maxToken = 32 << 10

// place binds a token to its access key: under another it will not open.
func place(accessKeyID string) string { return "session/token/" + accessKeyID }

// seal writes the token of a session.
func (s *Service) seal(accessKeyID string, t *ticket) (token string, err error) {
	plain, err := json.Marshal(t) //nolint:gosec // it is sealed before it goes anywhere
	if err != nil {
		return "", err
	}
	sealed, err := s.Keys.Seal(plain, place(accessKeyID))
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// open reads the token of a session, and remembers it. It fails with ErrToken.
func (s *Service) open(accessKeyID, token string) (*ticket, error) {
	if len(token) > maxToken {
		return nil, ErrToken
	}
	m := mark{accessKeyID, sha256.Sum256([]byte(token))}
	if t := s.opened.get(m); t != nil {
		return t, nil
	}
	sealed, err := base64.StdEncoding.DecodeString(token)
	if err != nil || base64.StdEncoding.EncodeToString(sealed) != token { // the decoder is lenient: one token, one text
		return nil, ErrToken
	}
	plain, err := s.Keys.Open(sealed, place(accessKeyID))
	if err != nil {
		return nil, ErrToken
	}
	t := new(ticket)
	if err := json.Unmarshal(plain, t); err != nil {
		return nil, fmt.Errorf("the token of session %s: %w", accessKeyID, err)
	}
	s.opened.put(m, t)
	return t, nil
}

// maxOpened bounds the memory of opened tokens: to about 2 MB of usual ones.
const maxOpened = 2048

// mark is a token with the key that it came with.
type mark struct {
	accessKeyID string
	token       [sha256.Size]byte // its hash
}

// tickets remembers what tokens say. That never changes; whether the session still
// counts is asked each time. Its zero value is ready.
type tickets struct {
	mu   sync.RWMutex
	held map[mark]*ticket
}

func (s *tickets) get(m mark) *ticket {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.held[m]
}

// put forgets everything when there is no room: what is in use comes back.
func (s *tickets) put(m mark, t *ticket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil || len(s.held) >= maxOpened {
		s.held = map[mark]*ticket{}
	}
	s.held[m] = t
}
