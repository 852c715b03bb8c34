package storetest

import (
	"os"
	"testing"

	"github.com/parleyhq/parley/internal/platform/store"
)

// rows counts the jobs of the store that a config names, and adds one.
func rows(t *testing.T, c store.Config) (n int) {
	t.Helper()
	db := open(t, c, nil)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.Row(`SELECT COUNT(*) FROM jobs WHERE tenant = $1`, "t").Scan(&n); err != nil {
			return err
		}
		_, err := tx.Exec(insertJob, "job", "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// postgres is the first PostgreSQL there is.
func postgres(t *testing.T) string {
	urls, err := postgresURLs(os.Getenv(Variable), os.Getenv("CI") == "true")
	if err != nil {
		t.Fatal(err)
	}
	if len(urls) == 0 {
		t.Skipf("%s is empty", Variable)
	}
	return urls[0]
}

func TestEveryTestBeginsWithoutRows(t *testing.T) {
	for range 3 {
		t.Run("", func(t *testing.T) {
			Each(t, func(t *testing.T, db *store.DB) {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					_, err := tx.Exec(insertJob, "job", "")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
	t.Run("New", func(t *testing.T) {
		if n := rows(t, embedded(t)); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

// TestLentSchemas: two at a time are two, and one that comes back has no rows.
func TestLentSchemas(t *testing.T) {
	database := postgres(t)
	one := lent(t, database)
	var other string
	t.Run("beside", func(t *testing.T) {
		c := lent(t, database)
		if other = c.URL; other == one.URL {
			t.Error("both have the schema", other)
		}
		if n := rows(t, c); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
	t.Run("afterwards", func(t *testing.T) {
		for range 20 { // other processes may have come first
			if c := lent(t, database); c.URL == other {
				if n := rows(t, c); n != 0 {
					t.Errorf("%d rows are left", n)
				}
				return
			}
		}
	})
}

// TestAnotherProgramsSchema: what other migrations made is made anew.
func TestAnotherProgramsSchema(t *testing.T) {
	database := postgres(t)
	const name = "test_another_programs"
	t.Cleanup(func() { execute(t, database, "DROP SCHEMA IF EXISTS "+name+" CASCADE") })
	execute(t, database, "CREATE SCHEMA "+name)
	execute(t, database, "CREATE TABLE "+name+".jobs (tenant TEXT)")
	execute(t, database, "COMMENT ON SCHEMA "+name+" IS 'another'")
	conn := connect(t, database)
	defer conn.Close(t.Context())
	c := store.Config{URL: inSchema(t, database, name)}
	for range 2 {
		if err := prepare(t.Context(), conn, name, c.URL); err != nil {
			t.Fatal(err)
		}
		if n := rows(t, c); n != 0 {
			t.Errorf("%d rows", n)
		}
	}
}
