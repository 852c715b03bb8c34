package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

// answer reads a response of 2xx.
func (c *Caller) answer(res *http.Response) (*Answer, error) {
	a := &Answer{Status: res.StatusCode, Size: max(0, res.ContentLength), RequestID: requestID(res.Header)}
	var charset string
	a.MediaType, charset = mediaType(res.Header.Get("Content-Type"))
	empty := res.Request.Method == http.MethodHead || res.ContentLength == 0 || res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusResetContent
	if empty {
		return a, nil
	}
	if a.Binary = a.MediaType != "" && !isText(a.MediaType) || encoded(res.Header); a.Binary {
		return a, nil
	}
	raw, truncated, err := readUpTo(res.Body, c.maxBody(), res.ContentLength)
	if err != nil {
		return nil, err
	}
	a.Size, a.Truncated = max(a.Size, int64(len(raw))), truncated
	raw = raw[:min(int64(len(raw)), c.maxBody())]
	if a.MediaType == "" {
		a.MediaType = sniff(raw)
	}
	if a.Binary = !isText(a.MediaType) || a.MediaType == "text/plain" && looksBinary(raw); a.Binary {
		a.Truncated = false
		return a, nil
	}
	a.Body = text(raw, a.MediaType, charset, truncated)
	if int64(len(a.Body)) > c.maxBody() { // another charset may be shorter than UTF-8
		a.Body, a.Truncated = trimRune(a.Body[:c.maxBody()]), true
	}
	return a, nil
}

// readUpTo reads one byte more than most, to tell a full body from a longer one.
func readUpTo(body io.Reader, most, announced int64) (raw []byte, truncated bool, err error) {
	var b bytes.Buffer
	b.Grow(int(min(max(announced, 0), most)) + bytes.MinRead)
	_, err = b.ReadFrom(io.LimitReader(body, most+1))
	truncated = int64(b.Len()) > most
	if errors.Is(err, outbound.ErrTooLarge) { // the way out has the lower cap
		truncated, err = true, nil
	}
	return b.Bytes(), truncated, err
}

// encoded reports an encoding that nobody asked for and nobody undid.
func encoded(h http.Header) bool {
	encoding := h.Get("Content-Encoding")
	return encoding != "" && !strings.EqualFold(encoding, "identity")
}

// mediaType reads a Content-Type. One that cannot be read counts as none.
func mediaType(header string) (media, charset string) {
	media, params, err := mime.ParseMediaType(header)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || len(media) > 127 {
		return "", ""
	}
	return media, params["charset"]
}

// isText reports media types whose bodies are text.
func isText(media string) bool {
	kind, sub, _ := strings.Cut(media, "/")
	if kind == "text" {
		return true
	}
	if i := strings.LastIndexByte(sub, '+'); i >= 0 {
		return slices.Contains([]string{"json", "xml", "yaml", "json-seq"}, sub[i+1:])
	}
	return kind == "application" && slices.Contains([]string{
		"json", "x-json", "ndjson", "x-ndjson", "jsonl", "x-jsonlines", "json-seq", "json5", "xml", "yaml", "x-yaml", "toml", "csv",
		"javascript", "x-javascript", "ecmascript", "graphql", "graphql-response", "sql", "x-www-form-urlencoded",
	}, sub)
}

// sniff names the media type of a body that came without one.
func sniff(raw []byte) string {
	media, _, _ := strings.Cut(http.DetectContentType(raw), ";")
	if start := bytes.TrimLeft(raw, " \t\r\n"); media == "text/plain" && len(start) > 0 && (start[0] == '{' || start[0] == '[') && json.Valid(raw) {
		return "application/json"
	}
	return media
}

// looksBinary reports bytes that no text in an encoding of bytes has. Servers
// say text/plain of files that they do not know.
func looksBinary(raw []byte) bool {
	return bytes.IndexByte(raw[:min(len(raw), 512)], 0) >= 0 && byteOrderMark(raw) == ""
}
