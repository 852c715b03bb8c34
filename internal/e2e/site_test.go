package e2e

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

// site is a running server and a client of it.
type site struct {
	*qbusiness.Client
	server  *launch.Server
	config  launch.Config // how it was started
	answers *tape         // nil: the answers are not kept
	buckets string        // each folder in it is a bucket
	tls     bool          // client scripts are told its endpoint with TLS
}

// overTLS is the same site for scripts that need TLS.
func (s *site) overTLS() *site {
	secure := *s
	secure.tls = true
	return &secure
}

// each runs a test on a fresh server with the embedded store, and on one with
// a fresh database on every PostgreSQL there is.
func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	onEach(t, func(t *testing.T, database string) { test(t, open(t, database)) })
}

// onEach is each for a test that starts its server itself, on the database that
// it is given; none is the embedded store.
func onEach(t *testing.T, test func(t *testing.T, database string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, "")
	})
	for name, server := range postgres(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, database(t, server))
		})
	}
}

// postgres is the PostgreSQL server to test on, by its name in tests: the first
// one that there is. In what they make of a statement versions may differ, and
// every room's own tests run its statements on each of them.
func postgres(t *testing.T) map[string]string {
	servers := strings.FieldsFunc(os.Getenv("PARLEY_TEST_POSTGRES"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(servers) == 0 {
		t.Log("PARLEY_TEST_POSTGRES names no server: on the embedded store only")
		return nil
	}
	return map[string]string{"postgres": servers[0]}
}

// database makes an empty database that is dropped when the test ends.
func database(t *testing.T, server string) string {
	t.Helper()
	url, drop, err := launch.Database(t.Context(), server)
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

// open starts a server for one test, with a directory of buckets and further
// flags.
func open(t *testing.T, database string, flags ...string) *site {
	t.Helper()
	c := launch.Config{Program: program, Data: t.TempDir(), Database: database}
	buckets := t.TempDir()
	c.Args = append([]string{"--buckets", buckets}, flags...)
	server, err := launch.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	s := adopt(t, server, buckets)
	s.config = c
	s.config.Listen = server.Listen
	return s
}

// crash kills the server of open as a power cut would, and starts it again where
// it was.
func (s *site) crash(t *testing.T) {
	t.Helper()
	s.server.Kill()
	server, err := launch.Start(t.Context(), s.config)
	if err != nil {
		t.Fatal(err)
	}
	s.server = adopt(t, server, s.buckets).server
}

// adopt makes a started server a site. When the test ends, the server has to
// stop cleanly and to have logged no error.
func adopt(t *testing.T, server *launch.Server, buckets string) *site {
	s := &site{Client: client(server.Endpoint, server.Key), server: server, buckets: buckets}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("the server did not stop cleanly: %v", err)
		}
		for _, line := range server.Errors() {
			t.Errorf("the server logged an error: %s", line)
		}
	})
	return s
}

// client is the official SDK with one attempt, so that every answer is seen.
func client(endpoint string, key aws.Credentials) *qbusiness.Client {
	return qbusiness.NewFromConfig(aws.Config{
		Region:       launch.Region,
		BaseEndpoint: &endpoint,
		Credentials:  aws.CredentialsProviderFunc(provide(key)),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	})
}

// fails demands an error of type E and returns it.
func fails[E error](t *testing.T, err error) E {
	t.Helper()
	var e E
	if !errors.As(err, &e) {
		t.Fatalf("error = %v, want a %T", err, e)
	}
	return e
}

// must demands that a call succeeds.
func must[T any](out T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// eventually polls until done says so, as a client waits for a status.
//
// The job of a server that died waits for its lease to end, which takes a minute.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("%s: not within two minutes", what)
		}
	}
}

// material reads a file of testdata.
func material(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
