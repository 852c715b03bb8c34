package bench

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/session"
)

// grants is a policy of 20 statements, of which the last is the one that allows.
func grants() string {
	var all []string
	for i := range 19 {
		all = append(all, fmt.Sprintf(`{"Effect": "Allow", "Action": ["qbusiness:Get*", "qbusiness:List*"],
			"Resource": "arn:aws:qbusiness:us-east-1:000000000000:application/0b6d8f4e-2f55-4c8e-9a52-0000000000%02d*",
			"Condition": {"StringEquals": {"aws:PrincipalTag/team": "team-%d"}, "Bool": {"aws:SecureTransport": "false"}}}`, i, i))
	}
	all = append(all, `{"Effect": "Allow", "Action": "qbusiness:Get*", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalTag/team": "s*"}}}`)
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(all, ",") + `]}`
}

// share gives the application six statements, as many as its policy can hold.
func share(b *testing.B, addr, app string) {
	b.Helper()
	for i := range 6 {
		call(b, addr, "POST", "/applications/"+app+"/policy", map[string]any{
			"statementId": fmt.Sprint("s", i), "principal": fmt.Sprintf("arn:aws:iam::2222222222%02d:role/p", i), "actions": []string{"qbusiness:GetPlugin"},
		})
	}
}

// BenchmarkGetPluginByRole is BenchmarkGetPlugin for a caller whose policies have
// to be asked: 20 statements of its own, and 6 of the application. It signs with
// a long-term key of the role, or with a session of it.
func BenchmarkGetPluginByRole(b *testing.B) {
	srv, addr := start(b, b.TempDir())
	app := newApplication(b, addr, "bench")
	made := call(b, addr, "POST", "/applications/"+app+"/plugins", json.RawMessage(plugin("tasks", document(2000))))
	share(b, addr, app)
	path := "/applications/" + app + "/plugins/" + made["pluginId"].(string)
	for name, credentials := range roles(b, srv) {
		b.Run(name, func(b *testing.B) {
			request := signed(b, addr, credentials, "GET", path, nil)
			body, _ := exchange(b, addr, request)
			bare := bareServer(b, body)
			same := func(int, int) []byte { return request }
			const turn = 3 * time.Second
			run(b, addr, time.Second, same) // warm
			run(b, bare, time.Second, same)
			for range b.N {
				var ours, theirs []load
				for range rounds {
					ours = append(ours, run(b, addr, turn, same))
					theirs = append(theirs, run(b, bare, turn, same))
				}
				mine, other := median(ours), median(theirs)
				b.ReportMetric(mine.perSecond, "parley-req/s")
				b.ReportMetric(other.perSecond, "bare-req/s")
				b.ReportMetric(mine.perSecond/other.perSecond, "ratio")
				b.ReportMetric(float64(other.cpu)/float64(mine.cpu), "cpu-ratio")
				b.ReportMetric(float64(mine.p99.Microseconds())/1000, "p99-ms")
			}
		})
	}
}

// roles are a long-term key of a role, and a session.
func roles(b *testing.B, srv *assembly.Server) map[string]aws.Credentials {
	b.Helper()
	k, role, secret, err := srv.Principals.Add(b.Context(), "000000000000", "reader", map[string]string{"team": "search"}, principal.Granted{Document: grants()})
	if err != nil {
		b.Fatal(err)
	}
	s, err := srv.Sessions.Mint(session.Grant{Role: role, Name: "bench", Tags: map[string]string{"team": "sales"}, Life: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	return map[string]aws.Credentials{
		"key":     {AccessKeyID: k.ID, SecretAccessKey: secret},
		"session": {AccessKeyID: s.AccessKeyID, SecretAccessKey: s.Secret, SessionToken: s.Token},
	}
}
