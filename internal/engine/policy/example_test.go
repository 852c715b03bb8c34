package policy_test

import (
	"fmt"

	"github.com/parleyhq/parley/internal/engine/policy"
)

// A role of another company reads from an application whose policy lets it,
// under an external id.
func Example() {
	role, err := policy.Parse([]byte(`{
		"Version": "2012-10-17",
		"Statement": {"Effect": "Allow", "Action": "qbusiness:SearchRelevantContent", "Resource": "*"}
	}`), policy.Identity)
	if err != nil {
		panic(err)
	}
	application, err := policy.Parse([]byte(`{
		"Version": "2012-10-17",
		"Statement": {
			"Sid": "isv",
			"Effect": "Allow",
			"Principal": {"AWS": "arn:aws:iam::444455556666:role/isv"},
			"Action": "qbusiness:SearchRelevantContent",
			"Resource": "arn:aws:qbusiness:us-east-1:111122223333:application/app-1",
			"Condition": {"StringEquals": {"aws:PrincipalTag/qbusiness-dataaccessor:ExternalId": "tenant-1"}}
		}
	}`), policy.Resource)
	if err != nil {
		panic(err)
	}
	policies := policy.Set{Identity: []*policy.Policy{role}, Resource: []*policy.Policy{application}}

	for _, tenant := range []string{"tenant-1", "tenant-2"} {
		request := policy.Request{
			Principal: policy.Principal{
				Type: policy.RoleSession, Account: "444455556666",
				ARN:        "arn:aws:iam::444455556666:role/isv",
				SessionARN: "arn:aws:sts::444455556666:assumed-role/isv/search",
				Tags:       map[string]string{"qbusiness-dataaccessor:ExternalId": tenant},
			},
			Action:  "qbusiness:SearchRelevantContent",
			Targets: []policy.Target{{ARN: "arn:aws:qbusiness:us-east-1:111122223333:application/app-1", Account: "111122223333"}},
		}
		request.Principal.Keys(&request.Context)
		decision := policies.Decide(&request)
		fmt.Println(decision.Explain())
		if !decision.Allowed {
			fmt.Println(decision.Message(&request))
			for _, statement := range policies.Trace(&request).Statements {
				fmt.Println("-", statement)
			}
		}
	}
	// Output:
	// allowed by resource-based policy 0, statement 0 (isv)
	// denied: no resource-based policy allows it
	// User: arn:aws:sts::444455556666:assumed-role/isv/search is not authorized to perform: qbusiness:SearchRelevantContent on resource: arn:aws:qbusiness:us-east-1:111122223333:application/app-1 because no resource-based policy allows the qbusiness:SearchRelevantContent action
	// - resource-based policy 0, statement 0 (isv): Allow does not apply: Condition StringEquals aws:PrincipalTag/qbusiness-dataaccessor:ExternalId (the request has ["tenant-2"])
	// - identity-based policy 0, statement 0: Allow applies
}

// A document that cannot be right is refused, with the place and the remedy.
func ExampleParse() {
	_, err := policy.Parse([]byte(`{
	"Version": "2012-10-17",
	"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
		"Condition": {"StringEqual": {"aws:username": "ann"}}}
}`), policy.Identity)
	fmt.Println(err)
	// Output:
	// Statement.Condition.StringEqual (line 4, column 32): there is no such condition operator; see the operators of the IAM user guide, such as StringEquals, ArnLike or ForAnyValue:StringLike
}
