package session

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// maxPolicyARNs bounds the managed policies of a session (AssumeRole, PolicyArns).
const maxPolicyARNs = 10

// limits reads the session policies that a request passes: a document, and ARNs of
// managed policies. What those say is read when the session is used: they may
// change while it lives.
func (s *Service) limits(ctx context.Context, roleARN string, inline *string, managed []sts.PolicyDescriptorType) (limits []string, err error) {
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
	for _, p := range managed {
		if p.ARN == nil {
			return nil, fault.InvalidField("PolicyArns", "every member has an arn")
		}
		if err := s.checkManaged(ctx, roleARN, *p.ARN); err != nil {
			return nil, err
		}
		limits = append(limits, *p.ARN)
	}
	return limits, nil
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

// checkManaged refuses what is no managed policy of the role's account, or of AWS.
func (s *Service) checkManaged(ctx context.Context, roleARN, arn string) error {
	account, _ := accountIn(roleARN)
	own := strings.HasPrefix(arn, "arn:"+op.Partition+":iam::"+account+":policy/")
	if !own && !strings.HasPrefix(arn, "arn:"+op.Partition+":iam::aws:policy/") {
		return fault.InvalidField("PolicyArns", "takes managed policies of the role's account, and of AWS; got %q", arn)
	}
	_, found, err := s.Principals.Tags(ctx, arn)
	if err == nil && !found {
		err = fault.InvalidField("PolicyArns", "there is no policy %q", arn)
	}
	return err
}

// accountIn is the account of a role's ARN.
func accountIn(roleARN string) (account string, ok bool) {
	parts := strings.SplitN(roleARN, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" || !strings.HasPrefix(parts[5], "role/") {
		return "", false
	}
	return parts[4], true
}
