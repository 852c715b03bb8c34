package op

import "strings"

// ARN is an ARN taken apart.
type ARN struct {
	Partition, Service, Region, Account string

	Path string // whatever follows the account
}

// ParseARN takes an ARN apart; ok is false for what has another form.
func ParseARN(s string) (a ARN, ok bool) {
	rest, ok := strings.CutPrefix(s, "arn:")
	for _, part := range []*string{&a.Partition, &a.Service, &a.Region, &a.Account} {
		if ok {
			*part, rest, ok = strings.Cut(rest, ":")
		}
	}
	if !ok {
		return ARN{}, false
	}
	a.Path = rest
	return a, true
}

// AccountIn is the account that an ARN names; "" for none.
func AccountIn(arn string) string {
	a, _ := ParseARN(arn)
	return a.Account
}
