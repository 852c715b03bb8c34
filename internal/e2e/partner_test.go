package e2e

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/oidc/oidctest"
)

// TestPartner runs clients/python/partner.py: an outside company gets in by the
// front door, and no other way.
func TestPartner(t *testing.T) {
	t.Parallel()
	needs(t, "boto3 that knows qbusiness", "python3", "-c", `import boto3; assert "qbusiness" in boto3.Session().get_available_services()`)
	script := absolute(t, "clients/python/partner.py")
	onEach(t, func(t *testing.T, database string) {
		issuer := oidctest.New(t)
		s := open(t, database, "--outbound-allow", issuer.URL)
		const password = "correct horse battery staple"
		s.addUser(t, "alice", "alice@customer.example", password)
		token := func(email string) string {
			return issuer.Sign(oidc.Claims{"aud": "tenant-1", "sub": email, "email": email})
		}
		admin := s.keyOf(t, partnerAccount, "admin", `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`)
		s.drives(t, "the front door", "", "python3", script, issuer.URL,
			token("Alice@customer.example"), token("mallory@customer.example"), admin.AccessKeyID, admin.SecretAccessKey, password)
	})
}

// addUser makes a user of the identity store who can sign in on the server's page.
func (s *site) addUser(t *testing.T, name, email, password string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "user", "add", "--user-name", name, "--email", email, "--password-stdin", "--data", s.config.Data)
	cmd.Env = []string{"HOME=" + s.config.Data, "PARLEY_DATABASE_URL=" + s.config.Database}
	cmd.Stdin = strings.NewReader(password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("parley user add: %v\n%s", err, out)
	}
}
