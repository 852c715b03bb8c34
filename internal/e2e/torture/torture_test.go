package torture

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"golang.org/x/sync/errgroup"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

var (
	rounds   = flag.Int("rounds", 3, "how often to kill the server")
	seed     = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of every choice; the moments at which requests meet are not repeatable")
	postgres = flag.String("postgres", "", "keep the state in a new database of this PostgreSQL instead of the embedded store")
)

// clients load the server at the same time.
const clients = 8

// harness is one run: a store, the server on it while there is one, and the
// clients with what they know.
type harness struct {
	config  launch.Config
	server  *launch.Server
	random  *rand.Rand
	clients []*client
	cut     int // starts that were killed before the server was ready
}

func TestKilledServerLosesNothing(t *testing.T) {
	t.Logf("%d rounds; repeat with -args -rounds=%d -seed=%d", *rounds, *rounds, *seed)
	h := &harness{random: rand.New(rand.NewPCG(*seed, 0)), config: config(t)}
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
	if err := h.end(t.Context()); err != nil {
		t.Fatalf("after %d rounds of seed %d: %v", *rounds, *seed, err)
	}
	t.Logf("%d rounds, nothing lost: %s", *rounds, h)
	h.didSomething(t)
}

// config builds the binary and makes the store.
func config(t *testing.T) launch.Config {
	program, err := launch.Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := launch.Config{Program: program, Data: t.TempDir()}
	if *postgres != "" {
		url, drop, err := launch.Database(t.Context(), *postgres)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := drop(); err != nil {
				t.Error(err)
			}
		})
		c.Database = url
	}
	return c
}

// begin starts the server for the first time and makes the clients.
func (h *harness) begin(ctx context.Context) error {
	var err error
	if h.server, err = launch.Start(ctx, h.config); err != nil {
		return err
	}
	h.config.Listen = h.server.Listen
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
		h.clients = append(h.clients, &client{
			name: name, sure: world{}, dying: map[string]bool{},
			chooser: chooser{api: api, prefix: name, root: root, random: rand.New(rand.NewPCG(*seed, uint64(i+1)))},
		})
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

// round loads the server, kills it, starts it again, and checks.
func (h *harness) round(ctx context.Context) error {
	load, ctxLoad := errgroup.WithContext(ctx)
	for _, c := range h.clients {
		load.Go(func() error { return c.load(ctxLoad) })
	}
	life := time.NewTimer(150*time.Millisecond + time.Duration(h.random.Int64N(int64(250*time.Millisecond))))
	defer life.Stop()
	select {
	case <-life.C:
	case <-ctxLoad.Done():
	}
	h.server.Kill()
	if err := load.Wait(); err != nil {
		return fmt.Errorf("under load: %w\n%s", err, strings.Join(h.server.Errors(), ""))
	}
	if err := h.restart(ctx); err != nil {
		return err
	}
	return h.settle(ctx)
}

// restart starts the server again; one time in five it is killed on the way,
// which must do no harm either.
func (h *harness) restart(ctx context.Context) error {
	if h.random.IntN(5) == 0 {
		short, cancel := context.WithTimeout(ctx, time.Duration(h.random.Int64N(int64(120*time.Millisecond))))
		defer cancel()
		server, err := launch.Start(short, h.config)
		if err == nil {
			server.Kill()
		} else if !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		h.cut++
	}
	var err error
	h.server, err = launch.Start(ctx, h.config)
	return err
}

func (h *harness) settle(ctx context.Context) error {
	check, ctxCheck := errgroup.WithContext(ctx)
	for _, c := range h.clients {
		check.Go(func() error {
			if err := c.settle(ctxCheck); err != nil {
				return fmt.Errorf("client %s: %w", c.name, err)
			}
			return nil
		})
	}
	if err := check.Wait(); err != nil {
		return err
	}
	return h.clean()
}

// clean demands that the server found nothing wrong with what it started on.
func (h *harness) clean() error {
	if lines := h.server.Errors(); len(lines) > 0 {
		return fmt.Errorf("the restarted server logged errors:\n%s", strings.Join(lines, ""))
	}
	return nil
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
	if err := h.settle(ctx); err != nil {
		return err
	}
	return h.server.Stop()
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
