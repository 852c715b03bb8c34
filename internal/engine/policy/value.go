package policy

import (
	"cmp"
	"net/netip"
	"strings"
	"time"
)

// A number is a decimal of any length, without zeros at its ends.
type number struct {
	negative bool
	whole    string
	fraction string
}

// readNumber reads an optional minus, digits, and an optional point with
// digits.
func readNumber(s string) (n number, ok bool) {
	s, n.negative = strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(s, ".")
	if !digits(whole) || point && !digits(fraction) {
		return number{}, false
	}
	n.whole, n.fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if n.whole == "" && n.fraction == "" {
		n.negative = false
	}
	return n, true
}

// digits says whether a text is one digit or more.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func (n number) compare(m number) order {
	if n.negative != m.negative {
		if n.negative {
			return less
		}
		return greater
	}
	if n.negative {
		n, m = m, n
	}
	return orderOf(cmp.Or(cmp.Compare(len(n.whole), len(m.whole)), strings.Compare(n.whole, m.whole), strings.Compare(n.fraction, m.fraction)))
}

// orderOf is the order of what cmp.Compare answers.
func orderOf(c int) order {
	switch {
	case c < 0:
		return less
	case c > 0:
		return greater
	}
	return equal
}

// An instant is a point in time: seconds since 1970, and nanoseconds.
type instant struct {
	seconds int64
	nanos   int64
}

func (t instant) compare(u instant) order {
	return orderOf(cmp.Or(cmp.Compare(t.seconds, u.seconds), cmp.Compare(t.nanos, u.nanos)))
}

// layouts are the forms of the W3C profile of ISO 8601
// (https://www.w3.org/TR/NOTE-datetime) that have a length of their own, by it.
var layouts = map[int]string{
	len("2006"):                      "2006",
	len("2006-01"):                   "2006-01",
	len(time.DateOnly):               time.DateOnly,
	len("2006-01-02T15:04Z"):         "2006-01-02T15:04Z",
	len("2006-01-02T15:04:05Z"):      "2006-01-02T15:04:05Z",
	len("2006-01-02T15:04+01:00"):    "2006-01-02T15:04-07:00",
	len("2006-01-02T15:04:05+01:00"): "2006-01-02T15:04:05-07:00",
}

// readDate reads a date of the W3C profile of ISO 8601, or seconds since 1970.
// Four digits are a year.
func readDate(s string) (instant, bool) {
	if before, fraction, ok := strings.Cut(s, "."); ok {
		return readFraction(before, fraction)
	}
	if len(s) != 4 && digits(s) {
		return readEpoch(s)
	}
	return readMoment(s)
}

// maxEpoch is the end of the year 9999.
const maxEpoch = 253402300799

func readEpoch(s string) (t instant, ok bool) {
	for i := range len(s) {
		if t.seconds = t.seconds*10 + int64(s[i]-'0'); t.seconds > maxEpoch {
			return instant{}, false
		}
	}
	return t, true
}

// readFraction reads the two forms with a fraction of a second, cut at its
// point.
func readFraction(before, rest string) (t instant, ok bool) {
	end := 0
	for end < len(rest) && digits(rest[end:end+1]) {
		end++
	}
	fraction, zone := rest[:end], rest[end:]
	if len(fraction) == 0 || len(fraction) > 9 {
		return instant{}, false
	}
	switch {
	case zone == "" && digits(before):
		t, ok = readEpoch(before)
	case zone != "" && len(before) == len("2006-01-02T15:04:05"):
		var b [len("2006-01-02T15:04:05+01:00")]byte
		if len(zone) <= len("+01:00") {
			t, ok = readMoment(string(append(append(b[:0], before...), zone...)))
		}
	}
	for i := range 9 {
		t.nanos *= 10
		if i < len(fraction) {
			t.nanos += int64(fraction[i] - '0')
		}
	}
	return t, ok
}

// readMoment reads the forms without a fraction. It looks at the shape first,
// because an error of the time package has to be allocated.
func readMoment(s string) (instant, bool) {
	layout, ok := layouts[len(s)]
	if !ok {
		return instant{}, false
	}
	for i := range len(s) {
		want := layout[i]
		switch isDigit := digits(s[i : i+1]); {
		case isDigit != digits(layout[i:i+1]):
			return instant{}, false
		case !isDigit && s[i] != want && (want != '-' || s[i] != '+'):
			return instant{}, false
		}
	}
	t, err := time.Parse(layout, s)
	return instant{seconds: t.Unix()}, err == nil
}

// readNetwork reads an address or a range of a policy. A plain address is a
// range of one.
func readNetwork(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		return readAddress(s)
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p, true
}

// readAddress reads an address as a range of one. It looks at the characters
// first, because an error of netip has to be allocated.
func readAddress(s string) (netip.Prefix, bool) {
	if len(s) > len("0000:0000:0000:0000:0000:ffff:255.255.255.255") || strings.Trim(s, "0123456789abcdefABCDEF:.") != "" {
		return netip.Prefix{}, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}
