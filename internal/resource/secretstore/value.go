package secretstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/core/fault"
)

// Why the value of a secret cannot be had.
var (
	// ErrNoSecret: there is no such secret.
	ErrNoSecret = errors.New("there is no such secret")
	// ErrForeign: the ARN names another account or Region than the tenant's, or
	// is no secret's ARN at all.
	ErrForeign = errors.New("the ARN is not that of a secret of this account and Region")
	// ErrDeleted: the secret is scheduled for deletion.
	ErrDeleted = errors.New("the secret is scheduled for deletion; restore it first")
	// ErrNoValue: the secret has no current version.
	ErrNoValue = errors.New("the secret has no current value; put one")
)

// UnavailableError says which secret's value cannot be had and why. It never
// holds any of the value.
type UnavailableError struct {
	ARN string
	Err error // one of the above, or what went wrong on the way
}

// Error names the secret and the reason.
func (e *UnavailableError) Error() string { return fmt.Sprintf("secret %s: %v", e.ARN, e.Err) }

// Unwrap returns the reason.
func (e *UnavailableError) Unwrap() error { return e.Err }

// Value returns the current value of a secret of the tenant: its SecretString,
// or its SecretBinary as text. Every error is an *UnavailableError.
func (s *Service) Value(ctx context.Context, tenant, arn string) (string, error) {
	if _, ok := local(tenant, arn); !ok {
		return "", &UnavailableError{arn, ErrForeign}
	}
	read, err := s.read(ctx, tenant, arn, func(found *Secret) (string, error) {
		if id := found.Labels[current]; id != "" {
			return id, nil
		}
		return "", ErrNoValue
	})
	switch {
	case fault.Is(err, fault.ResourceNotFound):
		err = ErrNoSecret
	case fault.Is(err, codeInvalidRequest):
		err = ErrDeleted
	}
	if err != nil {
		return "", &UnavailableError{arn, err}
	}
	return read.held.text(), nil
}
