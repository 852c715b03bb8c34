package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestReadmeTour runs the tour of the README as it stands, every line of it, in
// a copy of the files it names. Only the port is another, so that it can run
// beside a server of the developer's own.
func TestReadmeTour(t *testing.T) {
	needs(t, "AWS CLI that knows qbusiness", "aws", "qbusiness", "list-applications", "--generate-cli-skeleton", "input")
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, tour, begun := strings.Cut(string(readme), "<!-- tour -->")
	tour, _, ended := strings.Cut(tour, "<!-- /tour -->")
	if !begun || !ended {
		t.Fatal("the README has no tour between <!-- tour --> and <!-- /tour -->")
	}
	dir := t.TempDir()
	script := "set -euo pipefail\ntrap 'kill ${SERVER:-} ${HELPDESK:-} 2>/dev/null || true' EXIT\n" + strings.Join(blocks(tour), "\n")
	script = strings.ReplaceAll(script, "make build", ": # built already")
	script = strings.ReplaceAll(script, "bin/parley serve ", "bin/parley serve --metrics= ")
	copyInto(t, dir, "internal/demo/helpdesk.yaml", filepath.Join("..", "demo", "helpdesk.yaml"))
	copyInto(t, dir, "bin/parley", program)

	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second // a server left behind would hold the output open
	cmd.Env = append(os.Environ(), "AWS_PAGER=", "AWS_CONFIG_FILE="+filepath.Join(dir, "none"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"Create a ticket",
		"refused, with exit status 1",
		"Coffee machine leaks",
		"STRING |  True  |  Printer on floor 3 jams",
		`"id":103,"subject":"Printer on floor 3 jams"`,
		"was confirmed before", "sent once, as it should be",
		"Everybody has thirty days of holiday a year.", "The parking garage opens at six.", "That is not talked about here.",
		`{"Version":"2012-10-17","Statement":[{"Sid":"partner"`,
		"not granted yet", `"helpdesk"`, "denied to another tenant", "denied, as it was not granted",
		"because no resource-based policy allows the qbusiness:GetApplication action", "which is exit status 1",
		"revoked", "AccessDeniedException (resource-based policy)",
		"tickets\tCUSTOM\tREADY\tENABLED",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the tour does not print %q", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

// blocks returns the text of the ```sh blocks.
func blocks(markdown string) (all []string) {
	for {
		_, rest, found := strings.Cut(markdown, "```sh\n")
		if !found {
			return all
		}
		block, after, _ := strings.Cut(rest, "```")
		all, markdown = append(all, block), after
	}
}

func copyInto(t *testing.T, dir, name, from string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o755); err != nil {
		t.Fatal(err)
	}
}
