package bench

import (
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
