// Package demo is `parley demo`: the main job end to end on a server of its
// own, each step printed with the AWS CLI command that does the same.
//
// It is a client like any other: it starts `parley serve` as a user would,
// signs its requests, and knows of the server only what the API says.
package demo

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

//go:embed helpdesk.yaml
var helpdesk string

// Config is what a run needs of the process it is in.
type Config struct {
	Program string // path of the parley binary
	Out     io.Writer
	Now     func() time.Time
	// Credential reads the root credential that a server made in its data
	// directory.
	Credential func(dir string) (id, secret string, err error)
}

// demo is one run: what it made so far, for the steps that follow.
type demo struct {
	Config
	client *client
	data   string // directory of the server
	api    *Helpdesk
	issuer *issuer // of the outside company

	app, plugin        string
	conversation, last string // the last message of the server in it
	lib                library
	talk               assistant
}

// Run runs the demo. It fails at the first step whose answer is not what the
// API promises.
func Run(ctx context.Context, c Config) error {
	data, err := os.MkdirTemp("", "parley-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	listen, err := FreeAddress()
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	d := &demo{Config: c, data: data}
	if err := d.surround(ctx); err != nil {
		return err
	}
	srv, err := start(ctx, c.Program, data, listen, d.api.url, d.issuer.url)
	if err != nil {
		return err
	}
	defer func() { srv.kill() }()
	if err := d.connect(srv); err != nil {
		return err
	}
	d.say("A server is up on %s, with an embedded store in %s, and a small help desk on %s; all go when the demo ends.", srv.endpoint, data, d.api.url)
	d.say("Each step is shown with the command that does the same on a `parley serve` of your own, after")
	d.command("export AWS_SHARED_CREDENTIALS_FILE=$PWD/parley-data/credentials AWS_ENDPOINT_URL=http://127.0.0.1:7272 AWS_REGION=us-east-1")
	for _, step := range []func(context.Context) error{
		d.createApplication, d.createPlugin, d.listActions, d.read, d.write,
		d.createLibrary, d.putDocuments, d.searchAsTwo, d.outsideCompany, d.readPolicy,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	d.heading("Kill the server (kill -9), start it again on the same data")
	srv.kill()
	if srv, err = start(ctx, c.Program, data, listen, d.api.url, d.issuer.url); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{d.survived, d.openDesk, d.ask, d.act} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	d.say("\nDone. `parley serve` starts a server for you; the README has a tour.")
	return nil
}

// surround starts what is around the server: the help desk, and the outside
// company's identity provider.
func (d *demo) surround(ctx context.Context) error {
	desk, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.api = StartHelpdesk(ctx, desk)
	provider, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d.issuer, err = startIssuer(ctx, provider, d.Now)
	return err
}

// connect takes the credential the server made.
func (d *demo) connect(srv *server) error {
	id, secret, err := d.Credential(srv.data)
	if err != nil {
		return err
	}
	d.client = &client{
		endpoint: srv.endpoint,
		region:   "us-east-1",
		key:      aws.Credentials{AccessKeyID: id, SecretAccessKey: secret},
		http:     &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}, // to loopback, past any proxy
		now:      d.Now,
	}
	return d.client.trust(srv.data)
}

func (d *demo) createApplication(ctx context.Context) error {
	d.heading("Create an application")
	const provider, client = "arn:aws:iam::000000000000:oidc-provider/login.example.com", "parley"
	d.command(`aws qbusiness create-application --display-name helpdesk --identity-type AWS_IAM_IDP_OIDC \
      --iam-identity-provider-arn ` + provider + " --client-ids-for-oidc " + client)
	out, err := d.client.call(ctx, "POST", "/applications", document{
		"displayName": "helpdesk", "identityType": "AWS_IAM_IDP_OIDC", "iamIdentityProviderArn": provider, "clientIdsForOIDC": []string{client},
	})
	if err != nil {
		return err
	}
	d.app, _ = out["applicationId"].(string)
	return d.show(out, "applicationId", "applicationArn")
}

func (d *demo) createPlugin(ctx context.Context) error {
	d.heading("Make a plugin from an OpenAPI document")
	d.command("curl " + d.api.url + "/openapi.yaml > helpdesk.yaml")
	d.command("aws qbusiness create-plugin --application-id " + d.app + ` --type CUSTOM --display-name tickets \
      --auth-configuration noAuthConfiguration={} \
      --custom-plugin-configuration description="Help desk tickets",apiSchemaType=OPEN_API_V3,apiSchema={payload@=file://helpdesk.yaml}`)
	out, err := d.client.call(ctx, "POST", "/applications/"+d.app+"/plugins", document{
		"displayName":       "tickets",
		"type":              "CUSTOM",
		"authConfiguration": document{"noAuthConfiguration": document{}},
		"customPluginConfiguration": document{
			"description":   "Help desk tickets",
			"apiSchemaType": "OPEN_API_V3",
			"apiSchema":     document{"payload": d.api.document()},
		},
	})
	if err != nil {
		return err
	}
	d.plugin, _ = out["pluginId"].(string)
	return d.pluginReady(ctx)
}

func (d *demo) pluginReady(ctx context.Context) error {
	d.command("aws qbusiness get-plugin --application-id " + d.app + " --plugin-id " + d.plugin)
	out, err := d.client.call(ctx, "GET", "/applications/"+d.app+"/plugins/"+d.plugin, nil)
	if err != nil {
		return err
	}
	if out["buildStatus"] != "READY" {
		return fmt.Errorf("the plugin is %v, not READY", out["buildStatus"])
	}
	return d.show(out, "pluginId", "displayName", "type", "buildStatus", "state")
}

func (d *demo) listActions(ctx context.Context) error {
	d.heading("List what the plugin can do")
	d.command("aws qbusiness list-plugin-actions --application-id " + d.app + " --plugin-id " + d.plugin)
	out, err := d.client.call(ctx, "GET", "/applications/"+d.app+"/plugins/"+d.plugin+"/actions", nil)
	if err != nil {
		return err
	}
	actions, _ := out["items"].([]any)
	if len(actions) != 4 {
		return fmt.Errorf("the document has 4 operations, the plugin %d actions", len(actions))
	}
	for _, a := range actions {
		action, _ := a.(document)
		d.say("    %-28v %v", action["displayName"], action["description"])
	}
	return nil
}

func (d *demo) readPolicy(ctx context.Context) error {
	d.heading("Read the policy back")
	d.command("aws qbusiness get-policy --application-id " + d.lib.app + " --query policy --output text")
	out, err := d.client.call(ctx, "GET", "/applications/"+d.lib.app+"/policy", nil)
	if err != nil {
		return err
	}
	var policy any
	if err := json.Unmarshal([]byte(fmt.Sprint(out["policy"])), &policy); err != nil {
		return fmt.Errorf("the policy is not JSON: %w", err)
	}
	d.say("    %v", out["policy"])
	return nil
}

// survived asks again for what was made before the server was killed.
func (d *demo) survived(ctx context.Context) error {
	if err := d.pluginReady(ctx); err != nil {
		return err
	}
	if err := d.readPolicy(ctx); err != nil {
		return err
	}
	if err := d.reread(ctx); err != nil {
		return err
	}
	return d.searchAsTwo(ctx)
}

func (d *demo) heading(text string)         { fmt.Fprintf(d.Out, "\n== %s\n", text) }
func (d *demo) command(text string)         { fmt.Fprintf(d.Out, "  $ %s\n", text) }
func (d *demo) say(format string, a ...any) { fmt.Fprintf(d.Out, format+"\n", a...) }

// show prints the named members of an answer, and fails when one is missing.
func (d *demo) show(out document, names ...string) error {
	for _, name := range names {
		v, ok := out[name]
		if !ok {
			return fmt.Errorf("the answer has no %s", name)
		}
		d.say("    %s: %v", name, v)
	}
	return nil
}
