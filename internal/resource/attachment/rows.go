package attachment

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// partSize is how long the pieces are in which bytes are stored.
const partSize = 1 << 20

const columns = `conversation, attachment, created_at, chars, doc`

// scan reads the columns.
func (f *File) scan(r interface{ Scan(dest ...any) error }) error {
	var created int64
	var doc string
	if err := r.Scan(&f.Conversation, &f.ID, &created, &f.chars, &doc); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(doc), f); err != nil {
		return fmt.Errorf("attachment %s: %w", f.ID, err)
	}
	f.Created = store.FromMicros(created)
	return nil
}

// load returns a file without what is in it, or store.ErrNoRows.
func load(tx *store.Tx, p Place, id string) (*File, error) {
	f := &File{}
	err := f.scan(tx.Row(`SELECT `+columns+` FROM attachment
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND attachment = $5`,
		p.Tenant, p.Application, p.User, p.Conversation, id))
	if err != nil {
		return nil, err
	}
	return f, nil
}

// fill reads what is in a file.
func (f *File) fill(tx *store.Tx, p Place) error {
	if f.Failed != nil {
		return nil
	}
	var pieces [][]byte
	err := tx.Each(`SELECT data FROM attachment_part
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND attachment = $5 ORDER BY n`,
		[]any{p.Tenant, p.Application, p.User, p.Conversation, f.ID}, func(r *store.Rows) error {
			var piece []byte
			err := r.Scan(&piece)
			pieces = append(pieces, piece)
			return err
		})
	data := slices.Concat(pieces...)
	if f.MediaType != "" {
		f.Image = data
	} else {
		f.Text = string(data)
	}
	return err
}

func insert(tx *store.Tx, p Place, f *File) error {
	doc, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO attachment (tenant, application, user_id, conversation, attachment, created_at, failed, chars, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.Tenant, p.Application, p.User, p.Conversation, f.ID, store.Micros(f.Created), f.Failed != nil, utf8.RuneCountInString(f.Text), string(doc))
	data := f.Image
	if f.MediaType == "" {
		data = []byte(f.Text)
	}
	for n := 0; err == nil && n*partSize < len(data); n++ {
		piece := data[n*partSize : min(len(data), (n+1)*partSize)]
		_, err = tx.Exec(`INSERT INTO attachment_part (tenant, application, user_id, conversation, attachment, n, data)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`, p.Tenant, p.Application, p.User, p.Conversation, f.ID, n, piece)
	}
	return err
}

// heldIn is what a conversation has.
func heldIn(tx *store.Tx, p Place) (h held, err error) {
	err = tx.Row(`SELECT COUNT(*), COALESCE(SUM(chars), 0) FROM attachment
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND NOT failed`,
		p.Tenant, p.Application, p.User, p.Conversation).Scan(&h.files, &h.chars)
	return h, err
}

// readable are the latest files of a conversation that could be read, without what
// is in them, the newest first.
func readable(tx *store.Tx, p Place, limit int) ([]File, error) {
	return files(tx, `SELECT `+columns+` FROM attachment
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND NOT failed
		ORDER BY created_at DESC, attachment DESC LIMIT $5`,
		p.Tenant, p.Application, p.User, p.Conversation, limit)
}

// list returns up to limit files from a place in the list on, the newest first: of
// a conversation, or without one of all that the user has.
func list(tx *store.Tx, p Place, after page.Place, limit int) ([]File, error) {
	if p.Conversation == "" {
		return files(tx, `SELECT `+columns+` FROM attachment
			WHERE tenant = $1 AND application = $2 AND user_id = $3 AND (created_at, attachment) < ($4, $5)
			ORDER BY created_at DESC, attachment DESC LIMIT $6`,
			p.Tenant, p.Application, p.User, after.Created, after.ID, limit)
	}
	return files(tx, `SELECT `+columns+` FROM attachment
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND (created_at, attachment) < ($5, $6)
		ORDER BY created_at DESC, attachment DESC LIMIT $7`,
		p.Tenant, p.Application, p.User, p.Conversation, after.Created, after.ID, limit)
}

func files(tx *store.Tx, query string, args ...any) (found []File, err error) {
	err = tx.Each(query, args, func(r *store.Rows) error {
		var f File
		err := f.scan(r)
		found = append(found, f)
		return err
	})
	return found, err
}

// remove removes a file, and reports whether it was there.
func remove(tx *store.Tx, p Place, id string) (there bool, err error) {
	key := []any{p.Tenant, p.Application, p.User, p.Conversation, id}
	n, err := tx.Exec(`DELETE FROM attachment
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND attachment = $5`, key...)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.Exec(`DELETE FROM attachment_part
		WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND attachment = $5`, key...)
	return true, err
}
