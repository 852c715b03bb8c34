package assembly

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

// A server is given an embedding model, reaches it for documents and for
// searches, and counts what it is asked.
func TestAnEmbeddingModel(t *testing.T) {
	for name, test := range map[string]struct {
		model Embedding
		path  string
		serve func(*providertest.Meaning, http.ResponseWriter, *http.Request)
		want  string
	}{
		"openai":  {Embedding{Model: Model{Provider: OpenAI, Name: "m", APIKey: "key"}}, "/v1", providertest.OpenAIVectors(false), "openai/m"},
		"ollama":  {Embedding{Model: Model{Provider: Ollama, Name: "m:latest"}, Dimensions: 8}, "", providertest.OllamaVectors, "ollama/m:latest@8"},
		"bedrock": {Embedding{Model: Model{Provider: Bedrock, Name: "amazon.titan-embed-text-v2:0", Region: "us-east-1", AccessKeyID: "AKID", Secret: "secret"}}, "", providertest.BedrockVectors, "bedrock/amazon.titan-embed-text-v2:0"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				test.serve(&providertest.Meaning{Name: "m", Dimensions: 8}, w, r)
			}))
			defer server.Close()
			c := config(state(""))
			c.Embedding, c.Metrics = test.model, prometheus.NewRegistry()
			c.Embedding.URL = server.URL + test.path
			s, err := New(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if s.Documents.Embedding.Model != test.want {
				t.Errorf("the model is %s", s.Documents.Embedding.Model)
			}
			e, err := s.Documents.Embedding.Open(test.want)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := e.Embed(t.Context(), []string{"two words"}, false); err != nil || len(v[0]) != 8 {
				t.Fatal(v, err)
			}
			for range 2 {
				if v := s.Retrievers.Embed(t.Context(), test.want, "one"); len(v) != 8 {
					t.Error(v)
				}
			}
			if v := s.Retrievers.Embed(t.Context(), "other/model", "one"); v != nil {
				t.Error(v)
			}
			w := httptest.NewRecorder()
			s.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			for _, want := range []string{
				`parley_embedding_requests_total{outcome="ok"} 2`, `parley_embedding_tokens_total 3`,
				`parley_embedding_queries_total{outcome="ok"} 1`, `parley_embedding_queries_total{outcome="remembered"} 1`, `parley_embedding_queries_total{outcome="unavailable"} 1`,
			} {
				if !strings.Contains(w.Body.String(), want+"\n") {
					t.Errorf("/metrics has no %s", want)
				}
			}
		})
	}
}

func TestHalfAnEmbeddingModel(t *testing.T) {
	for want, m := range map[string]Embedding{
		"the embedding model: the provider ollama needs the name of a model":                   {Model: Model{Provider: Ollama, URL: "http://127.0.0.1:1"}},
		"the embedding model: there is no provider \"clippy\": openai, ollama and bedrock are": {Model: Model{Provider: "clippy", Name: "m"}},
		"the embedding model: its URL: ":                                                       {Model: Model{Provider: Ollama, Name: "m", URL: "ftp://127.0.0.1"}},
		"the embedding model \"m\" is none that is known of bedrock: ":                         {Model: Model{Provider: Bedrock, Name: "m", Region: "us-east-1"}},
		"the embedding model \"cohere.embed-english-v3\" has no choice of dimensions":          {Model: Model{Provider: Bedrock, Name: "cohere.embed-english-v3"}, Dimensions: 256},
	} {
		c := config(state(""))
		c.Embedding = m
		if _, err := New(t.Context(), c); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("err = %v, want %s", err, want)
		}
	}
	s, err := New(t.Context(), config(state("")))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Retrievers.Embed != nil || s.Documents.Embedding.Model != "" || s.Documents.Hooks != nil {
		t.Error("without a model and functions there are some")
	}
}

func TestFunctionsAreOpened(t *testing.T) {
	c := config(state(""))
	c.Functions = Functions{Lambda: "http://10.0.0.7:9001/x", AccessKeyID: "AKID", Secret: "secret", URLs: map[string]string{"f": "http://127.0.0.1:9000/f?key=1"}}
	s, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Documents.Hooks == nil {
		t.Error("documents have no functions")
	}
	for want, f := range map[string]Functions{
		"the Lambda endpoint is not a URL":       {Lambda: "10.0.0.7:9001"},
		"the URL of the function f is not a URL": {URLs: map[string]string{"f": "ftp://x"}},
	} {
		c := config(state(""))
		c.Functions = f
		if _, err := New(t.Context(), c); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("err = %v, want %s", err, want)
		}
	}
	if u, err := parseURL("x", "http://user@host"); err == nil || u != (*url.URL)(nil) {
		t.Error("a URL with a user is taken")
	}
}
