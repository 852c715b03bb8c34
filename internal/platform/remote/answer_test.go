package remote

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

func TestAnswer(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte(`{"zipped":true}`))
	z.Close()
	const long = "0123456789012345678901234567890123456789" // more than the cap of 32
	png := "\x89PNG\x0D\x0A\x1A\x0A\x00"
	for _, tc := range []struct {
		name    string
		method  string
		status  int
		headers []string
		body    string
		want    Answer
	}{
		{"JSON", "GET", 200, []string{"Content-Type: application/JSON; charset=utf-8", "X-Request-Id: r"}, `{"a":"é"}`, Answer{MediaType: "application/json", Body: []byte(`{"a":"é"}`), Size: 10, RequestID: "r"}},
		{"created", "POST", 201, []string{"Content-Type: application/problem+json"}, `{}`, Answer{MediaType: "application/problem+json", Body: []byte(`{}`), Size: 2}},
		{"no content", "PATCH", 204, nil, "", Answer{}},
		{"reset content", "PATCH", 205, nil, "", Answer{}},
		{"HEAD", "HEAD", 200, []string{"Content-Type: text/plain", "Content-Length: 5"}, "", Answer{MediaType: "text/plain", Size: 5}},
		{"empty", "GET", 200, []string{"Content-Type: application/json"}, "", Answer{MediaType: "application/json"}},
		{"announced and cut", "GET", 200, []string{"Content-Type: text/csv", "Content-Length: 40"}, long, Answer{MediaType: "text/csv", Body: []byte(long[:32]), Size: 40, Truncated: true}},
		{"counted and cut", "GET", 200, []string{"Content-Type: text/csv", "Transfer-Encoding: chunked"}, long, Answer{MediaType: "text/csv", Body: []byte(long[:32]), Size: 33, Truncated: true}},
		{"full to the byte", "GET", 200, []string{"Content-Type: text/csv"}, long[:32], Answer{MediaType: "text/csv", Body: []byte(long[:32]), Size: 32}},
		{"cut in a rune", "GET", 200, []string{"Content-Type: text/csv", "Content-Length: 33"}, long[:31] + "é", Answer{MediaType: "text/csv", Body: []byte(long[:31]), Size: 33, Truncated: true}},
		{"longer in UTF-8", "GET", 200, []string{"Content-Type: text/plain; charset=iso-8859-1"}, strings.Repeat("\xE9", 20), Answer{MediaType: "text/plain", Body: []byte(strings.Repeat("é", 16)), Size: 20, Truncated: true}},
		{"image", "GET", 200, []string{"Content-Type: image/png"}, png, Answer{MediaType: "image/png", Binary: true, Size: 9}},
		{"octets", "GET", 200, []string{"Content-Type: application/octet-stream"}, "text", Answer{MediaType: "application/octet-stream", Binary: true, Size: 4}},
		{"unknown image", "GET", 200, []string{"Content-Type: "}, png, Answer{MediaType: "image/png", Binary: true, Size: 9}},
		{"unknown octets", "GET", 200, []string{"Content-Type: "}, "\x00\x01\x02", Answer{MediaType: "application/octet-stream", Binary: true, Size: 3}},
		{"unknown JSON", "GET", 200, []string{"Content-Type: "}, ` {"a":1}`, Answer{MediaType: "application/json", Body: []byte(` {"a":1}`), Size: 8}},
		{"unknown text", "GET", 200, []string{"Content-Type: "}, "[hello]", Answer{MediaType: "text/plain", Body: []byte("[hello]"), Size: 7}},
		{"unreadable type", "GET", 200, []string{"Content-Type: a b c"}, "{}", Answer{MediaType: "application/json", Body: []byte("{}"), Size: 2}},
		{"unreadable parameter", "GET", 200, []string{"Content-Type: text/csv; ="}, "a,b", Answer{MediaType: "text/csv", Body: []byte("a,b"), Size: 3}},
		{"octets called text", "GET", 200, []string{"Content-Type: text/plain"}, "a\x00b", Answer{MediaType: "text/plain", Binary: true, Size: 3}},
		{"gzip", "GET", 200, []string{"Content-Type: application/json", "Content-Encoding: gzip"}, zipped.String(), Answer{MediaType: "application/json", Body: []byte(`{"zipped":true}`), Size: 15}},
		{"encoding that nobody asked for", "GET", 200, []string{"Content-Type: application/json", "Content-Encoding: br"}, "xyz", Answer{MediaType: "application/json", Binary: true, Size: 3}},
		{"no encoding, by name", "GET", 200, []string{"Content-Type: application/json", "Content-Encoding: identity"}, "[1]", Answer{MediaType: "application/json", Body: []byte("[1]"), Size: 3}},
		{"SVG", "GET", 200, []string{"Content-Type: image/svg+xml"}, "<svg/>", Answer{MediaType: "image/svg+xml", Body: []byte("<svg/>"), Size: 6}},
		{"vendor's zip", "GET", 200, []string{"Content-Type: application/vnd.x+zip"}, "PK", Answer{MediaType: "application/vnd.x+zip", Binary: true, Size: 2}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := newParty(t, says(tc.status, tc.body, tc.headers...))
			c := newCaller(t, outbound.Policy{}, srv.Server)
			c.MaxBody = 32
			got, err := c.do(t, Call{Request: &action.Request{Method: tc.method, URL: srv.URL}})
			tc.want.Status = tc.status
			if diff := cmp.Diff(&tc.want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// The way out may have a lower cap than the caller: what is announced over it
// is cut, and not an error.
func TestAnswerOverTheCapOfTheWayOut(t *testing.T) {
	srv := newParty(t, says(200, strings.Repeat("x", 100), "Content-Type: text/plain"))
	a, err := newCaller(t, outbound.Policy{MaxBody: 10}, srv.Server).do(t, read(srv.URL))
	if err != nil || len(a.Body) != 10 || !a.Truncated || a.Size != 100 {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestText(t *testing.T) {
	for _, tc := range []struct {
		name, raw, media, label string
		truncated               bool
		want                    string
	}{
		{"UTF-8", "é", "text/plain", "", false, "é"},
		{"UTF-8 by label", "é", "text/plain", "UTF-8", false, "é"},
		{"UTF-8 by mark", "\uFEFFé", "text/plain", "iso-8859-1", false, "é"},
		{"invalid", "a\xFFb", "text/plain", "", false, "a\uFFFDb"},
		{"invalid by label", "a\xFFb", "text/plain", "utf-8", false, "a\uFFFDb"},
		{"Latin-1", "caf\xE9", "text/plain", "ISO-8859-1", false, "café"},
		{"Windows 1252", "\x80", "text/csv", "windows-1252", false, "€"},
		{"Shift JIS", "\x93\xFA\x96\x7B", "text/plain", "shift_jis", false, "日本"},
		{"GBK", "\xC4\xE3", "application/xml", "gbk", false, "你"},
		{"UTF-16 by label", "\x00a\x00b", "text/plain", "utf-16be", false, "ab"},
		{"UTF-16 by mark", "\xFF\xFEa\x00b\x00", "text/plain", "", false, "ab"},
		{"UTF-16 by mark, cut", "\xFE\xFF\x00a\x00", "text/plain", "", true, "a"},
		{"JSON is UTF-8", `"é"`, "application/json", "iso-8859-1", false, `"é"`},
		{"JSON that is not", "\"\xE9\"", "application/hal+json", "iso-8859-1", false, `"é"`},
		{"label that nobody knows", "é\xFF", "text/plain", "klingon", false, "é\uFFFD"},
		{"label that replaces all", "abc\xFF", "text/plain", "iso-2022-kr", false, "abc\uFFFD"},
		{"HTML says it itself", "<meta charset=iso-8859-2>\xB1", "text/html", "", false, "<meta charset=iso-8859-2>ą"},
		{"HTML in UTF-8 past its beginning", strings.Repeat(" ", 2000) + "é", "text/html", "", false, strings.Repeat(" ", 2000) + "é"},
		{"cut rune", "aé"[:2], "text/plain", "", true, "a"},
		{"empty", "", "text/plain", "utf-16", false, ""},
	} {
		if got := string(text([]byte(tc.raw), tc.media, tc.label, tc.truncated)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "é", "a\xFF", "\xFF\xFEa\x00", "\xEF\xBB\xBF", "<meta charset=gbk>\xC4"} {
		for _, label := range []string{"", "utf-8", "iso-8859-1", "utf-16", "gb18030", "iso-2022-jp"} {
			f.Add([]byte(s), "text/html", label, true)
			f.Add([]byte(s), "application/json", label, false)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, media, label string, truncated bool) {
		got := text(raw, media, label, truncated)
		if !utf8.Valid(got) {
			t.Errorf("%q is not UTF-8", got)
		}
		if len(got) > 3*len(raw)+16 {
			t.Errorf("%d bytes became %d", len(raw), len(got))
		}
		if label == "" && media != "text/html" && !truncated && utf8.Valid(raw) && byteOrderMark(raw) == "" && !bytes.Equal(got, raw) {
			t.Errorf("%q became %q", raw, got)
		}
	})
}

func TestTrimRune(t *testing.T) {
	for s, want := range map[string]string{"": "", "a": "a", "é": "é", "é"[:1]: "", "a€"[:3]: "a", "a€"[:2]: "a", "€": "€", "a😀"[:4]: "a", "\x80\x80\x80\x80\x80": "\x80\x80\x80\x80\x80"} {
		if got := string(trimRune([]byte(s))); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// The media types of the built-in products' answers are text.
func TestIsText(t *testing.T) {
	for media, want := range map[string]bool{
		"application/json": true, "text/html": true, "application/vnd.pagerduty+json": true, "application/scim+json": true,
		"application/atom+xml": true, "application/x-ndjson": true, "application/pdf": false, "audio/mpeg": false, "": false,
		"multipart/form-data": false, "application/zip": false, "json": false,
	} {
		if got := isText(media); got != want {
			t.Errorf("%s: %t", media, got)
		}
	}
}
