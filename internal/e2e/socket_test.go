package e2e

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

// frame is an event as the page of testdata/socket.html has it. Of one that is sent,
// message is not used.
type frame struct {
	Message string         `json:"message,omitempty"`
	Type    string         `json:"type"`
	Payload map[string]any `json:"payload"`
}

// said is what the page heard in a turn.
type said struct {
	Heard []frame `json:"heard"`
	Code  int     `json:"code"` // with which the WebSocket ended
	Clean bool    `json:"clean"`
}

// browser is Chromium with the page of testdata/socket.html.
type browser struct {
	turns  chan any
	said   chan said
	failed chan string
}

// newBrowser starts Chromium. It trusts the keys of the certificates in a PEM file,
// beside those of its own.
func newBrowser(t *testing.T, cert string) *browser {
	t.Helper()
	needs(t, "Chromium", "chromium", "--version")
	b := &browser{turns: make(chan any), said: make(chan said, 1), failed: make(chan string, 1)}
	page := material(t, "socket.html")
	routes := http.NewServeMux()
	routes.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, page)
	})
	routes.HandleFunc("GET /next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case next := <-b.turns:
			_ = json.NewEncoder(w).Encode(next)
		case <-r.Context().Done():
		}
	})
	routes.HandleFunc("POST /said", func(_ http.ResponseWriter, r *http.Request) {
		var got said
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			b.failed <- err.Error()
		}
		b.said <- got
	})
	routes.HandleFunc("POST /failed", func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		b.failed <- string(text)
	})
	web := httptest.NewServer(routes)
	t.Cleanup(func() { web.CloseClientConnections(); web.Close() })
	cmd := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--remote-debugging-port=0", "--user-data-dir="+t.TempDir(),
		"--ignore-certificate-errors-spki-list="+keyOf(t, cert), web.URL)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return b
}

// keyOf is the digest of the key of a certificate, as Chromium wants it.
func keyOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// turn takes a turn to the server by the URL.
func (b *browser) turn(t *testing.T, url string, events ...frame) said {
	t.Helper()
	patience := time.NewTimer(time.Minute)
	defer patience.Stop()
	turn := map[string]any{"url": url, "events": append(events, frame{Type: "endOfInputEvent", Payload: map[string]any{}})}
	for turns := b.turns; ; {
		select {
		case turns <- turn:
			turns = nil
		case got := <-b.said:
			return got
		case why := <-b.failed:
			t.Fatalf("the page failed: %s", why)
		case <-patience.C:
			t.Fatal("nothing comes from the browser")
		}
	}
}

// presigned is the URL of a WebSocket, good for five minutes, as a site's own server
// makes it for the site's pages.
func (s *site) presigned(t *testing.T, endpoint string, input map[string]any) string {
	t.Helper()
	document, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	query := url.Values{"X-Amz-Expires": {"300"}, "chat-input": {string(document)}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, endpoint+"/chat?"+strings.ReplaceAll(query.Encode(), "+", "%20"), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	nothing := sha256.Sum256(nil)
	signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), s.server.Key, r, hex.EncodeToString(nothing[:]), "qbusiness", launch.Region, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return "ws" + strings.TrimPrefix(signed, "http")
}

// last is the frame that ends a turn, which has to be an event of that type.
func (s said) last(t *testing.T, kind string) frame {
	t.Helper()
	if s.Code != 1000 || !s.Clean || len(s.Heard) < 2 {
		t.Fatalf("the turn: %+v", s)
	}
	first, last := s.Heard[0], s.Heard[len(s.Heard)-1]
	if first.Type != "textEvent" || first.Payload["systemMessage"] != "" || first.Payload["systemMessageId"] != last.Payload["systemMessageId"] {
		t.Errorf("the first frame: %+v", first)
	}
	if last.Message != "event" || last.Type != kind {
		t.Fatalf("the last frame: %+v", last)
	}
	return last
}

// TestWebSocketInChromium holds a conversation in a real browser, from a page of
// another origin, over TLS and in clear: an answer with its sources, a form and its
// confirmation, and errors, which end the WebSocket.
func TestWebSocketInChromium(t *testing.T) {
	d := newDesk(t)
	a := newAssistant(t, "", "--outbound-allow", d.URL)
	k := a.talkIn(t, a.app, "desk", d.document(t, ""), noAuth())
	b := newBrowser(t, filepath.Join(filepath.Dir(a.server.CA()), "cert.pem"))
	ask := func(mode types.ChatMode, text string) []frame {
		return []frame{{Type: "configurationEvent", Payload: map[string]any{"chatMode": mode}}, {Type: "textEvent", Payload: map[string]any{"userMessage": text}}}
	}
	for name, endpoint := range map[string]string{"TLS": a.server.TLS(), "in clear": a.server.Endpoint} {
		got := b.turn(t, a.presigned(t, endpoint, map[string]any{"applicationId": a.app, "userId": nil}), ask(types.ChatModeRetrievalMode, askHoliday)...)
		end := got.last(t, "metadataEvent").Payload
		if !strings.HasPrefix(end["finalTextMessage"].(string), "Everybody has thirty days 🎉 of holiday a year.") || len(end["sourceAttributions"].([]any)) != 1 {
			t.Errorf("%s: %+v", name, end)
		}
		if len(got.Heard) < 8 {
			t.Errorf("%s: it came in %d frames", name, len(got.Heard))
		}
	}
	a.confirms(t, b, k)
	sameTickets(t, d, `{"subject":"Printer on floor 3 jams","priority":"urgent","dueBy":"2026-12-01","origin":"parley"}`)

	got := b.turn(t, a.presigned(t, a.server.TLS(), map[string]any{"applicationId": a.app}), ask(types.ChatModeCreatorMode, askBroken)...)
	if end := got.Heard[len(got.Heard)-1]; end.Message != "exception" || end.Type != "ExternalResourceException" || !strings.Contains(end.Payload["message"].(string), "language model") {
		t.Errorf("a model that breaks off: %+v", got)
	}
	got = b.turn(t, a.presigned(t, a.server.TLS(), map[string]any{"applicationId": a.app}))
	if end := got.Heard[len(got.Heard)-1]; end.Message != "exception" || end.Type != "BadRequestException" || got.Code != 1008 {
		t.Errorf("no word at all: %+v", got)
	}
	forged := strings.Replace(a.presigned(t, a.server.TLS(), map[string]any{"applicationId": a.app}), "X-Amz-Signature=", "X-Amz-Signature=0", 1)
	if got = b.turn(t, forged, ask(types.ChatModeCreatorMode, "Hello?")...); got.Code != 1006 || len(got.Heard) != 0 {
		t.Errorf("a forged URL: %+v", got)
	}
}

// confirms has a ticket made: the form comes as an event, and goes back as one.
func (a *assistant) confirms(t *testing.T, b *browser, k *talk) {
	t.Helper()
	plugin := frame{Type: "configurationEvent", Payload: map[string]any{
		"chatMode": types.ChatModePluginMode, "chatModeConfiguration": map[string]any{"pluginConfiguration": map[string]any{"pluginId": k.plugin}},
	}}
	got := b.turn(t, a.presigned(t, a.server.TLS(), map[string]any{"applicationId": a.app}), plugin, frame{Type: "textEvent", Payload: map[string]any{"userMessage": askTicket}})
	end := got.last(t, "metadataEvent").Payload
	form := got.Heard[len(got.Heard)-2]
	if form.Type != "actionReviewEvent" {
		t.Fatalf("no form: %+v", got.Heard)
	}
	fields := map[string]any{}
	for key, field := range form.Payload["payload"].(map[string]any) {
		if value, ok := field.(map[string]any)["value"]; ok {
			fields[key] = map[string]any{"value": value}
		}
	}
	in := map[string]any{"applicationId": a.app, "conversationId": end["conversationId"], "parentMessageId": end["systemMessageId"], "clientToken": "from-a-browser"}
	got = b.turn(t, a.presigned(t, a.server.TLS(), in), plugin, frame{Type: "actionExecutionEvent", Payload: map[string]any{
		"pluginId": k.plugin, "payload": fields, "payloadFieldNameSeparator": form.Payload["payloadFieldNameSeparator"],
	}})
	got.last(t, "metadataEvent")
}
