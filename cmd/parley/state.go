package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/platform/store"
)

// storeFile is the embedded store in a data directory.
const storeFile = "parley.db"

// state says where the state is: the flags that serve and the tools share.
type state struct {
	Data        string `default:"./parley-data" env:"PARLEY_DATA" placeholder:"DIR" help:"Directory of the embedded store, the master key and the root credential (${default})."`
	DatabaseURL string `name:"database-url" aliases:"database" env:"PARLEY_DATABASE_URL" placeholder:"URL" help:"Keep the state in this PostgreSQL (postgres://user@host/database) instead of the embedded store. Prefer the environment variable: it may hold a password."`
}

// config is the state's part of an assembly.Config. The master key comes from
// the environment alone: arguments are there for everybody to see.
func (s state) config(p *process, log *slog.Logger) assembly.State {
	return assembly.State{
		Dir: s.Data, URL: s.DatabaseURL, MasterKey: p.env("PARLEY_MASTER_KEY"),
		Now: p.now, Log: log,
	}
}

// open opens the state for a tool, beside a server that may be running.
func (s state) open(p *process) (*assembly.Rooms, error) {
	if err := s.exists(); err != nil {
		return nil, err
	}
	return assembly.Open(p.ctx, s.config(p, quiet(p)))
}

// store is open without the master key, for tools that do not need it.
func (s state) store(p *process) (*store.DB, error) {
	if err := s.exists(); err != nil {
		return nil, err
	}
	return store.Open(p.ctx, store.Config{Dir: s.Data, URL: s.DatabaseURL, Now: p.now, Log: quiet(p)})
}

// exists keeps a tool from making a new store where the user meant another.
func (s state) exists() error {
	if s.DatabaseURL != "" {
		return s.checkURL()
	}
	_, err := os.Stat(filepath.Join(s.Data, storeFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no store in %s: name the server's directory with --data, or start one with \"parley serve\"", s.Data)
	case err != nil:
		return fmt.Errorf("the store in %s cannot be used: %w", s.Data, err)
	}
	return nil
}

// checkURL refuses what names no PostgreSQL. It does not repeat the URL: it may have
// a password in it.
func (s state) checkURL() error {
	if s.DatabaseURL == "" || strings.HasPrefix(s.DatabaseURL, "postgres://") || strings.HasPrefix(s.DatabaseURL, "postgresql://") {
		return nil
	}
	return misuse("--database-url (PARLEY_DATABASE_URL) takes a URL such as postgres://user@host:5432/database")
}

// quiet is the log of a tool: what is worth a warning.
func quiet(p *process) *slog.Logger {
	return slog.New(slog.NewTextHandler(p.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
