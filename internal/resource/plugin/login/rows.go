package login

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// load returns a grant, or store.ErrNoRows.
func (s *Service) load(tx *store.Tx, k key) (held, error) {
	h := held{key: k, personal: k.holder != ""}
	var sealed []byte
	var leased int64
	err := tx.Row(`SELECT tokens, revision, leased_until FROM login_grant
		WHERE tenant = $1 AND application = $2 AND plugin = $3 AND holder = $4 AND client = $5`,
		k.tenant, k.application, k.plugin, k.holder, k.client).Scan(&sealed, &h.revision, &leased)
	if err != nil {
		return h, err
	}
	h.leasedUntil = store.FromMicros(leased)
	h.grant, err = s.reveal(tx.Context(), k, sealed)
	return h, err
}

// takeLease makes the lease ours. A row that the plugin has no token for yet is
// made for it.
func (s *Service) takeLease(tx *store.Tx, h held, lease string, until time.Time, absent bool) error {
	k := h.key
	if absent {
		_, err := tx.Exec(`INSERT INTO login_grant (tenant, application, plugin, holder, client, tokens, revision, lease, leased_until, server)
			VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9)`,
			k.tenant, k.application, k.plugin, k.holder, k.client, []byte{}, lease, store.Micros(until), s.Jobs.Server())
		return err
	}
	n, err := tx.Exec(`UPDATE login_grant SET lease = $6, leased_until = $7, server = $8
		WHERE tenant = $1 AND application = $2 AND plugin = $3 AND holder = $4 AND client = $5 AND revision = $9 AND leased_until <= $10`,
		k.tenant, k.application, k.plugin, k.holder, k.client, lease, store.Micros(until), s.Jobs.Server(), h.revision, store.Micros(tx.Now()))
	if err == nil && n != 1 {
		err = fmt.Errorf("login: a grant of the plugin %s changed in a transaction that had read it", k.plugin)
	}
	return err
}

// settle writes what was got under a lease, and ends it. kept is false when the
// lease was lost.
func (s *Service) settle(tx *store.Tx, h held, lease string) (kept bool, err error) {
	sealed, err := s.conceal(h)
	if err != nil {
		return false, err
	}
	k := h.key
	n, err := tx.Exec(`UPDATE login_grant SET tokens = $6, revision = $7, lease = '', leased_until = 0
		WHERE tenant = $1 AND application = $2 AND plugin = $3 AND holder = $4 AND client = $5 AND lease = $8`,
		k.tenant, k.application, k.plugin, k.holder, k.client, sealed, h.revision, lease)
	return n == 1, err
}

// put writes a grant over whatever there was, and ends anybody's lease.
func (s *Service) put(tx *store.Tx, h held) error {
	sealed, err := s.conceal(h)
	if err != nil {
		return err
	}
	k := h.key
	_, err = tx.Exec(`INSERT INTO login_grant (tenant, application, plugin, holder, client, tokens, revision, lease, leased_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0)
		ON CONFLICT (tenant, application, plugin, holder, client) DO UPDATE
		SET tokens = excluded.tokens, revision = excluded.revision, lease = excluded.lease, leased_until = excluded.leased_until`,
		k.tenant, k.application, k.plugin, k.holder, k.client, sealed, h.revision)
	return err
}

// amend writes a grant that was read in the same transaction, as another
// revision. A lease on it stays.
func (s *Service) amend(tx *store.Tx, h held) error {
	sealed, err := s.conceal(h)
	if err != nil {
		return err
	}
	k := h.key
	_, err = tx.Exec(`UPDATE login_grant SET tokens = $6, revision = $7
		WHERE tenant = $1 AND application = $2 AND plugin = $3 AND holder = $4 AND client = $5`,
		k.tenant, k.application, k.plugin, k.holder, k.client, sealed, rand.Text())
	return err
}

func (s *Service) conceal(h held) ([]byte, error) {
	plain, err := json.Marshal(h.grant)
	if err != nil {
		return nil, err
	}
	return s.Keys.Seal(plain, h.key.place())
}

func giveBack(tx *store.Tx, k key, lease string) error {
	_, err := tx.Exec(`UPDATE login_grant SET lease = '', leased_until = 0
		WHERE tenant = $1 AND application = $2 AND plugin = $3 AND holder = $4 AND client = $5 AND lease = $6`,
		k.tenant, k.application, k.plugin, k.holder, k.client, lease)
	return err
}

func dropLeased(tx *store.Tx, k key, lease string) error {
	_, err := tx.Exec(`DELETE FROM login_grant
		WHERE tenant = $1 AND application = $2 AND plugin = $3 AND holder = $4 AND client = $5 AND lease = $6`,
		k.tenant, k.application, k.plugin, k.holder, k.client, lease)
	return err
}

func drop(tx *store.Tx, k key) error {
	_, err := tx.Exec(`DELETE FROM login_grant
		WHERE tenant = $1 AND application = $2 AND plugin = $3 AND holder = $4 AND client = $5`,
		k.tenant, k.application, k.plugin, k.holder, k.client)
	return err
}

func dropHolder(tx *store.Tx, h Holder) error {
	_, err := tx.Exec(`DELETE FROM login_grant WHERE tenant = $1 AND application = $2 AND plugin = $3 AND holder = $4`,
		h.Tenant, h.Application, h.Plugin, h.User)
	return err
}

// insertSignIn writes a sign-in that begins.
func insertSignIn(tx *store.Tx, i signIn) error {
	doc, err := json.Marshal(i)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO login_state (tenant, application, state, plugin, stage, leased_until, expires_at, doc)
		VALUES ($1, $2, $3, $4, $5, 0, $6, $7)`,
		i.tenant, i.application, i.id, i.plugin, string(i.stage), store.Micros(i.expires), string(doc))
	return err
}

// loadSignIn returns a sign-in, expired or not, or store.ErrNoRows.
func loadSignIn(tx *store.Tx, at locator) (signIn, error) {
	i := signIn{locator: at}
	var doc, name string
	var leased, expires int64
	err := tx.Row(`SELECT plugin, stage, leased_until, expires_at, doc FROM login_state
		WHERE tenant = $1 AND application = $2 AND state = $3`,
		at.tenant, at.application, at.id).Scan(&i.plugin, &name, &leased, &expires, &doc)
	if err != nil {
		return signIn{}, err
	}
	i.stage, i.leasedUntil, i.expires = stage(name), store.FromMicros(leased), store.FromMicros(expires)
	if err := json.Unmarshal([]byte(doc), &i); err != nil {
		return signIn{}, fmt.Errorf("login: a sign-in of the plugin %s: %w", i.plugin, err)
	}
	return i, nil
}

// move writes how far a sign-in is, if it is still where it was.
func (s *Service) move(tx *store.Tx, was, is signIn) (moved bool, err error) {
	n, err := tx.Exec(`UPDATE login_state SET stage = $4, leased_until = $5, expires_at = $6, server = $7
		WHERE tenant = $1 AND application = $2 AND state = $3 AND stage = $8 AND leased_until = $9`,
		was.tenant, was.application, was.id, string(is.stage), store.Micros(is.leasedUntil), store.Micros(is.expires), s.Jobs.Server(),
		string(was.stage), store.Micros(was.leasedUntil))
	return n == 1, err
}

// endLeases ends those that a server holds.
func endLeases(tx *store.Tx, server string) error {
	_, err := tx.Exec(`UPDATE login_grant /* every tenant: a server dies for all of them */ SET lease = '', leased_until = 0
		WHERE server = $1 AND leased_until > 0`, server)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE login_state /* every tenant: a server dies for all of them */ SET leased_until = 0
		WHERE server = $1 AND leased_until > 0`, server)
	return err
}

// noLease is the time in the column of what nobody has a lease on.
func noLease() time.Time { return store.FromMicros(0) }
