package session

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// someone is a ticket with every member, and an access key for it.
func someone(t testing.TB) (id string, held *ticket) {
	t.Helper()
	id, secret, err := principal.MintKey(keyPrefix, "111122223333")
	if err != nil {
		t.Fatal(err)
	}
	return id, &ticket{
		Secret: secret, Role: "arn:aws:iam::111122223333:role/isv", RoleID: "AROAEXAMPLE", Name: "ann",
		Issued: 1, Expires: time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC).UnixMicro(),
		Tags: map[string]string{"team": "search"}, Transitive: []string{"team"},
		Keys:   map[string][]string{"aws:SourceIdentity": {"ann"}},
		Limits: []string{`{"Statement":[]}`},
		Person: &person{ID: "u-1", Name: "Ann", Email: "ann@example.com"},
	}
}

func sealed(t testing.TB, s *Service, id string, held *ticket) string {
	t.Helper()
	token, err := s.seal(id, held)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestATokenSaysWhatWasSealed(t *testing.T) {
	keys := seal.Random()
	id, held := someone(t)
	token := sealed(t, &Service{Keys: keys}, id, held)
	// Another server, which has the master key and nothing else; twice, since the
	// second time it remembers.
	s := &Service{Keys: keys}
	for range 2 {
		got, err := s.open(id, token)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(held, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, secret := range []string{held.Secret, "ann", "search"} {
		if plain, _ := base64.StdEncoding.DecodeString(token); strings.Contains(string(plain), secret) {
			t.Errorf("the token shows %q", secret)
		}
	}
}

// TestNoChangeOfATokenIsAccepted changes every bit and every character.
func TestNoChangeOfATokenIsAccepted(t *testing.T) {
	s := &Service{Keys: seal.Random()}
	id, held := someone(t)
	token := sealed(t, s, id, held)
	refused := func(what, changed string) {
		if _, err := s.open(id, changed); !errors.Is(err, ErrToken) {
			t.Fatalf("%s: %v, want ErrToken", what, err)
		}
	}
	raw, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			refused("a bit is flipped", base64.StdEncoding.EncodeToString(raw))
			raw[i] ^= 1 << bit
		}
	}
	for i := range token {
		for _, letter := range []byte("A/+=z0 \n\r-_") {
			if token[i] != letter {
				refused("a character is another", token[:i]+string(letter)+token[i+1:])
			}
		}
		refused("cut short", token[:i])
		refused("without its beginning", token[i+1:])
		refused("a line end inside", token[:i]+"\n"+token[i:])
	}
	refused("twice", token+token)
	refused("with one letter more", token+"A")
	refused("too long", strings.Repeat("A", maxToken+1))
	if _, err := s.open(id, token); err != nil {
		t.Errorf("the token itself: %v", err)
	}
}

func TestATokenBelongsToItsKeyAndServer(t *testing.T) {
	s := &Service{Keys: seal.Random()}
	id, held := someone(t)
	token := sealed(t, s, id, held)
	other, _ := someone(t)
	if _, err := s.open(other, token); !errors.Is(err, ErrToken) {
		t.Errorf("with another key: %v, want ErrToken", err)
	}
	if _, err := s.open(id, token); err != nil {
		t.Fatal(err)
	}
	if _, err := s.open(other, token); !errors.Is(err, ErrToken) {
		t.Errorf("with another key, once it is remembered: %v, want ErrToken", err)
	}
	stranger := &Service{Keys: seal.Random()}
	if _, err := stranger.open(id, token); !errors.Is(err, ErrToken) {
		t.Errorf("under another master key: %v, want ErrToken", err)
	}
	again := sealed(t, s, id, held)
	if again == token {
		t.Error("two tokens of one text")
	}
}

func TestTokensAreAsTheyWereSealed(t *testing.T) {
	s := &Service{Keys: seal.Random()}
	id, _ := someone(t)
	texts := rapid.MapOf(rapid.String(), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		held := &ticket{
			Secret: rapid.StringN(0, 40, -1).Draw(t, "secret"), Name: rapid.StringMatching(`[\w+=,.@-]{2,64}`).Draw(t, "name"),
			Expires: rapid.Int64().Draw(t, "expires"), Tags: texts.Filter(func(m map[string]string) bool { return len(m) > 0 }).Draw(t, "tags"),
			Limits: rapid.SliceOfN(rapid.String(), 1, 3).Draw(t, "limits"),
		}
		token, err := s.seal(id, held)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.open(id, token)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(held, got); diff != "" {
			t.Fatal(diff)
		}
		at := rapid.IntRange(0, len(token)-1).Draw(t, "at")
		put := rapid.Byte().Draw(t, "put")
		if changed := token[:at] + string([]byte{put}) + token[at+1:]; changed != token {
			if _, err := s.open(id, changed); !errors.Is(err, ErrToken) {
				t.Fatalf("with %q at %d: %v, want ErrToken", put, at, err)
			}
		}
	})
}

func TestGroupsAreLeftOut(t *testing.T) {
	got := personOf(&op.Person{ID: "u-1", Name: "Ann", Email: "ann@example.com", Groups: []string{"g-1"}}).who()
	if diff := cmp.Diff(&op.Person{ID: "u-1", Name: "Ann", Email: "ann@example.com"}, got); diff != "" {
		t.Error(diff)
	}
	if personOf(nil).who() != nil {
		t.Error("nobody is somebody")
	}
}

func TestOpenedTokensAreBounded(t *testing.T) {
	var held tickets
	for i := range maxOpened + 1 {
		held.put(mark{accessKeyID: strconv.Itoa(i)}, &ticket{})
	}
	if len(held.held) > maxOpened {
		t.Errorf("%d are held, at most %d may be", len(held.held), maxOpened)
	}
	if held.get(mark{accessKeyID: strconv.Itoa(maxOpened)}) == nil {
		t.Error("the last one is not held")
	}
}

// FuzzOpen looks for a token that nobody sealed.
func FuzzOpen(f *testing.F) {
	s := &Service{Keys: seal.Random()}
	id, held := someone(f)
	token := sealed(f, s, id, held)
	for _, seed := range []string{"", "A", token[:len(token)-4], token + "\n", strings.Repeat("A", 100), "AQ=="} {
		f.Add(id, seed)
	}
	f.Add("ASIA", token)
	f.Fuzz(func(t *testing.T, accessKeyID, text string) {
		if _, err := s.open(accessKeyID, text); !errors.Is(err, ErrToken) && (accessKeyID != id || text != token) {
			t.Errorf("%q with %q: %v", accessKeyID, text, err)
		}
	})
}
