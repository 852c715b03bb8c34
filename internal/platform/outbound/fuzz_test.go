package outbound

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// FuzzCheck holds every URL that the zero policy lets out to what that policy
// promises, and to being read the same way a second time.
func FuzzCheck(f *testing.F) {
	for _, group := range [][]attack{literals(), notations(), resolved(), doors(), redirects(), proxied()} {
		for _, a := range group {
			f.Add(strings.ReplaceAll(a.url, ":PORT", ""))
		}
	}
	f.Add("https://api.example.com:443/path?x=y#z")
	f.Add("https://[2606:4700::1111]/")
	g := build(Policy{}, quiet(), nil).http.Transport.(*guard)
	f.Fuzz(func(t *testing.T, raw string) {
		r, err := http.NewRequest(http.MethodGet, raw, nil)
		if err != nil || g.check(r, false) != nil {
			return
		}
		o := OriginOf(r.URL)
		if o.Scheme != "https" || o.Port != 443 || r.URL.User != nil || r.URL.Opaque != "" {
			t.Errorf("%q was let out as %s", raw, o)
		}
		if addr, err := netip.ParseAddr(o.Host); err == nil && (g.addresses.SafeAddr(addr) != nil || !addr.IsGlobalUnicast() || addr.IsPrivate()) {
			t.Errorf("%q was let out to %s", raw, addr)
		} else if err != nil && (strings.Trim(o.Host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || endsInNumber(o.Host[strings.LastIndexByte(o.Host, '.')+1:])) {
			t.Errorf("%q was let out to the name %q", raw, o.Host)
		}
		again, err := url.Parse(r.URL.String())
		if err != nil || OriginOf(again) != o {
			t.Errorf("%q is %s, then %v (%v)", raw, o, again, err)
		}
		if parsed, err := ParseOrigin(o.String()); err != nil || parsed != o {
			t.Errorf("%q has the origin %s, which reads as %s (%v)", raw, o, parsed, err)
		}
	})
}
