package outbound

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// redirect judges each hop before it is taken. What the rules say of its URL is
// left to RoundTrip.
func (g *guard) redirect(r *http.Request, via []*http.Request) error {
	terms := termsOf(r.Context())
	if terms.NoRedirects {
		return http.ErrUseLastResponse
	}
	if len(via) > g.policy.MaxRedirects {
		return g.refuse(r.Context(), r.URL, fmt.Errorf("more than %d redirects", max(0, g.policy.MaxRedirects)))
	}
	first, last := OriginOf(via[0].URL), OriginOf(via[len(via)-1].URL)
	here := OriginOf(r.URL)
	if last.Scheme == "https" && here.Scheme != "https" {
		return g.refuse(r.Context(), r.URL, errors.New("a redirect from https to http"))
	}
	r.Header.Del("Referer") // it quotes the last URL, query and all
	left := here != first || slices.ContainsFunc(via, func(v *http.Request) bool { return OriginOf(v.URL) != first })
	if !left {
		return nil
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return g.refuse(r.Context(), r.URL, fmt.Errorf("a redirect of a %s to another origin, which would carry its body there", r.Method))
	}
	if carries(r.URL, via[0].URL.Query(), terms.Credentials) {
		return g.refuse(r.Context(), r.URL, errors.New("a redirect that would carry the request's credential to another origin"))
	}
	keepHarmless(r.Header)
	return nil
}

// carries reports whether a URL holds a value of one of the named parameters.
func carries(to *url.URL, query url.Values, names []string) bool {
	whole, err := url.QueryUnescape(to.RequestURI() + "#" + to.Fragment)
	for _, name := range names {
		for _, value := range query[name] {
			if value != "" && (err != nil || strings.Contains(whole, value) || strings.Contains(to.String(), value)) {
				return true
			}
		}
	}
	return false
}

// keepHarmless drops every header that could be a credential: not only
// Authorization and Cookie, since an API key may be in any header.
func keepHarmless(h http.Header) {
	for name := range h {
		switch name {
		case "Accept", "Accept-Language", "Accept-Encoding", "User-Agent":
		default:
			delete(h, name)
		}
	}
}
