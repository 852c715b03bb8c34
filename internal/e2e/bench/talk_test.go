package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"golang.org/x/sync/errgroup"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

// findTickets is the document of an API with one read, and its security.
func findTickets(server, path, security string) string {
	return fmt.Sprintf(`{"openapi":"3.0.3","info":{"title":"Desk","version":"1"},"servers":[{"url":%q}],"paths":{%q:{"get":{
		"operationId":"findTickets","summary":"Find tickets","description":"Finds tickets by their status.",
		"parameters":[{"name":"status","in":"query","description":"Only tickets in this status.","schema":{"type":"string","enum":["open","waiting","solved"]}}],
		"responses":{"200":{"description":"The tickets."}}}}}%s}`, server, path, security)
}

// said is a ChatSync's body that asks for the open tickets.
func said(plugin string, more map[string]any) []byte {
	in := map[string]any{
		"userMessage": "Which tickets are open?", "chatMode": "PLUGIN_MODE",
		"chatModeConfiguration": map[string]any{"pluginConfiguration": map[string]any{"pluginId": plugin}},
	}
	maps.Copy(in, more)
	b, _ := json.Marshal(in)
	return b
}

// BenchmarkPluginCall compares a ChatSync that calls a plugin, with the planner
// that needs no model, with a direct call of the same API: one client, in turns.
// The first message of a conversation and one that follows are told apart. A turn
// with a clientToken, which every SDK sends, is two durable commits: it is marked
// as begun before anybody is called. One insert and its commit, alone, tell what
// of the difference is the disk's.
func BenchmarkPluginCall(b *testing.B) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `[{"id":101,"subject":"Coffee machine leaks","status":"open"},{"id":104,"subject":"Door sticks","status":"open"}]`)
	}))
	b.Cleanup(api.Close)
	addr := serve(b, b.TempDir(), api.URL)
	app := newApplication(b, addr, "bench")
	made := call(b, addr, "POST", "/applications/"+app+"/plugins", json.RawMessage(plugin("desk", findTickets(api.URL, "/tickets", ""))))
	path := "/applications/" + app + "/conversations?sync="
	host := strings.TrimPrefix(api.URL, "http://")
	direct := fmt.Appendf(nil, "GET /tickets?status=open HTTP/1.1\r\nHost: %s\r\n\r\n", host)

	const each = 200
	bareStore := openBare(b)
	for n := range b.N {
		var bare, first, next, commit []time.Duration
		for round := range rounds + 1 {
			talk := call(b, addr, "POST", path, json.RawMessage(said(made["pluginId"].(string), nil)))["conversationId"]
			fresh, follow := make([][]byte, each), make([][]byte, each)
			for i := range each {
				token := fmt.Sprintf("t-%d-%d-%d", n, round, i)
				fresh[i] = signed(b, addr, key, "POST", path, said(made["pluginId"].(string), map[string]any{"clientToken": token}))
				follow[i] = signed(b, addr, key, "POST", path, said(made["pluginId"].(string), map[string]any{"clientToken": token + "f", "conversationId": talk}))
			}
			d, f, g := oneByOne(b, host, slices.Repeat([][]byte{direct}, each)), oneByOne(b, addr, fresh), oneByOne(b, addr, follow)
			if round > 0 { // the first is to warm up
				commit = append(commit, commits(b, bareStore, fmt.Sprintf("%d-%d", n, round), each)...)
				bare, first, next = append(bare, d...), append(first, f...), append(next, g...)
			}
		}
		report(b, "direct", bare)
		report(b, "first", first)
		report(b, "following", next)
		report(b, "commit", commit)
		b.ReportMetric(milliseconds(middle(first)-middle(bare)), "added-first-ms")
		b.ReportMetric(milliseconds(middle(next)-middle(bare)), "added-following-ms")
	}
}

// commits times inserts into a store of their own, one after another.
func commits(b *testing.B, db *store.DB, round string, n int) (times []time.Duration) {
	b.Helper()
	for i := range n {
		begin := time.Now()
		if err := db.Update(b.Context(), func(tx *store.Tx) error { return insertBare(tx, round, fmt.Sprint(i), "{}") }); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(begin))
	}
	return times
}

// oneByOne sends requests over one connection, and times each.
func oneByOne(b *testing.B, addr string, requests [][]byte) []time.Duration {
	b.Helper()
	times, err := client(addr, time.Now().Add(time.Minute), func(i int) []byte {
		if i == len(requests) {
			return nil
		}
		return requests[i]
	})
	if err != nil {
		b.Fatal(err)
	}
	return times
}

func report(b *testing.B, name string, times []time.Duration) {
	b.ReportMetric(milliseconds(middle(times)), name+"-p50-ms")
	b.ReportMetric(milliseconds(times[len(times)*99/100]), name+"-p99-ms")
}

// middle sorts the times and returns their median.
func middle(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// people is how many users sign in at the same time.
const people = 1000

// BenchmarkThousandLogins has a thousand users ask at the same time, each sign in
// at an authorization server, and go on; then they ask for a while, each with
// their own token. Any error fails it. Users, authorization server and API share
// the machine with the server.
func BenchmarkThousandLogins(b *testing.B) {
	for range b.N {
		o := oauthtest.New(b)
		addr := serve(b, b.TempDir(), o.URL)
		o.Redirect = "http://" + addr + "/oauth/callback"
		o.Behave(func(behave *oauthtest.Behaviour) { behave.Life = 3600 })
		app := newApplication(b, addr, "bench")
		id := call(b, addr, "POST", "/applications/"+app+"/plugins", json.RawMessage(guardedPlugin(b, addr, o)))["pluginId"].(string)
		users := &crowd{addr: addr, app: app, plugin: id, web: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: people}}}

		begin := time.Now()
		var all errgroup.Group
		for i := range people {
			all.Go(func() error { return users.signIn(b.Context(), i) })
		}
		if err := all.Wait(); err != nil {
			b.Fatal(err)
		}
		took := time.Since(begin)
		if n := o.Requests("authorization_code"); n != people {
			b.Fatalf("%d codes were exchanged", n)
		}
		b.ReportMetric(took.Seconds(), "all-signed-in-s")
		b.ReportMetric(people/took.Seconds(), "logins/s")
		asks := make([][]byte, people)
		for i := range asks {
			asks[i] = signed(b, addr, key, "POST", users.path(i), said(id, nil))
		}
		after := run(b, addr, 5*time.Second, func(conn, i int) []byte { return asks[(conn+i*connections)%people] })
		b.ReportMetric(after.perSecond, "calls/s")
		b.ReportMetric(milliseconds(after.p99), "calls-p99-ms")
		users.web.CloseIdleConnections()
	}
}

// guardedPlugin is the request for a plugin whose users sign in.
func guardedPlugin(b *testing.B, addr string, o *oauthtest.Server) []byte {
	b.Helper()
	endpoint := "http://" + addr
	vault := secretsmanager.NewFromConfig(aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return key, nil }),
	})
	made, err := vault.CreateSecret(b.Context(), &secretsmanager.CreateSecretInput{Name: new("desk"), SecretString: new(o.Secret())})
	if err != nil {
		b.Fatal(err)
	}
	security := fmt.Sprintf(`,"security":[{"signIn":[]}],"components":{"securitySchemes":{"signIn":{"type":"oauth2","flows":{"authorizationCode":{
		"authorizationUrl":"%[1]s/authorize","tokenUrl":"%[1]s/token","scopes":{}}}}}}`, o.URL)
	var in map[string]any
	if err := json.Unmarshal(plugin("desk", findTickets(o.URL, "/api", security)), &in); err != nil {
		b.Fatal(err)
	}
	in["authConfiguration"] = map[string]any{"oAuth2ClientCredentialConfiguration": map[string]any{
		"secretArn": *made.ARN, "roleArn": "arn:aws:iam::000000000000:role/plugin",
	}}
	body, _ := json.Marshal(in)
	return body
}

// crowd is many users of one plugin, each with a connection.
type crowd struct {
	addr, app, plugin string
	web               *http.Client
}

func (c *crowd) path(user int) string {
	return fmt.Sprintf("/applications/%s/conversations?sync=&userId=user-%d", c.app, user)
}

// signIn is a user's first message, the browser, and the answer.
func (c *crowd) signIn(ctx context.Context, user int) error {
	out, err := c.chat(user, said(c.plugin, nil))
	if err != nil {
		return err
	}
	challenge, _ := out["authChallengeRequest"].(map[string]any)
	link, _ := challenge["authorizationUrl"].(string)
	u, err := url.Parse(link)
	if err != nil || link == "" {
		return fmt.Errorf("user %d is not asked to sign in: %v", user, out)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return err
	}
	page, err := c.web.Do(r)
	if err != nil {
		return err
	}
	defer page.Body.Close()
	if _, err := io.Copy(io.Discard, page.Body); err != nil || page.StatusCode != http.StatusOK {
		return fmt.Errorf("the browser of user %d ends on %s: %w", user, page.Status, err)
	}
	response, _ := json.Marshal(map[string]any{
		"conversationId": out["conversationId"], "parentMessageId": out["systemMessageId"],
		"authChallengeResponse": map[string]any{"responseMap": map[string]any{"state": u.Query().Get("state")}},
	})
	out, err = c.chat(user, response)
	if err == nil && out["authChallengeRequest"] != nil {
		err = fmt.Errorf("user %d has to sign in again", user)
	}
	return err
}

// chat sends one ChatSync.
func (c *crowd) chat(user int, body []byte) (out map[string]any, err error) {
	request, err := signedRequest(c.addr, key, "POST", c.path(user), body)
	if err != nil {
		return nil, err
	}
	answer, err := c.web.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("user %d: %s: %s: %w", user, answer.Status, text, err)
	}
	return out, json.Unmarshal(text, &out)
}
