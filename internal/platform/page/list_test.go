package page

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/seal"
)

func wantFieldError(t *testing.T, err error) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Code != fault.Validation || f.Reason != fault.FieldValidationFailed || len(f.Fields) != 1 || f.Fields[0].Name != "nextToken" {
		t.Errorf("err = %#v, want a ValidationException on nextToken", err)
	}
}

func TestBeginAfter(t *testing.T) {
	tokens := New(seal.Random())
	created := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
	top, err := tokens.Begin(someScope(), nil)
	if err != nil || top != (Place{Created: math.MaxInt64}) {
		t.Errorf("without a token: %+v, %v", top, err)
	}
	next, err := tokens.After(someScope(), created, "id-1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := tokens.Begin(someScope(), next)
	if err != nil || got != (Place{Created: created.UnixMicro(), ID: "id-1"}) {
		t.Errorf("after a page: %+v, %v", got, err)
	}
	if next, err := tokens.After(someScope(), created, strings.Repeat("x", MaxKey)); next != nil || !errors.Is(err, ErrTooLong) {
		t.Errorf("an ID over the bound: %v, %v", next, err)
	}
}

// TestPagesOfAWindow: whatever the size, a list read window by window is the list.
func TestPagesOfAWindow(t *testing.T) {
	tokens := New(seal.Random())
	begun := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	all := []int{5, 4, 3, 2, 1, 0} // the newest first
	age := func(n int) (time.Time, string) { return begun.Add(time.Duration(n) * time.Hour), "id" }
	for size := range int32(8) {
		if size == 0 {
			continue
		}
		var got, pages []int
		var token *string
		for more := true; more; more = token != nil {
			w, err := tokens.Window(someScope(), token, &size, 100)
			if err != nil || w.Limit != int(size)+1 {
				t.Fatalf("size %d: a limit of %d, %v", size, w.Limit, err)
			}
			var read []int
			for _, n := range all {
				if at, _ := age(n); at.UnixMicro() < w.After.Created && len(read) < w.Limit {
					read = append(read, n)
				}
			}
			var shown []int
			if shown, token, err = Cut(w, read, age); err != nil {
				t.Fatal(err)
			}
			got, pages = append(got, shown...), append(pages, len(shown))
		}
		if want := (len(all) + int(size) - 1) / int(size); !slices.Equal(got, all) || len(pages) != want {
			t.Errorf("size %d: %v in pages of %v, want %d pages", size, got, pages, want)
		}
	}
	if w, err := tokens.Window(someScope(), nil, nil, 50); err != nil || w.Limit != 51 {
		t.Errorf("without a size: %+v, %v", w, err)
	}
	_, err := tokens.Window(someScope(), new("another's"), nil, 50)
	wantFieldError(t, err)
	w, err := tokens.Window(someScope(), nil, new(int32(1)), 50)
	if err != nil {
		t.Fatal(err)
	}
	long := func(int) (time.Time, string) { return begun, strings.Repeat("x", MaxKey) }
	if _, next, err := Cut(w, all[:2], long); next != nil || !errors.Is(err, ErrTooLong) {
		t.Errorf("an ID over the bound: %v, %v", next, err)
	}
}

func TestOddTokensAreFieldErrors(t *testing.T) {
	tokens := New(seal.Random())
	odd := []string{"", "garbage"}
	for _, key := range [][]string{nil, {"a"}, {"a", "b"}, {"1", "b", "c"}} {
		token, err := tokens.Encode(someScope(), key)
		if err != nil {
			t.Fatal(err)
		}
		odd = append(odd, token)
	}
	for _, token := range odd {
		_, err := tokens.Begin(someScope(), &token)
		wantFieldError(t, err)
		_, _, err = Slice(tokens, someScope(), []int{1, 2}, &token, 1)
		wantFieldError(t, err)
	}
}

func TestSliceShowsEverythingOnce(t *testing.T) {
	tokens := New(seal.Random())
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Int(), 0, 20).Draw(t, "all")
		size := rapid.IntRange(1, 7).Draw(t, "size")
		var shown []int
		var token *string
		for pages := 0; ; pages++ {
			if pages > len(all) {
				t.Fatal("the pages do not end")
			}
			part, next, err := Slice(tokens, someScope(), all, token, size)
			if err != nil {
				t.Fatal(err)
			}
			if len(part) > size || next != nil && len(part) != size {
				t.Errorf("a page of %d, want %d", len(part), size)
			}
			shown = append(shown, part...)
			if token = next; token == nil {
				break
			}
		}
		if !slices.Equal(shown, all) {
			t.Errorf("shown %v of %v", shown, all)
		}
	})
}

// A list may have become shorter since its token was made.
func TestSliceOfAShorterList(t *testing.T) {
	tokens := New(seal.Random())
	_, next, err := Slice(tokens, someScope(), []int{1, 2, 3}, nil, 2)
	if err != nil || next == nil {
		t.Fatalf("next = %v, %v", next, err)
	}
	part, last, err := Slice(tokens, someScope(), []int{1}, next, 2)
	if err != nil || len(part) != 0 || last != nil {
		t.Errorf("%v, %v, %v", part, last, err)
	}
}

func TestScopeOfAndSize(t *testing.T) {
	c := op.Caller{Account: "111122223333", Region: "us-east-1", Principal: "arn:aws:iam::111122223333:root"}
	got := ScopeOf(&smithy.Route{Name: "ListPlugins"}, c, "app-1", "")
	if diff := cmp.Diff(someScope(), got); diff != "" {
		t.Error(diff)
	}
	seven := int32(7)
	if Size(nil, 50) != 50 || Size(&seven, 50) != 7 {
		t.Error("Size is not what was asked for")
	}
}
