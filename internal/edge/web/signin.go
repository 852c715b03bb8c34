package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/parleyhq/parley/internal/core/fault"
)

// A Step is what the sign-in page does next: it sends the browser somewhere, or
// shows its form.
type Step struct {
	To string // where the browser goes; the rest is empty then

	Application string // its name, for the person to recognise
	Ticket      string // the form hands it back
	Redirect    string // to which an answer will be sent
	Cancel      string // where the browser goes if the person does not want to
	Failure     string // why the last attempt did not work
}

// SignIn answers GET and POST /authorize: the page on which a user of the identity
// store signs in, for an application that sent the browser. It has no scripts and
// sets no cookies: what was asked for is in the form, sealed by whoever answers
// Ask, and a form of another site is refused by what browsers say of where it comes
// from.
type SignIn struct {
	// Ask takes the browser's query, Enter what the person typed. A fault is told to
	// the person; any other error is logged and hidden.
	Ask   func(ctx context.Context, query url.Values) (Step, error)
	Enter func(ctx context.Context, ticket, user, password string) (Step, error)
	Log   *slog.Logger

	guard http.CrossOriginProtection
}

const (
	maxForm  = 32 << 10 // bytes
	maxQuery = 16 << 10 // bytes
)

// ServeHTTP shows the form, or sends the browser on with 303.
func (s *SignIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil || len(r.URL.RawQuery) > maxQuery {
			show(w, http.StatusBadRequest, failed("The address of this page is damaged. Go back to the application and begin again."))
			return
		}
		step, err := s.Ask(r.Context(), query)
		s.next(w, r, step, "", err)
	case http.MethodPost:
		s.enter(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		show(w, http.StatusMethodNotAllowed, failed("This page is only for signing in."))
	}
}

// enter takes the form.
func (s *SignIn) enter(w http.ResponseWriter, r *http.Request) {
	if err := s.guard.Check(r); err != nil {
		show(w, http.StatusForbidden, failed("This form was sent from another site. Go back to the application and begin again."))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		show(w, http.StatusBadRequest, failed("The form is damaged. Go back to the application and begin again."))
		return
	}
	user := r.PostForm.Get("user")
	step, err := s.Enter(r.Context(), r.PostForm.Get("ticket"), user, r.PostForm.Get("password"))
	s.next(w, r, step, user, err)
}

// next does what the step says. A form after a failure keeps the user's name.
func (s *SignIn) next(w http.ResponseWriter, r *http.Request, step Step, user string, err error) {
	if err != nil {
		status, text := told(r, s.Log, err, "Something went wrong on the server. Go back to the application and begin again.")
		show(w, status, failed(text))
		return
	}
	// The browser says where a form comes from only if pages may say it.
	w.Header().Set("Referrer-Policy", "same-origin")
	if step.To != "" {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, step.To, http.StatusSeeOther)
		return
	}
	back, err := url.Parse(step.Redirect)
	if err != nil {
		show(w, http.StatusBadRequest, failed("The application wants you to be sent to an address that is none."))
		return
	}
	status := http.StatusOK
	if step.Failure != "" {
		status = http.StatusUnauthorized
	}
	// Browsers hold the answer to a form to its policy: it ends at the application.
	forms := "'self' " + back.Scheme + "://" + back.Host
	render(w, status, signInTemplate, form{Step: step, Host: back.Host, User: user}, bounds{forms, nobody, nobody})
}

// form is what the sign-in page says. html/template escapes it.
type form struct {
	style
	Step
	Host, User string
}

// told is what a person may know of an error, which is logged if there is more to
// it.
func told(r *http.Request, log *slog.Logger, err error, internal string) (status int, text string) {
	f := fault.As(err)
	if f == nil {
		f = fault.Hidden(err)
	}
	if f.Cause != nil {
		log.ErrorContext(r.Context(), "a sign-in could not be finished", "code", string(f.Code), "error", f.Cause)
	}
	if f.Code == fault.Internal {
		return statusOf(f.Code), internal
	}
	return statusOf(f.Code), f.Message
}
