package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/store"
)

// purgeAll calls a purge until it has no more to do.
func (r *rig) purgeAll(t *testing.T, purge func(tx *store.Tx) (bool, error)) (steps int) {
	t.Helper()
	for more := true; more; steps++ {
		err := r.DB.Update(t.Context(), func(tx *store.Tx) (err error) {
			more, err = purge(tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if steps > 1000 {
			t.Fatal("a purge does not end")
		}
	}
	return steps
}

func (r *rig) tables(t *testing.T) string {
	t.Helper()
	var counts []string
	for _, table := range []string{"user", "alias", "group", "member", "roll", "change"} {
		counts = append(counts, fmt.Sprint(table, " ", r.count(t, "directory_"+table)))
	}
	return strings.Join(counts, ", ")
}

// furnish makes users and groups in both indexes and both data sources.
func (r *rig) furnish(t *testing.T) {
	t.Helper()
	for i := range 5 {
		r.user(t, fmt.Sprintf("user-%d@example.com", i), of(wiki, fmt.Sprint("w", i)), of(crm, fmt.Sprint("c", i)), at(r.index, fmt.Sprint("i", i)), at(r.other, fmt.Sprint("o", i)), everywhere(fmt.Sprint("e", i)))
		m := members("a@b.c", "b@b.c", "c@b.c", "g")
		must(t, r, api.PutGroup, r.put(fmt.Sprint("group-", i), m))
		must(t, r, api.PutGroup, r.putOf(wiki, fmt.Sprint("group-", i), m))
		in := r.put(fmt.Sprint("group-", i), m)
		in.IndexID = r.other
		must(t, r, api.PutGroup, in)
	}
}

// TestPurge: what goes with a data source, with an index, and with the application,
// in steps; and nothing else.
func TestPurge(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.furnish(t)
		tenant := us().Tenant()
		check := func(after, want string) {
			t.Helper()
			if got := r.tables(t); got != want {
				t.Errorf("after %s: %s; want %s", after, got, want)
			}
		}
		check("nothing", "user 5, alias 25, group 15, member 45, roll 15, change 2")
		r.purgeAll(t, func(tx *store.Tx) (bool, error) { return PurgeSource(tx, tenant, r.app, r.index, wiki, 3) })
		check("a data source", "user 5, alias 20, group 10, member 30, roll 10, change 2")
		if steps := r.purgeAll(t, func(tx *store.Tx) (bool, error) { return PurgeIndex(tx, tenant, r.app, r.other, 3) }); steps < 8 {
			t.Errorf("an index went in %d steps", steps)
		}
		check("an index", "user 5, alias 15, group 5, member 15, roll 5, change 1")
		r.purgeAll(t, func(tx *store.Tx) (bool, error) { return PurgeApplication(tx, tenant, "another", 3) })
		check("another application", "user 5, alias 15, group 5, member 15, roll 5, change 1")
		r.purgeAll(t, func(tx *store.Tx) (bool, error) { return PurgeApplication(tx, tenant, r.app, 3) })
		check("the application", "user 0, alias 0, group 0, member 0, roll 0, change 0")
	})
}

// TestLargeGroups: 20,000 members are written beside the old ones, which are in
// force until all are there; a job that was cut short goes on; the old ones go in
// steps. That no transaction is too large, the store of the test looks after.
func TestLargeGroups(t *testing.T) {
	const many = 20_000
	each(t, func(t *testing.T, r *rig) {
		list := func(from int) {
			var b strings.Builder
			for i := range many {
				fmt.Fprintf(&b, "{\"userId\": \"user-%d@example.com\"}\n", from+i)
			}
			r.objects.content["people/all"] = b.String()
		}
		list(0)
		must(t, r, api.PutGroup, r.putFrom("all", "all"))
		r.work(t)
		if n := r.count(t, "directory_member"); n != many || r.groupsOf(t, "user-0@example.com") != "all" {
			t.Fatalf("%d members", n)
		}
		list(many / 2)
		must(t, r, api.PutGroup, r.putFrom("all", "all"))
		g := r.stored(t, "all")
		short := errors.New("cut short")
		cut := func(ctx context.Context) context.Context { // ends in the middle of the work
			ctx, cancel := context.WithCancelCause(ctx)
			r.objects.failures["people/all"] = nil
			err := r.DB.Update(ctx, func(tx *store.Tx) error { return enroll(tx, g.place, g.Version, 0, []string{"stale", "other"}) })
			if err != nil {
				t.Fatal(err)
			}
			cancel(short)
			return ctx
		}(t.Context())
		if err := r.fill(cut, us().Tenant(), workOf(g)); err == nil {
			t.Fatal("a job went on after its context ended")
		}
		if a, b := r.groupsOf(t, "user-0@example.com"), r.groupsOf(t, fmt.Sprintf("user-%d@example.com", many)); a != "all" || b != "" {
			t.Errorf("meanwhile: one who leaves is in %q, one who comes in %q", a, b)
		}
		r.work(t)
		if a, b := r.groupsOf(t, "user-0@example.com"), r.groupsOf(t, fmt.Sprintf("user-%d@example.com", many)); a != "" || b != "all" {
			t.Errorf("then: one who left is in %q, one who came in %q", a, b)
		}
		if n := r.count(t, "directory_member"); n != many {
			t.Errorf("%d rows of members, want %d", n, many)
		}
	})
}

// stored is a group of the first index.
func (r *rig) stored(t *testing.T, name string) (g *Group) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		g, err = getGroup(tx, place{us().Tenant(), r.app, r.index, "", name})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}
