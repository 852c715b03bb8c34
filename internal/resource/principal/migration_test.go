package principal

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// statements of a migration, without its comments.
func statements(t *testing.T, name string) (all []string) {
	t.Helper()
	text, err := fs.ReadFile(store.Migrations(), name)
	if err != nil {
		t.Fatal(err)
	}
	var bare strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "--") {
			bare.WriteString(line)
		}
	}
	for s := range strings.SplitSeq(bare.String(), ";") {
		if strings.TrimSpace(s) != "" {
			all = append(all, s)
		}
	}
	return all
}

// TestRolesOfThePreviousFormat come through the migration with their keys, tags
// and paths: also two whose names differ by case alone.
func TestRolesOfThePreviousFormat(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		db, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		s := service(db, seal.Random())
		keys := previous(t, s)
		run(t, db, statements(t, "00011_iam.sql")...)

		want := map[string]string{
			"k1": "arn:aws:iam::111122223333:role/partners/Reader",
			"k2": "arn:aws:iam::111122223333:role/partners/Reader",
			"k3": "arn:aws:iam::111122223333:role/ISV", "k4": "arn:aws:iam::111122223333:role/Isv",
			"k5": "arn:aws:iam::000000000007:role/isv",
		}
		got := map[string]string{}
		for name, id := range keys {
			c, secret, found, err := s.Find(t.Context(), id)
			if err != nil || !found || secret != "secret of "+name {
				t.Errorf("%s: found %t, %v", name, found, err)
			}
			if got[name] = c.Role; name == "k1" && c.Tags["team"] != "red" {
				t.Errorf("tags %v", c.Tags)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		held, err := s.List(t.Context(), "")
		if err != nil || len(held) != 5 {
			t.Errorf("%d roles, %v", len(held), err)
		}
		if r := roleNamed(t, s, us, "READER"); r.Name != "Reader" || r.CreatedAt.UnixMicro() != 7 {
			t.Errorf("%+v", r)
		}
	})
}

// previous brings the store into the format before, with rows; it returns the IDs
// of keys.
func previous(t *testing.T, s *Service) map[string]string {
	t.Helper()
	run(t, s.DB, "DROP TABLE iam_entity", "DROP TABLE iam_attachment", "DROP TABLE iam_policy_version", "DROP TABLE iam_metadata", "DROP TABLE iam_key")
	for _, create := range statements(t, "00002_principal.sql") {
		if !strings.Contains(create, "settings") {
			run(t, s.DB, create)
		}
	}
	run(t, s.DB,
		`INSERT INTO roles (tenant, name, doc, created_at) VALUES
			('111122223333', 'Reader', '{"path":"/partners/","tags":{"team":"red"}}', 7), ('111122223333', 'ISV', '{"path":"/"}', 8),
			('111122223333', 'Isv', '{"path":"/"}', 9), ('111122223333', 'idle', '{"path":"/"}', 9), ('000000000007', 'isv', '{"path":"/"}', 9)`)
	keys := map[string]string{}
	for name, holder := range map[string][2]string{"k1": {us, "Reader"}, "k2": {us, "Reader"}, "k3": {us, "ISV"}, "k4": {us, "Isv"}, "k5": {other, "isv"}} {
		id, _, err := Mint(holder[0])
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := s.Keys.Seal([]byte("secret of "+name), place(id))
		if err != nil {
			t.Fatal(err)
		}
		err = s.DB.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO access_keys (tenant, id, role, secret, created_at) VALUES ($1, $2, $3, $4, 10)`, holder[0], id, holder[1], sealed)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = id
	}
	return keys
}

func run(t *testing.T, db *store.DB, queries ...string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for _, q := range queries {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
