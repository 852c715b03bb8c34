package identitycenter

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/seal"
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

// sealedOnce is an assertion that was sealed under the key of FuzzContext. It stays
// readable: so do those of the servers of one store while they are replaced.
const sealedOnce = "AbWn4OcEm3vD9ogrE9AtczDpHmEDPFv3y2XyXzpJq99HNCIUzcfo2CqVo0_3W5KSc7JhCRVwvCxC_5UvKMndnm87xiUKg67ptgfIlXLuAvpexP-O2my-dWkLLtmKX3dddaafiHjswBa6CtGcjKYafjs"

// FuzzContext: nobody makes an assertion but who has the key.
func FuzzContext(f *testing.F) {
	keys, err := seal.New(bytes.Repeat([]byte{7}, seal.MasterSize))
	if err != nil {
		f.Fatal(err)
	}
	s := &Service{Keys: keys}
	want := assertion{Account: customer, Signin: absent, Expires: 1767225600000000}
	if got, err := s.open(sealedOnce); err != nil || got != want {
		f.Fatalf("%+v, %v", got, err)
	}
	for _, seed := range []string{"", sealedOnce, sealedOnce[1:], sealedOnce[:len(sealedOnce)-1], sealedOnce + "A", sealedOnce[:9] + "\n" + sealedOnce[9:], "AQ", strings.Repeat("A", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := s.open(text)
		if text != sealedOnce && (!errors.Is(err, ErrContext) || got != assertion{}) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	})
}
