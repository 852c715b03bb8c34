package main

import (
	"io"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

type pluginCmd struct {
	Lint pluginLintCmd `cmd:"" help:"Check an OpenAPI document as CreatePlugin does, without a server."`
}

type pluginLintCmd struct {
	File        string `arg:"" help:"OpenAPI 3 document, JSON or YAML; - for standard input."`
	JSON        bool   `name:"json" help:"Print the report as JSON."`
	SchemaBytes int    `name:"quota-schema-bytes" env:"PARLEY_QUOTA_SCHEMA_BYTES" placeholder:"N" help:"The server's quota of bytes (1048576)."`
	Actions     int    `name:"quota-plugin-actions" env:"PARLEY_QUOTA_PLUGIN_ACTIONS" placeholder:"N" help:"The server's quota of operations (20)."`
}

// Help says what the one-line help cannot.
func (pluginLintCmd) Help() string {
	return `Every finding has its JSON pointer, line and column in the document, and what to change. The exit status is 0 when the document would be taken (there may be advice), 1 when it would be refused, 2 when it could not be read.`
}

// Run prints the report.
func (c pluginLintCmd) Run(p *process) error {
	in, closeIn, err := input(p, c.File)
	if err != nil {
		return misuse("%w", err)
	}
	defer closeIn()
	limits := openapi.DefaultLimits()
	if c.SchemaBytes > 0 {
		limits.Bytes = c.SchemaBytes
	}
	if c.Actions > 0 {
		limits.Operations = c.Actions
	}
	src, err := io.ReadAll(io.LimitReader(in, int64(limits.Bytes)+1)) // one byte over is refused by the report
	if err != nil {
		return misuse("%w", err)
	}
	report := openapi.Lint(src, limits)
	if c.JSON {
		err = printJSON(p.out, report)
	} else {
		_, err = io.WriteString(p.out, report.Text())
	}
	if err == nil && report.Refused() {
		return exit(exitFailed)
	}
	return err
}
