package outbound

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// through sends a GET through the world's proxy and returns what the proxy was
// asked.
func through(t *testing.T, w *world, p Policy, url string) (asked []string, err error) {
	t.Helper()
	p.Proxy = w.proxy.proxyURL
	err = w.send(t, w.client(t, p, quiet()), attack{}, url)
	return w.proxy.asked.take(), err
}

func TestProxyConnects(t *testing.T) {
	w := newWorld(t)
	asked, err := through(t, w, w.policy(), "https://api.test:"+w.port+"/?token=canary")
	if err != nil || len(asked) != 1 {
		t.Fatalf("%q, %v", asked, err)
	}
	if !strings.HasPrefix(asked[0], "CONNECT api.test:"+w.port+"\n") || !strings.Contains(asked[0], "Proxy-Authorization: Basic ") {
		t.Errorf("the proxy was asked %q", asked[0])
	}
	if strings.Contains(asked[0], secret) {
		t.Errorf("the proxy was told a secret: %q", asked[0])
	}
}

func TestProxyInAbsoluteForm(t *testing.T) {
	w := newWorld(t)
	asked, err := through(t, w, w.policy(), "http://api.test/path")
	if err != nil || len(asked) != 1 || !strings.HasPrefix(asked[0], "GET http://api.test/path\n") {
		t.Errorf("the proxy was asked %q, %v", asked, err)
	}
}

func TestProxyRefuses(t *testing.T) {
	w := newWorld(t)
	w.proxy.status = http.StatusForbidden
	_, err := through(t, w, w.policy(), "https://api.test:"+w.port+"/?token=canary")
	if want := "https://api.test:" + w.port + " cannot be reached: the proxy does not connect to it (status 403)"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestProxyIsGone(t *testing.T) {
	w := newWorld(t)
	w.proxy.Close()
	for _, scheme := range []string{"http", "https"} {
		_, err := through(t, w, w.policy(), scheme+"://api.test:"+w.port+"/?token=canary")
		if want := scheme + "://api.test:" + w.port + " cannot be reached: the proxy cannot be reached"; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// An origin that is Direct is reached without the proxy, and opened.
func TestDirectPassesTheProxy(t *testing.T) {
	w := newWorld(t)
	p := w.policy()
	p.Direct = []Origin{{"http", "loopback.test", portOf(w.port)}}
	asked, err := through(t, w, p, "http://loopback.test:"+w.port+"/")
	if err != nil || asked != nil || w.victim.connections.Load() != 1 {
		t.Errorf("%q, %v, %d connections", asked, err, w.victim.connections.Load())
	}
}

func TestEnvironmentProxyIsIgnored(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, w.proxy.URL)
	}
	for _, scheme := range []string{"http", "https"} {
		if err := w.send(t, w.client(t, w.policy(), quiet()), attack{}, scheme+"://api.test:"+w.port+"/"); err != nil {
			t.Error(err)
		}
	}
	if asked := w.proxy.asked.take(); asked != nil {
		t.Errorf("the proxy was asked %q", asked)
	}
}

func TestParseProxy(t *testing.T) {
	for _, s := range []string{"http://proxy:3128", "https://u:p@proxy.example.com", "http://10.0.0.1:8080/"} {
		if u, err := ParseProxy(s); err != nil || u.String() != s {
			t.Errorf("%s: %v, %v", s, u, err)
		}
	}
	for s, want := range map[string]string{
		"proxy:3128":                    "must begin with http",
		"socks5://proxy":                "must begin with http",
		"http://u:canary@":              "has no host",
		"http://u:canary@proxy/x":       "only",
		"http://proxy?canary":           "only",
		"http://u:canary@pro xy/\x7f":   "is not a URL",
		"http://u:canary@proxy:port":    "is not a URL",
		"http://u:canary@proxy/#canary": "only",
	} {
		if _, err := ParseProxy(s); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want %q", s, err, want)
		}
	}
}

func TestInsideOnly(t *testing.T) {
	var inside []string
	for _, host := range []string{"localhost", "a.localhost", "intranet", "a.internal", "internal.example.com", "api.example.com", "local.example.com", "a.local"} {
		if insideOnly(host) {
			inside = append(inside, host)
		}
	}
	if want := []string{"localhost", "a.localhost", "intranet", "a.internal", "a.local"}; !slices.Equal(inside, want) {
		t.Errorf("%q, want %q", inside, want)
	}
}
