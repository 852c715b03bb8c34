package sigv4

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// codeOf is the code of a refusal, empty for none.
func codeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

const (
	goodScope = suiteKey + "/20150830/us-east-1/service/aws4_request"
	goodSig   = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
	goodAuth  = "AWS4-HMAC-SHA256 Credential=" + goodScope + ", SignedHeaders=host;x-amz-date, Signature=" + goodSig

	goodQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request" +
		"&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600" +
		"&X-Amz-Signature=e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d"
)

func auth(scope, headers, signature string) string {
	return fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s", scope, headers, signature)
}

// wrong is a request, in its parts, and the refusal it must get.
type wrong struct {
	name     string
	target   string   // default "/"
	headers  []string // beside Host
	body     string
	code     string
	contains []string
}

func signedWith(authorization string, more ...string) []string {
	return append([]string{"X-Amz-Date:" + suiteStamp, "Authorization:" + authorization}, more...)
}

func wrongHeaderForm() []wrong {
	return []wrong{
		{name: "unsigned", code: MissingAuthenticationToken, contains: []string{"Missing Authentication Token", "AWS4-HMAC-SHA256"}},
		{name: "bearer", headers: signedWith("Bearer abc"), code: IncompleteSignature, contains: []string{`"Bearer"`}},
		{name: "empty", headers: signedWith(""), code: IncompleteSignature, contains: []string{"must begin with"}},
		{name: "sigv4a", headers: signedWith("AWS4-ECDSA-P256-SHA256 Credential=a"), code: IncompleteSignature, contains: []string{`"AWS4-ECDSA-P256-SHA256" is not supported`}},
		{name: "two", headers: signedWith(goodAuth, "Authorization:"+goodAuth), code: IncompleteSignature, contains: []string{"2 Authorization headers"}},
		{name: "huge", headers: signedWith(goodAuth + strings.Repeat(" ", 5) + strings.Repeat("x", 9000)), code: IncompleteSignature, contains: []string{"at most 8192"}},
		{name: "nothing in it", headers: signedWith("AWS4-HMAC-SHA256"), code: IncompleteSignature, contains: []string{"requires 'Credential'", "requires 'SignedHeaders'", "requires 'Signature'"}},
		{name: "no signature", headers: signedWith("AWS4-HMAC-SHA256 Credential=" + goodScope + ", SignedHeaders=host"), code: IncompleteSignature, contains: []string{"requires 'Signature' parameter"}},
		{name: "part twice", headers: signedWith(goodAuth + ", Signature=" + goodSig), code: IncompleteSignature, contains: []string{"'Signature' twice"}},
		{name: "unknown part", headers: signedWith(goodAuth + ", Extra=1"), code: IncompleteSignature, contains: []string{`unknown part "Extra"`}},
		{name: "short scope", headers: signedWith(auth("AKIDEXAMPLE/20150830/us-east-1/service", "host;x-amz-date", goodSig)), code: IncompleteSignature, contains: []string{"five parts"}},
		{name: "empty scope part", headers: signedWith(auth("AKIDEXAMPLE/20150830//service/aws4_request", "host;x-amz-date", goodSig)), code: IncompleteSignature, contains: []string{"five parts"}},
		{name: "wrong terminator", headers: signedWith(auth("AKIDEXAMPLE/20150830/us-east-1/service/aws5_request", "host;x-amz-date", goodSig)), code: IncompleteSignature, contains: []string{"aws4_request"}},
		{name: "scope date", headers: signedWith(auth("AKIDEXAMPLE/20150831/us-east-1/service/aws4_request", "host;x-amz-date", goodSig)), code: SignatureDoesNotMatch, contains: []string{"'20150831' != '20150830'"}},
		{name: "region", headers: signedWith(auth("AKIDEXAMPLE/20150830/eu-west-1/service/aws4_request", "host;x-amz-date", goodSig)), code: SignatureDoesNotMatch, contains: []string{"Credential should be scoped to a valid region", `"us-east-1"`, `"eu-west-1"`}},
		{name: "service", headers: signedWith(auth("AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request", "host;x-amz-date", goodSig)), code: SignatureDoesNotMatch, contains: []string{"Credential should be scoped to correct service", `"service"`, `"s3"`}},
		{name: "unsorted", headers: signedWith(auth(goodScope, "x-amz-date;host", goodSig)), code: IncompleteSignature, contains: []string{"sorted", `"host" follows "x-amz-date"`}},
		{name: "named twice", headers: signedWith(auth(goodScope, "host;host;x-amz-date", goodSig)), code: IncompleteSignature, contains: []string{"each named once"}},
		{name: "upper-case", headers: signedWith(auth(goodScope, "Host;x-amz-date", goodSig)), code: IncompleteSignature, contains: []string{"lower-case", `"Host"`}},
		{name: "empty name", headers: signedWith(auth(goodScope, ";host;x-amz-date", goodSig)), code: IncompleteSignature, contains: []string{"empty name"}},
		{name: "host unsigned", headers: signedWith(auth(goodScope, "x-amz-date", goodSig)), code: IncompleteSignature, contains: []string{"'host' must be a 'SignedHeader'"}},
		{name: "101 headers", headers: signedWith(auth(goodScope, "host"+strings.Repeat(";x", 100), goodSig)), code: IncompleteSignature, contains: []string{"101 headers; at most 100"}},
		{name: "x-amz header unsigned", headers: signedWith(goodAuth, "X-Amz-Target: a"), code: IncompleteSignature, contains: []string{"'x-amz-target' must be a 'SignedHeader'"}},
		{name: "signed header gone", headers: signedWith(auth(goodScope, "content-type;host;x-amz-date", goodSig)), code: SignatureDoesNotMatch, contains: []string{`"content-type"`, "does not carry"}},
		{name: "no date", headers: []string{"Authorization:" + goodAuth}, code: IncompleteSignature, contains: []string{"'X-Amz-Date' or a 'Date'"}},
		{name: "odd date", headers: []string{"X-Amz-Date:30 August 2015", "Authorization:" + goodAuth}, code: IncompleteSignature, contains: []string{"20060102T150405Z", "30 August 2015"}},
		{name: "two dates", headers: signedWith(goodAuth, "X-Amz-Date:"+suiteStamp), code: IncompleteSignature, contains: []string{"2 X-Amz-Date headers"}},
		{name: "old", headers: []string{"X-Amz-Date:20150830T122900Z", "Authorization:" + goodAuth}, code: RequestExpired, contains: []string{"Signature expired: 20150830T122900Z is now earlier than 20150830T123100Z", "7m0s behind"}},
		{name: "early", headers: []string{"X-Amz-Date:20150830T124700Z", "Authorization:" + goodAuth}, code: RequestExpired, contains: []string{"Signature not yet current: 20150830T124700Z is still later than 20150830T124100Z", "11m0s ahead"}},
		{name: "very old", headers: []string{"Date:Tue, 30 Aug 2011 12:36:00 GMT", "Authorization:" + strings.Replace(goodAuth, "20150830", "20110830", 1)}, code: RequestExpired, contains: []string{"1461 days behind"}},
		{name: "unknown key", headers: signedWith(strings.Replace(goodAuth, suiteKey, "AKIDOTHER", 1)), code: InvalidClientTokenID, contains: []string{"The security token included in the request is invalid", `"AKIDOTHER"`}},
		{name: "token with a long-term key", headers: signedWith(goodAuth, "X-Amz-Security-Token:tok"), code: InvalidClientTokenID, contains: []string{"leave X-Amz-Security-Token out"}},
		{name: "two tokens", headers: signedWith(goodAuth, "X-Amz-Security-Token:a", "X-Amz-Security-Token:b"), code: IncompleteSignature, contains: []string{"2 X-Amz-Security-Token headers"}},
		{name: "signature", headers: signedWith(auth(goodScope, "host;x-amz-date", strings.Repeat("0", 64))), code: SignatureDoesNotMatch, contains: []string{"The request signature we calculated does not match", `GET with path "/"`, suiteHost}},
		{name: "signature in upper case", headers: signedWith(auth(goodScope, "host;x-amz-date", strings.ToUpper(goodSig))), code: SignatureDoesNotMatch, contains: []string{"does not match"}},
		{name: "short signature", headers: signedWith(auth(goodScope, "host;x-amz-date", goodSig[:63])), code: SignatureDoesNotMatch, contains: []string{"does not match"}},
		{name: "another path", target: "/x", headers: signedWith(goodAuth), code: SignatureDoesNotMatch, contains: []string{`path "/x"`}},
		{name: "another query", target: "/?a=b", headers: signedWith(goodAuth), code: SignatureDoesNotMatch, contains: []string{"does not match"}},
		{name: "another body", body: "x", headers: signedWith(goodAuth, "Content-Length:1"), code: SignatureDoesNotMatch, contains: []string{"does not match"}},
		{name: "bad escape", target: "/?a=%zz", headers: signedWith(goodAuth), code: IncompleteSignature, contains: []string{"percent-escape", `"a"`}},
		{name: "huge query", target: "/?" + strings.Repeat("a", 65537), headers: signedWith(goodAuth), code: IncompleteSignature, contains: []string{"65537 bytes; at most 65536"}},
		{name: "hash of another body", headers: signedWith(auth(goodScope, "host;x-amz-content-sha256;x-amz-date", goodSig), "X-Amz-Content-Sha256:"+hashOf([]byte("x"))), code: SignatureDoesNotMatch, contains: []string{"is not the SHA-256"}},
		{name: "unsigned payload", headers: signedWith(auth(goodScope, "host;x-amz-content-sha256;x-amz-date", goodSig), "X-Amz-Content-Sha256:UNSIGNED-PAYLOAD"), code: IncompleteSignature, contains: []string{"UNSIGNED-PAYLOAD is not accepted"}},
		{name: "chunks", headers: signedWith(auth(goodScope, "host;x-amz-content-sha256;x-amz-date", goodSig), "X-Amz-Content-Sha256:STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), code: IncompleteSignature, contains: []string{"STREAMING-AWS4-HMAC-SHA256-PAYLOAD is not accepted", "not chunks"}},
		{name: "both forms", target: "/?" + goodQuery, headers: signedWith(goodAuth), code: IncompleteSignature, contains: []string{"in both"}},
	}
}

func wrongQueryForm() []wrong {
	without := func(name string) string {
		var kept []string
		for part := range strings.SplitSeq(goodQuery, "&") {
			if !strings.HasPrefix(part, name+"=") {
				kept = append(kept, part)
			}
		}
		return "/?" + strings.Join(kept, "&")
	}
	with := func(name, value string) string { return without(name) + "&" + name + "=" + value }
	return []wrong{
		{name: "no date", target: without("X-Amz-Date"), code: IncompleteSignature, contains: []string{"must include 'X-Amz-Date'"}},
		{name: "no signature", target: without("X-Amz-Signature"), code: IncompleteSignature, contains: []string{"must include 'X-Amz-Signature'"}},
		{name: "no credential", target: without("X-Amz-Credential"), code: IncompleteSignature, contains: []string{"must include 'X-Amz-Credential'"}},
		{name: "no algorithm", target: without("X-Amz-Algorithm"), code: IncompleteSignature, contains: []string{"must include 'X-Amz-Algorithm'"}},
		{name: "algorithm", target: with("X-Amz-Algorithm", "AWS4-HMAC-SHA1"), code: IncompleteSignature, contains: []string{`got "AWS4-HMAC-SHA1"`}},
		{name: "date", target: with("X-Amz-Date", "today"), code: IncompleteSignature, contains: []string{`got "today"`}},
		{name: "expires never", target: with("X-Amz-Expires", "604801"), code: IncompleteSignature, contains: []string{"from 1 to 604800", `"604801"`}},
		{name: "expires at once", target: with("X-Amz-Expires", "0"), code: IncompleteSignature, contains: []string{"from 1 to 604800"}},
		{name: "expires before", target: with("X-Amz-Expires", "-1"), code: IncompleteSignature, contains: []string{"from 1 to 604800"}},
		{name: "expires in a word", target: with("X-Amz-Expires", "1h"), code: IncompleteSignature, contains: []string{"whole number"}},
		{name: "life lengthened", target: with("X-Amz-Expires", "3601"), code: SignatureDoesNotMatch, contains: []string{"does not match"}},
		{name: "parameter twice", target: "/?" + goodQuery + "&X-Amz-Expires=7200", code: IncompleteSignature, contains: []string{"X-Amz-Expires twice"}},
		{name: "token twice", target: with("X-Amz-Security-Token", "a"), headers: []string{"X-Amz-Security-Token:a"}, code: IncompleteSignature, contains: []string{"both the header and the query"}},
		{name: "token", target: with("X-Amz-Security-Token", "a"), code: InvalidClientTokenID, contains: []string{"leave X-Amz-Security-Token out"}},
		{name: "old", target: with("X-Amz-Date", "20150830T113500Z"), code: RequestExpired, contains: []string{"presigned at 20150830T113500Z for 3600 seconds", "20150830T123600Z"}},
		{name: "unsigned payload", target: with("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), code: IncompleteSignature, contains: []string{"UNSIGNED-PAYLOAD is not accepted"}},
		{name: "x-amz header unsigned", target: "/?" + goodQuery, headers: []string{"X-Amz-Target:a"}, code: IncompleteSignature, contains: []string{"'x-amz-target' must be"}},
		{name: "parameter added", target: "/?" + goodQuery + "&maxResults=1", code: SignatureDoesNotMatch, contains: []string{"does not match"}},
		{name: "body added", target: "/?" + goodQuery, body: "x", headers: []string{"Content-Length:1"}, code: SignatureDoesNotMatch, contains: []string{"does not match"}},
		{name: "two tokens in headers", target: "/?" + goodQuery, headers: []string{"X-Amz-Security-Token:a", "X-Amz-Security-Token:b"}, code: IncompleteSignature, contains: []string{"2 X-Amz-Security-Token headers"}},
		{name: "two hashes", target: "/?" + goodQuery, headers: []string{"X-Amz-Content-Sha256:a", "X-Amz-Content-Sha256:b"}, code: IncompleteSignature, contains: []string{"x-amz-content-sha256"}},
		{name: "escape cut short", target: "/?" + goodQuery + "&a=%4", code: IncompleteSignature, contains: []string{"percent-escape"}},
		{name: "signed headers", target: with("X-Amz-SignedHeaders", "range"), code: IncompleteSignature, contains: []string{"'host' must be"}},
	}
}

func TestRefusals(t *testing.T) {
	for form, table := range map[string][]wrong{"header": wrongHeaderForm(), "query": wrongQueryForm()} {
		for _, c := range table {
			t.Run(form+"/"+c.name, func(t *testing.T) {
				target := c.target
				if target == "" {
					target = "/"
				}
				r := readRequest(t, http.MethodGet, target, append([]string{"Host:" + suiteHost}, c.headers...), c.body)
				_, err := suiteVerifier("").Verify(t.Context(), r, []byte(c.body))
				checkRefusal(t, err, c.code, c.contains)
			})
		}
	}
}

func checkRefusal(t *testing.T, err error, code string, contains []string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("err = %v, want an *Error", err)
	}
	if e.Code != code || e.Status != http.StatusForbidden {
		t.Errorf("%s (%d), want %s (403): %s", e.Code, e.Status, code, e.Message)
	}
	for _, fragment := range contains {
		if !strings.Contains(e.Message, fragment) {
			t.Errorf("message %q lacks %q", e.Message, fragment)
		}
	}
	if e.Error() != code+": "+e.Message {
		t.Errorf("Error() = %q", e.Error())
	}
	if strings.Contains(e.Message, suiteSecret) || strings.Contains(e.Message, goodSig) {
		t.Errorf("message %q gives a secret away", e.Message)
	}
}

func TestTheGoodOnesAreGood(t *testing.T) {
	for _, r := range []*http.Request{
		readRequest(t, "GET", "/", append([]string{"Host:" + suiteHost}, signedWith(goodAuth)...), ""),
		readRequest(t, "GET", "/", append([]string{"Host:" + suiteHost}, signedWith(strings.ReplaceAll(goodAuth, ", ", ","))...), ""),
		readRequest(t, "GET", "/?"+goodQuery, []string{"Host:" + suiteHost}, ""),
	} {
		if _, err := suiteVerifier("").Verify(t.Context(), r, nil); err != nil {
			t.Errorf("%s: %v", r.RequestURI, err)
		}
	}
}

func TestLookupRefuses(t *testing.T) {
	broken := errors.New("database is gone")
	for _, c := range []struct {
		name     string
		cred     Credential
		err      error
		code     string
		contains []string
	}{
		{"expired", Credential{}, fmt.Errorf("key: %w", ErrExpired), ExpiredToken, []string{"is expired", "new temporary credentials"}},
		{"no token sent", Credential{Secret: suiteSecret, Token: "t"}, nil, InvalidClientTokenID, []string{"send its session token as X-Amz-Security-Token"}},
		{"not its token", Credential{}, fmt.Errorf("session: %w", ErrToken), InvalidClientTokenID, []string{"send its session token as X-Amz-Security-Token"}},
		{"another secret", Credential{Secret: "other"}, nil, SignatureDoesNotMatch, []string{"Check your AWS Secret Access Key"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := suiteVerifier("")
			v.Lookup = func(context.Context, string, string) (Credential, error) { return c.cred, c.err }
			r := readRequest(t, "GET", "/", append([]string{"Host:" + suiteHost}, signedWith(goodAuth)...), "")
			_, err := v.Verify(t.Context(), r, nil)
			checkRefusal(t, err, c.code, c.contains)
		})
	}
	v := suiteVerifier("")
	v.Lookup = func(context.Context, string, string) (Credential, error) { return Credential{}, broken }
	r := readRequest(t, "GET", "/", append([]string{"Host:" + suiteHost}, signedWith(goodAuth)...), "")
	if _, err := v.Verify(t.Context(), r, nil); !errors.Is(err, broken) || codeOf(err) != err.Error() {
		t.Errorf("a failing Lookup gave %v, want its own error and no refusal", err)
	}
	v.Lookup = func(context.Context, string, string) (Credential, error) {
		return Credential{Secret: suiteSecret, Token: "t"}, nil
	}
	r.Header.Set("X-Amz-Security-Token", "u")
	_, err := v.Verify(t.Context(), r, nil)
	checkRefusal(t, err, InvalidClientTokenID, []string{"does not belong to this access key"})
	v.Lookup = func(_ context.Context, id, token string) (Credential, error) {
		if id != suiteKey || token != "u" {
			t.Errorf("Lookup is asked for %q with the token %q", id, token)
		}
		return Credential{}, ErrToken
	}
	_, err = v.Verify(t.Context(), r, nil)
	checkRefusal(t, err, InvalidClientTokenID, []string{"does not belong to this access key"})
}

func TestRotatedSecret(t *testing.T) {
	secret := suiteSecret
	v := suiteVerifier("")
	v.Lookup = func(context.Context, string, string) (Credential, error) { return Credential{Secret: secret}, nil }
	r := readRequest(t, "GET", "/", append([]string{"Host:" + suiteHost}, signedWith(goodAuth)...), "")
	if _, err := v.Verify(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	secret = "rotated"
	if _, err := v.Verify(t.Context(), r, nil); codeOf(err) != SignatureDoesNotMatch {
		t.Errorf("with the old secret after a rotation: %v", err)
	}
}
