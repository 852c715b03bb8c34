package datasource

import (
	"context"

	"github.com/parleyhq/parley/internal/platform/store"
)

// deleteBatch is how many documents are deleted at a time.
const deleteBatch = 100

// delete removes the documents of items that a complete crawl has not come to,
// unless those are too many to be true: then it keeps them, and says so.
func (r *run) delete(ctx context.Context) error {
	var gone int64
	err := r.DB.View(ctx, func(tx *store.Tx) (err error) {
		gone, err = unseen(tx, r.job.place, r.job.execution)
		return err
	})
	if err != nil {
		return err
	}
	if tooMany(gone, r.job.Scanned, r.plan.settings().Deletions) {
		return r.amend(ctx, func(_ *store.Tx, j *syncJob) error {
			j.Kept = gone
			j.settle()
			return nil
		})
	}
	for after := ""; !r.late(); {
		n, last, err := r.deleteSome(ctx, after)
		if err != nil {
			return definite(err)
		}
		if n < deleteBatch {
			return r.amend(ctx, func(_ *store.Tx, j *syncJob) error { j.settle(); return nil })
		}
		after = last
	}
	return r.amend(ctx, func(*store.Tx, *syncJob) error { return nil })
}

// tooMany is the deletion safeguard: whether the share of what is to be deleted
// goes beyond a percentage (user guide, "Data source connector concepts").
func tooMany(gone, scanned int64, percentage int) bool {
	return percentage < 100 && 100*gone > int64(percentage)*(scanned+gone)
}

// deleteSome deletes a batch. If the server ends between the two writes, those
// documents are removed again, which counts once.
func (r *run) deleteSome(ctx context.Context, after string) (n int, last string, err error) {
	var items []item
	err = r.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := current(tx, r.tenant, r.args); err != nil {
			return err
		}
		items, last, err = listUnseen(tx, r.job.place, r.job.execution, after, deleteBatch)
		return err
	})
	if err != nil || len(items) == 0 {
		return 0, "", err
	}
	var standing []string
	for _, it := range items {
		if it.version != "" {
			standing = append(standing, it.document)
		}
	}
	if len(standing) > 0 {
		// What could not be removed was not there.
		if _, err := r.Documents.Remove(ctx, r.job.documents(), r.job.execution, standing); err != nil {
			return 0, "", err
		}
	}
	return len(items), last, r.DB.Update(ctx, func(tx *store.Tx) error {
		for _, it := range items {
			if err := dropUnseen(tx, r.job.place, r.job.execution, it.document); err != nil {
				return err
			}
		}
		return nil
	})
}
