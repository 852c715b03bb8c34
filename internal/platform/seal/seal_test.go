package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func fixed(t testing.TB) *Keys {
	t.Helper()
	k, err := New(bytes.Repeat([]byte{7}, MasterSize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealAndOpen(t *testing.T) {
	k := fixed(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		context := rapid.String().Draw(t, "context")
		sealed, err := k.Seal(plain, context)
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != len(plain)+Overhead {
			t.Errorf("sealed %d bytes into %d", len(plain), len(sealed))
		}
		got, err := k.Open(sealed, context)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("opened %q, %v; want %q", got, err, plain)
		}
		if _, err := k.Open(sealed, context+"x"); !errors.Is(err, ErrOpen) {
			t.Errorf("opened in another place: %v", err)
		}
	})
}

func TestTamperedByteIsRefused(t *testing.T) {
	k := fixed(t)
	sealed, err := k.Seal([]byte("wJalrXUtnFEMI"), "key/1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		for bit := range 8 {
			altered := bytes.Clone(sealed)
			altered[i] ^= 1 << bit
			if _, err := k.Open(altered, "key/1"); !errors.Is(err, ErrOpen) {
				t.Errorf("byte %d, bit %d: %v, want ErrOpen", i, bit, err)
			}
		}
	}
	for n := range sealed {
		if _, err := k.Open(sealed[:n], "key/1"); !errors.Is(err, ErrOpen) {
			t.Errorf("cut to %d bytes: %v, want ErrOpen", n, err)
		}
	}
	if _, err := k.Open(append(sealed, 0), "key/1"); !errors.Is(err, ErrOpen) {
		t.Errorf("one byte longer: %v, want ErrOpen", err)
	}
}

func TestSealingTwiceDiffers(t *testing.T) {
	k := fixed(t)
	a, _ := k.Seal([]byte("same"), "place")
	b, _ := k.Seal([]byte("same"), "place")
	if bytes.Equal(a, b) {
		t.Error("two seals of one secret are equal")
	}
}

func TestOtherMasterKey(t *testing.T) {
	a, b := fixed(t), Random()
	sealed, _ := a.Seal([]byte("x"), "place")
	if _, err := b.Open(sealed, "place"); !errors.Is(err, ErrOpen) {
		t.Errorf("opened under another master key: %v", err)
	}
	if err := a.Recognise(a.Check()); err != nil {
		t.Errorf("own check: %v", err)
	}
	if err := b.Recognise(a.Check()); !errors.Is(err, ErrOtherKey) || !strings.Contains(err.Error(), "master.key") {
		t.Errorf("other check: %v, want ErrOtherKey", err)
	}
}

func TestMACKnowsPurposeAndParts(t *testing.T) {
	k := fixed(t)
	seen := map[string]string{}
	for _, c := range []struct {
		purpose string
		parts   []string
	}{
		{"page", nil}, {"page", []string{""}}, {"page", []string{"ab"}}, {"page", []string{"a", "b"}},
		{"page", []string{"", "ab"}}, {"page", []string{"ab", ""}}, {"job", []string{"ab"}}, {"pageab", nil},
	} {
		var parts [][]byte
		for _, p := range c.parts {
			parts = append(parts, []byte(p))
		}
		sum := string(k.MAC(c.purpose, parts...))
		name := fmt.Sprintf("%s %q", c.purpose, c.parts)
		if other, ok := seen[sum]; ok {
			t.Errorf("%s and %s have one MAC", name, other)
		}
		seen[sum] = name
		if len(sum) != 32 || sum != string(k.MAC(c.purpose, parts...)) {
			t.Errorf("%s: the MAC is not 32 steady bytes", name)
		}
	}
}

func TestSubkeyIsHKDF(t *testing.T) {
	k := fixed(t)
	want, err := hkdf.Expand(sha256.New, k.master[:], "parley/seal/v1\x00place", 32)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(k.subkey("seal", "place"), want) {
		t.Error("a subkey is not HKDF-Expand's")
	}
}

// Values sealed by format 1 must open for ever.
func TestFormatStaysReadable(t *testing.T) {
	const sealed = "Aal4z6NioN2aL1S6ag0iz9bApns16PZjQ2gjo5h00j9Tc24/csnPGhYWpmWiGews"
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fixed(t).Open(raw, "key/1")
	if err != nil || string(got) != "kept since format 1" {
		t.Errorf("opened %q, %v", got, err)
	}
	if got := fixed(t).Check(); got != "7c5ed7de22682efdfe7359965df9329f" {
		t.Errorf("check = %s", got)
	}
}

func TestKeysPrintNothing(t *testing.T) {
	k := fixed(t)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "keys", k)
	_, logged, _ := strings.Cut(log.String(), "keys")
	text := fmt.Sprintf("%v %+v %#v %s %d %x", k, k, *k, k, k, *k) + logged
	if strings.Contains(text, "7") {
		t.Errorf("keys print as %s", text)
	}
}

func TestNewWantsThirtyTwoBytes(t *testing.T) {
	if _, err := New(make([]byte, 31)); err == nil || !strings.Contains(err.Error(), "must have 32 bytes; it has 31") {
		t.Errorf("err = %v", err)
	}
}

func TestOpenMakesTheKeyOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := Open(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if first.Check() != second.Check() {
		t.Error("the second start has another key")
	}
	info, err := os.Stat(filepath.Join(dir, MasterFile))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %04o, want 0600", info.Mode().Perm())
	}
	text, _ := os.ReadFile(filepath.Join(dir, MasterFile))
	given, err := Open(t.TempDir(), string(text))
	if err != nil || given.Check() != first.Check() {
		t.Errorf("the file's text given as the key: %v", err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestFirstStartsRace(t *testing.T) {
	dir := t.TempDir()
	checks := make([]string, 16)
	var wg sync.WaitGroup
	for i := range checks {
		wg.Go(func() {
			k, err := Open(dir, "")
			if err != nil {
				t.Error(err)
				return
			}
			checks[i] = k.Check()
		})
	}
	wg.Wait()
	for _, c := range checks {
		if c != checks[0] {
			t.Fatal("two servers hold different keys")
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	good := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, MasterSize))
	for _, c := range []struct {
		name, text string
		mode       os.FileMode
		given      string
		want       string
	}{
		{"group may read", good, 0o640, "", "can be read or changed by others (mode 0640): run `chmod 600"},
		{"others may read", good, 0o604, "", "mode 0604"},
		{"group may write", good, 0o620, "", "mode 0620"},
		{"empty file", "", 0o600, "", "must be 32 bytes in base64"},
		{"short file", good[:20], 0o600, "", "must be 32 bytes in base64"},
		{"not base64", strings.Repeat("!", 44), 0o600, "", "must be 32 bytes in base64"},
		{"short key given", good, 0o600, "c2hvcnQ=", "the given master key must be 32 bytes in base64"},
		{"blank key given", good, 0o600, "  ", "the given master key must be 32 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, MasterFile)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := Open(dir, c.given)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("err = %v, want %q", err, c.want)
			}
			if c.text != "" && strings.Contains(err.Error(), c.text) || c.given == "c2hvcnQ=" && strings.Contains(err.Error(), c.given) {
				t.Errorf("%v tells the key", err)
			}
		})
	}
}

func TestOpenRefusesADirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, MasterFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, ""); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("err = %v", err)
	}
}

func TestGivenKeyAlphabets(t *testing.T) {
	master := bytes.Repeat([]byte{0xfb}, MasterSize)
	want, _ := New(master)
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		k, err := Open("", enc.EncodeToString(master)+"\n")
		if err != nil || k.Check() != want.Check() {
			t.Errorf("%s: %v", enc.EncodeToString(master), err)
		}
	}
}

func BenchmarkSealAndOpen(b *testing.B) {
	k := fixed(b)
	secret := make([]byte, 64)
	for b.Loop() {
		sealed, _ := k.Seal(secret, "key/1")
		if _, err := k.Open(sealed, "key/1"); err != nil {
			b.Fatal(err)
		}
	}
}
