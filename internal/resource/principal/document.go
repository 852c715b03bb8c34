package principal

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/policy"
)

// checkDocument refuses a document that is no policy of its kind. How long it may
// be depends on where it goes.
func checkDocument(document string, k policy.Kind) error {
	_, err := policy.ParseWithin([]byte(document), k, stored)
	if wrong, ok := errors.AsType[*policy.SyntaxError](err); ok {
		return malformed("%s", wrong)
	}
	return err
}

// characters is how long IAM finds a document: white space does not count.
func characters(document string) int {
	n := utf8.RuneCountInString(document)
	for i := range len(document) {
		switch document[i] {
		case ' ', '\t', '\r', '\n':
			n--
		}
	}
	return n
}

// some is a member of a policy that is one value or a list of them.
type some[T any] []T

// UnmarshalJSON reads one, or a list.
func (s *some[T]) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]T)(s))
	}
	*s = make(some[T], 1)
	return json.Unmarshal(b, &(*s)[0])
}

// beyondSTS finds the first action of a trust policy that is of another service
// than STS. Such a statement says nothing: a role is assumed, and nothing else is
// done under this policy.
func beyondSTS(trust string) (action string, found bool) {
	var d struct {
		Statement some[struct {
			Action some[string] `json:"Action"`
		}] `json:"Statement"`
	}
	if err := json.Unmarshal([]byte(trust), &d); err != nil {
		return "", false // checkDocument knows better what is wrong
	}
	for _, s := range d.Statement {
		for _, action := range s.Action {
			if len(action) < 4 || !strings.EqualFold(action[:4], "sts:") {
				return action, true
			}
		}
	}
	return "", false
}
