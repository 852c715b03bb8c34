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
	"log/slog"
	"net/url"
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
	Lambda      *url.URL                // what speaks the Invoke API; nil: nothing
	Region      string                  // for signatures
	Credentials aws.CredentialsProvider // nil: requests are not signed
	URLs        map[string]*url.URL     // by function name: a service that is sent the envelope by plain POST; goes before Lambda

	Out     *outbound.Client // whose policy opens those places
	Objects blob.Store
	May     func(context.Context, Errand) error                                               // whether a role allows it; its errors are sentences
	After   func(ctx context.Context, d time.Duration) (limited context.Context, stop func()) // ends a context after a time
	Now     func() time.Time
	Log     *slog.Logger
}

// An Errand is what a hook's role has to allow.
type Errand struct {
	Role, Account, Application string // ARN, ID, ARN
	Action, Resource           string // such as lambda:InvokeFunction on the function's ARN
}

// Hooks calls functions. It is safe for concurrent use.
type Hooks struct{ config Config }

// New makes Hooks.
func New(c Config) *Hooks { return &Hooks{config: c} }

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

// Pre calls a function before text is extracted. An error that is an *Error is
// a sentence for the person who configured the function.
func (h *Hooks) Pre(ctx context.Context, c Call) (Result, error) { return Result{}, nil }

// Post calls a function with the extracted text. It fails as Pre does.
func (h *Hooks) Post(ctx context.Context, c Call) (Result, error) { return Result{}, nil }

// An Error says what kept a function from doing its work.
type Error struct {
	Function string
	Message  string
	Cause    error // for the log; nil when there is none
}

// Error names the function and what went wrong with it.
func (e *Error) Error() string { return "the function " + e.Function + " " + e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }
