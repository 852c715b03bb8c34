package providertest

import (
	"context"
	"hash/fnv"
	"strings"
	"sync"
	"unicode"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/retrieval/vector"
)

// Meaning is a small real embedder: a text's vector is the sum of its words',
// which their letters tell, and words that are given one meaning have one vector.
// It implements provider.Embedder.
type Meaning struct {
	Name       string
	Dimensions int
	Synonyms   map[string]string // a word to the one that stands for its meaning

	mu      sync.Mutex
	failure error
	texts   []string
}

// Model implements provider.Embedder.
func (m *Meaning) Model() string { return m.Name }

// Embed implements provider.Embedder.
func (m *Meaning) Embed(ctx context.Context, texts []string, _ bool) ([][]float32, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, &llm.Error{Model: m.Name, Reason: llm.Cancelled, Cause: err}
	}
	if m.failure != nil {
		return nil, m.failure
	}
	m.texts = append(m.texts, texts...)
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		vectors[i] = m.Vector(text)
	}
	return vectors, nil
}

// Fail makes every further request fail; nil ends that.
func (m *Meaning) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failure = err
}

// Texts are all that vectors were asked for, in order.
func (m *Meaning) Texts() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.texts...)
}

// Vector is the unit vector of a text; zeros if it has no word.
func (m *Meaning) Vector(text string) []float32 {
	v := make([]float32, m.Dimensions)
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, word := range words {
		if same, ok := m.Synonyms[word]; ok {
			word = same
		}
		for i := range v {
			h := fnv.New32a()
			_, _ = h.Write([]byte(m.Name + "\x00" + word + "\x00" + string(rune('a'+i)))) // never fails
			v[i] += float32(int32(h.Sum32())) / (1 << 31)
		}
	}
	vector.Unit(v)
	return v
}
