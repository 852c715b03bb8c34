package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/resource/principal"
)

type policyExplainCmd struct {
	state
	asked
	Principal string   `xor:"who" required:"" placeholder:"ARN" help:"Who asks: ARN of a user, of a role, or of the session of one."`
	AccessKey string   `xor:"who" required:"" name:"access-key" placeholder:"ID" help:"Who asks: the ID of a long-term access key."`
	Tags      []string `name:"tag" sep:"none" placeholder:"KEY=VALUE" help:"A tag of the session, over those of the role; repeat for more."`
	Region    string   `default:"us-east-1" env:"PARLEY_REGION" placeholder:"REGION" help:"Region that the request is sent to, where the resource names none (${default})."`
}

// Help says what the one-line help cannot.
func (policyExplainCmd) Help() string {
	return `It reads the policies of users, roles and applications from the server's store, decides as the server would now, and prints the decision, what decided, and of each statement whether it applied. Condition keys that only a request has, such as aws:SourceIp or those of a session, are absent unless --context gives them.

` + exitMeaning
}

// Run decides and prints why.
func (c policyExplainCmd) Run(p *process) error {
	if err := c.check(); err != nil {
		return err
	}
	tags, err := pairs(c.Tags)
	if err != nil {
		return err
	}
	rooms, err := c.open(p)
	if err != nil {
		return err
	}
	defer rooms.Close()
	who, err := c.caller(p.ctx, rooms)
	if err != nil {
		return err
	}
	who.Tags = over(who.Tags, tags)
	who.Region = cmp.Or(part(c.Resource[0], 3), firstOf(c.Region))
	request := policy.Request{Principal: principal.Who(who), Action: c.Action, Context: principal.Keys(who)}
	all, err := gather(p.ctx, rooms, who)
	if err != nil {
		return err
	}
	if request.Targets, err = c.find(p.ctx, rooms, who, all); err != nil {
		return err
	}
	now := p.now().UTC()
	request.Context.Set("aws:CurrentTime", now.Format("2006-01-02T15:04:05Z"))
	request.Context.Set("aws:EpochTime", strconv.FormatInt(now.Unix(), 10))
	if err := c.context(&request.Context); err != nil {
		return err
	}
	return tell(p, c.JSON, all, &request)
}

// firstOf is the usual one of the Regions that PARLEY_REGION lists for a server.
func firstOf(regions string) string {
	first, _, _ := strings.Cut(regions, ",")
	return first
}

// over are the tags of a role with those of a session over them.
func over(tags, more map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, tags)
	maps.Copy(all, more)
	return all
}

// caller is who asks.
func (c policyExplainCmd) caller(ctx context.Context, rooms *assembly.Rooms) (op.Caller, error) {
	if c.AccessKey == "" {
		who, found, err := rooms.Principals.Caller(ctx, c.Principal)
		if err == nil && !found {
			err = fmt.Errorf("there is no user or role %s: \"aws iam list-roles\" and \"aws iam list-users\" name those there are", c.Principal)
		}
		return who, err
	}
	if strings.HasPrefix(c.AccessKey, "ASIA") {
		return op.Caller{}, misuse("temporary access keys are not kept: give the role or the session with --principal, and its tags with --tag")
	}
	who, _, found, err := rooms.Principals.Find(ctx, c.AccessKey)
	if err == nil && !found {
		err = fmt.Errorf("there is no active access key %s of a user or role; the root credential may do everything in its account", c.AccessKey)
	}
	return who, err
}

// gather are the policies that speak for a caller, with their names.
func gather(ctx context.Context, rooms *assembly.Rooms, who op.Caller) (*policies, error) {
	set, err := rooms.Principals.Grants(ctx, who)
	if err != nil {
		return nil, err
	}
	names, boundary, err := rooms.Principals.PolicyNames(ctx, who)
	return &policies{set, map[policy.Layer][]string{policy.IdentityBasedPolicy: names, policy.PermissionsBoundary: {boundary}}}, err
}

// find are the resources with their tags, and the policies of the application
// that they are, or are below, or of the role.
func (c policyExplainCmd) find(ctx context.Context, rooms *assembly.Rooms, who op.Caller, all *policies) ([]policy.Target, error) {
	targets, facts := c.targets(), rooms.Facts()
	for i := range targets {
		t, service := &targets[i], part(targets[i].ARN, 2)
		var err error
		if full := facts.Names[service]; full != nil {
			if t.ARN, err = full(ctx, t.ARN); err != nil {
				return nil, err
			}
		}
		if tags := facts.Tags[service]; tags != nil {
			held, err := tags(ctx, t.ARN)
			if err != nil {
				return nil, err
			}
			for k, v := range held {
				t.Context.Set("aws:ResourceTag/"+k, v)
			}
		}
		switch {
		case service == "qbusiness":
			err = all.stating(ctx, facts, who.Region, *t)
		case service == "iam" && strings.HasPrefix(c.Action, "sts:"):
			err = all.trusting(ctx, rooms, t.ARN)
		}
		if err != nil {
			return nil, err
		}
	}
	return targets, nil
}

// stating puts the policies of an application beside the others, which are those
// of everything below it.
func (all *policies) stating(ctx context.Context, facts access.Facts, region string, t policy.Target) (err error) {
	application, ok := strings.CutPrefix(part(t.ARN, 5), "application/")
	if !ok || all.Resource != nil {
		return nil
	}
	id, _, _ := strings.Cut(application, "/")
	all.Resource, err = facts.Statements(ctx, t.Account, region, id)
	return err
}

// trusting puts the trust policy of a role beside the policies of who asks for a
// session of it: both have to allow that.
func (all *policies) trusting(ctx context.Context, rooms *assembly.Rooms, arn string) error {
	role, found, err := rooms.Principals.Role(ctx, arn)
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("there is no role %s: \"aws iam list-roles\" names those there are", arn)
	}
	trust, err := role.TrustPolicy()
	all.Resource, all.Trust = []*policy.Policy{trust}, true
	all.names[policy.RoleTrustPolicy] = []string{"of " + role.Name}
	return err
}
