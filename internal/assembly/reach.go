package assembly

import (
	"time"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/hook"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/resource/secretstore"
)

// reach is what the rooms have of the world outside.
type reach struct {
	objects blob.Store
	secrets *secretstore.Remote
	out     *outbound.Client // of plugins and sign-ins
	sites   *outbound.Client // of data sources: what it fetches may be larger
	model   llm.Model        // nil: there is none

	functions *hook.Config // nil: documents are altered by rules alone
	embedders *embedders   // nil: search goes by words
}

// reach opens every way out that the configuration names.
func (c Config) reach() (r reach, err error) {
	policy, err := c.Outbound.policy()
	if err != nil {
		return r, err
	}
	r.out = outbound.New(policy, c.Log)
	policy.MaxBody, policy.Timeout = largestDocument, 2*time.Minute
	r.sites = outbound.New(policy, c.Log)
	if r.objects, err = c.Buckets.open(c.Log); err != nil {
		return r, err
	}
	if r.secrets, err = c.Secrets.open(c); err != nil {
		return r, err
	}
	if r.model, err = c.Model.model(c); err != nil {
		return r, err
	}
	if r.functions, err = c.Functions.open(c, r.objects); err != nil {
		return r, err
	}
	r.embedders, err = c.Embedding.embedders(c)
	return r, err
}
