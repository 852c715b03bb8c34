package assembly

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/hook"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Functions says how the functions are reached that alter documents: at what
// speaks Lambda's Invoke API, each at a URL of its own, or not at all.
type Functions struct {
	Lambda      string            // URL of the Invoke API
	AccessKeyID string            // empty: requests to it are not signed
	Secret      string            // of the key
	URLs        map[string]string // by function name: a service that takes the envelope by POST
}

// open opens the way out to the functions alone; nil without any.
func (f Functions) open(c Config, objects blob.Store) (*hook.Config, error) {
	if f.Lambda == "" && len(f.URLs) == 0 {
		return nil, nil
	}
	o := hook.Config{Objects: objects, Now: c.Now, URLs: map[string]*url.URL{}}
	policy := outbound.Policy{HeaderTimeout: hook.PreTime, Timeout: hook.PreTime + time.Minute} // a call's own limit is the hook's
	var err error
	if f.Lambda != "" {
		if o.Lambda, err = parseURL("the Lambda endpoint", f.Lambda); err != nil {
			return nil, err
		}
		err = f.opens(&policy, "the Lambda endpoint", o.Lambda, c.Log)
	}
	for name, text := range f.URLs {
		if err != nil {
			return nil, err
		}
		what := fmt.Sprintf("the URL of the function %s", name)
		if o.URLs[name], err = parseURL(what, text); err == nil {
			err = f.opens(&policy, what, o.URLs[name], c.Log)
		}
	}
	if err != nil {
		return nil, err
	}
	if f.AccessKeyID != "" {
		o.Credentials = credentials.NewStaticCredentialsProvider(f.AccessKeyID, f.Secret, "")
	}
	o.Out = outbound.New(policy, c.Log)
	return &o, nil
}

// lend gives documents the functions that alter them.
func (r *Rooms) lend(functions *hook.Config, roles *principal.ServiceRoles) {
	if functions == nil {
		return
	}
	o := *functions
	o.May = mayAs(roles)
	r.Documents.Hooks = hook.New(o)
}

// opens lets requests go to the origin of a URL.
func (f Functions) opens(p *outbound.Policy, what string, u *url.URL, log *slog.Logger) error {
	origin, err := outbound.ParseOrigin(u.Scheme + "://" + u.Host)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	p.Allow = append(p.Allow, origin)
	if u.Scheme == "http" && !isHere(u) {
		log.Warn("documents go to the functions that alter them in clear beyond this machine: use https where others can listen", "origin", origin.String())
	}
	return nil
}

// mayAs asks whether a role allows what a hook does.
func mayAs(roles *principal.ServiceRoles) func(context.Context, hook.Errand) (string, error) {
	return func(ctx context.Context, e hook.Errand) (string, error) {
		err := roles.Check(ctx, principal.Errand{Role: e.Role, Account: e.Account, Application: e.Application, Action: e.Action, Resource: e.Resource})
		if why, ok := errors.AsType[*principal.RoleError](err); ok {
			return why.Error(), nil
		}
		return "", err
	}
}
