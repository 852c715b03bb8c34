// Package optest calls operations in tests of families: through the whole
// pipeline but without the wire, for a caller who may do everything.
package optest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// Anyone may do anything: what a family's tests are about comes after.
type Anyone struct{}

// Authorize allows.
func (Anyone) Authorize(_ context.Context, c op.Caller, _ *smithy.Route, _ any) (string, error) {
	return c.Owns(), nil
}

// NoTokens is the Replayer of operations whose inputs have no token.
type NoTokens struct{}

// Find finds nothing.
func (NoTokens) Find(context.Context, op.Caller, op.Token) (op.Kept, bool, error) {
	return op.Kept{}, false, nil
}

// Root is the root of an account, in us-east-1.
func Root(account string) op.Caller {
	return op.Caller{Account: account, Region: "us-east-1", Principal: "arn:aws:iam::" + account + ":root", Root: true}
}

// Call runs an operation.
func Call[In, Out any](t testing.TB, r *op.Registry, c op.Caller, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	out, err := r.Call(t.Context(), c, o.Route, in)
	if err != nil {
		return nil, err
	}
	return out.(*Out), nil
}

// Must runs an operation that has to succeed.
func Must[In, Out any](t testing.TB, r *op.Registry, c op.Caller, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	out, err := Call(t, r, c, o, in)
	if err != nil {
		t.Fatalf("%s: %v", o.Name, err)
	}
	return out
}

// Refused compares an error with the fault it should be: everything but the
// words, which it returns.
func Refused(t testing.TB, err error, want fault.Error) string {
	t.Helper()
	got := fault.As(err)
	if got == nil {
		t.Fatalf("got %v, want a %s", err, want.Code)
	}
	words := cmp.Options{
		cmpopts.IgnoreFields(fault.Error{}, "Message"),
		cmpopts.IgnoreFields(fault.Field{}, "Message"),
	}
	if diff := cmp.Diff(&want, got, words); diff != "" {
		t.Errorf("%s (-want +got):\n%s", got.Message, diff)
	}
	return got.Message
}

// Invalid is the fault that names these fields.
func Invalid(fields ...string) fault.Error {
	e := fault.Error{Code: fault.Validation, Reason: fault.FieldValidationFailed}
	for _, f := range fields {
		e.Fields = append(e.Fields, fault.Field{Name: f})
	}
	return e
}
