package main

import (
	"os"
	"path/filepath"

	"github.com/parleyhq/parley/internal/demo"
)

type demoCmd struct{}

// Run shows what Parley does. It leaves nothing behind.
func (demoCmd) Run(p *process) error {
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
