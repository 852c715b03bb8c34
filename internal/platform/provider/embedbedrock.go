package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// BedrockEmbedder returns an Embedder that is asked by Bedrock's InvokeModel. Its
// model is one of Amazon's Titan or of Cohere's, which its ID has to tell; of
// others the shape of a request is not known, which is an error.
func BedrockEmbedder(c EmbeddingConfig, b BedrockConfig) (Embedder, error) {
	s := &bedrockVectors{config: c}
	switch model := strings.ToLower(c.Config.Model); {
	case strings.Contains(model, "titan-embed"):
		s.family = titan{choice: !strings.Contains(model, "titan-embed-text-v1") && !strings.Contains(model, "g1-text")}
	case strings.Contains(model, "cohere.embed"):
		s.family = cohere{choice: strings.Contains(model, "embed-v4")}
	default:
		return nil, fmt.Errorf("the embedding model %q is none that is known of bedrock: give the ID of one of Titan (amazon.titan-embed-text-v2:0) or Cohere (cohere.embed-multilingual-v3)", c.Config.Model)
	}
	if c.Dimensions > 0 && !s.family.chooses() {
		return nil, fmt.Errorf("the embedding model %q has no choice of dimensions", c.Config.Model)
	}
	s.client = bedrockClient(b)
	return newEmbedder(BedrockKind, c, s), nil
}

type bedrockVectors struct {
	config EmbeddingConfig
	client *bedrockruntime.Client
	family family
}

// A family of models shares the shapes of requests and answers.
type family interface {
	chooses() bool // the dimensions may be given
	most() (texts, requests int)
	body(texts []string, query bool, dimensions int) any
	read(answer []byte) (vectors [][]float32, tokens int, err error)
}

func (s *bedrockVectors) most() (texts, requests int) { return s.family.most() }

func (s *bedrockVectors) embed(ctx context.Context, texts []string, query bool) ([][]float32, int, error) {
	body, err := json.Marshal(s.family.body(texts, query, s.config.Dimensions))
	if err != nil {
		return nil, 0, err
	}
	out, err := s.client.InvokeModel(ctx, &bedrockruntime.InvokeModelInput{
		ModelId: &s.config.Config.Model, Body: body, ContentType: aws.String("application/json"), Accept: aws.String("application/json"),
	})
	if err != nil {
		return nil, 0, explainAWS(err, s.config.Now())
	}
	vectors, tokens, err := s.family.read(out.Body)
	if err != nil {
		return nil, 0, &llm.Error{Reason: llm.BadAnswer, Detail: "it is not the JSON of vectors", Cause: err}
	}
	if tokens == 0 {
		tokens = countedTokens(out.ResultMetadata)
	}
	return vectors, tokens, nil
}

// countedTokens is what Bedrock says in a header of how much was read.
func countedTokens(m middleware.Metadata) int {
	res, ok := awsmiddleware.GetRawResponse(m).(*smithyhttp.Response)
	if !ok {
		return 0
	}
	n, _ := strconv.Atoi(res.Header.Get("X-Amzn-Bedrock-Input-Token-Count")) // 0 if it does not
	return n
}

// titan is Amazon's Titan Text Embeddings: one text a request.
type titan struct{ choice bool }

func (t titan) chooses() bool             { return t.choice }
func (titan) most() (texts, requests int) { return 1, 4 }

func (t titan) body(texts []string, _ bool, dimensions int) any {
	const longest = 50_000 // characters that a request takes
	in := struct {
		Text       string `json:"inputText"`
		Dimensions int    `json:"dimensions,omitzero"`
		Normalize  bool   `json:"normalize,omitzero"`
	}{clip(texts[0], longest), dimensions, t.choice}
	return in
}

func (titan) read(answer []byte) ([][]float32, int, error) {
	var out struct {
		Vector []float32 `json:"embedding"`
		Tokens int       `json:"inputTextTokenCount"`
	}
	err := json.Unmarshal(answer, &out)
	return [][]float32{out.Vector}, out.Tokens, err
}

// cohere is Cohere's Embed. Its version 4 may be asked for dimensions.
type cohere struct{ choice bool }

func (c cohere) chooses() bool             { return c.choice }
func (cohere) most() (texts, requests int) { return 96, 2 }

func (c cohere) body(texts []string, query bool, dimensions int) any {
	const longest = 2048 // characters of a text that version 3 takes
	in := struct {
		Texts      []string `json:"texts"`
		Type       string   `json:"input_type"`
		Truncate   string   `json:"truncate"`
		Types      []string `json:"embedding_types,omitempty"`
		Dimensions int      `json:"output_dimension,omitzero"`
	}{Type: "search_document", Truncate: "END", Dimensions: dimensions}
	if query {
		in.Type = "search_query"
	}
	for _, text := range texts {
		if !c.choice {
			text = clip(text, longest)
		}
		in.Texts = append(in.Texts, text)
	}
	if c.choice {
		in.Truncate, in.Types = "RIGHT", []string{"float"}
	}
	return in
}

func (cohere) read(answer []byte) ([][]float32, int, error) {
	var out struct {
		Embeddings json.RawMessage `json:"embeddings"`
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, 0, err
	}
	var plain [][]float32
	if err := json.Unmarshal(out.Embeddings, &plain); err == nil {
		return plain, 0, nil
	}
	var typed struct {
		Float [][]float32 `json:"float"`
	}
	err := json.Unmarshal(out.Embeddings, &typed)
	return typed.Float, 0, err
}

// clip is at most n characters of a text.
func clip(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}
