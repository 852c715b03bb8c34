package e2e

import (
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"golang.org/x/sync/errgroup"

	"github.com/parleyhq/parley/internal/e2e/launch"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

// onThree runs a test on three servers that share one new database, on each
// PostgreSQL there is.
func onThree(t *testing.T, test func(t *testing.T, sites []*site)) {
	t.Helper()
	onPostgres(t, func(t *testing.T, admin string) { test(t, three(t, admin)) })
}

// onPostgres runs a test on each PostgreSQL server there is.
func onPostgres(t *testing.T, test func(t *testing.T, admin string)) {
	t.Helper()
	for name, admin := range postgres(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, admin)
		})
	}
}

// three starts three servers with further flags that share one new database, one
// master key and the buckets. They start at the same time, on a database without
// tables.
func three(t *testing.T, admin string, flags ...string) (sites []*site) {
	t.Helper()
	url, buckets := database(t, admin), t.TempDir()
	var servers [3]*launch.Server
	var start errgroup.Group
	shared := launch.Config{
		Program: program, Database: url, Args: append([]string{"--buckets", buckets}, flags...),
		Env: []string{"PARLEY_MASTER_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32))},
	}
	for i := range servers {
		c := shared
		c.Data = t.TempDir()
		start.Go(func() (err error) {
			servers[i], err = launch.Start(t.Context(), c)
			return err
		})
	}
	err := start.Wait()
	for _, server := range servers {
		if server != nil {
			s := adopt(t, server, buckets)
			s.config = shared
			sites = append(sites, s)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return sites
}

// joined starts one server more beside a site of three.
func (s *site) joined(t *testing.T) *site {
	t.Helper()
	c := s.config
	c.Data = t.TempDir()
	server, err := launch.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return adopt(t, server, s.buckets)
}

// on is the shelf as another server has it.
func (s *shelf) on(other *site) *shelf {
	return &shelf{site: other, app: s.app, index: s.index, retriever: s.retriever}
}

// TestSearchAcrossServers: a document that one server took is found on the others
// as soon as any of them says that it is indexed, and no more once it is gone; a
// server that comes later has all of them.
func TestSearchAcrossServers(t *testing.T) {
	onThree(t, func(t *testing.T, sites []*site) {
		first := sites[0].shelf(t, sites[0].application(t, "library"))
		var all []string
		for round := range 12 {
			id := fmt.Sprintf("doc-%02d", round)
			all = append(all, id)
			at := func(n int) *shelf { return first.on(sites[(round+n)%3]) }
			at(0).put(t, paper(id, fmt.Sprintf("Number %d tells about lighthouses.", round), "sea", ""))
			at(1).finds(t, sites[(round+1)%3].server.Key, at(1).query("lighthouses"), all...)
			at(2).finds(t, sites[(round+2)%3].server.Key, at(2).query("lighthouses"), all...)
		}
		late := first.on(sites[0].joined(t))
		late.finds(t, late.server.Key, late.query("lighthouses"), all...)
		must(sites[1].BatchDeleteDocument(t.Context(), &qbusiness.BatchDeleteDocumentInput{
			ApplicationId: &first.app, IndexId: &first.index, Documents: []types.DeleteDocument{{DocumentId: &all[0]}, {DocumentId: &all[5]}},
		}))(t)
		rest := append(append([]string{}, all[1:5]...), all[6:]...)
		for _, k := range []*shelf{late, first, first.on(sites[2])} {
			k.finds(t, k.server.Key, k.query("lighthouses"), rest...)
		}
	})
}

// TestTokenAcrossServers: one request with a token, sent to three servers at
// once and again, is done once and answered the same.
func TestTokenAcrossServers(t *testing.T) {
	onThree(t, func(t *testing.T, sites []*site) {
		for round := range 5 {
			in := &qbusiness.CreateApplicationInput{
				DisplayName: new(fmt.Sprintf("once-%d", round)), IdentityType: types.IdentityTypeAnonymous, ClientToken: new(fmt.Sprintf("token-%d", round)),
			}
			ids := map[string]int{}
			var mu sync.Mutex
			var wg sync.WaitGroup
			for i := range 9 {
				wg.Go(func() {
					out, err := sites[i%3].CreateApplication(t.Context(), in)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					ids[*out.ApplicationId]++
				})
			}
			wg.Wait()
			if len(ids) != 1 {
				t.Errorf("one token made %d applications: %v", len(ids), ids)
			}
			for _, s := range sites {
				if n := len(s.applications(t, 100)); n != round+1 {
					t.Errorf("%d applications in the list, want %d", n, round+1)
				}
			}
		}
	})
}

// TestPagesAcrossServers: a page token of one server is taken by the next.
func TestPagesAcrossServers(t *testing.T) {
	onThree(t, func(t *testing.T, sites []*site) {
		want := map[string]bool{}
		for i := range 9 {
			want[sites[i%3].application(t, fmt.Sprintf("app-%d", i))] = true
		}
		var token *string
		for i := 0; i == 0 || token != nil; i++ {
			page := must(sites[i%3].ListApplications(t.Context(), &qbusiness.ListApplicationsInput{MaxResults: new(int32(2)), NextToken: token}))(t)
			for _, a := range page.Applications {
				if !want[*a.ApplicationId] {
					t.Errorf("%s is listed twice, or was never made", *a.ApplicationId)
				}
				delete(want, *a.ApplicationId)
			}
			token = page.NextToken
		}
		if len(want) != 0 {
			t.Errorf("never listed: %v", want)
		}
	})
}

// TestJobsAcrossServers: whichever server deletes or builds, the others see it
// end, and nothing is done by two of them.
func TestJobsAcrossServers(t *testing.T) {
	onThree(t, func(t *testing.T, sites []*site) {
		sites[0].put(t, "schemas", "tickets.yaml", material(t, "tickets.yaml"))
		for i, s := range sites {
			app := s.application(t, fmt.Sprintf("app-%d", i))
			plugin := must(s.CreatePlugin(t.Context(), custom(app, "stored", object("schemas", "v1/tickets.yaml"))))(t)
			next := sites[(i+1)%3]
			if got := next.built(t, app, *plugin.PluginId); got.BuildStatus != types.PluginBuildStatusReady {
				t.Errorf("build %s", got.BuildStatus)
			}
			if n := len(next.actions(t, app, *plugin.PluginId)); n != 3 {
				t.Errorf("%d actions, want 3", n)
			}
			must(s.DeleteApplication(t.Context(), &qbusiness.DeleteApplicationInput{ApplicationId: &app}))(t)
			eventually(t, "the application vanishes everywhere", func() bool {
				_, err := next.GetApplication(t.Context(), &qbusiness.GetApplicationInput{ApplicationId: &app})
				return err != nil
			})
		}
	})
}

// TestServerLost: what a killed server had begun, another one ends.
func TestServerLost(t *testing.T) {
	onThree(t, func(t *testing.T, sites []*site) {
		var apps []string
		for i := range 6 {
			app := sites[0].application(t, fmt.Sprintf("app-%d", i))
			for j := range 5 {
				sites[0].plugin(t, app, fmt.Sprintf("plugin-%d", j))
			}
			apps = append(apps, app)
		}
		for _, app := range apps {
			must(sites[0].DeleteApplication(t.Context(), &qbusiness.DeleteApplicationInput{ApplicationId: &app}))(t)
		}
		sites[0].server.Kill()
		eventually(t, "what was to be deleted vanishes", func() bool { return len(sites[1].applications(t, 100)) == 0 })
	})
}

// TestTalkAcrossServers: a form that one server showed is confirmed on another,
// and sent once, however many are told so at the same time.
func TestTalkAcrossServers(t *testing.T) {
	onPostgres(t, func(t *testing.T, admin string) {
		d := newDesk(t)
		sites := three(t, admin, "--outbound-allow", d.URL)
		k := sites[0].talkTo(t, "desk", d.document(t, ""), noAuth())
		for range 5 {
			before := len(d.made())
			form := k.form(t, nil)
			var sent atomic.Int32
			var wg sync.WaitGroup
			for i := range 9 {
				in := k.confirm(t, form, nil)
				wg.Go(func() {
					_, err := sites[i%3].ChatSync(t.Context(), in)
					var conflict *types.ConflictException
					switch {
					case err == nil:
						sent.Add(1)
					case !errors.As(err, &conflict):
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if n := len(d.made()) - before; n != 1 || sent.Load() != 1 {
				t.Errorf("%d tickets, %d answers that say so", n, sent.Load())
			}
			on := *k
			on.site = sites[2]
			if n := len(on.messages(t, form.ConversationId)); n != 4 {
				t.Errorf("%d messages", n)
			}
		}
	})
}

// TestSignInAcrossServers: each step of a sign-in may come to another server.
func TestSignInAcrossServers(t *testing.T) {
	onPostgres(t, func(t *testing.T, admin string) {
		d, o := newDesk(t), oauthtest.New(t)
		sites := three(t, admin, "--outbound-allow", d.URL+","+o.URL)
		o.Redirect = sites[1].server.Endpoint + "/oauth/callback"
		k := sites[0].guardedBy(t, "desk", d, o)
		out := k.say(t, nil, askOpen)
		signIn(t, out, "ann") // lands on the second
		on := *k
		on.site = sites[2]
		answered(t, on.chat(t, on.response(out, stateOf(t, *out.AuthChallengeRequest.AuthorizationUrl))))
		o.RevokeAccess()
		var wg sync.WaitGroup
		for i := range 9 {
			wg.Go(func() {
				in := k.message(askOpen)
				out, err := sites[i%3].ChatSync(t.Context(), in)
				if err != nil || out.AuthChallengeRequest != nil {
					t.Errorf("a token that was refused is not renewed: %v", err)
				}
			})
		}
		wg.Wait()
		if n := o.Requests("refresh_token"); n != 1 {
			t.Errorf("%d renewals for one refused token", n)
		}
	})
}
