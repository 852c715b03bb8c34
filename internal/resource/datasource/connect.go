package datasource

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/connector"
)

// openError is why a source cannot be connected to.
type openError struct{ error }

func (e openError) Unwrap() error { return e.error }

// connect opens the source, if its role may do what that takes now.
func (r *run) connect(ctx context.Context) (connector.Source, error) {
	kind, known := r.Kinds[r.plan.Type]
	if !known {
		return nil, openError{fmt.Errorf("this server knows no data sources of type %s; it knows %s", r.plan.Type, r.types())}
	}
	if err := r.askRole(ctx, r.job.place, r.plan); err != nil {
		return nil, err
	}
	env := r.Env
	env.Secret, env.Log = r.secret, r.Log.With(r.facts()...)
	env.Folders = r.Folders[landlord(r.tenant).Account]
	source, err := kind.Open(ctx, r.plan.Config, env)
	if err != nil && ctx.Err() == nil && !isRole(err) {
		err = openError{err}
	}
	return source, err
}

// secret reads a secret as a connector wants it: pairs of texts.
func (r *run) secret(ctx context.Context, arn string) (map[string]string, error) {
	if r.plan.Role != "" {
		need := connector.Need{Action: "secretsmanager:GetSecretValue", Resource: arn}
		if err := r.Roles.Check(ctx, r.job.errand(r.plan.Role, need)); err != nil {
			return nil, err
		}
	}
	text, err := r.Secrets.Value(ctx, r.tenant, arn)
	if err != nil {
		return nil, err
	}
	pairs := map[string]string{}
	if json.Unmarshal([]byte(text), &pairs) != nil {
		return nil, fmt.Errorf("the secret %s is not a JSON object of texts, such as {\"username\": \"…\", \"password\": \"…\"}", arn)
	}
	return pairs, nil
}
