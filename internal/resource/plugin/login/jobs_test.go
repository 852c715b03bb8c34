package login

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/store"
)

// rows counts what there is of each application and plugin.
func (w *world) rows(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	err := w.DB.View(t.Context(), func(tx *store.Tx) error {
		for _, table := range []string{"login_state", "login_grant"} {
			err := tx.Each(`SELECT application, plugin FROM `+table+` WHERE tenant = $1`, []any{tenant}, func(r *store.Rows) error {
				var application, plugin string
				err := r.Scan(&application, &plugin)
				counts[table+" "+application+"/"+plugin]++
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// fill makes n users' grants and sign-ins for a plugin.
func (w *world) fill(t *testing.T, application, plugin string, n int) {
	t.Helper()
	err := w.DB.Update(t.Context(), func(tx *store.Tx) error {
		for i := range n {
			user := fmt.Sprintf("user-%d", i)
			h := held{key: key{tenant, application, plugin, user, "client"}, revision: "1"}
			if err := w.put(tx, h); err != nil {
				return err
			}
			at := locator{tenant, application, plugin + user}
			if err := insertSignIn(tx, signIn{locator: at, plugin: plugin, stage: begun, expires: tx.Now().Add(stateLife)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPurgeApplication(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill(t, "app-1", "plugin-1", 7)
		w.fill(t, "app-1", "plugin-2", 6)
		w.fill(t, "app-2", "plugin-1", 2)
		steps := 0
		for more := true; more; steps++ {
			err := w.DB.Update(t.Context(), func(tx *store.Tx) (err error) {
				more, err = PurgeApplication(tx, tenant, "app-1", 5)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if steps != 6 {
			t.Errorf("26 rows went in %d steps of 5, want 6", steps)
		}
		if diff := cmp.Diff(map[string]int{"login_state app-2/plugin-1": 2, "login_grant app-2/plugin-1": 2}, w.rows(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPurgePlugin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill(t, "app-1", "plugin-1", batch+1)
		w.fill(t, "app-1", "plugin-2", 2)
		err := w.DB.Update(t.Context(), func(tx *store.Tx) error { return w.PurgePlugin(tx, tenant, "app-1", "plugin-1") })
		if err != nil {
			t.Fatal(err)
		}
		if n := w.rows(t)["login_state app-1/plugin-1"]; n != 0 {
			t.Errorf("%d sign-ins can still be ended", n)
		}
		if n, err := w.Jobs.RunDue(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d jobs, %v", n, err)
		}
		if diff := cmp.Diff(map[string]int{"login_state app-1/plugin-2": 2, "login_grant app-1/plugin-2": 2}, w.rows(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill(t, "app-1", "plugin-1", batch+1)
		if n, err := w.Jobs.RunDue(t.Context()); n != 0 || err != nil { // from now on, every ten minutes
			t.Fatalf("%d jobs, %v", n, err)
		}
		w.clock.Advance(stateLife - time.Second)
		w.fill(t, "app-1", "plugin-2", 1)
		w.clock.Advance(time.Second)
		if n, err := w.Jobs.RunDue(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d jobs, %v", n, err)
		}
		want := map[string]int{"login_state app-1/plugin-2": 1, "login_grant app-1/plugin-2": 1, "login_grant app-1/plugin-1": batch + 1}
		if diff := cmp.Diff(want, w.rows(t)); diff != "" {
			t.Error(diff)
		}
	})
}
