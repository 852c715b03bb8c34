package e2e

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/e2e/launch"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

// TestBoto3 runs clients/python/families.py, neighbours.py and talk.py.
func TestBoto3(t *testing.T) {
	t.Parallel()
	needs(t, "boto3 that knows qbusiness", "python3", "-c", `import boto3; assert "qbusiness" in boto3.Session().get_available_services()`)
	families, neighbours, talk := absolute(t, "clients/python/families.py"), absolute(t, "clients/python/neighbours.py"), absolute(t, "clients/python/talk.py")
	each(t, func(t *testing.T, s *site) {
		s.drives(t, "all families", "", "python3", families, absolute(t, "testdata/tickets.yaml"))
		s.drives(t, "an error of OAuth", "", "python3", neighbours)
	})
	onEach(t, func(t *testing.T, database string) {
		w := twoDesks(t, database)
		w.drives(t, "the whole talk", "", "python3", talk, w.open, w.guarded, w.secret)
	})
}

// TestJavaScript runs clients/node/families.mjs and talk.mjs.
func TestJavaScript(t *testing.T) {
	t.Parallel()
	dir := nodeProject(t, "families.mjs", "talk.mjs")
	each(t, func(t *testing.T, s *site) {
		s.drives(t, "all families", dir, "node", "families.mjs", absolute(t, "testdata/tickets.yaml"))
	})
	onEach(t, func(t *testing.T, database string) {
		w := twoDesks(t, database)
		w.drives(t, "the whole talk", dir, "node", "talk.mjs", w.open, w.guarded, w.site.secret(t, "desk", w.secret))
	})
}

// nodeProject is a directory with scripts of clients/node and the SDK that their
// lock file names, installed outside the tree.
func nodeProject(t *testing.T, scripts ...string) string {
	t.Helper()
	needs(t, "Node and npm", "npm", "--version")
	needs(t, "Node and npm", "node", "--version")
	dir := t.TempDir()
	for _, name := range append([]string{"package.json", "package-lock.json", ".npmrc"}, scripts...) {
		b, err := os.ReadFile(filepath.Join("clients/node", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, complaint, err := output(t.Context(), dir, os.Environ(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, complaint)
	}
	return dir
}

// desks are what a client script talks with: files with the documents of a desk
// that admits everybody and of one that wants a sign-in, and the latter's client
// secret.
type desks struct {
	*site

	open, guarded, secret string
}

func twoDesks(t *testing.T, database string) desks {
	t.Helper()
	d, locked, o := newDesk(t), newDesk(t), oauthtest.New(t)
	locked.behind(o)
	s := open(t, database, "--outbound-allow", d.URL+","+locked.URL+","+o.URL)
	o.Redirect = s.server.Endpoint + "/oauth/callback"
	s.role(t)
	return desks{s, file(t, d.document(t, "")), file(t, locked.document(t, oauthSecurity(o))), o.Secret()}
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// needs skips the test when a tool is not on this machine. In CI that fails:
// there nothing is skipped.
func needs(t *testing.T, what string, probe ...string) {
	t.Helper()
	_, complaint, err := output(t.Context(), "", os.Environ(), probe...)
	switch {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("this machine has no %s, and CI skips nothing: %v\n%s", what, err, complaint)
	default:
		t.Skipf("this machine has no %s (%s: %v)", what, probe[0], err)
	}
}

// drives runs a client script against the site. It must print "ok" lines only,
// the last of them with that end, and exit with status 0. What it says on
// standard error is shown when it fails.
func (s *site) drives(t *testing.T, end, dir string, command ...string) {
	t.Helper()
	out, complaint, err := output(t.Context(), dir, append(ambient(), s.environment()...), command...)
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", command[0], err, out, complaint)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for _, line := range lines {
		if !strings.HasPrefix(line, "ok ") {
			t.Errorf("it says %q", line)
		}
	}
	if last := lines[len(lines)-1]; !strings.HasSuffix(last, end) {
		t.Errorf("it did not come to its end, but to %q", last)
	}
	t.Logf("%d checks; %s", len(lines), lines[len(lines)-1])
}

// environment is how the server tells a user to configure any AWS client. Models
// of services that the machine gives its clients beside their own stay.
func (s *site) environment() []string {
	endpoint := []string{"AWS_ENDPOINT_URL=" + s.server.Endpoint}
	if s.tls {
		endpoint = []string{"AWS_ENDPOINT_URL=" + s.server.TLS(), "AWS_CA_BUNDLE=" + s.server.CA(), "NODE_EXTRA_CA_CERTS=" + s.server.CA()}
	}
	return append(endpoint,
		"AWS_DATA_PATH="+os.Getenv("AWS_DATA_PATH"),
		"AWS_REGION="+launch.Region, "AWS_DEFAULT_REGION="+launch.Region,
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(s.server.Data, "credentials"),
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1")
}

// ambient is the environment of the tests without anything that is AWS's.
func ambient() []string {
	return slices.DeleteFunc(os.Environ(), func(pair string) bool { return strings.HasPrefix(pair, "AWS_") })
}

// output runs one command for at most two minutes, and returns what it wrote to
// standard output and standard error.
func output(ctx context.Context, dir string, env []string, command ...string) (out, complaint string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
