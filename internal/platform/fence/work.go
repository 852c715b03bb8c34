package fence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/parleyhq/parley/internal/engine/extract"
)

// Work is the life of a child: it reads documents from in and writes what they say
// to out, until in ends. The first thing it does is to confine the process that it
// runs in.
func Work(in io.Reader, out io.Writer) error {
	var s setup
	if err := receive(in, &s); err != nil {
		return fmt.Errorf("no limits were set: %w", err)
	}
	debug.SetMemoryLimit(s.Memory * 3 / 4) // collect hard before the kernel refuses
	if err := confine(s); err != nil {
		return fmt.Errorf("the limits could not be set: %w", err)
	}
	for {
		var r request
		if err := receive(in, &r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := serve(in, out, r); err != nil {
			return err
		}
	}
}

// large is a document after which memory goes back to the system.
const large = 4 << 20

// serve reads one document.
func serve(in io.Reader, out io.Writer, r request) error {
	data, err := body(in, r.Size)
	if err != nil {
		return err
	}
	a, text := answer{}, ""
	d, err := extract.Extract(context.Background(), data, r.Name, r.Type, r.Limits)
	if err == nil {
		text, d.Text = d.Text, ""
		a.Document, a.Size = d, len(text)
	} else if !errors.As(err, &a.Error) {
		return err
	}
	a.CPU = used()
	err = send(out, a, []byte(text))
	if r.Size > large || len(text) > large {
		debug.FreeOSMemory()
	}
	return err
}
