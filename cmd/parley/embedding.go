package main

import (
	"cmp"
	"net/url"

	"github.com/parleyhq/parley/internal/assembly"
)

type embeddingFlags struct {
	Provider   string `name:"embedding-provider" default:"none" env:"PARLEY_EMBEDDING_PROVIDER" placeholder:"NAME" help:"How it is reached: none; openai, for all that have OpenAI's embeddings (vLLM, llama.cpp and others); ollama; or bedrock (${default})."`
	Endpoint   string `name:"embedding-endpoint" env:"PARLEY_EMBEDDING_ENDPOINT" placeholder:"URL" help:"Base URL of its API, such as http://127.0.0.1:8000/v1, or http://127.0.0.1:11434 of Ollama, which is ollama's usual one (OpenAI's or AWS's own). It is opened for the model alone."`
	Model      string `name:"embedding-model" env:"PARLEY_EMBEDDING_MODEL" placeholder:"NAME" help:"Name of the model there; of bedrock, the ID of one of Titan's or Cohere's. When it changes, every index goes on with the vectors it has until all of the new ones are made."`
	Dimensions int    `name:"embedding-dimensions" env:"PARLEY_EMBEDDING_DIMENSIONS" placeholder:"N" help:"Length of the vectors, of models that leave a choice: 256 finds nearly as much as 1024, in a quarter of the memory."`
	Region     string `name:"embedding-region" env:"PARLEY_EMBEDDING_REGION" placeholder:"REGION" help:"Region of bedrock."`
}

// ollamaURL is where an Ollama usually is.
const ollamaURL = "http://127.0.0.1:11434"

// config reads the settings of the embedding model. As with those of the language
// model, half of them are refused.
func (f embeddingFlags) config(p *process) (assembly.Embedding, error) {
	m := assembly.Embedding{Dimensions: f.Dimensions, Model: assembly.Model{
		Provider: assembly.Provider(f.Provider), Name: f.Model, URL: f.Endpoint, Region: f.Region,
		APIKey:      p.env("PARLEY_EMBEDDING_API_KEY"),
		AccessKeyID: p.env("PARLEY_EMBEDDING_ACCESS_KEY_ID"), Secret: p.env("PARLEY_EMBEDDING_SECRET_ACCESS_KEY"), SessionToken: p.env("PARLEY_EMBEDDING_SESSION_TOKEN"),
	}}
	if f.Provider == "none" || f.Provider == "" {
		m.Provider = ""
		if m != (assembly.Embedding{}) {
			return m, misuse("there are settings of an embedding model, and no --embedding-provider: give openai, ollama or bedrock, or take the other PARLEY_EMBEDDING settings away")
		}
		return m, nil
	}
	aws := m.Region != "" || m.AccessKeyID != "" || m.Secret != "" || m.SessionToken != ""
	switch {
	case m.Provider != assembly.OpenAI && m.Provider != assembly.Ollama && m.Provider != assembly.Bedrock:
		return m, misuse("--embedding-provider takes none, openai, ollama or bedrock; got %q", f.Provider)
	case m.Name == "":
		return m, misuse("--embedding-provider %s needs --embedding-model, the name of a model that it has", f.Provider)
	case m.Dimensions < 0 || m.Dimensions > 8192:
		return m, misuse("--embedding-dimensions takes a number from 1 to 8192; got %d", m.Dimensions)
	case m.Provider == assembly.Bedrock:
		return m, f.bedrock(m)
	case aws:
		return m, misuse("--embedding-region and the AWS credentials in PARLEY_EMBEDDING_* are for --embedding-provider bedrock")
	case m.Provider == assembly.OpenAI && m.URL == "" && m.APIKey == "":
		return m, misuse("--embedding-provider openai needs --embedding-endpoint, such as http://127.0.0.1:8000/v1, or for OpenAI's own API a key in PARLEY_EMBEDDING_API_KEY")
	case m.Provider == assembly.Ollama:
		m.URL = cmp.Or(m.URL, ollamaURL)
	}
	m.URL = cmp.Or(m.URL, openAIURL)
	return m, checkEndpoint("--embedding-endpoint", m.URL, "PARLEY_EMBEDDING_API_KEY")
}

func (f embeddingFlags) bedrock(m assembly.Embedding) error {
	switch {
	case !regionForm.MatchString(m.Region):
		return misuse("--embedding-provider bedrock needs --embedding-region, a name such as us-east-1; got %q", m.Region)
	case m.AccessKeyID == "" || m.Secret == "":
		return misuse("--embedding-provider bedrock needs credentials in PARLEY_EMBEDDING_ACCESS_KEY_ID and PARLEY_EMBEDDING_SECRET_ACCESS_KEY")
	case m.APIKey != "":
		return misuse("PARLEY_EMBEDDING_API_KEY is for --embedding-provider openai and ollama")
	case m.URL == "":
		return nil
	}
	return checkEndpoint("--embedding-endpoint", m.URL, "PARLEY_EMBEDDING_SECRET_ACCESS_KEY")
}

// checkEndpoint does not repeat the URL: it may have a password in it.
func checkEndpoint(flag, text, secret string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return misuse("%s takes a URL of http or https without user, query and fragment, such as http://127.0.0.1:11434; a secret goes into %s", flag, secret)
	}
	return nil
}
