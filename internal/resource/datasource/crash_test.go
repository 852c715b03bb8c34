package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/connector/connectortest"
)

// fuse is a context that ends when it has been asked so often: the store asks
// before each statement, so a server can be cut off between any two of them.
type fuse struct {
	context.Context
	left *atomic.Int64
}

func newFuse(ctx context.Context, n int64) fuse {
	f := fuse{ctx, new(atomic.Int64)}
	f.left.Store(n)
	return f
}

func (f fuse) Err() error {
	if f.left.Add(-1) < 0 {
		return context.Canceled
	}
	return f.Context.Err()
}

func (f fuse) blown() bool { return f.left.Load() < 0 }

// stepUntil makes the next step of a job with a context that ends on the way.
func (b *bench) stepUntil(ctx context.Context, execution string) error {
	args := syncArgs{Application: b.app, Index: b.idx, Execution: execution}
	for {
		err := b.sources.sync(ctx, b.caller.Tenant(), args)
		if err != nil || args.Step > 5 {
			return err
		}
		args.Step++ // the steps that there are not, and those of the past, say nothing
	}
}

// TestACutAnywhereLosesAndCountsNothing cuts a sync job off at every seventh
// statement, and lets it go on.
func TestACutAnywhereLosesAndCountsNothing(t *testing.T) {
	b := newScratch(t)
	b.sources.Slice.Items = 2
	cuts := 0
	for n := int64(0); ; n += 7 {
		b.memory = connectortest.NewMemory()
		b.sources.Kinds["MEMORY"] = b.memory
		b.shelve("broken", "changed", "gone", "same")
		id := b.create(t, memoryConfig)
		b.sync(t, id)
		b.memory.Break("broken", errors.New("torn"))
		b.memory.Put(connector.Item{ID: "changed"}, "Another text")
		b.memory.Remove("gone")
		b.shelve("new")

		execution := b.mustStart(t, id)
		ctx := newFuse(t.Context(), n)
		err := b.stepUntil(ctx, execution)
		if !ctx.blown() {
			if err != nil {
				t.Fatalf("without a cut: %v", err)
			}
			break
		}
		cuts++
		wantEnd(t, b.finish(t, id), api.DataSourceSyncJobStatusIncomplete, "4 scanned, 1 added, 1 modified, 1 deleted, 1 failed")
		b.wantDocuments(t, id, "broken", "changed", "new", "same")
		if t.Failed() {
			t.Fatalf("cut at %d", n)
		}
		optest.Must(t, b.Registry, b.caller, api.DeleteDataSource, &api.DeleteDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id})
		b.work(t, 0)
	}
	if cuts < 20 {
		t.Errorf("the job was cut off at %d statements only", cuts)
	}
	t.Logf("%d cuts", cuts)
}

// flaky is a kind whose crawls break off, before or after a visit.
type flaky struct {
	*connectortest.Memory
	fail func() error
}

func (f flaky) Open(ctx context.Context, config json.RawMessage, env connector.Env) (connector.Source, error) {
	_, err := f.Memory.Open(ctx, config, env)
	return f, err
}

func (f flaky) Crawl(ctx context.Context, after string, visit connector.Visit, progress func(string) error) error {
	return f.Memory.Crawl(ctx, after, func(ctx context.Context, it connector.Item) error {
		if err := f.fail(); err != nil {
			return err
		}
		if err := visit(ctx, it); err != nil {
			return err
		}
		return f.fail()
	}, progress)
}

// TestTheIndexBecomesTheSource whatever happened to the source in between, and
// however often its crawls broke off.
func TestTheIndexBecomesTheSource(t *testing.T) {
	b := newScratch(t)
	ids := []string{"a", "b", "c", "d", "e", "f"}
	rapid.Check(t, func(rt *rapid.T) {
		b.memory = connectortest.NewMemory()
		failures := 0
		b.sources.Kinds["MEMORY"] = flaky{b.memory, func() error {
			if failures > 0 && rapid.IntRange(0, 3).Draw(rt, "breaks off") == 0 {
				failures--
				return errors.New("the line is cut")
			}
			return nil
		}}
		b.sources.Slice.Items = rapid.IntRange(1, 4).Draw(rt, "items of a slice")
		id := b.create(t, memoryConfig)
		stands := map[string]api.DocumentStatus{}
		for range rapid.IntRange(1, 3).Draw(rt, "jobs") {
			added, modified, deleted := b.shuffle(rt, ids, stands)
			failures = rapid.IntRange(0, 5).Draw(rt, "failures")
			j := b.sync(t, id)
			want := fmt.Sprintf("%d scanned, %d added, %d modified, %d deleted, 0 failed", len(stands), added, modified, deleted)
			if *j.Status != api.DataSourceSyncJobStatusSucceeded || metrics(j) != want {
				rt.Fatalf("%s: %s\nwant %s (%s)", *j.Status, metrics(j), want, said(j))
			}
			if diff := cmp.Diff(stands, b.documents(t, id)); diff != "" {
				rt.Fatalf("documents (-want +got):\n%s", diff)
			}
		}
		optest.Must(t, b.Registry, b.caller, api.DeleteDataSource, &api.DeleteDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id})
		b.work(t, 0)
	})
}

// shuffle changes the source, and tells what a job will make of it. stands has
// what there is before and after.
func (b *bench) shuffle(rt *rapid.T, ids []string, stands map[string]api.DocumentStatus) (added, modified, deleted int) {
	before := maps.Clone(stands)
	for _, id := range ids {
		switch rapid.SampledFrom([]string{"put", "keep", "remove"}).Draw(rt, id) {
		case "put":
			b.memory.Put(connector.Item{ID: id}, rapid.StringMatching("[a-z]{30}").Draw(rt, "text of "+id))
			stands[id] = api.DocumentStatusIndexed
			if _, there := before[id]; there {
				modified++
			} else {
				added++
			}
		case "remove":
			if _, there := before[id]; there {
				deleted++
			}
			b.memory.Remove(id)
			delete(stands, id)
		}
	}
	return added, modified, deleted
}

// TestASourceThatKeepsFailing fails the job in the end, with what it had put.
func TestASourceThatKeepsFailing(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.shelve("a", "b", "c")
		visits := 0
		b.sources.Kinds["MEMORY"] = flaky{b.memory, func() error {
			if visits++; visits > 4 {
				return errors.New("the line is cut for good")
			}
			return nil
		}}
		id := b.create(t, memoryConfig)
		b.mustStart(t, id)
		for range 12 {
			b.work(t, 0)
			b.clock.Advance(time.Minute)
		}
		j := b.last(t, id)
		wantEnd(t, j, api.DataSourceSyncJobStatusFailed, "2 scanned, 2 added, 0 modified, 0 deleted, 0 failed")
		if want := "InternalError: The line is cut for good."; said(j) != want {
			t.Errorf("got  %s\nwant %s", said(j), want)
		}
		b.wantDocuments(t, id, "a", "b")
	})
}
