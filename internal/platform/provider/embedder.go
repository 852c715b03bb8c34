package provider

import "context"

// An Embedder turns texts into vectors: texts that mean much the same get
// vectors of much the same direction. It is safe for concurrent use.
type Embedder interface {
	// Model names what makes the vectors, the provider's kind with it, such as
	// openai:text-embedding-3-small. Vectors of different models cannot be
	// compared.
	Model() string
	// Embed returns a unit vector for each text, all of one length. query says
	// that the texts are what is searched for, not what is found: some models
	// make a difference. An error is an *llm.Error, in which nothing of the texts
	// is.
	Embed(ctx context.Context, texts []string, query bool) ([][]float32, error)
}
