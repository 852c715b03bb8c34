package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

// get sends a GET when the host's turn has come. Redirects are the answer unless
// they are to be followed. Its errors are those of the outbound client, or of
// ctx.
func (c *crawl) get(ctx context.Context, u *url.URL, follow bool) (*http.Response, error) {
	if err := c.turn(ctx, u); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Accept", "text/html, application/xhtml+xml, */*;q=0.5")
	if c.user != "" && c.origins[originOf(u.String())] {
		r.SetBasicAuth(c.user, c.password)
	}
	return c.env.Out.Send(r, outbound.Terms{NoRedirects: !follow, Partial: true})
}

// turn waits until a request may be sent to a URL's host.
func (c *crawl) turn(ctx context.Context, u *url.URL) error {
	h, now := c.host(originOf(u.String())), c.env.Now()
	if wait := h.next.Sub(now); wait > 0 {
		if err := c.env.Wait(ctx, wait); err != nil {
			return err
		}
		now = c.env.Now()
	}
	h.next = now.Add(h.delay)
	return ctx.Err()
}

// Bounds of trying again where a server asks for patience.
const (
	maxTries    = 3
	maxPatience = time.Minute
)

// fetch gets a URL, and again when the server says that it is busy.
func (c *crawl) fetch(ctx context.Context, u *url.URL) (*http.Response, error) {
	for try := 1; ; try++ {
		res, err := c.get(ctx, u, false)
		if err != nil || !busy(res.StatusCode) || try == maxTries {
			return res, err
		}
		_ = res.Body.Close()
		if err := c.env.Wait(ctx, patience(res.Header.Get("Retry-After"), c.env.Now())); err != nil {
			return nil, err
		}
	}
}

func busy(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// patience reads Retry-After, in either of its forms (RFC 9110, section 10.2.3).
func patience(header string, now time.Time) time.Duration {
	wait := 5 * time.Second
	if seconds, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(min(seconds, 3600)) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, time.Second), maxPatience)
}

// content is the body of an answer, read once and kept.
type content struct {
	body io.Reader
	most int64
	mark []byte // written before it

	data []byte
	err  error
	done bool
}

// read returns all of it, or an error when it is larger than may be.
func (b *content) read() ([]byte, error) {
	if b.done {
		return b.data, b.err
	}
	b.done = true
	b.data, b.err = io.ReadAll(io.LimitReader(b.body, b.most+1))
	switch {
	case errors.Is(b.err, outbound.ErrTooLarge):
		b.data, b.err = nil, &tooLargeError{"it is larger than this server reads"}
	case b.err == nil && int64(len(b.data)) > b.most:
		b.data, b.err = nil, tooLarge(b.most)
	case b.err == nil:
		b.data = append(b.mark, b.data...)
	}
	return b.data, b.err
}

// open is Item.Open.
func (b *content) open(ctx context.Context) (io.ReadCloser, error) {
	data, err := b.read()
	if err != nil {
		return nil, err
	}
	return io.NopCloser(bytes.NewReader(data)), ctx.Err()
}

// tooLargeError is content that is larger than the configuration wants, or than
// this server reads.
type tooLargeError struct{ why string }

func tooLarge(most int64) error {
	return &tooLargeError{fmt.Sprintf("it has more than the %d bytes that are read", most)}
}

// Error says how large it may be.
func (e *tooLargeError) Error() string { return e.why }
