package people

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

func TestProfile(t *testing.T) {
	office := identitystore.Address{StreetAddress: new("1 Rue de Rivoli"), Locality: new("Paris"), PostalCode: new("75001"), Country: new("France")}
	home := identitystore.Address{Formatted: new("2 Home Road"), Primary: new(true)}
	for name, tt := range map[string]struct {
		user identitystore.User
		want map[string]string
	}{
		"nothing":        {identitystore.User{UserName: new("ann"), Birthdate: new("1990-01-01"), Title: new("")}, nil},
		"an empty place": {identitystore.User{Addresses: []identitystore.Address{{}}}, nil},
		"a job": {
			identitystore.User{DisplayName: new("Ann Example"), Title: new("Baker"), UserType: new("Contractor"), PreferredLanguage: new("fr"), Locale: new("fr-FR"), Timezone: new("Europe/Paris")},
			map[string]string{"display name": "Ann Example", "title": "Baker", "user type": "Contractor", "preferred language": "fr", "locale": "fr-FR", "time zone": "Europe/Paris"},
		},
		"a department": {
			identitystore.User{Extensions: map[string]json.RawMessage{enterprise: json.RawMessage(`{"department":"Ovens","costCenter":"7","Organization":"Bakery"}`)}},
			map[string]string{"department": "Ovens", "organization": "Bakery"},
		},
		"an odd extension": {identitystore.User{Extensions: map[string]json.RawMessage{enterprise: json.RawMessage(`[7]`)}}, nil},
		"an address":       {identitystore.User{Addresses: []identitystore.Address{office}}, map[string]string{"address": "1 Rue de Rivoli, 75001, Paris, France"}},
		"the chief of 2":   {identitystore.User{Addresses: []identitystore.Address{office, home}}, map[string]string{"address": "2 Home Road"}},
	} {
		if diff := cmp.Diff(tt.want, profileOf(tt.user)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAUserHasTheirProfile: whoever asks for a user has what is personal of them.
func TestAUserHasTheirProfile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := ann()
		in.Title = new("Baker")
		id := optest.Must(t, w.calls, w.root, identitystore.CreateUser, in).UserID
		var got op.Person
		err := w.DB.View(t.Context(), func(tx *store.Tx) (err error) {
			got, _, err = w.UserIn(tx, account, id)
			return err
		})
		want := op.Person{ID: id, Name: "ann", Email: "Ann@Example.com", Profile: map[string]string{"display name": "Ann Example", "title": "Baker"}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v: %s", err, diff)
		}
	})
}
