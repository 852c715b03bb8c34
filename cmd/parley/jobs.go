package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/parleyhq/parley/internal/platform/job"
)

type jobsCmd struct {
	state
	Failed bool   `help:"Only those that were given up."`
	Retry  string `placeholder:"ID" help:"Put a failed job back, with all its attempts before it."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run lists jobs, oldest first; what is done is no longer there.
func (c jobsCmd) Run(p *process) error {
	rooms, err := c.open(p)
	if err != nil {
		return err
	}
	defer rooms.Close()
	if c.Retry != "" {
		return rooms.Jobs.Retry(p.ctx, c.Retry)
	}
	var f job.Filter
	if c.Failed {
		f.State = job.Failed
	}
	jobs, err := rooms.Jobs.List(p.ctx, f)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.out, append([]job.Info{}, jobs...))
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKIND\tTENANT\tAPPLICATION\tSTATE\tATTEMPTS\tDUE\tLAST ERROR")
	for _, j := range jobs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\n", j.ID, j.Kind, dash(j.Tenant), dash(j.Application), j.State, j.Attempts, when(j.Due), dash(oneLine(j.LastError)))
	}
	return w.Flush()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func when(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.RFC3339)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
