package secretstore

import (
	"strings"

	"github.com/parleyhq/parley/internal/core/op"
)

// service is the name of Secrets Manager in an ARN.
const service = "secretsmanager"

// arn is that of a secret of the tenant, which is account:region.
func (s *Secret) arn(tenant string) *string {
	account, region, _ := strings.Cut(tenant, ":")
	arn := "arn:" + op.Partition + ":" + service + ":" + region + ":" + account + ":secret:" + s.id()
	return &arn
}

// local is the last part of a secret's ARN, when it is of the tenant: the name
// with the six characters, or without them in a partial ARN.
func local(tenant, arn string) (resource string, ok bool) {
	account, region, _ := strings.Cut(tenant, ":")
	return strings.CutPrefix(arn, "arn:"+op.Partition+":"+service+":"+region+":"+account+":secret:")
}

// isARN reports whether a SecretId is meant as an ARN: no name has a colon.
func isARN(secretID string) bool { return strings.HasPrefix(secretID, "arn:") }

// cutSuffix takes the six characters at random off the last part of an ARN. It
// cannot know whether they are that, or the end of a name.
func cutSuffix(resource string) (name, suffix string, ok bool) {
	at := len(resource) - suffixLength - 1
	if at < 1 || resource[at] != '-' {
		return "", "", false
	}
	return resource[:at], resource[at+1:], true
}
