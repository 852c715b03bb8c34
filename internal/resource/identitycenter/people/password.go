package people

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// How a password is hashed: PBKDF2 with HMAC-SHA-256 (RFC 8018), as often as OWASP
// recommends for it.
const (
	usualRounds = 600_000
	saltSize    = 16
	hashSize    = 32

	minPassword = 8   // characters (NIST SP 800-63B)
	maxPassword = 256 // bytes
)

// How often one may guess.
const (
	freeFailures = 5                // after which every failure costs time
	firstWait    = 30 * time.Second // doubled with each failure
	longestWait  = 15 * time.Minute
	maxHashing   = 4 // passwords that are hashed at once, on one server
)

var (
	// ErrSignIn says that somebody is not let in, and never why: an unknown name, a
	// wrong password, no password, too many failures.
	ErrSignIn = errors.New("the user name or the password is wrong, or there were too many attempts")
	// ErrBusy says that too many sign in at once: the next moment may do.
	ErrBusy = errors.New("too many sign-ins at once")
)

// attempts is what is kept of a user's password.
type attempts struct {
	sealed   []byte // the hash
	failures int64
	wait     time.Time // nobody is let in before
}

// SetPassword gives a user a password, in the place of the one there was, and
// forgets failures. Errors: Validation for one that is too short or too long,
// ResourceNotFound when there is no such user.
func (s *Service) SetPassword(ctx context.Context, account, id, password string) error {
	if err := checkPassword(password); err != nil {
		return err
	}
	hash, err := s.hash(password)
	if err != nil {
		return err
	}
	sealed, err := s.Keys.Seal(hash, place(account, id))
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := getUser(tx, account, id); err != nil {
			return known(err, kindUser, id)
		}
		return putPassword(tx, account, id, attempts{sealed: sealed})
	})
}

func checkPassword(password string) error {
	if utf8.RuneCountInString(password) < minPassword || len(password) > maxPassword {
		return fault.InvalidField("password", "a password has from %d characters to %d bytes", minPassword, maxPassword)
	}
	return nil
}

// SignIn finds the user who has the name and the password. It takes the same time
// whatever is wrong; the error is then ErrSignIn. An attempt counts before it is
// looked at, so that many at once are no more than many in turn.
func (s *Service) SignIn(ctx context.Context, account, name, password string) (op.Person, error) {
	if s.hashing.Add(1) > maxHashing {
		s.hashing.Add(-1)
		return op.Person{}, ErrBusy
	}
	defer s.hashing.Add(-1)
	p, held, err := s.attempt(ctx, account, name)
	if err != nil {
		return op.Person{}, err
	}
	right, err := s.matches(account, p.ID, held, password)
	if err != nil {
		return op.Person{}, err
	}
	if !right {
		return op.Person{}, ErrSignIn
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error { return forgive(tx, account, p.ID) })
	return p, err
}

// attempt counts an attempt to sign in. Nothing is held where nobody can be let in.
func (s *Service) attempt(ctx context.Context, account, name string) (p op.Person, held []byte, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		held = nil // another attempt at the transaction begins anew
		u, err := getUserBy(tx, account, byName, fold(name))
		var found bool
		if p, found, err = personOf(tx, account, u, err); err != nil || !found {
			return err
		}
		a, err := getPassword(tx, account, p.ID)
		if errors.Is(err, store.ErrNoRows) {
			return nil
		}
		if err != nil || tx.Now().Before(a.wait) {
			return err
		}
		held = a.sealed
		a.failures++
		if over := a.failures - freeFailures; over >= 0 {
			a.wait = tx.Now().Add(min(firstWait<<min(over, 10), longestWait))
		}
		return putPassword(tx, account, p.ID, a)
	})
	return p, held, err
}

// matches reports whether a password has the hash. Without one it takes as long, and
// says no.
func (s *Service) matches(account, id string, sealed []byte, password string) (bool, error) {
	if len(password) > maxPassword {
		password, sealed = "", nil
	}
	if sealed == nil {
		_, err := s.hash(password)
		return false, err
	}
	held, err := s.Keys.Open(sealed, place(account, id))
	if err != nil {
		return false, fmt.Errorf("the password of user %s: %w", id, err)
	}
	if len(held) != 4+saltSize+hashSize {
		return false, fmt.Errorf("the password of user %s: a hash of %d bytes", id, len(held))
	}
	salt := held[4 : 4+saltSize]
	hash, err := derive(password, salt, int(binary.BigEndian.Uint32(held)))
	return subtle.ConstantTimeCompare(hash, held[4+saltSize:]) == 1, err
}

// hash is the rounds, the salt and the hash of a password.
func (s *Service) hash(password string) ([]byte, error) {
	rounds := s.Rounds
	if rounds == 0 {
		rounds = usualRounds
	}
	kept := binary.BigEndian.AppendUint32(nil, uint32(rounds))
	var salt [saltSize]byte
	rand.Read(salt[:])
	hash, err := derive(password, salt[:], rounds)
	return append(append(kept, salt[:]...), hash...), err
}

func derive(password string, salt []byte, rounds int) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, salt, rounds, hashSize)
}

// place binds a hash to its user: moved to another row it will not open.
func place(account, id string) string { return "identitycenter/password/" + account + "/" + id }
