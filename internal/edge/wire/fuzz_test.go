package wire

import (
	"bufio"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
)

// FuzzServe sends any request that HTTP can carry: signed by a key that is let
// in, when signed says so, so that the fuzzer comes past the signature.
func FuzzServe(f *testing.F) {
	for _, r := range api.Routes {
		target, body := wellFormed(r)
		f.Add(r.Method+" "+target+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\r\n", body, true)
	}
	f.Add("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "", false)
	f.Add("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", "", false)
	f.Add("GET /healthz HTTP/1.0\r\n\r\n", "", false)
	f.Add("POST /applications HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "", false)
	f.Add("POST /applications HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n", "{}", false)
	f.Add("GET /v1/tags/%2F%00%FF HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/e\r\n\r\n", "", false)

	c := config(io.Discard)
	c.Log = slog.New(slog.DiscardHandler)
	server := New(c)
	f.Fuzz(func(t *testing.T, head, body string, signed bool) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + body)))
		if err != nil {
			t.Skip() // net/http answers these
		}
		if signed {
			if r, err = http.NewRequest(r.Method, "http://"+region+r.RequestURI, strings.NewReader(body)); err != nil {
				t.Skip()
			}
			r.RequestURI, r.Header = "", http.Header{"Content-Type": {"application/json"}}
			r = sign(t, r, body)
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if _, err := uuid.Parse(w.Header().Get("x-amzn-RequestId")); err != nil {
			t.Errorf("request id %q", w.Header().Get("x-amzn-RequestId"))
		}
		if !json.Valid(w.Body.Bytes()) || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s %q", w.Header().Get("Content-Type"), w.Body)
		}
		if w.Code >= 400 && !strings.Contains(r.URL.Path, "readyz") && w.Header().Get("x-amzn-ErrorType") == "" {
			t.Errorf("%d without an error type", w.Code)
		}
		if held := server.held.held.Load(); held != 0 {
			t.Errorf("%d bytes are still held", held)
		}
	})
}
