package subscription

import (
	"testing"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// BenchmarkLicensed is what every message of a user pays: where everyone counts
// as subscribed, for a user who is, and for one of a group among a hundred.
func BenchmarkLicensed(b *testing.B) {
	clock := storetest.NewClock()
	r := newRig(b, storetest.New(b, storetest.WithClock(clock.Now)), clock)
	ada := someone(b, r, "ada")
	subscribe(b, r, ofUser(ada), business)
	var group string
	for range 100 {
		group = team(b, r, uuid.NewString())
		subscribe(b, r, ofGroup(group), business)
	}
	for name, tt := range map[string]struct {
		required bool
		p        op.Person
	}{
		"everyone": {false, op.Person{ID: "nobody"}},
		"a user":   {true, op.Person{ID: ada}},
		"a group":  {true, op.Person{ID: "member", Groups: []string{group}}},
	} {
		b.Run(name, func(b *testing.B) {
			r.Required = tt.required
			for b.Loop() {
				if err := r.Licensed(b.Context(), us(), r.app, tt.p, business); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
