package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

func isNone(err error) bool { return errors.Is(err, store.ErrNoRows) }

// loadConversation returns store.ErrNoRows when there is no such conversation.
func loadConversation(tx *store.Tx, p place) (*conversation, error) {
	v := &conversation{place: p}
	return v, v.scan(tx.Row(`SELECT conversation, started_at, active_at, busy_until, doc FROM conversation
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4`,
		p.tenant, p.application, p.user, p.conversation))
}

// scan reads the columns conversation, started_at, active_at, busy_until, doc.
func (c *conversation) scan(r interface{ Scan(dest ...any) error }) error {
	var started, active, until int64
	var doc string
	if err := r.Scan(&c.conversation, &started, &active, &until, &doc); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(doc), c); err != nil {
		return fmt.Errorf("conversation %s: %w", c.conversation, err)
	}
	c.Started, c.Active = store.FromMicros(started), store.FromMicros(active)
	if c.Turn != nil {
		c.Turn.Until = store.FromMicros(until)
	}
	return nil
}

func insertConversation(tx *store.Tx, v *conversation) error {
	doc, err := json.Marshal(v)
	if err != nil {
		return err
	}
	until, server := v.busy()
	_, err = tx.Exec(`INSERT INTO conversation (tenant, application, user_id, conversation, started_at, active_at, busy_until, server, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		v.tenant, v.application, v.user, v.conversation, store.Micros(v.Started), store.Micros(v.Active), until, server, string(doc))
	return err
}

func saveConversation(tx *store.Tx, v *conversation) error {
	doc, err := json.Marshal(v)
	if err != nil {
		return err
	}
	until, server := v.busy()
	_, err = tx.Exec(`UPDATE conversation SET active_at = $5, busy_until = $6, server = $7, doc = $8
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4`,
		v.tenant, v.application, v.user, v.conversation, store.Micros(v.Active), until, server, string(doc))
	return err
}

// busy is what the columns say of the turn: when it counts as dead, and whose it is.
func (c *conversation) busy() (until int64, server string) {
	if c.Turn == nil {
		return 0, ""
	}
	return store.Micros(c.Turn.Until), c.Turn.Server
}

// listConversations returns up to limit conversations that have messages, from a
// place in the list on, the newest first.
func listConversations(tx *store.Tx, o owner, after page.Place, limit int) (found []*conversation, err error) {
	err = tx.Each(`SELECT conversation, started_at, active_at, busy_until, doc FROM conversation
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND (started_at, conversation) < ($4, $5) AND active_at > 0
		ORDER BY started_at DESC, conversation DESC LIMIT $6`,
		[]any{o.tenant, o.application, o.user, after.Created, after.ID, limit}, func(r *store.Rows) error {
			v := &conversation{place: place{owner: o}}
			found = append(found, v)
			return v.scan(r)
		})
	return found, err
}

// conversationsWhere lists conversations of all tenants that a job has to look at.
func conversationsWhere(tx *store.Tx, query string, args ...any) (found []place, err error) {
	err = tx.Each(query, args, func(r *store.Rows) error {
		var p place
		err := r.Scan(&p.tenant, &p.application, &p.user, &p.conversation)
		found = append(found, p)
		return err
	})
	return found, err
}

// longDead is the busy_until of a turn that is dead by every server's clock.
const longDead = 1

// kill makes up to limit of a server's turns dead, and reports how many.
func kill(tx *store.Tx, server string, limit int) (int64, error) {
	return tx.Exec(`UPDATE conversation /* every tenant: a server dies for all of them */ SET busy_until = $1
		WHERE server = $2 AND busy_until > $1 AND busy_until <=
			(SELECT MAX(busy_until) FROM
				(SELECT busy_until FROM conversation WHERE server = $2 AND busy_until > $1 ORDER BY busy_until LIMIT $3) AS batch)`,
		longDead, server, limit)
}

// deadTurns are the conversations whose turn has died: at most as many as went on in
// servers that died.
func deadTurns(tx *store.Tx) ([]place, error) {
	return conversationsWhere(tx, `SELECT tenant, application, user_id, conversation /* every tenant: servers die for all of them */
		FROM conversation WHERE busy_until > 0 AND busy_until <= $1`, store.Micros(tx.Now()))
}

// idle are up to 100 conversations without a message since a time.
func idle(tx *store.Tx, since time.Time) ([]place, error) {
	return conversationsWhere(tx, `SELECT tenant, application, user_id, conversation /* every tenant: time passes for all of them */
		FROM conversation WHERE active_at <= $1 AND busy_until = 0 ORDER BY active_at LIMIT 100`, store.Micros(since))
}

func removeConversation(tx *store.Tx, p place) error {
	_, err := tx.Exec(`DELETE FROM conversation WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4`,
		p.tenant, p.application, p.user, p.conversation)
	return err
}

func insertMessage(tx *store.Tx, p place, m message) error {
	doc, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO message (tenant, application, user_id, conversation, message, sent_at, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		p.tenant, p.application, p.user, p.conversation, m.ID, store.Micros(m.Sent), string(doc))
	return err
}

func saveMessage(tx *store.Tx, p place, m message) error {
	doc, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE message SET doc = $6 WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND message = $5`,
		p.tenant, p.application, p.user, p.conversation, m.ID, string(doc))
	return err
}

// loadMessage returns store.ErrNoRows when there is no such message.
func loadMessage(tx *store.Tx, p place, id string) (message, error) {
	var sent int64
	var doc string
	err := tx.Row(`SELECT sent_at, doc FROM message
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND message = $5`,
		p.tenant, p.application, p.user, p.conversation, id).Scan(&sent, &doc)
	if err != nil {
		return message{}, err
	}
	return reviveMessage(sent, doc)
}

func reviveMessage(sent int64, doc string) (m message, err error) {
	if err := json.Unmarshal([]byte(doc), &m); err != nil {
		return message{}, fmt.Errorf("chat: a message's document: %w", err)
	}
	m.Sent = store.FromMicros(sent)
	return m, nil
}

// listMessages returns up to limit messages from a place in the list on, the
// newest first.
func listMessages(tx *store.Tx, p place, after page.Place, limit int) (found []message, err error) {
	err = tx.Each(`SELECT sent_at, doc FROM message
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND sent_at < $5
		ORDER BY sent_at DESC LIMIT $6`,
		[]any{p.tenant, p.application, p.user, p.conversation, after.Created, limit}, func(r *store.Rows) error {
			var sent int64
			var doc string
			if err := r.Scan(&sent, &doc); err != nil {
				return err
			}
			m, err := reviveMessage(sent, doc)
			found = append(found, m)
			return err
		})
	return found, err
}

// messagesAfter returns up to limit messages since a time, the oldest first.
func messagesAfter(tx *store.Tx, p place, since time.Time, limit int) (found []message, err error) {
	err = tx.Each(`SELECT sent_at, doc FROM message
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND sent_at > $5
		ORDER BY sent_at LIMIT $6`,
		[]any{p.tenant, p.application, p.user, p.conversation, store.Micros(since), limit}, func(r *store.Rows) error {
			var sent int64
			var doc string
			if err := r.Scan(&sent, &doc); err != nil {
				return err
			}
			m, err := reviveMessage(sent, doc)
			found = append(found, m)
			return err
		})
	return found, err
}

func insertAnswer(tx *store.Tx, p place, message string, step int, a Answer) error {
	doc, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if a.Body == nil {
		a.Body = []byte{}
	}
	_, err = tx.Exec(`INSERT INTO answer (tenant, application, user_id, conversation, message, step, doc, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		p.tenant, p.application, p.user, p.conversation, message, step, string(doc), a.Body)
	return err
}

func answers(tx *store.Tx, p place, m message) (found []Answer, err error) {
	err = tx.Each(`SELECT doc, body FROM answer
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND message = $5 ORDER BY step`,
		[]any{p.tenant, p.application, p.user, p.conversation, m.ID}, func(r *store.Rows) error {
			a := Answer{Sent: m.Sent}
			var doc string
			if err := r.Scan(&doc, &a.Body); err != nil {
				return err
			}
			err := json.Unmarshal([]byte(doc), &a)
			found = append(found, a)
			return err
		})
	return found, err
}

// turnRow is the turn of a clientToken.
type turnRow struct {
	conversation string
	input        op.Digest
	until        time.Time
	answer       *kept // nil: not yet
}

// loadTurn returns store.ErrNoRows when the token was not used.
func loadTurn(tx *store.Tx, o owner, token string) (row turnRow, err error) {
	var digest []byte
	var until int64
	var doc string
	err = tx.Row(`SELECT conversation, input_hash, busy_until, doc FROM turn
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND token = $4`,
		o.tenant, o.application, o.user, token).Scan(&row.conversation, &digest, &until, &doc)
	if err != nil {
		return turnRow{}, err
	}
	copy(row.input[:], digest)
	row.until = store.FromMicros(until)
	if doc == "" {
		return row, nil
	}
	row.answer = &kept{}
	return row, json.Unmarshal([]byte(doc), row.answer)
}

// insertTurn takes a token; taken is false when another request has it.
func insertTurn(tx *store.Tx, p place, t op.Token, until time.Time) (taken bool, err error) {
	n, err := tx.Exec(`INSERT INTO turn (tenant, application, user_id, token, conversation, input_hash, busy_until, doc, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8)
		ON CONFLICT (tenant, application, user_id, token) DO NOTHING`,
		p.tenant, p.application, p.user, t.Value, p.conversation, t.Input[:], store.Micros(until), store.Micros(tx.Now()))
	return n == 1, err
}

// endTurn keeps the answer to a token; without one it does nothing.
func endTurn(tx *store.Tx, o owner, token string, k kept) error {
	if token == "" {
		return nil
	}
	doc, err := json.Marshal(k)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE turn SET doc = $5 WHERE tenant = $1 AND application = $2 AND user_id = $3 AND token = $4`,
		o.tenant, o.application, o.user, token, string(doc))
	return err
}

// removeTurn gives a token back; without one it does nothing.
func removeTurn(tx *store.Tx, o owner, token string) error {
	if token == "" {
		return nil
	}
	_, err := tx.Exec(`DELETE FROM turn WHERE tenant = $1 AND application = $2 AND user_id = $3 AND token = $4`,
		o.tenant, o.application, o.user, token)
	return err
}
