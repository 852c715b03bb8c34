package assembly

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/resource/document"
)

// Ollama is the provider of embeddings by Ollama's own API.
const Ollama Provider = "ollama"

// Embedding says which model makes vectors of passages and queries, and how it is
// reached. The zero value: none, and search goes by words. Its members are those
// of Model.
type Embedding struct {
	Model

	Dimensions int // of the vectors; 0: as many as the model gives
}

// embedders are the models of the provider of embeddings: the one that is
// configured, and others of it by name, that indexes still have vectors of.
type embedders struct {
	model Embedding
	base  provider.Config

	mu   sync.Mutex
	open map[string]provider.Embedder
}

// embedders opens the way to the provider; nil without one.
func (m Embedding) embedders(c Config) (*embedders, error) {
	if m.Provider == "" {
		return nil, nil
	}
	if m.Name == "" {
		return nil, fmt.Errorf("the embedding model: the provider %s needs the name of a model", m.Provider)
	}
	policy, err := m.policy(c.Outbound, c.Log)
	if err != nil {
		return nil, fmt.Errorf("the embedding model: %w", err)
	}
	e := &embedders{model: m, open: map[string]provider.Embedder{}}
	e.base = provider.Config{Out: outbound.New(policy, c.Log), Now: c.Now, Wait: wait, Done: countEmbedding(c.Metrics)}
	_, err = e.Open(e.configured())
	return e, err
}

// configured is the name of the model for new vectors.
func (e *embedders) configured() string {
	return provider.ModelName(string(e.model.Provider), e.model.Name, e.model.Dimensions)
}

// Open returns a model of the provider by its name, as provider.ModelName has it.
func (e *embedders) Open(model string) (provider.Embedder, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if known := e.open[model]; known != nil {
		return known, nil
	}
	kind, name, dimensions := apart(model)
	if kind != string(e.model.Provider) || name == "" {
		return nil, fmt.Errorf("the embedding model %s is none of the provider %s, which this server has", model, e.model.Provider)
	}
	c := provider.EmbeddingConfig{Config: e.base, Dimensions: dimensions}
	c.Config.Model = name
	opened, err := e.dial(c)
	if err != nil {
		return nil, err
	}
	e.open[model] = opened
	return opened, nil
}

func (e *embedders) dial(c provider.EmbeddingConfig) (provider.Embedder, error) {
	m := e.model
	switch m.Provider {
	case OpenAI:
		return provider.OpenAIEmbedder(c, m.URL, m.APIKey), nil
	case Ollama:
		return provider.OllamaEmbedder(c, m.URL, m.APIKey), nil
	case Bedrock:
		return provider.BedrockEmbedder(c, provider.BedrockConfig{
			Config: c.Config, Region: m.Region, Endpoint: m.URL,
			Credentials: credentials.NewStaticCredentialsProvider(m.AccessKeyID, m.Secret, m.SessionToken),
		})
	}
	return nil, fmt.Errorf("the embedding model: there is no provider %q: %s, %s and %s are", m.Provider, OpenAI, Ollama, Bedrock)
}

// apart takes a name that ModelName made to pieces.
func apart(model string) (kind, name string, dimensions int) {
	kind, name, _ = strings.Cut(model, "/")
	if at := strings.LastIndexByte(name, '@'); at >= 0 {
		if n, err := strconv.Atoi(name[at+1:]); err == nil && n > 0 {
			return kind, name[:at], n
		}
	}
	return kind, name, 0
}

// embed gives the rooms of documents and search their vectors.
func (r *Rooms) embed(c Config, e *embedders) {
	if e == nil {
		return
	}
	r.Documents.Embedding = document.Embedding{Model: e.configured(), Open: e.Open, Started: c.Now(), Log: c.Log}
	q := &provider.Queries{Open: e.Open, Now: c.Now, Log: c.Log, Done: countQueries(c.Metrics)}
	r.Retrievers.Embed = func(ctx context.Context, model, text string) []float32 { return q.Vector(ctx, model, text) }
}

// countEmbedding registers the figures of an embedding model, and returns what
// keeps them; nil without a registry.
func countEmbedding(r *prometheus.Registry) func(provider.Use) {
	if r == nil {
		return nil
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "parley_embedding_requests_total", Help: "Requests to the embedding model, by outcome.",
	}, []string{"outcome"})
	tokens := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "parley_embedding_tokens_total", Help: "Tokens that the embedding model read, as far as its server counts them.",
	})
	took := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "parley_embedding_seconds", Help: "How long requests to the embedding model took, with all tries.",
		Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	})
	r.MustRegister(requests, tokens, took)
	return func(u provider.Use) {
		outcome := "ok"
		if u.Reason != "" {
			outcome = string(u.Reason)
		}
		requests.WithLabelValues(outcome).Inc()
		tokens.Add(float64(u.Input))
		took.Observe(u.Took.Seconds())
	}
}

// countQueries is countEmbedding for the queries of searches.
func countQueries(r *prometheus.Registry) func(outcome string) {
	if r == nil {
		return nil
	}
	queries := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "parley_embedding_queries_total", Help: "Queries that were to get a vector, by outcome; those that got none (neither ok nor remembered) were searched by words alone.",
	}, []string{"outcome"})
	r.MustRegister(queries)
	return func(outcome string) { queries.WithLabelValues(outcome).Inc() }
}

// parseURL is an operator's URL of http or https; what it is for begins the error.
func parseURL(what, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return nil, fmt.Errorf("%s is not a URL of http or https without a user, such as http://127.0.0.1:9001", what)
	}
	return u, nil
}
