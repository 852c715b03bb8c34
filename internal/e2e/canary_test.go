package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/demo"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

// planted is said in a chat, so it is no secret: a search that does not find it
// finds nothing.
const planted = "canary-p1anted"

// parties are the third parties of the canary test: one that wants a sign-in,
// one that takes what a secret holds, and one that should learn of neither.
type parties struct {
	signIn, shared, other *desk
	o                     *oauthtest.Server
}

// TestNothingSecretAppears sends passwords, keys, client secrets, codes and
// tokens through every way in which they travel, failures too, and then looks
// for them wherever they should not be.
func TestNothingSecretAppears(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		p := parties{newDesk(t), newDesk(t), newDesk(t), oauthtest.New(t)}
		metrics := freeAddress(t)
		s := open(t, database, "--log-level", "debug", "--metrics", metrics,
			"--outbound-allow", strings.Join([]string{p.signIn.URL, p.shared.URL, p.other.URL, p.o.URL}, ","))
		p.o.Redirect = s.server.Endpoint + "/oauth/callback"
		s.answers = &tape{}
		s.Client = qbusiness.New(s.Options(), func(o *qbusiness.Options) { o.HTTPClient = s.answers.client() })

		log := everything(t, s, p)
		found := map[string]string{
			"log": log + s.server.Log(), "answers": s.answers.String(), "metrics": get(t, "http://"+metrics+"/metrics"),
			"dump": dump(t, s), "files": files(t, s.server.Data, "."), "third party": strings.Join(p.other.arrived(), "\n"),
		}
		if err := s.server.Stop(); err != nil {
			t.Error(err)
		}
		found["files after the end"] = files(t, s.server.Data, ".")
		found["audit"] = files(t, s.server.Data, "audit")
		for _, secret := range []string{oauthtest.Canary, sharedCanary, s.server.Key.SecretAccessKey} {
			if in := places(found, secret); len(in) > 0 {
				t.Errorf("%s… appears in %q", secret[:9], in)
			}
		}
		searchFinds(t, s, found)
		ofItsOwn(t, p)
	})
}

// everything goes through each way in which a secret thing travels, and returns
// the log of the server that was killed on the way.
func everything(t *testing.T, s *site, p parties) (log string) {
	t.Helper()
	k := s.guardedBy(t, "desk", p.signIn, p.o)
	signsIn(t, k, p)
	log = s.server.Log()
	s.crash(t)
	s.Client = qbusiness.New(s.Options(), func(o *qbusiness.Options) { o.HTTPClient = s.answers.client() })
	failsToSignIn(t, k, p)
	all := append(sharesCredentials(t, s, k.app, p.shared), k)
	other := s.talkIn(t, k.app, "other", p.other.document(t, ""), noAuth()).as("ann")
	other.chat(t, other.confirm(t, other.form(t, other.say(t, nil, askOpen)), map[string]any{"place.room": planted}))
	for _, k := range append(all, other) {
		looksAround(t, k)
	}
	return log
}

// signsIn is how it goes well: tokens are got, renewed and used.
func signsIn(t *testing.T, k *talk, p parties) {
	t.Helper()
	p.o.Behave(func(b *oauthtest.Behaviour) { b.Life, b.Rotate = 3600, true })
	out := k.say(t, nil, askOpen)
	signIn(t, out, "ann")
	read := k.say(t, out, askOpen)
	answered(t, read)
	p.o.RevokeAccess()
	k.chat(t, k.confirm(t, k.form(t, read), nil))
	bob := k.as("bob")
	out = bob.say(t, nil, askOpen)
	answered(t, bob.chat(t, bob.response(out, p.o.Visit(challenged(t, out)))))
}

// failsToSignIn is how it goes wrong, at the third party and at Parley.
func failsToSignIn(t *testing.T, k *talk, p parties) {
	t.Helper()
	p.signIn.set(func(d *desk) { d.status = http.StatusForbidden })
	refusedBy(t, k, k.message(askOpen))
	form := k.form(t, nil)
	p.signIn.set(func(d *desk) { d.status = http.StatusInternalServerError })
	refusedBy(t, k, k.confirm(t, form, nil))
	p.signIn.set(func(d *desk) { d.status = 0 })
	p.o.Revoke()
	out := k.say(t, nil, askOpen)
	state := stateOf(t, challenged(t, out))
	state.Set("code", oauthtest.Canary+"-code-of-nobody")
	refusedBy(t, k, k.response(out, state))
	out = k.say(t, nil, askOpen)
	state = stateOf(t, challenged(t, out))
	for _, query := range []url.Values{
		{"state": state["state"], "code": {oauthtest.Canary + "-code-of-nobody"}},
		{"state": {"unknown"}, "code": {oauthtest.Canary + "-code"}}, {"code": {oauthtest.Canary + "-code", "twice"}},
	} {
		if status, page := browse(t, k.server.Endpoint+"/oauth/callback?"+query.Encode()); status < 400 {
			t.Errorf("the browser ends on %d: %s", status, page)
		}
	}
	p.o.Rotate(oauthtest.Canary + "-rotated")
	if status, page := browse(t, challenged(t, k.say(t, nil, askOpen))); status < 400 {
		t.Errorf("with an old client secret the browser ends on %d: %s", status, page)
	}
	p.o.Behave(func(b *oauthtest.Behaviour) { b.Deny = true })
	browse(t, challenged(t, k.say(t, nil, askOpen)))
	p.o.Behave(func(b *oauthtest.Behaviour) {
		b.Deny = false
		b.Answer = func(form url.Values) (int, string) { return http.StatusOK, "<p>" + form.Encode() }
	})
	browse(t, challenged(t, k.say(t, nil, askOpen)))
}

func refusedBy(t *testing.T, k *talk, in *qbusiness.ChatSyncInput) {
	t.Helper()
	_, err := k.ChatSync(t.Context(), in)
	fails[*types.ExternalResourceException](t, err)
}

// sharesCredentials uses passwords and keys, where they are good and where not.
func sharesCredentials(t *testing.T, s *site, app string, d *desk) (all []*talk) {
	t.Helper()
	for _, c := range sharedSchemes() {
		arn := s.secret(t, "shared/"+c.name, c.secret)
		k := s.talkIn(t, app, c.name, d.document(t, c.security()), s.secretAuth(t, arn)).as("ann")
		all = append(all, k)
		d.set(func(d *desk) { d.admits = c.admits })
		k.chat(t, k.confirm(t, k.form(t, k.say(t, nil, askOpen)), nil))
		d.set(func(d *desk) { d.status = http.StatusBadGateway })
		refusedBy(t, k, k.message(askOpen))
		d.set(func(d *desk) { d.status, d.admits = 0, func(*http.Request) bool { return false } })
		refusedBy(t, k, k.message(askOpen))
		for _, bad := range []string{sharedCanary, `{"user":"` + sharedCanary + `\n","password":"` + sharedCanary + `\n"}`} {
			must(s.vault().PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &arn, SecretString: &bad}))(t)
			refusedBy(t, k, k.message(askOpen))
		}
	}
	return all
}

// looksAround asks for whatever can be asked of a plugin, its conversations and
// the secrets; the one call whose answer is a secret is not made.
func looksAround(t *testing.T, k *talk) {
	t.Helper()
	for _, id := range k.conversations(t) {
		k.messages(t, &id)
	}
	must(k.GetPlugin(t.Context(), &qbusiness.GetPluginInput{ApplicationId: &k.app, PluginId: &k.plugin}))(t)
	must(k.ListPlugins(t.Context(), &qbusiness.ListPluginsInput{ApplicationId: &k.app}))(t)
	for _, entry := range must(k.vault().ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{}))(t).SecretList {
		must(k.vault().DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: entry.ARN}))(t)
		must(k.vault().ListSecretVersionIds(t.Context(), &secretsmanager.ListSecretVersionIdsInput{SecretId: entry.ARN}))(t)
	}
}

// places are those in which a text is found, as it is or in another spelling.
func places(found map[string]string, text string) (in []string) {
	for _, place := range slices.Sorted(maps.Keys(found)) {
		if slices.ContainsFunc(spellings(text), func(s string) bool { return strings.Contains(found[place], s) }) {
			in = append(in, place)
		}
	}
	return in
}

// spellings are a text, its bytes in hexadecimal digits, and what is in base64
// of it wherever it begins.
func spellings(text string) []string {
	all := []string{text, hex.EncodeToString([]byte(text)), url.QueryEscape(text)}
	for shift := range 3 {
		coded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + text))
		skip := []int{0, 2, 3}[shift]
		all = append(all, coded[skip:len(coded)-2])
	}
	return all
}

// searchFinds demands that what is there is found: what was said in a chat, and
// in the other places what they are known to hold.
func searchFinds(t *testing.T, s *site, found map[string]string) {
	t.Helper()
	want := []string{"answers", "dump", "files", "files after the end", "third party"}
	if s.config.Database != "" {
		want = []string{"answers", "dump", "third party"}
	}
	if diff := cmp.Diff(want, places(found, planted)); diff != "" {
		t.Errorf("where the planted text is found (-want +got):\n%s", diff)
	}
	for place, holds := range map[string]string{"log": "ChatSync", "metrics": "parley_", "audit": `"eventName":"ChatSync"`} {
		if !slices.Contains(places(found, holds), place) {
			t.Errorf("the %s does not hold %q: it proves nothing\n%.3000s", place, holds, found[place])
		}
	}
	for _, text := range []string{
		base64.StdEncoding.EncodeToString([]byte("u:" + planted)), base64.URLEncoding.EncodeToString([]byte("us:" + planted + "!")),
		base64.StdEncoding.EncodeToString([]byte("use:" + planted)), hex.EncodeToString([]byte(planted)),
	} {
		if len(places(map[string]string{"": text}, planted)) != 1 {
			t.Errorf("%s is not recognized", text)
		}
	}
}

// ofItsOwn demands that a third party was sent what is meant for it, and nothing
// else: an access token, and no secret of another plugin.
func ofItsOwn(t *testing.T, p parties) {
	t.Helper()
	sent := map[string]string{"sign-in": strings.Join(p.signIn.arrived(), "\n"), "shared": strings.Join(p.shared.arrived(), "\n")}
	for secret, want := range map[string][]string{
		oauthtest.Canary + "-access": {"sign-in"}, oauthtest.Canary + "-refresh": nil, oauthtest.Canary + "-code": nil,
		oauthtest.Canary + "-client-secret": nil, oauthtest.Canary + "-rotated": nil, sharedCanary + "-key": {"shared"}, sharedCanary + "-password": {"shared"},
	} {
		if diff := cmp.Diff(want, places(sent, secret)); diff != "" {
			t.Errorf("who was sent %s (-want +got):\n%s", secret, diff)
		}
	}
}

// files are the bytes of all files in a directory of a data directory, but of the
// two that hold a key and say so.
func files(t *testing.T, dir, below string) string {
	t.Helper()
	dir = filepath.Join(dir, below)
	var all strings.Builder
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "credentials" || e.Name() == "master.key" || e.IsDir() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

// dump is what `parley dump` writes of the site's store.
func dump(t *testing.T, s *site) string {
	t.Helper()
	env := append(ambient(), "PARLEY_DATA="+s.server.Data, "PARLEY_DATABASE_URL="+s.config.Database)
	out, complaint, err := output(t.Context(), "", env, program, "dump")
	if err != nil {
		t.Fatalf("parley dump: %v\n%s", err, complaint)
	}
	return out
}

func get(t *testing.T, link string) string {
	t.Helper()
	_, page := browse(t, link)
	return page
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := demo.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}
