package principal

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// turnPolicies cuts a page out of the policies that passed: those after the last
// one of the page before.
func (s *Service) turnPolicies(c op.Caller, in *iam.ListPoliciesInput, passed []iam.Policy) ([]iam.Policy, leaf, error) {
	p := paging{in.Marker, in.MaxItems}
	scope := page.ScopeOf(iam.ListPolicies.Route, c, fmt.Sprint(newSieve(in)))
	from, err := s.begin(scope, p, 1)
	if err != nil {
		return nil, leaf{}, err
	}
	slices.SortFunc(passed, func(a, b iam.Policy) int { return strings.Compare(policyOrder(a), policyOrder(b)) })
	passed = slices.DeleteFunc(passed, func(a iam.Policy) bool { return policyOrder(a) <= from[0] })
	size := min(p.size(), len(passed))
	if size == 0 {
		return passed, leafOf(nil), nil
	}
	rest, err := s.end(scope, len(passed) > size, policyOrder(passed[size-1]))
	return passed[:size], rest, err
}

// policyOrder is by what policies are ordered: AWS's first, each by its name.
func policyOrder(p iam.Policy) string {
	if strings.HasPrefix(*p.ARN, awsPrefix) {
		return "a" + fold(*p.PolicyName)
	}
	return "b" + fold(*p.PolicyName)
}

// An entitySieve is what a list of those who have a policy is filtered by.
type entitySieve struct {
	kind    kind // "" for any
	none    bool // a filter that nobody passes: there are no groups
	under   string
	purpose purpose
}

func newEntitySieve(in *iam.ListEntitiesForPolicyInput) entitySieve {
	v := entitySieve{under: pathOf(in.PathPrefix)}
	if in.EntityFilter != nil {
		v.kind = map[iam.EntityType]kind{iam.EntityTypeUser: userKind, iam.EntityTypeRole: roleKind}[*in.EntityFilter]
		v.none = *in.EntityFilter == iam.EntityTypeGroup
	}
	if in.PolicyUsageFilter != nil {
		v.purpose = purposeOf(*in.PolicyUsageFilter)
	}
	return v
}

func (v entitySieve) passes(h holder, e *Entity) bool {
	return !v.none && (v.kind == "" || v.kind == h.kind) && (v.purpose == "" || v.purpose == h.purpose) && strings.HasPrefix(e.Path, v.under)
}

// ListEntitiesForPolicy tells of the users and roles that have a policy.
func (s *Service) ListEntitiesForPolicy(ctx context.Context, c op.Caller, in *iam.ListEntitiesForPolicyInput) (*iam.ListEntitiesForPolicyOutput, error) {
	p, v := paging{in.Marker, in.MaxItems}, newEntitySieve(in)
	scope := page.ScopeOf(iam.ListEntitiesForPolicy.Route, c, in.PolicyARN, fmt.Sprint(v))
	from, err := s.begin(scope, p, 3)
	if err != nil {
		return nil, err
	}
	var found []holding
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if _, ok := awsPolicyOf(in.PolicyARN); !ok {
			if _, err := changeable(c, in.PolicyARN)(tx); err != nil {
				return err
			}
		}
		after := holder{kind: kind(from[0]), key: from[1], purpose: purpose(from[2])}
		found, err = siftHolders(tx, c.Account, in.PolicyARN, after, v, p.size()+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := tell(found[:min(p.size(), len(found))])
	if out.IsTruncated = new(len(found) > p.size()); *out.IsTruncated {
		last := found[p.size()-1]
		out.Marker = new(string)
		*out.Marker, err = s.Pages.Encode(scope, []string{string(last.kind), last.key, string(last.purpose)})
	}
	return out, err
}

// A holding is a user or role that has a policy, read.
type holding struct {
	holder
	entity *Entity
}

// siftHolders reads those who have a policy until so many have passed. Who has it
// for both purposes is told once.
func siftHolders(tx *store.Tx, account, arn string, after holder, v entitySieve, limit int) (passed []holding, err error) {
	last := after
	for {
		read, err := holders(tx, account, arn, after, stretch)
		if err != nil {
			return nil, err
		}
		for _, h := range read {
			i, err := bundle{key: h.key, doc: h.doc, born: h.born}.identity(account, h.kind)
			if err != nil {
				return nil, err
			}
			if v.passes(h, &i.Entity) && (h.kind != last.kind || h.key != last.key) {
				passed, last = append(passed, holding{h, &i.Entity}), h
			}
			if len(passed) == limit {
				return passed, nil
			}
		}
		if len(read) < stretch {
			return passed, nil
		}
		after = read[len(read)-1]
	}
}

// tell names those who have a policy.
func tell(found []holding) *iam.ListEntitiesForPolicyOutput {
	out := &iam.ListEntitiesForPolicyOutput{PolicyGroups: []iam.PolicyGroup{}, PolicyUsers: []iam.PolicyUser{}, PolicyRoles: []iam.PolicyRole{}}
	for _, h := range found {
		if h.kind == userKind {
			out.PolicyUsers = append(out.PolicyUsers, iam.PolicyUser{UserName: &h.entity.Name, UserID: &h.entity.ID})
		} else {
			out.PolicyRoles = append(out.PolicyRoles, iam.PolicyRole{RoleName: &h.entity.Name, RoleID: &h.entity.ID})
		}
	}
	return out
}

// versionID is how requests name a version of a policy.
func versionID(number int64) string { return "v" + strconv.FormatInt(number, 10) }
