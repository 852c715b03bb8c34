package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/principal"
)

type serveCmd struct {
	state
	Listen  string   `default:"127.0.0.1:7272" env:"PARLEY_LISTEN" placeholder:"HOST:PORT" help:"Address of the API (${default})."`
	Account string   `default:"000000000000" env:"PARLEY_ACCOUNT_ID" placeholder:"ID" help:"The server's own account, 12 digits (${default})."`
	Region  []string `default:"us-east-1" env:"PARLEY_REGION" placeholder:"REGION" help:"Region that requests are signed for (${default}); a list for more than one."`
	TLSCert string   `name:"tls-cert" env:"PARLEY_TLS_CERT" placeholder:"FILE" help:"Speak TLS with this certificate chain (PEM), in place of one made for development. Plain HTTP is for this machine only then."`
	TLSKey  string   `name:"tls-key" env:"PARLEY_TLS_KEY" placeholder:"FILE" help:"The certificate's private key (PEM)."`
	Metrics *string  `env:"PARLEY_METRICS" placeholder:"HOST:PORT" help:"Address of /metrics, /healthz and /readyz, unsigned (127.0.0.1:7273 if it is free). Empty for none."`
	Log     logFlags `embed:"" prefix:"log-"`

	PublicURL string        `name:"public-url" env:"PARLEY_PUBLIC_URL" placeholder:"URL" help:"Where browsers reach this server, for sign-ins whose secret has no redirect_uri (the address of the API)."`
	Outbound  outboundFlags `embed:"" prefix:"outbound-" group:"Calls to third parties, by plugins, crawlers and for sign-ins:"`

	Model     modelFlags     `embed:"" group:"Language model, to answer and to choose actions with (none by default; see PARLEY_MODEL_API_KEY):"`
	Embedding embeddingFlags `embed:"" group:"Embedding model, to search by meaning too (see PARLEY_EMBEDDING_API_KEY):"`
	Functions functionFlags  `embed:"" group:"Functions that alter documents, the hooks of their enrichment (see PARLEY_LAMBDA_ACCESS_KEY_ID):"`

	Buckets bucketFlags `embed:"" group:"S3 objects: documents, data sources of type S3, members of groups, OpenAPI documents of plugins:"`
	Folders []string    `env:"PARLEY_FOLDERS" placeholder:"DIR" help:"Folder of this machine that the account's data sources of type DIRECTORY may read, with all below it; of another account: 111122223333=DIR. A list for more than one."`
	Secrets secretFlags `embed:"" prefix:"secrets-" group:"Secrets of plugins and data sources in AWS Secrets Manager, beside those kept here (see PARLEY_SECRETS_ACCESS_KEY_ID):"`
	Audit   auditFlags  `embed:"" group:"Audit record (see \"parley audit\"):"`
	Quotas  quotaFlags  `embed:"" prefix:"quota-" group:"Quotas (the service's own by default):"`

	TrustUnknownRoles bool `name:"trust-unknown-roles" env:"PARLEY_TRUST_UNKNOWN_ROLES" help:"Accept service roles (of applications, plugins, data sources and so on) that are not here, and do as them whatever they are for. For laptops and tests."`

	Subscriptions string `default:"everyone" enum:"everyone,required" env:"PARLEY_SUBSCRIPTIONS" placeholder:"WHO" help:"Who may use an application: everyone, or required: users with a subscription of their own or of a group (${default})."`
}

type outboundFlags struct {
	Allow []string `env:"PARLEY_OUTBOUND_ALLOW" placeholder:"ORIGIN" help:"Origin such as http://10.0.0.5:8080 to open beside HTTPS on public addresses; a list for more than one."`
	Proxy string   `env:"PARLEY_OUTBOUND_PROXY" placeholder:"URL" help:"Proxy that carries every call. HTTPS_PROXY and the like are not read."`
}

type bucketFlags struct {
	Buckets    string `env:"PARLEY_BUCKETS" placeholder:"DIR" help:"Directory in which each folder is a bucket."`
	S3Endpoint string `name:"s3-endpoint" env:"PARLEY_S3_ENDPOINT" placeholder:"URL" help:"S3-compatible endpoint to read buckets from, instead."`
	S3Region   string `name:"s3-region" default:"us-east-1" env:"PARLEY_S3_REGION" placeholder:"REGION" help:"Region of that endpoint (${default})."`
}

type secretFlags struct {
	Endpoint string `env:"PARLEY_SECRETS_ENDPOINT" placeholder:"URL" help:"What speaks the protocol of AWS Secrets Manager, in place of AWS itself."`
	Region   string `default:"us-east-1" env:"PARLEY_SECRETS_REGION" placeholder:"REGION" help:"Region of that endpoint (${default}); AWS's is the ARN's."`
}

type auditFlags struct {
	Audit string `default:"on" enum:"on,off,required" env:"PARLEY_AUDIT" placeholder:"MODE" help:"Record who asked for what in the data directory: on, off, or required, with which nothing is served that cannot be recorded (${default})."`
	Keep  int64  `name:"audit-keep" default:"1073741824" env:"PARLEY_AUDIT_KEEP" placeholder:"N" help:"Bytes of records to keep; the oldest go (${default})."`
}

type quotaFlags struct {
	Applications  int `default:"50" env:"PARLEY_QUOTA_APPLICATIONS" placeholder:"N" help:"Applications in an account and Region (${default})."`
	Plugins       int `default:"25" env:"PARLEY_QUOTA_PLUGINS" placeholder:"N" help:"Plugins in an application (${default})."`
	PluginActions int `default:"20" env:"PARLEY_QUOTA_PLUGIN_ACTIONS" placeholder:"N" help:"Operations in a plugin's document (${default})."`
	SchemaBytes   int `default:"1048576" env:"PARLEY_QUOTA_SCHEMA_BYTES" placeholder:"N" help:"Bytes of a plugin's document (${default})."`
	DocumentBytes int `default:"50000000" env:"PARLEY_QUOTA_DOCUMENT_BYTES" placeholder:"N" help:"Bytes of a document of an index (${default}); what is in the request itself has 72 MiB in all."`
	DocumentText  int `default:"30000000" env:"PARLEY_QUOTA_DOCUMENT_TEXT" placeholder:"N" help:"Bytes of text that are taken from a document (${default})."`
}

// Help says what the one-line help cannot.
func (serveCmd) Help() string {
	return `Without any flag: an embedded store in ./parley-data, on loopback. On first start a root credential is made and kept in the file "credentials" there, which every AWS SDK can read:

    export AWS_SHARED_CREDENTIALS_FILE=./parley-data/credentials
    export AWS_ENDPOINT_URL=http://127.0.0.1:7272
    aws qbusiness list-applications

The port speaks TLS too, with a development certificate for this machine that is made on first start. Streaming conversations need it: the SDKs speak HTTP/2 with TLS only. Clients have to trust its CA, which is in the file "tls/ca.pem" there:

    export AWS_ENDPOINT_URL=https://127.0.0.1:7272
    export AWS_CA_BUNDLE=./parley-data/tls/ca.pem          # AWS CLI, boto3, Go
    export NODE_EXTRA_CA_CERTS=./parley-data/tls/ca.pem    # JavaScript

Secrets are read from the environment only:

    PARLEY_ROOT_ACCESS_KEY_ID      the root credential, instead of a made one
    PARLEY_ROOT_SECRET_ACCESS_KEY
    PARLEY_MASTER_KEY              base64 of 32 bytes, instead of the file master.key; the same for all servers on one PostgreSQL
    PARLEY_S3_ACCESS_KEY_ID        for --s3-endpoint
    PARLEY_S3_SECRET_ACCESS_KEY
    PARLEY_SECRETS_ACCESS_KEY_ID   for AWS Secrets Manager; without it only the secrets kept here are found
    PARLEY_SECRETS_SECRET_ACCESS_KEY
    PARLEY_MODEL_API_KEY           for --model-provider openai, where the server wants one
    PARLEY_MODEL_ACCESS_KEY_ID     for --model-provider bedrock
    PARLEY_MODEL_SECRET_ACCESS_KEY
    PARLEY_MODEL_SESSION_TOKEN     where they are temporary
    PARLEY_EMBEDDING_API_KEY       for --embedding-provider openai or ollama, and PARLEY_EMBEDDING_ACCESS_KEY_ID
                                   and so on for bedrock, as those of the language model
    PARLEY_LAMBDA_ACCESS_KEY_ID    for --lambda-endpoint; without it requests are not signed
    PARLEY_LAMBDA_SECRET_ACCESS_KEY

One line is printed when the server is ready; everything else is the log, on standard error. SIGTERM and SIGINT let requests finish.`
}

// Run serves until the process is told to stop.
func (c serveCmd) Run(p *process) error {
	if err := c.check(); err != nil {
		return err
	}
	config, err := c.settings(p)
	if err != nil {
		return err
	}
	log := c.Log.open(p.err)
	if c.DatabaseURL == "" {
		lock, err := store.Lock(c.Data)
		if err != nil {
			return err
		}
		defer lock.Unlock()
	}
	listener, err := listen("--listen", c.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	if config, err = c.placed(p, config, listener, log); err != nil {
		return err
	}
	server, err := assembly.New(p.ctx, config)
	if err != nil {
		return err
	}
	if err := c.watch(p.ctx, server, log); err != nil {
		return errors.Join(err, server.Close())
	}
	if _, err := fmt.Fprintf(p.out, "parley is ready on %s (account %s, %s)\n", c.url(listener), c.Account, strings.Join(c.Region, ", ")); err != nil {
		return errors.Join(err, server.Close())
	}
	return server.Serve(p.ctx, listener)
}

// settings are what the flags and the environment say by themselves.
func (c serveCmd) settings(p *process) (config assembly.Config, err error) {
	if config.Model, err = c.Model.config(p); err != nil {
		return config, err
	}
	if config.Embedding, err = c.Embedding.config(p); err != nil {
		return config, err
	}
	if config.Functions, err = c.Functions.config(p); err != nil {
		return config, err
	}
	config.Regions, config.Zone = c.Region, time.Local
	if config.Folders, err = c.folders(); err != nil {
		return config, err
	}
	config.Audit = c.Audit.config(c.Data)
	config.Buckets, config.Secrets = c.Buckets.config(p), c.Secrets.config(p)
	config.Quotas, config.Outbound = assembly.Quotas(c.Quotas), assembly.Outbound(c.Outbound)
	config.RequireTLS = c.TLSCert != ""
	config.TrustUnknownRoles = c.TrustUnknownRoles
	config.RequireSubscriptions = c.Subscriptions == "required"
	return config, nil
}

// folders are those that --folders opens, by account: the server's own where none is
// named.
func (c serveCmd) folders() (map[string][]string, error) {
	open := map[string][]string{}
	for _, f := range c.Folders {
		account, folder, named := strings.Cut(f, "=")
		if !named || !principal.IsAccount(account) {
			account, folder = c.Account, f
		}
		path, err := filepath.Abs(folder)
		if err != nil {
			return nil, err
		}
		open[account] = append(open[account], path)
	}
	return open, nil
}

// placed completes the settings with what lies in the data directory, and with
// where the server listens.
func (c serveCmd) placed(p *process, config assembly.Config, l net.Listener, log *slog.Logger) (_ assembly.Config, err error) {
	if config.Certificate, err = c.certificate(p, l, log); err != nil {
		return config, err
	}
	if config.Root, err = c.root(p, log); err != nil {
		return config, err
	}
	if c.TrustUnknownRoles {
		log.Warn("roles that are not here are TRUSTED (--trust-unknown-roles): whoever may make a plugin with such a role reads every secret of the account through it; make the roles with \"aws iam create-role\" and leave the switch out")
	}
	program, err := os.Executable()
	if err != nil {
		return config, err
	}
	config.State = c.config(p, log)
	config.Reading = assembly.Reading{Program: program, Args: []string{extractWorker}}
	config.PublicURL = cmp.Or(c.PublicURL, c.url(l))
	return config, nil
}

// minKeep is the least of audit records: a file, of which four are kept, has to
// hold many.
const minKeep = 4 << 20

var regionForm = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+$`)

// check refuses what can be told from the flags alone.
func (c serveCmd) check() error {
	if !principal.IsAccount(c.Account) {
		return misuse("--account takes 12 digits, such as 111122223333; got %q", c.Account)
	}
	for i, r := range c.Region {
		if !regionForm.MatchString(r) || slices.Contains(c.Region[:i], r) {
			return misuse("--region takes names such as us-east-1, each once; got %q", strings.Join(c.Region, ","))
		}
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return misuse("--tls-cert and --tls-key go together")
	}
	if c.Buckets.Buckets != "" && c.Buckets.S3Endpoint != "" {
		return misuse("--buckets and --s3-endpoint exclude each other: buckets are in one place")
	}
	if c.Audit.Keep < minKeep {
		return misuse("--audit-keep takes a number of bytes from %d; got %d", minKeep, c.Audit.Keep)
	}
	if err := c.checkURL(); err != nil {
		return err
	}
	for name, n := range map[string]int{
		"applications": c.Quotas.Applications, "plugins": c.Quotas.Plugins,
		"plugin-actions": c.Quotas.PluginActions, "schema-bytes": c.Quotas.SchemaBytes,
		"document-bytes": c.Quotas.DocumentBytes, "document-text": c.Quotas.DocumentText,
	} {
		if n < 1 {
			return misuse("--quota-%s takes a number from 1; got %d", name, n)
		}
	}
	return nil
}

func (f auditFlags) config(dir string) assembly.Audit {
	if f.Audit == "off" {
		return assembly.Audit{}
	}
	return assembly.Audit{Dir: filepath.Join(dir, auditDir), Keep: f.Keep, Required: f.Audit == "required"}
}

func (b bucketFlags) config(p *process) assembly.Buckets {
	return assembly.Buckets{
		Dir: b.Buckets, Endpoint: b.S3Endpoint, Region: b.S3Region,
		AccessKeyID: p.env("PARLEY_S3_ACCESS_KEY_ID"), Secret: p.env("PARLEY_S3_SECRET_ACCESS_KEY"),
	}
}

func (f secretFlags) config(p *process) assembly.AWSSecrets {
	return assembly.AWSSecrets{
		Endpoint: f.Endpoint, Region: f.Region,
		AccessKeyID: p.env("PARLEY_SECRETS_ACCESS_KEY_ID"), Secret: p.env("PARLEY_SECRETS_SECRET_ACCESS_KEY"),
	}
}

// listen opens a listener, or says in terms of the flag why it cannot.
func listen(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the address %s is in use: stop what listens there, or choose another with %s", address, flag)
	case err != nil:
		return nil, fmt.Errorf("%s %s cannot be listened on: %w", flag, address, err)
	}
	return l, nil
}

// url is where the API is, as a client on this machine may write it.
func (c serveCmd) url(l net.Listener) string {
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok && a.IP.IsUnspecified() {
		return fmt.Sprintf("%s://localhost:%d", scheme, a.Port)
	}
	return scheme + "://" + l.Addr().String()
}

// metricsAddress is tried when --metrics is not given. Another server on this
// machine may have it; then there are no metrics, with a warning.
const metricsAddress = "127.0.0.1:7273"

// watch serves metrics and probes on their own listener until ctx ends.
func (c serveCmd) watch(ctx context.Context, server *assembly.Server, log *slog.Logger) error {
	address := metricsAddress
	if c.Metrics != nil {
		address = *c.Metrics
	}
	if address == "" {
		return nil
	}
	l, err := listen("--metrics", address)
	if err != nil && c.Metrics == nil {
		log.Warn("there are no metrics", "reason", err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	web := &http.Server{Handler: server.Metrics(), ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelInfo)}
	go web.Serve(l)
	context.AfterFunc(ctx, func() { web.Close() })
	log.Info("metrics", "url", "http://"+l.Addr().String()+"/metrics")
	return nil
}

// root is the credential of the server's own account.
func (c serveCmd) root(p *process, log *slog.Logger) (access.Root, error) {
	key, err := rootKey(c.Data, c.Account, c.Region[0], p.env)
	if err != nil {
		return access.Root{}, err
	}
	switch {
	case key.made:
		log.Info("made a root credential", "file", key.file)
	case key.file != "":
		log.Info("the root credential", "file", key.file)
	}
	return access.Root{Account: c.Account, AccessKeyID: key.id, Secret: key.secret}, nil
}
