package storetest

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// LintMigration says what in a migration file is outside the subset: beside the
// rules for every statement, the types of columns, and that every primary key
// and unique index begins with the tenant.
func LintMigration(sql string) error {
	var errs []error
	for statement := range strings.SplitSeq(sql, ";") {
		if strings.Contains(statement, "+goose Down") {
			errs = append(errs, errors.New("migrations go forward only"))
		}
		tokens, err := scan(statement)
		if err != nil {
			return err
		}
		if len(tokens) == 0 {
			continue
		}
		if err := Lint(statement); err != nil {
			errs = append(errs, err)
		}
		text := joined(tokens)
		if strings.HasPrefix(text, "CREATE TABLE") {
			errs = append(errs, lintTable(tokens, text))
		}
		if strings.HasPrefix(text, "CREATE UNIQUE INDEX") && !strings.Contains(text, "( TENANT") {
			errs = append(errs, fmt.Errorf("a unique index does not begin with tenant: %s", text))
		}
	}
	return errors.Join(errs...)
}

func lintTable(tokens []token, text string) error {
	if !strings.Contains(text, "PRIMARY KEY ( TENANT") {
		return fmt.Errorf("the primary key does not begin with tenant: %s", text)
	}
	if strings.Contains(text, "UNIQUE") && !strings.Contains(text, "UNIQUE ( TENANT") {
		return fmt.Errorf("a unique key does not begin with tenant: %s", text)
	}
	depth := 0
	for i, t := range tokens {
		switch t.text {
		case "(":
			depth++
		case ")":
			depth--
		}
		starts := depth == 1 && (t.text == "(" || t.text == ",") && i+2 < len(tokens)
		if !starts || slices.Contains([]string{"PRIMARY", "UNIQUE", "CHECK", "CONSTRAINT"}, tokens[i+1].text) {
			continue
		}
		if !slices.Contains(columnTypes, tokens[i+2].text) {
			return fmt.Errorf("the column %s has the type %s: use one of %v", tokens[i+1].text, tokens[i+2].text, columnTypes)
		}
	}
	return nil
}

func joined(tokens []token) string {
	words := make([]string, len(tokens))
	for i, t := range tokens {
		words[i] = t.text
	}
	return strings.Join(words, " ")
}

// LintMigrations fails t for each migration outside the subset.
func LintMigrations(t *testing.T, migrations fs.FS) {
	t.Helper()
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := LintMigration(string(b)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
