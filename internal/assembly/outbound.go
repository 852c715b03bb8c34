package assembly

import (
	"fmt"

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
