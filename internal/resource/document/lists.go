package document

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/store"
)

// uses moves the lists of an index by how many documents came to have each, and
// ceased to. Its zero value is ready.
type uses struct {
	moved map[string]int64
	lists map[string]*acl.List // those that came
}

// add counts a document that comes to have a list, and returns the list's ID.
func (u *uses) add(l *acl.List) string {
	id := l.ID()
	u.move(id, 1)
	if id != "" {
		if u.lists == nil {
			u.lists = map[string]*acl.List{}
		}
		u.lists[id] = l
	}
	return id
}

// drop counts a document that ceases to have a list.
func (u *uses) drop(id string) { u.move(id, -1) }

func (u *uses) move(id string, by int64) {
	if id == "" {
		return
	}
	if u.moved == nil {
		u.moved = map[string]int64{}
	}
	u.moved[id] += by
}

// settle writes what was counted, in an order that is the same for everybody.
func (u *uses) settle(tx *store.Tx, p Place) error {
	for _, id := range slices.Sorted(maps.Keys(u.moved)) {
		by := u.moved[id]
		var err error
		switch l := u.lists[id]; {
		case by > 0 && l != nil:
			err = adopt(tx, p, id, l, by)
		case by < 0:
			err = release(tx, p, id, -by)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func adopt(tx *store.Tx, p Place, id string, l *acl.List, by int64) error {
	n, err := tx.Exec(`UPDATE acl SET uses = uses + $5 WHERE tenant = $1 AND application = $2 AND idx = $3 AND acl = $4`,
		p.Tenant, p.Application, p.Index, id, by)
	if err != nil || n > 0 {
		return err
	}
	doc, err := json.Marshal(l.Canonical())
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO acl (tenant, application, idx, acl, uses, doc) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.Tenant, p.Application, p.Index, id, by, string(doc))
	return err
}

func release(tx *store.Tx, p Place, id string, by int64) error {
	n, err := tx.Exec(`DELETE FROM acl WHERE tenant = $1 AND application = $2 AND idx = $3 AND acl = $4 AND uses <= $5`,
		p.Tenant, p.Application, p.Index, id, by)
	if err != nil || n > 0 {
		return err
	}
	_, err = tx.Exec(`UPDATE acl SET uses = uses - $5 WHERE tenant = $1 AND application = $2 AND idx = $3 AND acl = $4`,
		p.Tenant, p.Application, p.Index, id, by)
	return err
}

// listOf returns a list by its ID; nil for the public one. A list that is not
// there is an error: nobody may see the document then.
func listOf(tx *store.Tx, p Place, id string) (*acl.List, error) {
	if id == "" {
		return nil, nil
	}
	var doc string
	err := tx.Row(`SELECT doc FROM acl WHERE tenant = $1 AND application = $2 AND idx = $3 AND acl = $4`,
		p.Tenant, p.Application, p.Index, id).Scan(&doc)
	if errors.Is(err, store.ErrNoRows) {
		return nil, fmt.Errorf("document: the access control list %s of index %s is not there", id, p.Index)
	}
	if err != nil {
		return nil, err
	}
	return readList(doc)
}

func readList(doc string) (*acl.List, error) {
	l := &acl.List{}
	if err := json.Unmarshal([]byte(doc), l); err != nil {
		return nil, fmt.Errorf("document: an access control list: %w", err)
	}
	return l, nil
}

// maxLists bounds how many lists are remembered.
const maxLists = 4096

// lists remembers lists that were read: by their content, so that none is ever
// another. Its zero value is ready.
type lists struct {
	mu   sync.Mutex
	held map[string]*acl.List
}

// get is listOf. The list is shared and must not be changed.
func (m *lists) get(tx *store.Tx, p Place, id string) (*acl.List, error) {
	m.mu.Lock()
	l, ok := m.held[id]
	m.mu.Unlock()
	if ok {
		return l, nil
	}
	l, err := listOf(tx, p, id)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.held == nil || len(m.held) >= maxLists {
		m.held = map[string]*acl.List{}
	}
	m.held[id] = l
	return l, nil
}
