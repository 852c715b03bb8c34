package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"golang.org/x/sync/errgroup"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

// talks is one run of conversations: a server that is killed, and its users.
type talks struct {
	config launch.Config
	server *launch.Server
	random *rand.Rand
	desk   *desk
	users  []*talker
}

// TestKilledServerSendsNothingTwice kills the server while people confirm
// writes. A write is sent at most once, whoever sends what again; one that was
// acknowledged was sent; and no message is kept without its other half.
func TestKilledServerSendsNothingTwice(t *testing.T) {
	t.Logf("%d rounds; repeat with -args -rounds=%d -seed=%d", *rounds, *rounds, *seed)
	h := &talks{random: rand.New(rand.NewPCG(*seed, 1000)), config: config(t), desk: newDesk(t)}
	h.config.Args = append(h.config.Args, "--outbound-allow", h.desk.url)
	t.Cleanup(func() {
		if h.server != nil {
			h.server.Kill()
		}
	})
	if err := h.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	for round := range *rounds {
		if err := h.round(t.Context()); err != nil {
			t.Fatalf("round %d of seed %d: %v", round+1, *seed, err)
		}
		if (round+1)%25 == 0 {
			t.Logf("%d rounds: %s", round+1, h)
		}
	}
	h.desk.under.Wait()
	for _, k := range h.users {
		if err := k.counts(); err != nil {
			t.Error(err)
		}
		if k.confirmed == 0 || k.doubtful < *rounds {
			t.Errorf("%s had %d tickets confirmed and lost %d answers: this proves nothing", k.name, k.confirmed, k.doubtful)
		}
	}
	t.Logf("%d rounds, nothing sent twice: %s", *rounds, h)
	if err := h.server.Stop(); err != nil {
		t.Error(err)
	}
}

// begin starts the server, with an application and its plugin.
func (h *talks) begin(ctx context.Context) (err error) {
	if h.server, err = launch.Start(ctx, h.config); err != nil {
		return err
	}
	h.config.Listen = h.server.Listen
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
		h.users = append(h.users, &talker{
			orders: orders{desk: h.desk, name: fmt.Sprintf("user%d", i)},
			api:    api, app: *app.ApplicationId, plugin: *plugin.PluginId, leased: h.config.Database != "",
		})
	}
	return nil
}

// round lets everybody talk, kills the server, starts it again, and checks.
func (h *talks) round(ctx context.Context) error {
	load, ctxLoad := errgroup.WithContext(ctx)
	for _, k := range h.users {
		load.Go(func() error { return k.load(ctxLoad) })
	}
	life := time.NewTimer(100*time.Millisecond + time.Duration(h.random.Int64N(int64(200*time.Millisecond))))
	defer life.Stop()
	select {
	case <-life.C:
	case <-ctxLoad.Done():
	}
	h.server.Kill()
	err := load.Wait()
	h.desk.under.Wait()
	if err != nil {
		return fmt.Errorf("under load: %w\n%s", err, h.server.Log())
	}
	if h.server, err = launch.Start(ctx, h.config); err != nil {
		return err
	}
	check, ctxCheck := errgroup.WithContext(ctx)
	for _, k := range h.users {
		check.Go(func() error {
			if err := k.settle(ctxCheck); err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
			return nil
		})
	}
	if err := check.Wait(); err != nil {
		return err
	}
	if lines := h.server.Errors(); len(lines) > 0 {
		return errors.New("the restarted server logged errors: " + lines[0])
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
