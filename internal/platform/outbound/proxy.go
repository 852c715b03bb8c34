package outbound

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// ParseProxy reads the address of an operator's proxy: "http://proxy:3128" or
// "https://...", with a user and password if it wants them. Its errors do not
// quote the address.
//
// Requests to https go through it by CONNECT, those to http in absolute form.
// Since the proxy resolves names, addresses cannot be judged at connect time
// any more: literal ones still are, and names that only mean something inside a
// network are refused. What names resolve to is then the proxy's to guard.
func ParseProxy(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, errors.New("the proxy's address is not a URL")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the proxy's address must begin with http:// or https://")
	case u.Hostname() == "":
		return nil, errors.New("the proxy's address has no host")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the proxy's address must be a scheme, user, host and port only")
	}
	return u, nil
}

// proxyFor is the transport's question: which proxy for this request?
func (p Policy) proxyFor(r *http.Request) (*url.URL, error) {
	if slices.Contains(p.Direct, OriginOf(r.URL)) {
		return nil, nil
	}
	return p.Proxy, nil
}

// proxyError is a proxy's refusal to connect.
type proxyError struct{ status int }

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy does not connect to it (status %d)", e.status)
}

func proxyAnswered(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode != http.StatusOK {
		return &proxyError{res.StatusCode}
	}
	return nil
}

// insideOnly reports names that no public server has: those without a dot, and
// those under the special-use domains of RFC 6761, RFC 6762, RFC 8375 and
// ICANN's .internal, where clouds keep their metadata.
func insideOnly(host string) bool {
	if !strings.Contains(host, ".") {
		return true
	}
	for _, domain := range []string{".localhost", ".local", ".localdomain", ".internal", ".home.arpa", ".in-addr.arpa", ".ip6.arpa", ".onion"} {
		if strings.HasSuffix(host, domain) {
			return true
		}
	}
	return false
}
