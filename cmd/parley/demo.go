package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/parleyhq/parley/internal/demo"
)

type demoCmd struct {
	Run      demoRunCmd      `cmd:"" default:"1" help:"Show the main job (the default)."`
	Helpdesk demoHelpdeskCmd `cmd:"" help:"Serve the demo's help desk, an API to try plugins on."`
}

type demoRunCmd struct{}

// Run shows what Parley does. It leaves nothing behind.
func (demoRunCmd) Run(p *process) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	return demo.Run(p.ctx, demo.Config{
		Program: program,
		Out:     p.out,
		Now:     p.now,
		Credential: func(dir string) (id, secret string, err error) {
			k, err := readKey(filepath.Join(dir, credentialsFile))
			return k.id, k.secret, err
		},
	})
}

type demoHelpdeskCmd struct {
	Listen string `default:"127.0.0.1:7280" placeholder:"HOST:PORT" help:"Address of the help desk (${default})."`
}

// Help says how to use it.
func (demoHelpdeskCmd) Help() string {
	return `A small API with tickets in memory; GET /openapi.yaml is its description, for create-plugin. A server has to be allowed to call it:

    parley serve --outbound-allow http://127.0.0.1:7280`
}

// Run serves until the process is told to stop.
func (c demoHelpdeskCmd) Run(p *process) error {
	l, err := listen("--listen", c.Listen)
	if err != nil {
		return err
	}
	demo.StartHelpdesk(p.ctx, l)
	fmt.Fprintf(p.out, "the help desk is on http://%s\n", l.Addr())
	<-p.ctx.Done()
	return nil
}
