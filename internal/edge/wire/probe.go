package wire

import (
	"errors"
	"net/http"
)

// probe answers those who watch over the server, unsigned: /healthz says that
// the process answers, /readyz that it can do its work. It reports whether the
// request was one of them.
func (s *Server) probe(x *exchange) bool {
	path := x.r.URL.Path
	x.probe = path == "/healthz" || path == "/readyz"
	if !x.probe {
		return false
	}
	if path == "/readyz" {
		x.cause = s.unready(x.r)
	}
	if x.cause != nil {
		x.answer = append(x.answer, `{"status":"not ready"}`...)
		x.send(http.StatusServiceUnavailable)
		return true
	}
	if path == "/readyz" && s.config.Audit.Failing() != nil {
		x.answer = append(x.answer, `{"status":"ok","audit":"failing"}`...)
	} else {
		x.answer = append(x.answer, `{"status":"ok"}`...)
	}
	x.send(http.StatusOK)
	return true
}

// unready says why the server should get no requests, or nil. The reason is for
// the log: who asks is not known.
func (s *Server) unready(r *http.Request) error {
	switch {
	case s.draining.Load():
		return errors.New("wire: the server is shutting down")
	case s.config.Audit.Refuses() != nil:
		return s.config.Audit.Refuses()
	case s.config.Ready != nil:
		return s.config.Ready(r.Context())
	}
	return nil
}
