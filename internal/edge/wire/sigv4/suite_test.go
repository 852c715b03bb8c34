package sigv4

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// suiteNow is the moment at which every vector was signed.
func suiteNow() time.Time { return time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC) }

func suiteVerifier(token string) *Verifier {
	return &Verifier{
		Services: []string{"service"}, Regions: []string{"us-east-1"}, Now: suiteNow,
		Lookup: func(_ context.Context, id, _ string) (Credential, error) {
			if id != suiteKey {
				return Credential{}, ErrUnknownKey
			}
			return Credential{Secret: suiteSecret, Token: token, Owner: "suite"}, nil
		},
	}
}

func TestSuiteHeaderForm(t *testing.T) {
	for _, v := range vectors() {
		t.Run(v.name, func(t *testing.T) {
			r := readRequest(t, v.method, v.target, v.headerLines(), v.body)
			res, err := suiteVerifier(v.token).Verify(t.Context(), r, []byte(v.body))
			if err != nil {
				t.Fatal(err)
			}
			if res.AccessKeyID != suiteKey || res.Owner != "suite" || res.Presigned || !res.SignedAt.Equal(suiteNow()) {
				t.Errorf("result = %+v", res)
			}
		})
	}
}

func TestSuiteQueryForm(t *testing.T) {
	for _, v := range vectors() {
		if v.query.signature == "" {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			lines := append([]string{"Host:" + suiteHost}, v.headers...)
			r := readRequest(t, v.method, v.presignedTarget(), lines, v.body)
			res, err := suiteVerifier(v.token).Verify(t.Context(), r, []byte(v.body))
			if err != nil {
				t.Fatal(err)
			}
			if !res.Presigned || res.Region != "us-east-1" || res.Service != "service" || res.Signature != v.query.signature {
				t.Errorf("result = %+v", res)
			}
		})
	}
}

func (v vector) headerLines() []string {
	lines := append([]string{"Host:" + suiteHost, "X-Amz-Date:" + suiteStamp}, v.headers...)
	if v.token != "" {
		lines = append(lines, "X-Amz-Security-Token:"+v.token)
	}
	if v.statesHash {
		sum := sha256.Sum256([]byte(v.body))
		lines = append(lines, "x-amz-content-sha256:"+hex.EncodeToString(sum[:]))
	}
	return append(lines, fmt.Sprintf(
		"Authorization:AWS4-HMAC-SHA256 Credential=%s/20150830/us-east-1/service/aws4_request, SignedHeaders=%s, Signature=%s",
		suiteKey, v.header.headers, v.header.signature))
}

func (v vector) presignedTarget() string {
	query := "X-Amz-Algorithm=AWS4-HMAC-SHA256" +
		"&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request" +
		"&X-Amz-Date=" + suiteStamp + "&X-Amz-Expires=3600" +
		"&X-Amz-SignedHeaders=" + url.QueryEscape(v.query.headers)
	if v.token != "" {
		query += "&X-Amz-Security-Token=" + url.QueryEscape(v.token)
	}
	joint := "?"
	if strings.Contains(v.target, "?") {
		joint = "&"
	}
	return v.target + joint + query + "&X-Amz-Signature=" + v.query.signature
}

// readRequest gives the text of a request to net/http's own parser. That one
// refuses a space in a path, which the suite has: such a target is put in
// place afterwards.
func readRequest(t testing.TB, method, target string, lines []string, body string) *http.Request {
	t.Helper()
	sent := strings.ReplaceAll(target, " ", "%20")
	text := method + " " + sent + " HTTP/1.1\r\n" + strings.ReplaceAll(strings.Join(lines, "\n"), "\n", "\r\n") + "\r\n\r\n" + body
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	r.RequestURI = target
	return r
}
