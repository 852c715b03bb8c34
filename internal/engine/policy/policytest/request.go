package policytest

import "strings"

var (
	accounts  = []string{"111122223333", "444455556666"}
	names     = []string{"alice", "bob", "Alice"}
	roles     = []string{"reader", "path/to/reader", "writer"}
	services  = []string{"lambda.amazonaws.com", "qbusiness.amazonaws.com"}
	providers = []string{"accounts.google.com", "arn:aws:iam::111122223333:saml-provider/corp", "arn:aws:iam::111122223333:oidc-provider/idp.example.com/t"}
	canonical = map[string]string{"111122223333": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}

	actions = []string{"qbusiness:GetPlugin", "qbusiness:SearchRelevantContent", "QBUSINESS:getplugin", "s3:GetObject", "s3:PutObject", "sts:AssumeRole"}

	// ACCOUNT stands for the account that owns the resource.
	resources = []string{
		"arn:aws:qbusiness:us-east-1:ACCOUNT:application/app-1",
		"arn:aws:qbusiness:us-east-1:ACCOUNT:application/app-1/plugin/p-1",
		"arn:aws:qbusiness:eu-west-1:ACCOUNT:application/app-2",
		"arn:aws:s3:::bucket/alice/notes.txt",
		"arn:aws:s3:::bucket/red/a*b?c",
		"arn:aws:logs:us-east-1:ACCOUNT:log-group:alice:stream",
		"arn:aws:iam::ACCOUNT:role/reader",
		"arn:aws:sqs:us-east-2:ACCOUNT:store/abc:ACCOUNT:finance/day.txt",
		"*",
	}
)

func (g *generator) request() {
	g.req.Principal = g.principal()
	g.req.Action = pick(g, actions)
	g.req.ResourceAccount = g.req.Principal.Account
	if g.req.ResourceAccount == "" || g.chance(30) {
		g.req.ResourceAccount = pick(g, accounts)
	}
	g.req.Resource = strings.ReplaceAll(pick(g, resources), "ACCOUNT", g.req.ResourceAccount)
	if g.chance(15) {
		g.req.Resource = "arn:aws:s3:" + g.scribble("ab", 2) + ":" + g.scribble("ab", 2) + ":" + g.scribble("aab:é", 5)
	}
	g.req.Context = g.context()
}

func (g *generator) principal() Principal {
	account := pick(g, accounts)
	switch n := g.IntN(100); {
	case n < 35:
		return Principal{Type: User, Account: account, ARN: g.user(account), CanonicalID: canonical[account]}
	case n < 65:
		return g.roleSession(account)
	case n < 78:
		name := pick(g, names)
		return Principal{
			Type: FederatedUser, Account: account, ARN: g.user(account), CanonicalID: canonical[account],
			SessionARN: "arn:aws:sts::" + account + ":federated-user/" + name,
		}
	case n < 84:
		return Principal{Type: Root, Account: account, ARN: "arn:aws:iam::" + account + ":root", CanonicalID: canonical[account]}
	case n < 90:
		return Principal{Type: Service, Service: pick(g, services)}
	case n < 95:
		return Principal{Type: Federated, Provider: pick(g, providers)}
	}
	return Principal{Type: Anonymous}
}

func (g *generator) user(account string) string {
	return "arn:aws:iam::" + account + ":user/" + pick(g, names)
}

func (g *generator) roleSession(account string) Principal {
	role := pick(g, roles)
	p := Principal{
		Type: RoleSession, Account: account, CanonicalID: canonical[account],
		ARN:        "arn:aws:iam::" + account + ":role/" + role,
		SessionARN: "arn:aws:sts::" + account + ":assumed-role/" + role[strings.LastIndexByte(role, '/')+1:] + "/" + pick(g, names),
	}
	if g.chance(30) {
		p.Provider = pick(g, providers)
	}
	return p
}

// A family is the keys of one type, with the values they have in requests and
// in policies. A value of a request may be one that cannot be read; those of
// policies all can.
type family struct {
	operators []string // without IfExists and without a set
	keys      []string
	requested []string // nil: the keys are those of other families
	written   []string
	bare      bool // written values may stand without quotes
}

var families = []family{
	{
		operators: []string{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"},
		keys:      []string{"aws:username", "aws:PrincipalTag/team", "s3:prefix", "aws:TagKeys", "aws:PrincipalTag/qbusiness-dataaccessor:ExternalId"},
		requested: []string{"alice", "Alice", "red", "blue", "home/alice/", "", "a*b", "${aws:username}", "tenant-1"},
		written: []string{
			"alice", "ALICE", "red", "blue", "", "home/alice/", "home/*", "*", "?*", "a?ice", "${aws:username}", "home/${aws:username}/",
			"${aws:PrincipalTag/team, 'red'}", "${aws:TagKeys}", "a${*}b", "${$}{aws:username}", "tenant-?", "${aws:nothing}", "*e*", "r${?}d", "${AWS:UserName}*",
		},
	}, {
		operators: []string{"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"},
		keys:      []string{"s3:max-keys", "aws:MultiFactorAuthAge"},
		requested: []string{"10", "10.0", "-3", "0", "9007199254740993", "0.1", "many", "", "+10", "010"},
		written:   []string{"10", "10.50", "-3", "0", "9007199254740992", "0.10", "100"},
		bare:      true,
	}, {
		operators: []string{"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"},
		keys:      []string{"aws:CurrentTime", "aws:TokenIssueTime"},
		requested: []string{"2026-01-01T00:00:00Z", "2026-03-11T10:30:00.5+01:00", "1767225600", "2026-02-30", "soon", "2025-12-31T23:59Z"},
		written:   []string{"2026-01-01T00:00:00Z", "2026-01-01", "2026", "2026-03", "1767225600", "2026-01-01T01:00:00+01:00", "2026-03-11T09:30:00.500Z", "2025-12-31T23:59Z"},
	}, {
		operators: []string{"Bool"},
		keys:      []string{"aws:SecureTransport", "aws:MultiFactorAuthPresent"},
		requested: []string{"true", "false", "True", "yes"},
		written:   []string{"true", "false"},
		bare:      true,
	}, {
		operators: []string{"BinaryEquals"},
		keys:      []string{"example:Blob"},
		requested: []string{"BinaryValueInBase64", "x", ""},
		written:   []string{"QmluYXJ5VmFsdWVJbkJhc2U2NA==", "eA=="},
	}, {
		operators: []string{"IpAddress", "NotIpAddress"},
		keys:      []string{"aws:SourceIp", "aws:VpcSourceIp"},
		requested: []string{"203.0.113.7", "198.51.100.1", "2001:db8:1234:5678::9", "::ffff:203.0.113.7", "somewhere", "10.1.2.3"},
		written:   []string{"203.0.113.0/24", "203.0.113.7", "2001:DB8:1234:5678::/64", "10.0.0.0/8", "0.0.0.0/0", "::/0", "198.51.100.1/32"},
	}, {
		operators: []string{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"},
		keys:      []string{"aws:PrincipalArn", "aws:SourceArn"},
		requested: []string{
			"arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:role/reader", "arn:aws:sns:us-east-1:444455556666:topic",
			"arn:aws:sqs:us-east-2:999999999999:store/abc:111122223333:finance/document.txt", "not an arn",
		},
		written: []string{
			"arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/${aws:username}", "arn:aws:iam::*:role/*", "arn:aws:sqs:*:111122223333:finance/*",
			"arn:aws:sqs:*:*:*:finance/*", "arn:*:sns:us-????-1:*:t*c", "arn:aws:sns:us-east-1:444455556666:topic", "arn:aws:iam::1111*:*",
		},
	}, {
		operators: []string{"Null"},
		keys:      []string{"aws:TokenIssueTime", "aws:username", "aws:TagKeys", "aws:SourceArn"},
		written:   []string{"true", "false"},
		bare:      true,
	},
}

// context gives most keys one value, some none, and some several.
func (g *generator) context() map[string][]string {
	keys := map[string][]string{}
	for i := range families {
		for _, key := range families[i].keys {
			if n := g.IntN(10); n > 3 && families[i].requested != nil {
				keys[g.anyCase(key)] = g.values(families[i].requested, n)
			}
		}
	}
	return keys
}

// values are one value when n is small, and otherwise none to three.
func (g *generator) values(pool []string, n int) []string {
	count := 1
	if n > 8 {
		count = g.upTo(3)
	}
	list := make([]string, count)
	for i := range list {
		list[i] = pick(g, pool)
		if g.chance(4) {
			list[i] = g.scribble("aab:é*", 4)
		}
	}
	return list
}

// anyCase writes a key in another case now and then.
func (g *generator) anyCase(key string) string {
	switch g.IntN(20) {
	case 0:
		return strings.ToLower(key)
	case 1:
		return strings.ToUpper(key)
	}
	return key
}
