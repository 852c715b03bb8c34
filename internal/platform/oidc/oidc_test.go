package oidc_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/oidc/oidctest"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

func TestVerify(t *testing.T) {
	at := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	for _, tc := range []struct {
		name   string
		claims []any
		header oidc.Claims
	}{
		{name: "plain"},
		{name: "without a type", header: oidc.Claims{"typ": nil}},
		{name: "an access token", header: oidc.Claims{"typ": "at+jwt"}},
		{name: "a type in full", header: oidc.Claims{"typ": "application/at+JWT"}},
		{name: "without a key ID", header: oidc.Claims{"kid": nil}},
		{name: "the second audience", claims: []any{"aud", "parley-too"}},
		{name: "both audiences", claims: []any{"aud", []string{"parley", "parley-too"}}},
		{name: "a list of one", claims: []any{"aud", []string{"parley"}}},
		{name: "issued to us", claims: []any{"azp", "parley"}},
		{name: "others too, issued to us", claims: []any{"aud", []string{"parley", "grumble"}, "azp", "parley"}},
		{name: "just expired", claims: []any{"exp", at(-59 * time.Second)}},
		{name: "just not yet valid", claims: []any{"nbf", at(time.Minute), "iat", at(time.Minute)}},
		{name: "a part of a second", claims: []any{"exp", float64(at(0)) + 0.5}},
		{name: "without a date of issue", claims: []any{"iat", nil}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			claims, err := w.verify(w.Key().Sign(t, tc.header, w.claims(tc.claims...)))
			if err != nil || claims.String("sub") != "alice" || claims.String("secret") != canary {
				t.Errorf("%v, %v", claims, err)
			}
		})
	}
}

func TestAlgorithms(t *testing.T) {
	for _, algorithm := range []string{"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"} {
		t.Run(algorithm, func(t *testing.T) {
			w := newWorld(t)
			w.Use(oidctest.NewKey(t, algorithm))
			if _, err := w.verify(w.good()); err != nil {
				t.Error(err)
			}
			forged := []byte(w.good())
			forged[len(forged)-20] ^= 3
			if _, err := w.verify(string(forged)); !errors.Is(err, oidc.ErrInvalid) {
				t.Errorf("forged: %v", err)
			}
		})
	}
}

func TestOverTLS(t *testing.T) {
	i := oidctest.NewTLS(t)
	v := oidc.Verifier{Out: i.Out(t), Now: time.Now}
	claims, err := v.Verify(t.Context(), i.Sign(oidc.Claims{"sub": "alice", "aud": "a"}), i.URL, []string{"a"})
	if err != nil || claims.String("iss") != i.URL {
		t.Errorf("%v, %v", claims, err)
	}
	plain := oidc.Verifier{Out: oidctest.New(t).Out(t, i), Now: time.Now}
	if _, err := plain.Verify(t.Context(), i.Sign(oidc.Claims{"aud": "a"}), i.URL, []string{"a"}); !errors.Is(err, oidc.ErrIssuer) || !strings.Contains(err.Error(), "not trusted") {
		t.Errorf("a certificate of nobody's: %v", err)
	}
}

// An issuer that the operator has not opened is not asked at all.
func TestGuarded(t *testing.T) {
	w := newWorld(t)
	w.Verifier.Out = outbound.New(outbound.Policy{}, quiet())
	if _, err := w.verify(w.good()); !errors.Is(err, oidc.ErrIssuer) || !strings.Contains(err.Error(), "refused") || w.Asked(oidctest.DiscoveryPath) != 0 {
		t.Errorf("%v, asked %d times", err, w.Asked(oidctest.DiscoveryPath))
	}
}

// Nothing is asked of an issuer for a token that could not be right.
func TestNothingIsAskedForRubbish(t *testing.T) {
	w := newWorld(t)
	for _, a := range append(shapes(), headers()[4:]...) {
		if a.why == "no key" || a.why == "does not match" || a.why == "its signature does not match" {
			continue
		}
		_, _ = w.verify(a.token(w))
	}
	if n := w.Asked(oidctest.DiscoveryPath); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

// asked verifies and counts what the issuer is asked meanwhile.
func (w *world) asked(token string, want int, is error) {
	w.Helper()
	before := w.Asked(oidctest.KeysPath)
	_, err := w.verify(token)
	if n := w.Asked(oidctest.KeysPath) - before; n != want || !errors.Is(err, is) {
		w.Errorf("at %s: the key set was asked for %d times, want %d; %v, want %v", w.now.Format(time.TimeOnly), n, want, err, is)
	}
}

func TestRotation(t *testing.T) {
	w := newWorld(t)
	old := w.claims("exp", noon.Add(48*time.Hour).Unix())
	first := w.Key().Sign(t, nil, old)
	w.asked(first, 1, nil)
	w.asked(first, 0, nil)

	w.Rotate()
	second := w.Key().Sign(t, nil, old)
	w.asked(second, 0, oidc.ErrInvalid) // the issuer was asked a moment ago
	w.pass(10 * time.Second)
	w.asked(second, 1, nil)
	w.asked(first, 0, oidc.ErrInvalid)
	w.pass(9 * time.Second)
	w.asked(first, 0, oidc.ErrInvalid)
	w.pass(time.Second)
	w.asked(first, 1, oidc.ErrInvalid) // anybody can make up a name, at this rate
	w.asked(second, 0, nil)
}

// An issuer on a laptop makes a key of its own each time it starts, and names it as
// the one before.
func TestRotationUnderOneName(t *testing.T) {
	w := newWorld(t)
	first := w.good()
	w.asked(first, 1, nil)
	again := oidctest.NewKey(t, w.Key().Algorithm)
	again.ID = w.Key().ID
	w.Use(again)
	second := w.good()
	w.asked(second, 0, oidc.ErrInvalid) // the issuer was asked a moment ago
	w.pass(10 * time.Second)
	w.asked(second, 1, nil)
	w.asked(first, 0, oidc.ErrInvalid)
	w.pass(10 * time.Second)
	w.asked(first, 1, oidc.ErrInvalid) // nobody's signature, at the same rate
	w.asked(second, 0, nil)
}

func TestCacheControl(t *testing.T) {
	for _, tc := range []struct {
		control, age string
		life         time.Duration
	}{
		{"", "", 15 * time.Minute},
		{"public, max-age=3600", "", time.Hour},
		{"max-age=3600, must-revalidate", "600", 50 * time.Minute},
		{`Max-Age="7200"`, "", 2 * time.Hour},
		{"max-age=0", "", time.Minute},
		{"max-age=5", "", time.Minute},
		{"max-age=60", "9223372036854775807", time.Minute},
		{"max-age=-9223372036854775808", "9", time.Minute},
		{"max-age=31536000", "", 24 * time.Hour},
		{"max-age=9223372036854775807", "-9223372036854775808", 24 * time.Hour},
		{"max-age=99999999999999999999", "", time.Minute},
		{"no-store", "", time.Minute},
		{"no-cache, max-age=3600", "", time.Minute},
		{"private", "", 15 * time.Minute},
		{"max-age=often", "", time.Minute},
	} {
		t.Run(tc.control+tc.age, func(t *testing.T) {
			w := newWorld(t)
			w.Break(oidctest.Broken{Keys: func(rw http.ResponseWriter, _ *http.Request) {
				rw.Header().Set("Cache-Control", tc.control)
				rw.Header().Set("Age", tc.age)
				_ = json.NewEncoder(rw).Encode(map[string]any{"keys": []any{w.Key().JWK()}})
			}})
			token := w.Issuer.Sign(w.claims("exp", noon.Add(48*time.Hour).Unix()))
			w.asked(token, 1, nil)
			w.pass(tc.life)
			w.asked(token, 0, nil)
			w.pass(time.Nanosecond)
			w.asked(token, 1, nil)
		})
	}
}

// While an issuer is out, its last keys serve for an hour past their time.
func TestOutage(t *testing.T) {
	w := newWorld(t)
	token := w.Issuer.Sign(w.claims("exp", noon.Add(48*time.Hour).Unix()))
	w.asked(token, 1, nil)
	w.Break(oidctest.Broken{Keys: func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) }})
	w.pass(15*time.Minute + time.Second)
	w.asked(token, 1, nil)
	w.asked(token, 0, nil)
	w.pass(time.Hour - time.Second)
	w.asked(token, 1, nil)
	w.pass(11 * time.Second)
	w.asked(token, 1, oidc.ErrIssuer)
	w.asked(token, 0, oidc.ErrIssuer) // and is left in peace for a while
	w.Break(oidctest.Broken{})
	w.pass(9 * time.Second)
	w.asked(token, 0, oidc.ErrIssuer)
	w.pass(time.Second)
	w.asked(token, 1, nil)
}

// A token that names no key is good only where there is no choice.
func TestKeysWithoutNames(t *testing.T) {
	w := newWorld(t)
	other := oidctest.NewKey(t, "ES256")
	unlike := oidctest.NewKey(t, "ES384")
	nameless := w.headed(oidc.Claims{"kid": nil})
	publish := func(keys ...oidc.Claims) {
		w.Break(oidctest.Broken{Keys: func(rw http.ResponseWriter, _ *http.Request) {
			_ = json.NewEncoder(rw).Encode(map[string]any{"keys": keys})
		}})
		w.pass(time.Minute * 20)
	}
	publish(w.Key().JWK(), unlike.JWK())
	w.asked(nameless, 1, nil)
	publish(w.Key().JWK(), other.JWK())
	w.asked(nameless, 1, oidc.ErrInvalid)
	twin := other.JWK()
	twin["kid"] = w.Key().ID
	publish(twin, w.Key().JWK()) // two of one name: either may have signed
	w.asked(w.good(), 1, nil)
	fake := oidctest.NewKey(t, "ES256")
	fake.ID = w.Key().ID
	w.asked(fake.Sign(t, nil, w.claims()), 0, oidc.ErrInvalid)
}

// An issuer may have a path, and may end in a slash.
func TestPlacesOfDiscovery(t *testing.T) {
	for issuer, place := range map[string]string{
		"/":            "/.well-known/openid-configuration",
		"/realms/home": "/realms/home/.well-known/openid-configuration",
		"/realms/a/":   "/realms/a/.well-known/openid-configuration",
	} {
		t.Run(issuer, func(t *testing.T) {
			w := newWorld(t)
			mux := http.NewServeMux()
			mux.HandleFunc(place, func(rw http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(rw, `{"issuer":%q,"jwks_uri":%q}`, w.URL+issuer, w.URL+oidctest.KeysPath)
			})
			mux.Handle(oidctest.KeysPath, w.Issuer)
			w.URL = serve(t, mux)
			w.Verifier.Out = w.Issuer.Out(t)
			name := w.URL + issuer
			token := w.Issuer.Sign(w.claims("iss", name))
			if _, err := w.Verifier.Verify(t.Context(), token, name, []string{"parley"}); err != nil {
				t.Error(err)
			}
		})
	}
}

// A crowd that comes at once makes one request.
func TestOneRequestForACrowd(t *testing.T) {
	w := newWorld(t)
	arrived := make(chan bool, 1)
	leave := make(chan bool)
	w.Break(oidctest.Broken{Discovery: func(rw http.ResponseWriter, _ *http.Request) {
		arrived <- true
		<-leave
		_ = json.NewEncoder(rw).Encode(map[string]any{"issuer": w.URL, "jwks_uri": w.URL + oidctest.KeysPath})
	}})
	token := w.good()
	var crowd sync.WaitGroup
	for range 20 {
		crowd.Go(func() {
			if _, err := w.verify(token); err != nil {
				t.Error(err)
			}
		})
	}
	<-arrived
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Verifier.Verify(impatient, token, w.URL, []string{"parley"}); !errors.Is(err, oidc.ErrIssuer) {
		t.Errorf("one who gave up: %v", err)
	}
	close(leave)
	crowd.Wait()
	if n := w.Asked(oidctest.KeysPath); n != 1 {
		t.Errorf("the key set was asked for %d times", n)
	}
}

// Who had looked before the answer came, and asks after it, takes that answer.
func TestOneRequestForALatecomer(t *testing.T) {
	w := newWorld(t)
	clock := w.Verifier.Now
	looked, goOn := make(chan bool), make(chan bool)
	var calls atomic.Int32
	w.Verifier.Now = func() time.Time {
		if calls.Add(1) == 1 {
			close(looked)
			<-goOn
		}
		return clock()
	}
	token := w.good()
	var late sync.WaitGroup
	late.Go(func() {
		if _, err := w.verify(token); err != nil {
			t.Error(err)
		}
	})
	<-looked
	if _, err := w.verify(token); err != nil {
		t.Error(err)
	}
	close(goOn)
	late.Wait()
	if n := w.Asked(oidctest.KeysPath); n != 1 {
		t.Errorf("the key set was asked for %d times", n)
	}
}

func TestIssuer(t *testing.T) {
	w := newWorld(t)
	if iss, err := oidc.Issuer(w.good()); err != nil || iss != w.URL {
		t.Errorf("%q, %v", iss, err)
	}
	for _, token := range []string{"", "a.b.c", w.Key().Sign(t, nil, w.claims("iss", nil)), w.Key().Sign(t, nil, w.claims("iss", 7))} {
		if _, err := oidc.Issuer(token); !errors.Is(err, oidc.ErrInvalid) {
			t.Errorf("%q: %v", token, err)
		}
	}
}

func TestClaims(t *testing.T) {
	c := oidc.Claims{"s": "a", "l": []any{"a", 1.0, "b"}, "o": []string{"x"}, "n": 1.5, "t": 1e9}
	got := []any{c.String("s"), c.String("l"), c.String("missing"), c.Strings("s"), c.Strings("l"), c.Strings("o"), c.Strings("n"), c.Strings("missing")}
	want := []any{"a", "", "", []string{"a"}, []string{"a", "b"}, []string{"x"}, []string(nil), []string(nil)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if at, ok := c.Time("t"); !ok || !at.Equal(time.Date(2001, 9, 9, 1, 46, 40, 0, time.UTC)) {
		t.Errorf("%v, %v", at, ok)
	}
	if _, ok := c.Time("s"); ok {
		t.Error("a string is a date")
	}
}

// What we sign ourselves, others verify with the set that we publish.
func TestSign(t *testing.T) {
	k, err := oidc.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := k.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	again, err := oidc.ParseKey(kept)
	if err != nil || again.ID != k.ID || !again.Private.Equal(k.Private) {
		t.Fatalf("%v, %v", again.ID, err)
	}
	other, err := oidc.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	set, err := oidc.JWKS(other, again)
	if err != nil || strings.Contains(string(set), `"d"`) {
		t.Fatalf("%s, %v", set, err)
	}
	w := newWorld(t)
	w.Break(oidctest.Broken{Keys: func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(set) }})
	token, err := oidc.Sign(k, w.claims())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.verify(token); err != nil {
		t.Error(err)
	}
	unlike, err := x509.MarshalPKCS8PrivateKey(oidctest.NewKey(t, "ES384").Private)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"nothing": nil, "a letter": []byte("x"), "half a key": kept[:40], "a key of another curve": unlike} {
		if _, err := oidc.ParseKey(bad); err == nil {
			t.Errorf("%s is a key", name)
		}
	}
	if set, err := oidc.JWKS(); err != nil || string(set) != `{"keys":[]}` {
		t.Errorf("%s, %v", set, err)
	}
}
