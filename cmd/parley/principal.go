package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/parleyhq/parley/internal/resource/principal"
)

type principalCmd struct {
	Add    principalAddCmd    `cmd:"" help:"Mint an access key for a role of any account."`
	List   principalListCmd   `cmd:"" help:"List roles and the IDs of their access keys."`
	Remove principalRemoveCmd `cmd:"" help:"Remove a role and its keys, or one key: the next request signed with it is refused."`
}

type principalAddCmd struct {
	state
	Account string   `required:"" placeholder:"ID" help:"The role's account, 12 digits."`
	Role    string   `required:"" placeholder:"NAME" help:"The role's name, after a path if it has one (partners/search). It is made if there is none."`
	Tags    []string `name:"tag" sep:"none" placeholder:"KEY=VALUE" help:"A tag of the role; repeat for more."`
	Region  string   `default:"us-east-1" env:"PARLEY_REGION" placeholder:"REGION" help:"The Region to put into the printed profile (${default}). Keys themselves work in every Region."`
	Policy  []string `name:"policy" sep:"none" placeholder:"FILE|ARN" help:"What the role may do: a file with an IAM policy, or the ARN of a managed policy such as arn:aws:iam::aws:policy/AdministratorAccess; one of each at most."`
	JSON    bool     `name:"json" help:"Print JSON, as \"aws iam create-access-key\" does."`
}

// Help says what the one-line help cannot.
func (principalAddCmd) Help() string {
	return `The secret is printed once, and kept encrypted. A role has two keys at most, so that one can be replaced while the other works. A role without policies may do nothing in its own account: add some here with --policy or with "aws iam", which works on the server's endpoint, as for users, roles and policies of every kind.`
}

// Run mints a key and prints it as a profile for ~/.aws/credentials.
func (c principalAddCmd) Run(p *process) error {
	tags, err := pairs(c.Tags)
	if err != nil {
		return err
	}
	granted, err := grantedBy(c.Policy)
	if err != nil {
		return err
	}
	rooms, err := c.open(p)
	if err != nil {
		return err
	}
	defer rooms.Close()
	key, role, secret, err := rooms.Principals.Add(p.ctx, c.Account, c.Role, tags, granted)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.out, map[string]any{"Role": roleOf(role), "AccessKey": map[string]any{
			"AccessKeyId": key.ID, "SecretAccessKey": secret, "CreateDate": key.CreatedAt.Format(time.RFC3339),
		}})
	}
	_, err = fmt.Fprintf(p.out, "# %s\n# The secret is shown this once.\n[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\nregion = %s\n",
		role.ARN(), role.Name, key.ID, secret, firstOf(c.Region))
	return err
}

// grantedBy reads the arguments of --policy.
func grantedBy(args []string) (g principal.Granted, err error) {
	for _, arg := range args {
		into := &g.Managed
		if !strings.HasPrefix(arg, "arn:") {
			into = &g.Document
			text, err := readPolicy(arg)
			if err != nil {
				return g, err
			}
			arg = string(text)
		}
		if *into != "" {
			return g, misuse("--policy takes one file and one ARN at most; put the statements into one file")
		}
		*into = arg
	}
	return g, nil
}

// pairs reads KEY=VALUE arguments.
func pairs(args []string) (map[string]string, error) {
	tags := map[string]string{}
	for _, arg := range args {
		k, v, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, misuse("--tag takes KEY=VALUE; got %q", arg)
		}
		if _, twice := tags[k]; twice {
			return nil, misuse("--tag %s is given twice", k)
		}
		tags[k] = v
	}
	return tags, nil
}

type principalListCmd struct {
	state
	Account string `placeholder:"ID" help:"Only the roles of this account."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Run lists roles with their keys, never the secrets.
func (c principalListCmd) Run(p *process) error {
	rooms, err := c.open(p)
	if err != nil {
		return err
	}
	defer rooms.Close()
	held, err := rooms.Principals.List(p.ctx, c.Account)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(p.out, listed(held))
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ROLE\tACCESS KEY\tCREATED\tTAGS")
	for _, h := range held {
		for _, k := range h.Keys {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", h.Role.ARN(), k.ID, k.CreatedAt.Format(time.RFC3339), tagText(h.Role.Tags))
		}
		if len(h.Keys) == 0 {
			fmt.Fprintf(w, "%s\t-\t%s\t%s\n", h.Role.ARN(), h.Role.CreatedAt.Format(time.RFC3339), tagText(h.Role.Tags))
		}
	}
	return w.Flush()
}

func tagText(tags map[string]string) string {
	var text []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		text = append(text, k+"="+tags[k])
	}
	return strings.Join(text, " ")
}

// roleOf is a role as IAM's own JSON has it.
func roleOf(r principal.Role) map[string]any {
	tags := []map[string]string{}
	for _, k := range slices.Sorted(maps.Keys(r.Tags)) {
		tags = append(tags, map[string]string{"Key": k, "Value": r.Tags[k]})
	}
	return map[string]any{"Arn": r.ARN(), "RoleName": r.Name, "Path": r.Path, "Tags": tags, "CreateDate": r.CreatedAt.Format(time.RFC3339)}
}

func listed(held []principal.Held) []map[string]any {
	roles := []map[string]any{}
	for _, h := range held {
		keys := []map[string]any{}
		for _, k := range h.Keys {
			keys = append(keys, map[string]any{"AccessKeyId": k.ID, "CreateDate": k.CreatedAt.Format(time.RFC3339)})
		}
		roles = append(roles, map[string]any{"Role": roleOf(h.Role), "AccessKeys": keys})
	}
	return roles
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type principalRemoveCmd struct {
	state
	Account string `placeholder:"ID" help:"The role's account."`
	Role    string `placeholder:"NAME" help:"The role to remove, with all its keys."`
	Key     string `placeholder:"ID" help:"The one access key to remove, instead of a role."`
}

// Run removes a role, or a key.
func (c principalRemoveCmd) Run(p *process) error {
	byRole, byKey := c.Account != "" && c.Role != "", c.Key != ""
	if byRole == byKey || !byRole && c.Account+c.Role != "" {
		return misuse("name a role (--account ID --role NAME) or a key (--key ID)")
	}
	rooms, err := c.open(p)
	if err != nil {
		return err
	}
	defer rooms.Close()
	if byKey {
		return rooms.Principals.RemoveKey(p.ctx, c.Key)
	}
	return rooms.Principals.Remove(p.ctx, c.Account, c.Role)
}
