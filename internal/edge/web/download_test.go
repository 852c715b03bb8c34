package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/edge/web"
)

// hostile is a page that would do harm if a browser showed it.
const hostile = "<html><script>fetch('/applications')</script></html>"

func file(name string) *web.File {
	return &web.File{Name: name, Type: "text/html", Size: int64(len(hostile)), Copy: func(_ context.Context, to io.Writer) error {
		_, err := io.WriteString(to, hostile)
		return err
	}}
}

func download(t *testing.T, method string, open func(context.Context, url.Values) (*web.File, error)) *httptest.ResponseRecorder {
	t.Helper()
	d := &web.Download{Open: open, Log: slog.New(slog.DiscardHandler)}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, "/documents/content?d=x", http.NoBody))
	return w
}

// A browser keeps a file and never shows it.
func TestDownload(t *testing.T) {
	for name, disposition := range map[string]string{
		"page.html":      "attachment; filename=page.html",
		`a "b"; c.html`:  `attachment; filename="a \"b\"; c.html"`,
		"prüfung.html":   "attachment; filename*=utf-8''pr%C3%BCfung.html",
		"x\r\nSet: y":    "attachment; filename*=utf-8''x%0D%0ASet%3A%20y",
		"../../etc/pass": "attachment; filename=\"../../etc/pass\"",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w := download(t, method, func(_ context.Context, query url.Values) (*web.File, error) {
				if query.Get("d") != "x" {
					t.Errorf("query %v", query)
				}
				return file(name), nil
			})
			body := map[string]string{http.MethodGet: hostile}[method]
			if w.Code != http.StatusOK || w.Body.String() != body {
				t.Errorf("%s: %d %q", method, w.Code, w.Body)
			}
			for header, want := range map[string]string{
				"Content-Type": "text/html", "Content-Disposition": disposition, "Content-Length": "52",
				"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
				"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got := w.Header().Get(header); got != want {
					t.Errorf("%s of %q: %q, want %q", header, name, got, want)
				}
			}
		}
	}
}

func TestDownloadRefusals(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		text   string
	}{
		{fault.Denied("It is over."), http.StatusForbidden, "It is over."},
		{fault.NotFound("document", "d", "It is gone."), http.StatusNotFound, "It is gone."},
		{errors.New("disk hunter2"), http.StatusInternalServerError, "The document cannot be sent."},
	} {
		w := download(t, http.MethodGet, func(context.Context, url.Values) (*web.File, error) { return nil, tt.err })
		if got := strings.TrimSpace(w.Body.String()); w.Code != tt.status || got != tt.text {
			t.Errorf("%v: %d %q", tt.err, w.Code, got)
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Cache-Control") != "private, no-store" {
			t.Errorf("%v: %v", tt.err, w.Header())
		}
	}
	w := download(t, http.MethodPost, nil)
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", w.Code, w.Header())
	}
}

// What breaks off while it is sent ends the connection: half a file is not one.
func TestDownloadThatBreaksOff(t *testing.T) {
	defer func() {
		if r := recover(); r != http.ErrAbortHandler {
			t.Errorf("recovered %v", r)
		}
	}()
	download(t, http.MethodGet, func(context.Context, url.Values) (*web.File, error) {
		f := file("a")
		f.Copy = func(context.Context, io.Writer) error { return errors.New("broken") }
		return f, nil
	})
	t.Error("nothing was aborted")
}
