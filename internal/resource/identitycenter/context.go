package identitycenter

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
)

// ContextProvider is the ProviderArn under which sts:AssumeRole takes a context
// assertion (IAM Identity Center user guide, "Identity-enhanced IAM role sessions").
const ContextProvider = "arn:aws:iam::aws:contextProvider/IdentityCenter"

// ErrContext says that a context assertion is none of this server's, or is of use
// no more: expired, or its user, application or sign-in is gone.
var ErrContext = errors.New("the context assertion is not valid, has expired, or its sign-in is revoked")

// assertion is what a context assertion says. It is sealed, so that nobody reads it
// and nobody makes one.
type assertion struct {
	Account string `json:"a"`
	Signin  string `json:"s"`
	Expires int64  `json:"e"` // microseconds
}

// contextPlace is what sealed assertions are bound to.
const contextPlace = "identitycenter/context"

// maxAssertion is the length of an assertion in characters (STS model).
const maxAssertion = 2048

// assert makes a context assertion of a sign-in.
func (s *Service) assert(a *application, x signin) (string, error) {
	plain, err := json.Marshal(assertion{a.Account, x.ID, store.Micros(s.Now().Add(contextLife))})
	if err != nil {
		return "", err
	}
	sealed, err := s.Keys.Seal(plain, contextPlace)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

func (s *Service) open(text string) (said assertion, err error) {
	if len(text) > maxAssertion || strings.ContainsAny(text, "\r\n") { // which the decoder skips
		return said, ErrContext
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return said, ErrContext
	}
	plain, err := s.Keys.Open(sealed, contextPlace)
	if err != nil {
		return said, ErrContext
	}
	if err := json.Unmarshal(plain, &said); err != nil {
		return said, ErrContext
	}
	return said, nil
}

// Context opens a context assertion: for whom it speaks, and the condition keys
// that a session begun with it carries: identitystore:UserId,
// identitystore:IdentityStoreArn, identitycenter:ApplicationArn,
// identitycenter:InstanceArn, identitycenter:CredentialId (the sign-in) and, which
// is Parley's own, identitycenter:Scope. It fails with ErrContext.
func (s *Service) Context(ctx context.Context, text string) (p op.Person, keys map[string][]string, err error) {
	said, err := s.open(text)
	if err != nil {
		return op.Person{}, nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if store.Micros(tx.Now()) >= said.Expires {
			return ErrContext
		}
		a, x, err := alive(tx, said.Account, said.Signin)
		if err != nil {
			return err
		}
		if p, err = s.entitled(tx, a, x.User); err != nil {
			return err
		}
		keys = map[string][]string{
			"identitystore:UserId":           {p.ID},
			"identitystore:IdentityStoreArn": {people.StoreARN(a.Account)},
			"identitycenter:ApplicationArn":  {a.arn()},
			"identitycenter:InstanceArn":     {InstanceARN(a.Account)},
			"identitycenter:CredentialId":    {x.ID},
			"identitycenter:Scope":           x.Scopes,
		}
		return nil
	})
	if fault.As(err) != nil {
		err = ErrContext // the user is gone, or not assigned any more
	}
	if err != nil {
		return op.Person{}, nil, err
	}
	return p, keys, nil
}

// alive reads a sign-in and its application, as long as both are of use.
func alive(tx *store.Tx, account, id string) (*application, signin, error) {
	x, err := getSignin(tx, account, id)
	if err == nil && !tx.Now().Before(x.ExpiresAt) {
		err = ErrContext
	}
	if errors.Is(err, store.ErrNoRows) {
		err = ErrContext
	}
	if err != nil {
		return nil, signin{}, err
	}
	a, err := getApplication(tx, account, x.Application)
	if errors.Is(err, store.ErrNoRows) || err == nil && a.disabled() {
		err = ErrContext
	}
	return a, x, err
}
