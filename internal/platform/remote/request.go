package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

// prepare makes the HTTP request of a call, with credentials, and the terms
// under which it goes out.
func prepare(ctx context.Context, call Call) (*http.Request, outbound.Terms, error) {
	var terms outbound.Terms
	r, err := http.NewRequestWithContext(ctx, call.Request.Method, call.Request.URL, bytes.NewReader(call.Request.Body))
	if err != nil { // which quotes the URL, query and all
		return nil, terms, errors.New("the call has a method or a URL that HTTP cannot send")
	}
	r.Header = headers(call.Request.Header)
	plain := r.URL.Query()
	if call.Authorize != nil {
		if err := call.Authorize(r); err != nil {
			return nil, terms, err
		}
	}
	if !call.Read {
		forbidReplay(r)
	}
	terms.Partial = true
	terms.NoRedirects = !call.Read || r.Method != http.MethodGet && r.Method != http.MethodHead
	terms.Credentials = added(plain, r.URL.Query())
	return r, terms, nil
}

// headers copies what a document may set. The others belong to the connection,
// or would change how the answer has to be read.
func headers(from http.Header) http.Header {
	to := http.Header{}
	for name, values := range from {
		switch name = http.CanonicalHeaderKey(name); name {
		case "Accept-Encoding", "Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "Range",
			"Te", "Trailer", "Transfer-Encoding", "Upgrade":
		default:
			if !strings.HasPrefix(name, "Proxy-") {
				to[name] = append(to[name], values...)
			}
		}
	}
	if to.Get("User-Agent") == "" { // some APIs refuse requests without
		to.Set("User-Agent", "Parley")
	}
	return to
}

// forbidReplay keeps net/http from sending a request again when a connection
// that was kept alive breaks. It does so for GET and the like, and for whatever
// has an idempotency key, unless the key's header is not in canonical form and
// the body cannot be had twice. What it never began to write it still may send.
func forbidReplay(r *http.Request) {
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, ok := r.Header[name]; ok {
			delete(r.Header, name)
			r.Header[strings.ToLower(name)] = values
		}
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		if r.Body == nil || r.Body == http.NoBody {
			r.Body = io.NopCloser(strings.NewReader(""))
		}
		r.GetBody = nil
	}
}

// added names the parameters that have values which they had not before.
func added(before, after url.Values) (names []string) {
	for name, values := range after {
		if !slices.Equal(values, before[name]) {
			names = append(names, name)
		}
	}
	return names
}
