package main

import (
	"io"
	"log/slog"
)

type logFlags struct {
	Level  slog.Level `default:"info" env:"PARLEY_LOG_LEVEL" placeholder:"LEVEL" help:"What to log at least: debug, info, warn or error (${default}). At info, each request is a line."`
	Format string     `default:"text" enum:"text,json" env:"PARLEY_LOG_FORMAT" placeholder:"FORMAT" help:"text or json (${default})."`
}

// open makes the log.
func (f logFlags) open(w io.Writer) *slog.Logger {
	o := &slog.HandlerOptions{Level: f.Level}
	if f.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
