package outbound

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// cappedBody fails with ErrTooLarge once more than left bytes have been read.
// It sits outside decompression, so a small bomb is counted at its full size.
type cappedBody struct {
	io.ReadCloser
	left int64
}

// Read reads at most one byte over the cap, to tell a full body from a longer one.
func (b *cappedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, tooLarge()
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, tooLarge()
	}
	return n, err
}

func tooLarge() error { return fmt.Errorf("reading the response: %w", ErrTooLarge) }

// lastingBody calls leave when it has been read to its end, or closed.
type lastingBody struct {
	io.ReadCloser
	leave func()
}

// Read gives the place in the queue back at the end.
func (b *lastingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.leave()
	}
	return n, err
}

// Close gives the place in the queue back.
func (b *lastingBody) Close() error {
	defer b.leave()
	return b.ReadCloser.Close()
}

// explainedBody puts errors of reading into words of this package.
type explainedBody struct {
	io.ReadCloser
	explain func(error) error
}

// Read passes the end of the body on as it is.
func (b *explainedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.explain(err)
	}
	return n, err
}

// A body may inflate to its first MiB as it likes; past that, what comes out is
// at most 200 times what went in. JSON of real APIs stays under 50.
const (
	freeInflation = 1 << 20
	maxInflation  = 200
)

// askForGzip returns r, or a copy of it that accepts gzip where the caller
// leaves the encoding to us.
func askForGzip(r *http.Request) *http.Request {
	if r.Method == http.MethodHead || r.Header.Get("Accept-Encoding") != "" || r.Header.Get("Range") != "" {
		return r
	}
	asked := r.Clone(r.Context())
	asked.Header.Set("Accept-Encoding", "gzip")
	return asked
}

// decompress undoes the encoding that askForGzip asked for. The cap holds for
// the compressed body, too: members of gzip that are empty may go on for ever.
func decompress(res *http.Response, most int64) {
	if !strings.EqualFold(res.Header.Get("Content-Encoding"), "gzip") {
		return
	}
	res.Header.Del("Content-Encoding")
	res.Header.Del("Content-Length")
	res.ContentLength, res.Uncompressed = -1, true
	res.Body = &inflatedBody{compressed: &countedBody{ReadCloser: &cappedBody{ReadCloser: res.Body, left: most}}}
}

// countedBody counts what has been read of it.
type countedBody struct {
	io.ReadCloser
	n int64
}

// Read counts.
func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	return n, err
}

// inflatedBody reads gzip.
type inflatedBody struct {
	compressed *countedBody
	gzip       *gzip.Reader // nil before the first Read
	n          int64        // bytes that came out
}

// Read fails with ErrTooLarge when the body inflates like a bomb.
func (b *inflatedBody) Read(p []byte) (n int, err error) {
	if b.gzip == nil {
		if b.gzip, err = gzip.NewReader(b.compressed); err != nil {
			return 0, err
		}
	}
	n, err = b.gzip.Read(p)
	b.n += int64(n)
	if b.n > freeInflation && b.n > maxInflation*b.compressed.n {
		return 0, fmt.Errorf("%w: it inflates more than %d times", ErrTooLarge, maxInflation)
	}
	return n, err
}

// Close closes the compressed body.
func (b *inflatedBody) Close() error { return b.compressed.Close() }
