// Package differential owns a second evaluator of AWS's policy language and the
// test that compares it with the first (engine/policy) on generated cases. All
// of it is test files: no server decides anything with it, engine/policy does.
//
// The second evaluator is written from AWS's public pages alone, by someone who
// had not read the first, in the plainest way that can be: it is slow, and each
// rule names the page it comes from. It shares no code with the first, not even
// the matching of wildcards. Begin with reference_test.go.
//
// Where a page is cited, its name is that of the IAM User Guide: the page
// "reference_policies_elements_action" is at
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html.
// Pages whose names begin with "orgs_" are of the AWS Organizations User Guide.
//
// The cases and the generator are engine/policy/policytest's, whose doc lists
// what the pages leave open.
package differential
