// Package launch runs the real parley binary for tests: it builds it, starts
// `parley serve` on a data directory, waits for its ready line, and stops or
// kills it.
//
// It knows of the server what a user knows: its flags, the line it prints when
// it is ready, and the credentials and CA files it makes. What to send to the server is
// the caller's business (internal/e2e, internal/e2e/torture).
package launch

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/parleyhq/parley/internal/demo"
)

// Region is the one that started servers answer for.
const Region = "us-east-1"

// patience is how long a server may take to start or to stop.
const patience = 30 * time.Second

// Build compiles the binary into dir and returns its path.
func Build(dir string) (string, error) {
	program := filepath.Join(dir, "parley")
	out, err := exec.Command("go", "build", "-o", program, "github.com/parleyhq/parley/cmd/parley").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return program, nil
}

// Config says how to start a server.
type Config struct {
	Program  string   // from Build
	Data     string   // the data directory
	Database string   // a PostgreSQL URL; empty: the embedded store
	Listen   string   // host:port; empty: a free loopback port
	Args     []string // further flags of serve
	Env      []string // further variables; nothing is inherited
}

// Server is a `parley serve` that is ready.
type Server struct {
	Endpoint string // http://host:port
	Listen   string
	Data     string
	Key      aws.Credentials // of the root of the server's account

	cmd    *exec.Cmd
	log    *transcript
	exited chan error
	killed bool
}

// Start starts a server and waits until it is ready. On error nothing is left
// running, and the error carries what the server said.
func Start(ctx context.Context, c Config) (*Server, error) {
	if c.Listen == "" {
		var err error
		if c.Listen, err = demo.FreeAddress(); err != nil {
			return nil, err
		}
	}
	s := &Server{
		Endpoint: "http://" + c.Listen, Listen: c.Listen, Data: c.Data,
		cmd: exec.Command(c.Program, arguments(c)...), log: &transcript{}, exited: make(chan error, 1),
	}
	s.cmd.Env = environment(c)
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := s.becomeReady(ctx, out); err != nil {
		s.Kill()
		return nil, fmt.Errorf("%w; its log:\n%s", err, s.Log())
	}
	return s, nil
}

func arguments(c Config) []string {
	args := []string{"serve", "--data", c.Data, "--listen", c.Listen, "--metrics", ""}
	return append(args, c.Args...)
}

// environment is nothing of the user's own configuration.
func environment(c Config) []string {
	env := []string{"HOME=" + c.Data}
	if c.Database != "" {
		env = append(env, "PARLEY_DATABASE_URL="+c.Database)
	}
	return append(env, c.Env...)
}

// becomeReady waits for the ready line, then reads the credentials. What the
// server prints later is drained, and its end is noted.
func (s *Server) becomeReady(ctx context.Context, out io.Reader) error {
	ready := make(chan error, 1)
	go func() {
		lines := bufio.NewReader(out)
		text, err := lines.ReadString('\n')
		if err == nil && !strings.Contains(text, "ready") {
			err = fmt.Errorf("the server said %q", text)
		}
		ready <- err
		io.Copy(io.Discard, lines)
		s.exited <- s.cmd.Wait()
	}()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case err := <-ready:
		if err != nil {
			return fmt.Errorf("the server did not become ready: %w", err)
		}
	case <-ctx.Done():
		return fmt.Errorf("the server did not become ready: %w", ctx.Err())
	}
	key, err := Credentials(ctx, filepath.Join(s.Data, "credentials"))
	s.Key = key
	return err
}

// Credentials reads the default profile of a shared credentials file, as every
// SDK does.
func Credentials(ctx context.Context, file string) (aws.Credentials, error) {
	profile, err := config.LoadSharedConfigProfile(ctx, "default", func(o *config.LoadSharedConfigOptions) {
		o.CredentialsFiles = []string{file}
		o.ConfigFiles = []string{}
	})
	return profile.Credentials, err
}

// Kill ends the server as a power cut would, and waits until it is gone. It
// may be called again.
func (s *Server) Kill() {
	s.killed = true
	s.cmd.Process.Kill()
	s.wait()
}

// Freeze keeps the server from running, as a machine does that is out of memory,
// until Thaw.
func (s *Server) Freeze() error { return s.cmd.Process.Signal(syscall.SIGSTOP) }

// Thaw lets a server go on that was frozen.
func (s *Server) Thaw() error { return s.cmd.Process.Signal(syscall.SIGCONT) }

// Stop asks the server to end, and returns an error when it does not do so
// cleanly. It has nothing to say of a server that was killed.
func (s *Server) Stop() error {
	if s.killed {
		return nil
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-s.exited:
		s.exited <- err
		return err
	case <-time.After(patience):
		s.Kill()
		return fmt.Errorf("the server did not stop within %s; its log:\n%s", patience, s.Log())
	}
}

// wait leaves the outcome in place for the next caller.
func (s *Server) wait() {
	err := <-s.exited
	s.exited <- err
}

// TLS is the endpoint with TLS: the same port.
func (s *Server) TLS() string { return "https://" + s.Listen }

// CA is the file of the CA that clients of TLS have to trust.
func (s *Server) CA() string { return filepath.Join(s.Data, "tls", "ca.pem") }

// Resident is how much memory the server has, in bytes (of Linux).
func (s *Server) Resident() (int, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	var size, resident int // pages
	_, err = fmt.Sscan(string(b), &size, &resident)
	return resident * os.Getpagesize(), err
}

// Spent is how much of the processors the server has had (of Linux), to a
// hundredth of a second.
func (s *Server) Spent() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(b), ") ") // after the name
	var skip string
	var user, system int64 // ticks
	_, err = fmt.Sscan(rest, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &skip, &user, &system)
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

// Log is everything the server wrote to its log so far.
func (s *Server) Log() string { return s.log.String() }

// Errors are the log's lines of level error.
func (s *Server) Errors() []string {
	var errors []string
	for line := range strings.Lines(s.Log()) {
		if strings.Contains(line, "level=ERROR") {
			errors = append(errors, line)
		}
	}
	return errors
}
