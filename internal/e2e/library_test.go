package e2e

import "testing"

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
	return string(s.tool(t, "user", "token", "--user", address, "--json"))
}
