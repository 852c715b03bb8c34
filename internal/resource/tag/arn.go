package tag

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/op"
)

// address is a resource's ARN taken apart. Every taggable resource is an
// application or below one.
type address struct {
	partition, service, region, account string

	path string   // as in the ARN: application/A/plugin/P
	kind string   // the path without its ids: application/plugin
	ids  []string // A, P
}

// parse reads arn:partition:service:region:account:path. ok is false when arn
// does not have this form; a path that no resource of ours can have leaves kind
// empty.
func parse(arn string) (a address, ok bool) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[1] == "" || parts[2] == "" || parts[5] == "" {
		return address{}, false
	}
	if !utf8.ValidString(arn) || strings.ContainsFunc(arn, unicode.IsControl) {
		return address{}, false
	}
	a = address{partition: parts[1], service: parts[2], region: parts[3], account: parts[4], path: parts[5]}
	steps := strings.Split(a.path, "/")
	if len(steps)%2 != 0 {
		return a, true
	}
	for i := 0; i < len(steps); i += 2 {
		a.kind += "/" + steps[i]
		a.ids = append(a.ids, steps[i+1])
	}
	a.kind = a.kind[1:]
	return a, true
}

// isOf reports whether the caller's account and Region own the resource.
func (a address) isOf(c op.Caller) bool {
	return a.partition == op.Partition && a.service == "qbusiness" && a.region == c.Region && a.account == c.Owns()
}

// key is where the resource's tags are kept.
func (a address) key() key {
	k := key{tenant: op.Caller{Account: a.account, Region: a.region}.Tenant(), path: a.path}
	if len(a.ids) > 0 {
		k.application = a.ids[0]
	}
	return k
}

// typeName is what errors call the resource: plugin, data-source.
func (a address) typeName() string {
	return a.kind[strings.LastIndexByte(a.kind, '/')+1:]
}
