package permission

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// ofApplication names an application: a tenant and an ID.
type ofApplication struct{ tenant, id string }

// Policies are the statements of an application as requests are decided under
// them: about the application, and about everything below it. Each is a policy
// of its own, in the order of the statements. They are shared and must not be
// changed. An application that is not there has none.
func (s *Service) Policies(ctx context.Context, account, region, id string) ([]*policy.Policy, error) {
	c := op.Caller{Account: account, Region: region}
	return s.policies.Get(ctx, s.DB, ofApplication{c.Tenant(), id}, func(tx *store.Tx) ([]*policy.Policy, error) {
		statements, err := Statements(tx, c.Tenant(), id)
		if err != nil {
			return nil, err
		}
		return s.read(statements, resource(c, id))
	})
}

// read makes policies of statements. One that was kept before check was there,
// and is none, grants nothing.
func (s *Service) read(statements []Statement, arn string) (all []*policy.Policy, err error) {
	for _, st := range statements {
		p, err := s.parsed.get(st, arn)
		if _, unreadable := errors.AsType[*policy.SyntaxError](err); unreadable {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// evaluated is the policy of one statement on an application, for a decision.
func (s Statement) evaluated(arn string) (string, error) {
	f := s.form(arn)
	f.Resource = append(f.Resource, arn+"/*")
	b, err := json.Marshal(policyJSON{Version: policyVersion, Statement: []statementJSON{f}})
	return string(b), err
}

// parse reads a policy that evaluated wrote. What it adds to a statement does
// not count for the statement's size.
func parse(text string) (*policy.Policy, error) {
	return policy.ParseWithin([]byte(text), policy.Resource, 2*MaxPolicy)
}

// check makes sure that a statement can be evaluated, so that none is kept that
// grants nothing.
func (s Statement) check(arn string) error {
	text, err := s.evaluated(arn)
	if err != nil {
		return err
	}
	if _, err := parse(text); err != nil {
		return fault.InvalidField("principal", "this makes no statement of a policy: %v", err)
	}
	return nil
}

// maxParsed bounds the memory of parsed statements to a few megabytes.
const maxParsed = 4096

// parsed remembers the policies of statements by their text. Its zero value is
// ready.
type parsed struct {
	mu   sync.RWMutex
	held map[string]*policy.Policy
}

func (p *parsed) get(s Statement, arn string) (*policy.Policy, error) {
	text, err := s.evaluated(arn)
	if err != nil {
		return nil, err
	}
	p.mu.RLock()
	found := p.held[text]
	p.mu.RUnlock()
	if found != nil {
		return found, nil
	}
	read, err := parse(text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == nil || len(p.held) >= maxParsed {
		p.held = map[string]*policy.Policy{}
	}
	p.held[text] = read
	return read, nil
}
