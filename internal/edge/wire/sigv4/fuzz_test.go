package sigv4

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

// checkFuzzed holds any answer to what every refusal promises.
func checkFuzzed(t *testing.T, r *http.Request, accepted string) {
	t.Helper()
	res, err := suiteVerifier("").Verify(t.Context(), r, nil)
	if err == nil {
		if res.Signature != accepted {
			t.Fatalf("accepted the signature %q", res.Signature)
		}
		return
	}
	var e *Error
	if !errors.As(err, &e) || e.Status != http.StatusForbidden || e.Code == "" {
		t.Fatalf("err = %#v, want a refusal", err)
	}
	if len(e.Message) > 2048 || strings.Contains(e.Message, suiteSecret) {
		t.Fatalf("message %q", e.Message)
	}
}

func FuzzAuthorization(f *testing.F) {
	f.Add(goodAuth, suiteStamp, "Sun, 30 Aug 2015 12:36:00 GMT")
	for _, c := range wrongHeaderForm() {
		for _, line := range c.headers {
			if value, ok := strings.CutPrefix(line, "Authorization:"); ok && len(value) < 1000 {
				f.Add(value, suiteStamp, "")
			}
		}
	}
	f.Fuzz(func(t *testing.T, authorization, stamp, date string) {
		r := readRequest(t, "GET", "/", []string{"Host:" + suiteHost}, "")
		r.Header["Authorization"] = []string{authorization}
		if stamp != "" {
			r.Header["X-Amz-Date"] = []string{stamp}
		}
		r.Header["Date"] = []string{date}
		checkFuzzed(t, r, goodSig)
	})
}

func FuzzPresign(f *testing.F) {
	f.Add(goodQuery)
	for _, c := range wrongQueryForm() {
		f.Add(strings.TrimPrefix(c.target, "/?"))
	}
	_, accepted, _ := strings.Cut(goodQuery, "X-Amz-Signature=")
	f.Fuzz(func(t *testing.T, query string) {
		r := readRequest(t, "GET", "/", []string{"Host:" + suiteHost}, "")
		r.RequestURI = "/?" + query
		checkFuzzed(t, r, accepted)
	})
}

func FuzzCanonical(f *testing.F) {
	for _, v := range vectors() {
		path, query, _ := strings.Cut(v.target, "?")
		f.Add(path, query, "a  b")
	}
	f.Fuzz(func(t *testing.T, path, query, value string) {
		once := normalise("/" + path)
		if normalise(once) != once {
			t.Errorf("normalise(%q) = %q, and again %q", path, once, normalise(once))
		}
		for segment := range strings.SplitSeq(strings.Trim(once, "/"), "/") {
			if segment == "." || segment == ".." || segment == "" && once != "/" {
				t.Errorf("normalise(%q) = %q keeps a segment %q", path, once, segment)
			}
		}
		if back, err := unescape(string(appendEscaped(nil, value, ""))); err != nil || back != value {
			t.Errorf("%q escaped and back is %q, %v", value, back, err)
		}
		if _, err := presignParams(query); err == nil {
			canonical := appendQuery(nil, query, false)
			if again := appendQuery(nil, string(canonical), false); string(again) != string(canonical) {
				t.Errorf("canonical query %q becomes %q", canonical, again)
			}
		}
		squeezed := string(appendSqueezed(nil, value))
		if strings.Contains(squeezed, "  ") || strings.ReplaceAll(squeezed, " ", "") != strings.ReplaceAll(value, " ", "") {
			t.Errorf("%q squeezed is %q", value, squeezed)
		}
	})
}
