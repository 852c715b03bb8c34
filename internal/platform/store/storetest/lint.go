package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// everyTenant begins the comment by which a statement says that it means to
// cross tenants, and why: /* every tenant: workers serve all of them */. Only
// work that no caller asked for may do so: claiming jobs, sweeping what expired.
const everyTenant = "/* every tenant: "

// banned maps words, and pairs of words, to what to do instead.
var banned = map[string]string{
	"FOREIGN KEY":       "check in the transaction",
	"REFERENCES":        "check in the transaction",
	"TRIGGER":           "do it in the transaction",
	"SEQUENCE":          "use random identifiers",
	"SERIAL":            "use random identifiers",
	"BIGSERIAL":         "use random identifiers",
	"AUTOINCREMENT":     "use random identifiers",
	"IDENTITY":          "use random identifiers",
	"NEXTVAL":           "use random identifiers",
	"ROWID":             "use the primary key",
	"CTID":              "use the primary key",
	"TEMP":              "keep it in memory",
	"TEMPORARY":         "keep it in memory",
	"UNLOGGED":          "keep it in memory",
	"SAVEPOINT":         "let the transaction fail as a whole",
	"BEGIN":             "use Update or View",
	"COMMIT":            "use Update or View",
	"ROLLBACK":          "return an error from the transaction",
	"FOR UPDATE":        "transactions are serializable",
	"FOR SHARE":         "transactions are serializable",
	"FOR NO":            "transactions are serializable",
	"FOR KEY":           "transactions are serializable",
	"SKIP LOCKED":       "claim with a conditional UPDATE",
	"LOCK":              "claim with a conditional UPDATE",
	"LISTEN":            "poll, or wake by AfterCommit",
	"NOTIFY":            "poll, or wake by AfterCommit",
	"PG_NOTIFY":         "poll, or wake by AfterCommit",
	"NOW":               "use tx.Now",
	"CURRENT_TIMESTAMP": "use tx.Now",
	"CURRENT_TIME":      "use tx.Now",
	"CURRENT_DATE":      "use tx.Now",
	"LOCALTIMESTAMP":    "use tx.Now",
	"CLOCK_TIMESTAMP":   "use tx.Now",
	"UNIXEPOCH":         "use tx.Now",
	"STRFTIME":          "use tx.Now",
	"DATETIME":          "use tx.Now",
	"JULIANDAY":         "use tx.Now",
	"RANDOM":            "make the value in Go",
	"RANDOMBLOB":        "make the value in Go",
	"GEN_RANDOM_UUID":   "make the value in Go",
	"OFFSET":            "continue after the last key of the page",
	"PARTITION":         "use one table",
	"EXTENSION":         "do it in Go",
	"FUNCTION":          "do it in Go",
	"PROCEDURE":         "do it in Go",
	"CALL":              "do it in Go",
	"PRAGMA":            "it belongs into package store",
	"LIKE":              "compare a range: SQLite's ignores case",
	"ILIKE":             "keep a folded column and compare that",
	"GLOB":              "compare a range",
	"REGEXP":            "match in Go",
	"COLLATE":           "keep a folded column and compare that",
	"ANY":               "write IN ($1, $2, …)",
	"ARRAY":             "write IN ($1, $2, …)",
	"OR REPLACE":        "write ON CONFLICT … DO UPDATE",
	"OR IGNORE":         "write ON CONFLICT … DO NOTHING",
	"REPLACE INTO":      "write ON CONFLICT … DO UPDATE",
	"DISTINCT ON":       "choose in Go",
	"TRUNCATE":          "delete in bounded steps",
}

// operators are those of JSON, arrays, regular expressions and casts, longest
// first, and the placeholder that only SQLite knows.
var operators = []string{"->>", "->", "#>>", "#>", "@>", "<@", "?|", "?&", "::", "!~", "~", "@@", "?"}

// columnTypes are the types there are.
var columnTypes = []string{"TEXT", "BIGINT", "BOOLEAN", "BYTEA"}

// Lint says why a statement is outside the subset of SQL that Parley keeps to,
// or nil.
func Lint(query string) error {
	tokens, err := scan(query)
	if err != nil {
		return err
	}
	for i, t := range tokens {
		if t.kind == operator && slices.Contains(operators, t.text) {
			return fmt.Errorf("SQL subset: the operator %s is not allowed", t.text)
		}
		if t.kind != word {
			continue
		}
		if err := lintWord(tokens, i); err != nil {
			return err
		}
	}
	if len(tokens) > 1 && slices.ContainsFunc(tokens[:len(tokens)-1], token.semicolon) {
		return errors.New("SQL subset: one statement at a time")
	}
	return lintTenant(query, tokens)
}

func lintWord(tokens []token, i int) error {
	w := tokens[i].text
	if remedy, ok := banned[w]; ok {
		return fmt.Errorf("SQL subset: %s is not allowed: %s", w, remedy)
	}
	if i+1 < len(tokens) {
		if remedy, ok := banned[w+" "+tokens[i+1].text]; ok {
			return fmt.Errorf("SQL subset: %s %s is not allowed: %s", w, tokens[i+1].text, remedy)
		}
	}
	for _, prefix := range []string{"JSON", "PG_", "SQLITE_"} {
		if strings.HasPrefix(w, prefix) {
			return fmt.Errorf("SQL subset: %s is not allowed: do it in Go", w)
		}
	}
	return nil
}

// lintTenant demands that a statement stays within one tenant, as far as its
// text tells: INSERT names the column, the others compare it in their WHERE.
func lintTenant(query string, tokens []token) error {
	if len(tokens) == 0 || strings.Contains(query, everyTenant) {
		return nil
	}
	switch tokens[0].text {
	case "INSERT":
		if !slices.ContainsFunc(tokens, func(t token) bool { return t.kind == word && t.text == "TENANT" }) {
			return errors.New("SQL subset: INSERT without the column tenant")
		}
	case "SELECT", "UPDATE", "DELETE", "WITH":
		if !comparesTenant(tokens) {
			return fmt.Errorf("SQL subset: %s without tenant = $n after WHERE (if it must cross tenants, say why in a comment %s… */)",
				tokens[0].text, everyTenant)
		}
	}
	return nil
}

// comparesTenant reports whether tenant stands beside an = after a WHERE.
func comparesTenant(tokens []token) bool {
	where := slices.IndexFunc(tokens, func(t token) bool { return t.kind == word && t.text == "WHERE" })
	if where < 0 {
		return false
	}
	rest := tokens[where:]
	for i, t := range rest {
		if t.kind == word && t.text == "TENANT" && i+1 < len(rest) && rest[i+1].text == "=" {
			return true
		}
	}
	return false
}

// reads reports whether a statement changes nothing.
func reads(query string) bool {
	tokens, err := scan(query)
	return err == nil && len(tokens) > 0 && tokens[0].text == "SELECT"
}
