package e2e

import (
	"os/exec"
	"testing"
)

// TestLibrary runs clients/python/library.py: documents are put and connected, and
// two people find different things.
func TestLibrary(t *testing.T) {
	t.Parallel()
	needs(t, "boto3 that knows qbusiness", "python3", "-c", `import boto3; assert "qbusiness" in boto3.Session().get_available_services()`)
	script := absolute(t, "clients/python/library.py")
	onEach(t, func(t *testing.T, database string) {
		buckets, folder := t.TempDir(), t.TempDir()
		s := open(t, database, "--buckets", buckets, "--folders", folder, "--trust-unknown-roles")
		s.drives(t, "the library", "", "python3", script, buckets, folder, s.token(t, "anna@example.com"), s.token(t, "ben@example.com"))
	})
}

// token mints a session that speaks for a person, as JSON.
func (s *site) token(t *testing.T, address string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "user", "token", "--user", address, "--json", "--data", s.config.Data)
	cmd.Env = []string{"HOME=" + s.config.Data, "PARLEY_DATABASE_URL=" + s.config.Database}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("parley user token: %v", err)
	}
	return string(out)
}
