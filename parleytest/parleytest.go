// Package parleytest runs a Parley server inside a test: the real one, on a
// loopback port, with a store of its own that goes with it. Point an AWS SDK at
// it with Config, or any client at URL:
//
//	srv := parleytest.Start(t)
//	client := qbusiness.NewFromConfig(srv.Config())
//
// The port speaks TLS and plain HTTP. Config uses TLS, and trusts the server's
// certificate: Chat of the SDK needs HTTP/2, which it speaks with TLS only.
//
// It owns the life of such a server. What the server does is not its business.
package parleytest

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/platform/certificate"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Server is a running server. Its fields are for reading.
type Server struct {
	URL     string // http://127.0.0.1:port
	TLSURL  string // https://127.0.0.1:port, the same port
	CA      []byte // PEM, of the CA that a client of TLSURL has to trust
	Account string // of the root credential
	Region  string

	AccessKeyID     string // the root credential
	SecretAccessKey string

	server *assembly.Server
	stop   context.CancelFunc
	ended  chan error
}

// Option changes the server that is started.
type Option func(*options)

type options struct {
	account, region, database, buckets string
	outbound                           []string
	trust                              bool
	log                                io.Writer
}

// WithAccount makes id (12 digits) the server's account instead of 000000000000.
func WithAccount(id string) Option { return func(o *options) { o.account = id } }

// WithRegion makes name the server's Region instead of us-east-1.
func WithRegion(name string) Option { return func(o *options) { o.region = name } }

// WithDatabase keeps the state in the PostgreSQL that url names, which outlives
// the server. Servers on one url share it, as a cluster does: their master key
// is made of the url, which is good enough for tests alone.
func WithDatabase(url string) Option { return func(o *options) { o.database = url } }

// WithBuckets makes each folder of dir an S3 bucket that the server can read.
func WithBuckets(dir string) Option { return func(o *options) { o.buckets = dir } }

// WithOutbound lets plugins, data sources and sign-ins reach origins beside HTTPS on
// public addresses, such as the URL of an httptest.Server: without it the server
// calls nothing on loopback. `parley serve --outbound-allow` does the same.
func WithOutbound(origins ...string) Option {
	return func(o *options) { o.outbound = append(o.outbound, origins...) }
}

// WithUnknownRoles accepts service roles that were not made here, whatever they
// are handed over for, as `parley serve --trust-unknown-roles` does.
func WithUnknownRoles() Option { return func(o *options) { o.trust = true } }

// WithLog writes the server's log to w, every request included. Start logs
// warnings and errors to the test without it, and New nothing.
func WithLog(w io.Writer) Option { return func(o *options) { o.log = w } }

// Start starts a server that ends with the test, which fails if it cannot
// start or does not end cleanly.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := start(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// New starts a server for a TestMain or an example. The caller closes it.
func New(opts ...Option) (*Server, error) { return start(slog.DiscardHandler, opts) }

func start(log slog.Handler, opts []Option) (*Server, error) {
	o := options{account: "000000000000", region: "us-east-1"}
	for _, opt := range opts {
		opt(&o)
	}
	if o.log != nil {
		log = slog.NewTextHandler(o.log, nil)
	}
	id, secret, err := principal.Mint(o.account)
	if err != nil {
		return nil, fmt.Errorf("parleytest: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("parleytest: %w", err)
	}
	pair, err := certificate.Make(nil, time.Now())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("parleytest: %w", err), l.Close())
	}
	s := &Server{
		URL: "http://" + l.Addr().String(), TLSURL: "https://" + l.Addr().String(), CA: pair.CA, Account: o.account, Region: o.region,
		AccessKeyID: id, SecretAccessKey: secret, ended: make(chan error, 1),
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.server, err = assembly.New(ctx, assembly.Config{
		State:   assembly.State{URL: o.database, MasterKey: o.masterKey(), Now: time.Now, Log: slog.New(log)},
		Root:    access.Root{Account: o.account, AccessKeyID: id, Secret: secret},
		Regions: []string{o.region}, Buckets: assembly.Buckets{Dir: o.buckets}, Outbound: assembly.Outbound{Allow: o.outbound},
		TrustUnknownRoles: o.trust,
		Certificate:       func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &pair.Certificate, nil },
	})
	if err != nil {
		stop()
		return nil, errors.Join(fmt.Errorf("parleytest: %w", err), l.Close())
	}
	go func() { s.ended <- s.server.Serve(ctx, l) }()
	return s, nil
}

// masterKey is empty, for one that goes with the server, or that of a database.
func (o options) masterKey() string {
	if o.database == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(o.database))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Close ends the server: requests that are being answered finish first. Its
// state is gone afterwards, unless it is in a database.
func (s *Server) Close() error {
	s.stop()
	err := <-s.ended
	s.ended <- err
	return err
}

// Config is for an AWS SDK client: the server's TLSURL and Region, the root
// credential, and an HTTP client that trusts the server.
func (s *Server) Config() aws.Config {
	return s.ConfigFor(s.AccessKeyID, s.SecretAccessKey)
}

// ConfigFor is Config with another credential, such as one of AddRole's.
func (s *Server) ConfigFor(accessKeyID, secretAccessKey string) aws.Config {
	return aws.Config{
		Region:       s.Region,
		BaseEndpoint: aws.String(s.TLSURL),
		HTTPClient:   awshttp.NewBuildableClient().WithTransportOptions(s.trust),
		Credentials:  credentials.NewStaticCredentialsProvider(accessKeyID, secretAccessKey, ""),
	}
}

// trust makes a client's transport trust the server, and nobody else.
func (s *Server) trust(t *http.Transport) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.CA)
	t.TLSClientConfig.RootCAs = roots
}

// AddRole mints an access key for a role of any account, as `parley principal
// add --policy arn:aws:iam::aws:policy/AdministratorAccess` does: in its own
// account the role may do everything.
func (s *Server) AddRole(ctx context.Context, account, role string, tags map[string]string) (accessKeyID, secretAccessKey string, err error) {
	key, _, secret, err := s.server.Principals.Add(ctx, account, role, tags, principal.Granted{Managed: principal.AdministratorAccess})
	return key.ID, secret, err
}
