package sigv4

import (
	"encoding/hex"
	"net/http"
	"testing"
)

// TestAuthority: HTTP/2 has :authority where HTTP/1.1 has host, and clients
// that speak it sign that name ("Create a signed AWS API request", IAM user
// guide). On HTTP/1.1 there is no such header.
func TestAuthority(t *testing.T) {
	for _, tc := range []struct {
		name   string
		proto  int
		signed string // the host that was signed
		code   string
	}{
		{"HTTP/2", 2, suiteHost, ""},
		{"another host was signed", 2, "elsewhere.example.com", SignatureDoesNotMatch},
		{"HTTP/1.1", 1, suiteHost, SignatureDoesNotMatch},
	} {
		t.Run(tc.name, func(t *testing.T) {
			stamp := suiteNow().Format(stampLayout)
			r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+suiteHost+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.ProtoMajor = tc.proto
			r.Header.Set("X-Amz-Date", stamp)
			empty := hashOf(nil)
			canonical := "GET\n/\n\n:authority:" + tc.signed + "\nx-amz-date:" + stamp + "\n\n:authority;x-amz-date\n" + empty
			scope := stamp[:8] + "/us-east-1/service/aws4_request"
			text := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hashOf([]byte(canonical))
			key := mac(mac(mac(mac([]byte("AWS4"+suiteSecret), []byte(stamp[:8])), []byte("us-east-1")), []byte("service")), []byte("aws4_request"))
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+suiteKey+"/"+scope+", SignedHeaders=:authority;x-amz-date, Signature="+hex.EncodeToString(mac(key, []byte(text))))
			_, err = suiteVerifier("").Verify(t.Context(), r, nil)
			if got := codeOf(err); got != tc.code {
				t.Errorf("error %v, want code %q", err, tc.code)
			}
		})
	}
}
