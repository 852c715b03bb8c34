package action

import "strings"

// A charset is a set of ASCII characters.
type charset [128]bool

func setOf(parts ...string) *charset {
	var set charset
	for _, c := range []byte(strings.Join(parts, "")) {
		set[c] = true
	}
	return &set
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

var (
	// unreserved characters of RFC 3986, section 2.3.
	unreserved = setOf(alphanumeric, "-._~")

	// literal is what may stand in a path: pchar of RFC 3986, section 3.3, and
	// the slash.
	literal = setOf(alphanumeric, "-._~!$&'()*+,;=:@/")

	// allowed are the characters that allowReserved leaves in a query: the
	// reserved ones of RFC 3986 without those that would end the value there or
	// that a query cannot hold (& + # [ ]), as OpenAPI 3.1.1 asks in section
	// 4.8.12.2.1.
	allowed = setOf(alphanumeric, "-._~:/?@!$'()*,;=")

	// queryLiteral is what may stand in a query: RFC 3986, section 3.4.
	queryLiteral = setOf(alphanumeric, "-._~!$&'()*+,;=:@/?")

	// cookieOctet is cookie-octet of RFC 6265, section 4.1.1, without % which
	// marks what is encoded.
	cookieOctet = setOf(alphanumeric, "!#$&'()*+-./:<=>?@[]^_`{|}~")
)

const upperhex = "0123456789ABCDEF"

// escape percent-encodes the bytes of s (UTF-8) that are not in keep.
func escape(s string, keep *charset) string {
	return escapeAs(s, keep, false)
}

// escapeTriplets is escape, but leaves what is percent-encoded already, as
// reserved expansion does (RFC 6570, section 3.2.3).
func escapeTriplets(s string, keep *charset) string {
	return escapeAs(s, keep, true)
}

func escapeAs(s string, keep *charset, triplets bool) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c < 128 && keep[c], triplets && c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', upperhex[c>>4], upperhex[c&15]})
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
