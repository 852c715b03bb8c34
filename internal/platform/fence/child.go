package fence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/parleyhq/parley/internal/engine/extract"
)

// child is a process that reads documents, one at a time.
type child struct {
	config Config
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	stderr head
	ended  chan struct{} // closed when the process is gone

	timer *time.Timer   // that ends it when it is idle for long
	cpu   time.Duration // that it had used after the last document
	count int           // of documents
	worn  bool          // it is to be replaced
}

// lifetime is the processor time after which the kernel ends a child. One that has
// used half of it is replaced, so every document has the other half.
func lifetime(c Config) time.Duration { return 2 * c.CPU }

// start starts a child and tells it its limits.
func (f *Fence) start() (*child, error) {
	cmd := exec.Command(f.config.Program, f.config.Args...) //nolint:gosec,noctx // the program is the operator's; the child outlives the document
	cmd.Env = []string{}                                    // not nil, which would be ours
	c := &child{config: f.config, cmd: cmd, ended: make(chan struct{})}
	cmd.Stderr = &c.stderr
	var err error
	if c.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if c.out, err = cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := send(c.in, setup{Memory: f.config.Memory, CPU: lifetime(f.config)}, nil); err != nil {
		c.kill()
		c.wait()
		return nil, fmt.Errorf("the process ended at once: %w", err)
	}
	return c, nil
}

// read has the child read a document. A *breakage means that the child is gone.
func (c *child) read(ctx context.Context, r request, data []byte) (*extract.Document, error) {
	var late atomic.Bool
	limit := time.AfterFunc(c.config.Time, func() { late.Store(true); c.kill() })
	stop := context.AfterFunc(ctx, c.kill)

	a, text, err := c.exchange(r, data)
	if err != nil {
		c.kill()
		c.wait()
		return nil, c.explain(late.Load(), err)
	}
	intact := limit.Stop() && stop()
	c.count++
	c.cpu = a.CPU
	c.worn = !intact || c.cpu > c.config.CPU || c.count >= mostDocuments
	if a.Error != nil {
		return nil, a.Error
	}
	a.Document.Text = text
	return a.Document, nil
}

// mostDocuments is after how many a child is replaced.
const mostDocuments = 1000

// exchange sends the document and receives what it says.
func (c *child) exchange(r request, data []byte) (answer, string, error) {
	if err := send(c.in, r, data); err != nil {
		return answer{}, "", err
	}
	var a answer
	if err := receive(c.out, &a); err != nil {
		return answer{}, "", err
	}
	if (a.Document == nil) == (a.Error == nil) || a.Size < 0 || int64(a.Size) > mostText(r.Limits) {
		return answer{}, "", errors.New("an answer that is none")
	}
	text, err := body(c.out, a.Size)
	if err == nil && a.Document != nil && !within(a.Document.Blocks, len(text)) {
		err = errors.New("blocks outside of the text")
	}
	return a, string(text), err
}

func mostText(l extract.Limits) int64 {
	if l.Text > 0 {
		return l.Text
	}
	return extract.DefaultLimits().Text
}

// within reports whether blocks are parts of a text, in order.
func within(blocks []extract.Block, size int) bool {
	at := 0
	for _, b := range blocks {
		if b.Begin < at || b.End < b.Begin || b.End > size {
			return false
		}
		at = b.End
	}
	return true
}

// kill ends the process now.
func (c *child) kill() {
	_ = c.cmd.Process.Kill() // it may be gone already
}

// wait waits until the process is gone.
func (c *child) wait() {
	select {
	case <-c.ended:
		return
	default:
	}
	_ = c.cmd.Wait() // how it ended is in its state
	close(c.ended)
}

// dismiss lets the process end by itself; one that does not is killed.
func (c *child) dismiss() {
	_ = c.in.Close()
	last := time.AfterFunc(patience, c.kill)
	go func() {
		c.wait()
		last.Stop()
	}()
}

const patience = 5 * time.Second
