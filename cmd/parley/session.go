package main

import "strings"

type sessionCmd struct {
	Revoke sessionRevokeCmd `cmd:"" help:"End the sessions of a role, or one session: the next request signed with it is refused."`
}

type sessionRevokeCmd struct {
	state
	Role string `placeholder:"ARN" help:"The role whose sessions end: those that have begun by now. New ones may begin; to keep them from it, change the role's trust policy."`
	Key  string `placeholder:"ID" help:"The temporary access key (ASIA…) whose one session ends."`
}

// Help says what the one-line help cannot.
func (sessionRevokeCmd) Help() string {
	return `A session is in its token, not in the store, so nothing tells whether a key given with --key ever was.`
}

// Run ends sessions.
func (c sessionRevokeCmd) Run(p *process) error {
	if (c.Role == "") == (c.Key == "") {
		return misuse("name a role (--role ARN) or a session's access key (--key ID)")
	}
	if c.Role != "" && !strings.HasPrefix(part(c.Role, 5), "role/") {
		return misuse("--role takes the ARN of a role, such as arn:aws:iam::111122223333:role/NAME; got %q", c.Role)
	}
	rooms, err := c.open(p)
	if err != nil {
		return err
	}
	defer rooms.Close()
	if c.Key != "" {
		return rooms.Sessions.RevokeKey(p.ctx, c.Key)
	}
	return rooms.Sessions.RevokeRole(p.ctx, c.Role)
}
