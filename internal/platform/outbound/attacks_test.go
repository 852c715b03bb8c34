package outbound

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// attack is one try to reach what must not be reached, to be told what must
// not be told, or to wear the server out. Every request carries credentials.
type attack struct {
	name string
	url  string // PORT stands for the world's port
	why  string // what the error must say
	end  ending

	method  string // empty for GET
	edit    func(*http.Request)
	terms   Terms
	policy  func(*world, *Policy)
	raw     func(net.Conn) // a server of bare connections; PORT is then its own
	servers *tls.Config    // likewise, of TLS
	before  int            // requests that succeed before the one that must not
}

// ending is how an attack has to end.
type ending int

const (
	refused     ending = iota // *RefusedError, and no connection
	unbuildable               // net/url or net/http make no request of it
	unreachable               // *UnreachableError
	oversized                 // ErrTooLarge
	harmless                  // an answer, from a server that saw no credential
)

const notPublic = "is not a public address"

// literals are addresses written plainly.
func literals() (all []attack) {
	for host, name := range map[string]string{
		"127.0.0.1":              "loopback",
		"127.8.9.1":              "loopback beyond the first address",
		"0.0.0.0":                "this host",
		"0.1.2.3":                "this network",
		"10.1.2.3":               "private, class A",
		"172.16.0.1":             "private, class B",
		"172.31.255.255":         "private, the end of class B",
		"192.168.1.1":            "private, class C",
		"100.64.0.1":             "carrier-grade NAT",
		"100.100.100.200":        "metadata of Alibaba",
		"169.254.169.254":        "metadata of AWS, GCP and Azure",
		"169.254.170.2":          "credentials of ECS",
		"169.254.0.1":            "link-local",
		"168.63.129.16":          "host agent of Azure",
		"192.0.0.192":            "metadata of Oracle",
		"192.0.2.1":              "documentation 1",
		"198.51.100.1":           "documentation 2",
		"203.0.113.7":            "documentation 3",
		"198.18.0.1":             "benchmarking",
		"192.88.99.1":            "relay of 6to4",
		"224.0.0.1":              "multicast",
		"239.255.255.250":        "multicast of SSDP",
		"240.0.0.1":              "reserved",
		"255.255.255.255":        "broadcast",
		"[::1]":                  "IPv6 loopback",
		"[0:0:0:0:0:0:0:1]":      "IPv6 loopback, long",
		"[::]":                   "IPv6 unspecified",
		"[fe80::1]":              "IPv6 link-local",
		"[fec0::1]":              "IPv6 site-local",
		"[fc00::1]":              "IPv6 unique local",
		"[fd00:ec2::254]":        "metadata of AWS over IPv6",
		"[fd20:ce::254]":         "metadata of GCP over IPv6",
		"[ff02::1]":              "IPv6 multicast",
		"[2001:db8::1]":          "IPv6 documentation",
		"[3fff::1]":              "IPv6 documentation of RFC 9637",
		"[100::1]":               "IPv6 discard",
		"[5f00::1]":              "IPv6 segment routing",
		"[::ffff:127.0.0.1]":     "IPv4-mapped loopback",
		"[::ffff:7f00:1]":        "IPv4-mapped loopback, hexadecimal",
		"[::ffff:a9fe:a9fe]":     "IPv4-mapped metadata",
		"[0:0:0:0:0:ffff:a00:1]": "IPv4-mapped private, long",
		"[::127.0.0.1]":          "IPv4-compatible loopback",
		"[64:ff9b::7f00:1]":      "NAT64 of loopback",
		"[64:ff9b::169.254.1.1]": "NAT64 of link-local",
		"[64:ff9b:1::7f00:1]":    "local NAT64",
		"[2002:7f00:1::]":        "6to4 of loopback",
		"[2002:a9fe:a9fe::1]":    "6to4 of metadata",
		"[2001:0:7f00:1::]":      "Teredo",
		"[2001:10::1]":           "ORCHID",
		"[::ffff:0:127.0.0.1]":   "IPv4-translated loopback",
		"[2001:20::1]":           "ORCHIDv2",
	} {
		all = append(all, attack{name: name, url: "http://" + host + ":PORT/latest/meta-data/", why: notPublic})
	}
	return all
}

// notations are addresses and names in forms that parsers read differently.
func notations() []attack {
	const odd = "odd notation"
	raw := func(host string) func(*http.Request) {
		return func(r *http.Request) { r.URL, r.Host = &url.URL{Scheme: "http", Host: host, Path: "/"}, "" }
	}
	return []attack{
		{name: "decimal", url: "http://2130706433:PORT/", why: odd},
		{name: "hexadecimal", url: "http://0x7f000001:PORT/", why: odd},
		{name: "octal", url: "http://017700000001:PORT/", why: odd},
		{name: "hexadecimal part", url: "http://0x7f.0.0.1:PORT/", why: odd},
		{name: "octal part", url: "http://0177.0.0.1:PORT/", why: odd},
		{name: "two parts", url: "http://127.1:PORT/", why: odd},
		{name: "three parts", url: "http://127.0.1:PORT/", why: odd},
		{name: "hexadecimal last part", url: "http://127.0.0.0x1:PORT/", why: odd},
		{name: "leading zeros", url: "http://127.000.000.001:PORT/", why: odd},
		{name: "dot at the end", url: "http://127.0.0.1.:PORT/", why: odd},
		{name: "parts over 255", url: "http://256.256.256.256:PORT/", why: odd},
		{name: "overflow", url: "http://4294967297:PORT/", why: odd},
		{name: "five parts", url: "http://127.0.0.1.1:PORT/", why: odd},
		{name: "an empty number", url: "http://0x:PORT/", why: odd},
		{name: "a dot alone", url: "http://.:PORT/", why: odd},
		{name: "fullwidth digits", url: "http://１２７.０.０.１:PORT/", why: "outside ASCII"},
		{name: "circled letters", url: "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/", why: "outside ASCII"},
		{name: "ideographic full stop", url: "http://localhost。:PORT/", why: "outside ASCII"},
		{name: "soft hyphen", url: "http://local\u00adhost:PORT/", why: "outside ASCII"},
		{name: "percent-encoded digits", url: "http://%31%32%37.0.0.1:PORT/", why: "invalid URL escape", end: unbuildable},
		{name: "percent-encoded letters outside ASCII", url: "http://%EF%BC%91.0.0.1:PORT/", why: "outside ASCII"},
		{name: "percent in a raw host", url: "http://x/", edit: raw("%31%32%37.0.0.1"), why: "which no host name has"},
		{name: "mapped address, short", url: "http://[::ffff:127.1]:PORT/", why: "too short", end: unbuildable},
		{name: "zone", url: "http://[fe80::1%25eth0]:PORT/", why: "zone"},
		{name: "zone of loopback", url: "http://[::1%25lo]:PORT/", why: "zone"},
		{name: "backslash", url: `http://127.0.0.1\@api.test:PORT/`, why: "invalid userinfo", end: unbuildable},
		{name: "backslash in a raw host", url: "http://x/", edit: raw(`127.0.0.1\.api.test`), why: "which no host name has"},
		{name: "space in a raw host", url: "http://x/", edit: raw("127.0.0.1 api.test"), why: "which no host name has"},
		{name: "line break in a raw host", url: "http://x/", edit: raw("api.test\r\nHost: 127.0.0.1"), why: "which no host name has"},
		{name: "NUL in a raw host", url: "http://x/", edit: raw("127.0.0.1\x00.api.test"), why: "which no host name has"},
		{name: "signed port", url: "http://x/", edit: raw("127.0.0.1:+80"), why: "which no host name has"},
		{name: "tab in a name", url: "http://local\thost:PORT/", why: "invalid control character", end: unbuildable},
		{name: "user name before the host", url: "http://api.test:PORT@127.0.0.1:PORT/", why: "user name"},
		{name: "user name", url: "http://api.test@127.0.0.1:PORT/", why: "user name"},
		{name: "password", url: "http://u:canary@api.test:PORT/", why: "user name"},
		{name: "no host", url: "http:///path", why: "has no host"},
		{name: "port alone", url: "http://:PORT/", why: "has no host"},
		{name: "long name", url: "http://" + strings.Repeat("a.", 127) + "test/", why: "longer than 253"},
		{name: "opaque", url: "http:127.0.0.1", why: "no host"},
		{name: "opaque beside a host", url: "http://api.test:PORT/", edit: func(r *http.Request) { r.URL.Opaque = "//127.0.0.1/" }, why: "not of the form"},
		{name: "Host header of another", url: "http://api.test:PORT/", edit: func(r *http.Request) { r.Host = "127.0.0.1" }, why: "Host header"},
		{name: "line break in a header", url: "http://api.test:PORT/", why: "the header X-Token has a character",
			edit: func(r *http.Request) { r.Header.Set("X-Token", "canary\r\nX-Admin: 1") }},
		{name: "line break in a header's name", url: "http://api.test:PORT/", why: "not a name of a header",
			edit: func(r *http.Request) { r.Header["X: 1\r\nX-Admin"] = []string{"1"} }},
	}
}

// resolved are names whose addresses are judged when connected to.
func resolved() []attack {
	return []attack{
		{name: "localhost", url: "http://localhost:PORT/", why: notPublic},
		{name: "name of loopback", url: "http://loopback.test:PORT/", why: notPublic},
		{name: "capitals and a dot", url: "http://LOOPBACK.test.:PORT/", why: notPublic},
		{name: "name of IPv6 loopback", url: "http://six.test:PORT/", why: notPublic},
		{name: "name of both loopbacks", url: "http://both.test:PORT/", why: notPublic},
		{name: "name of a private address", url: "http://private.test:PORT/", why: notPublic},
		{name: "name of metadata", url: "http://metadata.test:PORT/", why: notPublic},
		{name: "name of several", url: "http://several.test:PORT/", why: notPublic},
		{name: "name of a mapped address", url: "http://mapped.test:PORT/", why: notPublic},
		{name: "name of NAT64", url: "http://nat64.test:PORT/", why: notPublic},
		{name: "name of 6to4", url: "http://sixtofour.test:PORT/", why: notPublic},
		{name: "name of Teredo", url: "http://teredo.test:PORT/", why: notPublic},
		{name: "name of 0.0.0.0", url: "http://any.test:PORT/", why: notPublic},
		{name: "name of ::", url: "http://anysix.test:PORT/", why: notPublic},
		{name: "name of multicast", url: "http://multicast.test:PORT/", why: notPublic},
		{name: "rebinding", url: "http://rebind.test:PORT/", why: notPublic, before: 1},
		{name: "rebinding to IPv6", url: "http://rebindsix.test:PORT/", why: notPublic, before: 1},
		{name: "bad address before a good one", url: "http://badfirst.test:PORT/", end: harmless},
		{name: "bad address after a good one", url: "http://badlast.test:PORT/", end: harmless},
		{name: "bad address of the other family", url: "http://badsix.test:PORT/", end: harmless},
		{name: "over TLS", url: "https://loopback.test:PORT/", why: notPublic},
	}
}

// doors are schemes and ports.
func doors() []attack {
	strict := func(_ *world, p *Policy) { *p = Policy{} }
	return []attack{
		{name: "plain http", url: "http://api.test/", why: "plain http is not open", policy: strict},
		{name: "ftp", url: "ftp://api.test/", why: `scheme "ftp" is not open`},
		{name: "file", url: "file:///etc/passwd", why: "has no host"},
		{name: "file of a host", url: "file://api.test/etc/passwd", why: `scheme "file" is not open`},
		{name: "gopher", url: "gopher://127.0.0.1:6379/_x", why: `scheme "gopher" is not open`},
		{name: "unix", url: "unix:///var/run/docker.sock", why: "has no host"},
		{name: "ws", url: "ws://api.test:PORT/", why: `scheme "ws" is not open`},
		{name: "jar", url: "jar:http://127.0.0.1:PORT/", why: "no host"},
		{name: "SSH", url: "https://api.test:22/", why: "port 22 is not open", policy: strict},
		{name: "Redis", url: "https://api.test:6379/", why: "port 6379 is not open"},
		{name: "another port", url: "https://api.test:PORT/", why: "is not open for https", policy: strict},
		{name: "https on the port of http", url: "https://api.test:80/", why: "port 80 is not open for https"},
		{name: "http on the port of https", url: "http://api.test:443/", why: "port 443 is not open for http"},
		{name: "port 0", url: "https://api.test:0/", why: "port 0 is not open"},
		{name: "port that overflows", url: "https://api.test:65979/", why: "port 0 is not open"},
		{name: "allow-list of another port", url: "http://127.0.0.1:PORT/", why: notPublic, policy: func(_ *world, p *Policy) {
			p.Allow = []Origin{{"http", "127.0.0.1", 1}}
		}},
		{name: "allow-list of another scheme", url: "http://127.0.0.1:PORT/", why: notPublic, policy: func(w *world, p *Policy) {
			p.Allow = []Origin{{"https", "127.0.0.1", p.Ports[0]}}
		}},
		{name: "allow-list of another name", url: "http://loopback.test:PORT/", why: notPublic, policy: func(_ *world, p *Policy) {
			p.Allow = []Origin{{"http", "127.0.0.1", p.Ports[0]}}
		}},
		{name: "allow-list of a longer name", url: "http://loopback.test:PORT/", why: notPublic, policy: func(_ *world, p *Policy) {
			p.Allow = []Origin{{"http", "my.loopback.test", p.Ports[0]}}
		}},
	}
}

// from writes the URL of a server that redirects elsewhere.
func from(path, to string) string {
	return "https://api.test:PORT/" + path + "?token=canary&to=" + url.QueryEscape(to)
}

// redirects lead elsewhere from a good server.
func redirects() []attack {
	post := func(a attack) attack {
		a.method, a.edit = http.MethodPost, func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader("client_secret=canary")), 20
			r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("client_secret=canary")), nil }
		}
		return a
	}
	const other = "https://stranger.test:PORT/landing"
	return []attack{
		{name: "to metadata", url: from("302", "https://169.254.169.254:PORT/latest/"), why: notPublic},
		{name: "to loopback by address", url: from("301", "https://127.0.0.1:PORT/"), why: notPublic},
		{name: "to loopback by name", url: from("303", "https://loopback.test:PORT/"), why: notPublic},
		{name: "to loopback with 307", url: from("307", "https://loopback.test:PORT/"), why: notPublic},
		{name: "to loopback with 308", url: from("308", "https://localhost:PORT/"), why: notPublic},
		{name: "to loopback, scheme-relative", url: from("302", "//127.0.0.1:PORT/"), why: notPublic},
		{name: "to an odd notation", url: from("302", "https://2130706433:PORT/"), why: "odd notation"},
		{name: "to a mapped address", url: from("302", "https://[::ffff:127.0.0.1]:PORT/"), why: notPublic},
		{name: "to a user name", url: from("302", "https://u:canary@stranger.test:PORT/"), why: "user name"},
		{name: "to another port", url: from("302", "https://api.test:22/"), why: "port 22 is not open"},
		{name: "to plain http", url: from("302", "http://api.test:PORT/"), why: "from https to http"},
		{name: "to plain http elsewhere", url: from("302", "http://stranger.test:PORT/"), why: "from https to http"},
		{name: "to a file", url: from("302", "file:///etc/passwd"), why: "from https to http"},
		{name: "to a script", url: from("302", "javascript:alert(1)"), why: "from https to http"},
		{name: "to data", url: from("302", "data:text/plain,canary"), why: "from https to http"},
		{name: "to a file from plain http", url: "http://api.test:PORT/302?to=file:///etc/passwd", why: "has no host"},
		{name: "to gopher from plain http", url: "http://api.test:PORT/302?to=gopher://127.0.0.1:6379/", why: `scheme "gopher" is not open`},
		{name: "over a stranger to loopback", url: from("302", "https://stranger.test:PORT/?to=https://127.0.0.1:PORT/"), why: notPublic},
		{name: "without end", url: "https://api.test:PORT/loop", why: "more than 5 redirects"},
		{name: "when none are followed", url: from("302", "/"), why: "more than 0 redirects", policy: func(_ *world, p *Policy) { p.MaxRedirects = -1 }},
		{name: "to what is not a URL", url: "https://hostile.test:PORT/location", why: "redirects to what is not a URL", end: unreachable},

		{name: "credentials, 301", url: from("301", other), end: harmless},
		{name: "credentials, 302", url: from("302", other), end: harmless},
		{name: "credentials, 303", url: from("303", other), end: harmless},
		{name: "credentials, 307", url: from("307", other), end: harmless},
		{name: "credentials, 308", url: from("308", other), end: harmless},
		{name: "credentials, from plain http", url: "http://api.test:PORT/302?token=canary&to=" + other, end: harmless},
		{name: "credentials, HEAD", url: from("307", other), method: http.MethodHead, end: harmless},
		{name: "credentials, over two strangers", url: from("302", other+"?to="+url.QueryEscape("https://stranger.test:PORT/second")), end: harmless},
		{name: "credential of the query", url: from("302", other+"?token=canary"), terms: Terms{Credentials: []string{"token"}}, why: "carry the request's credential"},
		{name: "credential of the query under another name", url: from("302", other+"?t=xcanaryx"), terms: Terms{Credentials: []string{"token"}}, why: "carry the request's credential"},
		{name: "credential of the query in a path", url: from("302", "https://stranger.test:PORT/canary"), terms: Terms{Credentials: []string{"token"}}, why: "carry the request's credential"},
		{name: "credential of the query, encoded", url: from("302", other+"?t=%63anary"), terms: Terms{Credentials: []string{"token"}}, why: "carry the request's credential"},
		post(attack{name: "form to a stranger, 307", url: from("307", other), why: "redirect of a POST to another origin"}),
		post(attack{name: "form to a stranger, 308", url: from("308", other), why: "redirect of a POST to another origin"}),
		post(attack{name: "form to a stranger, 302", url: from("302", other), end: harmless}),
		post(attack{name: "form to plain http, 307", url: from("307", "http://api.test:PORT/"), why: "from https to http"}),
		post(attack{name: "form to loopback, 307", url: from("307", "https://loopback.test:PORT/"), why: "redirect of a POST to another origin"}),
	}
}

// proxied are requests that an operator's proxy would carry out.
func proxied() []attack {
	all := []attack{
		{name: "proxy: address", url: "https://169.254.169.254/", why: notPublic},
		{name: "proxy: IPv6 address", url: "https://[::1]/", why: notPublic},
		{name: "proxy: odd notation", url: "https://0x7f.1/", why: "odd notation"},
		{name: "proxy: localhost", url: "https://localhost/", why: "one of inner networks"},
		{name: "proxy: below localhost", url: "https://db.localhost./", why: "one of inner networks"},
		{name: "proxy: name without a dot", url: "https://intranet/", why: "one of inner networks"},
		{name: "proxy: metadata of GCP", url: "https://metadata.google.internal/", why: "one of inner networks"},
		{name: "proxy: mDNS", url: "https://printer.local/", why: "one of inner networks"},
		{name: "proxy: reverse names", url: "https://1.0.0.127.in-addr.arpa/", why: "one of inner networks"},
		{name: "proxy: opaque", url: "http://api.test/", edit: func(r *http.Request) { r.URL.Opaque = "//127.0.0.1/" }, why: "not of the form"},
		{name: "proxy: Host header", url: "http://api.test/", edit: func(r *http.Request) { r.Host = "169.254.169.254" }, why: "Host header"},
		{name: "proxy: port", url: "https://api.test:25/", why: "port 25 is not open"},
	}
	for i := range all {
		all[i].policy = func(w *world, p *Policy) { p.Proxy = w.proxy.proxyURL }
	}
	return all
}

// answers are servers that wear their clients out, or lie about who they are.
func answers(w *world, t *testing.T) []attack {
	capped := func(_ *world, p *Policy) { p.MaxBody = 1 << 20 }
	const hostile = "https://hostile.test:PORT"
	certified := func(l leaf) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{w.ca.certify(t, l)}} }
	good := leaf{names: []string{"hostile.test"}}
	old := certified(good)
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	stranger := &tls.Config{Certificates: []tls.Certificate{newAuthority(t).certify(t, good)}}
	return []attack{
		{name: "announced size", url: hostile + "/announced", end: oversized, why: "it has 1099511627776 bytes"},
		{name: "announced size, in part", url: hostile + "/announced", end: oversized, why: "reading the response", terms: Terms{Partial: true}, policy: capped},
		{name: "endless body", url: hostile + "/endless", end: oversized, why: "larger than may be read", policy: capped},
		{name: "gzip bomb over the cap", url: hostile + "/bomb", end: oversized, why: "larger than may be read", policy: capped},
		{name: "gzip bomb under the cap", url: hostile + "/bomb", end: oversized, why: "inflates more than 200 times"},
		{name: "endless empty members of gzip", url: hostile + "/empty-members", end: oversized, why: "larger than may be read", policy: capped},
		{name: "gzip that is none", url: hostile + "/not-gzip", end: unreachable, why: "not the gzip that it says"},
		{name: "headers that do not come", url: hostile + "/slow-header", end: unreachable, why: "no answer within 50ms", policy: func(_ *world, p *Policy) { p.HeaderTimeout = 50 * time.Millisecond }},
		{name: "headers that drip", raw: drips("HTTP/1.1 200 OK\r\n", "X: y\r\n"), end: unreachable, why: "more than 256 KB of headers", url: "http://hostile.test:PORT/"},
		{name: "a header without end", raw: drips("HTTP/1.1 200 OK\r\nX: ", strings.Repeat("x", 4096)), end: unreachable, why: "more than 256 KB of headers", url: "http://hostile.test:PORT/"},
		{name: "large headers over HTTP/2 and 1", url: hostile + "/headers", end: unreachable, why: "more than 256 KB of headers"},
		{name: "early hints without end", raw: drips("", "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"), end: unreachable, why: "", url: "http://hostile.test:PORT/"},
		{name: "body that drips", url: hostile + "/slow-body", end: unreachable, why: "no whole answer within 300ms", policy: func(_ *world, p *Policy) { p.Timeout = 300 * time.Millisecond }},
		{name: "no handshake", raw: func(net.Conn) { <-w.done }, url: hostile + "/", end: unreachable, why: "TLS handshake took longer than 100ms", policy: func(_ *world, p *Policy) { p.ConnectTimeout = 100 * time.Millisecond }},
		{name: "another protocol's banner", raw: says("SSH-2.0-canary\r\n"), url: "http://hostile.test:PORT/", end: unreachable, why: "not one of HTTP"},
		{name: "another protocol's banner under https", raw: says("SSH-2.0-canary\r\n"), url: hostile + "/", end: unreachable, why: "does not speak TLS"},
		{name: "http under https", raw: says("HTTP/1.1 400 canary\r\n\r\n"), url: hostile + "/", end: unreachable, why: "does not speak TLS"},
		{name: "status that is none", raw: says("HTTP/1.1 canary OK\r\n\r\n"), url: "http://hostile.test:PORT/", end: unreachable, why: "not one of HTTP"},
		{name: "two lengths", raw: says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\ncanary"), url: "http://hostile.test:PORT/", end: unreachable, why: "not one of HTTP"},
		{name: "chunk that is none", raw: says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ncanary\r\n"), url: "http://hostile.test:PORT/", end: unreachable, why: "not one of HTTP"},
		{name: "body that is cut", raw: says("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncanary"), url: "http://hostile.test:PORT/", end: unreachable, why: "connection broke"},
		{name: "no answer at all", raw: says(""), url: "http://hostile.test:PORT/", end: unreachable, why: "connection broke"},
		{name: "reset", raw: resets, url: "http://hostile.test:PORT/", end: unreachable, why: "connection broke"},
		{name: "TLS 1.1", servers: old, url: hostile + "/", end: unreachable, why: "TLS 1.2 or later is needed"},
		{name: "certificate of a stranger", servers: stranger, url: hostile + "/", end: unreachable, why: "not trusted: an authority signed it that is not known here"},
		{name: "certificate for another name", servers: certified(leaf{names: []string{"other.test"}}), url: hostile + "/", end: unreachable, why: "not trusted: it is for another name"},
		{name: "certificate that has expired", servers: certified(leaf{names: good.names, until: time.Now().Add(-time.Hour)}), url: hostile + "/", end: unreachable, why: "not trusted: it has expired"},
		{name: "certificate of a client", servers: certified(leaf{names: good.names, usage: x509.ExtKeyUsageClientAuth}), url: hostile + "/", end: unreachable, why: "not trusted: it is not for a server"},
	}
}

// What the table holds to be absent is seen when it is there.
func TestTheWorldSees(t *testing.T) {
	w := newWorld(t)
	p := w.policy()
	port := portOf(w.port)
	p.Allow = []Origin{{"http", "loopback.test", port}}
	c := w.client(t, p, quiet())
	for _, name := range []string{"loopback", "stranger"} {
		if err := w.send(t, c, attack{}, "http://"+name+".test:"+w.port+"/"); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.victim.connections.Load(); n != 1 {
		t.Errorf("the victim saw %d connections", n)
	}
	if leaked := w.leaked.take(); len(leaked) != 1 {
		t.Errorf("the stranger saw %q", leaked)
	}
}

func TestAttacks(t *testing.T) {
	w := newWorld(t)
	all := literals()
	for _, more := range [][]attack{notations(), resolved(), doors(), redirects(), proxied(), answers(w, t)} {
		all = append(all, more...)
	}
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) { w.suffer(t, a) })
	}
	t.Logf("%d attacks", len(all))
	if n := w.victim.connections.Load(); n != 0 {
		t.Errorf("%d connections to what must not be connected to", n)
	}
}

// suffer lets an attack happen and looks at what came of it.
func (w *world) suffer(t *testing.T, a attack) {
	p := w.policy()
	if a.policy != nil {
		a.policy(w, &p)
	}
	port := w.port
	if a.servers != nil {
		a.raw = shakes(a.servers)
	}
	if a.raw != nil {
		port = w.raw(t, a.raw)
		p.Ports = append(p.Ports, portOf(port))
	}
	var log bytes.Buffer
	c := w.client(t, p, slog.New(slog.NewTextHandler(&log, nil)))
	raw := strings.ReplaceAll(a.url, "PORT", port)
	for range a.before {
		if err := w.send(t, c, a, raw); err != nil {
			t.Fatalf("before: %v", err)
		}
	}
	err := w.send(t, c, a, raw)
	a.judge(t, err)
	if err != nil && a.end != unbuildable && strings.Contains(err.Error(), secret) || strings.Contains(log.String(), secret) {
		t.Errorf("the secret is told: %v; log: %s", err, &log)
	}
	if leaked := w.leaked.take(); leaked != nil {
		t.Errorf("a stranger was told: %q", leaked)
	}
	if asked := w.proxy.asked.take(); asked != nil {
		t.Errorf("the proxy was asked: %q", asked)
	}
	if n := w.victim.connections.Load(); n != 0 {
		t.Errorf("%d connections to the victim", n)
	}
	if reached := w.hits.take(); a.end == harmless && strings.Contains(a.url, "stranger") && reached == nil {
		t.Error("the request did not reach the other server at all")
	}
}

// send sends an attack's request, with credentials, and reads the answer.
func (w *world) send(t *testing.T, c *Client, a attack, raw string) error {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), a.method, raw, nil)
	if err != nil {
		return err
	}
	for _, name := range []string{"Authorization", "Cookie", "X-Api-Key", "Proxy-Authorization", "X-Custom", "Content-Type"} {
		r.Header.Set(name, secret)
	}
	if a.edit != nil {
		a.edit(r)
	}
	res, err := c.Send(r, a.terms)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

func (a attack) judge(t *testing.T, err error) {
	t.Helper()
	var refusal *RefusedError
	var missing *UnreachableError
	ok := false
	switch a.end {
	case refused:
		ok = errors.As(err, &refusal)
	case unreachable:
		ok = errors.As(err, &missing)
	case oversized:
		ok = errors.Is(err, ErrTooLarge)
	case unbuildable:
		var parse *url.Error
		ok = errors.As(err, &parse)
	case harmless:
		ok = err == nil
	}
	if !ok || a.why != "" && !strings.Contains(err.Error(), a.why) {
		t.Errorf("it ended with %v (%T); want ending %d that says %q", err, err, a.end, a.why)
	}
}
