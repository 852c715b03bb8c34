package e2e

import (
	"encoding/base64"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"golang.org/x/sync/errgroup"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

// onThree runs a test on three servers that share one new database, one master
// key and the buckets, on each PostgreSQL there is. They start at the same
// time, on a database without tables.
func onThree(t *testing.T, test func(t *testing.T, sites []*site)) {
	for name, admin := range postgres(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, buckets := database(t, admin), t.TempDir()
			var servers [3]*launch.Server
			var start errgroup.Group
			for i := range servers {
				c := launch.Config{
					Program: program, Data: t.TempDir(), Database: url, Args: []string{"--buckets", buckets},
					Env: []string{"PARLEY_MASTER_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32))},
				}
				start.Go(func() (err error) {
					servers[i], err = launch.Start(t.Context(), c)
					return err
				})
			}
			err := start.Wait()
			var sites []*site
			for _, server := range servers {
				if server != nil {
					sites = append(sites, adopt(t, server, buckets))
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			test(t, sites)
		})
	}
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
