package main

import (
	"net/url"
	"regexp"

	"github.com/parleyhq/parley/internal/assembly"
)

type functionFlags struct {
	Lambda string            `name:"lambda-endpoint" env:"PARLEY_LAMBDA_ENDPOINT" placeholder:"URL" help:"What speaks AWS Lambda's Invoke API, such as https://lambda.us-east-1.amazonaws.com or an emulator."`
	Hook   map[string]string `env:"PARLEY_HOOK" placeholder:"FUNCTION=URL" help:"A service that takes a function's envelope by POST, in place of the Lambda function of that name; several are joined with ;."`
}

var functionForm = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,140}$`)

// config reads where the functions are. A URL of a hook may have a query, such as
// the key of a service, and is not repeated.
func (f functionFlags) config(p *process) (assembly.Functions, error) {
	out := assembly.Functions{
		Lambda: f.Lambda, URLs: f.Hook,
		AccessKeyID: p.env("PARLEY_LAMBDA_ACCESS_KEY_ID"), Secret: p.env("PARLEY_LAMBDA_SECRET_ACCESS_KEY"),
	}
	switch {
	case (out.AccessKeyID == "") != (out.Secret == ""):
		return out, misuse("PARLEY_LAMBDA_ACCESS_KEY_ID and PARLEY_LAMBDA_SECRET_ACCESS_KEY go together")
	case out.AccessKeyID != "" && f.Lambda == "":
		return out, misuse("PARLEY_LAMBDA_ACCESS_KEY_ID is for --lambda-endpoint")
	case f.Lambda != "":
		if err := checkEndpoint("--lambda-endpoint", f.Lambda, "PARLEY_LAMBDA_SECRET_ACCESS_KEY"); err != nil {
			return out, err
		}
	}
	for name, text := range f.Hook {
		if !functionForm.MatchString(name) {
			return out, misuse("--hook takes FUNCTION=URL, the function's name without the rest of its ARN; got the name %q", name)
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
			return out, misuse("--hook %s takes a URL of http or https without user and fragment, such as http://127.0.0.1:9000/enrich", name)
		}
	}
	return out, nil
}
