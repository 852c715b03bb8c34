// Package hook calls the functions that alter documents while they are taken
// in: AWS Lambda functions at an endpoint that speaks Lambda's Invoke API, or
// plain HTTP services that take the same envelopes.
//
// It owns the envelopes (user guide, "Data contracts for Lambda functions"), the
// way to a function, how long one may run, how large what it returns may be, the
// objects in which content goes there and comes back, and the words for what
// went wrong. Whether a document's condition holds, and what an attribute may be
// set to, is decided with engine/enrich; what a failure means for the document
// by resource/document. Nothing is tried again here.
package hook

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// How long a function may take (user guide, "Using Lambda functions").
const (
	PreTime  = 5 * time.Minute
	PostTime = time.Minute
)

// Config says how functions are reached. Without Lambda and URLs there are none.
type Config struct {
	Lambda      *url.URL                // what speaks the Invoke API; nil: nothing does
	Credentials aws.CredentialsProvider // nil: requests are not signed
	URLs        map[string]*url.URL     // by function name: a service that is sent the envelope by plain POST; goes before Lambda

	Out     *outbound.Client // whose policy opens those places
	Objects blob.Store
	May     func(context.Context, Errand) (refusal string, err error) // whether a role allows what a hook does; if not, a sentence says why
	Now     func() time.Time
	// Within ends a context after a time; nil: by the clock of the machine.
	Within func(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

// An Errand is what a hook's role has to allow.
type Errand struct {
	Role, Account, Application string // ARN, ID, ARN
	Action, Resource           string // such as lambda:InvokeFunction on the function's ARN
}

// Hooks calls functions. It is safe for concurrent use.
type Hooks struct{ config Config }

// New makes Hooks.
func New(c Config) *Hooks {
	if c.Within == nil {
		c.Within = context.WithTimeout
	}
	return &Hooks{config: c}
}

// A Call is one document for one function.
type Call struct {
	Account     string // that has the application
	Application string // ARN

	Function string // ARN of the Lambda function
	Role     string // ARN
	Bucket   string // where content is handed over; a function before extraction gets it in the envelope without one
	Key      string // under which the content is put, the same for the same document

	Attributes facet.Values
	Data       []byte // for Pre: the file
	Text       string // for Post: what was extracted
}

// A Result is what a function made of a document.
type Result struct {
	Data    []byte       // of Pre: the new file; nil: it stays
	Text    *string      // of Post: the new text; nil: it stays
	Updates facet.Values // attributes to set
}

// An Error says what kept a function from doing its work, to the person who
// configured it. Nothing of the document, and of what the function said, is in
// it but the type of an error.
type Error struct {
	Function string // its name
	Message  string
	Passing  bool  // it may go away by itself
	Cause    error // for the log; nil when there is none
}

// Error names the function and what went wrong with it.
func (e *Error) Error() string { return "the function " + e.Function + " " + e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Pre calls a function before text is extracted: with the file in the bucket of
// the call or, without one, in the envelope. An error is an *Error, or the
// context's.
func (h *Hooks) Pre(ctx context.Context, c Call) (Result, error) {
	r, err := h.within(ctx, PreTime, func(ctx context.Context) (Result, error) {
		e := c.envelope()
		if c.Bucket == "" {
			if len(c.Data) > maxInline {
				return Result{}, fmt.Errorf("is sent files of at most %d bytes in the call, and this one has %d: give the hook an s3BucketName, in which larger ones are handed over", maxInline, len(c.Data))
			}
			e.Blob = &c.Data
		} else if err := h.hand(ctx, c, &e, c.Data); err != nil {
			return Result{}, err
		}
		said, err := h.call(ctx, c, e)
		if err != nil {
			return Result{}, err
		}
		return h.pre(ctx, c, said)
	})
	return r, h.explain(ctx, c, err)
}

// Post calls a function with the text that was extracted, in the bucket of the
// call. It fails as Pre does.
func (h *Hooks) Post(ctx context.Context, c Call) (Result, error) {
	r, err := h.within(ctx, PostTime, func(ctx context.Context) (Result, error) {
		e := c.envelope()
		data, err := structured(c.Text)
		if err != nil {
			return Result{}, err
		}
		if err := h.hand(ctx, c, &e, data); err != nil {
			return Result{}, err
		}
		said, err := h.call(ctx, c, e)
		if err != nil {
			return Result{}, err
		}
		return h.post(ctx, c, said)
	})
	return r, h.explain(ctx, c, err)
}

// A lateError is why a call ends that takes too long.
type lateError struct{ after time.Duration }

func (e lateError) Error() string {
	return fmt.Sprintf("did not answer within %s, which is as long as it may take", e.after)
}

func (h *Hooks) within(ctx context.Context, d time.Duration, f func(context.Context) (Result, error)) (Result, error) {
	limited, stop := h.config.Within(ctx, d)
	defer stop()
	r, err := f(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return Result{}, lateError{d}
	}
	return r, err
}

// explain makes an *Error of any error, unless whoever asked has left.
func (h *Hooks) explain(ctx context.Context, c Call, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &Error{Function: functionName(c.Function), Message: err.Error(), Cause: err}
	if f, ok := errors.AsType[*failure](err); ok {
		e.Message, e.Passing = f.message, f.passing
	}
	if _, late := errors.AsType[lateError](err); late {
		e.Passing = true
	}
	return e
}

// A failure is a sentence, and whether it may go away.
type failure struct {
	message string
	passing bool
	cause   error
}

func (f *failure) Error() string { return f.message }

func (f *failure) Unwrap() error { return f.cause }

// functionName is the name in a function's ARN: without the account and Region
// before it, and the version behind it.
func functionName(arn string) string {
	_, name, ok := strings.Cut(arn, ":function:")
	if !ok {
		return arn
	}
	name, _, _ = strings.Cut(name, ":")
	name, _, _ = strings.Cut(name, "/")
	return name
}
