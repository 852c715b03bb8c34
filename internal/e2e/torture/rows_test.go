package torture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// rows looks at what the store itself has in the end, which no operation shows: that
// each message names the one that it follows, that no turn is open, that feedback is
// kept, and that nothing is left of conversations that are gone.
func (h *salon) rows(ctx context.Context) error {
	db, err := store.Open(ctx, store.Config{Dir: h.config.Data, URL: h.config.Database, Now: time.Now})
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.View(ctx, func(tx *store.Tx) error { return errors.Join(chained(tx), closed(tx), h.rated(tx)) })
	return errors.Join(err, swept(ctx, db))
}

// chained demands that the user's messages follow the system's before them.
func chained(tx *store.Tx) error {
	var last, before string // the conversation, and its system message
	return tx.Each(`SELECT conversation, message, doc /* every tenant */ FROM message ORDER BY tenant, application, user_id, conversation, sent_at`, nil, func(r *store.Rows) error {
		var conversation, id, doc string
		if err := r.Scan(&conversation, &id, &doc); err != nil {
			return err
		}
		var m struct{ Type, Parent string }
		if err := json.Unmarshal([]byte(doc), &m); err != nil {
			return err
		}
		if conversation != last {
			last, before = conversation, ""
		}
		if m.Type == "USER" && m.Parent != before {
			return fmt.Errorf("message %s of %s follows %q, and not %q", id, conversation, m.Parent, before)
		}
		if m.Type == "SYSTEM" {
			before = id
		}
		return nil
	})
}

// closed demands that no turn is open.
func closed(tx *store.Tx) error {
	var until int64
	if err := tx.Row(`SELECT COALESCE(MAX(busy_until), 0) /* every tenant */ FROM conversation`).Scan(&until); err != nil {
		return err
	}
	if until != 0 {
		return fmt.Errorf("a turn is open until %s", store.FromMicros(until))
	}
	return nil
}

// rated demands that the feedback that was acknowledged is kept.
func (h *salon) rated(tx *store.Tx) error {
	kept := map[string]string{}
	err := tx.Each(`SELECT message, doc /* every tenant */ FROM feedback`, nil, func(r *store.Rows) error {
		var id, doc string
		err := r.Scan(&id, &doc)
		kept[id] = doc
		return err
	})
	for _, s := range h.speakers {
		for _, d := range s.talks {
			for id, comment := range d.comments {
				if !strings.Contains(kept[id], fmt.Sprintf("%q", comment)) {
					return fmt.Errorf("of %s to %s is kept: %s", comment, id, kept[id])
				}
			}
		}
	}
	return err
}

// swept waits until nothing is left of conversations that are gone.
func swept(ctx context.Context, db *store.DB) error {
	patience, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	parts := []string{"message", "answer", "feedback", "attachment", "attachment_part", "turn"}
	for tick := time.NewTicker(50 * time.Millisecond); ; <-tick.C {
		left := map[string]int{}
		err := db.View(ctx, func(tx *store.Tx) error {
			for _, part := range parts {
				var n int
				if err := tx.Row(`SELECT COUNT(*) /* every tenant */ FROM ` + part + ` p WHERE NOT EXISTS (SELECT 1 FROM conversation c
					WHERE c.tenant = p.tenant AND c.application = p.application AND c.user_id = p.user_id AND c.conversation = p.conversation)`).Scan(&n); err != nil {
					return err
				}
				if n > 0 {
					left[part] = n
				}
			}
			return nil
		})
		if err != nil || len(left) == 0 {
			tick.Stop()
			return err
		}
		if patience.Err() != nil {
			tick.Stop()
			return fmt.Errorf("of conversations that are gone there is left: %v", left)
		}
	}
}
