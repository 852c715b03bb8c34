package providertest

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/provider"
)

// An EmbeddingDialect is how a server of embeddings speaks.
type EmbeddingDialect struct {
	// Open makes an Embedder that asks the server at a URL, with Key.
	Open func(c provider.EmbeddingConfig, url string) (provider.Embedder, error)
	// Serve answers a request from vectors.
	Serve func(m *Meaning, w http.ResponseWriter, r *http.Request)
	// Refuse writes the body of an error, and says what comes in the headers.
	Refuse func(r Refusal, message string) (h http.Header, body string)
	// Name is what the model m of such a provider is called.
	Name string
	// Countless: it does not count tokens.
	Countless bool
}

// RunEmbedder tries an embedder on a server that speaks a dialect.
func RunEmbedder(t *testing.T, d EmbeddingDialect) {
	t.Run("vectors in order", func(t *testing.T) { embeds(t, d) })
	t.Run("refusals", func(t *testing.T) { refusesVectors(t, d) })
	t.Run("tries", func(t *testing.T) { triesVectors(t, d) })
	t.Run("does not wait for ever", func(t *testing.T) { waitsForVectors(t, d) })
	t.Run("nonsense", func(t *testing.T) { badVectors(t, d) })
}

func meaning() *Meaning { return &Meaning{Name: "m", Dimensions: 8} }

// vectors is an embedder at a server that answers with those handlers.
func vectors(t *testing.T, d EmbeddingDialect, change func(*provider.EmbeddingConfig), handlers ...http.HandlerFunc) (provider.Embedder, *server, *waits) {
	t.Helper()
	s, w := newServer(t, handlers...), &waits{}
	origin, err := outbound.ParseOrigin(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := provider.EmbeddingConfig{Config: provider.Config{
		Model: "m", Out: outbound.New(outbound.Policy{Allow: []outbound.Origin{origin}}, slog.New(slog.DiscardHandler)),
		Now:  func() time.Time { return time.Unix(1_770_000_000, 0) },
		Wait: func(_ context.Context, d time.Duration) error { w.add(d); return nil },
	}}
	if change != nil {
		change(&c)
	}
	e, err := d.Open(c, s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return e, s, w
}

func (d EmbeddingDialect) serves() http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { d.Serve(meaning(), w, r) }
}

func embeds(t *testing.T, d EmbeddingDialect) {
	var mu sync.Mutex // batches go out side by side
	var uses []provider.Use
	e, _, _ := vectors(t, d, func(c *provider.EmbeddingConfig) {
		c.Done = func(u provider.Use) {
			mu.Lock()
			defer mu.Unlock()
			uses = append(uses, u)
		}
	}, d.serves())
	if e.Model() != d.Name {
		t.Errorf("model %q, want %q", e.Model(), d.Name)
	}
	for _, query := range []bool{true, false} {
		got, err := e.Embed(t.Context(), []string{"One text", "and another: ü \"\n"}, query)
		if err != nil {
			t.Fatal(err)
		}
		want := [][]float32{meaning().Vector("One text"), meaning().Vector("and another: ü \"\n")}
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
			t.Error(diff)
		}
	}
	if none, err := e.Embed(t.Context(), nil, false); len(none) != 0 || err != nil {
		t.Errorf("of no text: %v, %v", none, err)
	}
	tokens := 0
	for _, u := range uses {
		tokens += u.Input
		if u.Model != "m" || u.Tries != 1 || u.Reason != "" {
			t.Errorf("use %+v", u)
		}
	}
	if counted := tokens == 2*(2+3); counted == d.Countless {
		t.Errorf("%d tokens", tokens)
	}
	many := make([]string, 203)
	for i := range many {
		many[i] = strings.Repeat("word ", i%7) + "end" + string(rune('a'+i%26))
	}
	got, err := e.Embed(t.Context(), many, false)
	if err != nil || len(got) != len(many) {
		t.Fatal(len(got), err)
	}
	for i := range many {
		if diff := cmp.Diff(meaning().Vector(many[i]), got[i], cmpopts.EquateApprox(0, 1e-6)); diff != "" {
			t.Fatalf("text %d: %s", i, diff)
		}
	}
}

func refusesVectors(t *testing.T, d EmbeddingDialect) {
	for refusal, test := range map[Refusal]struct {
		status int
		want   llm.Reason
	}{
		Unauthenticated: {401, llm.Refused}, Forbidden: {403, llm.Refused}, NoModel: {404, llm.UnknownModel},
		Throttled: {429, llm.RateLimited}, Bad: {400, llm.BadRequest}, TooLong: {400, llm.ContextTooLong},
		Broken: {500, llm.Unavailable}, Down: {503, llm.Unavailable},
	} {
		t.Run(string(refusal), func(t *testing.T) {
			e, _, _ := vectors(t, d, nil, func(w http.ResponseWriter, _ *http.Request) {
				h, body := d.Refuse(refusal, "The model said: "+Body+" "+Prompt+" "+Key)
				for name := range h {
					w.Header().Set(name, h.Get(name))
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, body)
			})
			got, err := e.Embed(t.Context(), []string{Prompt}, false)
			if llm.ReasonOf(err) != test.want || got != nil {
				t.Errorf("%v, %v; want %s", got, err, test.want)
			}
			for _, canary := range []string{Key, Prompt, Body} {
				if strings.Contains(err.Error(), canary) {
					t.Errorf("the error %q tells %s", err, canary)
				}
			}
		})
	}
}

func triesVectors(t *testing.T, d EmbeddingDialect) {
	down := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	e, s, w := vectors(t, d, nil, down, down, d.serves())
	if _, err := e.Embed(t.Context(), []string{"a"}, false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]time.Duration{2 * time.Second, 2 * time.Second}, w.all()); diff != "" || s.requests() != 3 {
		t.Errorf("%d requests, waits %s", s.requests(), diff)
	}
	e, s, _ = vectors(t, d, nil, down)
	if _, err := e.Embed(t.Context(), []string{"a"}, false); llm.ReasonOf(err) != llm.Unavailable || s.requests() != 3 {
		t.Errorf("%v after %d requests", err, s.requests())
	}
}

func waitsForVectors(t *testing.T, d EmbeddingDialect) {
	e, s, _ := vectors(t, d, func(c *provider.EmbeddingConfig) { c.Patience.First = 20 * time.Millisecond },
		func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		})
	if _, err := e.Embed(t.Context(), []string{"a"}, true); llm.ReasonOf(err) != llm.Timeout {
		t.Errorf("err = %v", err)
	}
	<-s.gone
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Embed(ctx, []string{"a"}, true); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func badVectors(t *testing.T, d EmbeddingDialect) {
	replace := func(f func(body string) string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			d.Serve(meaning(), rec, r)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, f(rec.Body.String()))
		}
	}
	number := func(body string) string { // of the first vector
		if strings.Contains(body, `"embedding":"`) {
			return body // it is packed
		}
		i := strings.LastIndexByte(body[:strings.IndexByte(body, '.')], '[')
		return body[i+1 : i+strings.IndexAny(body[i:], ",]")]
	}
	for name, f := range map[string]func(string) string{
		"a page":   func(string) string { return "<html>" + Body },
		"nothing":  func(string) string { return "" },
		"empty":    func(string) string { return "{}" },
		"a word":   func(body string) string { return strings.Replace(body, number(body), `"`+Body+`"`, 1) },
		"too much": func(body string) string { return strings.Replace(body, number(body), "1e39", 1) },
		"shorter":  func(body string) string { return strings.Replace(body, number(body)+",", "", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			e, _, _ := vectors(t, d, func(c *provider.EmbeddingConfig) {}, replace(f))
			got, err := e.Embed(t.Context(), []string{"a text", "another one"}, false)
			if name == "shorter" && err == nil && len(got[0]) == len(got[1]) {
				return // the server is asked for each text alone
			}
			if llm.ReasonOf(err) != llm.BadAnswer || strings.Contains(err.Error(), Body) {
				t.Errorf("err = %v", err)
			}
		})
	}
}

// OpenAIVectors answers as OpenAI's embeddings do; packed as base64.
func OpenAIVectors(packed bool) func(*Meaning, http.ResponseWriter, *http.Request) {
	return func(m *Meaning, w http.ResponseWriter, r *http.Request) {
		var in struct {
			Input []string `json:"input"`
		}
		if !take(w, r, "/v1/embeddings", &in) {
			return
		}
		data := make([]object, 0, len(in.Input))
		for i, v := range m.all(in.Input) {
			one := object{"object": "embedding", "index": i, "embedding": v}
			if packed {
				one["embedding"] = pack(v)
			}
			data = append([]object{one}, data...) // they are numbered: any order is right
		}
		give(w, object{"object": "list", "data": data, "usage": object{"prompt_tokens": words(in.Input), "total_tokens": words(in.Input)}})
	}
}

// OllamaVectors answers as Ollama's embed does.
func OllamaVectors(m *Meaning, w http.ResponseWriter, r *http.Request) {
	var in struct {
		Input []string `json:"input"`
	}
	if take(w, r, "/api/embed", &in) {
		give(w, object{"model": "m", "embeddings": m.all(in.Input), "prompt_eval_count": words(in.Input)})
	}
}

// BedrockVectors answers as the models of Titan and Cohere do at Bedrock.
func BedrockVectors(m *Meaning, w http.ResponseWriter, r *http.Request) {
	model, _ := url.PathUnescape(r.URL.EscapedPath())
	var in struct {
		Text  string   `json:"inputText"`
		Texts []string `json:"texts"`
		Types []string `json:"embedding_types"`
	}
	if !take(w, r, model, &in) {
		return
	}
	switch vectors := m.all(in.Texts); {
	case strings.Contains(model, "titan"):
		give(w, object{"embedding": m.Vector(in.Text), "inputTextTokenCount": words([]string{in.Text})})
	case in.Types != nil:
		give(w, object{"embeddings": object{"float": vectors}, "response_type": "embeddings_by_type"})
	default:
		w.Header().Set("X-Amzn-Bedrock-Input-Token-Count", text(words(in.Texts)))
		give(w, object{"embeddings": vectors, "response_type": "embeddings_floats"})
	}
}

func (m *Meaning) all(texts []string) [][]float32 {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		vectors[i] = m.Vector(text)
		for j := range vectors[i] {
			vectors[i][j] *= 3 // not every server gives unit vectors
		}
	}
	return vectors
}

func words(texts []string) (n int) {
	for _, text := range texts {
		n += len(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == '"' || r == ':' }))
	}
	return n
}

func pack(v []float32) string {
	var raw []byte
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(raw)
}

func take(w http.ResponseWriter, r *http.Request, path string, into any) bool {
	if r.Method != http.MethodPost || r.URL.Path != path || json.NewDecoder(r.Body).Decode(into) != nil {
		http.Error(w, "no such thing", http.StatusTeapot)
		return false
	}
	return true
}

func give(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, text(answer))
}
