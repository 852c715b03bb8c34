package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// server is a `parley serve` of its own: the same program a user starts, so
// that the demo shows nothing a user would not get.
type server struct {
	cmd      *exec.Cmd
	endpoint string
	data     string
}

// start runs `parley serve` on a data directory and waits for its ready line.
// The server may call those allowed, which are on loopback.
func start(ctx context.Context, program, data, listen string, allowed ...string) (*server, error) {
	log, err := os.OpenFile(filepath.Join(data, "demo-server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, program, "serve", "--data", data, "--listen", listen, "--metrics", "", "--outbound-allow", strings.Join(allowed, ","))
	cmd.Stderr = log
	cmd.Env = []string{"HOME=" + data} // nothing of the user's own configuration
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := ready(out, 10*time.Second); err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		return nil, fmt.Errorf("%w; its log is %s", err, log.Name())
	}
	return &server{cmd: cmd, endpoint: "http://" + listen, data: data}, nil
}

// ready waits for the one line that the server prints when it serves.
func ready(out io.Reader, patience time.Duration) error {
	line := make(chan error, 1)
	go func() {
		text, err := bufio.NewReader(out).ReadString('\n')
		if err == nil && !strings.Contains(text, "ready") {
			err = fmt.Errorf("the server said %q", text)
		}
		line <- err
	}()
	select {
	case err := <-line:
		if err != nil {
			return fmt.Errorf("the server did not become ready: %w", err)
		}
		return nil
	case <-time.After(patience):
		return errors.New("the server did not become ready in time")
	}
}

// kill ends the server the hard way: no clean-up, as in a power cut.
func (s *server) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// FreeAddress finds a loopback port for a server that is yet to start. It is
// none of those that systems hand out by themselves (from 32768 or 49152 on):
// one of these could be another connection's before the server listens.
func FreeAddress() (string, error) {
	const lowest, ports = 15_000, 17_000
	var err error
	for range 100 {
		var l net.Listener
		if l, err = net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(lowest+rand.IntN(ports))); err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", err
}
