package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// sdk is the official client, pointed at the fixture.
func (f *fixture) sdk() *qbusiness.Client {
	return qbusiness.New(qbusiness.Options{
		Region: region, BaseEndpoint: aws.String("http://" + f.addr),
		Credentials: credentials.NewStaticCredentialsProvider(root.AccessKeyID, root.Secret, ""),
		Retryer:     aws.NopRetryer{},
	})
}

func TestSDKReadsAnAnswer(t *testing.T) {
	out, err := start(t).sdk().GetPlugin(t.Context(), &qbusiness.GetPluginInput{ApplicationId: aws.String(appID), PluginId: aws.String(pluginID)})
	if err != nil {
		t.Fatal(err)
	}
	if *out.PluginId != pluginID || *out.DisplayName != "Café <1>" || out.Type != types.PluginTypeJiraCloud || out.CreatedAt.UnixMilli() != 1700000000123 {
		t.Errorf("%+v", out)
	}
}

func TestSDKSendsAnEncodedARN(t *testing.T) {
	_, err := start(t).sdk().TagResource(t.Context(), &qbusiness.TagResourceInput{
		ResourceARN: aws.String("arn:aws:qbusiness:us-east-1:000000000000:application/" + appID),
		Tags:        []types.Tag{{Key: aws.String("team"), Value: aws.String("search & find")}},
	})
	if err != nil {
		t.Error(err)
	}
}

// wanted is an error of the SDK's type, with every member that was sent.
func wanted[E error](t *testing.T, err error) (e E) {
	t.Helper()
	if !errors.As(err, &e) {
		t.Errorf("%v is no %T", err, e)
	}
	var resp *awshttp.ResponseError
	if !errors.As(err, &resp) || resp.ServiceRequestID() == "" {
		t.Errorf("%v has no request id", err)
	}
	return e
}

func TestSDKParsesErrors(t *testing.T) {
	client, ctx := start(t).sdk(), t.Context()
	app := aws.String(appID)

	_, err := client.GetApplication(ctx, &qbusiness.GetApplicationInput{ApplicationId: app})
	if e := wanted[*types.ResourceNotFoundException](t, err); *e.ResourceId != appID || *e.ResourceType != "Application" || *e.Message != "There is no application "+appID+"." {
		t.Errorf("%+v", e)
	}
	_, err = client.DeleteApplication(ctx, &qbusiness.DeleteApplicationInput{ApplicationId: app})
	if e := wanted[*types.ConflictException](t, err); *e.ResourceId != appID || *e.ResourceType != "Application" || *e.Message != "The application is being updated." {
		t.Errorf("%+v", e)
	}
	_, err = client.CreatePlugin(ctx, &qbusiness.CreatePluginInput{ApplicationId: app, DisplayName: app, Type: types.PluginTypeCustom,
		AuthConfiguration: &types.PluginAuthConfigurationMemberNoAuthConfiguration{}})
	if e := wanted[*types.ServiceQuotaExceededException](t, err); *e.ResourceId != appID || *e.ResourceType != "Plugin" {
		t.Errorf("%+v", e)
	}
	_, err = client.UpdateApplication(ctx, &qbusiness.UpdateApplicationInput{ApplicationId: app})
	e := wanted[*types.ValidationException](t, err)
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, *f.Name+": "+*f.Message)
	}
	if diff := cmp.Diff([]string{"roleArn: It has to be a role.", "displayName: It is taken."}, fields); diff != "" || e.Reason != types.ValidationExceptionReasonFieldValidationFailed {
		t.Errorf("%s %s", e.Reason, diff)
	}
	_, err = client.GetPolicy(ctx, &qbusiness.GetPolicyInput{ApplicationId: app})
	wanted[*types.ThrottlingException](t, err)
	_, err = client.ListApplications(ctx, &qbusiness.ListApplicationsInput{})
	wanted[*types.InternalServerException](t, err)

	_, err = client.ListIndices(ctx, &qbusiness.ListIndicesInput{ApplicationId: app})
	if e := wanted[smithy.APIError](t, err); e.ErrorCode() != "NotImplemented" {
		t.Errorf("code %s", e.ErrorCode())
	}
	client = qbusiness.New(client.Options(), func(o *qbusiness.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider("AKIANOBODY", "x", "")
	})
	_, err = client.ListApplications(ctx, &qbusiness.ListApplicationsInput{})
	if e := wanted[smithy.APIError](t, err); e.ErrorCode() != "InvalidClientTokenId" {
		t.Errorf("code %s", e.ErrorCode())
	}
}

// Many clients at once get the answers to their own requests.
func TestConcurrency(t *testing.T) {
	f := start(t)
	client := f.sdk()
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			for j := range 20 {
				id := fmt.Sprintf("%08x-%04x-4000-8000-000000000000", i, j)
				out, err := client.GetPlugin(context.Background(), &qbusiness.GetPluginInput{ApplicationId: aws.String(appID), PluginId: &id})
				if err != nil || *out.PluginId != id {
					t.Errorf("%s: %v %v", id, out, err)
				}
				_, err = client.GetApplication(context.Background(), &qbusiness.GetApplicationInput{ApplicationId: &id})
				if e := new(types.ResourceNotFoundException); !errors.As(err, &e) || *e.ResourceId != id {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	all.Wait()
	waitFor(t, func() bool { return f.held.held.Load() == 0 })
	http.DefaultClient.CloseIdleConnections()
}
