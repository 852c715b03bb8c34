package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

func openAIVectors(c provider.EmbeddingConfig, url string) (provider.Embedder, error) {
	return provider.OpenAIEmbedder(c, url+"/v1/", providertest.Key), nil
}

func ollamaVectors(c provider.EmbeddingConfig, url string) (provider.Embedder, error) {
	return provider.OllamaEmbedder(c, url, providertest.Key), nil
}

// bedrockVectors asks for a model whose name is one of its family.
func bedrockVectors(model string) func(provider.EmbeddingConfig, string) (provider.Embedder, error) {
	return func(c provider.EmbeddingConfig, url string) (provider.Embedder, error) {
		asked := c.Config.Model
		c.Config.Model = model
		done := c.Done
		c.Done = func(u provider.Use) {
			u.Model = asked
			if done != nil {
				done(u)
			}
		}
		return provider.BedrockEmbedder(c, provider.BedrockConfig{
			Config: c.Config, Region: "us-east-1", Endpoint: url,
			Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", providertest.Key),
		})
	}
}

func TestEmbedders(t *testing.T) {
	const titan, v3, v4 = "amazon.titan-embed-text-v2:0", "cohere.embed-multilingual-v3", "us.cohere.embed-v4:0"
	for name, d := range map[string]providertest.EmbeddingDialect{
		"OpenAI": {Open: openAIVectors, Serve: providertest.OpenAIVectors(false), Refuse: providertest.Chat{}.Refuse, Name: "openai/m"},
		"base64": {Open: openAIVectors, Serve: providertest.OpenAIVectors(true), Refuse: providertest.Chat{Errors: "flat"}.Refuse, Name: "openai/m"},
		"Ollama": {Open: ollamaVectors, Serve: providertest.OllamaVectors, Refuse: providertest.Chat{Errors: "text"}.Refuse, Name: "ollama/m"},
		"Titan":  {Open: bedrockVectors(titan), Serve: providertest.BedrockVectors, Refuse: providertest.RefuseAWS, Name: "bedrock/" + titan},
		"Cohere": {Open: bedrockVectors(v3), Serve: providertest.BedrockVectors, Refuse: providertest.RefuseAWS, Name: "bedrock/" + v3},
		"v4":     {Open: bedrockVectors(v4), Serve: providertest.BedrockVectors, Refuse: providertest.RefuseAWS, Name: "bedrock/" + v4, Countless: true},
	} {
		t.Run(name, func(t *testing.T) { providertest.RunEmbedder(t, d) })
	}
}

// What each server is sent.
func TestRequestsForVectors(t *testing.T) {
	long := strings.Repeat("ü", 60_000)
	for name, test := range map[string]struct {
		open       func(provider.EmbeddingConfig, string) (provider.Embedder, error)
		model      string
		serve      func(*providertest.Meaning, http.ResponseWriter, *http.Request)
		dimensions int
		text       string
		query      bool
		path, body string
	}{
		"OpenAI": {openAIVectors, "text-embedding-3-small", providertest.OpenAIVectors(false), 8, "a", true,
			"POST /v1/embeddings", `{"model": "text-embedding-3-small", "input": ["a"], "encoding_format": "float", "dimensions": 8}`},
		"prompts": {openAIVectors, "nomic-ai/nomic-embed-text-v1.5", providertest.OpenAIVectors(false), 0, "a", true,
			"POST /v1/embeddings", `{"model": "nomic-ai/nomic-embed-text-v1.5", "input": ["search_query: a"], "encoding_format": "float"}`},
		"Ollama": {ollamaVectors, "nomic-embed-text", providertest.OllamaVectors, 0, "a", false,
			"POST /api/embed", `{"model": "nomic-embed-text", "input": ["search_document: a"], "truncate": true}`},
		"Titan": {bedrockVectors("amazon.titan-embed-text-v2:0"), "", providertest.BedrockVectors, 8, long, true,
			"POST /model/amazon.titan-embed-text-v2%3A0/invoke", `{"inputText": "` + long[:100_000] + `", "dimensions": 8, "normalize": true}`},
		"old Titan": {bedrockVectors("amazon.titan-embed-text-v1"), "", providertest.BedrockVectors, 0, "a", true,
			"POST /model/amazon.titan-embed-text-v1/invoke", `{"inputText": "a"}`},
		"Cohere": {bedrockVectors("cohere.embed-english-v3"), "", providertest.BedrockVectors, 0, long, true,
			"POST /model/cohere.embed-english-v3/invoke", `{"texts": ["` + long[:4096] + `"], "input_type": "search_query", "truncate": "END"}`},
		"Cohere 4": {bedrockVectors("cohere.embed-v4:0"), "", providertest.BedrockVectors, 8, "a", false,
			"POST /model/cohere.embed-v4%3A0/invoke", `{"texts": ["a"], "input_type": "search_document", "truncate": "RIGHT", "embedding_types": ["float"], "output_dimension": 8}`},
	} {
		t.Run(name, func(t *testing.T) {
			var serve http.HandlerFunc = func(w http.ResponseWriter, r *http.Request) {
				test.serve(&providertest.Meaning{Name: "m", Dimensions: 8}, w, r)
			}
			s := record(t, func(w http.ResponseWriter, body string) {
				path := strings.TrimPrefix(test.path, "POST ")
				r, _ := http.NewRequest(http.MethodPost, path, strings.NewReader(body))
				serve(w, r)
			})
			c := provider.EmbeddingConfig{Config: config(t, s.URL), Dimensions: test.dimensions}
			c.Config.Model = test.model
			e, err := test.open(c, s.URL)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Embed(t.Context(), []string{test.text}, test.query); err != nil {
				t.Fatal(err)
			}
			if s.paths[0] != test.path {
				t.Errorf("path %s", s.paths[0])
			}
			equal(t, s.bodies[0], test.body)
		})
	}
}

func TestModelsThatCannotBe(t *testing.T) {
	for model, dimensions := range map[string]int{"anthropic.claude": 0, "amazon.titan-embed-text-v1": 256, "cohere.embed-english-v3": 256} {
		c := provider.EmbeddingConfig{Config: config(t), Dimensions: dimensions}
		c.Config.Model = model
		if _, err := provider.BedrockEmbedder(c, provider.BedrockConfig{Config: c.Config}); err == nil || !strings.Contains(err.Error(), model) {
			t.Errorf("%s: err = %v", model, err)
		}
	}
	s := record(t, func(w http.ResponseWriter, body string) {
		r, _ := http.NewRequest(http.MethodPost, "/v1/embeddings", strings.NewReader(body))
		providertest.OpenAIVectors(false)(&providertest.Meaning{Name: "m", Dimensions: 8}, w, r)
	})
	e, _ := openAIVectors(provider.EmbeddingConfig{Config: config(t, s.URL), Dimensions: 4}, s.URL)
	_, err := e.Embed(t.Context(), []string{"a"}, false)
	want := "the language model m/1:2: bad answer: vectors have 8 dimensions where 4 were asked for: does the model have a choice?"
	if err == nil || err.Error() != want {
		t.Errorf("err = %v", err)
	}
	if e.Model() != "openai/m/1:2@4" {
		t.Errorf("model %s", e.Model())
	}

	lost := record(t, func(w http.ResponseWriter, _ string) { http.NotFound(w, nil) })
	e, _ = openAIVectors(provider.EmbeddingConfig{Config: config(t, lost.URL)}, lost.URL)
	_, err = e.Embed(t.Context(), []string{"a"}, false)
	if llm.ReasonOf(err) != llm.BadRequest || !strings.Contains(err.Error(), "there is no embeddings API at this URL") {
		t.Errorf("err = %v", err)
	}
}
