package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/platform/store"
)

func TestLint(t *testing.T) {
	tests := []struct{ query, want string }{
		// Within the subset.
		{`SELECT doc FROM plugins WHERE tenant = $1 AND application = $2 AND id = $3`, ""},
		{`SELECT p.doc FROM plugins p WHERE p.tenant = $1 AND (p.name, p.id) > ($2, $3) ORDER BY p.name, p.id LIMIT $4`, ""},
		{`INSERT INTO plugins (tenant, id) VALUES ($1, $2) ON CONFLICT (tenant, id) DO UPDATE SET doc = excluded.doc RETURNING id`, ""},
		{`UPDATE plugins SET doc = $1 WHERE tenant = $2`, ""},
		{`DELETE FROM plugins WHERE tenant = $1;`, ""},
		{`SELECT /* every tenant: workers serve all of them */ id FROM jobs WHERE due_at <= $1`, ""},
		{`SELECT 'NOW() OFFSET -> "' FROM t WHERE tenant = $1 -- OFFSET`, ""},
		{`SELECT 'it''s' FROM t WHERE tenant = $1`, ""},
		{`SELECT nowhere, offset_at FROM t WHERE tenant = $1`, ""},
		{``, ""},

		// Tenants.
		{`SELECT doc FROM plugins`, "SELECT without tenant = $n after WHERE"},
		{`SELECT tenant FROM plugins WHERE id = $1`, "SELECT without tenant = $n after WHERE"},
		{`SELECT tenant = $1 FROM plugins`, "SELECT without tenant = $n after WHERE"},
		{`SELECT 1 FROM plugins WHERE tenant <> $1`, "SELECT without tenant = $n after WHERE"},
		{`UPDATE plugins SET tenant = $1 WHERE id = $2`, "UPDATE without tenant = $n after WHERE"},
		{`DELETE FROM plugins WHERE id = $1`, "DELETE without tenant = $n after WHERE"},
		{`WITH x AS (SELECT 1) SELECT * FROM x`, "WITH without tenant = $n after WHERE"},
		{`INSERT INTO plugins (id) VALUES ($1)`, "INSERT without the column tenant"},
		{`SELECT doc FROM plugins /* every tenant */`, "SELECT without tenant = $n after WHERE"},

		// Banned, each in a statement that is right otherwise.
		{`SELECT 1 FROM t WHERE tenant = $1 FOR UPDATE`, "FOR UPDATE is not allowed: transactions are serializable"},
		{`SELECT 1 FROM t WHERE tenant = $1 FOR  /* x */ NO KEY UPDATE`, "FOR NO is not allowed"},
		{`SELECT 1 FROM t WHERE tenant = $1 FETCH FIRST ROW ONLY SKIP LOCKED`, "SKIP LOCKED is not allowed"},
		{`SELECT 1 FROM t WHERE tenant = $1 LIMIT 5 OFFSET 5`, "OFFSET is not allowed: continue after the last key of the page"},
		{`SELECT now() FROM t WHERE tenant = $1`, "NOW is not allowed: use tx.Now"},
		{`SELECT 1 FROM t WHERE tenant = $1 AND at < current_timestamp`, "CURRENT_TIMESTAMP is not allowed"},
		{`SELECT random() FROM t WHERE tenant = $1`, "RANDOM is not allowed"},
		{`SELECT doc->>'a' FROM t WHERE tenant = $1`, "the operator ->> is not allowed"},
		{`SELECT doc::text FROM t WHERE tenant = $1`, "the operator :: is not allowed"},
		{`SELECT json_extract(doc, 'a') FROM t WHERE tenant = $1`, "JSON_EXTRACT is not allowed: do it in Go"},
		{`SELECT pg_advisory_xact_lock(1) FROM t WHERE tenant = $1`, "PG_ADVISORY_XACT_LOCK is not allowed: do it in Go"},
		{`SELECT 1 FROM t WHERE tenant = ?`, "the operator ? is not allowed"},
		{`SELECT 1 FROM t WHERE tenant = $1 AND name LIKE 'a%'`, "LIKE is not allowed"},
		{`SELECT 1 FROM t WHERE tenant = $1 AND id = ANY ($2)`, "ANY is not allowed: write IN"},
		{`INSERT OR IGNORE INTO t (tenant) VALUES ($1)`, "OR IGNORE is not allowed: write ON CONFLICT"},
		{`REPLACE INTO t (tenant) VALUES ($1)`, "REPLACE INTO is not allowed"},
		{`SAVEPOINT a`, "SAVEPOINT is not allowed"},
		{`COMMIT`, "COMMIT is not allowed"},
		{`LISTEN a`, "LISTEN is not allowed"},
		{`LOCK TABLE t`, "LOCK is not allowed"},
		{`CREATE TEMP TABLE t (tenant TEXT)`, "TEMP is not allowed"},
		{`CREATE TRIGGER t AFTER INSERT ON t`, "TRIGGER is not allowed"},
		{`CREATE EXTENSION vector`, "EXTENSION is not allowed"},
		{`DELETE FROM t WHERE tenant = $1; DELETE FROM t WHERE tenant = $1`, "one statement at a time"},
		{`SELECT 'open FROM t`, "a quotation does not end"},
	}
	for _, tt := range tests {
		err := Lint(tt.query)
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s\n%v", tt.query, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s\n%v, want %s", tt.query, err, tt.want)
		}
	}
}

func FuzzLint(f *testing.F) {
	f.Add(`SELECT doc FROM t WHERE tenant = $1 AND a > 'it''s' -- x`)
	f.Add(`/* every tenant: x */ UPDATE "t" SET a = 12.5`)
	f.Fuzz(func(t *testing.T, query string) {
		tokens, err := scan(query)
		if err != nil {
			return
		}
		for _, token := range tokens {
			if token.text == "" {
				t.Errorf("%q has an empty token", query)
			}
		}
		_ = Lint(query)
	})
}

func TestLintMigration(t *testing.T) {
	tests := []struct{ sql, want string }{
		{`CREATE TABLE t (tenant TEXT NOT NULL, n BIGINT, b BOOLEAN, d BYTEA, PRIMARY KEY (tenant, n)); CREATE INDEX i ON t (n);
			CREATE UNIQUE INDEX u ON t (tenant, b)`, ""},
		{`CREATE TABLE t (id TEXT PRIMARY KEY)`, "the primary key does not begin with tenant"},
		{`CREATE TABLE t (tenant TEXT, id TEXT, PRIMARY KEY (id, tenant))`, "the primary key does not begin with tenant"},
		{`CREATE TABLE t (tenant TEXT, id TEXT, PRIMARY KEY (tenant), UNIQUE (id))`, "a unique key does not begin with tenant"},
		{`CREATE TABLE t (tenant TEXT, at TIMESTAMP, PRIMARY KEY (tenant))`, "the column AT has the type TIMESTAMP"},
		{`CREATE TABLE t (tenant VARCHAR(9), PRIMARY KEY (tenant))`, "the column TENANT has the type VARCHAR"},
		{`CREATE TABLE t (tenant TEXT REFERENCES x, PRIMARY KEY (tenant))`, "REFERENCES is not allowed"},
		{`CREATE UNIQUE INDEX u ON t (name)`, "a unique index does not begin with tenant"},
		{"-- +goose Down\nDROP TABLE t", "migrations go forward only"},
	}
	for _, tt := range tests {
		err := LintMigration(tt.sql)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s\n%v, want %q", tt.sql, err, tt.want)
		}
	}
}

func TestPostgresURLs(t *testing.T) {
	if urls, err := postgresURLs("a,b", true); err != nil || len(urls) != 2 {
		t.Errorf("%v, %v", urls, err)
	}
	if urls, err := postgresURLs("", false); err != nil || len(urls) != 0 {
		t.Errorf("%v, %v", urls, err)
	}
	if _, err := postgresURLs("", true); err == nil {
		t.Error("CI without PostgreSQL passes")
	}
}

// recorder is a testing.TB that keeps what a test would have failed with.
type recorder struct {
	testing.TB
	errs []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errs = append(r.errs, fmt.Sprintf(format, args...))
}

func (r *recorder) Helper() {}

// watched opens a store whose hook reports to the recorder.
func watched(t *testing.T) (*store.DB, *recorder) {
	t.Helper()
	r := &recorder{TB: t}
	db, err := store.Open(t.Context(), store.Config{Now: Start, Hook: &hook{t: r}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, r
}

const insertJob = `INSERT INTO jobs (tenant, application, id, kind, args, state, due_at, attempts, leased_by, last_error, created_at)
	VALUES ('t', '', $1, '', $2, '', 0, 0, '', '', 0)`

func TestStatementsAreLinted(t *testing.T) {
	db, r := watched(t)
	err := db.View(t.Context(), func(tx *store.Tx) error {
		var n int64
		return tx.Row(`SELECT COUNT(*) FROM jobs`).Scan(&n)
	})
	if err == nil || len(r.errs) != 1 || !strings.Contains(r.errs[0], "SELECT without tenant") {
		t.Errorf("%v; reported %q", err, r.errs)
	}
}

func TestChangesAreCounted(t *testing.T) {
	db, r := watched(t)
	insert := func(from, n int) {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			for i := range n {
				if _, err := tx.Exec(insertJob, fmt.Sprint(from+i), ""); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	insert(0, maxChanges)
	if len(r.errs) != 0 {
		t.Errorf("%d changes: %q", maxChanges, r.errs)
	}
	insert(maxChanges, 1)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.Each(`DELETE FROM jobs WHERE tenant = 't' RETURNING id`, nil, func(*store.Rows) error { return nil })
	})
	if err != nil || len(r.errs) != 1 || !strings.Contains(r.errs[0], "a transaction changed 3001 rows, more than 3000: split it") {
		t.Errorf("%v; reported %q", err, r.errs)
	}
}

func TestTypesAreChecked(t *testing.T) {
	db, err := store.Open(t.Context(), store.Config{Now: Start})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := &recorder{TB: t}
	for _, args := range []any{"text", []byte("bytes")} {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(insertJob, fmt.Sprintf("%T", args), args)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	checkTypes(r, db)
	if want := "1 values of the column jobs.args do not have its type"; len(r.errs) != 1 || r.errs[0] != want {
		t.Errorf("reported %q, want %s", r.errs, want)
	}
}
