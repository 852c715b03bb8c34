package access

import (
	"context"
	"net/netip"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// clerk is an authorizer with a store, who counts how often the policies of a
// caller are asked for: as often as it decides.
type clerk struct {
	*Authorizer
	asked int
}

func (w *world) clerk(db *store.DB) *clerk {
	c := &clerk{Authorizer: w.authorizer()}
	grants, keys := c.Facts.Grants, c.Facts.Keys
	c.Facts.Grants = func(ctx context.Context, who op.Caller) (policy.Set, error) {
		c.asked++
		return grants(ctx, who)
	}
	c.Facts.Keys = func(who op.Caller) policy.Context {
		all := keys(who)
		for key, values := range who.Keys {
			all.Set(key, values...)
		}
		return all
	}
	c.DB = db
	return c
}

func (c *clerk) allows(t *testing.T, who op.Caller, route *smithy.Route, in any) bool {
	t.Helper()
	_, err := c.Authorize(t.Context(), who, route, in)
	return err == nil
}

func keyed(id string) op.Caller {
	c := session(home)
	c.AccessKeyID = id
	return c
}

func touch(t *testing.T, db *store.DB) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO landlord (tenant, since) VALUES ($1, $2)`, "000000000001", int64(1))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestADecisionIsRememberedUntilARowChanges: the same request of the same caller
// is decided once, and any change of any row makes that forgotten.
func TestADecisionIsRememberedUntilARowChanges(t *testing.T) {
	w := newWorld()
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:Get*", "*", ""})}
	db := storetest.New(t)
	c := w.clerk(db)
	get, ann := api.GetPlugin.Route, keyed("ASIAANN")
	for range 3 {
		trail := &op.Trail{}
		ann.Trail = trail
		if !c.allows(t, ann, get, getPlugin(app)) {
			t.Fatal("denied")
		}
		if !trail.Allowed || trail.Layer != "identity-based policy" || len(trail.Resources) != 2 {
			t.Errorf("it is told as %+v", trail)
		}
	}
	if c.asked != 1 {
		t.Errorf("decided %d times, want once", c.asked)
	}
	w.grants.Identity = nil // as a row would have it
	touch(t, db)
	if c.allows(t, ann, get, getPlugin(app)) {
		t.Error("what was revoked is allowed")
	}
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:Get*", "*", ""})}
	if !c.allows(t, ann, get, getPlugin(app)) {
		t.Error("a refusal was remembered")
	}
}

// TestWhatIsNotTheSameRequest is decided anew.
func TestWhatIsNotTheSameRequest(t *testing.T) {
	w := newWorld()
	w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:*", "*", ""})}
	c := w.clerk(storetest.New(t))
	get, ann := api.GetPlugin.Route, keyed("ASIAANN")
	later := keyed("ASIAANN")
	later.Keys = map[string][]string{"aws:TokenIssueTime": {"2026-11-22T12:00:00Z"}}
	abroad := keyed("ASIAANN")
	abroad.Region = "eu-west-1"
	elsewhere, secure := keyed("ASIAANN"), keyed("ASIAANN")
	elsewhere.Origin.IP = netip.MustParseAddr("192.0.2.7")
	secure.Origin.Secure = true
	unkeyed := session(home)
	for i, ask := range []struct {
		who   op.Caller
		route *smithy.Route
		in    any
	}{
		{ann, get, getPlugin(app)},
		{keyed("ASIABOB"), get, getPlugin(app)},
		{later, get, getPlugin(app)},
		{abroad, get, getPlugin(app)},
		{elsewhere, get, getPlugin(app)},
		{secure, get, getPlugin(app)},
		{ann, get, getPlugin(absent)},
		{ann, api.GetApplication.Route, &api.GetApplicationInput{ApplicationID: app}},
		{unkeyed, get, getPlugin(app)},
		{unkeyed, get, getPlugin(app)},
		{ann, api.DeletePlugin.Route, &api.DeletePluginInput{ApplicationID: app, PluginID: plugin}},
		{ann, api.DeletePlugin.Route, &api.DeletePluginInput{ApplicationID: app, PluginID: plugin}},
	} {
		c.allows(t, ask.who, ask.route, ask.in)
		if c.asked != i+1 {
			t.Fatalf("request %d was not decided", i)
		}
	}
}

// TestWhatTheMomentDecidesIsNotRemembered: each key that a request brings by when
// and whence it comes, in a condition of the caller's or of the application's.
func TestWhatTheMomentDecidesIsNotRemembered(t *testing.T) {
	for _, key := range moments {
		good, bad := keyed("ASIAANN"), keyed("ASIAANN")
		good.Keys, bad.Keys = map[string][]string{key: {"good"}}, map[string][]string{key: {"bad"}}
		condition := `"StringEquals": {"` + key + `": "good"}`
		for place, w := range map[string]*world{"identity": newWorld(), "variable": newWorld(), "deny": newWorld(), "statement": newWorld()} {
			switch place {
			case "identity":
				w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:Get*", "*", condition})}
			case "variable":
				good.Tags = map[string]string{"at": "good"}
				bad.Tags = good.Tags
				w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:Get*", "*", `"StringEquals": {"aws:PrincipalTag/at": "${` + key + `}"}`})}
			case "deny":
				w.grants.Identity = []*policy.Policy{allow(t, [3]string{"qbusiness:Get*", "*", ""},
					[3]string{"!qbusiness:Get*", "*", `"StringEquals": {"` + key + `": "bad"}`})}
			case "statement":
				w.statements[app] = append(w.statements[app], shares(t, good.Role, condition, "qbusiness:GetPlugin"))
			}
			c := w.clerk(storetest.New(t))
			for range 2 {
				if !c.allows(t, good, api.GetPlugin.Route, getPlugin(app)) || c.allows(t, bad, api.GetPlugin.Route, getPlugin(app)) {
					t.Errorf("%s in %s: the moment does not decide", key, place)
				}
			}
		}
	}
}
