package demo

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// issuer is the outside company's own identity provider: it publishes a key, and
// signs tokens that say who somebody is. It is as small as OpenID Connect allows.
type issuer struct {
	url string
	key *ecdsa.PrivateKey
	now func() time.Time
}

// startIssuer serves on l until ctx ends.
func startIssuer(ctx context.Context, l net.Listener, now func() time.Time) (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	i := &issuer{url: "http://" + l.Addr().String(), key: key, now: now}
	text := base64.RawURLEncoding.EncodeToString
	mux := http.NewServeMux()
	publish(mux, "/.well-known/openid-configuration", document{
		"issuer": i.url, "jwks_uri": i.url + "/keys",
		"authorization_endpoint": i.url + "/authorize", "token_endpoint": i.url + "/token",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"},
	})
	publish(mux, "/keys", document{"keys": []document{{
		"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "demo", "x": text(point[1:33]), "y": text(point[33:]),
	}}})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go srv.Serve(l)
	context.AfterFunc(ctx, func() { srv.Close() })
	return i, nil
}

func publish(mux *http.ServeMux, path string, doc document) {
	mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(doc)
	})
}

// token says that an e-mail address is signed in, to the audience.
func (i *issuer) token(email, audience string) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": i.url, "sub": email, "aud": audience, "email": email, "jti": rand.Text(),
		"iat": i.now().Unix(), "exp": i.now().Add(5 * time.Minute).Unix(),
	})
	t.Header["kid"] = "demo"
	return t.SignedString(i.key)
}
