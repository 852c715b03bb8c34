package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/parleyhq/parley/internal/demo"
	"github.com/parleyhq/parley/internal/e2e/launch"
)

// TestCLI runs the scripts in cli/ with the unmodified AWS CLI, each against a
// server of its own. Beside testscript's own commands they have:
//
//	capture NAME PATH   sets $NAME to the member of the JSON on stdout
//	json PATH VALUE     the member of the JSON on stdout must be VALUE
//	vanishes COMMAND…   repeats a command until it is refused because there is no such resource
//	becomes PATH VALUE COMMAND…
//	                    repeats a command until the member of the JSON that it prints is VALUE
//
// A PATH is members and indexes joined by dots: items.0.displayName. The server
// of a script with a file server-flags has those flags too.
func TestCLI(t *testing.T) {
	t.Parallel()
	needs(t, "AWS CLI that knows qbusiness", "aws", "qbusiness", "list-applications", "--generate-cli-skeleton", "input")
	testscript.Run(t, testscript.Params{
		Dir:                 "cli",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup:               serve,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"capture": capture, "json": member, "vanishes": vanishes, "becomes": becomes,
		},
	})
}

// serve starts a server for one script, and points the AWS CLI at it.
func serve(env *testscript.Env) error {
	data := filepath.Join(env.WorkDir, ".data")
	buckets := filepath.Join(env.WorkDir, "buckets")
	if err := os.MkdirAll(buckets, 0o755); err != nil {
		return err
	}
	ctx := env.T().(testing.TB).Context()
	helpdesk, err := startHelpdesk(ctx, env.WorkDir)
	if err != nil {
		return err
	}
	env.Setenv("HELPDESK", helpdesk)
	flags, err := os.ReadFile(filepath.Join(env.WorkDir, "server-flags"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	args := append([]string{"--buckets", buckets, "--outbound-allow", helpdesk}, strings.Fields(string(flags))...)
	server, err := launch.Start(ctx, launch.Config{Program: program, Data: data, Args: args})
	if err != nil {
		return err
	}
	env.Defer(func() {
		if err := server.Stop(); err != nil {
			env.T().Fatal(err)
		}
		if lines := server.Errors(); len(lines) > 0 {
			env.T().Fatal(lines)
		}
	})
	for _, pair := range (&site{server: server}).environment() {
		name, value, _ := strings.Cut(pair, "=")
		env.Setenv(name, value)
	}
	env.Setenv("AWS_PAGER", "")
	env.Setenv("PARLEY_DATA", data)
	env.Setenv("TLS_ENDPOINT_URL", server.TLS())
	env.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+env.Getenv("PATH"))
	return nil
}

// startHelpdesk starts the demo's help desk, writes its document to
// helpdesk.yaml in the directory, and returns its URL.
func startHelpdesk(ctx context.Context, dir string) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	demo.StartHelpdesk(ctx, l)
	url := "http://" + l.Addr().String()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/openapi.yaml", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	document, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	return url, os.WriteFile(filepath.Join(dir, "helpdesk.yaml"), document, 0o644)
}

func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATH")
	}
	ts.Setenv(args[0], lookup(ts, args[1]))
}

func member(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: json PATH VALUE")
	}
	if got := lookup(ts, args[0]); (got == args[1]) == neg {
		ts.Fatalf("%s is %q", args[0], got)
	}
}

// lookup walks the JSON on stdout; a member that is absent is "".
func lookup(ts *testscript.TestScript, path string) string {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	for step := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				return ""
			}
			v = at[i]
		}
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func becomes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: becomes PATH VALUE COMMAND...")
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		ts.Check(ts.Exec(args[2], args[3:]...))
		got := lookup(ts, args[0])
		if got == args[1] {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s is still %q", args[0], got)
		}
	}
}

func vanishes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: vanishes COMMAND...")
	}
	for deadline := time.Now().Add(30 * time.Second); ts.Exec(args[0], args[1:]...) == nil; {
		if time.Now().After(deadline) {
			ts.Fatalf("it is still there")
		}
	}
	if said := ts.ReadFile("stderr"); !strings.Contains(said, "ResourceNotFoundException") {
		ts.Fatalf("refused for another reason: %s", said)
	}
}
