package identitycenter

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func TestContextRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.trusts(t, arn, "email", "emails.value")
		out, err := w.token(t, w.vendor, byAssertion(arn, w.idp.Sign(oidc.Claims{"aud": "parley", "email": "ann@example.com"})))
		if err != nil {
			t.Fatal(err)
		}
		right := *out.AwsAdditionalDetails.IdentityContext
		raw, err := base64.RawURLEncoding.DecodeString(right)
		if err != nil {
			t.Fatal(err)
		}
		sealed := func(keys *seal.Keys, text, place string) string {
			b, err := keys.Seal([]byte(text), place)
			if err != nil {
				t.Fatal(err)
			}
			return base64.RawURLEncoding.EncodeToString(b)
		}
		const nobody = `{"a":"111122223333","s":"00000000-0000-4000-8000-000000000000","e":9999999999999999}`
		for name, text := range map[string]string{
			"empty": "", "nonsense": "nonsense", "not base64": "!" + right, "padded": right + "=", "cut": right[:len(right)-4],
			"too long": strings.Repeat("A", maxAssertion+1), "an ID token": *out.IDToken, "an access token": *out.AccessToken,
			"altered":             base64.RawURLEncoding.EncodeToString(append([]byte{raw[0], raw[1] ^ 1}, raw[2:]...)),
			"another master key":  sealed(seal.Random(), nobody, contextPlace),
			"sealed for a ticket": sealed(w.Keys, nobody, ticketPlace),
			"no sign-in":          sealed(w.Keys, nobody, contextPlace),
			"not JSON":            sealed(w.Keys, "x", contextPlace),
		} {
			if p, keys, err := w.Context(t.Context(), text); !errors.Is(err, ErrContext) || keys != nil || p.ID != "" {
				t.Errorf("%s: %+v, %v, %v", name, p, keys, err)
			}
		}
		w.speaks(t, arn, right)
	})
}

// FuzzContext: nobody makes an assertion but the server.
func FuzzContext(f *testing.F) {
	clock := storetest.NewClock()
	db, err := store.Open(f.Context(), store.Config{Now: clock.Now})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { db.Close() })
	w := newWorld(f, db, clock)
	arn := w.application(f)
	w.trusts(f, arn, "email", "emails.value")
	out, err := w.token(f, w.vendor, byAssertion(arn, w.idp.Sign(oidc.Claims{"aud": "parley", "email": "ann@example.com"})))
	if err != nil {
		f.Fatal(err)
	}
	right := *out.AwsAdditionalDetails.IdentityContext
	if _, _, err := w.Context(f.Context(), right); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", right[1:], right[:len(right)-1], right + "A", "AQ", strings.Repeat("A", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text == right {
			return
		}
		if _, _, err := w.Context(t.Context(), text); !errors.Is(err, ErrContext) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
