package access

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// TestEveryTwinIsAsked: of tags whose keys differ by case alone a condition sees one.
// Whichever is sent last, or sorted last, no other gets by.
func TestEveryTwinIsAsked(t *testing.T) {
	c := session(home)
	own := arnOf(home, app)
	dev := func(key string) policy.Set {
		return policy.Set{Identity: []*policy.Policy{allow(t, [3]string{"*", "*", `"StringEquals": {"` + key + `/env": "dev"}`})}}
	}
	notProd := func(key string) policy.Set {
		return policy.Set{Identity: []*policy.Policy{
			allow(t, [3]string{"*", "*", ""}, [3]string{"!*", "*", `"StringEquals": {"` + key + `/env": "prod"}`}),
		}}
	}
	for name, tt := range map[string]struct {
		tags    []api.Tag
		allowed bool
	}{
		"one":                {[]api.Tag{{Key: "env", Value: "dev"}}, true},
		"another":            {[]api.Tag{{Key: "env", Value: "prod"}}, false},
		"the wrong one last": {[]api.Tag{{Key: "env", Value: "dev"}, {Key: "ENV", Value: "prod"}}, false},
		"the right one last": {[]api.Tag{{Key: "ENV", Value: "prod"}, {Key: "a"}, {Key: "env", Value: "dev"}}, false},
		"in the middle":      {[]api.Tag{{Key: "ENV", Value: "dev"}, {Key: "Env", Value: "prod"}, {Key: "env", Value: "dev"}}, false},
		"all of them right":  {[]api.Tag{{Key: "ENV", Value: "dev"}, {Key: "Env", Value: "dev"}, {Key: "A"}, {Key: "a"}}, true},
	} {
		w := newWorld()
		held := map[string]string{}
		for _, one := range tt.tags {
			held[one.Key] = one.Value
		}
		w.tags[own] = held
		for _, grants := range []policy.Set{dev("aws:RequestTag"), notProd("aws:RequestTag"), dev("aws:ResourceTag"), notProd("qbusiness:ResourceTag")} {
			w.grants = grants
			_, err := w.authorizer().Authorize(t.Context(), c, api.TagResource.Route, &api.TagResourceInput{ResourceARN: own, Tags: tt.tags})
			if (err == nil) != tt.allowed {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestWhoRenamesMayDoSoThereToo: a user who may change users of one path, or itself,
// takes no name and no path that is not its to give.
func TestWhoRenamesMayDoSoThereToo(t *testing.T) {
	c := session(home)
	user := func(path string) string { return "arn:aws:iam::" + home + ":user/" + path }
	for name, tt := range map[string]struct {
		may     string
		in      iam.UpdateUserInput
		refused string // resource; empty: allowed
	}{
		"within a path":      {"dev/*", iam.UpdateUserInput{UserName: "ann", NewUserName: new("anna")}, ""},
		"nothing changes":    {"dev/ann", iam.UpdateUserInput{UserName: "ann"}, ""},
		"out of it":          {"dev/*", iam.UpdateUserInput{UserName: "ann", NewPath: new("/")}, "ann"},
		"into another":       {"dev/*", iam.UpdateUserInput{UserName: "ann", NewPath: new("/admin/"), NewUserName: new("root")}, "admin/root"},
		"another's name":     {"dev/ann", iam.UpdateUserInput{UserName: "ann", NewUserName: new("bob")}, "dev/bob"},
		"anywhere":           {"*", iam.UpdateUserInput{UserName: "ann", NewPath: new("/admin/"), NewUserName: new("bob")}, ""},
		"into what is one's": {"*/dev/*", iam.UpdateUserInput{UserName: "ann", NewPath: new("/x/dev/")}, "dev/ann"},
	} {
		w := newWorld()
		w.names[user("ann")] = user("dev/ann")
		w.grants = policy.Set{Identity: []*policy.Policy{allow(t, [3]string{"iam:UpdateUser", user(tt.may), ""})}}
		refusal := ""
		if tt.refused != "" {
			refusal = noIdentity(c, "iam:UpdateUser", user(tt.refused))
		}
		t.Run(name, func(t *testing.T) { w.asks(t, c, iam.UpdateUser.Route, &tt.in, home, refusal) })
	}
}

func TestTwins(t *testing.T) {
	for _, tt := range []struct {
		tags []tag
		want string
	}{
		{nil, "[]"},
		{[]tag{{"a", "1"}, {"b", "2"}}, "[]"},
		{[]tag{{"a", "1"}, {"A", "2"}, {"b", "3"}, {"B", "4"}}, "[[{b 3} {a 1}]]"},
		{[]tag{{"ab", "1"}, {"aB", "2"}, {"AB", "3"}, {"c", "4"}, {"C", "5"}}, "[[{c 4} {aB 2}] [{ab 1}]]"},
		{[]tag{{"i", "1"}, {"İ", "2"}}, "[[{i 1}]]"},
	} {
		if diff := cmp.Diff(tt.want, fmt.Sprint(twins(tt.tags))); diff != "" {
			t.Errorf("%v:\n%s", tt.tags, diff)
		}
	}
}
