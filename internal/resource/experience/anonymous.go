package experience

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	// passLife is how long an address can be used, once (model:
	// CreateAnonymousWebExperienceUrl).
	passLife = 5 * time.Minute
	// sessionMinutes is how long the session lasts that it opens, unless the request
	// says otherwise: the longest that it may say, and what sessions of people who
	// sign in last (user guide, "Using Amazon Q Business web experiences").
	sessionMinutes = 60

	// PassParameter is the one of such an address.
	PassParameter = "pass"
)

// place is where a pass or a session leads.
type place struct {
	Tenant      string `json:"t"`
	Application string `json:"a"`
	Experience  string `json:"e"`
}

// pass is what an address that works once carries, sealed.
type pass struct {
	place

	Nonce   string `json:"n"`
	Minutes int32  `json:"m"` // of the session
	Expires int64  `json:"x"` // microseconds
}

// Session is a browser that was let in. The cookie is the session itself, sealed:
// every server of a cluster knows it, also after a restart.
type Session struct {
	Cookie   string
	Until    time.Time
	Embedded bool // other sites may show the page in a frame
}

// visit is what the cookie says.
type visit struct {
	place

	ID      string `json:"n"`
	Expires int64  `json:"x"` // microseconds
}

// What sealed values are bound to.
const (
	passSeal    = "experience/pass"
	sessionSeal = "experience/session"
)

// CreateAnonymousURL returns an address that lets whoever opens it first in to the
// page of an ANONYMOUS application. Nothing is stored before it is used.
func (s *Service) CreateAnonymousURL(ctx context.Context, c op.Caller, in *api.CreateAnonymousWebExperienceURLInput) (*api.CreateAnonymousWebExperienceURLOutput, error) {
	if err := s.DB.View(ctx, func(tx *store.Tx) error { return s.anonymous(tx, c, in.ApplicationID, in.WebExperienceID) }); err != nil {
		return nil, err
	}
	p := pass{place: place{c.Tenant(), in.ApplicationID, in.WebExperienceID}, Nonce: rand.Text(), Minutes: sessionMinutes}
	set(&p.Minutes, in.SessionDurationInMinutes)
	p.Expires = store.Micros(s.Now().Add(passLife))
	sealed, err := s.seal(p, passSeal)
	if err != nil {
		return nil, err
	}
	query := url.Values{PassParameter: {sealed}}
	return &api.CreateAnonymousWebExperienceURLOutput{AnonymousURL: new(endpoint(s.base(c), in.WebExperienceID) + "?" + query.Encode())}, nil
}

// anonymous makes sure that an experience is there, and for people who do not sign
// in. The model declares no Conflict: that the application is not ACTIVE is said of
// its ID.
func (s *Service) anonymous(tx *store.Tx, c op.Caller, application, id string) error {
	e, err := s.find(tx, c, application, id)
	if err != nil {
		return err
	}
	if e.Identity != api.IdentityTypeAnonymous {
		return fault.InvalidField("applicationId", "is that of an application of identityType %s, whose users sign in; only web experiences of ANONYMOUS applications have such URLs", e.Identity)
	}
	err = s.Apps.Active(tx, c, application)
	if f := fault.As(err); f != nil && f.Code == fault.Conflict {
		return fault.InvalidField("applicationId", "%s", f.Message)
	}
	return err
}

// Enter spends the pass of an experience's address, and opens a session. The
// error is an AccessDenied that says to the person why the address does not work, or
// a ResourceNotFound for an experience that is gone.
func (s *Service) Enter(ctx context.Context, id, text string) (Session, error) {
	p, err := s.readPass(id, text)
	if err != nil {
		return Session{}, err
	}
	v := visit{place: p.place, ID: rand.Text()}
	var opened Session
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		tenant, e, err := s.reachable(tx, id)
		if err != nil {
			return err
		}
		if p.place != (place{tenant, e.Application, e.ID}) {
			return notMade()
		}
		opened.Until, opened.Embedded = tx.Now().Add(time.Duration(p.Minutes)*time.Minute), len(e.Origins) > 0
		return spend(tx, p)
	})
	if errors.Is(err, store.ErrDuplicate) {
		return Session{}, fault.Denied("This address was used before, and works only once. Go back to where you found it, and ask for another.")
	}
	if err != nil {
		return Session{}, err
	}
	v.Expires = store.Micros(opened.Until)
	opened.Cookie, err = s.seal(v, sessionSeal)
	return opened, err
}

// readPass opens the pass of an address.
func (s *Service) readPass(id, text string) (p pass, err error) {
	if !s.unseal(text, passSeal, &p) || p.Experience != id {
		return p, notMade()
	}
	if s.Now().Before(store.FromMicros(p.Expires)) {
		return p, nil
	}
	return p, fault.Denied("This address is over: it could be used for %d minutes. Go back to where you found it, and ask for another.", passLife/time.Minute)
}

func notMade() error {
	return fault.Denied("This address was not made by this server, or is damaged. Copy all of it, or ask for another where you found it.")
}

// session returns what a cookie says, if it is of this experience and not over.
func (s *Service) session(tenant string, e *Experience, cookie string) (v visit, open bool) {
	open = s.unseal(cookie, sessionSeal, &v) &&
		v.place == place{tenant, e.Application, e.ID} && s.Now().Before(store.FromMicros(v.Expires))
	return v, open
}

// seal writes a value as text that only the servers of this store can read or make.
func (s *Service) seal(value any, what string) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	sealed, err := s.Keys.Seal(plain, what)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// maxSealed is the length of a sealed text in characters.
const maxSealed = 2048

func (s *Service) unseal(text, what string, to any) bool {
	if len(text) > maxSealed {
		return false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text) // one text, one spelling
	if err != nil {
		return false
	}
	plain, err := s.Keys.Open(sealed, what)
	return err == nil && json.Unmarshal(plain, to) == nil
}
