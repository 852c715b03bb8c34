package wire

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestPages: a page has its path, and one whose path ends in a slash all below it.
func TestPages(t *testing.T) {
	c := config(io.Discard)
	says := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
	}
	c.Pages = map[string]http.Handler{"/web/": says("web"), "/oauth/callback": says("callback"), "/web/own": says("own")}
	s := New(c)
	for path, want := range map[string]string{
		"/web/": "web", "/web/1/": "web", "/web/1/2/3": "web", "/web/own": "own", "/oauth/callback": "callback",
		"/web": "", "/webs/1": "", "/oauth/callback/1": "", "/x/web/1": "", "/": "", "//web/1": "",
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path = path
		s.ServeHTTP(w, r)
		got := w.Body.String()
		if found := w.Code == http.StatusOK; found != (want != "") || found && got != want {
			t.Errorf("%s: %d %q, want %q", path, w.Code, got, want)
		}
	}
}
