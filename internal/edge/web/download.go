package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/parleyhq/parley/internal/core/fault"
)

// A File is what a Download gives.
type File struct {
	Name string // that a browser keeps it under
	Type string // media type
	Size int64  // bytes
	Copy func(ctx context.Context, to io.Writer) error
}

// Download answers GET with a file that its address alone gives a right to. A
// browser keeps the file and never shows it: whoever wrote it could have it act as
// a page of this server.
type Download struct {
	// Open finds the file by the query. A fault is told; any other error is
	// logged and hidden.
	Open func(ctx context.Context, query url.Values) (*File, error)
	Log  *slog.Logger
}

// ServeHTTP sends the file: 200, 403 where the address gives no right, or 404.
func (d *Download) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	keepToItself(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This document can only be read.", http.StatusMethodNotAllowed)
		return
	}
	file, err := d.Open(r.Context(), r.URL.Query())
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.Type)
	h.Set("Content-Disposition", disposition(file.Name))
	h.Set("Content-Length", strconv.FormatInt(file.Size, 10))
	if r.Method == http.MethodHead {
		return
	}
	if err := file.Copy(r.Context(), w); err != nil && r.Context().Err() == nil {
		// The answer has begun: that it ends too early is all that can be said.
		d.Log.ErrorContext(r.Context(), "a document could not be sent", "error", err)
		panic(http.ErrAbortHandler)
	}
}

// keepToItself sets the headers by which nothing that is sent here can act in a
// browser, be kept by what stands between, or tell where it was.
func keepToItself(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// disposition has a browser keep the file under its name.
func disposition(name string) string {
	if value := mime.FormatMediaType("attachment", map[string]string{"filename": name}); value != "" {
		return value
	}
	return "attachment"
}

func (d *Download) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f, ok := errors.AsType[*fault.Error](err)
	switch {
	case ok && f.Code == fault.AccessDenied:
		http.Error(w, f.Message, http.StatusForbidden)
	case ok && f.Code == fault.ResourceNotFound:
		http.Error(w, f.Message, http.StatusNotFound)
	default:
		d.Log.ErrorContext(r.Context(), "a document cannot be opened", "error", err)
		http.Error(w, "The document cannot be sent.", http.StatusInternalServerError)
	}
}
