package page

import (
	"math"
	"strconv"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// ScopeOf is the scope of the tokens of one list: the operation, who calls it,
// and what the list is filtered by.
func ScopeOf(route *smithy.Route, c op.Caller, filter ...string) Scope {
	return Scope{Operation: route.Name, Tenant: c.Tenant(), Principal: c.Principal, Filter: filter}
}

// Size is how many entries a page has: as many as were asked for, or else the
// most the operation allows.
func Size(asked *int32, most int) int {
	if asked == nil {
		return most
	}
	return int(*asked)
}

// Place is the last entry shown of a list that is ordered by age, the newest
// first, and by ID among entries of one moment. The next page begins after it.
type Place struct {
	Created int64 // microseconds, as store.Micros gives them
	ID      string
}

// Begin is the place where a page of a list by age begins: the top without a
// token. Another list's token is a Validation error on nextToken.
func (t *Tokens) Begin(scope Scope, token *string) (Place, error) {
	if token == nil {
		return Place{Created: math.MaxInt64}, nil
	}
	key, err := t.Decode(scope, *token)
	if err != nil || len(key) != 2 {
		return Place{}, notOurs()
	}
	created, err := strconv.ParseInt(key[0], 10, 64)
	if err != nil {
		return Place{}, notOurs()
	}
	return Place{Created: created, ID: key[1]}, nil
}

// After is the token of the page after the one that ends with an entry of that
// age and ID.
func (t *Tokens) After(scope Scope, created time.Time, id string) (*string, error) {
	token, err := t.Encode(scope, []string{strconv.FormatInt(created.UnixMicro(), 10), id})
	if err != nil {
		return nil, err
	}
	return &token, nil
}

// Window is the part of a list by age that a page shows.
type Window struct {
	After Place // the last entry before the page
	Limit int   // rows to read: one more than the page has, to tell whether another follows

	tokens *Tokens
	scope  Scope
}

// Window is that of a request with nextToken and maxResults, of which an operation
// allows so many at most. Another list's token is a Validation error on nextToken.
func (t *Tokens) Window(scope Scope, token *string, asked *int32, most int) (Window, error) {
	after, err := t.Begin(scope, token)
	return Window{After: after, Limit: Size(asked, most) + 1, tokens: t, scope: scope}, err
}

// Cut makes a page of the rows that were read of a window. last tells the age and the
// ID of the last one shown; next is nil when no page follows.
func Cut[R any](w Window, rows []R, last func(R) (created time.Time, id string)) (shown []R, next *string, err error) {
	if len(rows) < w.Limit {
		return rows, nil, nil
	}
	shown = rows[:w.Limit-1]
	created, id := last(shown[len(shown)-1])
	next, err = w.tokens.After(w.scope, created, id)
	return shown, next, err
}

// Slice cuts a page out of a short list that is held in memory and never
// changes its order. The token, nil on the last page, holds the position.
func Slice[T any](t *Tokens, scope Scope, all []T, token *string, size int) (shown []T, next *string, err error) {
	from := 0
	if token != nil {
		key, err := t.Decode(scope, *token)
		if err != nil || len(key) != 1 {
			return nil, nil, notOurs()
		}
		if from, err = strconv.Atoi(key[0]); err != nil {
			return nil, nil, notOurs()
		}
	}
	from = min(from, len(all))
	to := min(from+size, len(all))
	if to < len(all) {
		text, err := t.Encode(scope, []string{strconv.Itoa(to)})
		if err != nil {
			return nil, nil, err
		}
		next = &text
	}
	return all[from:to], next, nil
}

func notOurs() error {
	return fault.InvalidField("nextToken", "is not one that this list gave to this caller; begin again without it")
}
