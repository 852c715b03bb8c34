package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	perPart      = 1000 // members in a row of the roll
	perStatement = 500  // members that one statement writes or removes
)

// enroll writes users as members of a version of a group, from a part of its roll
// on: at most as many as a transaction may.
func enroll(tx *store.Tx, p place, version int64, part int, users []string) error {
	for batch := range slices.Chunk(users, perPart) {
		_, err := tx.Exec(`INSERT INTO directory_roll (tenant, application, idx, grp, version, part, members) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			p.Tenant, p.Application, p.Index, p.key(), version, part, strings.Join(batch, " "))
		if err != nil {
			return err
		}
		if err := insertMembers(tx, p, version, batch); err != nil {
			return err
		}
		part++
	}
	return nil
}

func insertMembers(tx *store.Tx, p place, version int64, users []string) error {
	for batch := range slices.Chunk(users, perStatement) {
		args := []any{p.Tenant, p.Application, p.Index, p.key(), version}
		var values strings.Builder
		for i, u := range batch {
			args = append(args, u)
			fmt.Fprintf(&values, ", ($1, $2, $3, $%d, $4, $5)", i+6)
		}
		_, err := tx.Exec(`INSERT INTO directory_member (tenant, application, idx, member, grp, version) VALUES `+values.String()[2:], args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// strike is a part of a roll, which names members to be removed.
type strike struct {
	circle
	group         string // its key
	version, part int64
	members       []string
}

// firstPart returns the first part of the rolls that a WHERE chooses, after that of
// the tenant, the application and the index, which are $1, $2 and $3.
func firstPart(tx *store.Tx, in circle, where string, args ...any) (s strike, found bool, err error) {
	s.circle = in
	var members string
	err = tx.Row(`SELECT grp, version, part, members FROM directory_roll
		WHERE tenant = $1 AND application = $2 AND idx = $3`+where+` ORDER BY grp, version, part LIMIT 1`,
		append([]any{in.tenant, in.app, in.index}, args...)...).Scan(&s.group, &s.version, &s.part, &members)
	if errors.Is(err, store.ErrNoRows) {
		return s, false, nil
	}
	s.members = strings.Fields(members)
	return s, err == nil, err
}

// remove takes the members of the part off their group: so many rows, and one.
func (s strike) remove(tx *store.Tx) error {
	for batch := range slices.Chunk(s.members, perStatement) {
		args := []any{s.tenant, s.app, s.index, s.group, s.version}
		var in strings.Builder
		for i, m := range batch {
			args = append(args, m)
			fmt.Fprintf(&in, ", $%d", i+6)
		}
		_, err := tx.Exec(`DELETE FROM directory_member
			WHERE tenant = $1 AND application = $2 AND idx = $3 AND grp = $4 AND version = $5 AND member IN (`+in.String()[2:]+`)`, args...)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(`DELETE FROM directory_roll
		WHERE tenant = $1 AND application = $2 AND idx = $3 AND grp = $4 AND version = $5 AND part = $6`,
		s.tenant, s.app, s.index, s.group, s.version, s.part)
	return err
}
