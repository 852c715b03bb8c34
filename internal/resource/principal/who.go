package principal

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// Who is the caller as the policy language sees it. A caller without an account
// is anonymous.
func Who(c op.Caller) policy.Principal {
	who := policy.Principal{Account: c.Account, ARN: c.Principal, ID: c.ID, Tags: c.Tags}
	switch {
	case c.Account == "":
		return policy.Principal{}
	case c.Root:
		who.Type = policy.Root
	case c.Role != "":
		who.Type, who.ARN, who.SessionARN = policy.RoleSession, c.Role, c.Principal
		if from := c.Keys["aws:FederatedProvider"]; len(from) == 1 {
			who.Provider = from[0]
		}
	default:
		who.Type = policy.User
	}
	return who
}

// Keys are the global condition keys of a request by c: those of the principal,
// of its session and of where the request came from. Keys without a value stay
// absent (IAM user guide, reference_policies_condition-keys). They are in lower
// case already, as a Context has them: every request sets them all.
func Keys(c op.Caller) policy.Context {
	return policy.Lazy(func(keys *policy.Context) { setKeys(keys, c) })
}

func setKeys(keys *policy.Context, c op.Caller) {
	who := Who(c)
	who.Keys(keys)
	for key, values := range c.Keys {
		keys.Set(key, values...)
	}
	set := func(key, value string) {
		if value != "" {
			keys.Set(key, value)
		}
	}
	keys.Set("aws:viaawsservice", "false") // nobody asks here in a caller's name but the caller
	set("aws:requestedregion", c.Region)
	set("aws:useragent", c.Origin.Agent)
	if c.Origin == (op.Origin{}) {
		return
	}
	keys.Set("aws:securetransport", strconv.FormatBool(c.Origin.Secure))
	if c.Origin.IP != (netip.Addr{}) {
		keys.Set("aws:sourceip", c.Origin.IP.Unmap().WithZone("").String())
	}
	if at := c.Origin.At.UTC(); !at.IsZero() {
		keys.Set("aws:currenttime", at.Format(time.RFC3339))
		keys.Set("aws:epochtime", strconv.FormatInt(at.Unix(), 10))
	}
}

// Caller is the caller that the user is.
func (u User) Caller() op.Caller {
	return op.Caller{Account: u.Account, Principal: u.ARN(), ID: u.ID, Tags: u.Tags}
}

// Session is the caller that a session of the role is: without the tags and
// condition keys that the session itself brings.
func (r Role) Session(name string) op.Caller {
	return op.Caller{
		Account:   r.Account,
		Principal: "arn:" + op.Partition + ":sts::" + r.Account + ":assumed-role/" + r.Name + "/" + name,
		Role:      r.ARN(), ID: r.ID + ":" + name, Tags: r.Tags,
	}
}
