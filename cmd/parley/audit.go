package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/parleyhq/parley/internal/platform/audit"
)

// auditDir is where the records are in a data directory.
const auditDir = "audit"

type auditCmd struct {
	Data        string `default:"./parley-data" env:"PARLEY_DATA" placeholder:"DIR" help:"The server's data directory (${default})."`
	Since       string `placeholder:"TIME" help:"From this time on: 2026-11-22, 2026-11-22T08:00:00Z, or so long ago (90m, 24h)."`
	Until       string `placeholder:"TIME" help:"Before this time."`
	Principal   string `placeholder:"WHO" help:"Who asked: ARN of a user, role or session, an access key ID, an end user; a part will do."`
	Account     string `placeholder:"ID" help:"Account of the caller or of the resources."`
	Action      string `placeholder:"NAME" help:"The operation, such as qbusiness:GetPlugin, GetPlugin or Delete*."`
	Application string `placeholder:"ID" help:"The application that it was about."`
	Error       string `placeholder:"CODE" help:"The error that was answered, such as ValidationException; * for any."`
	Denied      bool   `help:"Only what was denied."`
	RequestID   string `name:"request-id" placeholder:"ID" help:"The one request, by the x-amzn-RequestId of its answer."`
	Follow      bool   `short:"f" help:"Go on with what is recorded from now on, until interrupted."`
	JSON        bool   `name:"json" help:"Print the records themselves, one line of JSON each."`
}

// Help says what the one-line help cannot.
func (auditCmd) Help() string {
	return `Every authenticated request is recorded in CloudTrail's shape, in files of the data directory (audit/*.jsonl). Each server of a PostgreSQL cluster has its own.`
}

// Run prints the records that the filters admit.
func (c auditCmd) Run(p *process) error {
	reader, err := c.reader(p.now())
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Data); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no server's directory %s: name it with --data, or start a server with \"parley serve\"", c.Data)
	}
	if c.JSON {
		return c.read(p, reader, func(r *audit.Record) error {
			_, err := fmt.Fprintf(p.out, "%s\n", r.Line)
			return err
		}, func() error { return nil })
	}
	table := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TIME\tWHO\tACTION\tRESOURCE\tRESULT\tREQUEST")
	rows := 0
	return c.read(p, reader, func(r *audit.Record) error {
		if rows++; rows%atOnce == 0 {
			if err := table.Flush(); err != nil {
				return err
			}
		}
		return row(table, r)
	}, table.Flush)
}

// atOnce is how many rows are aligned with each other, and in memory.
const atOnce = 1000

// reader is one with the filters of the flags.
func (c auditCmd) reader(now time.Time) (*audit.Reader, error) {
	since, err := moment("--since", c.Since, now)
	if err != nil {
		return nil, err
	}
	until, err := moment("--until", c.Until, now)
	if err != nil {
		return nil, err
	}
	return &audit.Reader{Dir: filepath.Join(c.Data, auditDir), Filter: audit.Filter{
		Since: since, Until: until, Principal: c.Principal, Account: c.Account, Action: c.Action,
		Application: c.Application, Code: c.Error, RequestID: c.RequestID, Denied: c.Denied,
	}}, nil
}

// moment reads a time, or how long before now it was.
func moment(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, misuse("%s takes a time such as 2026-11-22 or 2026-11-22T08:00:00Z, or how long ago it was, such as 90m; got %q", flag, text)
}

// lookAgain is how often --follow looks for more.
const lookAgain = 300 * time.Millisecond

// read gives the records there are, and with --follow those that come.
func (c auditCmd) read(p *process, reader *audit.Reader, give func(*audit.Record) error, flush func() error) error {
	for {
		err := reader.Read(p.ctx, give)
		if c.Follow && errors.Is(err, context.Canceled) {
			return flush()
		}
		if err := errors.Join(err, flush()); err != nil || !c.Follow {
			return err
		}
		select {
		case <-p.ctx.Done():
			return nil
		case <-time.After(lookAgain):
		}
	}
}

// row is a record in a line of the table.
func row(w io.Writer, r *audit.Record) error {
	_, err := fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Time.UTC().Format(time.RFC3339), who(r), r.Action(), about(r), result(r), r.Request)
	return err
}

// who is the principal without what every ARN has, and the end user.
func who(r *audit.Record) string {
	name := r.Identity.ARN
	if parts := strings.SplitN(name, ":", 6); len(parts) == 6 {
		name = parts[4] + ":" + parts[5]
	}
	if person := r.Identity.Person.ID; person != "" {
		name += " for " + person
	}
	return dash(oneLine(name))
}

// about is the most specific resource, without its account and Region.
func about(r *audit.Record) string {
	if len(r.Resources) == 0 {
		return "-"
	}
	arn := r.Resources[len(r.Resources)-1].ARN
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return oneLine(parts[5])
	}
	return oneLine(arn)
}

func result(r *audit.Record) string {
	text := "ok"
	if r.Code != "" {
		text = r.Code
	}
	if a := r.Additional.Authorization; a != nil && !a.Allowed {
		text += " (" + a.Layer + ")"
	}
	return text
}
