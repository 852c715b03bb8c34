package identitycenter

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
)

// Outcome is what the sign-in page does next: it sends the browser somewhere, or
// shows its form.
type Outcome struct {
	To string // where the browser goes; the rest is empty then

	Application string // its name, for the person to recognise
	Ticket      string // the form hands it back
	Redirect    string // the redirect URI, to which an answer will be sent
	Cancel      string // where the browser goes if the person does not want to
	Failure     string // why the last attempt did not work
}

// ticket is a request of a browser to sign somebody in, as the form carries it:
// sealed, so that it comes back as it was checked.
type ticket struct {
	Application string   `json:"application"` // ARN
	Redirect    string   `json:"redirect"`
	State       string   `json:"state,omitzero"`
	Scopes      []string `json:"scopes,omitzero"`
	Challenge   string   `json:"challenge,omitzero"`
	Nonce       string   `json:"nonce,omitzero"`
	Expires     int64    `json:"expires"` // microseconds
}

// ticketPlace is what sealed tickets are bound to.
const ticketPlace = "identitycenter/ticket"

// maxParameter is the length of a parameter of the sign-in page in bytes.
const maxParameter = 2048

// Authorize looks at a request to sign somebody in (RFC 6749, section 4.1.1; RFC
// 7636, section 4.3). What is wrong with the application or the redirect URI is a
// Validation fault, for the person to see: the browser is sent to no address that
// is not the application's. Everything else goes to the application.
func (s *Service) Authorize(ctx context.Context, query url.Values) (Outcome, error) {
	for name, values := range query {
		if len(values) > 1 || len(values[0]) > maxParameter {
			return Outcome{}, refuse(fault.Validation, "The address of this page is damaged: %.40q is given twice, or is too long.", name)
		}
	}
	t := ticket{
		Application: query.Get("client_id"), Redirect: query.Get("redirect_uri"), State: query.Get("state"),
		Challenge: query.Get("code_challenge"), Nonce: query.Get("nonce"),
	}
	a, err := s.asking(ctx, t)
	if err != nil {
		return Outcome{}, err
	}
	if code, text := t.check(a, query); code != "" {
		return Outcome{To: t.back(s.issuer(a.Account), url.Values{"error": {code}, "error_description": {text}})}, nil
	}
	t.Expires = store.Micros(s.Now().Add(ticketLife))
	return s.form(t, a, "")
}

// asking finds the application that a request names, if it has the redirect URI.
func (s *Service) asking(ctx context.Context, t ticket) (*application, error) {
	unknown := refuse(fault.Validation, "The application that sent you here is not known, or does not sign users in this way. Go back to it and tell its operator.")
	account, id, ok := parseApplication(t.Application)
	if !ok {
		return nil, unknown
	}
	var a *application
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		a, err = getApplication(tx, account, id)
		return err
	})
	if errors.Is(err, store.ErrNoRows) || err == nil && (a.disabled() || a.Grants[grantCode].AuthorizationCode == nil) {
		return nil, unknown
	}
	if err != nil {
		return nil, err
	}
	for _, registered := range a.Grants[grantCode].AuthorizationCode.RedirectUris {
		if sameRedirect(registered, t.Redirect) {
			return a, nil
		}
	}
	return nil, refuse(fault.Validation, "The application %s wants you to be sent to an address that is not registered for it. If you are its operator: add the address to its authorization_code grant (sso-admin PutApplicationGrant).", a.Name)
}

// challengeForm is that of a code challenge of method S256 (RFC 7636, section 4.2).
var challengeForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`) })

// check finds what is wrong with the rest of a request: an error code of RFC 6749,
// section 4.1.2.1, with a description; and notes the scopes.
func (t *ticket) check(a *application, query url.Values) (code, text string) {
	method := query.Get("code_challenge_method")
	switch {
	case query.Get("response_type") != "code":
		return "unsupported_response_type", "response_type must be code"
	case t.Challenge != "" && (method != "S256" || !challengeForm().MatchString(t.Challenge)):
		return "invalid_request", "code_challenge_method must be S256, and code_challenge 43 characters of base64url"
	case t.Challenge == "" && method != "":
		return "invalid_request", "code_challenge is missing"
	}
	scopes, err := a.granted(strings.Fields(query.Get("scope")))
	if err != nil {
		return "invalid_scope", "the application has not all of these scopes"
	}
	t.Scopes = scopes
	return "", ""
}

// back is the redirect URI with parameters, the state among them, and who sends
// them (RFC 9207).
func (t *ticket) back(issuer string, parameters url.Values) string {
	u, err := url.Parse(t.Redirect)
	if err != nil {
		return "" // it was checked when it was registered
	}
	query := u.Query()
	maps.Copy(query, parameters)
	if t.State != "" {
		query.Set("state", t.State)
	}
	query.Set("iss", issuer)
	u.RawQuery = query.Encode()
	return u.String()
}

// form is the outcome that shows the form.
func (s *Service) form(t ticket, a *application, failure string) (Outcome, error) {
	plain, err := json.Marshal(t)
	if err != nil {
		return Outcome{}, err
	}
	sealed, err := s.Keys.Seal(plain, ticketPlace)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{
		Application: a.Name, Ticket: base64.RawURLEncoding.EncodeToString(sealed), Redirect: t.Redirect,
		Cancel:  t.back(s.issuer(a.Account), url.Values{"error": {"access_denied"}, "error_description": {"the user did not want to sign in"}}),
		Failure: failure,
	}, nil
}

// maxTicket is the length of a ticket in characters.
const maxTicket = 16 << 10

// SignIn signs a user in with name and password, and sends the browser back to the
// application with a code. Who cannot be let in sees the form again.
func (s *Service) SignIn(ctx context.Context, text, name, password string) (Outcome, error) {
	t, err := s.readTicket(text)
	if err != nil {
		return Outcome{}, err
	}
	a, err := s.asking(ctx, t) // which may have changed since
	if err != nil {
		return Outcome{}, err
	}
	p, err := s.People.SignIn(ctx, a.Account, strings.TrimSpace(name), password)
	switch {
	case errors.Is(err, people.ErrSignIn):
		return s.form(t, a, "That did not work: the user name or the password is wrong, or there were too many attempts. Wait a little before you try again.")
	case errors.Is(err, people.ErrBusy):
		return s.form(t, a, "Too many people are signing in at this moment. Try again.")
	case err != nil:
		return Outcome{}, err
	}
	return s.code(ctx, t, a, p)
}

func (s *Service) readTicket(text string) (t ticket, err error) {
	damaged := refuse(fault.Validation, "This form is damaged, or it is too old. Go back to the application and begin again.")
	if len(text) > maxTicket {
		return t, damaged
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return t, damaged
	}
	plain, err := s.Keys.Open(sealed, ticketPlace)
	if err != nil || json.Unmarshal(plain, &t) != nil || store.Micros(s.Now()) >= t.Expires {
		return t, damaged
	}
	return t, nil
}

// code begins a sign-in and sends its code back to the application.
func (s *Service) code(ctx context.Context, t ticket, a *application, p op.Person) (Outcome, error) {
	var text string
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := s.entitled(tx, a, p.ID); err != nil {
			return err
		}
		x, err := s.begin(tx, signin{Account: a.Account, Application: a.ID, User: p.ID, Scopes: t.Scopes, Nonce: t.Nonce})
		if err != nil {
			return err
		}
		text, err = s.newToken(tx, x, kindCode, codeLife, bound{Redirect: t.Redirect, Challenge: t.Challenge})
		return err
	})
	if fault.Is(err, fault.AccessDenied) {
		return Outcome{}, fault.Denied("You are not assigned to the application %s. Ask whoever looks after IAM Identity Center.", a.Name)
	}
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{To: t.back(s.issuer(a.Account), url.Values{"code": {text}})}, nil
}
