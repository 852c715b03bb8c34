package op_test

import (
	"testing"

	"github.com/parleyhq/parley/internal/core/op"
)

func TestParseARN(t *testing.T) {
	for s, want := range map[string]op.ARN{
		"arn:aws:qbusiness:us-east-1:111122223333:application/a": {Partition: "aws", Service: "qbusiness", Region: "us-east-1", Account: "111122223333", Path: "application/a"},
		"arn:aws:iam::111122223333:role/p:q":                     {Partition: "aws", Service: "iam", Account: "111122223333", Path: "role/p:q"},
		"arn:::::":                                               {},
	} {
		if got, ok := op.ParseARN(s); !ok || got != want {
			t.Errorf("%s: %+v, %t", s, got, ok)
		}
	}
	for _, s := range []string{"", "*", "arn:aws:iam::111122223333", "role/p", "ARN:aws:iam::111122223333:role/p"} {
		if got, ok := op.ParseARN(s); ok || got != (op.ARN{}) {
			t.Errorf("%q: %+v, %t", s, got, ok)
		}
	}
}
