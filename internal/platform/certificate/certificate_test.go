package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

// trusting is a pool with a PEM file's certificates.
func trusting(t *testing.T, ca []byte) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatalf("no certificate in %q", ca)
	}
	return pool
}

func TestNames(t *testing.T) {
	tests := []struct {
		given     []string
		names     []string
		addresses []string
	}{
		{nil, nil, nil},
		{[]string{"localhost", "127.0.0.1", "::1"}, nil, nil},
		{[]string{"LocalHost.", "::ffff:127.0.0.1"}, nil, nil},
		{[]string{"0.0.0.0", "::", ""}, nil, nil},
		{[]string{"Box-7.Example.COM", "box_7", "box-7.example.com"}, []string{"box-7.example.com", "box_7"}, nil},
		{[]string{"10.0.0.5", "fe80::1%eth0", "2001:db8::7"}, nil, []string{"10.0.0.5", "fe80::1", "2001:db8::7"}},
		{[]string{"bücher.example", "-a", "a-", "a..b", "*.example.com", "a b", "a\x00b", strings.Repeat("a", 64), strings.Repeat("a.", 130) + "a"}, nil, nil},
	}
	for _, tt := range tests {
		p, err := Make(tt.given, start)
		if err != nil {
			t.Fatalf("%q: %v", tt.given, err)
		}
		if diff := cmp.Diff(append([]string{"localhost"}, tt.names...), p.Certificate.Leaf.DNSNames); diff != "" {
			t.Errorf("%q: names (-want +got):\n%s", tt.given, diff)
		}
		var addresses []string
		for _, ip := range p.Certificate.Leaf.IPAddresses {
			addresses = append(addresses, ip.String())
		}
		if diff := cmp.Diff(append([]string{"127.0.0.1", "::1"}, tt.addresses...), addresses); diff != "" {
			t.Errorf("%q: addresses (-want +got):\n%s", tt.given, diff)
		}
		if err := p.fits(tt.given, start); err != nil {
			t.Errorf("%q: %v", tt.given, err)
		}
	}
}

// TestScope: the CA may sign for the names of the server alone, the certificate
// signs nothing, and who trusts the CA takes the server for nobody else.
func TestScope(t *testing.T) {
	p, err := Make([]string{"box.example.com", "10.0.0.5"}, start)
	if err != nil {
		t.Fatal(err)
	}
	roots := trusting(t, p.CA)
	for name, ok := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "box.example.com": true, "10.0.0.5": true,
		"example.com": false, "127.0.0.2": false, "10.0.0.6": false, "a.localhost": false,
	} {
		_, err := p.Certificate.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, CurrentTime: start})
		if (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text := string(p.CA); strings.Count(text, "BEGIN") != 1 || strings.Contains(text, "PRIVATE") {
		t.Errorf("the CA file has more than the CA:\n%s", text)
	}
	ca := parse(t, p.CA)
	if !ca.IsCA || !ca.MaxPathLenZero || !ca.PermittedDNSDomainsCritical || ca.KeyUsage != x509.KeyUsageCertSign || len(ca.PermittedIPRanges) != 3 {
		t.Errorf("the CA: %+v", ca)
	}
	if diff := cmp.Diff([]string{"localhost", "box.example.com"}, ca.PermittedDNSDomains); diff != "" {
		t.Errorf("the CA's names (-want +got):\n%s", diff)
	}
	if l := p.Certificate.Leaf; l.IsCA || l.KeyUsage&x509.KeyUsageCertSign != 0 {
		t.Error("the certificate could sign others")
	}
	if life := p.Certificate.Leaf.NotAfter.Sub(p.Certificate.Leaf.NotBefore); life > 825*24*time.Hour {
		t.Errorf("it lives for %s", life)
	}
}

func parse(t *testing.T, file []byte) *x509.Certificate {
	t.Helper()
	b, _ := pem.Decode(file)
	c, err := x509.ParseCertificate(b.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// kept is a configuration in a directory of the test, with a clock.
func kept(t *testing.T, names ...string) (Config, *time.Time, *strings.Builder) {
	now, log := start, new(strings.Builder)
	return Config{
		Dir: filepath.Join(t.TempDir(), "data", "tls"), Names: names, Now: func() time.Time { return now },
		Log: slog.New(slog.NewTextHandler(log, nil)),
	}, &now, log
}

// serial opens a keeper and tells its certificate from others.
func serial(t *testing.T, c Config) string {
	t.Helper()
	k, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return current(t, k)
}

func current(t *testing.T, k *Keeper) string {
	t.Helper()
	got, err := k.Certificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return got.Leaf.SerialNumber.String()
}

// matches demands that the files are a pair that fits.
func matches(t *testing.T, c Config) {
	t.Helper()
	if _, err := c.load(); err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(c.Dir), ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestKept(t *testing.T) {
	c, now, log := kept(t)
	first := serial(t, c)
	for name, mode := range map[string]fs.FileMode{"": 0o700, CAFile: 0o644, certFile: 0o644, keyFile: 0o600} {
		info, err := os.Stat(filepath.Join(c.Dir, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q: %v, %v", name, info.Mode(), err)
		}
	}
	*now = start.Add(700 * 24 * time.Hour)
	if again := serial(t, c); again != first {
		t.Errorf("a second certificate")
	}
	matches(t, c)
	if made := strings.Count(log.String(), "made a"); made != 1 || !strings.Contains(log.String(), "ca="+filepath.Join(c.Dir, CAFile)) {
		t.Errorf("the log:\n%s", log)
	}
	if strings.Contains(log.String(), "PRIVATE") {
		t.Error("the key is in the log")
	}
}

// TestReplacedAtStart: what does not fit is replaced, whole.
func TestReplacedAtStart(t *testing.T) {
	tests := map[string]struct {
		spoil func(t *testing.T, c *Config, now *time.Time)
		why   string
	}{
		"another name":          {func(_ *testing.T, c *Config, _ *time.Time) { c.Names = []string{"box.example.com"} }, "box.example.com"},
		"near its end":          {func(_ *testing.T, _ *Config, now *time.Time) { *now = start.Add(lifetime - renewal) }, "ends on 2029-02-19"},
		"ended":                 {func(_ *testing.T, _ *Config, now *time.Time) { *now = start.Add(2 * lifetime) }, "expired"},
		"of the future":         {func(_ *testing.T, _ *Config, now *time.Time) { *now = start.Add(-48 * time.Hour) }, "not yet valid"},
		"without its CA":        {func(t *testing.T, c *Config, _ *time.Time) { remove(t, c, CAFile) }, "no CA"},
		"without its chain":     {func(t *testing.T, c *Config, _ *time.Time) { remove(t, c, certFile) }, "failed to find"},
		"without its key":       {func(t *testing.T, c *Config, _ *time.Time) { remove(t, c, keyFile) }, ""},
		"a key that is cut off": {func(t *testing.T, c *Config, _ *time.Time) { cut(t, c, keyFile) }, "PEM"},
		"a CA that is cut off":  {func(t *testing.T, c *Config, _ *time.Time) { cut(t, c, CAFile) }, "no CA"},
		"another CA":            {another, "authority"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, now, log := kept(t)
			first := serial(t, c)
			tt.spoil(t, &c, now)
			second := serial(t, c)
			if second == first {
				t.Fatal("it is not replaced")
			}
			if !strings.Contains(log.String(), tt.why) {
				t.Errorf("the log does not say %q:\n%s", tt.why, log)
			}
			matches(t, c)
			if again := serial(t, c); again != second {
				t.Error("it is replaced again")
			}
		})
	}
}

func remove(t *testing.T, c *Config, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(c.Dir, name)); err != nil {
		t.Fatal(err)
	}
}

func cut(t *testing.T, c *Config, name string) {
	t.Helper()
	if err := os.Truncate(filepath.Join(c.Dir, name), 60); err != nil {
		t.Fatal(err)
	}
}

// another puts the CA of another pair into the directory, as a power cut between
// two renames would leave it.
func another(t *testing.T, c *Config, _ *time.Time) {
	p, err := Make(nil, start)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Dir, CAFile), p.CA, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestOtherFilesStay: a directory that was there keeps what else is in it.
func TestOtherFilesStay(t *testing.T) {
	c, _, _ := kept(t)
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(c.Dir, "mine.pem")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	serial(t, c)
	matches(t, c)
	if b, err := os.ReadFile(mine); err != nil || string(b) != "mine" {
		t.Errorf("%q, %v", b, err)
	}
}

// TestRenewedWhileServing: a server that runs on for years renews by itself, and
// serves the old certificate for as long as it cannot.
func TestRenewedWhileServing(t *testing.T) {
	c, now, log := kept(t)
	k, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	first := current(t, k)
	*now = start.Add(lifetime - renewal - time.Second)
	if current(t, k) != first {
		t.Error("renewed too early")
	}
	*now = start.Add(lifetime - renewal)
	above := filepath.Dir(c.Dir)
	if err := os.Rename(above, above+"-away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(above, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if current(t, k) != first {
			t.Error("renewed without a place to keep it")
		}
	}
	if n := strings.Count(log.String(), "cannot be renewed"); n != 1 {
		t.Errorf("%d complaints:\n%s", n, log)
	}
	if err := errors.Join(os.Remove(above), os.Rename(above+"-away", above)); err != nil {
		t.Fatal(err)
	}
	if current(t, k) != first {
		t.Error("tried again at once")
	}
	*now = now.Add(patience)
	second := current(t, k)
	if second == first {
		t.Error("not renewed")
	}
	matches(t, c)
	if serial(t, c) != second {
		t.Error("the files are of another")
	}
	if !strings.Contains(log.String(), "level=WARN msg=\"made a new development certificate: clients have to read the CA file again\"") {
		t.Errorf("the log:\n%s", log)
	}
}

func TestRefused(t *testing.T) {
	t.Run("a key that others may read", func(t *testing.T) {
		c, _, _ := kept(t)
		serial(t, c)
		if err := os.Chmod(filepath.Join(c.Dir, keyFile), 0o640); err != nil {
			t.Fatal(err)
		}
		_, err := Open(c)
		want := filepath.Join(c.Dir, keyFile) + " is a private key and can be read by others (mode 0640): run \"chmod 600 "
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a file in place of the directory", func(t *testing.T) {
		c, _, _ := kept(t)
		if err := errors.Join(os.MkdirAll(filepath.Dir(c.Dir), 0o700), os.WriteFile(c.Dir, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(c); err == nil || !strings.Contains(err.Error(), c.Dir) {
			t.Errorf("%v", err)
		}
	})
	t.Run("nowhere to keep it", func(t *testing.T) {
		c, _, _ := kept(t)
		if err := os.WriteFile(filepath.Dir(c.Dir), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(c); err == nil {
			t.Error("kept in a file")
		}
	})
}

// TestOnePair starts many servers on one directory: all have the pair of the one
// that was first.
func TestOnePair(t *testing.T) {
	c, _, _ := kept(t)
	c.Log = slog.New(slog.DiscardHandler)
	serials := make([]string, 16)
	var wg sync.WaitGroup
	for i := range serials {
		wg.Go(func() {
			k, err := Open(c)
			if err != nil {
				t.Error(err)
				return
			}
			serials[i] = current(t, k)
		})
	}
	wg.Wait()
	for _, s := range serials {
		if s != serials[0] {
			t.Errorf("two pairs: %s and %s", s, serials[0])
		}
	}
	matches(t, c)
}

// TestHandshake: a client that trusts the CA file talks to the server, by name
// and by address; one that does not, does not.
func TestHandshake(t *testing.T) {
	c, _, _ := kept(t, "box.example.com")
	c.Now = time.Now
	k, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(c.Dir, CAFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string]bool{"127.0.0.1": true, "::1": true, "localhost": true, "box.example.com": true, "other.example.com": false} {
		if err := shake(t, k, &tls.Config{RootCAs: trusting(t, ca), ServerName: name}); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := shake(t, k, &tls.Config{ServerName: "localhost"}); err == nil {
		t.Error("a stranger trusts it")
	}
}

func shake(t *testing.T, k *Keeper, client *tls.Config) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.Copy(io.Discard, tls.Server(c, &tls.Config{GetCertificate: k.Certificate, MinVersion: tls.VersionTLS12}))
	}()
	c, err := (&tls.Dialer{Config: client}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		return err
	}
	return c.Close()
}
