package identitycenter

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// How long things are of use.
const (
	signinLife  = 8 * time.Hour   // of a sign-in, and so of its refresh tokens (user guide: the session's default)
	codeLife    = 5 * time.Minute // of an authorization code
	tokenLife   = time.Hour       // of access and ID tokens
	contextLife = 5 * time.Minute // of a context assertion
	ticketLife  = 10 * time.Minute
)

// signin is a user who signed in for an application. Everything given for it is of
// use as long as it is there. Its row has the rest as JSON.
type signin struct {
	ID          string    `json:"-"`
	Account     string    `json:"-"`
	Application string    `json:"-"` // its ID
	User        string    `json:"-"`
	ExpiresAt   time.Time `json:"-"`

	Scopes []string  `json:"scopes"`
	Nonce  string    `json:"nonce,omitzero"` // that the ID token repeats (OpenID Connect Core, section 2)
	At     time.Time `json:"at"`             // when the user signed in
}

// Kinds of tokens that are spent by being used.
const (
	kindCode    = "code"
	kindRefresh = "refresh"
)

// token is a code or refresh token, without itself: its row has a digest.
type token struct {
	digest    string
	signin    string
	kind      string
	spent     bool
	expiresAt time.Time
	bound     bound
}

// bound is what a code has to be redeemed with. Its row has it as JSON.
type bound struct {
	Redirect  string `json:"redirect,omitzero"`
	Challenge string `json:"challenge,omitzero"` // of PKCE, method S256
}

// newToken makes a token of a sign-in and keeps its digest.
func (s *Service) newToken(tx *store.Tx, x signin, kind string, life time.Duration, b bound) (string, error) {
	text := rand.Text() + rand.Text() // 260 bits
	expires := tx.Now().Add(life)
	if expires.After(x.ExpiresAt) {
		expires = x.ExpiresAt
	}
	return text, insertToken(tx, x.Account, token{digest: s.digest(text), signin: x.ID, kind: kind, expiresAt: expires, bound: b})
}

// digest is what is kept of a token. It is keyed, so that rows alone do not tell
// whether a guess is right.
func (s *Service) digest(text string) string {
	return hex.EncodeToString(s.Keys.MAC("identitycenter/token", []byte(text)))
}

// spend uses a token up and returns its sign-in. A fault stands for what becomes of
// the transaction: whoever uses a token twice has it revoked, with all that was
// given for its sign-in, and that stays.
func (s *Service) spend(tx *store.Tx, a *application, kind, text string, check func(bound) error) (signin, error) {
	t, err := getToken(tx, a.Account, s.digest(text))
	if errors.Is(err, store.ErrNoRows) {
		return signin{}, notGiven(kind)
	}
	if err != nil {
		return signin{}, err
	}
	x, err := getSignin(tx, a.Account, t.signin)
	if errors.Is(err, store.ErrNoRows) || err == nil && (x.Application != a.ID || t.kind != kind) {
		return signin{}, notGiven(kind)
	}
	if err != nil {
		return signin{}, err
	}
	if err := check(t.bound); err != nil {
		return signin{}, err
	}
	switch {
	case t.spent:
		if err := revoke(tx, x); err != nil {
			return signin{}, err
		}
		return signin{}, refuse(codeInvalidGrant, "The %s was used before. Everything that was given for this sign-in is revoked; let the user sign in again.", words[kind])
	case !tx.Now().Before(t.expiresAt):
		return signin{}, refuse(codeExpired, "The %s has expired; let the user sign in again.", words[kind])
	}
	return x, spendToken(tx, a.Account, t.digest)
}

// words name the kinds in messages.
var words = map[string]string{kindCode: "authorization code", kindRefresh: "refresh token"}

func notGiven(kind string) error {
	return refuse(codeInvalidGrant, "The %s is not one that this application was given, or it is revoked.", words[kind])
}

// begin keeps a new sign-in.
func (s *Service) begin(tx *store.Tx, x signin) (signin, error) {
	x.ID, x.At, x.ExpiresAt = s.NewID(), tx.Now(), tx.Now().Add(signinLife)
	return x, insertSignin(tx, x)
}

// entitled is the user of a sign-in, as long as there is one who may use the
// application.
func (s *Service) entitled(tx *store.Tx, a *application, user string) (op.Person, error) {
	p, found, err := s.People.UserIn(tx, a.Account, user)
	if err != nil {
		return op.Person{}, err
	}
	if !found {
		return op.Person{}, refuse(codeInvalidGrant, "The user is not in the identity store any more.")
	}
	admitted, err := a.admits(tx, p)
	if err == nil && !admitted {
		err = fault.Denied("The user is not assigned to the application.")
	}
	return p, err
}
