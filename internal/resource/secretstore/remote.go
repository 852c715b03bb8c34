package secretstore

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"
)

const (
	// freshness is how long a value from afar is good for.
	freshness = time.Minute
	// maxFresh bounds the memory of such values: 64 MiB at the very most.
	maxFresh = 1024
)

// RemoteConfig says how AWS Secrets Manager is reached.
type RemoteConfig struct {
	Account     string // whose applications may read with the credentials: the server's own account; empty: nobody's
	Endpoint    string // URL of what speaks the protocol elsewhere; empty: AWS's, in the ARN's Region
	Region      string // that requests to Endpoint are signed for
	Credentials aws.CredentialsProvider
	HTTP        *http.Client // the guarded one of platform/outbound; required with an account
	Now         func() time.Time
}

// Remote reads secrets from AWS Secrets Manager. What it reads is good for a
// minute. It is safe for concurrent use and must not be copied.
type Remote struct {
	config RemoteConfig
	client *secretsmanager.Client

	mu    sync.Mutex
	fresh map[string]read // by ARN
}

// read is a value and when it was read.
type read struct {
	value string
	at    time.Time
}

// NewRemote returns a Remote. It sends nothing yet.
func NewRemote(c RemoteConfig) *Remote {
	o := secretsmanager.Options{Region: c.Region, Credentials: c.Credentials, HTTPClient: c.HTTP, Retryer: retry.NewStandard(once)}
	if c.Endpoint != "" {
		o.BaseEndpoint = &c.Endpoint
	}
	return &Remote{config: c, client: secretsmanager.New(o), fresh: map[string]read{}}
}

// once has a request sent again once, soon: somebody waits for the plugin.
func once(o *retry.StandardOptions) {
	o.MaxAttempts = 2
	o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 100 * time.Millisecond, nil })
}

// Serves reports whether the tenant's applications may read with the server's
// credentials. They are the operator's, so another account's may not.
func (r *Remote) Serves(tenant string) bool {
	account, _, _ := strings.Cut(tenant, ":")
	return account != "" && account == r.config.Account
}

// Value returns the current value of a secret, of any account that the
// credentials may read. Every error is an *UnavailableError.
func (r *Remote) Value(ctx context.Context, tenant, arn string) (string, error) {
	region, ok := regionOf(arn)
	if !ok || !r.Serves(tenant) {
		return "", &UnavailableError{arn, ErrForeign}
	}
	if value, ok := r.remembered(arn); ok {
		return value, nil
	}
	out, err := r.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn}, func(o *secretsmanager.Options) {
		if r.config.Endpoint == "" {
			o.Region = region
		}
	})
	if err != nil {
		return "", &UnavailableError{arn, reason(err)}
	}
	value := string(out.SecretBinary)
	if out.SecretString != nil {
		value = *out.SecretString
	}
	r.remember(arn, value)
	return value, nil
}

// regionOf is the Region of a secret's ARN.
func regionOf(arn string) (region string, ok bool) {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) < 7 || parts[0] != "arn" || parts[2] != service || parts[5] != "secret" {
		return "", false
	}
	return parts[3], parts[3] != ""
}

// reason turns what the client says into why there is no value.
func reason(err error) error {
	if _, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
		return ErrNoSecret
	}
	if _, ok := errors.AsType[*types.InvalidRequestException](err); ok {
		return ErrDeleted
	}
	if refused, ok := errors.AsType[smithy.APIError](err); ok {
		return fmt.Errorf("AWS Secrets Manager refused it: %s: %s", refused.ErrorCode(), refused.ErrorMessage())
	}
	return fmt.Errorf("AWS Secrets Manager cannot be reached: %w", err)
}

func (r *Remote) remembered(arn string) (value string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept, ok := r.fresh[arn]
	return kept.value, ok && r.config.Now().Sub(kept.at) < freshness
}

func (r *Remote) remember(arn, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.fresh) >= maxFresh {
		clear(r.fresh)
	}
	r.fresh[arn] = read{value, r.config.Now()}
}

// Resolver finds the value of a secret: here, or else in AWS Secrets Manager.
type Resolver struct {
	Own    *Service
	Remote *Remote
}

// Value asks the own store first: a secret of the tenant that is there is what
// counts, also one that is scheduled for deletion or has no value. Only an ARN
// that names none of them is asked for afar.
func (r *Resolver) Value(ctx context.Context, tenant, arn string) (string, error) {
	value, err := r.Own.Value(ctx, tenant, arn)
	elsewhere := errors.Is(err, ErrNoSecret) || errors.Is(err, ErrForeign)
	if !elsewhere || !r.Remote.Serves(tenant) {
		return value, err
	}
	return r.Remote.Value(ctx, tenant, arn)
}
