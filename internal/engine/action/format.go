package action

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A format is a rule for text, and what it wants in words.
type format struct {
	wanted string
	fits   func(string) bool
}

// formatNamed finds the rule for a format of JSON Schema (2020-12 validation,
// section 7.3) or OpenAPI (3.0, data types). Others are notes for people.
func formatNamed(name string) (format, bool) {
	switch name {
	case "date":
		return format{"a date such as 2026-11-22", isDate}, true
	case "date-time":
		return format{"a date and time such as 2026-11-22T09:30:00Z", isDateTime}, true
	case "email":
		return format{"an email address such as mary@example.com", isEmail}, true
	case "uuid":
		return format{"a UUID such as 123e4567-e89b-12d3-a456-426614174000", uuidPattern.MatchString}, true
	case "uri":
		return format{"an address such as https://example.com/", isURI}, true
	case "ipv4":
		return format{"an IPv4 address such as 192.0.2.1", isIPv4}, true
	case "ipv6":
		return format{"an IPv6 address such as 2001:db8::1", isIPv6}, true
	case "byte":
		return format{"base64 text", isBase64}, true
	}
	return format{}, false
}

var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$`)

// isDate: full-date of RFC 3339.
func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// isDateTime: date-time of RFC 3339, in which t and z may be small and a comma
// is no decimal point.
func isDateTime(s string) bool {
	_, err := time.Parse(time.RFC3339, strings.ToUpper(s))
	return err == nil && !strings.Contains(s, ",")
}

// isEmail: an address as people write it, one @ with something on both sides.
// RFC 5321's quoted local parts are not asked for by any form.
func isEmail(s string) bool {
	local, domain, found := strings.Cut(s, "@")
	return found && local != "" && domain != "" && !strings.ContainsAny(s, " \t\r\n<>,;") && !strings.Contains(domain, "@")
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && !strings.ContainsAny(s, " <>\"")
}

func isIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}

func isBase64(s string) bool {
	_, err := base64.StdEncoding.Strict().DecodeString(s)
	return err == nil && !strings.ContainsAny(s, "\r\n")
}

// rangeOf is the range of an integer format of OpenAPI.
func rangeOf(name string) (least, most *big.Rat, ok bool) {
	bits := map[string]uint{"int32": 31, "int64": 63}[name]
	if bits == 0 {
		return nil, nil, false
	}
	limit := new(big.Int).Lsh(big.NewInt(1), bits)
	least = new(big.Rat).SetInt(new(big.Int).Neg(limit))
	most = new(big.Rat).SetInt(limit.Sub(limit, big.NewInt(1)))
	return least, most, true
}

// maxListed is how many allowed values, or choices, a sentence names.
const maxListed = 20

// wanted says in words what fits s.
func wanted(s *openapi.Schema) string {
	if s == nil {
		return "a value"
	}
	if s.Const != nil {
		return string(s.Const)
	}
	if len(s.Enum) > 0 {
		return "one of " + listed(s.Enum)
	}
	if f, known := formatNamed(s.Format); known && (s.Type == "string" || s.Type == "") {
		return f.wanted
	}
	switch typeOf(s) {
	case "string":
		return "text"
	case "integer":
		return "a whole number"
	case "number":
		return "a number"
	case "boolean":
		return "true or false"
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "null":
		return "null"
	}
	return "a value"
}

func listed(values []json.RawMessage) string {
	var words []string
	for i, raw := range values {
		if i == maxListed {
			words = append(words, fmt.Sprintf("and %d more", len(values)-i))
			break
		}
		v, _ := decode(raw)
		words = append(words, short(v.plain()))
	}
	return strings.Join(words, ", ")
}

// maxShort is how much of a text of the document a sentence repeats.
const maxShort = 80

func short(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxShort {
		return string(r[:maxShort-1]) + "…"
	}
	return s
}

func quoted(name string) string { return fmt.Sprintf("%q", short(name)) }

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
