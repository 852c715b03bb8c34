package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

// clients load the server at the same time.
const clients = 8

// harness is one run, with its clients and what they know.
type harness struct {
	*stage

	clients []*client
}

func TestKilledServerLosesNothing(t *testing.T) {
	h := &harness{stage: newStage(t, 0)}
	if err := h.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.run(t, 150*time.Millisecond, 250*time.Millisecond, h)
	if err := h.end(t.Context()); err != nil {
		t.Fatalf("after %d rounds of seed %d: %v", *rounds, *seed, err)
	}
	t.Logf("%d rounds, nothing lost: %s", *rounds, h)
	h.didSomething(t)
}

// begin makes the clients.
func (h *harness) begin(ctx context.Context) error {
	api := qbusiness.NewFromConfig(aws.Config{
		Region: launch.Region, BaseEndpoint: &h.server.Endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return h.server.Key, nil }),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	root, err := rootOf(ctx, api)
	if err != nil {
		return err
	}
	for i := range clients {
		name := fmt.Sprintf("c%d", i)
		c := &client{
			name: name, sure: world{}, dying: map[string]bool{},
			chooser: chooser{api: api, prefix: name, root: root, random: rand.New(rand.NewPCG(*seed, uint64(i+1)))},
		}
		h.clients, h.actors = append(h.clients, c), append(h.actors, c)
	}
	return nil
}

// rootOf is how every ARN of the server's account begins.
func rootOf(ctx context.Context, api *qbusiness.Client) (string, error) {
	out, err := api.CreateApplication(ctx, &qbusiness.CreateApplicationInput{DisplayName: new("first"), IdentityType: types.IdentityTypeAnonymous})
	if err != nil {
		return "", err
	}
	root, _, _ := strings.Cut(*out.ApplicationArn, "application/")
	return root, nil
}

// end waits until every deleted application is gone for good, then stops the
// server as an operator does, and starts it once more.
func (h *harness) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	for _, c := range h.clients {
		for id := range c.dying {
			if err := c.vanishes(ctx, id); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(h.clean(), h.server.Stop()); err != nil {
		return err
	}
	if err := h.restart(ctx); err != nil {
		return err
	}
	if err := h.check(ctx); err != nil {
		return err
	}
	return h.stop()
}

// vanishes waits until an application is not found.
func (c *client) vanishes(ctx context.Context, id string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		got, err := c.api.GetApplication(ctx, &qbusiness.GetApplicationInput{ApplicationId: &id})
		var gone *types.ResourceNotFoundException
		switch {
		case errors.As(err, &gone):
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("application %s was deleted and is still there", id)
		case err != nil:
			return err
		case got.Status != types.ApplicationStatusDeleting:
			return fmt.Errorf("application %s was deleted and is %s", id, got.Status)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// String sums up what the clients did.
func (h *harness) String() string {
	var all client
	vanished := 0
	for _, c := range h.clients {
		all.acknowledged += c.acknowledged
		all.doubtful += c.doubtful
		all.happened += c.happened
		all.replayed += c.replayed
		vanished += len(c.dying)
	}
	return fmt.Sprintf("%d writes acknowledged, %d without an answer (%d of them happened), %d creates sent again, %d applications deleted, %d starts cut short",
		all.acknowledged, all.doubtful, all.happened, all.replayed, vanished, h.cut)
}

// didSomething fails a run that had nothing to lose.
func (h *harness) didSomething(t *testing.T) {
	for _, c := range h.clients {
		if c.acknowledged == 0 || c.doubtful < *rounds {
			t.Errorf("client %s had %d writes acknowledged and lost %d answers in %d rounds: this proves nothing", c.name, c.acknowledged, c.doubtful, *rounds)
		}
	}
}
