package session

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// maxPolicyARNs bounds the managed policies of a session (AssumeRole, PolicyArns).
const maxPolicyARNs = 10

// limits reads the session policies that a request passes: a document, and ARNs of
// managed policies. What those say is read when the session is used: they may
// change while it lives.
func limits(roleARN string, inline *string, managed []sts.PolicyDescriptorType) (limits []string, err error) {
	if inline != nil {
		document, err := sessionPolicy(*inline)
		if err != nil {
			return nil, err
		}
		limits = append(limits, document)
	}
	if len(managed) > maxPolicyARNs {
		return nil, fault.InvalidField("PolicyArns", "takes %d ARNs at most; got %d", maxPolicyARNs, len(managed))
	}
	account, _ := accountIn(roleARN)
	for _, p := range managed {
		switch {
		case p.ARN == nil:
			return nil, fault.InvalidField("PolicyArns", "every member has an arn")
		case !isManaged(*p.ARN, account):
			return nil, fault.InvalidField("PolicyArns", "takes managed policies of the role's account, and of AWS; got %q", *p.ARN)
		}
		limits = append(limits, *p.ARN)
	}
	return limits, nil
}

// isManaged reports whether an ARN is of a managed policy of the account or of AWS.
func isManaged(arn, account string) bool {
	rest, ok := strings.CutPrefix(arn, "arn:"+op.Partition+":iam::")
	owner, name, _ := strings.Cut(rest, ":policy/")
	return ok && name != "" && (owner == account || owner == "aws")
}

// sessionPolicy checks a document, and leaves out the space that it does not need.
func sessionPolicy(document string) (string, error) {
	if _, err := policy.ParseWithin([]byte(document), policy.Session, maxPacked); err != nil {
		return "", answer(malformedPolicy, "%v", err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(document)); err != nil {
		return "", answer(malformedPolicy, "%v", err)
	}
	return b.String(), nil
}

// checkManaged refuses managed policies that are not there. Only who may assume the
// role learns it.
func (s *Service) checkManaged(ctx context.Context, role principal.Role, limits []string) error {
	owner := op.Caller{Account: role.Account, Principal: role.ARN()}
	for _, limit := range limits {
		if !strings.HasPrefix(limit, "arn:") {
			continue
		}
		_, err := s.Principals.GetPolicy(ctx, owner, &iam.GetPolicyInput{PolicyARN: limit})
		switch f := fault.As(err); {
		case f != nil && f.Code == noSuchEntity:
			return fault.InvalidField("PolicyArns", "there is no policy %q", limit)
		case err != nil:
			return err
		}
	}
	return nil
}

// accountIn is the account of a role's ARN.
func accountIn(roleARN string) (account string, ok bool) {
	a, _ := op.ParseARN(roleARN)
	if a.Service != "iam" || !strings.HasPrefix(a.Path, "role/") {
		return "", false
	}
	return a.Account, true
}
