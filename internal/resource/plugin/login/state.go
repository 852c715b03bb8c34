package login

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// A signIn is one that was begun, with what its end needs. It holds no secret.
//
// The state alone names it when the browser comes back: a browser has no session
// at Parley. So the tokens go to the user who began the sign-in, whoever ends
// it, and somebody who follows another user's link would give that user access
// to an account of their own. The page that the browser lands on therefore says
// for whom the sign-in was; a client that has sessions takes the redirect itself
// and brings code and state with Respond, which holds them against the user and
// the conversation.
type signIn struct {
	locator     `json:"-"`
	plugin      string
	stage       stage
	leasedUntil time.Time
	expires     time.Time

	User         string   `json:"user"`
	Conversation string   `json:"conversation"`
	Name         string   `json:"name"`   // the plugin's displayName
	Client       string   `json:"client"` // digest: where the tokens go
	ClientID     string   `json:"clientId"`
	Redirect     string   `json:"redirect"`
	Token        string   `json:"token"` // URL of the token endpoint
	Server       string   `json:"server"`
	SecretARN    string   `json:"secretArn"`
	RoleARN      string   `json:"roleArn"`         // that reads the secret
	Asked        []string `json:"asked,omitempty"` // scopes
}

// locator names the row of a sign-in.
type locator struct{ tenant, application, id string }

// stage is how far a sign-in is.
type stage string

const (
	begun      stage = "begun"
	exchanging stage = "exchanging" // some server asks for the tokens, under a lease
	landed     stage = "landed"     // in the browser; the chat may still bring the state
	spent      stage = "spent"
)

// challenge begins a sign-in and returns the ChallengeError for it.
func (s *Service) challenge(ctx context.Context, h Holder, conversation string, t Target, c *client, scopes []string) error {
	i := signIn{
		locator: locator{h.Tenant, h.Application, rand.Text()}, plugin: h.Plugin, stage: begun,
		User: h.User, Conversation: conversation, Name: t.Name,
		Client: c.digest(), ClientID: c.id, Redirect: c.redirect, Token: c.token, Server: c.server, SecretARN: c.arn, RoleARN: t.roleARN(), Asked: scopes,
	}
	state, err := s.state(i.locator)
	if err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		i.expires = tx.Now().Add(stateLife)
		return insertSignIn(tx, i)
	})
	if err != nil {
		return err
	}
	return &ChallengeError{AuthorizationURL: c.signInURL(scopes, state)}
}

// statePlace binds what state seals.
const statePlace = "login/state"

// state is the state parameter of a sign-in (RFC 6749, section 10.12): its
// locator, sealed, so that only Parley can make one, and nobody reads in it.
func (s *Service) state(at locator) (string, error) {
	sealed, err := s.Keys.Seal([]byte(strings.Join([]string{at.tenant, at.application, at.id}, "\x00")), statePlace)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// maxState bounds a state parameter; those that state makes are far shorter.
const maxState = 2048

// locate is the reverse of state. ok is false for anything that state did not make.
func (s *Service) locate(state string) (at locator, ok bool) {
	if len(state) > maxState {
		return locator{}, false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(state)
	if err != nil {
		return locator{}, false
	}
	plain, err := s.Keys.Open(sealed, statePlace)
	if err != nil {
		return locator{}, false
	}
	parts := strings.Split(string(plain), "\x00")
	if len(parts) != 3 {
		return locator{}, false
	}
	return locator{parts[0], parts[1], parts[2]}, true
}

// A complaint is what is wrong with what the chat or the browser brought back,
// and in which of its members.
type complaint struct{ member, sentence string }

func (c *complaint) Error() string { return c.sentence }

// The members of a response.
const (
	memberCode  = "code"
	memberState = "state"
)

var (
	errUnknown = &complaint{memberState, "This is not the state of a sign-in that is under way here. Ask again in the chat to begin a new one."}
	errExpired = &complaint{memberState, fmt.Sprintf("The sign-in was not finished within %d minutes. Ask again in the chat to begin a new one.", int(stateLife.Minutes()))}
	errSpent   = &complaint{memberState, "The sign-in was used already. If it did not succeed, ask again in the chat to begin a new one."}
	errNoCode  = &complaint{memberCode, "The code is missing that the third party gave for the sign-in."}
)

// find returns the sign-in of a state that owns accepts.
func (s *Service) find(ctx context.Context, state string, owns func(i signIn) bool) (i signIn, err error) {
	at, ok := s.locate(state)
	if !ok {
		return signIn{}, errUnknown
	}
	var now time.Time
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		now = tx.Now()
		i, err = loadSignIn(tx, at)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNoRows):
		return signIn{}, errUnknown
	case err != nil:
		return signIn{}, err
	case !owns(i):
		return signIn{}, errUnknown
	case !now.Before(i.expires):
		return signIn{}, errExpired
	case i.stage == spent:
		return signIn{}, errSpent
	}
	return i, nil
}

// belongsTo reports whether the sign-in was begun by that user for that plugin
// in that conversation.
func (i signIn) belongsTo(h Holder, conversation string) bool {
	return i.tenant == h.Tenant && i.application == h.Application && i.plugin == h.Plugin && i.User == h.User && i.Conversation == conversation
}

// asFault makes a complaint a fault about the member, called prefix+member; ""
// leaves the name out. Other errors stay.
func asFault(err error, prefix string) error {
	c, ok := errors.AsType[*complaint](err)
	if !ok {
		return err
	}
	if prefix == "" {
		return &fault.Error{Code: fault.Validation, Reason: fault.FieldValidationFailed, Message: c.sentence}
	}
	return fault.InvalidField(prefix+c.member, "%s", c.sentence)
}
