package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/resource/plugin"
)

type pluginCmd struct {
	Lint pluginLintCmd `cmd:"" help:"Check an OpenAPI document as CreatePlugin does, without a server."`
	Cut  pluginCutCmd  `cmd:"" help:"Write an OpenAPI document with some of its operations, and what they need."`
	Show pluginShowCmd `cmd:"" help:"Show a plugin: its state, its actions, and why a build failed."`
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
	src, err := readAll(in)
	if err != nil {
		return err
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

type pluginCutCmd struct {
	File string   `arg:"" help:"OpenAPI 3 document, JSON or YAML; - for standard input."`
	Keep []string `required:"" sep:"none" placeholder:"OPERATION" help:"Operation to keep, by its operationId or as 'GET /path'; '/path' for all of that path. Once for each."`
}

// Help says what the one-line help cannot.
func (pluginCutCmd) Help() string {
	return `A plugin has at most 20 operations and 1 MB, and real documents are larger. "parley plugin lint" lists the operations of one:

    parley plugin cut vendor.json --keep listIncidents --keep "PUT /incidents/{id}" > incidents.json`
}

// maxDocument bounds what is read of a document.
const maxDocument = 64 << 20

func readAll(in io.Reader) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil {
		return nil, misuse("%w", err)
	}
	if len(src) > maxDocument {
		return nil, misuse("the document is larger than %d MB", maxDocument>>20)
	}
	return src, nil
}

// Run writes the smaller document.
func (c pluginCutCmd) Run(p *process) error {
	in, closeIn, err := input(p, c.File)
	if err != nil {
		return misuse("%w", err)
	}
	defer closeIn()
	src, err := readAll(in)
	if err != nil {
		return err
	}
	out, err := openapi.Cut(src, c.Keep)
	if err != nil {
		return err
	}
	_, err = p.out.Write(out)
	return err
}

type pluginShowCmd struct {
	state
	Plugin  string `arg:"" help:"ARN of the plugin, or APPLICATION-ID/PLUGIN-ID in the account and Region of the flags."`
	Account string `default:"000000000000" env:"PARLEY_ACCOUNT_ID" placeholder:"ID" help:"Account of the plugin (${default})."`
	Region  string `default:"us-east-1" env:"PARLEY_REGION" placeholder:"REGION" help:"Region of the plugin (${default})."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Run prints the plugin.
func (c pluginShowCmd) Run(p *process) error {
	where, application, id, err := c.parse()
	if err != nil {
		return err
	}
	rooms, err := c.open(p)
	if err != nil {
		return err
	}
	defer rooms.Close()
	shown, err := rooms.Plugins.Show(p.ctx, where.Tenant(), application, id)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.out, jsonPlugin(shown, where))
	}
	return printPlugin(p.out, shown, where)
}

// parse reads either form of the argument.
func (c pluginShowCmd) parse() (where op.Caller, application, id string, err error) {
	where, path := op.Caller{Account: c.Account, Region: firstOf(c.Region)}, c.Plugin
	if parts := strings.SplitN(c.Plugin, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		where = op.Caller{Account: parts[4], Region: parts[3]}
		path = strings.Replace(strings.TrimPrefix(parts[5], "application/"), "/plugin/", "/", 1)
	}
	application, id, ok := strings.Cut(path, "/")
	if !ok || application == "" || id == "" || strings.Contains(id, "/") {
		return op.Caller{}, "", "", misuse("a plugin is named by its ARN, or as APPLICATION-ID/PLUGIN-ID; got %q", c.Plugin)
	}
	return where, application, id, nil
}

// jsonPlugin has the members of GetPlugin's answer that are no secret, and what
// that does not show.
func jsonPlugin(shown plugin.Shown, where op.Caller) map[string]any {
	p := shown.Plugin
	return map[string]any{
		"applicationId": p.Application, "pluginId": p.ID, "pluginArn": p.ARN(where),
		"displayName": p.DisplayName, "type": p.Type, "state": p.State, "buildStatus": p.Build,
		"createdAt": p.CreatedAt, "updatedAt": p.UpdatedAt,
		"problem": p.Problem, "actions": append([]plugin.Action{}, shown.Actions...),
	}
}

func printPlugin(w io.Writer, shown plugin.Shown, where op.Caller) error {
	p := shown.Plugin
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  name     %s\n  type     %s\n  state    %s\n  build    %s\n  changed  %s\n",
		p.ARN(where), p.DisplayName, p.Type, p.State, p.Build, p.UpdatedAt.Format(time.RFC3339))
	if p.Problem != "" {
		fmt.Fprintf(&b, "\nThe build failed:\n  %s\n", strings.ReplaceAll(p.Problem, "\n", "\n  "))
	}
	if len(shown.Actions) > 0 {
		fmt.Fprint(&b, "\nActions:\n")
	}
	for _, a := range shown.Actions {
		fmt.Fprintf(&b, "  %s\n      %s\n", a.DisplayName, a.Identifier)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
