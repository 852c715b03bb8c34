package sigv4

import (
	"net/http"
	"strings"
	"testing"
)

func TestClaimedService(t *testing.T) {
	const scope = "AKID/20261122/eu-west-1/iam/aws4_request"
	for name, tt := range map[string]struct {
		header, query string
		service       string
		signed        bool
	}{
		"nothing":                {"", "Action=GetUser", "", false},
		"a header":               {"AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host, Signature=x", "", "iam", true},
		"in another order":       {"AWS4-HMAC-SHA256 Signature=x,SignedHeaders=host,Credential=" + scope, "", "iam", true},
		"a header without one":   {"AWS4-HMAC-SHA256 SignedHeaders=host", "", "", true},
		"of another scheme":      {"Bearer abc", "", "", true},
		"of too few parts":       {"AWS4-HMAC-SHA256 Credential=AKID/iam", "", "", true},
		"an endless header":      {strings.Repeat("x", maxAuthorization) + "Credential=" + scope, "", "", true},
		"a query":                {"", "Action=GetUser&X-Amz-Credential=" + strings.ReplaceAll(scope, "/", "%2F"), "iam", true},
		"a query, not escaped":   {"", "X-Amz-Credential=" + scope, "iam", true},
		"a query, wrong escape":  {"", "X-Amz-Credential=%zz", "", true},
		"a signature alone":      {"", "X-Amz-Signature=00", "", true},
		"an endless query":       {"", "X-Amz-Credential=" + scope + "&" + strings.Repeat("x", maxQuery), "", false},
		"the header comes first": {"AWS4-HMAC-SHA256 Credential=" + scope, "X-Amz-Credential=A/B/C/sts/aws4_request", "iam", true},
	} {
		r, err := http.NewRequest(http.MethodGet, "http://x/?"+tt.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tt.header != "" {
			r.Header.Set("Authorization", tt.header)
		}
		if service, signed := ClaimedService(r); service != tt.service || signed != tt.signed {
			t.Errorf("%s: %q %v, want %q %v", name, service, signed, tt.service, tt.signed)
		}
	}
}

func TestClaimedKey(t *testing.T) {
	for _, tt := range []struct{ header, query, want string }{
		{"", "", ""},
		{"Bearer abc", "", ""},
		{"AWS4-HMAC-SHA256 Credential=AKID/20261122/eu-west-1/iam/aws4_request, SignedHeaders=host, Signature=x", "", "AKID"},
		{"AWS4-HMAC-SHA256 Credential=AKID", "", "AKID"},
		{"", "X-Amz-Credential=AKID%2F20261122%2Feu-west-1%2Fiam%2Faws4_request", "AKID"},
		{"", "X-Amz-Credential=%zz", ""},
	} {
		r, err := http.NewRequest(http.MethodGet, "http://x/?"+tt.query, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tt.header != "" {
			r.Header.Set("Authorization", tt.header)
		}
		if key := ClaimedKey(r); key != tt.want {
			t.Errorf("%q %q: %q, want %q", tt.header, tt.query, key, tt.want)
		}
	}
}
