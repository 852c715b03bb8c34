package principal

import "time"

// awsPolicy is a managed policy of AWS, which every account can attach.
type awsPolicy struct {
	name, path, id string
	version        string
	created        time.Time
	updated        time.Time
	description    string
	document       string
}

// awsAccount stands in the place of the account in the ARNs of AWS's policies.
const awsAccount = "aws"

const awsPrefix = "arn:aws:iam::" + awsAccount + ":policy"

// AdministratorAccess is the ARN of AWS's policy that permits everything.
const AdministratorAccess = awsPrefix + "/AdministratorAccess"

func (p awsPolicy) arn() string { return awsPrefix + p.path + p.name }

// awsPolicies are those of AWS's managed policies that are here: the ones that
// make sense for the services of this endpoint. What they permit is what the
// managed policy reference says, cut to those services.
var awsPolicies = []awsPolicy{
	{
		name: "AdministratorAccess", path: "/", id: "ANPAIWMBCKSKIEE64ZLYK", version: "v1",
		created:     time.Date(2015, 2, 6, 18, 39, 46, 0, time.UTC),
		updated:     time.Date(2015, 2, 6, 18, 39, 46, 0, time.UTC),
		description: "Provides full access to AWS services and resources.",
		document:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
	},
	{
		name: "IAMFullAccess", path: "/", id: "ANPAI7XKCFMBPM3QQRRVQ", version: "v2",
		created:     time.Date(2015, 2, 6, 18, 40, 38, 0, time.UTC),
		updated:     time.Date(2019, 6, 21, 19, 40, 0, 0, time.UTC),
		description: "Provides full access to IAM.",
		document:    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`,
	},
	{
		name: "IAMReadOnlyAccess", path: "/", id: "ANPAJKSO7NDY4T57MWDSQ", version: "v4",
		created:     time.Date(2015, 2, 6, 18, 40, 39, 0, time.UTC),
		updated:     time.Date(2018, 1, 25, 19, 11, 0, 0, time.UTC),
		description: "Provides read only access to IAM.",
		document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` +
			`"iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*",` +
			`"iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}`,
	},
	{
		name: "PowerUserAccess", path: "/", id: "ANPAJYRXTHIB4FOVS3ZXS", version: "v1",
		created:     time.Date(2015, 2, 6, 18, 39, 47, 0, time.UTC),
		updated:     time.Date(2015, 2, 6, 18, 39, 47, 0, time.UTC),
		description: "Provides full access to everything but users, roles and policies.",
		document: `{"Version":"2012-10-17","Statement":[` +
			`{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},` +
			`{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]}`,
	},
}

// awsDocument is what a policy of AWS says; "" when it is not here.
func awsDocument(arn string) string {
	if p, ok := awsPolicyOf(arn); ok {
		return p.document
	}
	return ""
}

func awsPolicyOf(arn string) (awsPolicy, bool) {
	for _, p := range awsPolicies {
		if p.arn() == arn {
			return p, true
		}
	}
	return awsPolicy{}, false
}
