// Command parley is a self-hosted server that speaks the Amazon Q Business API,
// and the tools to look after one.
//
// It owns what only a command may know: flags, the environment, files named by
// the user, signals, and how things are said on a terminal. What a server is
// made of is internal/assembly; what a tool shows comes from the families.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/parleyhq/parley/internal/core/fault"
)

type cli struct {
	Serve     serveCmd     `cmd:"" help:"Serve the API."`
	Demo      demoCmd      `cmd:"" help:"Show the main job end to end, on a server and data of its own."`
	Principal principalCmd `cmd:"" help:"Add, list and remove the roles that may sign requests."`
	Session   sessionCmd   `cmd:"" help:"End sessions before their time."`
	User      userCmd      `cmd:"" help:"Look after the users who sign in at this server."`
	Plugin    pluginCmd    `cmd:"" help:"Check an OpenAPI document, or look at a plugin."`
	Audit     auditCmd     `cmd:"" help:"Print who asked for what: the audit record."`
	Policy    policyCmd    `cmd:"" help:"Say whether a request would be allowed, and why."`
	Answers   answersCmd   `cmd:"" help:"Print in full what third parties answered in a conversation."`
	Index     indexCmd     `cmd:"" help:"Look after the search indexes, which are derived from the store."`
	Jobs      jobsCmd      `cmd:"" help:"List the work that waits, runs or failed; retry what failed."`
	Backup    backupCmd    `cmd:"" help:"Copy the embedded store while it is in use."`
	Dump      dumpCmd      `cmd:"" help:"Write every row as lines of JSON, from either kind of store."`
	Restore   restoreCmd   `cmd:"" help:"Read a dump into an empty store, of either kind."`
	Version   versionCmd   `cmd:"" help:"Print the version."`

	ExtractWorker extractWorkerCmd `cmd:"" hidden:"" help:"Read documents for a server that starts this."`
}

const description = `A self-hosted server that speaks the Amazon Q Business API.

Start with "parley serve": it needs no configuration. The other commands work beside a running server, on the same --data or --database-url.`

// process is what a command may know of the process it runs in.
type process struct {
	ctx      context.Context // ends at the first SIGINT or SIGTERM
	in       io.Reader
	out, err io.Writer
	env      func(name string) string
	now      func() time.Time
}

// The exit statuses beside 0. Those of `plugin lint` are a promise.
const (
	exitFailed = 1
	exitUsage  = 2
)

// exit is an error that was told already; it only sets the status.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// usage is a mistake in what the user typed that the parser cannot see.
type usage struct{ error }

func misuse(format string, args ...any) error { return usage{fmt.Errorf(format, args...)} }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	p := process{ctx: ctx, in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, now: time.Now}
	os.Exit(p.run(os.Args[1:]))
}

// run runs one command and returns the exit status.
func (p *process) run(args []string) int {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("parley"), kong.Description(description), kong.Writers(p.out, p.err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}))
	if err != nil {
		return p.fail(err, "")
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		var wrong *kong.ParseError
		errors.As(err, &wrong)
		return p.fail(usage{plain(err)}, path(wrong))
	}
	return p.fail(command.Run(p), strings.TrimPrefix(command.Selected().FullPath(), "parley "))
}

// plain says what is wrong with a word that is no command.
func plain(err error) error {
	if rest, ok := strings.CutPrefix(err.Error(), "unexpected argument "); ok {
		return fmt.Errorf("there is no command or argument %s", rest)
	}
	return err
}

// path is the command that the arguments got to, such as "principal add".
func path(wrong *kong.ParseError) string {
	if wrong == nil || wrong.Context.Selected() == nil {
		return ""
	}
	return strings.TrimPrefix(wrong.Context.Selected().FullPath(), "parley ")
}

// fail tells an error, if there is one, and returns the exit status.
func (p *process) fail(err error, command string) int {
	var told exit
	var wrong usage
	switch {
	case err == nil:
		return 0
	case errors.As(err, &told):
		return int(told)
	case errors.As(err, &wrong):
		fmt.Fprintf(p.err, "parley: %v\n", sentence(err))
		fmt.Fprintf(p.err, "See %q.\n", strings.Join(strings.Fields("parley "+command+" --help"), " "))
		return exitUsage
	}
	fmt.Fprintf(p.err, "parley: %v\n", sentence(err))
	return exitFailed
}

// sentence is what a user needs of an error: of a fault its message, without
// the name that API clients need.
func sentence(err error) string {
	if f := fault.As(err); f != nil {
		return f.Message
	}
	return err.Error()
}
