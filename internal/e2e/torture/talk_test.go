package torture

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

// talks is one run of conversations, with those who talk.
type talks struct {
	*stage

	users []*talker
}

// TestKilledServerSendsNothingTwice kills the server while people confirm
// writes. A write is sent at most once, whoever sends what again; one that was
// acknowledged was sent; and no message is kept without its other half.
func TestKilledServerSendsNothingTwice(t *testing.T) {
	desk := newDesk(t)
	h := &talks{stage: newStage(t, 1000, "--outbound-allow", desk.url)}
	h.desk = desk
	if err := h.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.run(t, 100*time.Millisecond, 200*time.Millisecond, h)
	for _, k := range h.users {
		if err := k.counts(); err != nil {
			t.Error(err)
		}
		if k.confirmed == 0 || k.doubtful < *rounds {
			t.Errorf("%s had %d tickets confirmed and lost %d answers: this proves nothing", k.name, k.confirmed, k.doubtful)
		}
	}
	t.Logf("%d rounds, nothing sent twice: %s", *rounds, h)
	if err := h.stop(); err != nil {
		t.Error(err)
	}
}

// begin makes an application with its plugin, and the users.
func (h *talks) begin(ctx context.Context) error {
	api := qbusiness.NewFromConfig(aws.Config{
		Region: launch.Region, BaseEndpoint: &h.server.Endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return h.server.Key, nil }),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	app, err := api.CreateApplication(ctx, &qbusiness.CreateApplicationInput{
		DisplayName: new("talks"), IdentityType: types.IdentityTypeAwsIamIdpOidc, ClientIdsForOIDC: []string{"parley"},
		IamIdentityProviderArn: new("arn:aws:iam::000000000000:oidc-provider/login.example.com"),
	})
	if err != nil {
		return err
	}
	plugin, err := api.CreatePlugin(ctx, &qbusiness.CreatePluginInput{
		ApplicationId: app.ApplicationId, DisplayName: new("desk"), Type: types.PluginTypeCustom,
		AuthConfiguration: &types.PluginAuthConfigurationMemberNoAuthConfiguration{}, CustomPluginConfiguration: configuration(h.desk.document()),
	})
	if err != nil {
		return err
	}
	for i := range clients {
		k := &talker{
			orders: orders{desk: h.desk, name: fmt.Sprintf("user%d", i)}, stage: h.stage,
			api: api, app: *app.ApplicationId, plugin: *plugin.PluginId,
		}
		h.users, h.actors = append(h.users, k), append(h.actors, k)
	}
	return nil
}

// String sums up what the users did, and what came of what got no answer.
func (h *talks) String() string {
	asked, confirmed, doubtful, unknown, sent, refused := 0, 0, 0, 0, 0, 0
	for _, k := range h.users {
		asked, confirmed, doubtful = asked+k.asked, confirmed+k.confirmed, doubtful+k.doubtful
		unknown, refused = unknown+len(k.unknown), refused+k.refused
		for _, subject := range k.unknown {
			sent += h.desk.made(subject)
		}
	}
	return fmt.Sprintf("%d forms, %d writes acknowledged, %d requests without an answer; %d writes interrupted, of which %d had been carried out; %d confirmations of a used form refused",
		asked, confirmed, doubtful, unknown, sent, refused)
}
