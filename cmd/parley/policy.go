package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/parleyhq/parley/internal/engine/policy"
)

type policyCmd struct {
	Simulate policySimulateCmd `cmd:"" help:"Decide a request under policies in files, without a server, and say why."`
	Explain  policyExplainCmd  `cmd:"" help:"Decide a request under the policies of a server as they are now, and say why."`
}

// asked is what both commands are asked.
type asked struct {
	Action   string   `required:"" placeholder:"SERVICE:NAME" help:"The action, such as qbusiness:GetPlugin."`
	Resource []string `default:"*" sep:"none" placeholder:"ARN" help:"The resource (*: an action that has none); repeat where more are asked about, as an application and its plugin: all have to be allowed."`
	Context  []string `sep:"none" placeholder:"KEY=VALUE" help:"A condition key of the request, such as aws:SourceIp=192.0.2.7; repeat for more, also for more values of one."`
	JSON     bool     `name:"json" help:"Print JSON."`
}

// exitMeaning is what the help of both says.
const exitMeaning = `The exit status is 0 when the request would be allowed, 1 when it would be denied, 2 when it could not be decided.`

// check refuses what can be no request.
func (a asked) check() error {
	service, name, ok := strings.Cut(a.Action, ":")
	if !ok || service == "" || name == "" || strings.ContainsAny(a.Action, "*?") {
		return misuse("--action takes one action, such as qbusiness:GetPlugin; got %q", a.Action)
	}
	for _, arn := range a.Resource {
		if arn != "*" && part(arn, 5) == "" {
			return misuse("--resource takes an ARN, such as arn:aws:qbusiness:us-east-1:111122223333:application/ID, or *; got %q", arn)
		}
	}
	return nil
}

// targets are the resources.
func (a asked) targets() (all []policy.Target) {
	for _, arn := range a.Resource {
		all = append(all, policy.Target{ARN: arn, Account: accountOf(arn)})
	}
	return all
}

// context sets the keys that were given over those that c has.
func (a asked) context(c *policy.Context) error {
	given := map[string][]string{}
	var order []string
	for _, arg := range a.Context {
		k, v, ok := strings.Cut(arg, "=")
		if !ok || k == "" {
			return misuse("--context takes KEY=VALUE; got %q", arg)
		}
		if given[k] == nil {
			order = append(order, k)
		}
		given[k] = append(given[k], v)
	}
	for _, k := range order {
		c.Set(k, given[k]...)
	}
	return nil
}

// part is one of the parts of an ARN that colons divide, or "".
func part(arn string, n int) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[n]
}

func accountOf(arn string) string { return part(arn, 4) }

type policySimulateCmd struct {
	asked
	Policy         []string `sep:"none" placeholder:"FILE" help:"An identity-based policy of the principal; repeat for more."`
	Boundary       string   `placeholder:"FILE" help:"Its permissions boundary."`
	Session        []string `sep:"none" placeholder:"FILE" help:"A session policy; repeat for more."`
	ResourcePolicy []string `sep:"none" placeholder:"FILE" help:"A policy of the resource; of a role whose ARN is the resource, its trust policy."`
	Principal      string   `required:"" placeholder:"ARN" help:"Who asks: ARN of a root, user, role or session; a service such as qbusiness.amazonaws.com; * for anybody."`
	Tags           []string `name:"tag" sep:"none" placeholder:"KEY=VALUE" help:"A tag of the principal; repeat for more."`
}

// Help says what the one-line help cannot.
func (policySimulateCmd) Help() string {
	return `It prints the decision, what decided, and of each statement whether it applied, or which element did not fit:

    parley policy simulate --policy reader.json --principal arn:aws:iam::111122223333:role/reader \
      --action qbusiness:GetPlugin --resource arn:aws:qbusiness:us-east-1:111122223333:application/a/plugin/b

` + exitMeaning
}

// Run decides and prints why.
func (c policySimulateCmd) Run(p *process) error {
	if err := c.check(); err != nil {
		return err
	}
	files, err := c.read()
	if err != nil {
		return err
	}
	request := policy.Request{Action: c.Action, Targets: c.targets()}
	tags, err := pairs(c.Tags)
	if err != nil {
		return err
	}
	if request.Principal, err = principalOf(c.Principal, tags); err != nil {
		return err
	}
	request.Principal.Keys(&request.Context)
	request.Context.Set("aws:ViaAWSService", "false") // as every request to a server has it
	if err := c.context(&request.Context); err != nil {
		return err
	}
	return tell(p, c.JSON, files, &request)
}

// principalOf is the principal that a text names.
func principalOf(text string, tags map[string]string) (policy.Principal, error) {
	who := policy.Principal{Account: accountOf(text), ARN: text, Tags: tags}
	kind, name, _ := strings.Cut(part(text, 5), "/")
	switch {
	case text == "*":
		return policy.Principal{Type: policy.Anonymous}, nil
	case strings.HasSuffix(text, ".amazonaws.com") && !strings.Contains(text, ":"):
		return policy.Principal{Type: policy.Service, Service: text, Tags: tags}, nil
	case kind == "root":
		who.Type = policy.Root
	case kind == "user" && name != "":
		who.Type = policy.User
	case kind == "role" && name != "":
		who.Type, who.SessionARN = policy.RoleSession, sessionARN(text)
	case kind == "assumed-role" && strings.Contains(name, "/"):
		role, _, _ := strings.Cut(name, "/")
		who.Type, who.SessionARN = policy.RoleSession, text
		who.ARN = "arn:" + part(text, 1) + ":iam::" + who.Account + ":role/" + role
	default:
		return who, misuse("--principal takes the ARN of a root, user, role or session, a service such as qbusiness.amazonaws.com, or *; got %q", text)
	}
	return who, nil
}

// sessionARN is a session of a role.
func sessionARN(role string) string {
	return "arn:" + part(role, 1) + ":sts::" + accountOf(role) + ":assumed-role/" + role[strings.LastIndexByte(role, '/')+1:] + "/session"
}

// policies are a set whose policies have names.
type policies struct {
	policy.Set
	names map[policy.Layer][]string
}

// read reads the files.
func (c policySimulateCmd) read() (*policies, error) {
	trust := strings.HasPrefix(strings.ToLower(c.Action), "sts:") && strings.HasPrefix(part(c.Resource[0], 5), "role/")
	kind, layer := policy.Resource, policy.ResourceBasedPolicy
	if trust {
		kind, layer = policy.Trust, policy.RoleTrustPolicy
	}
	var boundary []string
	if c.Boundary != "" {
		boundary = []string{c.Boundary}
	}
	all := &policies{Set: policy.Set{Trust: trust}, names: map[policy.Layer][]string{
		policy.IdentityBasedPolicy: c.Policy, policy.PermissionsBoundary: boundary, policy.SessionPolicy: c.Session, layer: c.ResourcePolicy,
	}}
	identity, err := readPolicies(c.Policy, policy.Identity)
	bounds, bad := readPolicies(boundary, policy.Identity)
	session, worse := readPolicies(c.Session, policy.Session)
	resource, worst := readPolicies(c.ResourcePolicy, kind)
	if err := errors.Join(err, bad, worse, worst); err != nil {
		return nil, misuse("%w", err)
	}
	all.Identity, all.Session, all.Resource = identity, session, resource
	if len(bounds) > 0 {
		all.Boundary = bounds[0]
	}
	return all, nil
}

// maxPolicyFile is more than any policy has.
const maxPolicyFile = 128 << 10

// readPolicy reads a file that is no longer than a policy can be.
func readPolicy(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPolicyFile+1))
	if err == nil && (len(text) == 0 || len(text) > maxPolicyFile) {
		err = misuse("%s: a policy has 1 to %d bytes", name, maxPolicyFile)
	}
	return text, err
}

// readPolicies reads policies of a kind. Each error begins with the file.
func readPolicies(files []string, kind policy.Kind) (read []*policy.Policy, err error) {
	for _, name := range files {
		text, bad := readPolicy(name)
		if bad != nil {
			err = errors.Join(err, bad)
			continue
		}
		p, bad := policy.Parse(text, kind)
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("%s is not %s: %w", name, kind, bad))
			continue
		}
		read = append(read, p)
	}
	return read, err
}
