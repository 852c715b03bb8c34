package web

import (
	"context"
	"log/slog"
	"net/http"
)

// Document answers GET with a JSON document that anybody may read, such as the
// discovery document of an OpenID Connect issuer.
type Document struct {
	Read func(ctx context.Context) ([]byte, error) // nothing without an error: there is none
	Log  *slog.Logger
}

// ServeHTTP writes the document: 200, or 404 where there is none.
func (d *Document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This document can only be read.", http.StatusMethodNotAllowed)
		return
	}
	text, err := d.Read(r.Context())
	switch {
	case err != nil:
		d.Log.ErrorContext(r.Context(), "a public document cannot be written", "path", r.URL.Path, "error", err)
		http.Error(w, "The document cannot be shown.", http.StatusInternalServerError)
	case text == nil:
		http.Error(w, "There is no such document: this server was not told its public URL.", http.StatusNotFound)
	default:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(text)
	}
}
