package differential

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// text is a pattern whose letters are all plain.
func text(pattern []letter) string {
	var b strings.Builder
	for _, l := range pattern {
		b.WriteRune(l.char)
	}
	return b.String()
}

func sameString(request string, policy []letter) bool { return request == text(policy) }

func sameStringInAnyCase(request string, policy []letter) bool {
	return strings.EqualFold(request, text(policy))
}

func likeString(request string, policy []letter) bool { return like(policy, []rune(request)) }

func likeARNString(request string, policy []letter) bool { return likeARN(policy, request) }

// sameBytes compares byte for byte with what base64 stands for.
func sameBytes(request string, policy []letter) bool {
	bytes, err := base64.StdEncoding.DecodeString(text(policy))
	return err == nil && string(bytes) == request
}

func isBool(text string) bool {
	return strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
}

// isARN: there are six components to be checked.
func isARN(text string) bool {
	return strings.HasPrefix(text, "arn:") && strings.Count(text, ":") >= 5
}

func isBase64(text string) bool {
	_, err := base64.StdEncoding.DecodeString(text)
	return err == nil
}

// ipRange reads an address or a range in CIDR notation; an address alone is a
// range of one. An IPv4 address that is mapped into IPv6 (RFC 4291, section
// 2.5.5.2) is the IPv4 address; the pages do not say.
func ipRange(text string) (netip.Prefix, bool) {
	if address, err := netip.ParseAddr(text); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), true
	}
	prefix, err := netip.ParsePrefix(text)
	if err == nil && prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix, err == nil
}

func isRange(text string) bool {
	_, ok := ipRange(text)
	return ok
}

func inRange(request string, policy []letter) bool {
	address, err := netip.ParseAddr(request)
	prefix, ok := ipRange(text(policy))
	return err == nil && ok && prefix.Contains(address.Unmap())
}

// ordered compares two values as what they are read to be. What cannot be read
// is not less than, equal to, or greater than anything.
func ordered(parse func(string) (*big.Rat, bool), accepted []int) func(string, []letter) bool {
	return func(request string, policy []letter) bool {
		a, ok := parse(request)
		b, also := parse(text(policy))
		if !ok || !also {
			return false
		}
		for _, sign := range accepted {
			if a.Cmp(b) == sign {
				return true
			}
		}
		return false
	}
}

func reads(parse func(string) (*big.Rat, bool)) func(string) bool {
	return func(text string) bool {
		_, ok := parse(text)
		return ok
	}
}

var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// number reads an integer or a decimal, exactly.
func number(text string) (*big.Rat, bool) {
	if !decimal.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

var (
	seconds = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
	w3c     = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?)?)?$`)
)

// date reads the forms of the W3C's profile of ISO 8601
// (www.w3.org/TR/NOTE-datetime), fractions to the nanosecond, or the seconds
// since 1970. Four digits are a year.
func date(text string) (*big.Rat, bool) {
	if !w3c.MatchString(text) {
		if !seconds.MatchString(text) {
			return nil, false
		}
		return number(text)
	}
	for _, layout := range []string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			whole := new(big.Rat).SetInt64(at.Unix())
			return whole.Add(whole, big.NewRat(int64(at.Nanosecond()), int64(time.Second))), true
		}
	}
	return nil, false
}
