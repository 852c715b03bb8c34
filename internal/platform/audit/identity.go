package audit

import (
	"cmp"
	"strings"

	"github.com/parleyhq/parley/internal/core/op"
)

// identity says who asked (CloudTrail user guide, "CloudTrail userIdentity
// element").
func (l *line) identity(c *op.Caller) {
	l.open("userIdentity")
	defer l.shut()
	kind := kindOf(c)
	l.text("type", kind)
	l.optional("principalId", cmp.Or(c.ID, rootID(c)))
	l.optional("arn", c.Principal)
	l.optional("accountId", c.Account)
	l.optional("accessKeyId", c.AccessKeyID)
	switch kind {
	case "IAMUser":
		l.text("userName", lastPart(c.Principal))
		l.token(c)
	case "AssumedRole":
		l.session(c)
	}
	l.person(c.Person)
}

func kindOf(c *op.Caller) string {
	switch {
	case c.Account == "":
		return "Unknown" // what it carries is looked at in the operation
	case c.Root:
		return "Root"
	case c.Role != "":
		return "AssumedRole"
	}
	return "IAMUser"
}

// rootID: the unique ID of a root is its account.
func rootID(c *op.Caller) string {
	if c.Root {
		return c.Account
	}
	return ""
}

// session says of which role it is one.
func (l *line) session(c *op.Caller) {
	l.open("sessionContext")
	l.open("sessionIssuer")
	l.text("type", "Role")
	id, _, _ := strings.Cut(c.ID, ":")
	l.optional("principalId", id)
	l.text("arn", c.Role)
	l.text("accountId", op.AccountIn(c.Role))
	l.text("userName", lastPart(c.Role))
	l.shut()
	l.attributes(c)
	l.optional("sourceIdentity", key(c, "aws:SourceIdentity"))
	l.shut()
}

// token says of a user's session that it is one; nothing of a user who signs.
func (l *line) token(c *op.Caller) {
	if key(c, "aws:TokenIssueTime") == "" {
		return
	}
	l.open("sessionContext")
	l.attributes(c)
	l.shut()
}

// attributes say when the session began.
func (l *line) attributes(c *op.Caller) {
	begun, mfa := key(c, "aws:TokenIssueTime"), key(c, "aws:MultiFactorAuthPresent")
	if begun == "" && mfa == "" {
		return
	}
	l.open("attributes")
	l.optional("creationDate", begun)
	l.text("mfaAuthenticated", cmp.Or(mfa, "false"))
	l.shut()
}

// person says for whom the session speaks.
func (l *line) person(p *op.Person) {
	if p == nil {
		return
	}
	l.open("onBehalfOf")
	l.text("userId", clip(cmp.Or(p.ID, p.Email, p.Name), maxAgent))
	l.shut()
}

// key is the first value of a condition key of the session, whatever the case of
// its letters.
func key(c *op.Caller, name string) string {
	for k, values := range c.Keys {
		if strings.EqualFold(k, name) && len(values) > 0 {
			return values[0]
		}
	}
	return ""
}

func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
