package accessor

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// together makes requests at once, and counts the answers by their code; "" is
// success.
func together(t *testing.T, r *rig, requests []*api.CreateDataAccessorInput) map[fault.Code]int {
	t.Helper()
	answers := make([]fault.Code, len(requests))
	var wg sync.WaitGroup
	for i, in := range requests {
		wg.Go(func() {
			_, err := optest.Call(t, r.Registry, us(), api.CreateDataAccessor, in)
			if f := fault.As(err); f != nil {
				answers[i] = f.Code
			}
		})
	}
	wg.Wait()
	counted := map[fault.Code]int{}
	for _, code := range answers {
		counted[code]++
	}
	return counted
}

// TestAtOnce: neither the quota nor a name nor a token is given twice to those
// who come at the same time.
func TestAtOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(i int, in *api.CreateDataAccessorInput)
		want   map[fault.Code]int
	}{
		"for a place": {func(i int, in *api.CreateDataAccessorInput) { in.DisplayName = fmt.Sprintf("a%d", i) }, map[fault.Code]int{"": 10, fault.ServiceQuotaExceeded: 4}},
		"for a name":  {func(int, *api.CreateDataAccessorInput) {}, map[fault.Code]int{"": 1, fault.Conflict: 13}},
		"by a token":  {func(_ int, in *api.CreateDataAccessorInput) { in.ClientToken = new("token") }, map[fault.Code]int{"": 14}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *rig) {
				var requests []*api.CreateDataAccessorInput
				for i := range 14 {
					in := ask(r, "acme")
					tt.change(i, in)
					requests = append(requests, in)
				}
				if diff := cmp.Diff(tt.want, together(t, r, requests)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				made := must(t, r, api.ListDataAccessors, &api.ListDataAccessorsInput{ApplicationID: r.app}).DataAccessors
				if here, there := len(made), len(centerApplications(t, r)); here != there {
					t.Errorf("%d accessors, and %d applications in Identity Center", here, there)
				}
			})
		})
	}
}

// TestConflictsOfTheDatabaseAreNotSeen: transactions that are run again leave
// nothing behind of the first attempt.
func TestConflictsOfTheDatabaseAreNotSeen(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i := range 10 {
			made := create(t, r, ask(r, fmt.Sprintf("a%d", i)))
			must(t, r, api.UpdateDataAccessor, &api.UpdateDataAccessorInput{
				ApplicationID: r.app, DataAccessorID: made.DataAccessorID, DisplayName: new(fmt.Sprintf("b%d", i)), ActionConfigurations: under(on("1")),
			})
			if got := show(t, r, made.DataAccessorID); *got.IDCApplicationARN != made.IDCApplicationARN || *got.DisplayName != fmt.Sprintf("b%d", i) {
				t.Errorf("%+v of %+v", got, made)
			}
			if i%2 == 0 {
				must(t, r, api.DeleteDataAccessor, &api.DeleteDataAccessorInput{ApplicationID: r.app, DataAccessorID: made.DataAccessorID})
			}
		}
		if n := len(centerApplications(t, r)); n != 5 {
			t.Errorf("%d applications in Identity Center", n)
		}
	}, storetest.WithConflicts(1, 0.1))
}
