package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// The kinds of providers of embeddings.
const (
	OpenAIKind  = "openai"
	OllamaKind  = "ollama"
	BedrockKind = "bedrock"
)

// maxVectors bounds an answer, in bytes.
const maxVectors = 32 << 20

// OpenAIEmbedder returns an Embedder at a server that has OpenAI's embeddings,
// at url such as https://api.openai.com/v1: OpenAI itself, vLLM, llama.cpp,
// Ollama and others. apiKey may be empty.
func OpenAIEmbedder(c EmbeddingConfig, url, apiKey string) Embedder {
	return newEmbedder(OpenAIKind, c, &openAIVectors{embedServer{c, strings.TrimRight(url, "/") + "/embeddings", apiKey}})
}

// OllamaEmbedder returns an Embedder at an Ollama, at url such as
// http://127.0.0.1:11434. Its own API shortens texts that are too long for the
// model, which the one like OpenAI's refuses. apiKey is for a proxy in front of
// it, and may be empty.
func OllamaEmbedder(c EmbeddingConfig, url, apiKey string) Embedder {
	return newEmbedder(OllamaKind, c, &ollamaVectors{embedServer{c, strings.TrimRight(url, "/") + "/api/embed", apiKey}})
}

// embedServer is a server that takes and gives JSON.
type embedServer struct {
	config EmbeddingConfig
	url    string
	apiKey string
}

// call posts in, and reads the answer into out.
func (s *embedServer) call(ctx context.Context, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return &llm.Error{Reason: llm.BadRequest, Detail: "the URL cannot be called", Cause: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Parley")
	if s.apiKey != "" {
		req.Header.Set("Authorization", "Bearer "+s.apiKey)
	}
	res, err := s.config.Out.Send(req, outbound.Terms{NoRedirects: true})
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		refused, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal))
		said := complaint(refused)
		said.status, said.after, said.api = res.StatusCode, retryAfter(res.Header, s.config.Now()), "embeddings"
		return said.err(s.apiKey)
	}
	return readVectors(res.Body, out)
}

func readVectors(r io.Reader, out any) error {
	body, err := io.ReadAll(io.LimitReader(r, maxVectors+1))
	if err != nil {
		return err
	}
	if len(body) > maxVectors {
		return tooMuch()
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &llm.Error{Reason: llm.BadAnswer, Detail: "it is not the JSON of vectors", Cause: err}
	}
	return nil
}

type openAIVectors struct{ embedServer }

func (*openAIVectors) most() (texts, requests int) { return 64, 2 }

func (s *openAIVectors) embed(ctx context.Context, texts []string, query bool) ([][]float32, int, error) {
	in := struct {
		Model      string   `json:"model"`
		Input      []string `json:"input"`
		Format     string   `json:"encoding_format"`
		Dimensions int      `json:"dimensions,omitzero"`
	}{s.config.Config.Model, prompted(s.config.Config.Model, texts, query), "float", s.config.Dimensions}
	var out struct {
		Data []struct {
			Index  *int   `json:"index"`
			Vector floats `json:"embedding"`
		} `json:"data"`
		Usage struct {
			Prompt int `json:"prompt_tokens"`
			Total  int `json:"total_tokens"`
		} `json:"usage"`
	}
	if err := s.call(ctx, in, &out); err != nil {
		return nil, 0, err
	}
	if len(out.Data) != len(texts) {
		return nil, 0, badVectors("it has %d vectors for %d texts", len(out.Data), len(texts))
	}
	vectors := make([][]float32, len(texts))
	for i, d := range out.Data {
		if d.Index != nil {
			i = *d.Index
		}
		if i < 0 || i >= len(vectors) || vectors[i] != nil {
			return nil, 0, badVectors("its vectors are not numbered one by one")
		}
		vectors[i] = d.Vector
	}
	return vectors, cmp.Or(out.Usage.Prompt, out.Usage.Total), nil
}

type ollamaVectors struct{ embedServer }

func (*ollamaVectors) most() (texts, requests int) { return 32, 1 }

func (s *ollamaVectors) embed(ctx context.Context, texts []string, query bool) ([][]float32, int, error) {
	in := struct {
		Model      string   `json:"model"`
		Input      []string `json:"input"`
		Truncate   bool     `json:"truncate"`
		Dimensions int      `json:"dimensions,omitzero"`
	}{s.config.Config.Model, prompted(s.config.Config.Model, texts, query), true, s.config.Dimensions}
	var out struct {
		Vectors [][]float32 `json:"embeddings"`
		Tokens  int         `json:"prompt_eval_count"`
	}
	err := s.call(ctx, in, &out)
	return out.Vectors, out.Tokens, err
}

// floats is a vector as a list of numbers or, from some servers whatever they
// are asked for, as base64 of float32, little-endian.
type floats []float32

// UnmarshalJSON reads both forms.
func (f *floats) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '"' {
		return json.Unmarshal(data, (*[]float32)(f))
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	if len(raw)%4 != 0 {
		return errors.New("provider: a vector ends in the middle of a number")
	}
	*f = make(floats, len(raw)/4)
	for i := range *f {
		(*f)[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return nil
}
