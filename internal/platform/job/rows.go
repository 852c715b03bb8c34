package job

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// State is where a job stands. One that is done has no row.
type State string

// The states of a job.
const (
	Waiting State = "waiting" // for its moment
	Running State = "running" // or its server died, and nobody has missed it yet
	Failed  State = "failed"  // given up
)

// never is the due_at of a failed job.
const never = math.MaxInt64

// key is a job's primary key.
type key struct{ tenant, application, id string }

// claim is the right to make one attempt. It stands while the row has this
// owner and this number of attempts.
type claim struct {
	key
	kind    string
	args    string
	attempt int64
	owner   string
	due     int64 // due_at when it was found
}

func insert(tx *store.Tx, k key, kind, args string, due time.Time) error {
	_, err := tx.Exec(`INSERT INTO jobs (tenant, application, id, kind, args, state, due_at, attempts, leased_by, last_error, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '', '', $8) ON CONFLICT (tenant, application, id) DO NOTHING`,
		k.tenant, k.application, k.id, kind, args, Waiting, store.Micros(due), store.Micros(tx.Now()))
	return err
}

// due finds up to n jobs that wait for an attempt, or whose lease has ended,
// the longest due first.
func due(tx *store.Tx, kinds []string, n int) (found []*claim, err error) {
	args := []any{store.Micros(tx.Now()), n}
	query := `SELECT /* every tenant: workers serve all of them */ tenant, application, id, kind, args, attempts, due_at
		FROM jobs WHERE due_at <= $1 AND kind IN (` + places(3, len(kinds)) + `) ORDER BY due_at LIMIT $2`
	for _, k := range kinds {
		args = append(args, k)
	}
	err = tx.Each(query, args, func(r *store.Rows) error {
		c := &claim{}
		found = append(found, c)
		return r.Scan(&c.tenant, &c.application, &c.id, &c.kind, &c.args, &c.attempt, &c.due)
	})
	return found, err
}

// take makes a found job this owner's, unless another was faster.
func take(tx *store.Tx, c *claim, owner string) (bool, error) {
	n, err := tx.Exec(`UPDATE jobs SET state = $1, due_at = $2, leased_by = $3, attempts = attempts + 1
		WHERE tenant = $4 AND application = $5 AND id = $6 AND due_at = $7 AND attempts = $8`,
		Running, leaseEnd(tx), owner, c.tenant, c.application, c.id, c.due, c.attempt)
	return n == 1, err
}

func leaseEnd(tx *store.Tx) int64 { return store.Micros(tx.Now().Add(leaseTime)) }

// putBack makes due what a server holds.
func putBack(tx *store.Tx, server string) error {
	_, err := tx.Exec(`UPDATE /* every tenant: a server serves all of them */ jobs SET state = $1, due_at = $2, leased_by = ''
		WHERE state = $3 AND leased_by = $4`, Waiting, store.Micros(tx.Now()), Running, server)
	return err
}

// hasten makes periodic work due that waits for its time.
func hasten(tx *store.Tx, name string) error {
	_, err := tx.Exec(`UPDATE jobs SET due_at = $1 WHERE tenant = '' AND application = '' AND id = $2 AND state = $3 AND due_at > $1`,
		store.Micros(tx.Now()), name, Waiting)
	return err
}

// renew extends a claim, and reports whether it still stood.
func renew(tx *store.Tx, c *claim) (bool, error) {
	n, err := tx.Exec(`UPDATE jobs SET due_at = $1 WHERE tenant = $2 AND application = $3 AND id = $4 AND leased_by = $5 AND attempts = $6`,
		leaseEnd(tx), c.tenant, c.application, c.id, c.owner, c.attempt)
	return n == 1, err
}

// remove ends a job that is done, and reports whether the claim still stood.
func remove(tx *store.Tx, c *claim) (bool, error) {
	n, err := tx.Exec(`DELETE FROM jobs WHERE tenant = $1 AND application = $2 AND id = $3 AND leased_by = $4 AND attempts = $5`,
		c.tenant, c.application, c.id, c.owner, c.attempt)
	return n == 1, err
}

// put ends a claim with the job in another state, and reports whether it stood.
func put(tx *store.Tx, c *claim, s State, dueAt, attempts int64, lastError string) (bool, error) {
	n, err := tx.Exec(`UPDATE jobs SET state = $1, due_at = $2, attempts = $3, leased_by = '', last_error = $4
		WHERE tenant = $5 AND application = $6 AND id = $7 AND leased_by = $8 AND attempts = $9`,
		s, dueAt, attempts, lastError, c.tenant, c.application, c.id, c.owner, c.attempt)
	return n == 1, err
}

// removeApplication deletes up to limit jobs of an application.
func removeApplication(tx *store.Tx, tenant, application string, limit int, except []string) (int64, error) {
	where := `tenant = $1 AND application = $2`
	args := []any{tenant, application, limit}
	if len(except) > 0 {
		where += ` AND kind NOT IN (` + places(4, len(except)) + `)`
		for _, k := range except {
			args = append(args, k)
		}
	}
	return tx.Exec(`DELETE FROM jobs WHERE `+where+` AND id <= (SELECT MAX(id) FROM (SELECT id FROM jobs WHERE `+where+` ORDER BY id LIMIT $3) AS batch)`, args...)
}

// Info is a job as it is shown to an operator.
type Info struct {
	ID, Kind            string
	Tenant, Application string
	State               State
	Attempts            int64
	Due                 time.Time // the next attempt, or the end of the lease; zero for a failed job
	LeasedBy            string
	LastError           string
	Created             time.Time
}

// Filter chooses jobs; an empty member chooses all.
type Filter struct {
	Tenant, Application, Kind string
	State                     State
	Limit                     int // 0: 1,000
}

func list(tx *store.Tx, f Filter) (infos []Info, err error) {
	query := `SELECT /* every tenant: an operator looks */ id, kind, tenant, application, state, attempts, due_at, leased_by, last_error, created_at
		FROM jobs`
	var where []string
	var args []any
	for _, c := range []struct{ column, value string }{
		{"tenant", f.Tenant}, {"application", f.Application}, {"kind", f.Kind}, {"state", string(f.State)},
	} {
		if c.value != "" {
			args = append(args, c.value)
			where = append(where, fmt.Sprintf("%s = $%d", c.column, len(args)))
		}
	}
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	if f.Limit <= 0 {
		f.Limit = 1000
	}
	args = append(args, f.Limit)
	query += fmt.Sprintf(" ORDER BY created_at, id LIMIT $%d", len(args))
	err = tx.Each(query, args, func(r *store.Rows) error {
		i, err := scanInfo(r)
		infos = append(infos, i)
		return err
	})
	return infos, err
}

func scanInfo(r *store.Rows) (i Info, err error) {
	var dueAt, created int64
	err = r.Scan(&i.ID, &i.Kind, &i.Tenant, &i.Application, &i.State, &i.Attempts, &dueAt, &i.LeasedBy, &i.LastError, &created)
	if dueAt != never {
		i.Due = store.FromMicros(dueAt)
	}
	i.Created = store.FromMicros(created)
	return i, err
}

// revive puts a failed job back to its first attempt.
func revive(tx *store.Tx, id string) error {
	var s State
	err := tx.Row(`SELECT /* every tenant: an operator names the job */ state FROM jobs WHERE id = $1`, id).Scan(&s)
	switch {
	case errors.Is(err, store.ErrNoRows):
		return fmt.Errorf("there is no job %s: it is done, or was cancelled", id)
	case err != nil:
		return err
	case s != Failed:
		return fmt.Errorf("job %s is %s: only a failed job can be retried", id, s)
	}
	_, err = tx.Exec(`UPDATE /* every tenant: an operator names the job */ jobs SET state = $1, due_at = $2, attempts = 0 WHERE id = $3 AND state = $4`,
		Waiting, store.Micros(tx.Now()), id, Failed)
	return err
}

// places is n placeholders from $first on.
func places(first, n int) string {
	p := make([]string, n)
	for i := range p {
		p[i] = fmt.Sprintf("$%d", first+i)
	}
	return strings.Join(p, ", ")
}

// handled are the kinds this queue can run, in a fixed order.
func (q *Queue) handled() []string {
	var names []string
	for name, k := range q.kinds {
		if k.handle != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
