package identitycenter

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
)

// ARNs of IAM Identity Center have no Region (service authorization reference).
const (
	ssoPrefix  = "arn:" + op.Partition + ":sso::"
	instanceID = "ssoins-%016x" // of the account's number, which 40 bits hold
)

func instanceOf(account string) string {
	n, err := strconv.ParseUint(account, 10, 64)
	if err != nil {
		return "" // no account has this instance
	}
	return fmt.Sprintf(instanceID, n)
}

// InstanceARN names the instance of an account.
func InstanceARN(account string) string { return ssoPrefix + ":instance/" + instanceOf(account) }

func applicationARN(account, id string) string {
	return ssoPrefix + account + ":application/" + instanceOf(account) + "/" + id
}

func issuerARN(account, id string) string {
	return ssoPrefix + account + ":trustedTokenIssuer/" + instanceOf(account) + "/" + id
}

// parse reads the account and the ID out of the ARN of an application or issuer; ok
// is false for what can be none of ours.
func parse(arn, kind string) (account, id string, ok bool) {
	rest, ok := strings.CutPrefix(arn, ssoPrefix)
	if !ok {
		return "", "", false
	}
	account, rest, _ = strings.Cut(rest, ":")
	id, ok = strings.CutPrefix(rest, kind+"/"+instanceOf(account)+"/")
	return account, id, ok && len(account) == 12 && id != "" && !strings.Contains(id, "/")
}

func parseApplication(arn string) (account, id string, ok bool) { return parse(arn, "application") }

func parseIssuer(arn string) (account, id string, ok bool) { return parse(arn, "trustedTokenIssuer") }

// storeARN names the identity store of an account.
func storeARN(account string) *string { return new(people.StoreARN(account)) }
