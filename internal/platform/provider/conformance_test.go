package provider_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

// servers are known servers of chat completions and their oddities.
func servers() map[string]providertest.Chat {
	return map[string]providertest.Chat{
		"OpenAI":    {Split: 5},
		"Ollama":    {Index: "zero", StopAlone: true, Errors: "text", LongError: "input length exceeds the context length"},
		"vLLM":      {Split: 7, EachUsage: true, Errors: "flat"},
		"llama.cpp": {Split: 3, LongError: "the request exceeds the available context size, try increasing it"},
		"Gemini":    {Index: "none", StopAlone: true},
		"proxy":     {Comments: true, NoDone: true, NoUsage: true, Errors: "detail", LongError: "prompt is too long"},
		"objects":   {Object: true, NoUsage: true},
		"unstopped": {NoFinish: true, Split: 1},
		"whole":     {Whole: true},
	}
}

func openAI(c provider.Config, url string) llm.Model {
	return provider.OpenAI(provider.OpenAIConfig{Config: c, URL: url + "/v1/", APIKey: providertest.Key})
}

func dialect(name string, c providertest.Chat) providertest.Dialect {
	d := providertest.Dialect{
		Name: name, Open: openAI, MediaType: "text/event-stream; charset=utf-8",
		Answer: c.Answer, Refuse: c.Refuse, Images: providertest.ChatImages, Whole: c.Whole, Countless: c.NoUsage, Unstopped: c.NoFinish,
	}
	if c.Whole {
		d.MediaType = "application/json"
	}
	return d
}

func TestChatCompletions(t *testing.T) {
	for name, c := range servers() {
		t.Run(name, func(t *testing.T) { providertest.Run(t, dialect(name, c)) })
	}
}

func bedrock(c provider.Config, url string) llm.Model {
	return provider.Bedrock(provider.BedrockConfig{
		Config: c, Region: "us-east-1", Endpoint: url,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", providertest.Key),
	})
}

func TestBedrock(t *testing.T) {
	providertest.Run(t, providertest.Dialect{
		Name: "Bedrock", Open: bedrock, MediaType: "application/vnd.amazon.eventstream",
		Answer: providertest.Converse, Refuse: providertest.RefuseAWS, Images: providertest.ConverseImages,
	})
}
