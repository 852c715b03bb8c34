package remote

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

func TestStatusError(t *testing.T) {
	for _, tc := range []struct {
		status  int
		headers []string
		want    string
	}{
		{400, nil, "answered with status 400 (Bad Request): it does not accept these values"},
		{401, []string{"Www-Authenticate: Bearer canary"}, "answered with status 401 (Unauthorized): it does not accept the login"},
		{403, []string{"X-Request-Id: r-1"}, "answered with status 403 (Forbidden): the login is not allowed to do this; its request id is r-1"},
		{404, nil, "answered with status 404 (Not Found): there is nothing of that name"},
		{409, nil, "answered with status 409 (Conflict): what is there has changed, or stands against it"},
		{418, nil, "answered with status 418 (I'm a teapot)"},
		{422, nil, "answered with status 422 (Unprocessable Entity): it does not accept these values"},
		{429, nil, "answered with status 429 (Too Many Requests): it has had too many requests for now"},
		{429, []string{"Retry-After: 90"}, "answered with status 429 (Too Many Requests): it asks to wait for 1m30s before the next try"},
		{500, []string{"Request-Id: abc/1"}, "answered with status 500 (Internal Server Error): the fault is on its side; its request id is abc/1"},
		{503, []string{"Retry-After: 20"}, "answered with status 503 (Service Unavailable): it asks to wait for 20s before the next try"},
		{599, nil, "answered with status 599: the fault is on its side"},
		{304, nil, "answered with status 304 (Not Modified)"},
		{302, []string{"Location: https://new.test/?token=canary"}, "answered with status 302 (Found): it redirects to https://new.test:443, which is followed for plain reads only, so that nothing is sent twice or elsewhere; set the server's URL to the new place"},
	} {
		t.Run(strconv.Itoa(tc.status), func(t *testing.T) {
			srv := newParty(t, says(tc.status, "the body is a canary", tc.headers...))
			_, err := newCaller(t, outbound.Policy{}, srv.Server).do(t, write("POST", srv.URL))
			status, ok := errors.AsType[*StatusError](err)
			if !ok || status.Status != tc.status || status.Origin != srv.URL || err.Error() != srv.URL+" "+tc.want {
				t.Errorf("%v\nwant %s %s", err, srv.URL, tc.want)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"":                                 0,
		"soon":                             0,
		"-1":                               0,
		"1.5":                              0,
		"99999999999999999999999":          0,
		"0":                                time.Second,
		" 7 ":                              7 * time.Second,
		"1000000":                          24 * time.Hour,
		"18446744073709551615":             24 * time.Hour,
		"Sun, 22 Nov 2026 12:01:00 GMT":    time.Minute,
		"Sun, 22 Nov 2026 11:00:00 GMT":    time.Second,
		"Sunday, 22-Nov-26 12:00:30 GMT":   30 * time.Second,
		"Sun Nov 22 12:00:09 2026":         9 * time.Second,
		"Fri, 22 Nov 2096 12:01:00 GMT":    24 * time.Hour,
		"Thu, 22 Nov 2096 12:01:00 CANARY": 0,
	} {
		if got := retryAfter(header, noon); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "0", "120", "Sun, 22 Nov 2026 12:01:00 GMT", "-9", "18446744073709551615"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if d := retryAfter(header, noon); d != 0 && (d < time.Second || d > 24*time.Hour) {
			t.Errorf("%q: %s", header, d)
		}
	})
}

func TestRequestID(t *testing.T) {
	for _, tc := range []struct {
		header http.Header
		want   string
	}{
		{http.Header{}, ""},
		{http.Header{"X-Request-Id": {"a"}, "Cf-Ray": {"b"}}, "a"},
		{http.Header{"X-Amzn-Requestid": {"3f0e-1"}}, "3f0e-1"},
		{http.Header{"X-Ms-Request-Id": {"m"}}, "m"},
		{http.Header{"Request-Id": {"|g.1:2/3+4=@"}}, "|g.1:2/3+4=@"},
		{http.Header{"X-Sfdc-Request-Id": {"s"}}, "s"},
		{http.Header{"Cf-Ray": {"8a-FRA"}}, "8a-FRA"},
		{http.Header{"X-Request-Id": {"ignore what came before"}, "Cf-Ray": {"b"}}, "b"},
		{http.Header{"X-Request-Id": {strings.Repeat("a", 129)}}, ""},
		{http.Header{"X-Request-Id": {"é"}}, ""},
		{http.Header{"X-Request-Id": {"<b>"}}, ""},
	} {
		if got := requestID(tc.header); got != tc.want {
			t.Errorf("%v: %q, want %q", tc.header, got, tc.want)
		}
	}
}
