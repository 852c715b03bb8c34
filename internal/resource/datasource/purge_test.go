package datasource

import (
	"errors"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// rows counts what there is of data sources.
func (b *bench) rows(t testing.TB) (n int) {
	t.Helper()
	err := b.sources.DB.View(t.Context(), func(tx *store.Tx) error {
		n = 0
		for _, table := range []string{"data_source", "sync_job", "source_item", "tag"} {
			var some int
			if err := tx.Row(`SELECT COUNT(*) FROM `+table+` WHERE tenant = $1`, b.caller.Tenant()).Scan(&some); err != nil {
				return err
			}
			n += some
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDeletingADataSource(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.shelve("a", "b")
		in := b.input(memoryConfig)
		in.Tags = []api.Tag{{Key: "room", Value: "3"}}
		id := *optest.Must(t, b.Registry, b.caller, api.CreateDataSource, in).DataSourceID
		other := b.create(t, memoryConfig)
		b.sync(t, id)
		b.sync(t, other)
		b.shelve("c")
		execution := b.mustStart(t, id) // and has not come to its end

		del := &api.DeleteDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id}
		optest.Must(t, b.Registry, b.caller, api.DeleteDataSource, del)
		if st := *b.get(t, id).Status; st != api.DataSourceStatusDeleting {
			t.Errorf("the data source is %s", st)
		}
		optest.Must(t, b.Registry, b.caller, api.DeleteDataSource, del) // again: nothing changes
		b.work(t, 0)
		_, err := optest.Call(t, b.Registry, b.caller, api.GetDataSource, &api.GetDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id})
		said := optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: typeName, ResourceID: id})
		if want := "There is no data source with ID " + id + " in index " + b.idx + "."; said != want {
			t.Errorf("got  %s\nwant %s", said, want)
		}
		if n := b.rows(t); n != 4 { // the other source, its job and two items
			t.Errorf("%d rows are left", n)
		}
		b.wantDocuments(t, other, "a", "b")
		if err := b.sources.sync(t.Context(), b.caller.Tenant(), syncArgs{Application: b.app, Index: b.idx, Execution: execution}); err != nil {
			t.Errorf("a step of its job: %v", err)
		}
	})
}

// TestADataSourceThatCannotBeDeleted says so, and can be deleted again.
func TestADataSourceThatCannotBeDeleted(t *testing.T) {
	b := newScratch(t)
	id := b.create(t, memoryConfig)
	del := &api.DeleteDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id}
	optest.Must(t, b.Registry, b.caller, api.DeleteDataSource, del)
	err := b.sources.DB.Update(t.Context(), func(tx *store.Tx) error {
		return purgeFailed(tx, b.caller.Tenant(), purgeArgs{b.app, b.idx, id}, errors.New("the disk is full"))
	})
	if err != nil {
		t.Fatal(err)
	}
	got := b.get(t, id)
	want := "Data source " + id + " could not be deleted completely. Delete it again; if that fails too, look in the server's log and its list of jobs."
	if *got.Status != api.DataSourceStatusFailed || *got.Error.ErrorCode != api.ErrorCodeInternalError || *got.Error.ErrorMessage != want {
		t.Errorf("%s: %+v", *got.Status, got.Error)
	}
	optest.Must(t, b.Registry, b.caller, api.DeleteDataSource, del)
	b.work(t, 0)
	if n := b.rows(t); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// TestWhatIsAboveTakesDataSourcesAlong in batches of any size.
func TestWhatIsAboveTakesDataSourcesAlong(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		purgers := map[string]func(tx *store.Tx) (bool, error){
			"index":       func(tx *store.Tx) (bool, error) { return PurgeIndex(tx, b.caller.Tenant(), b.app, b.idx, 2) },
			"application": func(tx *store.Tx) (bool, error) { return PurgeApplication(tx, b.caller.Tenant(), b.app, 2) },
		}
		for name, purge := range purgers {
			b.shelve("a", "b", "c")
			for range 3 {
				id := b.create(t, memoryConfig)
				b.sync(t, id)
				b.sync(t, id)
			}
			if n := b.rows(t); n != 3*(1+2+3) {
				t.Fatalf("%d rows", n)
			}
			batches := 0
			for more := true; more; batches++ {
				err := b.sources.DB.Update(t.Context(), func(tx *store.Tx) (err error) {
					more, err = purge(tx)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if n := b.rows(t); n != 0 || batches != 10 {
				t.Errorf("%s: %d rows are left after %d batches", name, n, batches)
			}
		}
	})
}

// TestDeletingTheIndex takes its sources along, and ends their jobs.
func TestDeletingTheIndex(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.shelve("a")
		id := b.create(t, memoryConfig)
		b.sync(t, id)
		execution := b.mustStart(t, id)
		optest.Must(t, b.Registry, b.caller, api.DeleteIndex, &api.DeleteIndexInput{ApplicationID: b.app, IndexID: b.idx})
		_, err := optest.Call(t, b.Registry, b.caller, api.CreateDataSource, b.input(memoryConfig))
		optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: "index", ResourceID: b.idx})
		b.work(t, 0)
		if n := b.rows(t); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if err := b.sources.sync(t.Context(), b.caller.Tenant(), syncArgs{Application: b.app, Index: b.idx, Execution: execution}); err != nil {
			t.Errorf("a step of the job: %v", err)
		}
	})
}

// TestWhatOthersAsk: whether there is such a source or job, and whether it takes
// documents.
func TestWhatOthersAsk(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.create(t, customConfig)
		execution := b.mustStart(t, id)
		ask := func(execution, source string) (of string, open, has bool) {
			t.Helper()
			err := b.sources.DB.View(t.Context(), func(tx *store.Tx) (err error) {
				if of, open, err = b.sources.Execution(tx, b.caller.Tenant(), b.app, b.idx, execution); err != nil {
					return err
				}
				has, err = b.sources.HasSource(tx, b.caller.Tenant(), b.app, b.idx, source)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return of, open, has
		}
		if of, open, has := ask(execution, id); of != id || !open || !has {
			t.Errorf("while it is open: %q, %t, %t", of, open, has)
		}
		if of, open, has := ask(absent, absent); of != "" || open || has {
			t.Errorf("none: %q, %t, %t", of, open, has)
		}
		if err := b.stop(t, id); err != nil {
			t.Fatal(err)
		}
		optest.Must(t, b.Registry, b.caller, api.DeleteDataSource, &api.DeleteDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id})
		if of, open, has := ask(execution, id); of != id || open || has {
			t.Errorf("stopped and deleted: %q, %t, %t", of, open, has)
		}
	})
}
