package torture

import (
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

var (
	rounds   = flag.Int("rounds", 3, "how often to kill the server")
	seed     = flag.Uint64("seed", uint64(time.Now().UnixNano()), "of every choice; the moments at which requests meet are not repeatable")
	postgres = flag.String("postgres", "", "keep the state in new databases of this PostgreSQL instead of the embedded store, with a server on each that is not killed")
)

// program is the binary, built once for all tests.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "parley-torture-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if program, err = launch.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// stage is a store and the server on it that is killed, with those who load it. On
// PostgreSQL there is a neighbour too, which lives on: it does the jobs of both, and
// misses the server that was killed.
type stage struct {
	config    launch.Config
	server    *launch.Server
	neighbour *launch.Server // nil on the embedded store
	random    *rand.Rand
	actors    []actor
	desk      *desk // the third party; nil: nobody calls one
	cut       int   // starts that were killed before the server was ready
}

// actor loads the server, and knows then what has to be there.
type actor interface {
	who() string
	// load sends requests until one gets no answer.
	load(ctx context.Context) error
	// settle checks the restarted server against what was acknowledged.
	settle(ctx context.Context) error
}

// newStage starts a server with further flags. stream tells the choices of one test
// from those of the others.
func newStage(t *testing.T, stream uint64, flags ...string) *stage {
	t.Helper()
	t.Logf("%d rounds; repeat with -args -rounds=%d -seed=%d", *rounds, *rounds, *seed)
	s := &stage{
		random: rand.New(rand.NewPCG(*seed, stream)),
		config: launch.Config{Program: program, Data: t.TempDir(), Args: flags},
	}
	if *postgres != "" {
		t.Parallel() // most of a round goes by until a dead server is missed
		s.config.Database = newDatabase(t)
		s.config.Env = []string{"PARLEY_MASTER_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32))}
	}
	t.Cleanup(s.kill)
	if err := s.start(t); err != nil {
		t.Fatal(err)
	}
	return s
}

func newDatabase(t *testing.T) string {
	t.Helper()
	url, drop, err := launch.Database(t.Context(), *postgres)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Error(err)
		}
	})
	return url
}

// start starts the server for the first time, and its neighbour.
func (s *stage) start(t *testing.T) (err error) {
	if s.server, err = launch.Start(t.Context(), s.config); err != nil || s.config.Database == "" {
		s.listen()
		return err
	}
	s.listen()
	beside := s.config
	beside.Data, beside.Listen = t.TempDir(), ""
	s.neighbour, err = launch.Start(t.Context(), beside)
	return err
}

// listen keeps the address for the starts to come.
func (s *stage) listen() {
	if s.server != nil {
		s.config.Listen = s.server.Listen
	}
}

func (s *stage) kill() {
	for _, server := range []*launch.Server{s.server, s.neighbour} {
		if server != nil {
			server.Kill()
		}
	}
}

// run does all rounds, in each of which the server lives for a while. sum tells what
// happened.
func (s *stage) run(t *testing.T, least, more time.Duration, sum fmt.Stringer) {
	t.Helper()
	for n := range *rounds {
		if err := s.round(t.Context(), least+time.Duration(s.random.Int64N(int64(more)))); err != nil {
			t.Fatalf("round %d of seed %d: %v", n+1, *seed, err)
		}
		if (n+1)%25 == 0 {
			t.Logf("%d rounds: %s", n+1, sum)
		}
	}
}

// round loads the server, kills it, starts it again, and checks.
func (s *stage) round(ctx context.Context, life time.Duration) error {
	if err := s.strike(ctx, life); err != nil {
		return err
	}
	if err := s.restart(ctx); err != nil {
		return err
	}
	return s.check(ctx)
}

// strike lets everybody load the server, and kills it.
func (s *stage) strike(ctx context.Context, life time.Duration) error {
	load, ctxLoad := errgroup.WithContext(ctx)
	for _, a := range s.actors {
		load.Go(func() error { return by(a, a.load(ctxLoad)) })
	}
	linger(ctxLoad, life)
	s.server.Kill()
	err := load.Wait()
	if s.desk != nil {
		s.desk.under.Wait()
	}
	if err != nil {
		return fmt.Errorf("under load: %w\n%s", err, strings.Join(s.server.Errors(), ""))
	}
	return nil
}

// restart starts the server again; one time in five it is killed on the way,
// which must do no harm either.
func (s *stage) restart(ctx context.Context) error {
	if s.random.IntN(5) == 0 {
		short, cancel := context.WithTimeout(ctx, time.Duration(s.random.Int64N(int64(120*time.Millisecond))))
		defer cancel()
		server, err := launch.Start(short, s.config)
		if err == nil {
			server.Kill()
		} else if !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		s.cut++
	}
	var err error
	s.server, err = launch.Start(ctx, s.config)
	return err
}

// check lets everybody settle with the restarted server.
func (s *stage) check(ctx context.Context) error {
	check, ctxCheck := errgroup.WithContext(ctx)
	for _, a := range s.actors {
		check.Go(func() error { return by(a, a.settle(ctxCheck)) })
	}
	if err := check.Wait(); err != nil {
		return err
	}
	return s.clean()
}

// clean demands that no server has found anything wrong.
func (s *stage) clean() error {
	for _, server := range []*launch.Server{s.server, s.neighbour} {
		if server == nil {
			continue
		}
		if lines := server.Errors(); len(lines) > 0 {
			return fmt.Errorf("a server logged errors:\n%s", strings.Join(lines, ""))
		}
	}
	return nil
}

// stop ends the servers as an operator does.
func (s *stage) stop() error {
	if s.neighbour == nil {
		return s.server.Stop()
	}
	return errors.Join(s.server.Stop(), s.neighbour.Stop())
}

// by says whose error it is.
func by(a actor, err error) error {
	if err != nil {
		err = fmt.Errorf("%s: %w", a.who(), err)
	}
	return err
}

// missed is how long a server that was killed may be thought to go on with what it
// held. On the embedded store the next one knows better.
const missed = 20 * time.Second

// patiently sends a turn that got no answer again, for as long as it may count as going
// on: until its server is missed.
func (s *stage) patiently(ctx context.Context, send func() error) error {
	patience := time.Now()
	if s.neighbour != nil {
		patience = patience.Add(missed)
	}
	for {
		err := send()
		if !refusedAs(err, "ConflictException") || !time.Now().Before(patience) || !linger(ctx, 100*time.Millisecond) {
			return err
		}
	}
}
