// Package access answers two questions about a request: who signed it
// (Authenticator), and may they (Authorizer).
//
// It owns the root credential and the rule of who may do what. It does not own
// how a signature is computed (edge/wire/sigv4), nor the other principals and
// their keys and sessions, which it asks for on every request (resource/principal,
// resource/session): what decides is held against the store each time, so that a
// key removed anywhere is refused at once.
package access

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

// Root is the credential of the server's own account, which may do everything
// in it. It lives in memory and in the operator's hands, never in a row.
type Root struct {
	Account     string
	AccessKeyID string
	Secret      string
}

// ARN is the root principal of the account.
func (r Root) ARN() string { return fmt.Sprintf("arn:%s:iam::%s:root", op.Partition, r.Account) }

// Credential is what is known of an access key: the caller for whom it stands,
// and what has to be proven.
type Credential struct {
	Caller    op.Caller
	Secret    string
	Temporary bool // it is good with its session token only
}

// Find looks an access key up that came with a session token, or with none. It
// answers sigv4.ErrUnknownKey, sigv4.ErrExpired, or sigv4.ErrToken when the token
// is not that of the key. It must answer from the truth each time it is called.
type Find func(ctx context.Context, accessKeyID, token string) (Credential, error)

// Authenticator turns a signed request into a caller.
type Authenticator struct {
	root      Root
	find      Find
	verifiers map[string]*sigv4.Verifier // by service
}

// globalRegion is the Region that signatures for global endpoints name.
const globalRegion = "us-east-1"

// NewAuthenticator accepts signatures for the services in any of the Regions, by
// the root credential or by a key that find knows. IAM is in no Region, and STS has
// an endpoint that is in none: SDKs sign for us-east-1 there, so these two accept
// that too (General Reference, "Service endpoints", global endpoints).
func NewAuthenticator(services, regions []string, root Root, find Find, now func() time.Time) *Authenticator {
	a := &Authenticator{root: root, find: find, verifiers: map[string]*sigv4.Verifier{}}
	for _, service := range services {
		accepted := regions
		if (service == "iam" || service == "sts") && !slices.Contains(regions, globalRegion) {
			accepted = slices.Concat(regions, []string{globalRegion})
		}
		a.verifiers[service] = &sigv4.Verifier{Services: []string{service}, Regions: accepted, Now: now, Lookup: a.lookup}
	}
	return a
}

// Authenticate verifies that the signature of r is for the service, and over its
// whole body. A refusal is a *sigv4.Error; any other error is an internal one.
func (a *Authenticator) Authenticate(ctx context.Context, r *http.Request, service string, body []byte) (op.Caller, error) {
	verifier, err := a.verifier(service)
	if err != nil {
		return op.Caller{}, err
	}
	result, err := verifier.Verify(ctx, r, body)
	if err != nil {
		return op.Caller{}, err
	}
	return caller(result), nil
}

// AuthenticateEvents is Authenticate for a request whose body is an event stream.
// The chain verifies the events that are to come.
func (a *Authenticator) AuthenticateEvents(ctx context.Context, r *http.Request, service string) (op.Caller, *sigv4.Chain, error) {
	verifier, err := a.verifier(service)
	if err != nil {
		return op.Caller{}, nil, err
	}
	result, err := verifier.VerifyHash(ctx, r, sigv4.EventsPayload)
	if err != nil {
		return op.Caller{}, nil, err
	}
	return caller(result), result.Chain, nil
}

// Known checks that a request claims to be signed for the service with a key that is
// known. Nothing is proven by that.
func (a *Authenticator) Known(ctx context.Context, r *http.Request, service string) error {
	verifier, err := a.verifier(service)
	if err != nil {
		return err
	}
	return verifier.Known(ctx, r)
}

// Lasts checks that the key of a request that was authenticated is one still, and its
// session not over.
func (a *Authenticator) Lasts(ctx context.Context, r *http.Request, service string) error {
	verifier, err := a.verifier(service)
	if err != nil {
		return err
	}
	return verifier.Lasts(ctx, r)
}

func (a *Authenticator) verifier(service string) (*sigv4.Verifier, error) {
	verifier := a.verifiers[service]
	if verifier == nil {
		return nil, fmt.Errorf("access: no signatures are accepted for the service %q", service)
	}
	return verifier, nil
}

func caller(signed sigv4.Result) op.Caller {
	c := signed.Owner.(op.Caller) // lookup gives no other owner
	c.Region = signed.Region
	return c
}

func (a *Authenticator) lookup(ctx context.Context, id, token string) (sigv4.Credential, error) {
	if subtle.ConstantTimeCompare([]byte(id), []byte(a.root.AccessKeyID)) == 1 {
		c := op.Caller{Account: a.root.Account, Principal: a.root.ARN(), ID: a.root.Account, Root: true, AccessKeyID: id}
		return sigv4.Credential{Secret: a.root.Secret, Owner: c}, nil
	}
	found, err := a.find(ctx, id, token)
	if err != nil {
		return sigv4.Credential{}, err
	}
	if !found.Temporary {
		return sigv4.Credential{Secret: found.Secret, Owner: found.Caller}, nil
	}
	if token == "" {
		return sigv4.Credential{}, sigv4.ErrToken
	}
	return sigv4.Credential{Secret: found.Secret, Token: token, Owner: found.Caller}, nil // find has held it against the key
}
