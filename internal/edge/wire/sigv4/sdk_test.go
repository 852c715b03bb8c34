package sigv4

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func sdkCredentials(token string) aws.Credentials {
	return aws.Credentials{AccessKeyID: suiteKey, SecretAccessKey: suiteSecret, SessionToken: token}
}

// newRequest builds a client request whose path is sent exactly as given.
func newRequest(t testing.TB, method, path, query string, body []byte) *http.Request {
	t.Helper()
	decoded, err := url.PathUnescape(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(method, "http://qbusiness.localhost:8080", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = decoded, path, query
	return r
}

// sdkSign signs r in place with the Go SDK's signer.
func sdkSign(t testing.TB, r *http.Request, body []byte, token string) {
	t.Helper()
	err := v4.NewSigner().SignHTTP(context.Background(), sdkCredentials(token), r, hashOf(body), "service", "us-east-1", suiteNow())
	if err != nil {
		t.Fatal(err)
	}
}

// sdkPresign returns the presigned form of r, as a client would send it.
func sdkPresign(t testing.TB, r *http.Request, body []byte, token string) *http.Request {
	t.Helper()
	q := r.URL.Query()
	q.Set("X-Amz-Expires", "900")
	r.URL.RawQuery = q.Encode()
	uri, headers, err := v4.NewSigner().PresignHTTP(context.Background(), sdkCredentials(token), r, hashOf(body), "service", "us-east-1", suiteNow())
	if err != nil {
		t.Fatal(err)
	}
	out, err := http.NewRequest(r.Method, uri, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	headers.Del("Host")
	headers.Del("Content-Length")
	out.Header = headers
	return out
}

// onTheWire is the text a client sends for r.
func onTheWire(t testing.TB, r *http.Request) []byte {
	t.Helper()
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// arrive parses what a client sent as a server does.
func arrive(text []byte) (*http.Request, []byte, error) {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(r.Body)
	return r, body, err
}

func TestSDKSignsPathsAsSent(t *testing.T) {
	for _, path := range []string{
		"/",
		"/applications/00000000-0000-0000-0000-000000000000/plugins",
		"/v1/tags/arn%3Aaws%3Aqbusiness%3Aus-east-1%3A111122223333%3Aapplication%2Fabc%2Fplugin%2Fdef",
		"/documents/%E1%88%B4%20b%2Bc%25/content",
		"/a//b/", "/a/./b", "/a/../b", "/a/..",
	} {
		t.Run(path, func(t *testing.T) {
			for _, presigned := range []bool{false, true} {
				r := newRequest(t, http.MethodGet, path, "sync&x=%2F%20&x=a", nil)
				if presigned {
					r = sdkPresign(t, r, nil, "")
				} else {
					sdkSign(t, r, nil, "")
				}
				got, body, err := arrive(onTheWire(t, r))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := suiteVerifier("").Verify(t.Context(), got, body); err != nil {
					t.Errorf("presigned %t: %v", presigned, err)
				}
			}
		})
	}
}

// drawSigned draws a random request, signs it with the SDK in a random form,
// and returns its text and session token.
func drawSigned(t *rapid.T, tb testing.TB) (text []byte, token string) {
	segment := rapid.StringN(1, 8, 24)
	path := ""
	for _, s := range rapid.SliceOfN(segment, 0, 5).Draw(t, "path") {
		path += "/" + string(appendEscaped(nil, s, ""))
	}
	if path == "" {
		path = "/"
	}
	query := url.Values(rapid.MapOfN(rapid.StringN(0, 6, 12), rapid.SliceOfN(rapid.StringN(0, 6, 12), 1, 3), 0, 4).Draw(t, "query"))
	body := rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "body")
	r := newRequest(tb, rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE"}).Draw(t, "method"), path, query.Encode(), body)
	for i, values := range rapid.SliceOfN(rapid.SliceOfN(rapid.StringMatching(`[!-~]{1,4}( {0,3}[!-~]{1,4}){0,3}`), 1, 3), 0, 3).Draw(t, "headers") {
		r.Header[fmt.Sprintf("X-Amz-Meta-%c", 'A'+i)] = values
	}
	token = rapid.SampledFrom([]string{"", suiteLongToken}).Draw(t, "token")
	if rapid.Bool().Draw(t, "presigned") {
		r = sdkPresign(tb, r, body, token)
	} else {
		sdkSign(tb, r, body, token)
	}
	return onTheWire(tb, r), token
}

func TestSDKRequestsVerify(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text, token := drawSigned(rt, t)
		r, body, err := arrive(text)
		if err != nil {
			rt.Fatal(err)
		}
		if _, err := suiteVerifier(token).Verify(t.Context(), r, body); err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
	})
}

// meaning is all of a request that a signature must protect, read with the
// standard library rather than with the code under test.
func meaning(r *http.Request, body []byte) []any {
	path, rawQuery, _ := strings.Cut(r.RequestURI, "?")
	query, err := url.ParseQuery(rawQuery)
	for _, values := range query {
		slices.Sort(values)
	}
	headers := map[string]string{}
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-Amz-") || name == "Authorization" {
			headers[name] = regexp.MustCompile(" +").ReplaceAllString(strings.Join(values, ","), " ")
		}
	}
	return []any{r.Method, path, query, fmt.Sprint(err), r.Host, headers, string(body)}
}

func TestFlippedBitIsRefused(t *testing.T) {
	refused := 0
	rapid.Check(t, func(rt *rapid.T) {
		text, token := drawSigned(rt, t)
		r, body, err := arrive(text)
		if err != nil {
			rt.Fatal(err)
		}
		for range 32 {
			bit := rapid.IntRange(0, 8*len(text)-1).Draw(rt, "bit")
			altered := slices.Clone(text)
			altered[bit/8] ^= 1 << (bit % 8)
			r2, body2, err := arrive(altered)
			if err != nil || cmp.Equal(meaning(r, body), meaning(r2, body2)) {
				continue // not HTTP any more, or the same request written differently
			}
			if _, err := suiteVerifier(token).Verify(t.Context(), r2, body2); err == nil {
				rt.Fatalf("accepted after flipping bit %d\nsigned: %s\nsent:   %s", bit, text, altered)
			}
			refused++
		}
	})
	if refused < 100 {
		t.Errorf("only %d altered requests reached the verifier", refused)
	}
}

func TestOverHTTP(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%t", h2), func(t *testing.T) {
			v := suiteVerifier(suiteToken)
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if _, err := v.Verify(r.Context(), r, body); err != nil {
					http.Error(w, err.Error(), http.StatusForbidden)
				}
				fmt.Fprint(w, r.Proto)
			}))
			srv.EnableHTTP2 = h2
			srv.StartTLS()
			defer srv.Close()

			body := []byte(`{"tags":[]}`)
			r := newRequest(t, http.MethodPost, "/v1/tags/arn%3Aaws%3Aqbusiness%3A%2Fx", "a=%20b", body)
			r.URL.Scheme, r.URL.Host = "https", strings.TrimPrefix(srv.URL, "https://")
			r.Host = r.URL.Host
			r.Header.Set("Content-Type", "application/json")
			sdkSign(t, r, body, suiteToken)
			res, err := srv.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			answer, _ := io.ReadAll(res.Body)
			if res.StatusCode != http.StatusOK || strings.HasPrefix(string(answer), "HTTP/2") != h2 {
				t.Errorf("status %d: %s", res.StatusCode, answer)
			}
		})
	}
}

func TestEventStreamSeed(t *testing.T) {
	r := newRequest(t, http.MethodPost, "/applications/a/conversations", "", nil)
	r.Header.Set("X-Amz-Content-Sha256", EventsPayload)
	err := v4.NewSigner().SignHTTP(t.Context(), sdkCredentials(""), r, EventsPayload, "service", "us-east-1", suiteNow())
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := arrive(onTheWire(t, r))
	if err != nil {
		t.Fatal(err)
	}
	res, err := suiteVerifier("").VerifyHash(t.Context(), got, EventsPayload)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(r.Header.Get("Authorization"), "Signature="+res.Signature) {
		t.Errorf("seed signature %q is not the one sent", res.Signature)
	}
}

func TestS3Path(t *testing.T) {
	r := newRequest(t, http.MethodGet, "/bucket/a//b/../%24c%20d", "", nil)
	err := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).
		SignHTTP(t.Context(), sdkCredentials(""), r, hashOf(nil), "service", "us-east-1", suiteNow())
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := arrive(onTheWire(t, r))
	if err != nil {
		t.Fatal(err)
	}
	v := suiteVerifier("")
	if _, err := v.Verify(t.Context(), got, nil); codeOf(err) != SignatureDoesNotMatch {
		t.Errorf("as another service: %v", err)
	}
	s3 := suiteVerifier("")
	s3.S3 = true
	if _, err := s3.Verify(t.Context(), got, nil); err != nil {
		t.Errorf("as S3: %v", err)
	}
}

func BenchmarkVerify(b *testing.B) {
	r := newRequest(b, http.MethodGet, "/applications/00000000-0000-0000-0000-000000000000/plugins/11111111-1111-1111-1111-111111111111", "", nil)
	sdkSign(b, r, nil, "")
	got, _, err := arrive(onTheWire(b, r))
	if err != nil {
		b.Fatal(err)
	}
	v := suiteVerifier("")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), got, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// A client that speaks to a proxy sends the whole URL in the request line.
func TestAbsoluteForm(t *testing.T) {
	r := newRequest(t, http.MethodGet, "/v1/tags/arn%3Aaws%2Fx", "a=b", nil)
	sdkSign(t, r, nil, "")
	var text bytes.Buffer
	if err := r.WriteProxy(&text); err != nil {
		t.Fatal(err)
	}
	got, _, err := arrive(text.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.RequestURI, "http://") {
		t.Fatalf("sent %q", got.RequestURI)
	}
	if _, err := suiteVerifier("").Verify(t.Context(), got, nil); err != nil {
		t.Error(err)
	}
}

func TestSignedLater(t *testing.T) {
	r := newRequest(t, http.MethodGet, "/", "", nil)
	sdkSign(t, r, nil, "")
	got, _, err := arrive(onTheWire(t, r))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		code  string
	}{
		{-MaxSkew - time.Second, RequestExpired}, {-MaxSkew, ""}, {0, ""}, {MaxSkew, ""}, {MaxSkew + time.Second, RequestExpired},
	} {
		v := suiteVerifier("")
		v.Now = func() time.Time { return suiteNow().Add(c.after) }
		if _, err := v.Verify(t.Context(), got, nil); codeOf(err) != c.code {
			t.Errorf("%v after signing: %v, want %q", c.after, err, c.code)
		}
	}
}

func TestPresignedLater(t *testing.T) {
	got, _, err := arrive(onTheWire(t, sdkPresign(t, newRequest(t, http.MethodGet, "/", "", nil), nil, "")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		code  string
	}{
		{-MaxSkew - time.Second, RequestExpired}, {-MaxSkew, ""}, {900 * time.Second, ""}, {901 * time.Second, RequestExpired},
	} {
		v := suiteVerifier("")
		v.Now = func() time.Time { return suiteNow().Add(c.after) }
		if _, err := v.Verify(t.Context(), got, nil); codeOf(err) != c.code {
			t.Errorf("%v after signing: %v, want %q", c.after, err, c.code)
		}
	}
}
