package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/retrieval/vector"
)

// An Embedder turns texts into vectors: texts that mean much the same get
// vectors of much the same direction. It is safe for concurrent use.
type Embedder interface {
	// Model names what makes the vectors, the provider's kind and the dimensions
	// with it, such as openai/text-embedding-3-small@256. Vectors of different
	// models cannot be compared.
	Model() string
	// Embed returns a vector for each text, all of one length, of length 1 each,
	// or 0 for a text that says nothing to the model. query says that the texts
	// are what is searched for, not what is found: some models make a difference.
	// An error is an *llm.Error, in which nothing of the texts is.
	Embed(ctx context.Context, texts []string, query bool) ([][]float32, error)
}

// EmbeddingConfig is what every embedder needs. Of Patience, First is for a
// whole answer; Bounds are not used.
type EmbeddingConfig struct {
	Config

	Dimensions int // that the model is asked for; 0: as many as it has
}

// ModelName is the name of an embedder's model: the provider's kind, the model's
// name there, and the dimensions that are asked for, if any.
func ModelName(kind, model string, dimensions int) string {
	if dimensions > 0 {
		model += "@" + strconv.Itoa(dimensions)
	}
	return kind + "/" + model
}

// maxDimensions bounds the length of a vector.
const maxDimensions = 16 << 10

// A vectorizer is a server's API as it is.
type vectorizer interface {
	// embed sends one request. tokens is what the server counts, 0 if it does not.
	embed(ctx context.Context, texts []string, query bool) (vectors [][]float32, tokens int, err error)
	// most says how many texts a request takes, and how many requests at once.
	most() (texts, requests int)
}

// embedder is a vectorizer with patience, batches, tries and checks.
type embedder struct {
	EmbeddingConfig

	name   string
	source vectorizer
}

func newEmbedder(kind string, c EmbeddingConfig, source vectorizer) Embedder {
	c.Patience = c.Patience.withDefaults()
	return &embedder{EmbeddingConfig: c, name: ModelName(kind, c.Config.Model, c.Dimensions), source: source}
}

// Model implements Embedder.
func (e *embedder) Model() string { return e.name }

// Embed implements Embedder.
func (e *embedder) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	size, atOnce := e.source.most()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		vectors = make([][]float32, len(texts))
		tasks   sync.WaitGroup
		slots   = make(chan struct{}, atOnce)
		once    sync.Once
		failed  error
		first   int
	)
	for batch := range slices.Chunk(texts, size) {
		if err := ctx.Err(); err != nil {
			once.Do(func() { failed = e.gone(err) })
			break
		}
		at := first
		first += len(batch)
		slots <- struct{}{}
		tasks.Go(func() {
			defer func() { <-slots }()
			got, err := e.ask(ctx, batch, query)
			if err != nil {
				once.Do(func() { failed = err; stop() })
				return
			}
			copy(vectors[at:], got)
		})
	}
	tasks.Wait()
	if failed != nil {
		return nil, failed
	}
	return vectors, e.check(vectors)
}

// ask sends one batch, again where there is use in it.
func (e *embedder) ask(ctx context.Context, texts []string, query bool) (vectors [][]float32, err error) {
	use := Use{Model: e.Config.Model}
	began := e.Now()
	for {
		use.Tries++
		var tokens int
		vectors, tokens, err = e.try(ctx, texts, query)
		use.Input += tokens
		if err == nil {
			break
		}
		pause, again := worthwhile(ctx, e.Config, use.Tries, err)
		if !again || e.Wait(ctx, pause) != nil {
			break
		}
	}
	use.Took, use.Reason = e.Now().Sub(began), llm.ReasonOf(err)
	if e.Done != nil {
		e.Done(use)
	}
	return vectors, err
}

// try sends one batch once. An error is an *llm.Error.
func (e *embedder) try(ctx context.Context, texts []string, query bool) ([][]float32, int, error) {
	asking, stop := context.WithTimeoutCause(ctx, e.Patience.First, errSilent)
	defer stop()
	vectors, tokens, err := e.source.embed(asking, texts, query)
	if err == nil && len(vectors) != len(texts) {
		err = badVectors("it has %d vectors for %d texts", len(vectors), len(texts))
	}
	if err == nil {
		return vectors, tokens, nil
	}
	said, ok := errors.AsType[*llm.Error](err)
	if !ok {
		said = &llm.Error{Reason: llm.Unavailable, Detail: detail(err), Cause: err}
	}
	switch {
	case ctx.Err() != nil:
		said = e.gone(ctx.Err())
	case errors.Is(context.Cause(asking), errSilent):
		said = &llm.Error{Reason: llm.Timeout, Detail: "no whole answer in " + e.Patience.First.String(), Cause: errSilent}
	case errors.Is(err, outbound.ErrTooLarge):
		said = &llm.Error{Reason: llm.BadAnswer, Detail: "it is larger than may be read", Cause: err}
	}
	named := *said
	named.Model = e.Config.Model
	return nil, 0, &named
}

// gone is the error of a context that ended.
func (e *embedder) gone(err error) *llm.Error {
	if errors.Is(err, context.Canceled) {
		return &llm.Error{Model: e.Config.Model, Reason: llm.Cancelled, Cause: err}
	}
	return &llm.Error{Model: e.Config.Model, Reason: llm.Timeout, Detail: "no whole answer in the time that was left for it", Cause: err}
}

// check makes unit vectors of what came, if it is vectors at all.
func (e *embedder) check(vectors [][]float32) error {
	for _, v := range vectors {
		var err error
		switch {
		case len(v) == 0:
			err = badVectors("a vector is empty")
		case len(v) > maxDimensions:
			err = badVectors("a vector has %d dimensions, more than %d", len(v), maxDimensions)
		case len(v) != len(vectors[0]):
			err = badVectors("vectors have %d and %d dimensions", len(vectors[0]), len(v))
		case e.Dimensions > 0 && len(v) != e.Dimensions:
			err = badVectors("vectors have %d dimensions where %d were asked for: does the model have a choice?", len(v), e.Dimensions)
		case !vector.Unit(v):
			err = badVectors("a vector has values that are no numbers")
		}
		if bad, ok := errors.AsType[*llm.Error](err); ok {
			bad.Model = e.Config.Model
			return bad
		}
	}
	return nil
}

func badVectors(format string, args ...any) error {
	return &llm.Error{Reason: llm.BadAnswer, Detail: fmt.Sprintf(format, args...)}
}
