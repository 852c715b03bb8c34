package assembly

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

// Outbound says where plugins and sign-ins may reach beside HTTPS on the public
// internet.
type Outbound struct {
	Allow []string // origins opened by the operator, such as http://10.0.0.5:8080
	Proxy string   // URL of a proxy that carries every request; empty: none, whatever the environment says
}

func (o Outbound) policy() (p outbound.Policy, err error) {
	for _, text := range o.Allow {
		origin, err := outbound.ParseOrigin(text)
		if err != nil {
			return p, fmt.Errorf("an origin that plugins may reach: %w", err)
		}
		p.Allow = append(p.Allow, origin)
	}
	if o.Proxy != "" {
		p.Proxy, err = outbound.ParseProxy(o.Proxy)
	}
	return p, err
}

// originOf is the origin that an endpoint's URL, path and all, is at.
func originOf(endpoint string) (outbound.Origin, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return outbound.Origin{}, err
	}
	return outbound.ParseOrigin(u.Scheme + "://" + u.Host)
}

// callbackPath is where browsers come back to after a sign-in at a third party.
const callbackPath = "/oauth/callback"

// callbackURL is that place for secrets that name no redirect_uri.
func (c Config) callbackURL() string {
	if c.PublicURL == "" {
		return ""
	}
	return strings.TrimRight(c.PublicURL, "/") + callbackPath
}

func (c Config) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// wait waits by the clock of the machine.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
