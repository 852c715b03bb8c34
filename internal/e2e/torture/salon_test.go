package torture

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

const (
	speakers = 6 // who talk at the same time
	canaries = 8 // documents that they talk about
)

// canary is the bird that document n is about.
func canary(n int) string { return fmt.Sprintf("canary%dx", n) }

// someday is when everybody says what they think of answers.
func someday() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// salon is one run of conversations over documents, with those who talk to a slow
// model.
type salon struct {
	*stage

	speakers []*speaker
}

// TestKilledServerKeepsConversations kills the server while people talk to a slow
// model, by ChatSync and by Chat: before it answers, and in the middle of streams.
// After each start every acknowledged turn is there as it was answered, with its
// sources and files; the one without an answer is there as a whole or not at all;
// what was deleted is gone; tokens answer what they answered; no ticket is ordered
// twice; and all conversations go on.
func TestKilledServerKeepsConversations(t *testing.T) {
	desk, sage := newDesk(t), newSage(t)
	h := &salon{stage: newStage(t, 2000, append(sage.flags(), "--outbound-allow", desk.url)...)}
	h.desk = desk
	if err := h.begin(t); err != nil {
		t.Fatal(err)
	}
	h.run(t, 150*time.Millisecond, 300*time.Millisecond, h)
	if err := h.rows(t.Context()); err != nil {
		t.Errorf("after %d rounds of seed %d: %v", *rounds, *seed, err)
	}
	t.Logf("%d rounds, nothing lost: %s", *rounds, h)
	if err := h.stop(); err != nil {
		t.Error(err)
	}
	if n := h.all(); n.doubtful < speakers**rounds || n.turns < n.doubtful || *rounds >= 10 && (n.waiting == 0 || n.midway == 0 || n.confirmed == 0 || n.erased == 0) {
		t.Error("too little happened: this proves nothing")
	}
}

func (h *salon) all() (n tally) {
	for _, s := range h.speakers {
		n.add(s.tally)
	}
	return n
}

// String sums up.
func (h *salon) String() string { return h.all().String() }

// begin makes an application of which everything is used, and the speakers.
func (h *salon) begin(t *testing.T) error {
	ctx := t.Context()
	admin := h.client(t)
	app, err := admin.CreateApplication(ctx, &qbusiness.CreateApplicationInput{
		DisplayName: new("salon"), IdentityType: types.IdentityTypeAwsIamIdpOidc, ClientIdsForOIDC: []string{"parley"},
		IamIdentityProviderArn:   new("arn:aws:iam::000000000000:oidc-provider/login.example.com"),
		AttachmentsConfiguration: &types.AttachmentsConfiguration{AttachmentsControlMode: types.AttachmentsControlModeEnabled},
	})
	if err != nil {
		return err
	}
	plugin, err := admin.CreatePlugin(ctx, &qbusiness.CreatePluginInput{
		ApplicationId: app.ApplicationId, DisplayName: new("desk"), Type: types.PluginTypeCustom,
		AuthConfiguration: &types.PluginAuthConfigurationMemberNoAuthConfiguration{}, CustomPluginConfiguration: configuration(h.desk.document()),
	})
	if err != nil {
		return err
	}
	for i := range speakers {
		s := &speaker{
			orders: orders{desk: h.desk, name: fmt.Sprintf("speaker%d", i)}, stage: h.stage, random: rand.New(rand.NewPCG(*seed, uint64(2001+i))),
			api: h.client(t), app: *app.ApplicationId, plugin: *plugin.PluginId, known: map[string]bool{},
		}
		h.speakers, h.actors = append(h.speakers, s), append(h.actors, s)
	}
	return h.furnish(ctx, admin, *app.ApplicationId)
}

// client is the SDK over HTTP/2 in clear, on a connection of its own.
func (h *salon) client(t *testing.T) *qbusiness.Client {
	p := new(http.Protocols)
	p.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: p}
	t.Cleanup(transport.CloseIdleConnections)
	return qbusiness.NewFromConfig(aws.Config{
		Region: launch.Region, BaseEndpoint: &h.server.Endpoint, HTTPClient: &http.Client{Transport: losable{transport}},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return h.server.Key, nil }),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
}

// furnish makes an index, and waits until its documents are found.
func (h *salon) furnish(ctx context.Context, admin *qbusiness.Client, app string) error {
	index, err := admin.CreateIndex(ctx, &qbusiness.CreateIndexInput{ApplicationId: &app, DisplayName: new("docs")})
	if err != nil {
		return err
	}
	retriever, err := admin.CreateRetriever(ctx, &qbusiness.CreateRetrieverInput{
		ApplicationId: &app, DisplayName: new("find"), Type: types.RetrieverTypeNativeIndex,
		Configuration: &types.RetrieverConfigurationMemberNativeIndexConfiguration{Value: types.NativeIndexConfiguration{IndexId: index.IndexId}},
	})
	if err != nil {
		return err
	}
	in := &qbusiness.BatchPutDocumentInput{ApplicationId: &app, IndexId: index.IndexId}
	for n := range canaries {
		in.Documents = append(in.Documents, types.Document{
			Id: new(canary(n)), Title: new("About " + canary(n)), ContentType: types.ContentTypePlainText,
			Content: &types.DocumentContentMemberBlob{Value: fmt.Appendf(nil, "The bird %s sings in mine %d.", canary(n), n)},
		})
	}
	if _, err := admin.BatchPutDocument(ctx, in); err != nil {
		return err
	}
	l := &library{api: admin, app: app, index: *index.IndexId, retriever: *retriever.RetrieverId}
	if _, err := l.rests(ctx); err != nil {
		return err
	}
	l.signature = canary(canaries - 1)
	return l.signed(ctx)
}
