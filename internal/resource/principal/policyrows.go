package principal

import (
	"github.com/parleyhq/parley/internal/platform/store"
)

// A purpose is what a managed policy is attached for.
type purpose string

// The purposes there are.
const (
	permissions purpose = "permissions"
	boundary    purpose = "boundary"
)

// attach writes that a user or role has a managed policy; n is 0 when it had it.
func attach(tx *store.Tx, k kind, e *Entity, p purpose, arn string) (n int64, err error) {
	return tx.Exec(`INSERT INTO iam_attachment (tenant, kind, name, purpose, policy, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, kind, name, purpose, policy) DO NOTHING`,
		e.Account, string(k), e.key, string(p), arn, store.Micros(tx.Now()))
}

// detach undoes attach; n is 0 when the user or role does not have the policy.
func detach(tx *store.Tx, k kind, e *Entity, p purpose, arn string) (n int64, err error) {
	return tx.Exec(`DELETE FROM iam_attachment WHERE tenant = $1 AND kind = $2 AND name = $3 AND purpose = $4 AND policy = $5`,
		e.Account, string(k), e.key, string(p), arn)
}

// detachAll takes every managed policy from a user or role.
func detachAll(tx *store.Tx, k kind, e *Entity) error {
	_, err := tx.Exec(`DELETE FROM iam_attachment WHERE tenant = $1 AND kind = $2 AND name = $3`, e.Account, string(k), e.key)
	return err
}

// attachedTo reads the ARNs of the managed policies that permit a user or role,
// in the order in which they were attached.
func attachedTo(tx *store.Tx, k kind, e *Entity) (arns []string, err error) {
	err = tx.Each(`SELECT policy FROM iam_attachment WHERE tenant = $1 AND kind = $2 AND name = $3 AND purpose = $4 ORDER BY created_at, policy`,
		[]any{e.Account, string(k), e.key, string(permissions)}, func(row *store.Rows) error {
			var arn string
			err := row.Scan(&arn)
			arns = append(arns, arn)
			return err
		})
	return arns, err
}

// uses are how many users and roles have a policy, by purpose.
type uses map[purpose]int

// usesOf counts who has the policies of an account that are attached at all.
func usesOf(tx *store.Tx, account string) (map[string]uses, error) {
	all := map[string]uses{}
	err := tx.Each(`SELECT policy, purpose, COUNT(*) FROM iam_attachment WHERE tenant = $1 GROUP BY policy, purpose`,
		[]any{account}, func(row *store.Rows) error {
			var arn string
			var p purpose
			var n int
			err := row.Scan(&arn, (*string)(&p), &n)
			if all[arn] == nil {
				all[arn] = uses{}
			}
			all[arn][p] = n
			return err
		})
	return all, err
}

// usesOfOne is usesOf for one policy.
func usesOfOne(tx *store.Tx, account, arn string) (uses, error) {
	u := uses{}
	err := tx.Each(`SELECT purpose, COUNT(*) FROM iam_attachment WHERE tenant = $1 AND policy = $2 GROUP BY purpose`,
		[]any{account, arn}, func(row *store.Rows) error {
			var p purpose
			var n int
			err := row.Scan((*string)(&p), &n)
			u[p] = n
			return err
		})
	return u, err
}

// holder is a user or role that has a policy.
type holder struct {
	kind    kind
	key     string // its row's name
	purpose purpose
	doc     string
	born    int64
}

// holders reads up to limit users and roles that have a policy, after one.
func holders(tx *store.Tx, account, arn string, after holder, limit int) (found []holder, err error) {
	err = tx.Each(`SELECT a.kind, a.name, a.purpose, e.doc, e.created_at FROM iam_attachment a
		JOIN iam_entity e ON e.tenant = a.tenant AND e.kind = a.kind AND e.name = a.name
		WHERE a.tenant = $1 AND a.policy = $2 AND (a.kind, a.name, a.purpose) > ($3, $4, $5)
		ORDER BY a.kind, a.name, a.purpose LIMIT $6`,
		[]any{account, arn, string(after.kind), after.key, string(after.purpose), limit}, func(row *store.Rows) error {
			var h holder
			err := row.Scan((*string)(&h.kind), &h.key, (*string)(&h.purpose), &h.doc, &h.born)
			found = append(found, h)
			return err
		})
	return found, err
}

// version is a version of a managed policy.
type version struct {
	number   int64
	inForce  bool
	document string
	created  int64
}

func insertVersion(tx *store.Tx, account, arn string, v version) error {
	_, err := tx.Exec(`INSERT INTO iam_policy_version (tenant, policy, version, in_force, document, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		account, arn, v.number, v.inForce, v.document, v.created)
	return err
}

// versionsOf reads the versions of a policy, the newest first.
func versionsOf(tx *store.Tx, account, arn string) (all []version, err error) {
	err = tx.Each(`SELECT version, in_force, document, created_at FROM iam_policy_version WHERE tenant = $1 AND policy = $2 ORDER BY version DESC`,
		[]any{account, arn}, func(row *store.Rows) error {
			var v version
			err := row.Scan(&v.number, &v.inForce, &v.document, &v.created)
			all = append(all, v)
			return err
		})
	return all, err
}

// putInForce makes a version the one that counts.
func putInForce(tx *store.Tx, account, arn string, number int64) error {
	_, err := tx.Exec(`UPDATE iam_policy_version SET in_force = (version = $1) WHERE tenant = $2 AND policy = $3`, number, account, arn)
	return err
}

func removeVersion(tx *store.Tx, account, arn string, number int64) error {
	_, err := tx.Exec(`DELETE FROM iam_policy_version WHERE tenant = $1 AND policy = $2 AND version = $3`, account, arn, number)
	return err
}

func removeVersions(tx *store.Tx, account, arn string) error {
	_, err := tx.Exec(`DELETE FROM iam_policy_version WHERE tenant = $1 AND policy = $2`, account, arn)
	return err
}

// inForce reads the document of a policy that counts, or store.ErrNoRows.
func inForce(tx *store.Tx, account, arn string) (document string, err error) {
	err = tx.Row(`SELECT document FROM iam_policy_version WHERE tenant = $1 AND policy = $2 AND in_force`, account, arn).Scan(&document)
	return document, err
}

// bundle is a user or role with the managed policies that it has.
type bundle struct {
	key      string
	doc      string // "" when there is none
	born     int64
	attached []attached
}

// attached is a managed policy that a user or role has. document is "" for one
// of AWS's.
type attached struct {
	purpose  purpose
	arn      string
	document string
}

// bundleOf reads a user or role and the policies that it has, in one statement.
// Of two roles that differ by case alone (see get) it reads both, and returns the
// one that is meant.
func bundleOf(tx *store.Tx, account string, k kind, name string) (bundle, error) {
	found := map[string]*bundle{}
	err := tx.Each(`SELECT name, '' AS purpose, '' AS policy, doc, created_at FROM iam_entity
		WHERE tenant = $1 AND kind = $2 AND name IN ($3, $4)
		UNION ALL
		SELECT a.name, a.purpose, a.policy, COALESCE(v.document, ''), a.created_at FROM iam_attachment a
		LEFT JOIN iam_policy_version v ON v.tenant = a.tenant AND v.policy = a.policy AND v.in_force
		WHERE a.tenant = $1 AND a.kind = $2 AND a.name IN ($3, $4)`,
		[]any{account, string(k), fold(name), name}, func(row *store.Rows) error {
			var key string
			var a attached
			var created int64
			if err := row.Scan(&key, (*string)(&a.purpose), &a.arn, &a.document, &created); err != nil {
				return err
			}
			b := found[key]
			if b == nil {
				b = &bundle{key: key}
				found[key] = b
			}
			if a.purpose == "" {
				b.doc, b.born = a.document, created
			} else {
				b.attached = append(b.attached, a)
			}
			return nil
		})
	for _, key := range [...]string{name, fold(name)} {
		if b := found[key]; b != nil {
			return *b, err
		}
	}
	return bundle{}, err
}
