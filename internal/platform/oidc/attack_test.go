package oidc_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/oidc/oidctest"
)

// attack is a token, or an issuer, that must not be believed.
type attack struct {
	name  string
	token func(w *world) string // nil for a good one
	setup func(w *world)        // before the token is made
	is    error
	why   string // in the error
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// encode writes a part of a token.
func encode(part any) string {
	b, err := json.Marshal(part)
	if err != nil {
		panic(err)
	}
	return b64(b)
}

// keyed signs with HMAC under bytes that everybody knows.
func keyed(w *world, secret []byte) string {
	signed := encode(oidc.Claims{"alg": "HS256", "kid": w.Key().ID}) + "." + encode(w.claims())
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signed))
	return signed + "." + b64(mac.Sum(nil))
}

func published(w *world) []byte {
	der, err := x509.MarshalPKIXPublicKey(w.Key().Private.Public())
	if err != nil {
		w.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// parts takes a good token apart.
func parts(w *world) (head, claims, signature string) {
	all := strings.Split(w.good(), ".")
	return all[0], all[1], all[2]
}

// with is a token whose claims are changed.
func with(changes ...any) func(w *world) string {
	return func(w *world) string { return w.Key().Sign(w.TB, nil, w.claims(changes...)) }
}

// under is a token whose header is changed.
func under(header oidc.Claims) func(w *world) string {
	return func(w *world) string { return w.headed(header) }
}

// signatures are forgeries.
func signatures() []attack {
	stranger := func(w *world) oidctest.Key {
		k := oidctest.NewKey(w.TB, "ES256")
		k.ID = w.Key().ID
		return k
	}
	const mismatch, algorithm = "its signature does not match", "its algorithm is not one of RS256"
	return []attack{
		{name: "none", is: oidc.ErrInvalid, why: algorithm, token: func(w *world) string {
			return encode(oidc.Claims{"alg": "none"}) + "." + encode(w.claims()) + "."
		}},
		{name: "none, spelled otherwise", is: oidc.ErrInvalid, why: algorithm, token: func(w *world) string {
			return encode(oidc.Claims{"alg": "nOnE"}) + "." + encode(w.claims()) + "."
		}},
		{name: "no algorithm", is: oidc.ErrInvalid, why: algorithm, token: func(w *world) string {
			return encode(oidc.Claims{"kid": w.Key().ID}) + "." + encode(w.claims()) + "."
		}},
		{name: "an algorithm that is no string", is: oidc.ErrInvalid, why: algorithm, token: func(w *world) string {
			return encode(oidc.Claims{"alg": []string{"ES256"}}) + "." + encode(w.claims()) + ".AA"
		}},
		{name: "HS256 under the public key", is: oidc.ErrInvalid, why: algorithm, token: func(w *world) string { return keyed(w, published(w)) }},
		{name: "HS256 under the key set", is: oidc.ErrInvalid, why: algorithm, token: func(w *world) string {
			j, _ := json.Marshal(w.Key().JWK())
			return keyed(w, j)
		}},
		{name: "HS256 under nothing", is: oidc.ErrInvalid, why: algorithm, token: func(w *world) string { return keyed(w, nil) }},
		{name: "ES512, which is not taken", is: oidc.ErrInvalid, why: algorithm, token: func(w *world) string {
			return encode(oidc.Claims{"alg": "ES512"}) + "." + encode(w.claims()) + ".AA"
		}},
		{name: "another's key under the issuer's name", is: oidc.ErrInvalid, why: mismatch, token: func(w *world) string {
			return stranger(w).Sign(w.TB, nil, w.claims())
		}},
		{name: "no signature", is: oidc.ErrInvalid, why: mismatch, token: func(w *world) string {
			head, claims, _ := parts(w)
			return head + "." + claims + "."
		}},
		{name: "half a signature", is: oidc.ErrInvalid, why: mismatch, token: func(w *world) string {
			head, claims, signature := parts(w)
			return head + "." + claims + "." + signature[:40]
		}},
		{name: "a signature of zeros", is: oidc.ErrInvalid, why: mismatch, token: func(w *world) string {
			head, claims, _ := parts(w)
			return head + "." + claims + "." + b64(make([]byte, 64))
		}},
		{name: "a signature as ASN.1 has it", is: oidc.ErrInvalid, why: mismatch, token: func(w *world) string {
			head, claims, _ := parts(w)
			sum := sha256.Sum256([]byte(head + "." + claims))
			der, err := w.Key().Private.Sign(nil, sum[:], crypto.SHA256)
			if err != nil {
				w.Fatal(err)
			}
			return head + "." + claims + "." + b64(der)
		}},
		{name: "claims of another token", is: oidc.ErrInvalid, why: mismatch, token: func(w *world) string {
			head, _, signature := parts(w)
			return head + "." + encode(w.claims("sub", "root")) + "." + signature
		}},
		{name: "header of another token", is: oidc.ErrInvalid, why: mismatch, token: func(w *world) string {
			_, claims, signature := parts(w)
			return encode(oidc.Claims{"alg": "ES256", "kid": w.Key().ID, "typ": "at+jwt"}) + "." + claims + "." + signature
		}},
		{name: "RSA's algorithm for a key of a curve", is: oidc.ErrInvalid, why: "no key", token: func(w *world) string {
			return encode(oidc.Claims{"alg": "RS256", "kid": w.Key().ID}) + "." + encode(w.claims()) + "." + b64(make([]byte, 256))
		}},
		{name: "another curve's algorithm", is: oidc.ErrInvalid, why: "no key", token: func(w *world) string {
			return encode(oidc.Claims{"alg": "ES384", "kid": w.Key().ID}) + "." + encode(w.claims()) + "." + b64(make([]byte, 96))
		}},
		{name: "another padding than the key is for", is: oidc.ErrInvalid, why: "no key",
			setup: func(w *world) { w.Use(oidctest.NewKey(w.TB, "RS256")) },
			token: func(w *world) string {
				k := w.Key()
				k.Algorithm = "PS256"
				return k.Sign(w.TB, nil, w.claims())
			}},
	}
}

// headers are tokens that try to choose their own key, or their own rules.
func headers() []attack {
	own := func(name string, value func(w *world, k oidctest.Key) any) attack {
		return attack{name: "a key of its own by " + name, is: oidc.ErrInvalid, why: "does not match", token: func(w *world) string {
			k := oidctest.NewKey(w.TB, "ES256")
			id := w.Key().ID
			k.ID = id
			return k.Sign(w.TB, oidc.Claims{name: value(w, k)}, w.claims())
		}}
	}
	elsewhere := func(w *world, k oidctest.Key) any {
		other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { w.Error("what the token names was fetched") }))
		w.Cleanup(other.Close)
		return other.URL
	}
	kid := func(id any) func(w *world) string { return under(oidc.Claims{"kid": id}) }
	return []attack{
		own("jwk", func(_ *world, k oidctest.Key) any { return k.JWK() }),
		own("jku", elsewhere),
		own("x5u", elsewhere),
		own("x5c", func(_ *world, k oidctest.Key) any { return []string{"MIIB"} }),
		{name: "a key ID that is a path", is: oidc.ErrInvalid, why: "no key", token: kid("../../../../dev/null")},
		{name: "a key ID that is SQL", is: oidc.ErrInvalid, why: "no key", token: kid("x' UNION SELECT 'AA'; --")},
		{name: "a key ID that is a URL", is: oidc.ErrInvalid, why: "no key", token: kid("http://169.254.169.254/latest/")},
		{name: "a key ID that is a number", is: oidc.ErrInvalid, why: "not a name", token: kid(7)},
		{name: "a key ID that is a list", is: oidc.ErrInvalid, why: "not a name", token: kid([]string{"a"})},
		{name: "an empty key ID", is: oidc.ErrInvalid, why: "not a name", token: kid("")},
		{name: "a critical extension", is: oidc.ErrInvalid, why: "(crit)", token: under(oidc.Claims{"crit": []string{"b64"}, "b64": false})},
		{name: "an empty critical extension", is: oidc.ErrInvalid, why: "(crit)", token: under(oidc.Claims{"crit": []string{}})},
		{name: "nested", is: oidc.ErrInvalid, why: "(cty)", token: under(oidc.Claims{"cty": "JWT"})},
		{name: "a token of logout, by type", is: oidc.ErrInvalid, why: "type", token: under(oidc.Claims{"typ": "logout+jwt"})},
		{name: "a proof of possession", is: oidc.ErrInvalid, why: "type", token: under(oidc.Claims{"typ": "dpop+jwt"})},
		{name: "a type that is no name", is: oidc.ErrInvalid, why: "type", token: under(oidc.Claims{"typ": 1})},
	}
}

// shapes are texts that are no tokens.
func shapes() []attack {
	text := func(s string) func(*world) string { return func(*world) string { return s } }
	return []attack{
		{name: "empty", is: oidc.ErrInvalid, why: "three parts", token: text("")},
		{name: "one part", is: oidc.ErrInvalid, why: "three parts", token: text("eyJhbGciOiJub25lIn0")},
		{name: "six parts", is: oidc.ErrInvalid, why: "three parts", token: text("a.b.c.d.e.f")},
		{name: "encrypted", is: oidc.ErrInvalid, why: "encrypted", token: text("a.b.c.d.e")},
		{name: "too long", is: oidc.ErrInvalid, why: "longer than 20000", token: with("pad", strings.Repeat("x", 20_000))},
		{name: "much too long", is: oidc.ErrInvalid, why: "longer than 20000", token: text(strings.Repeat("a.", 1<<20))},
		{name: "a header that is no base64", is: oidc.ErrInvalid, why: "header cannot be read", token: text("?.e30.AA")},
		{name: "a header with padding", is: oidc.ErrInvalid, why: "header cannot be read", token: func(w *world) string {
			head, claims, signature := parts(w)
			return head + "=." + claims + "." + signature
		}},
		{name: "a header that is null", is: oidc.ErrInvalid, why: "header cannot be read", token: func(*world) string { return b64([]byte("null")) + ".e30.AA" }},
		{name: "a header that is a list", is: oidc.ErrInvalid, why: "header cannot be read", token: func(*world) string { return b64([]byte("[]")) + ".e30.AA" }},
		{name: "claims that are a list", is: oidc.ErrInvalid, why: "claims or its signature cannot be read", token: func(*world) string {
			return encode(oidc.Claims{"alg": "ES256"}) + "." + b64([]byte("[]")) + ".AA"
		}},
		{name: "claims that are null", is: oidc.ErrInvalid, why: "another issuer", token: func(*world) string {
			return encode(oidc.Claims{"alg": "ES256"}) + "." + b64([]byte("null")) + ".AA"
		}},
		{name: "claims nested without end", is: oidc.ErrInvalid, why: "claims or its signature cannot be read", token: func(*world) string {
			return encode(oidc.Claims{"alg": "ES256"}) + "." + b64([]byte(strings.Repeat("[", 14_000))) + ".AA"
		}},
		{name: "line breaks", is: oidc.ErrInvalid, why: "does not match", token: func(w *world) string {
			head, claims, signature := parts(w)
			return head + "." + claims[:40] + "\n" + claims[40:] + "." + signature
		}},
		{name: "spaces around", is: oidc.ErrInvalid, why: "header cannot be read", token: func(w *world) string { return " " + w.good() }},
		{name: "trailing bits in the signature", is: oidc.ErrInvalid, why: "cannot be read", token: func(w *world) string {
			head, claims, signature := parts(w)
			const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
			last := strings.IndexByte(digits, signature[len(signature)-1])
			return head + "." + claims + "." + signature[:len(signature)-1] + string(digits[last|1])
		}},
	}
}

// said are claims that are not what they have to be.
func said() []attack {
	at := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	return []attack{
		{name: "another issuer", is: oidc.ErrInvalid, why: "another issuer", token: with("iss", "https://evil.example")},
		{name: "no issuer", is: oidc.ErrInvalid, why: "another issuer", token: with("iss", nil)},
		{name: "an issuer that is a list", is: oidc.ErrInvalid, why: "another issuer", token: func(w *world) string {
			return w.Issuer.Sign(w.claims("iss", []string{w.URL}))
		}},
		{name: "the issuer with a slash", is: oidc.ErrInvalid, why: "another issuer", token: func(w *world) string {
			return w.Issuer.Sign(w.claims("iss", w.URL+"/"))
		}},
		{name: "the issuer in capitals", is: oidc.ErrInvalid, why: "another issuer", token: func(w *world) string {
			return w.Issuer.Sign(w.claims("iss", strings.ToUpper(w.URL)))
		}},
		{name: "the issuer with another in front", is: oidc.ErrInvalid, why: "another issuer", token: func(w *world) string {
			return w.Issuer.Sign(w.claims("iss", "https://evil.example/"+w.URL))
		}},
		{name: "no audience", is: oidc.ErrInvalid, why: "nobody (aud)", token: with("aud", nil)},
		{name: "an empty list of audiences", is: oidc.ErrInvalid, why: "nobody (aud)", token: with("aud", []string{})},
		{name: "an audience that is a number", is: oidc.ErrInvalid, why: "nobody (aud)", token: with("aud", 7)},
		{name: "an audience in an object", is: oidc.ErrInvalid, why: "nobody (aud)", token: with("aud", oidc.Claims{"parley": true})},
		{name: "another audience", is: oidc.ErrInvalid, why: "another audience (aud)", token: with("aud", "grumble")},
		{name: "an audience that begins alike", is: oidc.ErrInvalid, why: "another audience (aud)", token: with("aud", "parley-three")},
		{name: "an empty audience", is: oidc.ErrInvalid, why: "another audience (aud)", token: with("aud", "")},
		{name: "audiences beside ours, issued to nobody", is: oidc.ErrInvalid, why: "other audiences too", token: with("aud", []string{"parley", "grumble"})},
		{name: "issued to another party", is: oidc.ErrInvalid, why: "another party (azp)", token: with("azp", "grumble")},
		{name: "issued to another party of several", is: oidc.ErrInvalid, why: "another party (azp)", token: with("aud", []string{"parley", "grumble"}, "azp", "grumble")},
		{name: "issued to us for another", is: oidc.ErrInvalid, why: "another audience (aud)", token: with("aud", "grumble", "azp", "parley")},
		{name: "issued to a number", is: oidc.ErrInvalid, why: "another party (azp)", token: with("azp", 7)},
		{name: "issued to null", is: oidc.ErrInvalid, why: "another party (azp)", token: func(w *world) string {
			claims := w.claims()
			claims["azp"] = nil
			return w.Key().Sign(w.TB, nil, claims)
		}},
		{name: "expired", is: oidc.ErrExpired, token: with("exp", at(-time.Minute))},
		{name: "expired long ago", is: oidc.ErrExpired, token: with("exp", 0)},
		{name: "no expiry", is: oidc.ErrInvalid, why: "(exp)", token: with("exp", nil)},
		{name: "an expiry that is a string", is: oidc.ErrInvalid, why: "(exp)", token: with("exp", "2999-01-01T00:00:00Z")},
		{name: "an expiry past all dates", is: oidc.ErrInvalid, why: "(exp)", token: with("exp", 1e300)},
		{name: "an expiry before all dates", is: oidc.ErrInvalid, why: "(exp)", token: with("exp", -1)},
		{name: "not yet valid", is: oidc.ErrInvalid, why: "not valid yet (nbf)", token: with("nbf", at(61*time.Second))},
		{name: "a beginning that is no date", is: oidc.ErrInvalid, why: "its nbf is not a date", token: with("nbf", "soon")},
		{name: "issued in the future", is: oidc.ErrInvalid, why: "not valid yet (iat)", token: with("iat", at(time.Hour))},
		{name: "issued at no date", is: oidc.ErrInvalid, why: "its iat is not a date", token: with("iat", true)},
		{name: "a token of logout", is: oidc.ErrInvalid, why: "identifies nobody", token: with("events", oidc.Claims{"http://schemas.openid.net/event/backchannel-logout": oidc.Claims{}})},
		{name: "wrong and expired", is: oidc.ErrInvalid, why: "(aud)", token: with("aud", "grumble", "exp", at(-time.Hour))},
	}
}

// issuers are discovery documents and key sets that are no good.
func issuers() []attack {
	broken := func(b oidctest.Broken) func(w *world) { return func(w *world) { w.Break(b) } }
	says := func(status int, body string, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	change := func(members ...any) func(w *world) {
		return broken(oidctest.Broken{Change: func(j oidc.Claims) {
			for i := 0; i < len(members); i += 2 {
				j[members[i].(string)] = members[i+1]
			}
		}})
	}
	large := `{"issuer":"` + strings.Repeat("x", 256<<10) + `"}`
	const useless = "no key that verifies signatures"
	return []attack{
		{name: "discovery of another issuer", is: oidc.ErrIssuer, why: "names another issuer", setup: broken(oidctest.Broken{Issuer: "https://evil.example"})},
		{name: "discovery with a slash", is: oidc.ErrIssuer, why: "names another issuer", setup: func(w *world) { w.Break(oidctest.Broken{Issuer: w.URL + "/"}) }},
		{name: "discovery of nobody", is: oidc.ErrIssuer, why: "names another issuer", setup: broken(oidctest.Broken{Discovery: says(200, "{}")})},
		{name: "discovery that is a page", is: oidc.ErrIssuer, why: "is not JSON", setup: broken(oidctest.Broken{Discovery: says(200, "<html>")})},
		{name: "no discovery", is: oidc.ErrIssuer, why: "it answered 404", setup: broken(oidctest.Broken{Discovery: says(404, "")})},
		{name: "discovery that fails", is: oidc.ErrIssuer, why: "it answered 500", setup: broken(oidctest.Broken{Discovery: says(500, canary)})},
		{name: "discovery that is made up", is: oidc.ErrIssuer, why: "it answered 201", setup: broken(oidctest.Broken{Discovery: says(201, "{}")})},
		{name: "discovery too large", is: oidc.ErrIssuer, why: "larger than 256 KB", setup: broken(oidctest.Broken{Discovery: says(200, large)})},
		{name: "discovery redirected to metadata", is: oidc.ErrIssuer, why: "redirects are not followed", setup: broken(oidctest.Broken{Discovery: says(302, "", "Location", "http://169.254.169.254/latest/meta-data/")})},
		{name: "discovery redirected at home", is: oidc.ErrIssuer, why: "redirects are not followed", setup: broken(oidctest.Broken{Discovery: says(307, "", "Location", "/elsewhere")})},
		{name: "keys at a private address", is: oidc.ErrIssuer, why: "not a public address", setup: broken(oidctest.Broken{KeysURL: "https://10.0.0.1/keys"})},
		{name: "keys at metadata", is: oidc.ErrIssuer, why: "plain http is not open", setup: broken(oidctest.Broken{KeysURL: "http://169.254.169.254/keys"})},
		{name: "keys in a file", is: oidc.ErrIssuer, why: "(jwks_uri)", setup: broken(oidctest.Broken{KeysURL: "file:///etc/passwd"})},
		{name: "keys in the document", is: oidc.ErrIssuer, why: "(jwks_uri)", setup: broken(oidctest.Broken{KeysURL: `data:application/json,{"keys":[]}`})},
		{name: "keys nowhere", is: oidc.ErrIssuer, why: "(jwks_uri)", setup: broken(oidctest.Broken{KeysURL: "/keys"})},
		{name: "keys behind a password", is: oidc.ErrIssuer, why: "user name", setup: func(w *world) {
			w.Break(oidctest.Broken{KeysURL: strings.Replace(w.URL, "http://", "http://root:"+canary+"@", 1) + "/keys"})
		}},
		{name: "keys redirected", is: oidc.ErrIssuer, why: "redirects are not followed", setup: broken(oidctest.Broken{Keys: says(301, "", "Location", "http://127.0.0.1:1/")})},
		{name: "keys too large", is: oidc.ErrIssuer, why: "larger than 256 KB", setup: broken(oidctest.Broken{Keys: says(200, large)})},
		{name: "keys that are no JSON", is: oidc.ErrIssuer, why: "not JSON of a key set", setup: broken(oidctest.Broken{Keys: says(200, "{")})},
		{name: "no keys", is: oidc.ErrIssuer, why: useless, setup: broken(oidctest.Broken{Keys: says(200, `{"keys":[]}`)})},
		{name: "too many keys", is: oidc.ErrIssuer, why: "101 keys", setup: broken(oidctest.Broken{Keys: says(200, `{"keys":[{}`+strings.Repeat(",{}", 100)+`]}`)})},
		{name: "a symmetric key", is: oidc.ErrIssuer, why: useless, setup: broken(oidctest.Broken{Keys: says(200, `{"keys":[{"kty":"oct","kid":"a","k":"AAAA","alg":"HS256"}]}`)})},
		{name: "a key for encryption", is: oidc.ErrIssuer, why: useless, setup: change("use", "enc")},
		{name: "a key that may only sign", is: oidc.ErrIssuer, why: useless, setup: change("key_ops", []string{"sign"})},
		{name: "a private key", is: oidc.ErrIssuer, why: useless, setup: change("d", "AAAA")},
		{name: "a key of another kind in name", is: oidc.ErrIssuer, why: useless, setup: change("kty", "RSA")},
		{name: "a key of another curve in name", is: oidc.ErrIssuer, why: useless, setup: change("crv", "P-384")},
		{name: "a curve that nobody knows", is: oidc.ErrIssuer, why: useless, setup: change("crv", "P-257")},
		{name: "a point that is not on the curve", is: oidc.ErrIssuer, why: useless, setup: change("y", b64(make([]byte, 32)))},
		{name: "half a point", is: oidc.ErrIssuer, why: useless, setup: change("y", "")},
		{name: "a key for another algorithm", is: oidc.ErrInvalid, why: "no key", setup: change("alg", "ES384")},
		{name: "a key under another ID", is: oidc.ErrInvalid, why: "no key", setup: change("kid", "another")},
		{name: "a weak key", is: oidc.ErrIssuer, why: useless, setup: func(w *world) {
			w.Use(oidctest.NewKey(w.TB, "RS256"))
			change("n", b64([]byte("\xff"+strings.Repeat("\x01", 127))))(w)
		}},
		{name: "an exponent of one", is: oidc.ErrIssuer, why: useless, setup: func(w *world) {
			w.Use(oidctest.NewKey(w.TB, "RS256"))
			change("e", "AQ")(w)
		}},
		{name: "an even exponent", is: oidc.ErrIssuer, why: useless, setup: func(w *world) {
			w.Use(oidctest.NewKey(w.TB, "RS256"))
			change("e", "AQAA")(w)
		}},
		{name: "a key too large to verify with", is: oidc.ErrIssuer, why: useless, setup: func(w *world) {
			w.Use(oidctest.NewKey(w.TB, "RS256"))
			change("n", b64([]byte(strings.Repeat("\xff", 1025))))(w)
		}},
	}
}

func TestAttacks(t *testing.T) {
	var all []attack
	for _, more := range [][]attack{signatures(), headers(), shapes(), said(), issuers()} {
		all = append(all, more...)
	}
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			w := newWorld(t)
			if a.setup != nil {
				a.setup(w)
			}
			token := w.good()
			if a.token != nil {
				token = a.token(w)
			}
			_, err := w.verify(token)
			if !errors.Is(err, a.is) || !strings.Contains(fmt.Sprint(err), a.why) {
				t.Errorf("%v; want %v … %s", err, a.is, a.why)
			}
		})
	}
	t.Logf("%d attacks", len(all))
}

// A verifier believes nobody who is no audience of its own, and no nameless issuer.
func TestNobody(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		issuer    string
		audiences []string
	}{{w.URL, nil}, {w.URL, []string{""}}, {"", []string{"parley"}}} {
		for _, aud := range []any{"parley", "", nil} {
			token := w.Issuer.Sign(w.claims("aud", aud))
			if _, err := w.Verifier.Verify(t.Context(), token, tc.issuer, tc.audiences); !errors.Is(err, oidc.ErrInvalid) {
				t.Errorf("issuer %q, audiences %q, aud %v: %v", tc.issuer, tc.audiences, aud, err)
			}
		}
	}
}
