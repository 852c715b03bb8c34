package sigv4

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

type pathStyle int

const (
	pathNormalised pathStyle = iota // dot segments and empty segments removed, then encoded
	pathAsSent                      // encoded only
	pathS3                          // as sent, escapes kept
)

// form is one of the ways in which signers write the canonical request.
type form struct {
	path      pathStyle
	omitToken bool // presigned: the session token was added after signing
}

// target returns the path and query as they stood in the request line. The
// parsed URL will not do: a signer signs what it sends, escapes included.
func target(r *http.Request) (path, query string) {
	if !strings.HasPrefix(r.RequestURI, "/") { // absolute form, or a request built by hand
		return r.URL.EscapedPath(), r.URL.RawQuery
	}
	path, query, _ = strings.Cut(r.RequestURI, "?")
	return path, query
}

// canonicalRequest writes the six parts a signature covers.
func canonicalRequest(r *http.Request, c *claim, f form, payloadHash string) []byte {
	path, query := target(r)
	b := make([]byte, 0, 1024)
	b = append(append(b, r.Method...), '\n')
	b = append(appendPath(b, path, f.path), '\n')
	b = append(appendQuery(b, query, f.omitToken), '\n')
	for _, name := range c.signedHeaders {
		b = appendHeader(b, name, headerValues(r, name))
	}
	b = append(b, '\n')
	for i, name := range c.signedHeaders {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(b, name...)
	}
	b = append(b, '\n')
	return append(b, payloadHash...)
}

// appendPath writes the canonical URI. Encoding what was sent encodes its
// escapes a second time ("%2F" becomes "%252F"), which is what services other
// than S3 require.
func appendPath(b []byte, path string, style pathStyle) []byte {
	if path == "" {
		return append(b, '/')
	}
	switch style {
	case pathS3:
		return appendEscaped(b, path, "/%")
	case pathNormalised:
		path = normalise(path)
	case pathAsSent:
	}
	return appendEscaped(b, path, "/")
}

// normalise removes empty and "." segments and lets ".." take one back. A
// trailing slash stays, unless nothing is left before it.
func normalise(path string) string {
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, segment)
		}
	}
	out := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && strings.HasSuffix(path, "/") {
		out += "/"
	}
	return out
}

type pair struct{ name, value []byte }

// appendQuery writes the canonical query: each parameter decoded and encoded
// again by AWS's rule, then sorted by name and by value. The signature itself
// is never part of it.
func appendQuery(b []byte, query string, omitToken bool) []byte {
	if query == "" {
		return b
	}
	pairs := make([]pair, 0, strings.Count(query, "&")+1)
	for part := range strings.SplitSeq(query, "&") {
		name, value, err := decodePair(part)
		if err != nil || part == "" || name == "X-Amz-Signature" || omitToken && name == "X-Amz-Security-Token" {
			continue // parseClaim has refused the wrong escapes
		}
		pairs = append(pairs, pair{appendEscaped(nil, name, ""), appendEscaped(nil, value, "")})
	}
	slices.SortFunc(pairs, func(x, y pair) int {
		if by := bytes.Compare(x.name, y.name); by != 0 {
			return by
		}
		return bytes.Compare(x.value, y.value)
	})
	for i, p := range pairs {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(append(append(b, p.name...), '='), p.value...)
	}
	return b
}

// decodePair decodes "name=value"; a plus sign is a space, as the decoder of
// operations reads it. After an error name is the raw text.
func decodePair(part string) (name, value string, err error) {
	name, value, _ = strings.Cut(part, "=")
	decoded, err := unescape(name)
	if err != nil {
		return name, "", err
	}
	value, err = unescape(value)
	return decoded, value, err
}

var errEscape = errors.New("wrong percent-escape")

func unescape(s string) (string, error) {
	if !strings.ContainsAny(s, "%+") {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b = append(b, ' ')
		case s[i] != '%':
			b = append(b, s[i])
		default:
			if i+3 > len(s) {
				return "", errEscape
			}
			octet, err := hex.DecodeString(s[i+1 : i+3])
			if err != nil {
				return "", errEscape
			}
			b = append(b, octet[0])
			i += 2
		}
	}
	return string(b), nil
}

// headerValues returns the values of a header by its lower-case name, or nil
// when the request has no such header. net/http keeps Host, and sometimes
// Content-Length, outside the header map; Host is what HTTP/2 calls :authority.
func headerValues(r *http.Request, name string) []string {
	if name == "host" || name == authority && r.ProtoMajor >= 2 {
		return []string{r.Host}
	}
	if values := r.Header[textproto.CanonicalMIMEHeaderKey(name)]; values != nil {
		return values
	}
	if name == "content-length" && r.ContentLength >= 0 {
		return []string{strconv.FormatInt(r.ContentLength, 10)}
	}
	return nil
}

// appendHeader writes "name:v1,v2\n", each value trimmed and its runs of
// spaces made one.
func appendHeader(b []byte, name string, values []string) []byte {
	b = append(append(b, name...), ':')
	for i, value := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendSqueezed(b, strings.Trim(value, " \t"))
	}
	return append(b, '\n')
}

func appendSqueezed(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] == ' ' && i > 0 && s[i-1] == ' ' {
			continue
		}
		b = append(b, s[i])
	}
	return b
}

// appendEscaped percent-encodes all but RFC 3986's unreserved characters and
// the bytes in keep.
func appendEscaped(b []byte, s, keep string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if unreserved(c) || strings.IndexByte(keep, c) >= 0 {
			b = append(b, c)
			continue
		}
		b = append(b, '%', digits[c>>4], digits[c&15])
	}
	return b
}

func unreserved(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c == '-' || c == '.' || c == '_' || c == '~'
}

// sign writes the string to sign over a canonical request and signs it.
func (c *claim) sign(key []byte, canonical []byte) string {
	sum := sha256.Sum256(canonical)
	b := make([]byte, 0, 256)
	b = append(append(append(b, algorithm...), '\n'), c.stamp...)
	b = append(append(b, '\n'), c.date...)
	b = append(append(b, '/'), c.region...)
	b = append(append(b, '/'), c.service...)
	b = append(append(append(b, '/'), terminator...), '\n')
	b = hex.AppendEncode(b, sum[:])
	return hex.EncodeToString(mac(key, b))
}
