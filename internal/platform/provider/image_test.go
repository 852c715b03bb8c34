package provider_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

// TestImagesAsOpenAIHasThem: parts where there is something to see, and a plain text
// otherwise, which servers without parts take.
func TestImagesAsOpenAIHasThem(t *testing.T) {
	s := providertest.NewServer(t, providertest.Say("A cat."))
	r := llm.Request{Messages: []llm.Message{
		{Role: llm.User, Text: "What is this?", Images: []llm.Image{{MediaType: "image/png", Data: []byte{1, 2, 3, 255}}}},
		{Role: llm.Assistant, Text: "A dog."},
		{Role: llm.User, Text: "Look again."},
	}}
	if _, err := llm.Collect(s.Model(t).Stream(t.Context(), r)); err != nil {
		t.Fatal(err)
	}
	var sent struct {
		Messages json.RawMessage `json:"messages"`
	}
	if err := json.Unmarshal([]byte(s.Asked()[0].Body), &sent); err != nil {
		t.Fatal(err)
	}
	want := `[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AQID/w=="}},{"type":"text","text":"What is this?"}]},` +
		`{"role":"assistant","content":"A dog."},{"role":"user","content":"Look again."}]`
	if diff := cmp.Diff(want, string(sent.Messages)); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

// TestBlind: a model that takes no images is told of as such, and nothing else is.
func TestBlind(t *testing.T) {
	const hint = "start without --model-vision"
	for message, blind := range map[string]bool{
		"Invalid content type. image_url is only supported by certain models.":   true,
		"At most 0 image(s) may be provided: this is not a multimodal model.":    true,
		"image input is not supported - hint: you may need to provide an mmproj": true,
		"This model doesn't support the image content block.":                    true,
		"The request is malformed. " + strings.Repeat("x", 200) + " image_url":   false,
	} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"message": message}})
		})
		_, err := llm.Collect(openAI(config(t, url), url).Stream(t.Context(), hello()))
		if llm.ReasonOf(err) != llm.BadRequest || strings.Contains(err.Error(), hint) != blind {
			t.Errorf("%s\n%v", message, err)
		}
	}
}
