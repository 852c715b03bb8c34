package principal

import (
	"errors"
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
