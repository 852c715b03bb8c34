package plugin

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

func insert(tx *store.Tx, tenant string, p *Plugin, s schema) error {
	doc, actions, err := columns(p, s.actions)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO plugin (tenant, application, plugin, name, created_at, doc, source, actions)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tenant, p.Application, p.ID, p.DisplayName, store.Micros(p.CreatedAt), doc, s.source, actions)
	return nameTaken(p, err)
}

// update writes the plugin and, when it was given one that is built, its schema.
// One in a bucket leaves the old document and actions in place until its build.
func update(tx *store.Tx, tenant string, p *Plugin, s *schema) error {
	var given schema
	if s != nil {
		given = *s
	}
	doc, actions, err := columns(p, given.actions)
	if err != nil {
		return err
	}
	if s == nil || s.s3 != nil {
		_, err = tx.Exec(`UPDATE plugin SET name = $4, doc = $5 WHERE tenant = $1 AND application = $2 AND plugin = $3`,
			tenant, p.Application, p.ID, p.DisplayName, doc)
	} else {
		_, err = tx.Exec(`UPDATE plugin SET name = $4, doc = $5, source = $6, actions = $7
			WHERE tenant = $1 AND application = $2 AND plugin = $3`,
			tenant, p.Application, p.ID, p.DisplayName, doc, given.source, actions)
	}
	return nameTaken(p, err)
}

func columns(p *Plugin, actions []Action) (doc, list string, err error) {
	d, err := json.Marshal(p)
	if err != nil {
		return "", "", err
	}
	l, err := json.Marshal(actions)
	return string(d), string(l), err
}

func nameTaken(p *Plugin, err error) error {
	if errors.Is(err, store.ErrDuplicate) {
		return fault.Conflicts("plugin", p.DisplayName, "The application %s has a plugin named %s already. Choose another displayName.", p.Application, p.DisplayName)
	}
	return err
}

// get returns store.ErrNoRows when there is no such plugin.
func get(tx *store.Tx, tenant, application, id string) (*Plugin, error) {
	var doc string
	err := tx.Row(`SELECT doc FROM plugin WHERE tenant = $1 AND application = $2 AND plugin = $3`,
		tenant, application, id).Scan(&doc)
	if err != nil {
		return nil, err
	}
	return revive(application, id, doc)
}

// key names a row.
type key struct{ tenant, application, id string }

// withSource is a plugin with the document it was made of.
type withSource struct {
	*Plugin
	source string
}

func getWithSource(tx *store.Tx, k key) (p withSource, err error) {
	var doc string
	err = tx.Row(`SELECT doc, source FROM plugin WHERE tenant = $1 AND application = $2 AND plugin = $3`,
		k.tenant, k.application, k.id).Scan(&doc, &p.source)
	if err != nil {
		return withSource{}, err
	}
	p.Plugin, err = revive(k.application, k.id, doc)
	return p, err
}

func getWithActions(tx *store.Tx, tenant, application, id string) (p *Plugin, actions []Action, err error) {
	var doc, list string
	err = tx.Row(`SELECT doc, actions FROM plugin WHERE tenant = $1 AND application = $2 AND plugin = $3`,
		tenant, application, id).Scan(&doc, &list)
	if err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal([]byte(list), &actions); err != nil {
		return nil, nil, fmt.Errorf("plugin %s: its actions: %w", id, err)
	}
	p, err = revive(application, id, doc)
	return p, actions, err
}

func revive(application, id, doc string) (*Plugin, error) {
	p := &Plugin{Application: application, ID: id}
	if err := json.Unmarshal([]byte(doc), p); err != nil {
		return nil, fmt.Errorf("plugin %s: %w", id, err)
	}
	return p, nil
}

func count(tx *store.Tx, tenant, application string) (n int, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM plugin WHERE tenant = $1 AND application = $2`, tenant, application).Scan(&n)
	return n, err
}

func remove(tx *store.Tx, tenant string, p *Plugin) error {
	_, err := tx.Exec(`DELETE FROM plugin WHERE tenant = $1 AND application = $2 AND plugin = $3`, tenant, p.Application, p.ID)
	return err
}

// PurgeApplication removes up to limit plugins of an application that is being
// deleted, and reports whether there may be more. Their tags go with the
// application's.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE FROM plugin WHERE tenant = $1 AND application = $2 AND plugin <= (SELECT MAX(plugin) FROM
		(SELECT plugin FROM plugin WHERE tenant = $1 AND application = $2 ORDER BY plugin LIMIT $3) AS batch)`,
		tenant, application, limit)
	return n == int64(limit), err
}

// list returns up to limit plugins from a place in the list on.
func list(tx *store.Tx, tenant, application string, after page.Place, limit int) (plugins []*Plugin, err error) {
	err = tx.Each(`SELECT plugin, doc FROM plugin WHERE tenant = $1 AND application = $2 AND (created_at, plugin) < ($3, $4)
		ORDER BY created_at DESC, plugin DESC LIMIT $5`,
		[]any{tenant, application, after.Created, after.ID, limit}, func(r *store.Rows) error {
			var id, doc string
			if err := r.Scan(&id, &doc); err != nil {
				return err
			}
			p, err := revive(application, id, doc)
			plugins = append(plugins, p)
			return err
		})
	return plugins, err
}
