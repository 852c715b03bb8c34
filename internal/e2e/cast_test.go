package e2e

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

const (
	homeAccount    = "000000000000"
	partnerAccount = "210987654321"
)

// tool runs parley beside the server, on its state, and returns what it prints.
func (s *site) tool(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, append(args, "--data", s.config.Data)...)
	cmd.Env = []string{"HOME=" + s.config.Data}
	if s.config.Database != "" {
		cmd.Env = append(cmd.Env, "PARLEY_DATABASE_URL="+s.config.Database)
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("parley %s: %v\n%s", strings.Join(args, " "), err, complaint.Bytes())
	}
	return out
}

// keyOf mints a long-term key of a role, which is made if there is none, with an
// identity-based policy; "" is none.
func (s *site) keyOf(t *testing.T, account, role, policy string) aws.Credentials {
	t.Helper()
	args := []string{"principal", "add", "--account", account, "--role", role, "--json"}
	if policy != "" {
		file := filepath.Join(t.TempDir(), "policy.json")
		if err := os.WriteFile(file, []byte(policy), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--policy", file)
	}
	var made struct {
		AccessKey struct {
			AccessKeyID     string `json:"AccessKeyId"`
			SecretAccessKey string
		}
	}
	if err := json.Unmarshal(s.tool(t, args...), &made); err != nil {
		t.Fatal(err)
	}
	return aws.Credentials{AccessKeyID: made.AccessKey.AccessKeyID, SecretAccessKey: made.AccessKey.SecretAccessKey}
}

// query calls an operation of IAM or STS, whose form is that of the query
// protocol, and reads its answer into out.
func (s *site) query(t *testing.T, key aws.Credentials, service, action string, out any, pairs ...string) {
	t.Helper()
	form := url.Values{"Action": {action}, "Version": {map[string]string{"iam": "2010-05-08", "sts": "2011-06-15"}[service]}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	body := []byte(form.Encode())
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.server.Endpoint+"/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	s.sign(t, signing{key: key, service: service, region: launch.Region}, req, body)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && out != nil {
		err = xml.Unmarshal(text, out)
	}
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s:%s: %d %v\n%s", service, action, resp.StatusCode, err, text)
	}
}

// assume begins a session of a role, with one tag or none.
func (s *site) assume(t *testing.T, by aws.Credentials, role, name, tagKey, tagValue string) aws.Credentials {
	t.Helper()
	pairs := []string{"RoleArn", role, "RoleSessionName", name}
	if tagValue != "" {
		pairs = append(pairs, "Tags.member.1.Key", tagKey, "Tags.member.1.Value", tagValue)
	}
	var out struct {
		Result struct {
			Credentials struct {
				AccessKeyID     string `xml:"AccessKeyId"`
				SecretAccessKey string
				SessionToken    string
			}
		} `xml:"AssumeRoleResult"`
	}
	s.query(t, by, "sts", "AssumeRole", &out, pairs...)
	c := out.Result.Credentials
	return aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken}
}
