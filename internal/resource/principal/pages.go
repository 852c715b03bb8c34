package principal

import (
	"context"
	"strings"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	usualPage = 100 // entries on a page unless the caller asks for another number
	stretch   = 200 // rows read at once while a filter lets few of them through
)

// A paging is what a request for a page of a list says: the marker it was given
// with the page before, and how many entries it wants.
type paging struct {
	marker *string
	items  *int32
}

func (p paging) size() int { return page.Size(p.items, usualPage) }

// A leaf is what a page says of the rest of its list.
type leaf struct {
	truncated *bool
	marker    *string
}

func leafOf(next *string) leaf {
	more := next != nil
	return leaf{&more, next}
}

func badMarker() error {
	return invalid("Invalid Marker: it is not one that this list gave to this caller; begin again without it.")
}

// cut takes a page out of a short list that is held in memory.
func cut[T any](s *Service, route *smithy.Route, c op.Caller, all []T, p paging, filter ...string) ([]T, leaf, error) {
	shown, next, err := page.Slice(s.Pages, page.ScopeOf(route, c, filter...), all, p.marker, p.size())
	if err != nil {
		return nil, leaf{}, badMarker()
	}
	return shown, leafOf(next), nil
}

// begin is the key of the last entry of the page before: as many empty strings
// as it has parts at the top of the list.
func (s *Service) begin(scope page.Scope, p paging, length int) ([]string, error) {
	if p.marker == nil {
		return make([]string, length), nil
	}
	key, err := s.Pages.Decode(scope, *p.marker)
	if err != nil || len(key) != length {
		return nil, badMarker()
	}
	return key, nil
}

// end is what a page says of the rest, when more than it holds were found. last
// is the key of its last entry.
func (s *Service) end(scope page.Scope, more bool, last ...string) (leaf, error) {
	if !more {
		return leafOf(nil), nil
	}
	next, err := s.Pages.Encode(scope, last)
	return leafOf(&next), err
}

// turn reads a page of the users or roles of an account whose paths begin with a
// prefix.
func turn[E any, P kept[E]](ctx context.Context, s *Service, c op.Caller, route *smithy.Route, prefix *string, p paging) ([]P, leaf, error) {
	under := pathOf(prefix)
	scope := page.ScopeOf(route, c, under)
	from, err := s.begin(scope, p, 1)
	if err != nil {
		return nil, leaf{}, err
	}
	var found []P
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		found, err = sift[E, P](tx, c.Account, from[0], under, p.size()+1) // one more tells whether there is a next page
		return err
	})
	if err != nil {
		return nil, leaf{}, err
	}
	size := min(p.size(), len(found))
	if size == 0 {
		return nil, leafOf(nil), nil
	}
	rest, err := s.end(scope, len(found) > size, found[size-1].entity().key)
	return found[:size], rest, err
}

// sift reads entities in the order of their names until so many have a path
// under a prefix.
func sift[E any, P kept[E]](tx *store.Tx, account, after, under string, limit int) (passed []P, err error) {
	for {
		read, err := list[E, P](tx, account, after, stretch)
		if err != nil {
			return nil, err
		}
		for _, p := range read {
			if strings.HasPrefix(p.entity().Path, under) {
				passed = append(passed, p)
			}
			if len(passed) == limit {
				return passed, nil
			}
		}
		if len(read) < stretch {
			return passed, nil
		}
		after = read[len(read)-1].entity().key
	}
}
