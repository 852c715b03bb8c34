package application

import (
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

func TestOwnerIsFoundByRegionAndID(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		owns := func(region, app, want string) {
			t.Helper()
			got, err := r.Owner(t.Context(), region, app)
			if err != nil || got != want {
				t.Errorf("owner of %s in %s: %q, %v; want %q", app, region, got, err, want)
			}
		}
		owns("us-east-1", id(1), "")
		must(t, r, us(), api.CreateApplication, anonymous("ours"))
		elsewhere := us()
		elsewhere.Account, elsewhere.Region = "999999999999", "eu-west-1"
		must(t, r, elsewhere, api.CreateApplication, anonymous("theirs"))
		owns("us-east-1", id(1), us().Account)
		owns("eu-west-1", id(1), "")
		owns("eu-west-1", id(2), "999999999999")
		owns("us-east-1", id(2), "")
		must(t, r, us(), api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: id(1)})
		owns("us-east-1", id(1), us().Account) // it is on its way out, and still theirs
		exhaust(t, r)
		owns("us-east-1", id(1), "")
	})
}

// TestWhoeverKeptApplicationsIsALandlord, also when the last is gone.
func TestWhoeverKeptApplicationsIsALandlord(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		keeps := func(c op.Caller, want bool) {
			t.Helper()
			got, err := r.Landlord(t.Context(), c.Account)
			if err != nil || got != want {
				t.Errorf("landlord %s: %t, %v; want %t", c.Account, got, err, want)
			}
		}
		keeps(us(), false)
		must(t, r, us(), api.CreateApplication, anonymous("one"))
		must(t, r, us(), api.CreateApplication, anonymous("two"))
		keeps(us(), true)
		keeps(op.Caller{Account: "999999999999"}, false)
		for i := range 2 {
			must(t, r, us(), api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: id(i + 1)})
		}
		exhaust(t, r)
		keeps(us(), true)
	})
}

// TestAnApplicationThatIsNotMadeMakesNoLandlord: both rows come and go together.
func TestAnApplicationThatIsNotMadeMakesNoLandlord(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r, us(), api.CreateApplication, anonymous("app"))
		other := Application{ID: id(7), DisplayName: "app", Status: api.ApplicationStatusActive}
		err := r.DB.Update(t.Context(), func(tx *store.Tx) error {
			if err := insert(tx, "999999999999:us-east-1", other); err != nil {
				return err
			}
			return insert(tx, us().Tenant(), other) // the name is taken
		})
		if err == nil {
			t.Fatal("no conflict")
		}
		if yes, err := r.Landlord(t.Context(), "999999999999"); yes || err != nil {
			t.Errorf("landlord: %t, %v", yes, err)
		}
	})
}
