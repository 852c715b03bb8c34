package oidc

import (
	"math"
	"slices"
	"time"
)

// skew is how far the issuer's clock may be from ours.
const skew = time.Minute

// Claims are what a token says, as encoding/json reads it.
type Claims map[string]any

// String is a claim that is a string, and empty for any other.
func (c Claims) String(name string) string {
	s, _ := c[name].(string)
	return s
}

// Strings is a claim that is a string or a list of strings; members of other
// kinds are left out.
func (c Claims) Strings(name string) []string {
	switch v := c[name].(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
		return all
	case []string:
		return slices.Clone(v)
	}
	return nil
}

// Time is a claim that is a NumericDate (RFC 7519 section 2): seconds since 1970.
// It is false for a claim that is missing or is no such date.
func (c Claims) Time(name string) (time.Time, bool) {
	const distant = 1 << 38 // the year 10680; a sum with it is still a time
	seconds, ok := c[name].(float64)
	if !ok || !(seconds >= 0 && seconds < distant) {
		return time.Time{}, false
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9)), true
}

// check is everything but the issuer and the signature. Expiry comes last, so
// that ErrExpired is said of tokens that were right once.
func (c Claims) check(audiences []string, now time.Time) error {
	if _, logout := c["events"]; logout {
		return invalid("it tells of events and identifies nobody")
	}
	if err := c.checkAudience(audiences); err != nil {
		return err
	}
	for _, name := range []string{"iat", "nbf"} {
		at, ok := c.Time(name)
		if _, given := c[name]; given && !ok {
			return invalid("its %s is not a date", name)
		}
		if ok && at.After(now.Add(skew)) {
			return invalid("it is not valid yet (%s)", name)
		}
	}
	expires, ok := c.Time("exp")
	if !ok {
		return invalid("it has no date of expiry (exp)")
	}
	if !now.Before(expires.Add(skew)) {
		return ErrExpired
	}
	return nil
}

// checkAudience follows OpenID Connect Core 1.0, section 3.1.3.7, steps 3 to 5.
func (c Claims) checkAudience(audiences []string) error {
	named := c.Strings("aud")
	ours := func(one string) bool { return one != "" && slices.Contains(audiences, one) }
	stranger := func(one string) bool { return !ours(one) }
	if len(named) == 0 {
		return invalid("it is for nobody (aud)")
	}
	if !slices.ContainsFunc(named, ours) {
		return invalid("it is for another audience (aud)")
	}
	if azp, given := c["azp"]; given {
		if party, ok := azp.(string); !ok || !ours(party) {
			return invalid("it was issued to another party (azp)")
		}
		return nil
	}
	if slices.ContainsFunc(named, stranger) {
		return invalid("it is for other audiences too, and does not say to whom it was issued (azp)")
	}
	return nil
}
