package accessor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// filterFor asks what a search by an entrance is under.
func filterFor(t *testing.T, r *rig, app string, by Entrance) (f *api.AttributeFilter, found bool) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		f, found, err = Filter(tx, us().Tenant(), app, by)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return f, found
}

func TestWhichFilterASearchIsUnder(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		const other, twice = "arn:aws:iam::444455556666:role/other", "arn:aws:iam::777788889999:role/twice"
		add := func(name, role string, f *api.AttributeFilter) string {
			in := ask(r, name)
			in.Principal, in.ActionConfigurations = role, under(f)
			return create(t, r, in).IDCApplicationARN
		}
		filtered := add("filtered", isv, on("1"))
		open := add("open", other, nil)
		first, second, third := add("first", twice, on("a")), add("second", twice, on("b")), add("third", twice, nil)
		both := &api.AttributeFilter{AndAllFilters: []api.AttributeFilter{*on("a"), *on("b")}}
		for name, tt := range map[string]struct {
			by    Entrance
			want  *api.AttributeFilter
			found bool
		}{
			"as it should be":                   {Entrance{isv, filtered}, on("1"), true},
			"without a filter":                  {Entrance{other, open}, nil, true},
			"the role alone":                    {Entrance{isv, ""}, on("1"), true},
			"the context alone":                 {Entrance{"", filtered}, on("1"), true},
			"one of the account's own roles":    {Entrance{"arn:aws:iam::" + account + ":role/own", ""}, nil, false},
			"with a context of elsewhere":       {Entrance{"arn:aws:iam::" + account + ":role/own", filtered + "0"}, nil, false},
			"and with that of an accessor":      {Entrance{"arn:aws:iam::" + account + ":role/own", filtered}, on("1"), true},
			"an accessor's role with such":      {Entrance{isv, filtered + "0"}, on("1"), true},
			"a role that stands for several":    {Entrance{twice, second}, on("b"), true},
			"and for one of them without":       {Entrance{twice, third}, nil, true},
			"and says not for whom":             {Entrance{twice, ""}, both, true},
			"or for one that is not its own":    {Entrance{twice, filtered}, on("1"), true},
			"a role whose name only begins so":  {Entrance{isv + "2", ""}, nil, false},
			"in another letter case":            {Entrance{"arn:aws:iam::444455556666:role/ISV/search", ""}, nil, false},
			"nothing is nobody's":               {Entrance{}, nil, false},
			"the first of several by a context": {Entrance{isv, first}, on("a"), true},
		} {
			f, found := filterFor(t, r, r.app, tt.by)
			if diff := cmp.Diff(tt.want, f); diff != "" || found != tt.found {
				t.Errorf("%s: found %t (-want +got):\n%s", name, found, diff)
			}
		}
		elsewhere := makeApplication(t, r)
		if f, found := filterFor(t, r, elsewhere, Entrance{isv, filtered}); found {
			t.Errorf("of another application: %+v", f)
		}
	})
}

// TestAFilterIsTheLatest: it follows what was written before the search.
func TestAFilterIsTheLatest(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		center := create(t, r, ask(r, "acme")).IDCApplicationARN
		by := Entrance{Role: isv, Center: center}
		for _, want := range []*api.AttributeFilter{on("1"), nil, on("2")} {
			must(t, r, api.UpdateDataAccessor, &api.UpdateDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(1), ActionConfigurations: under(want)})
			f, found := filterFor(t, r, r.app, by)
			if diff := cmp.Diff(want, f); diff != "" || !found {
				t.Errorf("found %t (-want +got):\n%s", found, diff)
			}
		}
		must(t, r, api.DeleteDataAccessor, &api.DeleteDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(1)})
		if _, found := filterFor(t, r, r.app, by); found {
			t.Error("it is found after its deletion")
		}
	})
}

// TestWhoSearchesWithoutAnAccessor: the account's own people do, and nobody of
// another account, whatever the policy says.
func TestWhoSearchesWithoutAnAccessor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := ask(r, "acme")
		in.ActionConfigurations = under(on("1"))
		center := create(t, r, in).IDCApplicationARN
		ask := func(c op.Caller) (f *api.AttributeFilter, err error) {
			err = r.DB.View(t.Context(), func(tx *store.Tx) error {
				f, err = Under(tx, c, r.app)
				return err
			})
			return f, err
		}
		own := optest.Root(account)
		own.Role = "arn:aws:iam::" + account + ":role/own"
		company := op.Caller{
			Account: "444455556666", Owner: account, Region: own.Region, Role: isv,
			Principal: "arn:aws:sts::444455556666:assumed-role/search/s", Keys: map[string][]string{centerKey: {center}},
		}
		stranger := company
		stranger.Role, stranger.Keys = "arn:aws:iam::444455556666:role/other", nil
		denied := fault.Error{Code: fault.AccessDenied}

		if f, err := ask(own); f != nil || err != nil {
			t.Errorf("the account's own: %+v, %v", f, err)
		}
		f, err := ask(company)
		if diff := cmp.Diff(on("1"), f); diff != "" || err != nil {
			t.Errorf("the company: %v (-want +got):\n%s", err, diff)
		}
		_, err = ask(stranger)
		optest.Refused(t, err, denied)
		own.Keys = company.Keys
		f, err = ask(own)
		if diff := cmp.Diff(on("1"), f); diff != "" || err != nil {
			t.Errorf("the account's own, for a user who signed in at the company: %v (-want +got):\n%s", err, diff)
		}

		must(t, r, api.DeleteDataAccessor, &api.DeleteDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(1)})
		_, err = ask(company)
		optest.Refused(t, err, denied)
	})
}
