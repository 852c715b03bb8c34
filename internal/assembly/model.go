package assembly

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/provider"
)

// Model says which language model answers and chooses actions, and how it is
// reached. The zero value: none, answers are quotes, and the planner without a model
// chooses.
type Model struct {
	Provider Provider
	Name     string // the model's, at the provider
	URL      string // base URL of the API; of Bedrock: empty for AWS's own
	Vision   bool   // it can look at images: otherwise it is sent none

	APIKey string // of OpenAI; empty: none is sent

	Region       string // of Bedrock
	AccessKeyID  string
	Secret       string
	SessionToken string // empty for credentials that last
}

// Provider is a kind of API that models are reached by.
type Provider string

// The providers there are.
const (
	OpenAI  Provider = "openai" // and all that have its chat completions
	Bedrock Provider = "bedrock"
)

// model is what answers; nil: there is none.
func (m Model) model(c Config) (llm.Model, error) {
	if m.Provider == "" {
		return nil, nil
	}
	model, err := m.open(c)
	if err != nil {
		return nil, fmt.Errorf("the language model: %w", err)
	}
	return model, nil
}

// planner is what chooses the actions of a turn.
func planner(model llm.Model) plan.Planner {
	if model == nil {
		return plan.Words{}
	}
	return plan.Model{LLM: model}
}

func (m Model) open(c Config) (llm.Model, error) {
	if m.Name == "" {
		return nil, fmt.Errorf("the provider %s needs the name of a model", m.Provider)
	}
	policy, err := m.policy(c.Outbound, c.Log)
	if err != nil {
		return nil, err
	}
	common := provider.Config{
		Model: m.Name, Out: outbound.New(policy, c.Log), Now: c.Now, Wait: wait, Done: countModel(c.Metrics),
	}
	switch m.Provider {
	case OpenAI:
		return provider.OpenAI(provider.OpenAIConfig{Config: common, URL: m.URL, APIKey: m.APIKey}), nil
	case Bedrock:
		return provider.Bedrock(provider.BedrockConfig{
			Config: common, Region: m.Region, Endpoint: m.URL,
			Credentials: credentials.NewStaticCredentialsProvider(m.AccessKeyID, m.Secret, m.SessionToken),
		}), nil
	}
	return nil, fmt.Errorf("there is no provider %q: %s and %s are", m.Provider, OpenAI, Bedrock)
}

// policy is a way out for the model alone: it opens the model's own origin, for
// answers that take as long as models do. A model on this machine is not asked
// through the proxy.
func (m Model) policy(o Outbound, log *slog.Logger) (outbound.Policy, error) {
	p, err := Outbound{Proxy: o.Proxy}.policy()
	if err != nil {
		return p, err
	}
	p.HeaderTimeout, p.Timeout = 2*time.Minute, 5*time.Minute // its patience is platform/provider's
	p.MaxBody, p.MaxPerHost = 32<<20, 256
	if m.URL == "" {
		return p, nil
	}
	u, err := url.Parse(m.URL)
	if err != nil {
		return p, fmt.Errorf("its URL: %w", err)
	}
	origin, err := outbound.ParseOrigin(u.Scheme + "://" + u.Host)
	if err != nil {
		return p, fmt.Errorf("its URL: %w", err)
	}
	if isHere(u) {
		p.Direct = append(p.Direct, origin)
		return p, nil
	}
	p.Allow = append(p.Allow, origin)
	if u.Scheme == "http" {
		log.Warn("what the language model is asked, and its key, go in clear beyond this machine: use https where others can listen", "origin", origin.String())
	}
	return p, nil
}

// isHere reports whether a URL is of this machine.
func isHere(u *url.URL) bool {
	address, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && address.IsLoopback()
}

// countModel registers the figures of a model, and returns what keeps them; nil
// without a registry.
func countModel(r *prometheus.Registry) func(provider.Use) {
	if r == nil {
		return nil
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "parley_model_requests_total", Help: "Requests to the language model, by outcome.",
	}, []string{"outcome"})
	tokens := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "parley_model_tokens_total", Help: "Tokens that the language model read and wrote, as far as its server counts them.",
	}, []string{"direction"})
	first := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "parley_model_first_event_seconds", Help: "Time until the language model began to answer.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	})
	r.MustRegister(requests, tokens, first)
	return func(u provider.Use) {
		outcome := "ok"
		if u.Reason != "" {
			outcome = string(u.Reason)
		}
		requests.WithLabelValues(outcome).Inc()
		tokens.WithLabelValues("input").Add(float64(u.Input))
		tokens.WithLabelValues("output").Add(float64(u.Output))
		if u.First > 0 {
			first.Observe(u.First.Seconds())
		}
	}
}
