package extract

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Furniture is short, and at most so many paragraphs at either end of a page.
const (
	longestFurniture = 200 // bytes
	mostFurniture    = 4
)

// How many pages have to have a paragraph for it to be furniture.
const (
	often  = 4 // but for numbers
	placeP = 3 // in the same place, but for the number of the page
	footP  = 2 // the same at the foot: a heading with a number stands at the top
)

// withoutFurniture leaves out what stands at the top or at the foot of a file's pages
// again and again, but for numbers: running titles, notices, dates of printing and
// page numbers. A paragraph that only its numbers tell from others, as in a contract,
// is longer; what is set larger than the body is a heading.
func withoutFurniture(all []placed, body float64) []placed {
	f := furniture{all: all, body: body, seen: map[string]int{}}
	for first := 0; first < len(all); {
		last := first + 1
		for last < len(all) && all[last].page == all[first].page {
			last++
		}
		f.pages = append(f.pages, f.page(first, last))
		first = last
	}
	gone := f.gone()
	kept := make([]placed, 0, len(all))
	for i, p := range all {
		if !gone[i] {
			kept = append(kept, p)
		}
	}
	return kept
}

// furniture is what the ends of pages have in common.
type furniture struct {
	all   []placed
	body  float64
	pages []margins
	seen  map[string]int // pages by signature
}

// margins are the paragraphs at the ends of a page, the outermost first.
type margins struct {
	first, last int // paragraphs of the page: from first up to last
	top, foot   []int
}

// page finds the ends of the page whose paragraphs are from first up to last, and
// counts what stands there.
func (f *furniture) page(first, last int) margins {
	order := make([]int, 0, last-first)
	for i := first; i < last; i++ {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(f.all[b].Top, f.all[a].Top) })
	m := margins{first: first, last: last, top: slices.Clone(order[:min(len(order), mostFurniture)])}
	slices.Reverse(order)
	m.foot = order[:min(len(order), mostFurniture)]
	here := map[string]bool{}
	for _, i := range slices.Concat(m.top, m.foot) {
		for _, s := range f.signatures(i, m) {
			if !here[s] {
				here[s] = true
				f.seen[s]++
			}
		}
	}
	return m
}

// signatures are what a paragraph is recognized by on other pages. The first letter
// says how.
func (f *furniture) signatures(i int, on margins) []string {
	p := &f.all[i]
	if len(p.Text) > longestFurniture {
		return nil
	}
	place := strconv.FormatFloat(math.Round(p.Top/3), 'f', 0, 64) + " "
	all := []string{"d" + place + withoutDigits(p.Text)}
	if i == on.first || i == on.last-1 {
		all = append(all, "e"+withoutDigits(p.Text))
	}
	if p.Size > larger*f.body {
		return all
	}
	for _, text := range withoutPage(p.Text, p.page) {
		all = append(all, "p"+place+text)
	}
	return append(all, "l"+place+p.Text)
}

// gone are the paragraphs that are furniture: from the ends of each page on.
func (f *furniture) gone() map[int]bool {
	gone := map[int]bool{}
	for _, m := range f.pages {
		for end, list := range [][]int{m.top, m.foot} {
			for _, i := range list {
				if !f.recurs(f.signatures(i, m), end == 1) {
					break
				}
				gone[i] = true
			}
		}
	}
	return gone
}

// recurs reports whether enough pages have what a paragraph is recognized by, at the
// foot or at the top.
func (f *furniture) recurs(signatures []string, foot bool) bool {
	return slices.ContainsFunc(signatures, func(s string) bool {
		n := f.seen[s]
		switch s[0] {
		case 'p':
			return n >= placeP || foot && n >= footP
		case 'l':
			return n >= placeP
		}
		return n >= often
	})
}

func withoutDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, text)
}

// withoutPage are a text without one of the numbers in it that are its page's.
func withoutPage(text string, page int) (all []string) {
	number := strconv.Itoa(page)
	for from := 0; ; {
		at := strings.Index(text[from:], number)
		if at < 0 {
			return all
		}
		at += from
		from = at + len(number)
		if (at == 0 || !digit(text[at-1])) && (from == len(text) || !digit(text[from])) {
			all = append(all, text[:at]+"#"+text[from:])
		}
	}
}

func digit(c byte) bool { return '0' <= c && c <= '9' }
