package main

import (
	"cmp"

	"github.com/parleyhq/parley/internal/assembly"
)

type modelFlags struct {
	Provider string `name:"model-provider" env:"PARLEY_MODEL_PROVIDER" placeholder:"NAME" help:"How it is reached: openai, for all that have OpenAI's chat completions (Ollama, vLLM, llama.cpp and others), or bedrock."`
	URL      string `name:"model-url" env:"PARLEY_MODEL_URL" placeholder:"URL" help:"Base URL of its API, such as http://127.0.0.1:11434/v1 (OpenAI's or AWS's own). It is opened for the model alone."`
	Model    string `name:"model" env:"PARLEY_MODEL" placeholder:"NAME" help:"Name of the model there; of bedrock, the ID or ARN of a model or an inference profile."`
	Vision   bool   `name:"model-vision" env:"PARLEY_MODEL_VISION" help:"The model can look at images: those that people attach are sent to it."`
	Region   string `name:"model-region" env:"PARLEY_MODEL_REGION" placeholder:"REGION" help:"Region of bedrock."`
}

// openAIURL is where OpenAI's own API is.
const openAIURL = "https://api.openai.com/v1"

// config reads the model's settings. Half of them are refused: a server that
// quietly chooses without its model would be a riddle.
func (f modelFlags) config(p *process) (assembly.Model, error) {
	m := assembly.Model{
		Provider: assembly.Provider(f.Provider), Name: f.Model, URL: f.URL, Vision: f.Vision, Region: f.Region,
		APIKey:      p.env("PARLEY_MODEL_API_KEY"),
		AccessKeyID: p.env("PARLEY_MODEL_ACCESS_KEY_ID"), Secret: p.env("PARLEY_MODEL_SECRET_ACCESS_KEY"), SessionToken: p.env("PARLEY_MODEL_SESSION_TOKEN"),
	}
	switch m.Provider {
	case assembly.OpenAI:
		err := f.openAI(m)
		m.URL = cmp.Or(m.URL, openAIURL)
		return m, err
	case assembly.Bedrock:
		return m, f.bedrock(m)
	case "":
		if m != (assembly.Model{}) {
			return m, misuse("there are settings of a language model, and no --model-provider: give openai or bedrock, or take the other PARLEY_MODEL settings away")
		}
		return m, nil
	}
	return m, misuse("--model-provider takes openai or bedrock; got %q", f.Provider)
}

func (f modelFlags) openAI(m assembly.Model) error {
	switch {
	case m.Name == "":
		return misuse("--model-provider openai needs --model, the name of a model that the server has")
	case m.Region != "" || m.AccessKeyID != "" || m.Secret != "" || m.SessionToken != "":
		return misuse("--model-region and the AWS credentials in PARLEY_MODEL_* are for --model-provider bedrock")
	case m.URL == "" && m.APIKey == "":
		return misuse("--model-provider openai needs --model-url, such as http://127.0.0.1:11434/v1, or for OpenAI's own API a key in PARLEY_MODEL_API_KEY")
	}
	return checkEndpoint("--model-url", cmp.Or(m.URL, openAIURL), "PARLEY_MODEL_API_KEY")
}

func (f modelFlags) bedrock(m assembly.Model) error {
	switch {
	case m.Name == "":
		return misuse("--model-provider bedrock needs --model, the ID or ARN of a model or an inference profile")
	case !regionForm.MatchString(m.Region):
		return misuse("--model-provider bedrock needs --model-region, a name such as us-east-1; got %q", m.Region)
	case m.AccessKeyID == "" || m.Secret == "":
		return misuse("--model-provider bedrock needs credentials in PARLEY_MODEL_ACCESS_KEY_ID and PARLEY_MODEL_SECRET_ACCESS_KEY")
	case m.APIKey != "":
		return misuse("PARLEY_MODEL_API_KEY is for --model-provider openai")
	case m.URL == "":
		return nil
	}
	return checkEndpoint("--model-url", m.URL, "PARLEY_MODEL_SECRET_ACCESS_KEY")
}
