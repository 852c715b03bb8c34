package datasource

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

// begun are the moments at which the sync jobs of a source began, the first first.
func (b *bench) begun(t testing.TB, id string) (times []string) {
	t.Helper()
	for _, j := range b.history(t, id, nil) {
		times = append([]string{j.StartTime.Format("01-02 15:04:05")}, times...)
	}
	return times
}

// wait lets time pass in steps, with what becomes due in each.
func (b *bench) wait(t testing.TB, d, step time.Duration) {
	t.Helper()
	for end := b.clock.Now().Add(d); b.clock.Now().Before(end); {
		b.clock.Advance(step)
		if _, err := b.jobs.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func (b *bench) scheduled(t testing.TB, expression string) (id string) {
	t.Helper()
	in := b.input(memoryConfig)
	in.SyncSchedule = &expression
	return *optest.Must(t, b.Registry, b.caller, api.CreateDataSource, in).DataSourceID
}

func (b *bench) reschedule(t testing.TB, id, expression string) {
	t.Helper()
	optest.Must(t, b.Registry, b.caller, api.UpdateDataSource, &api.UpdateDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id, SyncSchedule: &expression})
}

// TestSchedulesBeginJobs within 20 seconds of the time that they name.
func TestSchedulesBeginJobs(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.work(t, 0)
		b.clock.Advance(b.clock.Now().Truncate(10 * time.Minute).Add(10 * time.Minute).Sub(b.clock.Now()))
		minute := func(n int) string {
			return b.clock.Now().Add(time.Duration(n) * time.Minute).Format("01-02 15:04:05")
		}
		want := []string{minute(2), minute(4)}
		id := b.scheduled(t, "cron(0/2 * * * ? *)")
		none := b.scheduled(t, "")
		b.wait(t, 5*time.Minute, 20*time.Second)
		if diff := cmp.Diff(want, b.begun(t, id)); diff != "" {
			t.Errorf("jobs began (-want +got):\n%s", diff)
		}
		if got := b.begun(t, none); got != nil {
			t.Errorf("without a schedule: %v", got)
		}

		b.reschedule(t, id, "")
		b.wait(t, 5*time.Minute, 20*time.Second)
		if diff := cmp.Diff(want, b.begun(t, id)); diff != "" {
			t.Errorf("after the schedule was taken away (-want +got):\n%s", diff)
		}
	})
}

// TestAMissedTimeIsDoneOnce when a server is there again.
func TestAMissedTimeIsDoneOnce(t *testing.T) {
	b := newScratch(t)
	b.work(t, 0)
	id := b.scheduled(t, "rate(10 minutes)")
	b.clock.Advance(65 * time.Minute) // nobody is there
	b.wait(t, 6*time.Minute, 20*time.Second)
	want := []string{"01-01 01:05:20", "01-01 01:10:00"} // then on the beat again
	if diff := cmp.Diff(want, b.begun(t, id)); diff != "" {
		t.Errorf("jobs began (-want +got):\n%s", diff)
	}
}

// TestATimeIsLeftOut while a job runs, and when the source or its index is going.
func TestATimeIsLeftOut(t *testing.T) {
	b := newScratch(t)
	b.work(t, 0)
	id := b.scheduled(t, "rate(1 minute)")
	deleted := b.scheduled(t, "rate(1 minute)")
	last := b.scheduled(t, "cron(0 0 1 1 ? 2026)") // which is past
	execution := b.mustStart(t, id)
	err := b.sources.startDue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	optest.Must(t, b.Registry, b.caller, api.DeleteDataSource, &api.DeleteDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: deleted})
	b.clock.Advance(90 * time.Second)
	if err := b.sources.startDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.history(t, id, nil); len(got) != 1 || *got[0].ExecutionID != execution {
		t.Errorf("beside the job that runs: %+v", got)
	}
	b.finish(t, id)
	b.clock.Advance(time.Minute)
	if err := b.sources.startDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.history(t, id, nil); len(got) != 2 {
		t.Errorf("after it ended: %+v", got)
	}
	if got := b.history(t, last, nil); len(got) != 0 {
		t.Errorf("a schedule of the past: %+v", got)
	}
}
