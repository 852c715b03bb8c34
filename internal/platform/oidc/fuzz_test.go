package oidc_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/oidc/oidctest"
)

// Of all texts only those that the issuer signed are believed.
func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	good := w.good()
	f.Add(good)
	for _, more := range [][]attack{signatures(), headers(), shapes(), said()} {
		for _, a := range more {
			if a.setup == nil {
				f.Add(a.token(w))
			}
		}
	}
	f.Fuzz(func(t *testing.T, token string) {
		w.TB = t
		claims, err := w.verify(token)
		switch {
		case token == good:
			if err != nil {
				t.Error(err)
			}
		case err == nil:
			t.Errorf("believed: %v", claims)
		case !errors.Is(err, oidc.ErrInvalid) && !errors.Is(err, oidc.ErrExpired):
			t.Error(err)
		}
		if iss, err := oidc.Issuer(token); (iss == "") != (err != nil) {
			t.Errorf("%q, %v", iss, err)
		}
	})
}

// Whatever an issuer publishes, its token ends in claims or in an error of ours.
func FuzzIssuer(f *testing.F) {
	w := newWorld(f)
	token := w.good()
	f.Add([]byte(`{"issuer":"`+w.URL+`","jwks_uri":"`+w.URL+`/keys"}`), []byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"a"},{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"OKP","crv":"Ed25519","x":"AA"}]}`), "max-age=60")
	f.Add([]byte(`{"issuer":"`+w.URL+`","jwks_uri":"`+w.URL+`/keys"}`), []byte(`{"keys":null}`), "no-store")
	f.Fuzz(func(t *testing.T, discovery, keys []byte, control string) {
		w.Break(oidctest.Broken{
			Discovery: func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(discovery) },
			Keys: func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Cache-Control", control)
				_, _ = rw.Write(keys)
			},
		})
		v := oidc.Verifier{Out: w.Verifier.Out, Now: w.Verifier.Now}
		_, err := v.Verify(t.Context(), token, w.URL, []string{"parley"})
		if !errors.Is(err, oidc.ErrInvalid) && !errors.Is(err, oidc.ErrIssuer) {
			t.Error(err)
		}
	})
}
