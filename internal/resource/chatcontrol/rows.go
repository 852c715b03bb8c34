package chatcontrol

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/store"
)

// getSettings returns the defaults when nothing was set.
func getSettings(tx *store.Tx, tenant, application string) (settings, error) {
	s := defaults()
	var doc string
	err := tx.Row(`SELECT doc FROM chat_controls WHERE tenant = $1 AND application = $2`, tenant, application).Scan(&doc)
	if errors.Is(err, store.ErrNoRows) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal([]byte(doc), &s); err != nil {
		return s, fmt.Errorf("chat controls of application %s: %w", application, err)
	}
	return s, nil
}

func putSettings(tx *store.Tx, tenant, application string, s settings) error {
	doc, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO chat_controls (tenant, application, doc) VALUES ($1, $2, $3)
		ON CONFLICT (tenant, application) DO UPDATE SET doc = excluded.doc`, tenant, application, string(doc))
	return err
}

func removeSettings(tx *store.Tx, tenant, application string) error {
	_, err := tx.Exec(`DELETE FROM chat_controls WHERE tenant = $1 AND application = $2`, tenant, application)
	return err
}

func insertResponse(tx *store.Tx, tenant string, r *Response) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO chat_response (tenant, application, configuration, created_at, doc) VALUES ($1, $2, $3, $4, $5)`,
		tenant, r.Application, r.ID, store.Micros(r.CreatedAt), string(doc))
	return err
}

func updateResponse(tx *store.Tx, tenant string, r *Response) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE chat_response SET doc = $4 WHERE tenant = $1 AND application = $2 AND configuration = $3`,
		tenant, r.Application, r.ID, string(doc))
	return err
}

// getResponse returns store.ErrNoRows when there is no such configuration.
func getResponse(tx *store.Tx, tenant, application, id string) (*Response, error) {
	var doc string
	err := tx.Row(`SELECT doc FROM chat_response WHERE tenant = $1 AND application = $2 AND configuration = $3`, tenant, application, id).Scan(&doc)
	if err != nil {
		return nil, err
	}
	return reviveResponse(application, id, doc)
}

func reviveResponse(application, id, doc string) (*Response, error) {
	r := &Response{Application: application, ID: id}
	if err := json.Unmarshal([]byte(doc), r); err != nil {
		return nil, fmt.Errorf("chat response configuration %s: %w", id, err)
	}
	return r, nil
}

// listResponses returns up to limit configurations, the newest first.
func listResponses(tx *store.Tx, tenant, application string, limit int) (found []*Response, err error) {
	err = tx.Each(`SELECT configuration, doc FROM chat_response WHERE tenant = $1 AND application = $2
		ORDER BY created_at DESC, configuration DESC LIMIT $3`,
		[]any{tenant, application, limit}, func(rows *store.Rows) error {
			var id, doc string
			if err := rows.Scan(&id, &doc); err != nil {
				return err
			}
			r, err := reviveResponse(application, id, doc)
			found = append(found, r)
			return err
		})
	return found, err
}

func removeResponse(tx *store.Tx, tenant string, r *Response) error {
	_, err := tx.Exec(`DELETE FROM chat_response WHERE tenant = $1 AND application = $2 AND configuration = $3`, tenant, r.Application, r.ID)
	return err
}

// PurgeApplication removes what is here of an application that is being deleted,
// up to limit rows, and reports whether there may be more. Tags go with the
// application's.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	if err := removeSettings(tx, tenant, application); err != nil {
		return false, err
	}
	n, err := tx.Exec(`DELETE FROM chat_response WHERE tenant = $1 AND application = $2 AND configuration <= (SELECT MAX(configuration) FROM
		(SELECT configuration FROM chat_response WHERE tenant = $1 AND application = $2 ORDER BY configuration LIMIT $3) AS batch)`,
		tenant, application, limit)
	return n == int64(limit), err
}
