package web

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// maxURL bounds a URL, in bytes: it is the ID of a document (API model).
const maxURL = 1800

// parse reads a URL and makes it canonical. Its errors are clauses about it.
func parse(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return nil, fmt.Errorf("%q is not a URL", raw)
	}
	return canonical(u)
}

// canonical returns the one URL that stands for all which say the same (RFC
// 3986, section 6.2.2 and 6.2.3): scheme and host in lower case, no default
// port, no dot segments, nothing escaped that need not be, no fragment.
func canonical(u *url.URL) (*url.URL, error) {
	scheme := strings.ToLower(u.Scheme)
	switch {
	case scheme != "http" && scheme != "https" || u.Opaque != "":
		return nil, fmt.Errorf("%q does not begin with https:// or http://", short(u.String()))
	case u.User != nil:
		return nil, errors.New("has a user name in it; give credentials in a secret")
	}
	host, err := canonicalHost(u, scheme)
	if err != nil {
		return nil, err
	}
	text := scheme + "://" + host + removeDots(escape(u.EscapedPath(), pathBytes))
	if u.RawQuery != "" {
		text += "?" + escape(u.RawQuery, queryBytes)
	}
	if len(text) > maxURL {
		return nil, fmt.Errorf("is longer than %d bytes", maxURL)
	}
	return url.Parse(text)
}

func canonicalHost(u *url.URL, scheme string) (string, error) {
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		host = addr.WithZone("").String()
		if addr.Is6() {
			host = "[" + host + "]"
		}
	} else if host, err = nameOfHost(host); err != nil {
		return "", fmt.Errorf("%q has no valid host", short(u.String()))
	}
	port := u.Port()
	if port == "" || scheme == "http" && port == "80" || scheme == "https" && port == "443" {
		return host, nil
	}
	return host + ":" + port, nil
}

// nameOfHost writes a name in ASCII. One that is has no more to be than what
// resolvers take: inner networks have names with underscores.
func nameOfHost(name string) (string, error) {
	const ascii = "abcdefghijklmnopqrstuvwxyz0123456789-_."
	if strings.Contains("."+name+".", "..") {
		return "", errors.New("a part of the name is empty")
	}
	if strings.Trim(name, ascii) == "" {
		return name, nil
	}
	return idna.Lookup.ToASCII(name)
}

// What stands in a path and in a query as it is, beside what is unreserved
// (RFC 3986, appendix A).
const (
	pathBytes  = "!$&'()*+,;=:@/"
	queryBytes = pathBytes + "?"
)

// escape writes text with as little escaped as may be, and hexadecimal digits in
// upper case.
func escape(text, plain string) string {
	const hex = "0123456789ABCDEF"
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		escaped := false
		if c == '%' && i+2 < len(text) {
			if high, low := digit(text[i+1]), digit(text[i+2]); high >= 0 && low >= 0 {
				c, escaped, i = byte(high<<4|low), true, i+2
			}
		}
		if unreserved(c) || !escaped && strings.IndexByte(plain, c) >= 0 {
			out.WriteByte(c)
		} else {
			out.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return out.String()
}

func digit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// removeDots takes "." and ".." out of a path (RFC 3986, section 5.2.4).
func removeDots(path string) string {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	out := make([]string, 0, len(segments))
	for i, s := range segments {
		last := i == len(segments)-1
		switch {
		case s == "..":
			out = out[:max(0, len(out)-1)]
		case s != ".":
			out = append(out, s)
		}
		if last && (s == "." || s == "..") {
			out = append(out, "")
		}
	}
	return "/" + strings.Join(out, "/")
}

// short cuts a text for an error.
func short(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}

// scope says which hosts the crawl may go to.
type scope struct {
	hosts      map[string]bool // of seeds, sitemaps, and where seeds redirect to
	subdomains bool
	anyDomain  bool
}

func (s scope) holds(u *url.URL) bool {
	if s.anyDomain || s.hosts[u.Host] {
		return true
	}
	if !s.subdomains {
		return false
	}
	for parent := u.Host; ; {
		_, rest, ok := strings.Cut(parent, ".")
		if !ok {
			return false
		}
		if s.hosts[rest] {
			return true
		}
		parent = rest
	}
}
