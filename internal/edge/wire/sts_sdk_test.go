package wire

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// TestOfficialClientOfSTS: the SDK for Go reads our answers and our errors, signed
// and unsigned.
func TestOfficialClientOfSTS(t *testing.T) {
	f := queryServer(t)
	client := awssts.New(awssts.Options{
		Region: region, BaseEndpoint: new("http://" + f.addr), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(root.AccessKeyID, root.Secret, ""),
	})
	who, err := client.GetCallerIdentity(t.Context(), &awssts.GetCallerIdentityInput{})
	if err != nil || *who.Arn != root.ARN() || *who.Account != root.Account {
		t.Errorf("%+v %v", who, err)
	}
	web, err := client.AssumeRoleWithWebIdentity(t.Context(), &awssts.AssumeRoleWithWebIdentityInput{
		RoleArn: new("arn:aws:iam::000000000000:role/r"), RoleSessionName: new("ann"), WebIdentityToken: new("a.b=c&d"),
	})
	if err != nil || *web.Audience != region+"|" {
		t.Errorf("%+v %v", web, err)
	}
	_, err = client.AssumeRole(t.Context(), &awssts.AssumeRoleInput{
		RoleArn: new("arn:aws:iam::000000000000:role/r"), RoleSessionName: new("ann"), DurationSeconds: aws.Int32(60),
	})
	var refused smithy.APIError
	const want = "1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200, inclusive"
	if !errors.As(err, &refused) || refused.ErrorCode() != "ValidationError" || refused.ErrorMessage() != want || refused.ErrorFault() != smithy.FaultUnknown {
		t.Errorf("%v", err)
	}
}
