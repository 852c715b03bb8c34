package outbound

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// Origin is one place on the network, as the allow-list names it.
type Origin struct {
	Scheme string // http or https
	Host   string // lower-case name or canonical IP address, no brackets
	Port   uint16
}

// String writes the origin as a URL.
func (o Origin) String() string {
	host := o.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return fmt.Sprintf("%s://%s:%d", o.Scheme, host, o.Port)
}

// ParseOrigin reads "https://host", "http://10.0.0.5:9000" and the like. A path,
// query, user or any other scheme is an error that says so.
func ParseOrigin(s string) (Origin, error) {
	u, err := url.Parse(s)
	if err != nil {
		return Origin{}, fmt.Errorf("origin %q is not a URL", s)
	}
	o := OriginOf(u)
	switch {
	case o.Scheme != "http" && o.Scheme != "https":
		return Origin{}, fmt.Errorf("origin %q must begin with http:// or https://", s)
	case u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return Origin{}, fmt.Errorf("origin %q must be a scheme, host and port only", s)
	case o.Port == 0:
		return Origin{}, fmt.Errorf("origin %q has no valid port", s)
	}
	if err := checkHost(u.Hostname()); err != nil {
		return Origin{}, fmt.Errorf("origin %q: %w", s, err)
	}
	return o, nil
}

// OriginOf reduces a URL to its origin, which may be logged and shown. A port
// that is no port becomes 0, which no rule opens.
func OriginOf(u *url.URL) Origin {
	o := Origin{Scheme: strings.ToLower(u.Scheme), Host: strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))}
	if addr, err := netip.ParseAddr(o.Host); err == nil {
		o.Host = addr.Unmap().String()
	}
	switch port := u.Port(); {
	case port != "":
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			o.Port = uint16(n)
		}
	case o.Scheme == "https":
		o.Port = 443
	case o.Scheme == "http":
		o.Port = 80
	}
	return o
}

// check holds a request against the rules that need no connection.
func (g *guard) check(r *http.Request, allowed bool) error {
	if err := g.checkURL(r.URL, allowed); err != nil {
		return err
	}
	return checkForm(r)
}

// checkURL holds a URL against the rules that need no connection. An allowed
// origin has only its form checked.
func (g *guard) checkURL(u *url.URL, allowed bool) error {
	if u.User != nil {
		return errors.New("a URL with a user name in it is not sent; give credentials in the plugin's secret")
	}
	if err := checkHost(u.Hostname()); err != nil {
		return err
	}
	if allowed {
		return nil
	}
	o := OriginOf(u)
	switch {
	case o.Scheme == "https":
	case o.Scheme == "http" && g.policy.Plain:
	case o.Scheme == "http":
		return errors.New("plain http is not open; use https, or have the operator open the origin in the outbound allow-list")
	default:
		return fmt.Errorf("the scheme %q is not open; use https", o.Scheme)
	}
	if !g.portOpen(o) {
		return fmt.Errorf("port %d is not open for %s; the operator can open the origin in the outbound allow-list", o.Port, o.Scheme)
	}
	addr, err := netip.ParseAddr(o.Host)
	switch {
	case err == nil && g.addresses.SafeAddr(addr) != nil:
		return &addressError{addr}
	case err != nil && g.policy.Proxy != nil && insideOnly(o.Host):
		return fmt.Errorf("the name %s is one of inner networks; the operator can open the origin in the outbound allow-list", o.Host)
	}
	return nil
}

// checkForm refuses requests that say more than their URL does: another host
// for the server or a proxy to go by, or headers that hold further headers.
func checkForm(r *http.Request) error {
	switch {
	case r.URL.Opaque != "":
		return errors.New("the URL is not of the form scheme://host/path")
	case r.Host != "" && !strings.EqualFold(r.Host, r.URL.Host):
		return errors.New("the Host header names another host than the URL")
	}
	for name, values := range r.Header {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("%q is not a name of a header", name)
		}
		if !slices.ContainsFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }) {
			continue
		}
		return fmt.Errorf("the header %s has a character that no header may hold, such as a line break", name)
	}
	return nil
}

func (g *guard) portOpen(o Origin) bool {
	if o.Port == 0 {
		return false
	}
	return o.Scheme == "https" && o.Port == 443 || o.Scheme == "http" && o.Port == 80 || slices.Contains(g.policy.Ports, o.Port)
}

// checkHost refuses host forms that different parsers read differently, such as
// 0x7f.1, 2130706433, fullwidth digits, or an IPv6 zone.
func checkHost(host string) error {
	if host == "" {
		return errors.New("the URL has no host")
	}
	if len(host) > 253 {
		return errors.New("the host name is longer than 253 characters")
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return errors.New("an IPv6 address with a zone is not reachable from here")
		}
		return nil
	}
	for _, c := range host {
		if c > 127 {
			return fmt.Errorf("the host %q has letters outside ASCII; write it in punycode (xn--...)", host)
		}
		if !nameByte(byte(c)) {
			return fmt.Errorf("the host %q has the character %q, which no host name has", host, c)
		}
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	if endsInNumber(labels[len(labels)-1]) {
		return fmt.Errorf("the host %q looks like an IP address in an odd notation; write it as four decimal numbers", host)
	}
	return nil
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.'
}

// endsInNumber is the WHATWG URL standard's test for "meant as an IPv4 address":
// the last label is a number, decimal, octal or hexadecimal.
func endsInNumber(label string) bool {
	label = strings.ToLower(label)
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}
